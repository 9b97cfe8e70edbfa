"""A row for each running supervisor of workers. The code before it neither knows nor misses it."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('leads', '0002_queue_index'),
    ]

    operations = [
        migrations.CreateModel(
            name='Heartbeat',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('host', models.CharField(max_length=255)),
                ('pid', models.PositiveIntegerField(verbose_name='process')),
                ('version', models.CharField(max_length=30)),
                ('started_at', models.DateTimeField(help_text="By the database's clock, as all times here.")),
                ('beat_at', models.DateTimeField(verbose_name='last heard')),
                ('workers', models.PositiveSmallIntegerField(help_text='Delivery workers it should run.')),
                ('alive', models.PositiveSmallIntegerField(default=0, help_text='Delivery workers it runs.')),
                ('restarts', models.PositiveIntegerField(default=0, help_text='How often it had to start a cluster of workers again.')),
                ('last_restart', models.CharField(blank=True, max_length=200, verbose_name='why the last time')),
                ('last_restart_at', models.DateTimeField(null=True)),
            ],
            options={
                'ordering': ['host', 'started_at'],
                'default_permissions': (),
                'indexes': [models.Index(fields=['beat_at'], name='heartbeat_beat')],
            },
        ),
    ]
