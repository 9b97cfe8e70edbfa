"""How a failed lead's name begins, by an index. PostgreSQL's own: LIKE needs a pattern class there,
and SQLite's LIKE uses no index. The code before it only searches slower."""

from django.db import migrations


def make(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE INDEX lead_failed_name ON leads_lead (lower(name) text_pattern_ops)"
            " WHERE status = 'failed'"
        )


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX IF EXISTS lead_failed_name")


class Migration(migrations.Migration):

    dependencies = [("leads", "0022_destination_credits")]

    operations = [migrations.RunPython(make, drop)]
