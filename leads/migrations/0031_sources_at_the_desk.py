"""What the pages of sources and unknown posts go by. Code of before stores leads and sites on.

The index of rejected submissions is made by 0171, beside the posts that go on.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('leads', '0030_sources'),
    ]

    operations = [
        migrations.CreateModel(
            name='UnknownPost',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(help_text='In UTC.')),
                ('door', models.CharField(choices=[('api', 'API key'), ('form', 'form token'), ('webhook', 'webhook address')], max_length=10)),
                ('beginning', models.CharField(blank=True, help_text='Six characters; empty for all further ones.', max_length=6)),
                ('count', models.PositiveIntegerField(default=0)),
                ('last_at', models.DateTimeField()),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.AddField(
            model_name='rejectedsubmission',
            name='webhook_source',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='rejected', to='leads.source'),
        ),
        migrations.AddField(
            model_name='site',
            name='nameless',
            field=models.CharField(choices=[('hold', 'Hold the lead for a person'), ('first_name', 'Send the first name as Last_Name'), ('email', 'Send the first name, else the e-mail address, as Last_Name')], db_default='hold', default='hold', max_length=10, verbose_name='a lead without a name'),
        ),
        migrations.AddField(
            model_name='site',
            name='recognises',
            field=models.BooleanField(db_default=False, default=True, help_text='Plain posts and browser forms too: find the name, e-mail address and phone number by what the form calls them. Posts to webhook addresses are always read so.', verbose_name='recognise names'),
        ),
        migrations.AddField(
            model_name='source',
            name='confirmed_at',
            field=models.DateTimeField(editable=False, help_text='When a person said that its posts are read right; it listens until then.', null=True),
        ),
        migrations.AlterField(
            model_name='site',
            name='honeypot',
            field=models.CharField(blank=True, db_default='_note_2', default='_note_2', help_text='Browser forms: a hidden field that people leave empty. Who fills it in is held as likely spam; empty for no trap.', max_length=50, verbose_name='trap field'),
        ),
        migrations.AddConstraint(
            model_name='unknownpost',
            constraint=models.UniqueConstraint(fields=('day', 'door', 'beginning'), name='unknown_post_once_a_day'),
        ),
    ]
