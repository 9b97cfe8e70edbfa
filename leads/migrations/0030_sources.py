"""Sources of a site, their secret addresses, and what is read from what they post.

Columns of leads are added empty or with the database's own default: code of before stores leads on.
"""


import django.core.validators
import django.db.models.deletion
import leads.secrets
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('leads', '0029_stored_filters'),
    ]

    operations = [
        migrations.AddField(
            model_name='lead',
            name='reading',
            field=models.JSONField(editable=False, help_text='What was read from the data by shape and recognised; empty for plain posts.', null=True),
        ),
        migrations.AddField(
            model_name='lead',
            name='repeats',
            field=models.PositiveIntegerField(db_default=0, default=0, help_text='How often the source posted it again.'),
        ),
        migrations.AlterField(
            model_name='apilog',
            name='reason',
            field=models.CharField(blank=True, choices=[('missing_field', 'Missing required field'), ('duplicate_email', 'Duplicate e-mail'), ('quarantined', 'Looks like spam'), ('not_read', 'Could not be read'), ('unclear', 'Two values fit equally'), ('site_disabled', 'The site is disabled'), ('duplicate_record', 'Already in Zoho'), ('too_long', 'Value too long for the Zoho field'), ('wrong_type', 'Value of the wrong kind for the Zoho field'), ('wrong_pattern', 'Value not written as the Zoho field expects'), ('not_in_list', "Value not in the Zoho field's list"), ('wrong_probability', 'Probability outside 0 to 100 %'), ('wrong_wizard_path', "The wizard's path is wrong"), ('invalid_value', 'Value not accepted by the Zoho field'), ('mandatory_missing', 'Required Zoho field is empty'), ('expected_missing', 'One of several Zoho fields must be filled'), ('dependent_missing', 'A field that another field depends on is missing'), ('dependent_mismatch', 'Two fields contradict each other'), ('ambiguous', 'Fields can be understood in more than one way'), ('several_errors', 'Zoho refused several fields'), ('record_locked', 'The record is locked in Zoho'), ('already_modified', 'The record was changed in Zoho meanwhile'), ('not_allowed', 'Zoho does not allow this for the record'), ('not_approved', 'The record awaits an approval in Zoho'), ('too_many_items', 'Too many items in a list of the record'), ('dependent_service', 'A service connected to Zoho failed'), ('service_refuses', 'A service connected to Zoho refuses us'), ('service_full', 'A service connected to Zoho takes no more'), ('refused', 'Zoho refused the record'), ('batch_refused', 'Zoho refused the whole batch'), ('batch_too_large', 'Too many records in one call'), ('not_reached', 'Zoho could not be reached'), ('no_answer', 'Zoho did not answer'), ('server_error', 'Zoho answered with a server error'), ('service_unavailable', 'Zoho is down for maintenance'), ('unreadable_answer', "Zoho's answer could not be read"), ('throttled', 'Zoho asked to wait'), ('outcome_unknown', 'Outcome unknown: it may already be in Zoho'), ('worker_died', 'The worker stopped while sending'), ('stopped_the_worker', 'This lead stopped the worker'), ('not_connected', 'No connection to Zoho is set up'), ('token_revoked', 'Zoho no longer accepts our credentials'), ('token_refused', 'Zoho refused the access token'), ('not_authenticated', 'Zoho saw no usable access token'), ('scope_missing', 'A permission (scope) is missing'), ('no_permission', 'The Zoho user may not add records'), ('not_privileged', 'The Zoho user lacks a privilege'), ('wrong_module', 'The Zoho module does not exist'), ('wrong_address', 'The Zoho address is wrong'), ('wrong_method', 'Zoho does not take this kind of request'), ('wrong_option', 'A request option of the site is wrong'), ('paused_by_hand', 'Paused by a person')], max_length=30),
        ),
        migrations.AlterField(
            model_name='destination',
            name='pause_reason',
            field=models.CharField(blank=True, choices=[('missing_field', 'Missing required field'), ('duplicate_email', 'Duplicate e-mail'), ('quarantined', 'Looks like spam'), ('not_read', 'Could not be read'), ('unclear', 'Two values fit equally'), ('site_disabled', 'The site is disabled'), ('duplicate_record', 'Already in Zoho'), ('too_long', 'Value too long for the Zoho field'), ('wrong_type', 'Value of the wrong kind for the Zoho field'), ('wrong_pattern', 'Value not written as the Zoho field expects'), ('not_in_list', "Value not in the Zoho field's list"), ('wrong_probability', 'Probability outside 0 to 100 %'), ('wrong_wizard_path', "The wizard's path is wrong"), ('invalid_value', 'Value not accepted by the Zoho field'), ('mandatory_missing', 'Required Zoho field is empty'), ('expected_missing', 'One of several Zoho fields must be filled'), ('dependent_missing', 'A field that another field depends on is missing'), ('dependent_mismatch', 'Two fields contradict each other'), ('ambiguous', 'Fields can be understood in more than one way'), ('several_errors', 'Zoho refused several fields'), ('record_locked', 'The record is locked in Zoho'), ('already_modified', 'The record was changed in Zoho meanwhile'), ('not_allowed', 'Zoho does not allow this for the record'), ('not_approved', 'The record awaits an approval in Zoho'), ('too_many_items', 'Too many items in a list of the record'), ('dependent_service', 'A service connected to Zoho failed'), ('service_refuses', 'A service connected to Zoho refuses us'), ('service_full', 'A service connected to Zoho takes no more'), ('refused', 'Zoho refused the record'), ('batch_refused', 'Zoho refused the whole batch'), ('batch_too_large', 'Too many records in one call'), ('not_reached', 'Zoho could not be reached'), ('no_answer', 'Zoho did not answer'), ('server_error', 'Zoho answered with a server error'), ('service_unavailable', 'Zoho is down for maintenance'), ('unreadable_answer', "Zoho's answer could not be read"), ('throttled', 'Zoho asked to wait'), ('outcome_unknown', 'Outcome unknown: it may already be in Zoho'), ('worker_died', 'The worker stopped while sending'), ('stopped_the_worker', 'This lead stopped the worker'), ('not_connected', 'No connection to Zoho is set up'), ('token_revoked', 'Zoho no longer accepts our credentials'), ('token_refused', 'Zoho refused the access token'), ('not_authenticated', 'Zoho saw no usable access token'), ('scope_missing', 'A permission (scope) is missing'), ('no_permission', 'The Zoho user may not add records'), ('not_privileged', 'The Zoho user lacks a privilege'), ('wrong_module', 'The Zoho module does not exist'), ('wrong_address', 'The Zoho address is wrong'), ('wrong_method', 'Zoho does not take this kind of request'), ('wrong_option', 'A request option of the site is wrong'), ('paused_by_hand', 'Paused by a person')], editable=False, max_length=30),
        ),
        migrations.AlterField(
            model_name='lead',
            name='flags',
            field=models.CharField(blank=True, db_default='', default='', help_text='What was odd about it; see `leads.flags`.', max_length=200),
        ),
        migrations.AlterField(
            model_name='lead',
            name='reason',
            field=models.CharField(blank=True, choices=[('missing_field', 'Missing required field'), ('duplicate_email', 'Duplicate e-mail'), ('quarantined', 'Looks like spam'), ('not_read', 'Could not be read'), ('unclear', 'Two values fit equally'), ('site_disabled', 'The site is disabled'), ('duplicate_record', 'Already in Zoho'), ('too_long', 'Value too long for the Zoho field'), ('wrong_type', 'Value of the wrong kind for the Zoho field'), ('wrong_pattern', 'Value not written as the Zoho field expects'), ('not_in_list', "Value not in the Zoho field's list"), ('wrong_probability', 'Probability outside 0 to 100 %'), ('wrong_wizard_path', "The wizard's path is wrong"), ('invalid_value', 'Value not accepted by the Zoho field'), ('mandatory_missing', 'Required Zoho field is empty'), ('expected_missing', 'One of several Zoho fields must be filled'), ('dependent_missing', 'A field that another field depends on is missing'), ('dependent_mismatch', 'Two fields contradict each other'), ('ambiguous', 'Fields can be understood in more than one way'), ('several_errors', 'Zoho refused several fields'), ('record_locked', 'The record is locked in Zoho'), ('already_modified', 'The record was changed in Zoho meanwhile'), ('not_allowed', 'Zoho does not allow this for the record'), ('not_approved', 'The record awaits an approval in Zoho'), ('too_many_items', 'Too many items in a list of the record'), ('dependent_service', 'A service connected to Zoho failed'), ('service_refuses', 'A service connected to Zoho refuses us'), ('service_full', 'A service connected to Zoho takes no more'), ('refused', 'Zoho refused the record'), ('batch_refused', 'Zoho refused the whole batch'), ('batch_too_large', 'Too many records in one call'), ('not_reached', 'Zoho could not be reached'), ('no_answer', 'Zoho did not answer'), ('server_error', 'Zoho answered with a server error'), ('service_unavailable', 'Zoho is down for maintenance'), ('unreadable_answer', "Zoho's answer could not be read"), ('throttled', 'Zoho asked to wait'), ('outcome_unknown', 'Outcome unknown: it may already be in Zoho'), ('worker_died', 'The worker stopped while sending'), ('stopped_the_worker', 'This lead stopped the worker'), ('not_connected', 'No connection to Zoho is set up'), ('token_revoked', 'Zoho no longer accepts our credentials'), ('token_refused', 'Zoho refused the access token'), ('not_authenticated', 'Zoho saw no usable access token'), ('scope_missing', 'A permission (scope) is missing'), ('no_permission', 'The Zoho user may not add records'), ('not_privileged', 'The Zoho user lacks a privilege'), ('wrong_module', 'The Zoho module does not exist'), ('wrong_address', 'The Zoho address is wrong'), ('wrong_method', 'Zoho does not take this kind of request'), ('wrong_option', 'A request option of the site is wrong'), ('paused_by_hand', 'Paused by a person')], max_length=30),
        ),
        migrations.AlterField(
            model_name='lead',
            name='source',
            field=models.CharField(choices=[('api', 'API'), ('form', 'browser form'), ('desk', 'a person, out of a rejected submission'), ('webhook', 'webhook address')], default='api', max_length=10),
        ),
        migrations.AlterField(
            model_name='rejectedsubmission',
            name='source',
            field=models.CharField(choices=[('api', 'API'), ('form', 'browser form'), ('desk', 'a person, out of a rejected submission'), ('webhook', 'webhook address')], max_length=10),
        ),
        migrations.AlterField(
            model_name='site',
            name='pause_reason',
            field=models.CharField(blank=True, choices=[('missing_field', 'Missing required field'), ('duplicate_email', 'Duplicate e-mail'), ('quarantined', 'Looks like spam'), ('not_read', 'Could not be read'), ('unclear', 'Two values fit equally'), ('site_disabled', 'The site is disabled'), ('duplicate_record', 'Already in Zoho'), ('too_long', 'Value too long for the Zoho field'), ('wrong_type', 'Value of the wrong kind for the Zoho field'), ('wrong_pattern', 'Value not written as the Zoho field expects'), ('not_in_list', "Value not in the Zoho field's list"), ('wrong_probability', 'Probability outside 0 to 100 %'), ('wrong_wizard_path', "The wizard's path is wrong"), ('invalid_value', 'Value not accepted by the Zoho field'), ('mandatory_missing', 'Required Zoho field is empty'), ('expected_missing', 'One of several Zoho fields must be filled'), ('dependent_missing', 'A field that another field depends on is missing'), ('dependent_mismatch', 'Two fields contradict each other'), ('ambiguous', 'Fields can be understood in more than one way'), ('several_errors', 'Zoho refused several fields'), ('record_locked', 'The record is locked in Zoho'), ('already_modified', 'The record was changed in Zoho meanwhile'), ('not_allowed', 'Zoho does not allow this for the record'), ('not_approved', 'The record awaits an approval in Zoho'), ('too_many_items', 'Too many items in a list of the record'), ('dependent_service', 'A service connected to Zoho failed'), ('service_refuses', 'A service connected to Zoho refuses us'), ('service_full', 'A service connected to Zoho takes no more'), ('refused', 'Zoho refused the record'), ('batch_refused', 'Zoho refused the whole batch'), ('batch_too_large', 'Too many records in one call'), ('not_reached', 'Zoho could not be reached'), ('no_answer', 'Zoho did not answer'), ('server_error', 'Zoho answered with a server error'), ('service_unavailable', 'Zoho is down for maintenance'), ('unreadable_answer', "Zoho's answer could not be read"), ('throttled', 'Zoho asked to wait'), ('outcome_unknown', 'Outcome unknown: it may already be in Zoho'), ('worker_died', 'The worker stopped while sending'), ('stopped_the_worker', 'This lead stopped the worker'), ('not_connected', 'No connection to Zoho is set up'), ('token_revoked', 'Zoho no longer accepts our credentials'), ('token_refused', 'Zoho refused the access token'), ('not_authenticated', 'Zoho saw no usable access token'), ('scope_missing', 'A permission (scope) is missing'), ('no_permission', 'The Zoho user may not add records'), ('not_privileged', 'The Zoho user lacks a privilege'), ('wrong_module', 'The Zoho module does not exist'), ('wrong_address', 'The Zoho address is wrong'), ('wrong_method', 'Zoho does not take this kind of request'), ('wrong_option', 'A request option of the site is wrong'), ('paused_by_hand', 'Paused by a person')], editable=False, max_length=30),
        ),
        migrations.CreateModel(
            name='Source',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100)),
                ('tool', models.CharField(blank=True, help_text='What makes the form; see `leads.intake.tools`.', max_length=30)),
                ('success', models.PositiveSmallIntegerField(choices=[(200, '200 (most tools)'), (201, '201'), (202, '202'), (204, '204, without a body')], default=200, verbose_name='answer to a stored lead')),
                ('repeat_minutes', models.PositiveSmallIntegerField(default=60, validators=[django.core.validators.MaxValueValidator(1440)], verbose_name='minutes in which the same fields are one lead')),
                ('chosen', models.JSONField(blank=True, default=dict, help_text='Paths that people chose, by our field.')),
                ('verify_token', leads.secrets.EncryptedTextField(blank=True, default='')),
                ('tool_key', leads.secrets.EncryptedTextField(blank=True, default='', help_text="Google's `google_key`, and what is like it.")),
                ('signature_header', models.CharField(blank=True, default='', max_length=60)),
                ('signature_algorithm', models.CharField(blank=True, choices=[('', 'not signed'), ('sha1', 'HMAC-SHA1'), ('sha256', 'HMAC-SHA256'), ('sha512', 'HMAC-SHA512')], default='', max_length=10)),
                ('signature_encoding', models.CharField(choices=[('hex', 'hexadecimal'), ('base64', 'Base64')], default='hex', max_length=10)),
                ('signature_secret', leads.secrets.EncryptedTextField(blank=True, default='')),
                ('last_post_at', models.DateTimeField(editable=False, help_text='To within a few minutes.', null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sources', to='leads.site')),
            ],
            options={
                'ordering': ['pk'],
                'permissions': [('make_source', 'Can make webhook addresses'), ('show_source', 'Can show webhook addresses'), ('revoke_source', 'Can revoke webhook addresses')],
                'default_permissions': ('view', 'change'),
            },
        ),
        migrations.AddField(
            model_name='lead',
            name='webhook_source',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='leads', to='leads.source'),
        ),
        migrations.CreateModel(
            name='SourceAddress',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(editable=False, max_length=64, unique=True)),
                ('secret', leads.secrets.EncryptedTextField(editable=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('ends_at', models.DateTimeField(editable=False, null=True)),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='addresses', to='leads.source')),
            ],
            options={
                'ordering': ['-pk'],
                'default_permissions': (),
            },
        ),
        migrations.AddConstraint(
            model_name='source',
            constraint=models.UniqueConstraint(fields=('site', 'name'), name='source_name_once_a_site'),
        ),
        migrations.AddConstraint(
            model_name='source',
            constraint=models.CheckConstraint(condition=models.Q(('signature_algorithm', ''), models.Q(('signature_header', ''), _negated=True), _connector='OR'), name='source_signature_has_a_header'),
        ),
    ]
