"""Search tokens, and how far leads have theirs. Code of before knows neither.

The table is made in SQL: whoever deletes leads, an archive's script or code of before, has the
database delete their tokens too. It is empty, so that its foreign key reads no lead.
"""

import django.db.models.deletion
import leads.models.search
from django.db import migrations, models


def make(apps, schema_editor):
    collate = 'COLLATE "C"' if schema_editor.connection.vendor == "postgresql" else ""
    schema_editor.execute(
        f"""
        CREATE TABLE leads_searchtoken (
            token varchar(64) {collate} NOT NULL,
            lead_id bigint NOT NULL
                REFERENCES leads_lead (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
            PRIMARY KEY (token, lead_id)
        )
        """
    )
    schema_editor.execute(
        "CREATE INDEX search_token_of_lead ON leads_searchtoken (lead_id, token)"
    )


def drop(apps, schema_editor):
    schema_editor.execute("DROP TABLE leads_searchtoken")


class Migration(migrations.Migration):

    dependencies = [
        ("leads", "0041_mails"),
    ]

    operations = [
        migrations.CreateModel(
            name='SearchIndex',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('after', models.BigIntegerField(help_text='The id after which a lead may lack tokens; before it none does but older ones.')),
                ('seen', models.BigIntegerField(help_text='The newest id at a moment that is remembered.')),
                ('seen_at', models.DateTimeField(help_text='That moment.', null=True)),
                ('older', models.BigIntegerField(help_text='The id down from which older leads lack tokens; 0 when none does.')),
            ],
            options={
                'default_permissions': (),
                'constraints': [models.CheckConstraint(condition=models.Q(('pk', 1)), name='search_index_one_row')],
            },
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(make, drop)],
            state_operations=[
                migrations.CreateModel(
                    name='SearchToken',
                    fields=[
                        ('pk', models.CompositePrimaryKey('token', 'lead', blank=True, editable=False, primary_key=True, serialize=False)),
                        ('token', leads.models.search.BytewiseField(max_length=64)),
                        ('lead', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='tokens', to='leads.lead')),
                    ],
                    options={
                        'default_permissions': (),
                        'indexes': [models.Index(fields=['lead', 'token'], name='search_token_of_lead')],
                    },
                ),
            ],
        ),
    ]
