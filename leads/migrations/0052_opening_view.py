"""A saved view that its person sees first."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('leads', '0051_event_whom'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='savedview',
            name='opens',
            field=models.BooleanField(db_default=False, default=False, help_text="Whether its person sees it first: the table's address without a filter."),
        ),
        migrations.AddConstraint(
            model_name='savedview',
            constraint=models.UniqueConstraint(condition=models.Q(('opens', True)), fields=('user',), name='savedview_one_opens'),
        ),
    ]
