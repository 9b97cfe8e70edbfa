"""How long the calls of before took. Closed calls are never written again, so nobody waits."""

from django.db import migrations

MILLISECONDS = {
    "postgresql": "round(extract(epoch FROM ended_at - started_at) * 1000)",
    "sqlite": "round((julianday(ended_at) - julianday(started_at)) * 86400000)",
}


def fill(apps, schema_editor):
    took = MILLISECONDS[schema_editor.connection.vendor]
    schema_editor.execute(
        f"UPDATE leads_apicall SET took_ms = {took} "
        "WHERE took_ms IS NULL AND ended_at >= started_at"
    )


class Migration(migrations.Migration):
    dependencies = [("leads", "0018_log_filters")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
