"""What became of delivered leads in the CRM. New tables alone: code of before runs on them."""

import datetime
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('leads', '0101_dry_runs'),
    ]

    operations = [
        migrations.CreateModel(
            name='SalesCounter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('grain', models.CharField(choices=[('hour', 'Hour'), ('day', 'Day'), ('all', 'All')], max_length=4)),
                ('dimension', models.CharField(choices=[('site', 'Site'), ('reason', 'Reason'), ('source', 'Source'), ('campaign', 'Campaign'), ('page', 'Page')], max_length=8)),
                ('start', models.DateTimeField(default=datetime.datetime(1970, 1, 1, 0, 0, tzinfo=datetime.timezone.utc))),
                ('site_pk', models.BigIntegerField()),
                ('value', models.CharField(blank=True, max_length=100)),
                ('currency', models.CharField(blank=True, max_length=3)),
                ('converted', models.BigIntegerField(default=0)),
                ('won', models.BigIntegerField(default=0)),
                ('amount', models.BigIntegerField(default=0, help_text='In thousandths.')),
            ],
            options={
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('grain', 'dimension', 'start', 'site_pk', 'value', 'currency'), name='salescounter_once')],
            },
        ),
        migrations.CreateModel(
            name='CrmRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('record_id', models.CharField(max_length=40)),
                ('is_first', models.BooleanField(help_text='The first lead of its record, which counts.')),
                ('state', models.CharField(choices=[('open', 'Not converted'), ('converted', 'Converted'), ('hidden', 'No longer shown by the CRM: deleted, merged or hidden')], max_length=10)),
                ('owner', models.CharField(blank=True, max_length=120)),
                ('status', models.CharField(blank=True, max_length=120)),
                ('converted_at', models.DateTimeField(null=True)),
                ('deal_id', models.CharField(blank=True, max_length=40)),
                ('has_deal', models.BooleanField(default=False, help_text='The first lead of its deal, which counts.')),
                ('deal_is_gone', models.BooleanField(default=False)),
                ('stage', models.CharField(blank=True, max_length=120)),
                ('amount', models.BigIntegerField(help_text='In thousandths.', null=True)),
                ('currency', models.CharField(blank=True, max_length=3)),
                ('won', models.BooleanField(default=False)),
                ('read_at', models.DateTimeField()),
                ('start', models.DateTimeField()),
                ('site_pk', models.BigIntegerField()),
                ('source', models.CharField(blank=True, max_length=100)),
                ('campaign', models.CharField(blank=True, max_length=100)),
                ('destination', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='leads.destination')),
                ('lead', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='crm_record', to='leads.lead')),
            ],
            options={
                'verbose_name': 'record in the CRM',
                'default_permissions': (),
                'indexes': [models.Index(fields=['destination', 'record_id'], name='crmrecord_record'), models.Index(condition=models.Q(('deal_id', ''), _negated=True), fields=['destination', 'deal_id'], name='crmrecord_deal'), models.Index(condition=models.Q(('converted_at__isnull', False)), fields=['converted_at'], name='crmrecord_converted')],
            },
        ),
    ]
