"""`POST /f/TOKEN/`: a browser form of one of the site's own pages."""

from __future__ import annotations

import gzip
import json
import time
from typing import Any
from unittest.mock import patch
from urllib.parse import urlencode

import pytest
from django.core.exceptions import ValidationError
from django.core.signing import TimestampSigner
from django.db import OperationalError
from django.test import Client

from leads.counters.deltas import totals
from leads.flags import Flag
from leads.intake.body.parse import FORM
from leads.intake.guard.foreign import refused_today
from leads.models import Allowance, ApiLog, Lead, RejectedSubmission, Site, SiteKey
from leads.store import database
from notifications.models import Notice
from tests.factories import make_key, make_site

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
        headers = {k.replace("_", "-"): v for k, v in headers.items()} or {"Origin": PAGE}
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
    assert Lead.objects.get().status == "queued"


# The page that is noted, and what the lead says of it.
FOREIGN: list[tuple[dict[str, str], str, str]] = [
    ({"X-None": "1"}, "", "a page without an origin"),
    ({"Origin": "null"}, "", "a page without an origin"),
    ({"Origin": "null", "Referer": f"{PAGE}/"}, "", "a page without an origin"),
    ({"Origin": ""}, "", "a page without an origin"),
    ({"Origin": "https://evil.example"}, "https://evil.example", "https://evil.example, which"),
    ({"Origin": "http://www.example.com"}, "http://www.example.com", "http://www.example.com,"),
    ({"Origin": f"{PAGE}:444"}, f"{PAGE}:444", f"{PAGE}:444, which may not post"),
    ({"Origin": f"{PAGE}.evil.example"}, f"{PAGE}.evil.example", f"{PAGE}.evil.example,"),
    (
        {"Origin": "https://evil.example", "Referer": f"{PAGE}/"},
        "https://evil.example",
        "https://evil.example,",
    ),
    ({"Origin": f"{PAGE}@evil.example"}, "", "a page without an origin"),
    ({"Origin": "http://[bad"}, "", "a page without an origin"),
    (
        {"Referer": f"https://evil.example/{PAGE}/?email=ana@example.com"},
        f"https://evil.example/{PAGE}/",
        "https://evil.example,",
    ),
    (
        {"Origin": "https://www-example-com.cdn.ampproject.org"},
        "https://www-example-com.cdn.ampproject.org",
        "https://www-example-com.cdn.ampproject.org,",
    ),
]


@pytest.mark.parametrize(("headers", "page", "said"), FOREIGN)
def test_what_an_unknown_page_sends_is_kept_for_a_person(
    submit: Any, headers: dict[str, str], page: str, said: str
) -> None:
    answer = submit(**headers)

    lead = Lead.objects.get()
    assert (answer.status_code, b"Thank you" in answer.content) == (200, True)
    assert (lead.status, lead.reason, lead.data) == ("failed", "quarantined", ANA)
    assert (lead.page, lead.oddities) == (page, [Flag.FOREIGN_PAGE])
    assert lead.reason_text.startswith("Posted from ")
    assert said in lead.reason_text


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
def test_a_script_of_an_unknown_page_is_thanked_and_may_not_read_it(
    submit: Any, origin: str
) -> None:
    answer = submit(ANA | {"_next": f"{PAGE}/thanks"}, Origin=origin, Accept="application/json")

    assert answer.status_code == 202
    assert answer.json() == {"id": str(Lead.objects.get().reference), "status": "received"}
    assert not [name for name in answer.headers if name.startswith("Access-Control")]


def test_a_visitor_of_an_unknown_page_is_led_nowhere(submit: Any) -> None:
    answer = submit(ANA | {"_next": f"{PAGE}/thanks"}, Origin="https://evil.example")

    assert (answer.status_code, "Location" in answer) == (200, False)
    assert Lead.objects.get().data == ANA


def test_what_is_held_of_an_unknown_page_sends_no_mail(submit: Any) -> None:
    Site.objects.update(recipients="sales@example.com")

    submit(Origin="https://evil.example")

    assert not Notice.objects.exists()


def test_a_lead_of_an_unknown_page_that_looks_like_spam_says_both(submit: Any) -> None:
    submit(ANA | {"_note_2": "x"}, Origin="null")

    lead = Lead.objects.get()
    assert set(lead.oddities) == {Flag.FOREIGN_PAGE, Flag.SUSPECT}
    assert lead.reason_text == (
        "The hidden field was filled in. Posted from a page without an origin."
    )


def test_a_very_long_origin_is_cut_to_its_columns(submit: Any) -> None:
    submit(Origin="https://" + "x." * 900 + "example")

    lead = Lead.objects.get()
    assert (len(lead.page), lead.reason) == (500, "quarantined")


