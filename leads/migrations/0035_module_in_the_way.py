"""The module of the record in a lead's way. Code of before leaves it empty: the lead's own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("leads", "0034_incomplete_lead")]

    operations = [
        migrations.AddField(
            model_name="lead",
            name="in_the_way_module",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="The module of that record, where Zoho names it.",
                max_length=50,
            ),
        ),
    ]
