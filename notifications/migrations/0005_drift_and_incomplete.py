"""Notices of changed fields and of incomplete records. Code of before says nothing in `text`."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0004_channels_and_digests'),
    ]

    operations = [
        migrations.AddField(
            model_name='notice',
            name='text',
            field=models.CharField(blank=True, db_default='', default='', help_text='What is to be said beside the kind: names of fields, nothing of a person.', max_length=500),
        ),
        migrations.AlterField(
            model_name='notice',
            name='kind',
            field=models.CharField(choices=[('lead_failed', 'A lead failed'), ('leads_waiting', 'Leads are waiting'), ('paused', 'Sending paused'), ('resumed', 'Sending resumed'), ('quiet', 'A site is silent'), ('resolved', 'Failures stopped'), ('drift', 'Fields changed in Zoho'), ('incomplete', 'Incomplete in Zoho'), ('digest', 'Daily digest'), ('test', 'Test notice')], max_length=15),
        ),
    ]
