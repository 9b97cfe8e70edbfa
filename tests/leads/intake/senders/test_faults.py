"""Faults met with real senders' posts, one test each: what came, and what is right.

Of most there is a table of neighbours elsewhere; here stands each as it was met.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote_plus, urlencode

import pytest
from django.test import Client
from django.utils import timezone

from leads.decisions.retry import retry
from leads.models import Lead, Site, SiteKey, Source, SourceAddress, UnknownPost
from tests.factories import make_key, make_site, make_user
from tests.leads.intake.conftest import Post
from zoho.mapping import dry_run
from zoho.mapping.paths import is_path
from zoho.models import Mapping

ADA = {"contact_name": "Ada Lovelace", "email": "ada@example.com"}
FORM = "application/x-www-form-urlencoded"
Submit = Callable[..., Any]
pytestmark = pytest.mark.django_db


@pytest.fixture
def submit(client: Client) -> Submit:
    """Posts to a site's form from an allowed page, or with the headers given."""
    token = make_key(make_site(allowed_origins="https://site.example"), SiteKey.Kind.FORM)

    def send(body: bytes, content_type: str = FORM, **headers: str) -> Any:
        headers = headers or {"Origin": "https://site.example"}
        return client.generic("POST", f"/f/{token}/", body, content_type, headers=headers)

    return send


def only() -> Lead:
    """The only lead there is."""
    return Lead.objects.get()


def test_1_a_rule_makes_the_name_at_intake_and_on_retry(site: Site, post: Post) -> None:
    # Recognition is off, as on a site of before: the rule alone makes the name.
    Site.objects.filter(pk=site.pk).update(recognises=False)
    post({"your-name": "Ada Lovelace"})
    held = only()
    assert (held.status, held.reason) == ("failed", "missing_field")
    assert "there is no name" in dry_run.preview(site, held).failure

    rules = [{"source": "your-name", "target": "Last_Name"}]
    Mapping.objects.create(site=site, rules=rules)
    retry(Lead.objects.filter(pk=held.pk), make_user())
    post({"your-name": "Ada Lovelace"})

    assert [lead.status for lead in Lead.objects.all()] == ["queued", "queued"]
    assert dry_run.preview(site, only_last()).failure == ""


def only_last() -> Lead:
    """The newest lead."""
    return Lead.objects.latest("pk")


def test_2_a_sender_that_takes_only_200_has_one_lead_of_four_equal_posts(site: Site) -> None:
    source = Source.objects.create(site=site, name="Form", tool="webflow")
    address = SourceAddress.objects.issue(source, timezone.now())
    body = {
        "triggerType": "form_submission",
        "payload": {"formId": "f", "id": "s1", "data": {"Name": "Ada", "Email": "a@b.co"}},
    }

    codes = [
        Client().post(f"/in/{address.secret}/", body, "application/json").status_code
        for _ in range(4)
    ]

    assert codes == [200] * 4
    assert (only().name, only().repeats) == ("Ada", 3)


def test_3_a_post_without_a_header_is_counted(client: Client) -> None:
    assert client.post("/api/v1/leads/", ADA, "application/json").status_code == 401
    assert client.post("/in/unknown-address/", ADA, "application/json").status_code == 404

    assert sum(UnknownPost.objects.values_list("count", flat=True)) >= 1


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("https://www.site.example", "queued"),
        ("null", "failed"),
        ("https://site-example.cdn.ampproject.org", "failed"),
    ],
)
def test_4_no_page_costs_a_lead(submit: Submit, origin: str, status: str) -> None:
    assert submit(urlencode(ADA).encode(), Origin=origin).status_code == 200

    assert (only().status, only().name) == (status, "Ada Lovelace")
    assert only().reason == ("quarantined" if status == "failed" else "")


def test_5_a_file_before_the_name_is_noted(submit: Submit) -> None:
    parts = (
        b'--X\r\nContent-Disposition: form-data; name="cv"; filename="cv.pdf"\r\n'
        b"Content-Type: application/pdf\r\n\r\n" + b"\xff%PDF" * 1800 + b"\r\n"
        b'--X\r\nContent-Disposition: form-data; name="contact_name"\r\n\r\nAda\r\n--X--\r\n'
    )

    assert submit(parts, "multipart/form-data; boundary=X").status_code == 200

    assert only().name == "Ada"
    assert only().data["cv"].startswith("cv.pdf (application/pdf, 9,000 bytes")
    assert b"%PDF" not in bytes(only().body)


@pytest.mark.parametrize("encoded", [json.dumps(ADA), quote_plus(json.dumps(ADA))])
def test_6_json_sent_as_a_form_is_json(post: Post, encoded: str) -> None:
    assert post(encoded.encode(), FORM).status_code == 202

    assert only().data == ADA
    assert "mended" in only().flags


