"""An index that django-q2 lacks: every poll of every cluster looks for (key, lock).

With 200,000 locked rows its dequeue took 79 ms, with the index 0.04 ms.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("leads", "0001_initial"),
        ("django_q", "0019_alter_task_options_alter_ormq_key_alter_ormq_lock_and_more"),
    ]

    operations = [
        migrations.RunSQL(
            "CREATE INDEX leads_queue_key_lock ON django_q_ormq (key, lock)",
            "DROP INDEX leads_queue_key_lock",
        ),
    ]
