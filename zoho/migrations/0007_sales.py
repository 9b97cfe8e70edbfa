"""A switch per destination for reading what became of leads: off, whatever code runs on it."""

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('zoho', '0006_replaced_references'),
    ]

    operations = [
        migrations.AddField(
            model_name='connection',
            name='currency',
            field=models.CharField(blank=True, db_default='', editable=False, max_length=3),
        ),
        migrations.AddField(
            model_name='connection',
            name='reads_sales',
            field=models.BooleanField(db_default=False, default=False, help_text='Each night, within the credits for proof: owner and status of the delivered leads, and the deals they were converted into.', verbose_name='read what became of leads'),
        ),
        migrations.AddField(
            model_name='connection',
            name='sales_from',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='connection',
            name='sales_lead',
            field=models.BigIntegerField(db_default=0, default=0, editable=False),
        ),
        migrations.AddField(
            model_name='connection',
            name='sales_months',
            field=models.PositiveSmallIntegerField(db_default=6, default=6, help_text='For so long after its delivery a lead is asked about.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(60)], verbose_name='months followed'),
        ),
        migrations.AddField(
            model_name='connection',
            name='sales_read_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='connection',
            name='won_stages',
            field=models.CharField(db_default='Closed Won', default='Closed Won', help_text='Stages of deals, separated by commas, as Zoho names them.', max_length=500, verbose_name='stages that count as won'),
        ),
    ]
