"""By which version of the code older leads have their tokens. Code of before runs on it: what it
writes meanwhile is seen (`SearchIndex.begin_again`), and indexed again once it has gone.
"""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('leads', '0165_crossed'),
    ]

    operations = [
        migrations.AddField(
            model_name='searchindex',
            name='version',
            field=models.PositiveSmallIntegerField(db_default=1, help_text='The newest VERSION of code that has been at work.'),
        ),
        migrations.AddField(
            model_name='searchindex',
            name='version_seen_at',
            field=models.DateTimeField(help_text='seen_at as code of that version wrote it.', null=True),
        ),
        migrations.AddField(
            model_name='searchindex',
            name='alone_since',
            field=models.DateTimeField(help_text='Since when that code has been alone, while older leads wait for it to begin.', null=True),
        ),
    ]
