"""A reason more in a list: no change of the table."""


from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0001_initial'),
    ]

    operations = [
        migrations.AlterField(
            model_name='notice',
            name='reason',
            field=models.CharField(blank=True, choices=[('missing_field', 'Missing required field'), ('duplicate_email', 'Duplicate e-mail'), ('quarantined', 'Looks like spam'), ('duplicate_record', 'Already in Zoho'), ('too_long', 'Value too long for the Zoho field'), ('wrong_type', 'Value of the wrong kind for the Zoho field'), ('wrong_pattern', 'Value not written as the Zoho field expects'), ('not_in_list', "Value not in the Zoho field's list"), ('wrong_probability', 'Probability outside 0 to 100 %'), ('wrong_wizard_path', "The wizard's path is wrong"), ('invalid_value', 'Value not accepted by the Zoho field'), ('mandatory_missing', 'Required Zoho field is empty'), ('expected_missing', 'One of several Zoho fields must be filled'), ('dependent_missing', 'A field that another field depends on is missing'), ('dependent_mismatch', 'Two fields contradict each other'), ('ambiguous', 'Fields can be understood in more than one way'), ('several_errors', 'Zoho refused several fields'), ('record_locked', 'The record is locked in Zoho'), ('already_modified', 'The record was changed in Zoho meanwhile'), ('not_allowed', 'Zoho does not allow this for the record'), ('not_approved', 'The record awaits an approval in Zoho'), ('too_many_items', 'Too many items in a list of the record'), ('dependent_service', 'A service connected to Zoho failed'), ('service_refuses', 'A service connected to Zoho refuses us'), ('service_full', 'A service connected to Zoho takes no more'), ('refused', 'Zoho refused the record'), ('batch_refused', 'Zoho refused the whole batch'), ('batch_too_large', 'Too many records in one call'), ('not_reached', 'Zoho could not be reached'), ('no_answer', 'Zoho did not answer'), ('server_error', 'Zoho answered with a server error'), ('service_unavailable', 'Zoho is down for maintenance'), ('unreadable_answer', "Zoho's answer could not be read"), ('throttled', 'Zoho asked to wait'), ('outcome_unknown', 'Outcome unknown: it may already be in Zoho'), ('worker_died', 'The worker stopped while sending'), ('stopped_the_worker', 'This lead stopped the worker'), ('not_connected', 'No connection to Zoho is set up'), ('token_revoked', 'Zoho no longer accepts our credentials'), ('token_refused', 'Zoho refused the access token'), ('not_authenticated', 'Zoho saw no usable access token'), ('scope_missing', 'A permission (scope) is missing'), ('no_permission', 'The Zoho user may not add records'), ('not_privileged', 'The Zoho user lacks a privilege'), ('wrong_module', 'The Zoho module does not exist'), ('wrong_address', 'The Zoho address is wrong'), ('wrong_method', 'Zoho does not take this kind of request'), ('wrong_option', 'A request option of the site is wrong'), ('paused_by_hand', 'Paused by a person')], max_length=30),
        ),
    ]
