"""The fields of layouts, and questions that rest. Code of before writes neither."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('zoho', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='modulefields',
            name='layouts',
            field=models.JSONField(help_text='The fields of each layout; empty while no site names one.', null=True),
        ),
        migrations.CreateModel(
            name='Rest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('what', models.CharField(max_length=80)),
                ('until', models.DateTimeField()),
                ('failures', models.PositiveSmallIntegerField(default=0)),
                ('refused', models.BooleanField(default=False)),
                ('scope', models.CharField(blank=True, max_length=80)),
                ('stamp', models.CharField(blank=True, max_length=32)),
                ('text', models.CharField(blank=True, max_length=500)),
                ('connection', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rests', to='zoho.connection')),
            ],
            options={
                'verbose_name': 'question that rests',
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('connection', 'what'), name='rest_unique')],
            },
        ),
    ]
