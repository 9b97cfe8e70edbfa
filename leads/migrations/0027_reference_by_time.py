"""New leads get references that begin with the time. Nothing changes in the database."""

from django.db import migrations, models

import leads.models.lead


class Migration(migrations.Migration):

    dependencies = [
        ('leads', '0026_fewer_indexes'),
    ]

    operations = [
        # The state alone: SQLite would copy the whole table for a default that is Python's.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name='lead',
                    name='reference',
                    field=models.UUIDField(default=leads.models.lead.new_reference, editable=False, unique=True),
                ),
            ],
        ),
    ]