def test_of_unknown_pages_so_many_are_kept_a_day(submit: Any, site: Site) -> None:
    with patch("leads.intake.guard.foreign.MOST_A_DAY", 2):
        codes = [submit(Origin="https://evil.example").status_code for _ in range(4)]
        own = submit(Origin=PAGE)

    assert (codes, own.status_code) == ([200, 200, 403, 403], 200)
    assert refused_today(site.pk) == 2


def test_another_sites_day_is_its_own(submit: Any, site: Site) -> None:
    other = make_site(allowed_origins=PAGE)
    token = make_key(other, SiteKey.Kind.FORM)
    with patch("leads.intake.guard.foreign.MOST_A_DAY", 1):
        codes = [submit(Origin="null").status_code, submit(token=token, Origin="null").status_code]

    assert codes == [200, 200]
    assert refused_today(site.pk) == 0


def test_what_was_refused_yesterday_is_not_told_today(submit: Any, site: Site) -> None:
    with patch("leads.intake.guard.foreign.MOST_A_DAY", 1):
        submit(Origin="null")
        submit(Origin="null")
    refused = refused_today(site.pk)
    Allowance.objects.update(ends_at=1)

    assert (refused, refused_today(site.pk)) == (1, 0)


@pytest.mark.parametrize(("size", "code"), [(64 * 1024, 200), (64 * 1024 + 1, 403)])
def test_of_unknown_pages_large_forms_are_not_kept(submit: Any, size: int, code: int) -> None:
    body = b"contact_name=Ana&a="

    answer = submit(body + b"x" * (size - len(body)), Origin="null")

    assert (answer.status_code, Lead.objects.count()) == (code, int(code == 200))


def test_what_is_refused_of_an_unknown_page_leaves_a_trace_that_names_it(submit: Any) -> None:
    with patch("leads.intake.guard.foreign.MOST_A_DAY", 1):
        submit(Origin="https://new.example")
        submit(Origin="https://new.example")

    trace = RejectedSubmission.objects.get()
    assert (trace.status, trace.why) == (403, "https://new.example is not an allowed origin.")


def test_a_disabled_site_keeps_nothing_of_unknown_pages(submit: Any) -> None:
    Site.objects.update(enabled=False)

    assert submit(Origin="null").status_code == 403
    assert not Lead.objects.exists()


def test_of_a_site_without_origins_everything_is_held(submit: Any) -> None:
    Site.objects.update(allowed_origins="")

    assert [submit(Origin=origin).status_code for origin in ("", PAGE)] == [200, 200]
    assert set(Lead.objects.values_list("reason", flat=True)) == {"quarantined"}


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


def test_json_of_an_own_page_is_read(submit: Any) -> None:
    answer = submit(json.dumps(ANA | {"_note_2": "", "_next": ""}).encode(), "application/json")

    lead = Lead.objects.get()
    assert (answer.status_code, lead.data, lead.status) == (200, ANA, "queued")


def with_file(size: int) -> bytes:
    head = b'Content-Disposition: form-data; name="photo"; filename="roof.jpg"'
    file = b"--x\r\n" + head + b"\r\nContent-Type: image/jpeg\r\n\r\n" + b"\xff" * size + b"\r\n"
    fields = [
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in (ANA | {"_next": "", "_note_2": ""}).items()
    ]
    return file + b"".join(fields) + b"--x--\r\n"


@pytest.mark.parametrize("origin", [PAGE, "null"])
def test_a_file_before_the_fields_changes_nothing_but_a_note(submit: Any, origin: str) -> None:
    answer = submit(with_file(90_000), "multipart/form-data; boundary=x", Origin=origin)

    lead = Lead.objects.get()
    assert answer.status_code == 200
    assert {name: lead.data[name] for name in ANA} == ANA
    assert "roof.jpg" in json.dumps(lead.data)
    assert Flag.FILE in lead.oddities
    assert len(lead.body) < 1_000


@pytest.mark.parametrize("content_type", ["text/plain", "text/plain;charset=UTF-8", "", FORM])
def test_json_that_a_page_sends_as_something_else_is_read(submit: Any, content_type: str) -> None:
    sent = json.dumps(ANA | {"_note_2": "", "_started": ""}).encode()

    answer = submit(sent, content_type)

    assert (answer.status_code, Lead.objects.get().data) == (200, ANA)


def test_the_guards_are_found_in_json_too(submit: Any) -> None:
    submit(json.dumps(ANA | {"_note_2": "x", "_next": f"{PAGE}/thanks"}).encode(), "text/plain")

    assert Lead.objects.get().reason_text == "The hidden field was filled in."
    assert Lead.objects.get().data == ANA


