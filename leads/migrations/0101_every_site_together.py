"""The breakdown holds all sites together, too, under an index of their own.

No row is there yet: the first sweep of the new code makes them. Only folds wait while the index is
built, and no post writes here.
"""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('leads', '0100_via'),
    ]

    operations = [
        migrations.AlterField(
            model_name='counterrollup',
            name='grain',
            field=models.CharField(choices=[('all', 'of all time, by outcome and reason'), ('site', 'of all time, by site and outcome'), ('day', 'attempts of a day of UTC'), ('hour', 'attempts of an hour'), ('quarter', 'attempts of a quarter hour'), ('fold', 'how many times anything was folded'), ('moved', 'how many were counted as attempts before they were called held'), ('whole', 'how many of the folds the breakdown holds'), ('every', 'how many of the folds the breakdown of all sites holds'), ('filled', 'the lead from which older ones have no attribution yet')], max_length=7),
        ),
        migrations.AddIndex(
            model_name='breakdown',
            index=models.Index(condition=models.Q(('site_pk', 0)), fields=['grain', 'dimension', 'start'], name='breakdown_of_every_site'),
        ),
    ]
