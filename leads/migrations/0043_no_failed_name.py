"""Failed leads are found by their names through the tokens: an index that nothing asks is dropped.

Beside the posts that go on. The code before it only searches slower.
"""

from django.db import migrations


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX CONCURRENTLY IF EXISTS lead_failed_name")


def make(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        drop(apps, schema_editor)  # one that was interrupted is there, and of no use
        schema_editor.execute(
            "CREATE INDEX CONCURRENTLY lead_failed_name ON leads_lead"
            " (lower(name) text_pattern_ops) WHERE status = 'failed'"
        )


class Migration(migrations.Migration):

    atomic = False

    dependencies = [("leads", "0042_search_tokens")]

    operations = [migrations.RunPython(drop, make, atomic=False)]
