"""Leads by source and campaign together. Wider texts and a column with a default: code of before
runs on it, and what it folds meanwhile is found (`leads.counters.breakdown.mend`).
"""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('leads', '0150_reason_and_test_newest'),
    ]

    operations = [
        migrations.AddField(
            model_name='crmrecord',
            name='crossed',
            field=models.CharField(blank=True, db_default='', default='', max_length=140),
        ),
        migrations.AlterField(
            model_name='breakdown',
            name='dimension',
            field=models.CharField(choices=[('site', 'Site'), ('reason', 'Reason'), ('source', 'Source'), ('campaign', 'Campaign'), ('page', 'Page'), ('crossed', 'source and campaign')], max_length=8),
        ),
        migrations.AlterField(
            model_name='breakdown',
            name='value',
            field=models.CharField(blank=True, max_length=140),
        ),
        migrations.AlterField(
            model_name='counterrollup',
            name='grain',
            field=models.CharField(choices=[('all', 'of all time, by outcome and reason'), ('site', 'of all time, by site and outcome'), ('day', 'attempts of a day of UTC'), ('hour', 'attempts of an hour'), ('quarter', 'attempts of a quarter hour'), ('fold', 'how many times anything was folded'), ('moved', 'how many were counted as attempts before they were called held'), ('whole', 'how many of the folds the breakdown holds'), ('every', 'how many of the folds the breakdown of all sites holds'), ('crossed', 'how many of the folds the breakdown by source and campaign holds'), ('since', 'from when on leads are counted by source and campaign together'), ('filled', 'the lead from which older ones have no attribution yet')], max_length=7),
        ),
        migrations.AlterField(
            model_name='salescounter',
            name='dimension',
            field=models.CharField(choices=[('site', 'Site'), ('reason', 'Reason'), ('source', 'Source'), ('campaign', 'Campaign'), ('page', 'Page'), ('crossed', 'source and campaign')], max_length=8),
        ),
        migrations.AlterField(
            model_name='salescounter',
            name='value',
            field=models.CharField(blank=True, max_length=140),
        ),
    ]
