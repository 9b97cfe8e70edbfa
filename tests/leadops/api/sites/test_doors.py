"""Sources and keys by API: made, renewed, ended, as at the desk; a secret is told and not kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from leadops.accounts.models import ApiAnswer, SecurityEvent
from leads.decisions.source import make_source
from leads.models import Site, SiteKey, Source, SourceAddress
from leads.models.sites.source import OVERLAP
from tests.factories import make_user
from tests.leadops.api.conftest import Program


@pytest.fixture
def source(site: Site) -> Source:
    return make_source(site, "Contact page", "elementor").source


def said() -> list[str]:
    return [entry.get_change_message() for entry in LogEntry.objects.order_by("pk")]


def posts_to(address: str) -> int:
    """What a form tool is answered there."""
    path = address.partition("/in/")[2]
    return Client().post(f"/in/{path}", {"name": "Ana", "email": "a@b.de"}).status_code


# --- Sources --------------------------------------------------------------------------------------


def test_a_source_is_made_with_an_address_that_takes_leads(chief: Program, site: Site) -> None:
    answer = chief.post(f"sites/{site.pk}/sources/", name="Contact page", tool="elementor")

    made = answer.json()
    assert (answer.status_code, answer["Cache-Control"]) == (201, "no-store")
    assert posts_to(made["address"]) == 200
    assert said() == ["Made the source “Contact page” and its address. (via token Script)"]
    listed = chief.get(f"sites/{site.pk}/sources/")
    assert [one["id"] for one in listed.json()["results"]] == [made["id"]]
    assert made["address"].rpartition("/in/")[2] not in listed.content.decode()


def test_a_source_is_renamed_and_told_what_makes_it(chief: Program, source: Source) -> None:
    answer = chief.post(f"sources/{source.pk}/", method="PATCH", name="Shop", tool="typeform")
    source.refresh_from_db()

    assert (answer.json()["name"], answer.json()["tool"]) == ("Shop", "typeform")
    assert (source.name, source.tool) == ("Shop", "typeform")
    assert said() == ["Changed name, tool of “Shop”. (via token Script)"]


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_name_is_once_a_site(chief: Program, site: Site, source: Source, method: str) -> None:
    other = make_source(site, "Footer").source
    path = {"POST": f"sites/{site.pk}/sources/", "PATCH": f"sources/{other.pk}/"}[method]

    answer = chief.post(path, method=method, name=source.name)

    assert (answer.status_code, answer.json()["errors"]) == (422, {"name": "taken"})
    assert Source.objects.count() == 2


def test_a_renewed_address_works_beside_the_old_one_for_a_week(
    chief: Program, source: Source
) -> None:
    old = source.addresses.get()

    renewed = chief.post(f"sources/{source.pk}/renew/", newest=old.pk)
    again = chief.post(f"sources/{source.pk}/renew/", newest=old.pk)

    old.refresh_from_db()
    assert old.ends_at
    assert timedelta() < old.ends_at - timezone.now() <= OVERLAP
    assert [posts_to(renewed.json()["address"]), posts_to(old.address)] == [200, 200]
    assert (again.status_code, source.addresses.count()) == (409, 2)
    chief.post(f"sources/{source.pk}/end-old/")
    assert posts_to(old.address) == 404


def test_a_revoked_source_takes_nothing_and_has_nothing_to_show(
    chief: Program, source: Source
) -> None:
    address = source.addresses.get().address

    answer = chief.post(f"sources/{source.pk}/revoke/")

    assert answer.json()["addresses"][0]["ends_at"]
    assert posts_to(address) == 404
    assert chief.post(f"sources/{source.pk}/show/").status_code == 409


def test_who_was_shown_an_address_is_kept(chief: Program, source: Source) -> None:
    answer = chief.post(f"sources/{source.pk}/show/")

    assert answer.json()["address"] == source.addresses.get().address
    assert said() == ["Showed the address of “Contact page”. (via token Script)"]
    event = SecurityEvent.objects.get(kind="key")
    assert (event.account, event.method) == (chief.user.pk, "token")
    assert "via token Script" in event.about


def test_an_address_that_no_key_opens_is_not_made_up(
    chief: Program, source: Source, settings: Any
) -> None:
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]

    assert chief.post(f"sources/{source.pk}/show/").status_code == 409


# --- Keys -----------------------------------------------------------------------------------------


def test_a_key_is_issued_with_its_limits_and_opens_the_site(chief: Program, site: Site) -> None:
    end = timezone.now() + timedelta(days=30)
    limits: dict[str, Any] = {
        "networks": "127.0.0.1",
        "reads": False,
        "expires_at": end.isoformat(),
    }

    answer = chief.post(f"sites/{site.pk}/keys/", label="Shop server", **limits)

    key, secret = SiteKey.objects.get(), answer.json()["secret"]
    assert (answer.status_code, answer["Cache-Control"]) == (201, "no-store")
    assert key.digest == SiteKey.digest_of(secret)
    assert (key.label, key.networks, key.reads) == ("Shop server", "127.0.0.1", False)
    assert key.expires_at == end
    assert said() == [f"Issued key {key}. (via token Script)"]
    assert secret not in chief.get(f"sites/{site.pk}/keys/").content.decode()


@pytest.mark.parametrize(
    ("body", "at_fault"),
    [
        ({"kind": "form", "networks": "10.0.0.0/8"}, "kind"),
        ({"kind": "form", "reads": False}, "kind"),
        ({"kind": "other"}, "kind"),
        ({"networks": "somewhere"}, "networks"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
        ({"label": "x" * 101}, "label"),
    ],
)
def test_a_key_that_cannot_be_is_not_made(
    chief: Program, site: Site, body: dict[str, Any], at_fault: str
) -> None:
    answer = chief.post(f"sites/{site.pk}/keys/", **body)

    assert (answer.status_code, list(answer.json()["errors"])) == (422, [at_fault])
    assert not SiteKey.objects.exists()


@pytest.mark.parametrize("kind", SiteKey.Kind.values)
def test_a_renewed_key_has_the_limits_of_the_old_one_and_both_work(
    chief: Program, site: Site, kind: str
) -> None:
    end = timezone.now() + timedelta(days=30)
    limits: dict[str, Any] = {"networks": "127.0.0.1", "reads": False} if kind != "form" else {}
    old, _secret = SiteKey.objects.issue(site, kind, "Shop", expires_at=end, **limits)

    answer = chief.post(f"keys/{old.pk}/renew/")

    new = SiteKey.objects.get(pk=answer.json()["id"])
    same = ("kind", "label", "networks", "reads")
    assert [getattr(new, name) for name in same] == [getattr(old, name) for name in same]
    assert new.expires_at
    assert abs(new.expires_at - end) < timedelta(minutes=1)
    named = new.token or answer.json()["secret"]
    assert (new.digest, answer.json()["token"]) == (SiteKey.digest_of(named), new.token)
    if kind == SiteKey.Kind.SIGNED:
        assert new.secret == answer.json()["secret"] != old.secret
    assert SiteKey.objects.live().count() == 2


def test_a_key_that_is_missed_is_revoked_on_demand_alone(chief: Program, site: Site) -> None:
    key, _secret = SiteKey.objects.issue(site, SiteKey.Kind.SECRET)
    SiteKey.objects.update(last_used_at=timezone.now())

    asked = chief.post(f"keys/{key.pk}/revoke/")
    done = chief.post(f"keys/{key.pk}/revoke/", anyway=True)
    again = chief.post(f"keys/{key.pk}/revoke/")

    assert (asked.status_code, asked.json()["errors"]) == (422, {"anyway": "used, last"})
    assert (done.status_code, done.json()["revoked_at"] is not None) == (200, True)
    assert again.status_code == 200
    assert said() == [f"Revoked key {key}. (via token Script)"]
    assert chief.post(f"keys/{key.pk}/renew/").status_code == 409


# --- Once, and kept nowhere -----------------------------------------------------------------------

MAKERS = ["create_source", "renew_source", "show_source", "create_key", "renew_key", "signing_key"]


@pytest.mark.parametrize("act", MAKERS)
def test_a_call_that_comes_again_is_told_the_same_secret_and_none_is_kept(
    chief: Program, site: Site, source: Source, act: str
) -> None:
    key, _secret = SiteKey.objects.issue(site, SiteKey.Kind.SECRET)
    calls: dict[str, tuple[str, dict[str, Any], str]] = {
        "create_source": (f"sites/{site.pk}/sources/", {"name": "Shop"}, "address"),
        "renew_source": (
            f"sources/{source.pk}/renew/",
            {"newest": source.addresses.get().pk},
            "address",
        ),
        "show_source": (f"sources/{source.pk}/show/", {}, "address"),
        "create_key": (f"sites/{site.pk}/keys/", {}, "secret"),
        "signing_key": (f"sites/{site.pk}/keys/", {"kind": "signed"}, "secret"),
        "renew_key": (f"keys/{key.pk}/renew/", {}, "secret"),
    }
    path, body, name = calls[act]

    first, again = (chief.post(path, key="k1", **body) for _ in range(2))
    made = (SiteKey.objects.count(), SourceAddress.objects.count())

    secret = first.json()[name].rstrip("/").rpartition("/")[2]
    assert len(secret) > 30
    assert first.json() == again.json()
    assert again["Idempotent-Replayed"] == "true"
    assert again["Cache-Control"] == "no-store"
    assert sum(made) <= 3
    assert secret not in repr(ApiAnswer.objects.values())
    assert secret not in repr(LogEntry.objects.values())
    assert secret not in repr(SecurityEvent.objects.values())


def test_the_same_key_of_another_token_or_another_day_makes_another_secret(
    chief: Program, site: Site
) -> None:
    path = f"sites/{site.pk}/keys/"
    today, others = chief.post(path, key="1"), Program(chief.user).post(path, key="1")
    ApiAnswer.objects.all().delete()

    tomorrow = chief.post(path, key="1")

    assert len({one.json()["secret"] for one in (today, others, tomorrow)}) == 3
    assert SiteKey.objects.count() == 3


def test_who_sees_the_site_no_more_is_told_no_address_again(site: Site, source: Source) -> None:
    other = Site.objects.create(name="Other", destination=site.destination)
    chief = make_user("limited", role="Administrator", sites=[site])
    limited = Program(chief)
    path = f"sources/{source.pk}/show/"
    assert limited.post(path, key="k1").status_code == 200
    chief.visible_sites.update(site=other)

    assert limited.post(path, key="k1").status_code == 404


def test_sources_are_for_who_may_see_them(site: Site, source: Source) -> None:
    support = Program(make_user(permissions=("leads.view_site",)))

    assert support.get(f"sites/{site.pk}/").json()["sources"] is None
