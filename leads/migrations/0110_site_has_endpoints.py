from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("leads", "0103_signed_requests")]

    operations = [
        migrations.AddField(
            model_name="site",
            name="has_endpoints",
            field=models.BooleanField(
                db_default=False,
                default=False,
                editable=False,
                help_text="Whether programs of others are told what becomes of its leads.",
            ),
        ),
    ]
