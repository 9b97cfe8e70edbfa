"""The last posts of a source, by an index: partial, so that plain posts pay nothing for it.

Made beside the posts that go on: to read the whole table of leads under a lock would stop them.
"""

from django.db import migrations, models

NAME = "lead_source"


def make(apps, schema_editor):
    beside = "CONCURRENTLY" if schema_editor.connection.vendor == "postgresql" else ""
    drop(apps, schema_editor)  # one that was interrupted is there, and of no use
    schema_editor.execute(
        f'CREATE INDEX {beside} {NAME} ON leads_lead (webhook_source_id, id DESC)'
        " WHERE webhook_source_id IS NOT NULL"
    )


def drop(apps, schema_editor):
    schema_editor.execute(f"DROP INDEX IF EXISTS {NAME}")


class Migration(migrations.Migration):

    atomic = False

    dependencies = [("leads", "0035_module_in_the_way")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(make, drop, atomic=False)],
            state_operations=[
                migrations.AddIndex(
                    model_name="lead",
                    index=models.Index(
                        condition=models.Q(("webhook_source", None), _negated=True),
                        fields=["webhook_source", "-id"],
                        name=NAME,
                    ),
                ),
            ],
        ),
    ]
