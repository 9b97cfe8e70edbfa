"""Refusals of the account hold the destination, those of options the site; no lead fails."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.daily import rest
from tests.journeys.kit.system import System, eventually
from tests.journeys.test_failures import mail_texts


def pause_of(system: System, table: str) -> list[tuple[object, ...]]:
    return system.sql(f"SELECT pause_reason FROM leads_{table} WHERE paused_at IS NOT NULL")


def post_some(system: System, number: int) -> list[str]:
    people = [(f"Ada {n}", f"ada{n}@example.com") for n in range(number)]
    return [system.post(contact_name=n, email=e).json()["id"] for n, e in people]


@pytest.mark.parametrize(
    ("code", "reason", "words"),
    [
        ("FEATURE_NOT_SUPPORTED", "plan_lacks", "Subscription"),
        rest("SOMETHING_NEW", "account_refused", "log in to Zoho"),
    ],
)
def test_a_refusal_of_the_account_holds_the_destination_and_no_lead_fails(
    system: System, code: str, reason: str, words: str
) -> None:
    """Eight leads, fifteen calls, all failed one by one as “refused”."""
    system.fault(mode="account", code=code)
    leads = post_some(system, 8)

    eventually(lambda: pause_of(system, "destination") == [(reason,)])

    assert system.count("failed") == 0
    assert system.calls("insert") <= 4  # one for each worker at most
    mails = lambda: [text for _subject, text in mail_texts(system) if words in text]  # noqa: E731
    told = eventually(mails, 60)  # a pause is told once it has lasted
    assert len(set(told)) == 1  # a mail for each recipient
    assert code in str(system.sql("SELECT reason_text FROM leads_apilog"))

    system.fault(mode=None)
    system.shell("Destination.objects.resume(Destination.objects.get().pk)")
    for lead in leads:
        system.becomes(lead, "delivered")
    assert len(system.records()) == 8


@pytest.fixture
def strange_owner(system: System) -> Iterator[None]:
    """The site names an owner that is no user."""
    system.shell("s = Site.objects.get(); s.options = {'Owner': {'id': '4711'}}; s.save()")
    yield
    system.shell("s = Site.objects.get(); s.options = {}; s.save()")


@pytest.mark.usefixtures("strange_owner")
def test_an_owner_that_is_no_user_holds_the_site(system: System) -> None:
    [lead] = post_some(system, 1)

    eventually(lambda: pause_of(system, "site") == [("wrong_option",)])

    assert system.receipt(lead)["status"] == "queued"
    assert not pause_of(system, "destination")
