"""Leads are assigned to colleagues: a table of its own beside that of all leads."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('leads', '0044_breakdown'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='failedlead',
            options={'default_permissions': ('view',), 'permissions': [('retry_lead', 'Can retry leads'), ('enter_lead', 'Can mark leads as entered by hand'), ('discard_lead', 'Can discard leads'), ('correct_lead', 'Can correct leads'), ('assign_lead', 'Can assign leads to colleagues')], 'verbose_name': 'failed lead', 'verbose_name_plural': 'Failed leads API injection'},
        ),
        migrations.CreateModel(
            name='Assignment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('assigned_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('lead', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='assignment', to='leads.lead')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='assignments', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'assignment',
                'default_permissions': (),
            },
        ),
    ]
