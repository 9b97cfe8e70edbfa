"""Counters of quotas. Unlogged on PostgreSQL: taking one never waits for the disk."""

from django.db import migrations, models


def unlog(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE leads_allowance SET UNLOGGED")


class Migration(migrations.Migration):

    dependencies = [
        ('leads', '0004_roles_and_personal_data'),
    ]

    operations = [
        migrations.CreateModel(
            name='Allowance',
            fields=[
                ('name', models.CharField(max_length=80, primary_key=True, serialize=False)),
                ('ends_at', models.BigIntegerField(help_text='Seconds since 1970.')),
                ('used', models.IntegerField()),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.RunPython(unlog, migrations.RunPython.noop),
    ]
