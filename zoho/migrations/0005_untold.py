"""What of a module's changes nobody was told yet. Empty at first: code of before runs on it."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('zoho', '0004_converted_findings'),
    ]

    operations = [
        migrations.AddField(
            model_name='modulefields',
            name='untold',
            field=models.JSONField(help_text='Fields and layouts before the changes that nobody was told of yet.', null=True),
        ),
    ]
