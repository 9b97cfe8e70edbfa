"""Totals of the counters, and how much of each counter they hold.

Code that does not know the totals goes on folding without them: what it changes differs from
`rolled`, is therefore pending, and is brought into the totals by the next fold of newer code. Sums
hold all the while.
"""

import datetime

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('leads', '0014_privacy'),
    ]

    operations = [
        migrations.AddField(
            model_name='figure',
            name='rolled',
            field=models.IntegerField(db_default=0, default=0, help_text='How much of the amount the totals hold.'),
        ),
        migrations.CreateModel(
            name='Total',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('grain', models.CharField(choices=[('all', 'of all time, by outcome and reason'), ('site', 'of all time, by site and outcome'), ('day', 'attempts of a day of UTC'), ('hour', 'attempts of an hour'), ('quarter', 'attempts of a quarter hour'), ('fold', 'how many times anything was folded')], max_length=7)),
                ('kind', models.CharField(blank=True, choices=[('lead', 'Lead'), ('attempt', 'Attempt')], max_length=7)),
                ('site_pk', models.BigIntegerField(default=0)),
                ('start', models.DateTimeField(default=datetime.datetime(1970, 1, 1, 0, 0, tzinfo=datetime.timezone.utc))),
                ('outcome', models.CharField(blank=True, max_length=10)),
                ('reason', models.CharField(blank=True, max_length=30)),
                ('amount', models.BigIntegerField()),
            ],
            options={
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('grain', 'kind', 'site_pk', 'start', 'outcome', 'reason'), name='total_once')],
            },
        ),
        # For PostgreSQL written in this way: see leads.models.counters.PENDING.
        migrations.RunSQL(
            "CREATE INDEX figure_pending ON leads_figure (id) "
            "WHERE CASE WHEN amount = rolled THEN 0 ELSE 1 END = 1",
            "DROP INDEX figure_pending",
        ),
    ]
