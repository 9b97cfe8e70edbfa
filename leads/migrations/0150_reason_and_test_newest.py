"""Leads of a reason, and test leads, the newest first, by an index: without, all others were read.

Made beside the posts that go on. A lead that is in the CRM has no reason, and is in neither.
"""

from django.db import migrations, models

COLUMNS = {
    "lead_reason_newest": "(reason, id DESC) WHERE NOT (reason = '')",
    "lead_test_newest": "(id DESC) WHERE is_test",
}


def make(apps, schema_editor):
    drop(apps, schema_editor)  # one that was interrupted is there, and of no use
    for name, columns in COLUMNS.items():
        schema_editor.execute(f"CREATE INDEX {beside(schema_editor)} {name} ON leads_lead {columns}")


def drop(apps, schema_editor):
    for name in COLUMNS:
        # What was killed may still be building it in the database: then this waits, and nobody else.
        schema_editor.execute(f"DROP INDEX {beside(schema_editor)} IF EXISTS {name}")


def beside(schema_editor):
    return "CONCURRENTLY" if schema_editor.connection.vendor == "postgresql" else ""


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ("leads", "0110_site_has_endpoints"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(make, drop, atomic=False)],
            state_operations=[
                migrations.AddIndex(
                    model_name="lead",
                    index=models.Index(
                        condition=models.Q(("reason", ""), _negated=True),
                        fields=["reason", "-id"],
                        name="lead_reason_newest",
                    ),
                ),
                migrations.AddIndex(
                    model_name="lead",
                    index=models.Index(
                        condition=models.Q(("is_test", True)),
                        fields=["-id"],
                        name="lead_test_newest",
                    ),
                ),
            ],
        ),
    ]
