"""Guards of browser forms and of double submits, for each site."""

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('leads', '0006_lead_flags'),
    ]

    operations = [
        migrations.AddField(
            model_name='site',
            name='honeypot',
            field=models.CharField(blank=True, db_default='_website', default='_website', help_text='Browser forms: a hidden field that people leave empty. Who fills it in is held as likely spam; empty for no trap.', max_length=50, verbose_name='trap field'),
        ),
        migrations.AddField(
            model_name='site',
            name='min_fill_seconds',
            field=models.PositiveSmallIntegerField(db_default=3, default=3, help_text='Browser forms with a “_started” stamp: who is faster is held as likely spam; 0 for any. Forms without the stamp are not timed.', verbose_name='seconds to fill in'),
        ),
        migrations.AddField(
            model_name='site',
            name='repeat_window',
            field=models.PositiveSmallIntegerField(db_default=0, default=0, help_text='Seconds, up to 600, in which the same fields without an Idempotency-Key make no second lead; 0 for off.', validators=[django.core.validators.MaxValueValidator(600)], verbose_name='double-submit window'),
        ),
    ]
