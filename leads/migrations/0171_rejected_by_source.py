"""Rejected submissions of a source by an index, which 0031 made under a lock before.

Made beside the posts that go on; where it is there, it stays. Code of before only reads by it.
"""

import django.db.models.deletion
from django.db import migrations, models

NAME = "leads_rejectedsubmission_webhook_source_id_e5522c24"
"""As Django calls it."""
IS_THERE = "SELECT 1 FROM pg_index WHERE indexrelid = to_regclass(%s) AND indisvalid"


def make(apps, schema_editor):
    columns = f"{NAME} ON leads_rejectedsubmission (webhook_source_id)"
    if schema_editor.connection.vendor != "postgresql":
        schema_editor.execute(f"CREATE INDEX IF NOT EXISTS {columns}")
    elif schema_editor.collect_sql or not is_there(schema_editor.connection):
        schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {NAME}")
        schema_editor.execute(f"CREATE INDEX CONCURRENTLY {columns}")


def is_there(connection):
    with connection.cursor() as cursor:
        cursor.execute(IS_THERE, [NAME])
        return cursor.fetchone() is not None


def drop(apps, schema_editor):
    beside = "CONCURRENTLY" if schema_editor.connection.vendor == "postgresql" else ""
    schema_editor.execute(f"DROP INDEX {beside} IF EXISTS {NAME}")


class Migration(migrations.Migration):

    atomic = False

    dependencies = [("leads", "0170_search_version")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(make, drop, atomic=False)],
            state_operations=[
                migrations.AlterField(
                    model_name="rejectedsubmission",
                    name="webhook_source",
                    field=models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="rejected",
                        to="leads.source",
                    ),
                ),
            ],
        ),
    ]
