"""Source, campaign and page of a lead, and the counts by them.

The columns are added in SQL: Django would write SQLite's tables anew, which takes its time with
every lead there is and loses the indexes that were made in SQL. Code of before gives none, and
counts as before; the worker makes the counts by site and reason out of the folded ones.
"""

import datetime

from django.db import migrations, models


def column(model, table):
    return migrations.RunSQL(
        f"ALTER TABLE {table} ADD COLUMN attribution varchar(240) NOT NULL DEFAULT ''",
        f"ALTER TABLE {table} DROP COLUMN attribution",
        state_operations=[
            migrations.AddField(
                model_name=model,
                name="attribution",
                field=models.CharField(
                    blank=True,
                    db_default="",
                    default="",
                    editable=model != "lead",
                    help_text=TEXTS[model],
                    max_length=240,
                ),
            )
        ],
    )


TEXTS = {
    "counterdelta": "Of the leads in a change that is not folded; see `leads.counters.attribution`.",
    "lead": "Source, campaign and page that it is counted under.",
}


class Migration(migrations.Migration):

    dependencies = [
        ('leads', '0043_no_failed_name'),
    ]

    operations = [
        # In the order in which a post takes the tables: otherwise the two wait for each other.
        column("lead", "leads_lead"),
        column("counterdelta", "leads_figure"),
        migrations.AlterField(
            model_name='counterdelta',
            name='kind',
            field=models.CharField(choices=[('lead', 'Lead'), ('attempt', 'Attempt'), ('held', 'Held'), ('prompt', 'Prompt')], max_length=7),
        ),
        migrations.AlterField(
            model_name='counterrollup',
            name='grain',
            field=models.CharField(choices=[('all', 'of all time, by outcome and reason'), ('site', 'of all time, by site and outcome'), ('day', 'attempts of a day of UTC'), ('hour', 'attempts of an hour'), ('quarter', 'attempts of a quarter hour'), ('fold', 'how many times anything was folded'), ('moved', 'how many were counted as attempts before they were called held'), ('whole', 'how many of the folds the breakdown holds'), ('filled', 'the lead from which older ones have no attribution yet')], max_length=7),
        ),
        migrations.AlterField(
            model_name='counterrollup',
            name='kind',
            field=models.CharField(blank=True, choices=[('lead', 'Lead'), ('attempt', 'Attempt'), ('held', 'Held'), ('prompt', 'Prompt')], max_length=7),
        ),
        migrations.CreateModel(
            name='Breakdown',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('grain', models.CharField(choices=[('hour', 'Hour'), ('day', 'Day'), ('all', 'All')], max_length=4)),
                ('dimension', models.CharField(choices=[('site', 'Site'), ('reason', 'Reason'), ('source', 'Source'), ('campaign', 'Campaign'), ('page', 'Page')], max_length=8)),
                ('start', models.DateTimeField(default=datetime.datetime(1970, 1, 1, 0, 0, tzinfo=datetime.timezone.utc))),
                ('site_pk', models.BigIntegerField()),
                ('value', models.CharField(blank=True, max_length=100)),
                ('under_way', models.BigIntegerField(default=0)),
                ('delivered', models.BigIntegerField(default=0)),
                ('entered', models.BigIntegerField(default=0)),
                ('failed', models.BigIntegerField(default=0)),
                ('held', models.BigIntegerField(default=0, help_text='By a rule, spam aside; discarded too.')),
                ('spam', models.BigIntegerField(default=0, help_text='Held as spam; discarded too.')),
                ('discarded', models.BigIntegerField(default=0)),
                ('prompt', models.BigIntegerField(default=0, help_text='In the CRM within 60 seconds.')),
                ('inserted', models.BigIntegerField(default=0, help_text='Attempts with 13003.')),
                ('refused', models.BigIntegerField(default=0, help_text='Attempts with 13002.')),
            ],
            options={
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('grain', 'dimension', 'start', 'site_pk', 'value'), name='breakdown_once')],
            },
        ),
    ]
