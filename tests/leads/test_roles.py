"""The roles that LeadOps ships, and how they are kept up."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command

from leads import roles
from leads.models import Role
from leads.roles import ADMINISTRATOR, MANAGER, ROLES, SUPPORT, is_administrator, names, ship
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def granted(role: str) -> set[str]:
    """What the role's group holds, as `has_perm` takes it."""
    rows = Permission.objects.filter(group__role__name=role)
    return {f"{app}.{one}" for app, one in rows.values_list("content_type__app_label", "codename")}


@pytest.mark.parametrize("role", ROLES)
def test_a_new_installation_has_every_role_with_all_its_permissions(role: str) -> None:
    assert granted(role) == names(ROLES[role])


def test_roles_grow_from_looking_to_working_to_setting_up() -> None:
    assert granted(MANAGER) < granted(SUPPORT) < granted(ADMINISTRATOR)


def test_a_manager_sees_no_personal_data() -> None:
    assert "leads.view_personal_data" not in granted(MANAGER)


def test_a_new_version_brings_what_it_adds(monkeypatch: pytest.MonkeyPatch) -> None:
    new = roles.joined(ROLES[MANAGER], {"leads": ("view_site",)})
    monkeypatch.setitem(roles.ROLES, MANAGER, new)

    ship("leads")

    assert "leads.view_site" in granted(MANAGER)


def test_what_an_operator_took_away_stays_away() -> None:
    Group.objects.get(role__name=SUPPORT).permissions.get(codename="discard_lead").group_set.clear()

    call_command("migrate", verbosity=0)

    assert "leads.discard_lead" not in granted(SUPPORT)


def test_what_an_operator_added_stays() -> None:
    Group.objects.get(role__name=MANAGER).permissions.add(
        Permission.objects.get(codename="export_lead")
    )

    call_command("migrate", verbosity=0)

    assert "leads.export_lead" in granted(MANAGER)


def test_a_role_that_an_operator_deleted_does_not_come_back() -> None:
    Group.objects.get(role__name=MANAGER).delete()

    call_command("migrate", verbosity=0)

    assert not Group.objects.filter(name=MANAGER).exists()


def test_a_role_that_an_operator_renamed_is_kept_up(monkeypatch: pytest.MonkeyPatch) -> None:
    Group.objects.filter(role__name=MANAGER).update(name="Leitung")
    new = roles.joined(ROLES[MANAGER], {"leads": ("view_site",)})
    monkeypatch.setitem(roles.ROLES, MANAGER, new)

    ship("leads")

    assert Group.objects.get(name="Leitung").permissions.filter(codename="view_site").exists()


def test_an_operators_own_group_of_that_name_gains_nothing() -> None:
    Role.objects.all().delete()
    Group.objects.all().delete()
    theirs = Group.objects.create(name=ADMINISTRATOR)

    call_command("migrate", verbosity=0)

    assert not theirs.permissions.exists()
    assert Group.objects.get(role__name=ADMINISTRATOR).name == "LeadOps Administrator"


def test_every_permission_of_the_table_exists() -> None:
    there = {
        f"{app}.{one}"
        for app, one in Permission.objects.values_list("content_type__app_label", "codename")
    }

    assert names(ROLES[ADMINISTRATOR]) <= there


@pytest.mark.parametrize("of_ours", ["leads", "zoho", "notifications"], ids=lambda app: f"of {app}")
def test_every_permission_of_ours_belongs_to_a_role(of_ours: str) -> None:
    rows = Permission.objects.filter(content_type__app_label=of_ours)
    ours = {f"{of_ours}.{one}" for one in rows.values_list("codename", flat=True)}

    assert ours - names(ROLES[ADMINISTRATOR]) == LEFT_OUT.get(of_ours, set())


LEFT_OUT = {
    "leads": {
        # Django's own of models that nobody adds or deletes by hand.
        "leads.delete_destination",
        "leads.delete_site",
        "leads.add_preferences",
        "leads.delete_preferences",
        # It takes away, and is given on the pages of users and groups.
        "leads.limited_to_sites",
    },
    "zoho": {"zoho.add_connection", "zoho.delete_connection"},
}


@pytest.mark.parametrize(
    ("values", "administrator"),
    [
        ({"is_superuser": True}, True),
        ({"role": ADMINISTRATOR}, True),
        ({"permissions": ("zoho.connect_zoho",)}, True),
        ({"role": SUPPORT}, False),
        ({"role": ADMINISTRATOR, "is_active": False}, False),
    ],
)
def test_who_may_set_things_up_is_an_administrator(
    values: dict[str, Any], administrator: bool
) -> None:
    assert is_administrator(make_user(**values)) is administrator
