"""A colleague whom a comment names is told by mail."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0010_weekly_report'),
    ]

    operations = [
        migrations.AlterField(
            model_name='notice',
            name='kind',
            field=models.CharField(choices=[('lead_failed', 'A lead failed'), ('leads_waiting', 'Leads are waiting'), ('paused', 'Sending paused'), ('resumed', 'Sending resumed'), ('quiet', 'A site is silent'), ('resolved', 'Failures stopped'), ('drift', 'Fields changed in Zoho'), ('incomplete', 'Incomplete in Zoho'), ('digest', 'Daily digest'), ('report', 'Weekly report'), ('code', 'Code for a link'), ('mentioned', 'Named in a comment'), ('test', 'Test notice')], max_length=15),
        ),
    ]
