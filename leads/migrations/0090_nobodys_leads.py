"""Failed leads that are nobody's, by an index: a mark on the lead says whether it is somebody's.

Made beside the posts that go on, so each step stays done where the next one is cut off. The column
is added in SQL: Django would write SQLite's table of leads anew, step by step. Code of before
neither reads nor writes the mark.
"""

from django.conf import settings
from django.db import migrations, models

import leads.models.staff.assignment

NAME = "lead_failed_nobodys"


def add(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        there = schema_editor.connection.introspection.get_table_description(cursor, "leads_lead")
    if schema_editor.collect_sql or "is_assigned" not in {column.name for column in there}:
        schema_editor.execute(
            "ALTER TABLE leads_lead ADD COLUMN is_assigned bool DEFAULT false NOT NULL"
        )


def remove(apps, schema_editor):
    schema_editor.execute("ALTER TABLE leads_lead DROP COLUMN is_assigned")


def mark(apps, schema_editor):
    rows = apps.get_model("leads", "Assignment").objects.order_by("pk").values_list("lead_id")
    leads, ids = apps.get_model("leads", "Lead").objects, [pk for (pk,) in rows]
    for start in range(0, len(ids), 500):
        leads.filter(pk__in=ids[start : start + 500]).update(is_assigned=True)


def make(apps, schema_editor):
    drop(apps, schema_editor)  # one that was interrupted is there, and of no use
    schema_editor.execute(
        f"CREATE INDEX {beside(schema_editor)} {NAME}"
        " ON leads_lead (failed_at DESC, id DESC)"
        " WHERE (NOT is_assigned AND status = 'failed')"
    )


def drop(apps, schema_editor):
    # What was killed may still be building it in the database: then this waits, and nobody else.
    schema_editor.execute(f"DROP INDEX {beside(schema_editor)} IF EXISTS {NAME}")


def beside(schema_editor):
    return "CONCURRENTLY" if schema_editor.connection.vendor == "postgresql" else ""


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ("leads", "0081_wallboard"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(add, remove, atomic=False)],
            state_operations=[
                migrations.AddField(
                    model_name="lead",
                    name="is_assigned",
                    field=models.BooleanField(
                        db_default=False,
                        default=False,
                        editable=False,
                        help_text="Whether it is somebody's:"
                        " those that are nobody's are found by an index.",
                    ),
                ),
            ],
        ),
        migrations.AlterField(
            model_name="assignment",
            name="user",
            field=models.ForeignKey(
                on_delete=leads.models.staff.assignment.back_to_nobody,
                related_name="assignments",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RunPython(mark, migrations.RunPython.noop),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(make, drop, atomic=False)],
            state_operations=[
                migrations.AddIndex(
                    model_name="lead",
                    index=models.Index(
                        condition=models.Q(("is_assigned", False), ("status", "failed")),
                        fields=["-failed_at", "-id"],
                        name=NAME,
                    ),
                ),
            ],
        ),
    ]
