"""Proof of arrival: readings, losses, repairs. Code of before writes none of it."""

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('leads', '0034_incomplete_lead'),
        ('zoho', '0002_layouts_and_rests'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='connection',
            name='proof_credits',
            field=models.PositiveIntegerField(db_default=200, default=200, help_text='API credits a day for reading back and for the nightly comparison.', verbose_name='credits for proof'),
        ),
        migrations.AddField(
            model_name='connection',
            name='proof_day',
            field=models.DateField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='connection',
            name='proof_share',
            field=models.PositiveSmallIntegerField(db_default=5, default=5, help_text='Per cent of the delivered leads whose records are read back and compared. The first leads after a change, and all that were sent again, are read back anyway.', validators=[django.core.validators.MaxValueValidator(100)], verbose_name='read back'),
        ),
        migrations.AddField(
            model_name='connection',
            name='proof_used',
            field=models.PositiveIntegerField(db_default=0, default=0, editable=False),
        ),
        migrations.AddField(
            model_name='connection',
            name='proving_until',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='modulefields',
            name='unreadable',
            field=models.JSONField(help_text='Fields that are there, and that Zoho does not show us.', null=True),
        ),
        migrations.CreateModel(
            name='Cause',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('module', models.CharField(max_length=50)),
                ('field', models.CharField(max_length=100)),
                ('kind', models.CharField(choices=[('empty', 'is empty in Zoho'), ('outside', 'is not in the layout'), ('dropped', 'is no longer a field of the module'), ('read_only', 'can no longer be written'), ('cut', 'was cut')], max_length=10)),
                ('told_at', models.DateTimeField()),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='leads.site')),
            ],
            options={
                'verbose_name': 'cause',
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='ReadBack',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('module', models.CharField(max_length=50)),
                ('record_id', models.CharField(max_length=40)),
                ('version', models.CharField(help_text='Of site, mapping, layout and metadata by which it was sent.', max_length=40)),
                ('why', models.CharField(choices=[('first', 'among the first after a change'), ('repeat', 'sent more than once'), ('sample', 'sample'), ('repair', 'repaired')], max_length=10)),
                ('state', models.CharField(choices=[('due', 'Not read yet'), ('whole', 'Whole'), ('incomplete', 'Incomplete'), ('converted', 'Converted'), ('gone', 'Deleted, or merged into another record')], default='due', max_length=10)),
                ('sent', models.JSONField(help_text='The record as it was sent; empty once it proved whole.', null=True)),
                ('due_at', models.DateTimeField()),
                ('read_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField()),
                ('destination', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='leads.destination')),
                ('lead', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='read_back', to='leads.lead')),
            ],
            options={
                'verbose_name': 'reading back',
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Loss',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('field', models.CharField(max_length=100)),
                ('found_at', models.DateTimeField()),
                ('restored_at', models.DateTimeField(null=True)),
                ('was_restored', models.BooleanField(default=False, help_text='A repair wrote it before, and the field did not keep it.')),
                ('cause', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='losses', to='zoho.cause')),
                ('read_back', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='losses', to='zoho.readback')),
            ],
            options={
                'verbose_name': 'lost value',
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Repair',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('words', models.CharField(max_length=200)),
                ('created_at', models.DateTimeField()),
                ('stopped_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('error', models.CharField(blank=True, max_length=500)),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('destination', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='leads.destination')),
            ],
            options={
                'verbose_name': 'repair in Zoho',
                'verbose_name_plural': 'repairs in Zoho',
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='RepairItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('restored', 'Restored'), ('filled', 'Filled by somebody meanwhile'), ('converted', 'Converted: nothing was written'), ('gone', 'Deleted, or merged: nothing was written'), ('failed', 'Not restored'), ('stopped', 'Stopped before it')], default='waiting', max_length=10)),
                ('text', models.CharField(blank=True, max_length=500)),
                ('ended_at', models.DateTimeField(null=True)),
                ('read_back', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='repairs', to='zoho.readback')),
                ('repair', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='items', to='zoho.repair')),
            ],
            options={
                'verbose_name': 'repaired lead',
                'default_permissions': (),
            },
        ),
        migrations.AddConstraint(
            model_name='cause',
            constraint=models.UniqueConstraint(fields=('site', 'module', 'field', 'kind'), name='cause_unique'),
        ),
        migrations.AddIndex(
            model_name='readback',
            index=models.Index(condition=models.Q(('state', 'due')), fields=['destination', 'due_at'], name='readback_due'),
        ),
        migrations.AddIndex(
            model_name='readback',
            index=models.Index(fields=['version'], name='readback_version'),
        ),
        migrations.AddIndex(
            model_name='readback',
            index=models.Index(fields=['created_at'], name='readback_created'),
        ),
        migrations.AddIndex(
            model_name='loss',
            index=models.Index(condition=models.Q(('restored_at', None)), fields=['cause'], name='loss_open'),
        ),
        migrations.AddConstraint(
            model_name='loss',
            constraint=models.UniqueConstraint(fields=('read_back', 'field'), name='loss_unique'),
        ),
        migrations.AddIndex(
            model_name='repair',
            index=models.Index(condition=models.Q(('ended_at', None)), fields=['created_at'], name='repair_open'),
        ),
        migrations.AddIndex(
            model_name='repairitem',
            index=models.Index(fields=['repair', 'state'], name='repairitem_state'),
        ),
        migrations.AddConstraint(
            model_name='repairitem',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'waiting')), fields=('read_back',), name='repairitem_waits_once'),
        ),
    ]