PAIRS = [
    ("name", "value"), ("label", "value"), ("question", "answer"), ("key", "string_value"),
]  # fmt: skip


def as_pairs(fields: dict[str, Any], named: str = "name", holds: str = "value") -> list[Any]:
    """A form as a script's list of names and values."""
    return [{named: name, holds: value} for name, value in fields.items()]


@pytest.mark.parametrize(("named", "holds"), PAIRS)
@pytest.mark.parametrize("key", ["", "fields", "answers"])
@pytest.mark.parametrize(
    ("guards", "held", "leads_on"),
    [
        ({"_note_2": "x", "_next": f"{PAGE}/thanks"}, "The hidden field was filled in.", True),
        ({"_note_2": "", "_next": f"{PAGE}/thanks"}, "", True),
        ({"_note_2": None}, "", False),
        ({"_started": "never"}, "The stamp is not ours.", False),
        ({"_next": "https://elsewhere.example"}, "", False),
        ({"_note_2": ["", "x"]}, "The hidden field was filled in.", False),
        ({"note_2": "x", "next": "y"}, "", False),
    ],
)
def test_the_guards_are_found_in_a_list_of_names_and_values(
    submit: Any, named: str, holds: str, key: str, guards: Any, held: str, leads_on: bool
) -> None:
    Site.objects.update(min_fill_seconds=3)
    sent = as_pairs({"name": "Ana Silva", "email": "ana@example.com", **guards}, named, holds)
    others = {name: value for name, value in guards.items() if not name.startswith("_")}

    answer = submit(json.dumps({key: sent} if key else sent).encode(), "application/json")

    lead = Lead.objects.get()
    assert (lead.reason_text, answer.status_code) == (held, 302 if leads_on else 200)
    kept = as_pairs({"name": "Ana Silva", "email": "ana@example.com", **others}, named, holds)
    assert lead.data == {key or "fields": kept}


def test_a_guard_that_comes_twice_in_a_list_is_believed_nowhere(submit: Any) -> None:
    twice = [{"name": "_next", "value": f"{PAGE}/{place}"} for place in "ab"]
    traps = [{"name": "_note_2", "value": value} for value in ("", "x")]

    answer = submit(json.dumps([*as_pairs(ANA), *twice, *traps]).encode(), "application/json")

    assert (answer.status_code, Lead.objects.get().reason) == (200, "quarantined")


def test_what_is_no_list_of_answers_is_left_as_it_is(submit: Any) -> None:
    data = {**ANA, "people": [{"name": "_note_2"}], "tags": ["_note_2", "_next"], "x": {"_next": 1}}

    submit(json.dumps(data).encode(), "application/json")

    assert (Lead.objects.get().status, Lead.objects.get().data) == ("queued", data)


def test_a_compressed_form_is_read(submit: Any) -> None:
    sent = gzip.compress(urlencode(ANA).encode())

    answer = submit(sent, FORM, Origin=PAGE, Content_Encoding="gzip")

    assert (answer.status_code, Lead.objects.get().data) == (200, ANA)


def test_of_unknown_pages_what_is_kept_is_measured_not_what_travelled(submit: Any) -> None:
    sent = gzip.compress(b"contact_name=Ana&a=" + b"x" * 100_000)

    assert submit(sent, FORM, Origin="null", Content_Encoding="gzip").status_code == 403


def test_a_form_over_a_megabyte_is_a_413(submit: Any) -> None:
    assert submit(b"a=" + b"x" * 1024 * 1024).status_code == 413


def test_a_form_that_cannot_be_read_is_a_400_page(submit: Any) -> None:
    answer = submit(b"--x\r\n", "multipart/form-data")

    assert answer.status_code == 400
    assert answer["Content-Type"].startswith("text/html")


@pytest.mark.usefixtures("within_a_minute")
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


@pytest.mark.parametrize(
    "target",
    [
        "https://user:word@www.example.com/",
        "https://@www.example.com/",
        "https://www.example.com:444/",
        "https://www.example.com\\evil",
        "https://www.example.com/\tx",
        " https://www.example.com/",
        "https://www.example.com./",
        "https://www.example.com%2eevil.example/",
        "https://www.example.com:99999/",
        "https://xn--example-ova.com/",
    ],
)
def test_nobody_is_led_to_an_address_that_browsers_read_in_two_ways(
    submit: Any, target: str
) -> None:
    answer = submit(ANA | {"_next": target})

    assert (answer.status_code, "Location" in answer) == (200, False)


