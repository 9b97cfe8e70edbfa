"""A cause of its own for a reference that was overwritten. Choices only: code of before runs on it."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('zoho', '0005_untold'),
    ]

    operations = [
        migrations.AlterField(
            model_name='cause',
            name='kind',
            field=models.CharField(choices=[('empty', 'is empty in Zoho'), ('outside', 'is not in the layout'), ('dropped', 'is no longer a field of the module'), ('read_only', 'can no longer be written'), ('cut', 'was cut'), ('replaced', 'holds another reference')], max_length=10),
        ),
    ]
