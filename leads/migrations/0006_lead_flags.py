"""What was odd about a lead. Empty for the leads there are, and for those of the code before."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('leads', '0005_allowance'),
    ]

    operations = [
        migrations.AddField(
            model_name='lead',
            name='flags',
            field=models.CharField(blank=True, db_default='', default='', help_text='What was odd about it; see `leads.flags`.', max_length=100),
        ),
        migrations.AlterField(
            model_name='lead',
            name='source',
            field=models.CharField(choices=[('api', 'API'), ('form', 'browser form'), ('desk', 'a person, out of a rejected submission')], default='api', max_length=10),
        ),
    ]
