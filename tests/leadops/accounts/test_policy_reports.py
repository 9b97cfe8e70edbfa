"""What browsers tell of our policy: little of it is kept, whatever is sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from leadops.accounts import policy_reports
from leadops.accounts.models import PolicyReport
from leads.clock import database_now
from leads.tasks import prune
from tests.factories import make_failed_lead

pytestmark = pytest.mark.django_db
ADDRESS = "/policy-reports/"
LIST = "/admin/accounts/policyreport/"


def new_form(**body: Any) -> dict[str, Any]:
    told = {
        "effectiveDirective": "script-src-elem",
        "blockedURL": "https://evil.example/x.js?token=1",
        "documentURL": "http://testserver/admin/leads/lead/17/change/?q=eva",
    }
    return {"type": "csp-violation", "body": told | body}


def old_form(**body: Any) -> dict[str, Any]:
    told = {
        "violated-directive": "script-src-elem 'self'",
        "blocked-uri": "https://evil.example/x.js?token=1",
        "document-uri": "http://testserver/admin/leads/lead/18/change/?q=eva",
    }
    return {"csp-report": told | body}


def tell(client: Client, *told: Any) -> None:
    body = json.dumps(told[0] if len(told) == 1 else list(told))
    assert client.post(ADDRESS, body, content_type="application/reports+json").status_code == 204


def kept() -> list[tuple[str, str, str, int]]:
    rows = PolicyReport.objects.order_by("pk")
    return list(rows.values_list("directive", "refused", "page", "count"))


def test_both_forms_of_a_report_are_one_line_without_lead_or_query(client: Client) -> None:
    tell(client, [new_form()])
    tell(client, new_form(), old_form())
    tell(client, old_form())

    page = "admin/leads/lead/<path:object_id>/change/"
    assert kept() == [("script-src-elem", "https://evil.example", page, 4)]


@pytest.mark.parametrize(
    ("blocked", "shown"),
    [
        ("inline", "inline"),
        ("data", "data"),
        ("", "?"),
        ("data:text/html,<b>eva@example.com", "data"),
        ("wss://h.example:99/eva", "wss://h.example"),
        ("https://eva:secret@h.example/", "https://h.example"),
        ("chrome-extension://abcdef/x.js", "chrome-extension://abcdef"),
        ("https://[", "?"),
        ("x" * 300, "x" * 100),
        ("a\x1b[31m\x00", "a?[31m?"),
    ],
)
def test_of_what_was_refused_the_host_is_kept(client: Client, blocked: str, shown: str) -> None:
    tell(client, new_form(blockedURL=blocked))

    assert [refused for _directive, refused, _page, _count in kept()] == [shown]


@pytest.mark.parametrize(
    ("address", "page"),
    [
        ("http://testserver/", "/"),
        ("http://testserver/in/SECRET/", "in/<str:secret>/"),
        ("http://testserver/nowhere/eva@example.com", "(elsewhere)"),
        ("about:blank", "(elsewhere)"),
        ("http://[", "(elsewhere)"),
    ],
)
def test_a_page_is_a_pattern(client: Client, address: str, page: str) -> None:
    tell(client, new_form(documentURL=address))

    assert [page for _directive, _refused, page, _count in kept()] == [page]


@given(
    body=st.binary(max_size=200)
    | st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(
                    ["type", "body", "csp-report", "blockedURL", "blocked-uri", "documentURL"]
                ),
                inner | st.just("csp-violation"),
            )
        ),
    ).map(lambda value: json.dumps(value).encode())
)
def test_whatever_is_sent_is_answered_alike(body: bytes) -> None:
    answer = Client(raise_request_exception=True).post(
        ADDRESS, body, content_type="application/json"
    )

    assert (answer.status_code, answer.content) == (204, b"")


@pytest.mark.parametrize(
    "body", [b"[" * 50_000, b"[" * 15_000, json.dumps([new_form()]).encode() + b" " * 20_000]
)
def test_a_body_that_is_too_much_is_not_kept(client: Client, body: bytes) -> None:
    assert client.post(ADDRESS, body, content_type="application/json").status_code == 204
    assert kept() == []


@pytest.mark.usefixtures("within_a_minute")
def test_a_flood_ends(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy_reports, "POSTS_A_MINUTE", 3)
    monkeypatch.setattr(policy_reports, "MOST_A_DAY", 15)
    for number in range(5):
        hosts = [f"https://h{number}-{one}.example" for one in range(12)]
        tell(client, *(new_form(blockedURL=host) for host in hosts))

    rows = kept()
    assert sum(count for *_what, count in rows) == 3 * policy_reports.MOST_A_POST
    assert len(rows) == 15 + 1
    assert rows[-1] == ("", "", "", 15)


@pytest.mark.parametrize("method", ["get", "put", "delete", "options"])
def test_only_a_post_tells_something(client: Client, method: str) -> None:
    assert getattr(client, method)(ADDRESS).status_code == 405


def test_reports_are_shown_and_end_after_a_month(
    client: Client, browser_of: Callable[[Any], Client], boss: Any
) -> None:
    browser = browser_of(boss)
    assert "Nothing reported" in browser.get(LIST).content.decode()
    tell(client, new_form(blockedURL="https://<b>.example"))
    tell(client, new_form())

    page = browser.get(LIST).content.decode()
    assert "https://evil.example" in page
    assert "<b>" not in page.partition("result_list")[2]

    PolicyReport.objects.update(day=(database_now() - timedelta(days=31)).date())
    make_failed_lead()
    prune()
    assert kept() == []
