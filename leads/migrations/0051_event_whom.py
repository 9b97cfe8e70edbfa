"""What people did to a lead knows comments, and to whom it was assigned.

The new column is empty and has neither index nor constraint, so that no row is written.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('leads', '0050_assignment'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='leadevent',
            name='whom',
            field=models.ForeignKey(db_constraint=False, db_index=False, help_text='To whom the lead was assigned.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='leadevent',
            name='kind',
            field=models.CharField(choices=[('retried', 'Retried'), ('sent_anyway', 'Sent anyway'), ('corrected', 'Corrected and retried'), ('updated', 'Sent as an update of the record in Zoho'), ('entered', 'Marked as entered by hand'), ('discarded', 'Discarded'), ('released', 'Released: not spam'), ('exported', 'Given to the person'), ('erased', 'Erased'), ('undone', 'Taken back'), ('noted', 'Note'), ('commented', 'Comment'), ('assigned', 'Assigned'), ('unassigned', 'Assigned to nobody'), ('repaired', 'Repaired in Zoho')], max_length=12),
        ),
    ]
