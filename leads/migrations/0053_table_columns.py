"""The columns of the failed table that each person has chosen."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('leads', '0052_opening_view'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='TableColumns',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('names', models.JSONField(help_text='As the table names them; what it does not know any more is passed over.')),
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='table_columns', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'columns of the table',
                'default_permissions': (),
            },
        ),
    ]
