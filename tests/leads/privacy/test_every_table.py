"""Every table is known as one that tells of people, and is erased, or as one that tells of none."""

from __future__ import annotations

from django.apps import apps

TELL = {
    "leads_lead",
    "leads_revision",
    "leads_leadevent",
    "leads_apilog",
    "leads_apicall",
    "leads_rejectedsubmission",
    "leads_searchtoken",
    "leads_crmrecord",
    *("leads_leadimport", "leads_importchunk"),
    "zoho_readback",
    "accounts_securityevent",
}
"""What erasing a person blanks or deletes: `leads/privacy/erase.py` and who hears its signals.

`tests/journeys/test_privacy.py` looks for a person's words in all tables: they are in no other.
"""
TELL_NOTHING = {
    # Set-up, staff, and what the engine needs to know.
    *(
        "leads_visiblesite",
        "leads_site",
        "leads_sitekey",
        "leads_source",
        "leads_sourceaddress",
        "leads_destination",
    ),
    *("leads_preferences", "leads_role", "leads_savedview", "leads_slot", "leads_heartbeat"),
    *("zoho_connection", "zoho_modulefields", "zoho_rest", "zoho_mapping", "django_admin_log"),
    *("notifications_endpoint", "notifications_message"),
    *("notifications_channel", "notifications_digest", "notifications_reader"),
    # Counts, ids, codes, and names of fields.
    *("leads_assignment", "leads_tablecolumns"),
    *("leads_figure", "leads_total", "leads_breakdown", "leads_wallboard", "leads_salescounter"),
    "leads_visiblesite",
    "leads_dryruns",
    "leads_signedrequest",
    *("leads_allowance", "leads_unknownpost", "leads_searchindex"),
    *("accounts_policyreport", "leads_bulkretry", "leads_incomplete", "notifications_notice"),
    *("accounts_logintry", "accounts_accountlanguage", "accounts_identityprovider"),
    *("accounts_apitoken", "accounts_serviceaccount", "accounts_apianswer"),
    # Whose account at a provider opens which of staff's: issuer and subject, no claim. The other
    # two stay empty: our providers stand elsewhere, and no token is kept.
    *("socialaccount_socialaccount", "socialaccount_socialapp", "socialaccount_socialtoken"),
    *("zoho_reconciliation", "zoho_finding", "zoho_cause", "zoho_loss"),
    *("zoho_repair", "zoho_repairitem", "notifications_maillink", "notifications_linkedlead"),
}
OURS = ("leads", "zoho", "notifications", "accounts", "socialaccount")


def test_every_table_of_ours_is_in_one_of_the_lists() -> None:
    """A new one goes where it belongs: with what erases it, or with why there is nothing to."""
    tables = {
        model._meta.db_table for name in OURS for model in apps.get_app_config(name).get_models()
    }

    assert tables == TELL | TELL_NOTHING
    assert not TELL & TELL_NOTHING
