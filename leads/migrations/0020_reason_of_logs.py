"""The index by reason says what a filter by reason says, or PostgreSQL does not use it."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('leads', '0019_fill_took_ms'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='apilog',
            name='apilog_reason',
        ),
        migrations.AddIndex(
            model_name='apilog',
            index=models.Index(condition=models.Q(('reason', ''), _negated=True), fields=['reason', '-id'], name='apilog_reason_newest'),
        ),
    ]
