"""The id of the connected organisation. Empty until it is known: code of before writes none."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('zoho', '0007_sales'),
    ]

    operations = [
        migrations.AddField(
            model_name='connection',
            name='organisation',
            field=models.CharField(blank=True, db_default='', default='', editable=False, max_length=40),
        ),
    ]
