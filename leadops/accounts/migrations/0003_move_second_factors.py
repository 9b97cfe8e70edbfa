"""Every second factor of django-otp becomes one of django-allauth; the old rows stay."""

from django.db import migrations

from leadops.accounts.login import moving


def adopt(apps, schema_editor):
    moving.adopt_all(apps.get_model("mfa", "Authenticator").objects)


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_policy_report'),
        ('mfa', '0003_authenticator_type_uniq'),
    ]

    operations = [migrations.RunPython(adopt, migrations.RunPython.noop)]
