"""`createsite`: a site and its key."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from leads.intake.guard.keys import site_of
from leads.models import Destination, Site, SiteKey


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
