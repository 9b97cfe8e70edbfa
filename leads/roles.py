"""Who may do what: three roles as groups of permissions, kept up with every version.

A role is named by what a person does all day. An operator may add to the groups, take from them
or make others; `ship` only ever adds what a new version brings.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group, Permission
from django.db import transaction

from leads.models import Role
from leads.store.migrated import on_the_newest_schema

Grants = dict[str, tuple[str, ...]]
"""Codenames of permissions, by app."""

MANAGER = "Manager"
SUPPORT = "Support"
ADMINISTRATOR = "Administrator"

LOOK: Grants = {
    "leads": ("view_figure", "view_lead", "view_failedlead", "view_apilog"),
}
WORK: Grants = {
    "leads": (
        "view_personal_data",
        "view_apicall",
        "retry_lead",
        "correct_lead",
        "enter_lead",
        "discard_lead",
        "assign_lead",
        "view_rejectedsubmission",
        "take_rejectedsubmission",
        "view_site",
        "view_destination",
    ),
    "notifications": ("view_notice", "resend_notice", "view_channel", "view_digest"),
    "zoho": ("view_reconciliation",),
}
SET_UP: Grants = {
    "leads": (
        "view_wallboard",
        "add_wallboard",
        "revoke_wallboard",
        "export_lead",
        "import_lead",
        "erase_person",
        "add_site",
        "change_site",
        "resume_site",
        "test_site",
        "view_sitekey",
        "view_source",
        "change_source",
        "make_source",
        "show_source",
        "revoke_source",
        "issue_sitekey",
        "revoke_sitekey",
        "add_destination",
        "change_destination",
        "pause_destination",
        "resume_destination",
        "view_preferences",
        "change_preferences",
    ),
    "zoho": (
        "connect_zoho",
        "view_connection",
        "change_connection",
        "view_modulefields",
        "view_mapping",
        "add_mapping",
        "change_mapping",
        "delete_mapping",
    ),
    "notifications": (
        "add_channel",
        "change_channel",
        "delete_channel",
        "test_channel",
        "add_digest",
        "change_digest",
        "delete_digest",
        "view_endpoint",
        "add_endpoint",
        "change_endpoint",
        "delete_endpoint",
        "test_endpoint",
        "view_message",
        "redeliver_message",
    ),
    "auth": (
        "view_user",
        "add_user",
        "change_user",
        "view_group",
        "add_group",
        "change_group",
        "delete_group",
    ),
    "accounts": (
        "view_auditentry",
        "view_policyreport",
        "view_securityevent",
        "export_securityevent",
        "view_identityprovider",
        "add_identityprovider",
        "change_identityprovider",
        "delete_identityprovider",
        "view_apitoken",
        "issue_apitoken",
        "revoke_apitoken",
    ),
}
"""What only administrators may do. Exporting may be given to people one by one."""


def joined(*grants: Grants) -> Grants:
    """The permissions of all of them, each once."""
    apps = dict.fromkeys(app for grant in grants for app in grant)
    return {
        app: tuple(dict.fromkeys(name for grant in grants for name in grant.get(app, ())))
        for app in apps
    }


OF_EVERY_SITE: Grants = {
    "leads": (
        "erase_person",
        "add_site",
        "view_rejectedsubmission",
        "take_rejectedsubmission",
        "view_destination",
        "add_destination",
        "change_destination",
        "pause_destination",
        "resume_destination",
        "view_preferences",
        "change_preferences",
    ),
    "zoho": (
        "view_reconciliation",
        "connect_zoho",
        "view_connection",
        "change_connection",
        "view_modulefields",
    ),
    "accounts": (
        "view_auditentry",
        "view_policyreport",
        "view_securityevent",
        "export_securityevent",
        "view_identityprovider",
        "add_identityprovider",
        "change_identityprovider",
        "delete_identityprovider",
    ),
    "admin": ("view_logentry",),
}
"""What concerns all sites at once: an account that is limited to some may do none of it, whatever
its groups say."""

ROLES: dict[str, Grants] = {
    MANAGER: LOOK,
    SUPPORT: joined(LOOK, WORK),
    ADMINISTRATOR: joined(LOOK, WORK, SET_UP),
}


def names(grants: Grants) -> set[str]:
    """The permissions as `has_perm` takes them: `leads.retry_lead`."""
    return {f"{app}.{codename}" for app, codenames in grants.items() for codename in codenames}


EVERY_SITE = frozenset(names(OF_EVERY_SITE))


def is_administrator(user: Any) -> bool:
    """Whether the user may do anything that is kept for administrators, by whatever group."""
    return bool(
        user.is_active and (user.is_superuser or names(SET_UP) & user.get_all_permissions())
    )


@on_the_newest_schema
def after_migrate(app_config: Any, using: str, **kwargs: Any) -> None:
    """Give the roles what belongs to an app, as soon as Django has made its permissions.

    Permissions are rows that Django makes after the migrations of each app, so a migration cannot
    hand them out: in a new installation they are not there yet.
    """
    if any(app_config.label in grants for grants in ROLES.values()):
        ship(app_config.label, using)


def ship(app: str, using: str = "default") -> None:
    """Add to each role what it has never been given of an app's permissions."""
    with transaction.atomic(using=using):
        there = {
            permission.codename: permission
            for permission in Permission.objects.using(using).filter(content_type__app_label=app)
        }
        for name, grants in ROLES.items():
            role, new = Role.objects.using(using).get_or_create(name=name)
            if new:
                role.group = _new_group(name, using)
            codenames = [codename for codename in grants.get(app, ()) if codename in there]
            fresh = [one for one in codenames if f"{app}.{one}" not in role.given]
            if role.group and fresh:
                role.group.permissions.add(*(there[one] for one in fresh))
            if new or fresh:
                role.given = [*role.given, *(f"{app}.{one}" for one in fresh)]
                role.save(using=using)


def _new_group(name: str, using: str) -> Group:
    """A group of its own: people in an operator's group of that name gain nothing by an upgrade."""
    taken = Group.objects.using(using).filter(name=name).exists()
    return Group.objects.using(using).create(name=f"LeadOps {name}" if taken else name)
