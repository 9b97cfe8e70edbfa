"""`createsite`: a site and its key. `revokesource`: a form tool's address that ends."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from leads.clock import database_now
from leads.decisions.source import make_source, renew
from leads.intake.guard.keys import site_of
from leads.models import Destination, Site, SiteKey, SourceAddress
from tests.factories import make_site


def createsite(*arguments: str) -> str:
    out = StringIO()
    call_command("createsite", *arguments, stdout=out)
    return out.getvalue()


def test_the_key_stands_alone_on_standard_output(db: None) -> None:
    printed = createsite("Landing page")

    assert printed.count("\n") == 1
    assert site_of(printed.strip(), SiteKey.Kind.SECRET).name == "Landing page"


def test_recipients_are_named_one_by_one(db: None) -> None:
    createsite("Landing page", "--recipient", "a@example.com", "--recipient", "b@example.com")

    assert Site.objects.get().recipient_list == ["a@example.com", "b@example.com"]


def test_a_form_has_a_public_token(db: None) -> None:
    token = createsite("Landing page", "--form").strip()

    assert SiteKey.objects.get().token == token
    assert site_of(token, SiteKey.Kind.FORM)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("Taken",), "already exists"),
        (("New", "--recipient", "nobody"), "nobody"),
        (("",), "blank"),
        (("x" * 101,), "100"),
    ],
)
def test_a_site_that_cannot_be_is_refused_in_one_line(
    db: None, arguments: tuple[str, ...], words: str
) -> None:
    createsite("Taken")

    with pytest.raises(CommandError, match=words) as caught:
        createsite(*arguments)

    assert "\n" not in str(caught.value)
    assert (Site.objects.count(), SiteKey.objects.count()) == (1, 1)


def test_without_a_destination_there_is_no_site(db: None) -> None:
    Destination.objects.all().delete()

    with pytest.raises(CommandError, match="migrate"):
        createsite("Landing page")


# --- revokesource ---------------------------------------------------------------------------------


def revokesource(*arguments: str) -> str:
    out = StringIO()
    call_command("revokesource", *arguments, stdout=out)
    return out.getvalue()


def live() -> list[str]:
    return [one.secret for one in SourceAddress.objects.live(database_now()).order_by("pk")]


@pytest.fixture
def shop(db: None) -> Site:
    return make_site(name="Shop")


def test_the_only_source_of_a_site_is_meant(shop: Site) -> None:
    old = make_source(shop, "Form")
    renew(old.source, old.pk)
    make_source(make_site(name="Other"), "Form")

    assert revokesource("Shop") == "2 addresses revoked.\n"
    assert len(live()) == 1


def test_a_source_is_revoked_by_its_name(shop: Site) -> None:
    make_source(shop, "Form")
    kept = make_source(shop, "Other")

    assert revokesource("Shop", "--source", "Form") == "1 address revoked.\n"
    assert live() == [kept.secret]


def test_an_address_is_revoked_by_how_it_begins(
    shop: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as chance:
        chance.setattr("secrets.token_urlsafe", lambda _bytes: "-" * 32)
        old = make_source(shop, "Form")
    new = renew(old.source, old.pk)

    assert new is not None
    assert revokesource("Shop", "--address", old.secret[:6]) == "1 address revoked.\n"
    assert live() == [new.secret]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("Nowhere",), "no site “Nowhere”"),
        (("Shop",), "several sources"),
        (("Shop", "--source", "Third"), "no source “Third”"),
        (("Shop", "--address", ""), "several sources"),
        (("Shop", "--address", "?"), "0 live addresses"),
    ],
)
def test_what_is_not_clear_revokes_nothing(
    shop: Site, arguments: tuple[str, ...], words: str
) -> None:
    make_source(shop, "Form")
    make_source(shop, "Other")

    with pytest.raises(CommandError, match=words):
        revokesource(*arguments)

    assert len(live()) == 2
