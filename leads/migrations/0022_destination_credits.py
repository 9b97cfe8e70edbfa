"""How many API credits the CRM says are left. Code before it neither writes nor shows them."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('leads', '0021_saved_view'),
    ]

    operations = [
        migrations.AddField(
            model_name='destination',
            name='credits_left',
            field=models.PositiveIntegerField(editable=False, help_text='API credits of the day that the CRM last named.', null=True),
        ),
        migrations.AddField(
            model_name='destination',
            name='credits_seen_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
    ]
