"""The mark of incomplete leads, and the event of a repair. Code of before knows neither."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('leads', '0033_held_counters'),
    ]

    operations = [
        migrations.AlterField(
            model_name='leadevent',
            name='kind',
            field=models.CharField(choices=[('retried', 'Retried'), ('sent_anyway', 'Sent anyway'), ('corrected', 'Corrected and retried'), ('updated', 'Sent as an update of the record in Zoho'), ('entered', 'Marked as entered by hand'), ('discarded', 'Discarded'), ('released', 'Released: not spam'), ('exported', 'Given to the person'), ('erased', 'Erased'), ('undone', 'Taken back'), ('noted', 'Note'), ('repaired', 'Repaired in Zoho')], max_length=12),
        ),
        migrations.CreateModel(
            name='Incomplete',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('missing', models.CharField(help_text='The names of the fields, nothing of a person.', max_length=200)),
                ('found_at', models.DateTimeField()),
                ('lead', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='incomplete', to='leads.lead')),
            ],
            options={
                'verbose_name': 'incomplete lead',
                'default_permissions': (),
            },
        ),
    ]