@pytest.mark.parametrize(
    ("allowed", "origin"),
    [
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("https://www.example.com:443", "https://www.example.com"),
        ("https://www.example.com", "https://www.example.com:443"),
        ("HTTPS://WWW.EXAMPLE.COM/", "https://www.example.com"),
        ("https://example.com", "https://www.example.com"),
        ("https://www.example.com", "https://example.com"),
        ("http://shop.example:8080", "http://www.shop.example:8080"),
    ],
)
def test_one_origin_may_be_written_in_several_ways(submit: Any, allowed: str, origin: str) -> None:
    Site.objects.update(allowed_origins=allowed)

    assert submit(Origin=origin).status_code == 200
    assert Lead.objects.get().status == "queued"


def test_a_multipart_form_is_taken_without_its_empty_file(submit: Any) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="contact_name"\r\n\r\nAna\r\n--x--\r\n'

    assert submit(body, "multipart/form-data; boundary=x").status_code == 200
    assert Lead.objects.get().data == {"contact_name": "Ana"}


def test_the_slash_at_the_end_may_be_left_out(submit: Any, client: Client) -> None:
    address = f"/f/{SiteKey.objects.get().token}"

    answer = client.generic("POST", address, b"contact_name=Ana", FORM, headers={"Origin": PAGE})

    assert answer.status_code == 200


def test_while_the_database_is_away_the_visitor_reads_a_page(submit: Any) -> None:
    with patch("leads.intake.guard.keys.look_up", side_effect=OperationalError("gone")):
        answer = submit()

    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert answer["Content-Type"].startswith("text/html")


# --- Scripts ----------------------------------------------------------------------------------


def test_a_script_of_the_page_reads_json(submit: Any) -> None:
    answer = submit(ANA | {"_next": f"{PAGE}/thanks"}, Origin=PAGE, Accept="application/json")

    reference = str(Lead.objects.get().reference)
    assert answer.status_code == 202
    assert answer.json() == {
        "id": reference,
        "status": "received",
        "next": f"{PAGE}/thanks?lead={reference}",
    }


@pytest.mark.usefixtures("within_a_minute")
def test_a_script_reads_refusals_as_json(submit: Any) -> None:
    Site.objects.update(quota=1)
    submit()

    answer = submit(Origin=PAGE, Accept="application/json")

    assert (answer.status_code, answer.json()["code"]) == (429, "over_quota")
    assert int(answer["Retry-After"]) > 0


def test_only_the_sites_own_origins_may_read_the_answer(submit: Any) -> None:
    own, foreign = submit(Origin=PAGE), submit(Origin="https://evil.example")

    assert own["Access-Control-Allow-Origin"] == PAGE
    assert "Access-Control-Allow-Origin" not in foreign
    assert "Access-Control-Allow-Credentials" not in own
    assert "Origin" in own["Vary"]
    assert "Origin" in foreign["Vary"]


@pytest.mark.parametrize(
    ("origin", "allowed"), [(PAGE, PAGE), ("https://evil.example", None), ("null", None)]
)
@pytest.mark.usefixtures("submit")
def test_a_browser_is_told_beforehand(client: Client, origin: str, allowed: str | None) -> None:
    token = SiteKey.objects.get().token
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}

    answer = client.options(f"/f/{token}/", headers=asked)

    assert answer.status_code == 204
    assert answer.headers.get("Access-Control-Allow-Origin") == allowed
    assert ("Access-Control-Allow-Methods" in answer) == (allowed is not None)


def test_the_interface_for_servers_is_shared_with_no_origin(site: Site, client: Client) -> None:
    headers = {"Authorization": f"Bearer {make_key(site)}", "Origin": PAGE}

    for method in ("POST", "OPTIONS"):
        answer = client.generic(method, "/api/v1/leads/", b"{}", headers=headers)
        assert not [name for name in answer.headers if name.startswith("Access-Control")]


# --- Spam -------------------------------------------------------------------------------------


def test_a_trap_that_is_left_empty_is_no_part_of_the_lead(submit: Any) -> None:
    submit(ANA | {"_note_2": ""})

    assert (Lead.objects.get().status, Lead.objects.get().data) == ("queued", ANA)


def test_who_fills_in_the_trap_is_thanked_and_held(submit: Any) -> None:
    answer = submit(ANA | {"_note_2": "http://spam.example"})

    lead, log = Lead.objects.get(), ApiLog.objects.get()
    assert answer.status_code == 200
    assert (lead.status, lead.reason, lead.data) == ("failed", "quarantined", ANA)
    assert (log.response_code, log.call) == (13002, None)
    assert totals().leads["failed"] == totals().received == 1


