"""Values that people give for fields of the CRM itself: of one lead, or of many at once.

Columns that may be empty: the code of before writes and reads the tables without them.
"""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("leads", "0042_plain_words")]

    operations = [
        migrations.AddField(
            model_name="revision",
            name="filled",
            field=models.JSONField(
                help_text="What was given for fields of the CRM itself, by its names.", null=True
            ),
        ),
        migrations.AddField(
            model_name="bulkretry",
            name="fill",
            field=models.JSONField(
                editable=False,
                help_text="What is filled in on the way: a field, with a value or a path until all leads have it. Then only the field is kept.",
                null=True,
            ),
        ),
    ]
