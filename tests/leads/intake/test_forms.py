"""`POST /f/TOKEN/`: a browser form of one of the site's own pages."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from leads.models import Lead, Site, SiteKey
from tests.factories import make_key

PAGE = "https://www.example.com"
ANA = {"contact_name": "Ana Silva", "email": "ana@example.com"}


@pytest.fixture
def submit(site: Site, client: Client) -> Any:
    Site.objects.filter(pk=site.pk).update(allowed_origins=f"{PAGE}/\nhttp://shop.example:8080")
    token = make_key(site, SiteKey.Kind.FORM)

    def send(
        fields: Any = ANA,
        content_type: str = "application/x-www-form-urlencoded",
        token: str = token,
        **headers: str,
    ) -> Any:
        body = fields if isinstance(fields, bytes) else urlencode(fields, doseq=True).encode()
        headers = headers or {"Origin": PAGE}
        return client.generic("POST", f"/f/{token}/", body, content_type, headers=headers)

    return send


def test_a_form_is_thanked_for_and_stored(submit: Any) -> None:
    answer = submit()

    assert answer.status_code == 200
    assert b"Thank you" in answer.content
    lead = Lead.objects.get()
    assert (lead.source, lead.data) == (Lead.Source.FORM, ANA)


def test_the_page_is_noted_without_its_query(submit: Any) -> None:
    submit(Origin=PAGE, Referer=f"{PAGE}/contact?email=ana@example.com#form")

    assert Lead.objects.get().page == f"{PAGE}/contact"


def test_where_the_browser_hides_the_page_its_origin_is_noted(submit: Any) -> None:
    submit(Origin=PAGE)

    assert Lead.objects.get().page == PAGE


def test_a_very_long_page_is_cut_to_its_column(submit: Any) -> None:
    submit(Origin=PAGE, Referer=f"{PAGE}/{'x' * 2000}")

    assert len(Lead.objects.get().page) == 500


@pytest.mark.parametrize("referer", ["http://[bad", "nonsense", "https://ⅷ℆.example/\u2100"])
def test_a_referer_that_is_no_address_does_no_harm(submit: Any, referer: str) -> None:
    answer = submit(Origin=PAGE, Referer=referer)

    assert answer.status_code == 200
    assert Lead.objects.get().page == PAGE


# --- Origins --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://WWW.Example.com"},
        {"Origin": "http://shop.example:8080"},
        {"Referer": f"{PAGE}/contact"},
    ],
)
def test_a_page_of_the_site_may_post(submit: Any, headers: dict[str, str]) -> None:
    assert submit(**headers).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"X-None": "1"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "https://evil.example"},
        {"Origin": "http://www.example.com"},
        {"Origin": "https://www.example.com:444"},
        {"Origin": "https://www.example.com.evil.example"},
        {"Origin": "https://evil.example", "Referer": f"{PAGE}/"},
        {"Origin": "https://www.example.com@evil.example"},
        {"Origin": "http://[bad"},
        {"Referer": "https://evil.example/https://www.example.com/"},
    ],
)
def test_a_foreign_page_may_not(submit: Any, headers: dict[str, str]) -> None:
    assert submit(**headers).status_code == 403
    assert not Lead.objects.exists()


def test_a_site_without_origins_takes_no_form(submit: Any) -> None:
    Site.objects.update(allowed_origins="")

    assert submit(Origin="").status_code == 403
    assert submit(Origin=PAGE).status_code == 403


@pytest.mark.parametrize("token", ["unknown", "%00", "%ff", "ключ"])
def test_an_unknown_token_is_a_401(submit: Any, token: str) -> None:
    assert submit(token=token).status_code == 401


def test_a_disabled_site_is_a_403(submit: Any) -> None:
    Site.objects.update(enabled=False)

    assert submit().status_code == 403


def test_only_posts_are_taken(submit: Any, client: Client) -> None:
    token = SiteKey.objects.get().token

    assert client.get(f"/f/{token}/").status_code == 405


@pytest.mark.usefixtures("submit")
def test_the_form_needs_no_csrf_token() -> None:
    client = Client(enforce_csrf_checks=True, headers={"Origin": PAGE})

    answer = client.post(
        f"/f/{SiteKey.objects.get().token}/",
        urlencode(ANA),
        content_type="application/x-www-form-urlencoded",
    )

    assert answer.status_code == 200


# --- What cannot be taken ---------------------------------------------------------------------


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", ""])
def test_only_plain_forms_are_taken(submit: Any, content_type: str) -> None:
    assert submit(b"{}", content_type).status_code == 415


def test_a_form_over_a_megabyte_is_a_413(submit: Any) -> None:
    assert submit(b"a=" + b"x" * 1024 * 1024).status_code == 413


def test_a_form_that_cannot_be_read_is_a_400_page(submit: Any) -> None:
    answer = submit(b"--x\r\n", "multipart/form-data")

    assert answer.status_code == 400
    assert answer["Content-Type"].startswith("text/html")


def test_over_the_quota_is_a_429(submit: Any) -> None:
    Site.objects.update(quota=1)
    submit()

    assert submit().status_code == 429


# --- Where to go afterwards ---------------------------------------------------------------------


def test_the_visitor_is_led_to_the_page_that_the_form_names(submit: Any) -> None:
    answer = submit(ANA | {"_next": f"{PAGE}/thanks"})

    lead = Lead.objects.get()
    assert answer.status_code == 302
    assert answer["Location"] == f"{PAGE}/thanks?lead={lead.reference}"


def test_the_address_is_no_part_of_the_lead(submit: Any) -> None:
    submit(ANA | {"_next": f"{PAGE}/thanks"})

    assert Lead.objects.get().data == ANA


def test_the_query_and_the_fragment_of_the_page_are_kept(submit: Any) -> None:
    answer = submit(ANA | {"_next": f"{PAGE}/thanks?a=1&b=%20#done"})

    reference = Lead.objects.get().reference
    assert answer["Location"] == f"{PAGE}/thanks?a=1&b=%20&lead={reference}#done"


def test_a_held_lead_is_led_on_alike(submit: Any) -> None:
    answer = submit({"email": "ana@example.com", "_next": f"{PAGE}/thanks"})

    assert (answer.status_code, Lead.objects.get().status) == (302, "failed")


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "//www.example.com/",
        "/thanks",
        "thanks",
        "javascript:alert(1)",
        "data:text/html,x",
        "https://www.example.com@evil.example/",
        "https://www.example.com\\@evil.example/",
        "https://www.example.com.evil.example/",
        "https://www.example.com\n.evil.example/",
        "https:www.example.com",
        "https:/\\evil.example",
        "http://[bad",
        "https://www.example.com/" + "x" * 20_000,
        "",
    ],
)
def test_the_visitor_is_never_led_to_a_foreign_or_odd_address(submit: Any, target: str) -> None:
    answer = submit(ANA | {"_next": target})

    assert answer.status_code == 200
    assert "Location" not in answer
    assert Lead.objects.count() == 1


def test_line_breaks_in_an_own_address_do_not_reach_the_header(submit: Any) -> None:
    answer = submit(ANA | {"_next": f"{PAGE}/a\r\nSet-Cookie: b=1"})

    assert answer.status_code in (200, 302)
    assert "Set-Cookie" not in answer


def test_an_address_that_comes_twice_is_none(submit: Any) -> None:
    answer = submit({**ANA, "_next": [f"{PAGE}/a", f"{PAGE}/b"]})

    assert answer.status_code == 200