def test_spam_sends_no_mail(submit: Any) -> None:
    Site.objects.update(recipients="sales@example.com")

    submit(ANA | {"_note_2": "x"})

    assert not Notice.objects.exists()


def test_a_site_may_name_its_own_trap_or_have_none(submit: Any) -> None:
    Site.objects.update(honeypot="fax")
    submit(ANA | {"fax": "1"})
    submit(ANA | {"_note_2": "1"})
    Site.objects.update(honeypot="")
    submit(ANA | {"fax": "1"})

    assert list(Lead.objects.order_by("pk").values_list("status", flat=True)) == [
        "failed",
        "queued",
        "queued",
    ]


def started(client: Client) -> str:
    token = SiteKey.objects.get().token
    answer: Any = client.get(f"/f/{token}/started/", headers={"Origin": PAGE})
    assert answer["Access-Control-Allow-Origin"] == PAGE
    assert answer["Cache-Control"] == "no-store"
    return str(answer.json()["_started"])


def test_who_is_too_quick_is_held(submit: Any, client: Client) -> None:
    submit(ANA | {"_started": started(client)})

    assert Lead.objects.get().reason_text == "Filled in within 3 seconds."
    assert Lead.objects.get().data == ANA


@pytest.mark.usefixtures("db")
def test_who_takes_a_while_is_not(submit: Any, client: Client) -> None:
    stamp = started(client)

    with patch("django.core.signing.time.time", return_value=time.time() + 60):
        submit(ANA | {"_started": stamp})

    assert Lead.objects.get().status == "queued"


@pytest.mark.parametrize("stamp", ["nonsense", "1:abc:def", ["a", "b"]])
def test_a_stamp_that_is_not_ours_is_held(submit: Any, stamp: Any) -> None:
    submit({**ANA, "_started": stamp})

    assert Lead.objects.get().reason == "quarantined"


def test_a_stamp_of_another_site_is_held(submit: Any) -> None:
    old = TimestampSigner(salt="leads.intake.spam").sign("0")

    with patch("django.core.signing.time.time", return_value=time.time() + 60):
        submit(ANA | {"_started": old})

    assert Lead.objects.get().reason == "quarantined"


def test_an_empty_stamp_is_none(submit: Any) -> None:
    submit(ANA | {"_started": ""})

    assert Lead.objects.get().status == "queued"


# --- Visitors ---------------------------------------------------------------------------------


@pytest.mark.usefixtures("within_a_minute")
def test_a_visitor_has_a_quota_of_its_own(submit: Any, settings: Any) -> None:
    settings.FORM_QUOTA = 2
    first = [submit(Origin=PAGE, X_Forwarded_For="10.0.0.1").status_code for _ in range(3)]

    assert first == [200, 200, 429]
    assert submit(Origin=PAGE, X_Forwarded_For="10.0.0.2").status_code == 200


@pytest.mark.usefixtures("within_a_minute")
def test_a_visitor_of_ipv6_is_its_network(submit: Any, settings: Any) -> None:
    settings.FORM_QUOTA = 1
    submit(Origin=PAGE, X_Forwarded_For="2001:db8:0:1::1")

    assert submit(Origin=PAGE, X_Forwarded_For="2001:db8:0:1:9:9:9:9").status_code == 429
    assert submit(Origin=PAGE, X_Forwarded_For="2001:db8:0:2::1").status_code == 200


@pytest.mark.usefixtures("within_a_minute")
def test_a_proxy_that_adds_is_believed_for_what_it_added(submit: Any, settings: Any) -> None:
    settings.FORM_QUOTA = 1
    submit(Origin=PAGE, X_Forwarded_For="1.1.1.1, 10.0.0.1")

    assert submit(Origin=PAGE, X_Forwarded_For="2.2.2.2, 10.0.0.1").status_code == 429


def test_nothing_tells_who_the_visitor_was(submit: Any) -> None:
    submit(Origin=PAGE, X_Forwarded_For="203.0.113.77")

    assert "203.0.113" not in str(list(Allowance.objects.values_list("name", flat=True)))


@pytest.mark.django_db(transaction=True)
def test_a_visitors_quota_is_exact_however_many_come_at_once(site: Site, at_once: Any) -> None:
    takes = at_once(*[lambda: database.use_allowance("visitor:x", 3, 60)] * 8)

    assert sum(taken is not None for taken in takes) == 3


def test_a_field_that_people_fill_in_is_no_trap(db: None) -> None:
    site = make_site(honeypot="email")

    with pytest.raises(ValidationError, match="People fill in this field"):
        site.full_clean()