@pytest.mark.parametrize("content_type", ["text/plain", "text/plain;charset=UTF-8"])
def test_7_what_a_beacon_sends_is_read(post: Post, submit: Submit, content_type: str) -> None:
    assert post(json.dumps(ADA).encode(), content_type).status_code == 202
    assert submit(json.dumps(ADA).encode(), content_type).status_code == 200

    assert [lead.data for lead in Lead.objects.all()] == [ADA, ADA]


def test_8_json_from_an_allowed_page_is_read(submit: Submit) -> None:
    assert submit(json.dumps(ADA).encode(), "application/json").status_code == 200

    assert only().data == ADA


@pytest.mark.parametrize(
    "name", ["fields[name][value]", "contact[Name]", "topics[]", "Choose [one]"]
)
def test_9_any_name_that_forms_write_is_a_path(name: str) -> None:
    assert is_path(name)


@pytest.mark.parametrize("path", ["/api/v1/leads/", "/f/token/", "/in/secret/"])
def test_10_a_post_over_http_stays_a_post(client: Client, settings: Any, path: str) -> None:
    settings.SECURE_SSL_REDIRECT = True

    answer = client.post(path, ADA, "application/json")

    assert (answer.status_code, answer["Location"]) == (308, f"https://testserver{path}")


@pytest.mark.parametrize(
    "body", [[{"contact_name": "Ada"}], [{"name": "Name", "value": "Ada"}]], ids=str
)
def test_11_a_list_of_one_is_read(post: Post, body: Any) -> None:
    assert post(json.dumps(body).encode()).status_code == 202

    assert (only().name, only().status) == ("Ada", "queued")


@pytest.mark.parametrize("charset", ["iso-8859-15", "windows-1251", "koi8-r", "big5"])
@pytest.mark.parametrize("name", ["Ada", "Zoë Ünal"])
def test_12_utf_8_comes_before_the_declared_charset(post: Post, charset: str, name: str) -> None:
    body = json.dumps({"contact_name": name}, ensure_ascii=False).encode()

    assert post(body, f"application/json; charset={charset}").status_code == 202

    assert only().name == name


def test_12_else_any_charset_that_python_knows(post: Post) -> None:
    body = '{"contact_name": "Анна"}'.encode("windows-1251")

    assert post(body, "application/json; charset=windows-1251").status_code == 202

    assert only().name == "Анна"


def test_13_a_raw_line_break_in_a_text_is_read(post: Post) -> None:
    assert post(b'{"contact_name": "Ada", "message": "one\ntwo"}').status_code == 202

    assert only().data["message"] == "one\ntwo"
    assert "mended" in only().flags


def test_14_a_compressed_body_is_inflated(post: Post) -> None:
    body = gzip.compress(json.dumps(ADA).encode())

    assert post(body, Content_Encoding="gzip").status_code == 202

    assert only().data == ADA


def test_14_up_to_the_limit(post: Post) -> None:
    bomb = gzip.compress(b'{"contact_name": "' + b"A" * 50_000_000 + b'"}')

    assert post(bomb, Content_Encoding="gzip").status_code == 413

    assert not Lead.objects.exists()


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({"name": "Ada Lovelace"}, "Ada Lovelace"),
        ({"full_name": "Ada Lovelace"}, "Ada Lovelace"),
        ({"firstName": "Ada", "lastName": "Lovelace"}, "Ada Lovelace"),
        ({"Name": "Ada Lovelace", "Email": "ada@example.com"}, "Ada Lovelace"),
    ],
    ids=str,
)
def test_15_what_programs_call_a_name_is_one(post: Post, body: Any, name: str) -> None:
    post(body)

    assert (only().name, only().status) == (name, "queued")


def test_15_a_first_name_alone_is_sent_where_the_site_says_so(site: Site, post: Post) -> None:
    post({"first_name": "Ada"})
    Site.objects.filter(pk=site.pk).update(nameless=Site.Nameless.FIRST_NAME)
    post({"first_name": "Ada"})

    assert [lead.status for lead in Lead.objects.order_by("pk")] == ["failed", "queued"]


@pytest.mark.parametrize(
    ("came", "read", "flag"),
    [
        ("O&#039;Something", "O'Something", "entities"),
        ("Bed &amp; Breakfast", "Bed & Breakfast", "entities"),
        ("\u200bAda", "Ada", "unseen"),
        ("Ada {{contact.last_name}}", "Ada", "placeholder"),
    ],
)
def test_junk_on_the_way_is_mended_and_flagged(post: Post, came: str, read: str, flag: str) -> None:
    post({"contact_name": came})

    assert only().name == read
    assert only().data == {"contact_name": came}
    assert flag in only().flags
