"""A finding of its own for leads that were converted. Choices only: code of before runs on it."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('zoho', '0003_proof'),
    ]

    operations = [
        migrations.AlterField(
            model_name='finding',
            name='kind',
            field=models.CharField(choices=[('missing', 'Delivered, and not in Zoho'), ('converted', 'Delivered, and converted in Zoho since'), ('unknown', 'In Zoho with a reference that no lead has'), ('unsettled', 'In Zoho, and not delivered here')], max_length=10),
        ),
    ]
