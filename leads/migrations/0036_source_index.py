"""The last posts of a source and those with the same fields, by indexes: partial, so that plain
posts pay nothing for them.

Made beside the posts that go on: to read the whole table of leads under a lock would stop them.
"""

from django.db import migrations, models

INDEXES = {
    "lead_source": ("webhook_source_id, id DESC", ["webhook_source", "-id"]),
    "lead_source_repeat": ("webhook_source_id, fingerprint", ["webhook_source", "fingerprint"]),
}


def make(apps, schema_editor):
    drop(apps, schema_editor)  # one that was interrupted is there, and of no use
    for name, (columns, _fields) in INDEXES.items():
        schema_editor.execute(
            f"CREATE INDEX {beside(schema_editor)} {name} ON leads_lead ({columns})"
            " WHERE webhook_source_id IS NOT NULL"
        )


def drop(apps, schema_editor):
    for name in INDEXES:
        # What was killed may still be building it in the database: then this waits, and nobody else.
        schema_editor.execute(f"DROP INDEX {beside(schema_editor)} IF EXISTS {name}")


def beside(schema_editor):
    return "CONCURRENTLY" if schema_editor.connection.vendor == "postgresql" else ""


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
                        # As it is made: SQLite uses it for “= 1” only if it is written so, and makes
                        # indexes anew from this whenever a column is added.
                        condition=models.Q(("webhook_source__isnull", False)),
                        fields=fields,
                        name=name,
                    ),
                )
                for name, (_columns, fields) in INDEXES.items()
            ],
        ),
    ]
