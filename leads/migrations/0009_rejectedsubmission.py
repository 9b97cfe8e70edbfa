"""Traces of posts that could not be taken. The code before it neither knows nor misses them."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('leads', '0008_quarantine'),
    ]

    operations = [
        migrations.CreateModel(
            name='RejectedSubmission',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('received_at', models.DateTimeField(db_index=True)),
                ('source', models.CharField(choices=[('api', 'API'), ('form', 'browser form'), ('desk', 'a person, out of a rejected submission')], max_length=10)),
                ('status', models.PositiveSmallIntegerField(verbose_name='answer')),
                ('code', models.CharField(max_length=30)),
                ('why', models.CharField(max_length=300)),
                ('content_type', models.CharField(blank=True, max_length=100)),
                ('size', models.PositiveIntegerField(help_text='Bytes, as far as they were announced or read.', null=True)),
                ('body', models.TextField(blank=True, help_text='Its beginning, without secrets.')),
                ('is_clipped', models.BooleanField(default=False)),
                ('taken_at', models.DateTimeField(null=True)),
                ('lead', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='leads.lead')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rejected', to='leads.site')),
                ('taken_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'rejected submission',
                'verbose_name_plural': 'Rejected submissions',
                'permissions': [('take_rejectedsubmission', 'Can take rejected submissions as leads')],
                'default_permissions': ('view',),
                'constraints': [models.CheckConstraint(condition=models.Q(('lead', None), ('taken_at__isnull', False), _connector='OR'), name='rejected_lead_was_taken')],
            },
        ),
    ]
