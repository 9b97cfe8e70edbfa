"""Figure and Total are called CounterDelta and CounterRollup; their tables stay where they are.

So do the column behind `Destination.woken_at` and the permission to see figures: code of before
runs on this schema, and nobody loses a right.
"""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("leads", "0027_reference_by_time")]

    operations = [
        migrations.AlterModelTable("figure", "leads_figure"),
        migrations.AlterModelTable("total", "leads_total"),
        migrations.AlterModelOptions(
            "figure",
            options={
                "default_permissions": (),
                "permissions": [("view_figure", "Can view figure")],
            },
        ),
        migrations.RenameModel("Figure", "CounterDelta"),
        migrations.RenameModel("Total", "CounterRollup"),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameField("destination", "rung_at", "woken_at"),
                migrations.AlterField(
                    "destination",
                    "woken_at",
                    models.DateTimeField(db_column="rung_at", editable=False, null=True),
                ),
            ],
        ),
    ]
