"""What a decision changed, so that it can be taken back, and notes that staff write."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('leads', '0016_fill_totals'),
    ]

    operations = [
        migrations.AddField(
            model_name='leadevent',
            name='before',
            field=models.JSONField(help_text='What the decision changed, by column, as it was before.', null=True),
        ),
        migrations.AddField(
            model_name='leadevent',
            name='stamp',
            field=models.DateTimeField(help_text='The moment that the decision wrote on the lead, due_at or settled_at: while it stands there, nothing has happened since.', null=True),
        ),
        migrations.AlterField(
            model_name='leadevent',
            name='kind',
            field=models.CharField(choices=[('retried', 'Retried'), ('sent_anyway', 'Sent anyway'), ('corrected', 'Corrected and retried'), ('updated', 'Sent as an update of the record in Zoho'), ('entered', 'Marked as entered by hand'), ('discarded', 'Discarded'), ('released', 'Released: not spam'), ('exported', 'Given to the person'), ('erased', 'Erased'), ('undone', 'Taken back'), ('noted', 'Note')], max_length=12),
        ),
    ]
