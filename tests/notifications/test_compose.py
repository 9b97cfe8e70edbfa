"""How a mail reads, whatever the lead holds."""

from __future__ import annotations

import html as html_module
import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives
from hypothesis import given, settings
from hypothesis import strategies as st

from leads.models import Destination, Lead, Revision, Site
from leads.reasons import Reason
from notifications.channels import payload, slack
from notifications.mail.compose import bare, compose
from notifications.mail.letter import Mail, Sheet
from notifications.models import Notice
from notifications.wording.values import fields, printable, value_text

WHEN = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
json_objects = st.dictionaries(st.text(st.characters()), json_values, max_size=8)


def failure(data: Any, pk: int = 123, **values: Any) -> Notice:
    """The notice of a failed lead, as `for_mail` returns it."""
    lead = Lead(
        **{
            "pk": pk,
            "site": Site(name="Arctic Spas"),
            "data": data,
            "status": Lead.Status.FAILED,
            "reason": Reason.TOO_LONG,
            "reason_field": "Zip_Code",
            "received_at": WHEN,
            **values,
        }
    )
    notice = Notice(kind=Notice.Kind.LEAD_FAILED, lead=lead, site=lead.site, created_at=WHEN)
    notice.log_id = 255769
    return notice


def mail(data: Any, **values: Any) -> Mail:
    return compose([failure(data, **values)])


def labels(data: dict[str, Any]) -> list[str]:
    return [field.label for field in fields(data)]


def test_the_subject_begins_with_the_words_that_people_know() -> None:
    assert mail({}).subject == "ERROR 13002 with sending lead to zoho - lead 123 - Arctic Spas"


def test_a_lead_reads_in_the_order_of_zohos_entry_form() -> None:
    data = {
        "zulu": "z",
        "message": "Hello",
        "country": "CA",
        "zip": "T5J",
        "state": "AB",
        "city": "Edmonton",
        "street": "1 Main St",
        "alpha": "a",
        "phone": "1",
        "email": "a@example.com",
        "company": "Arctic",
        "contact_name": "Anna Maria Müller",
    }

    assert labels(data) == [
        "First name",
        "Last name",
        "Name as sent",
        "Company",
        "E-mail",
        "Phone",
        "Street",
        "City",
        "State",
        "ZIP code",
        "Country",
        "Message",
        "alpha",
        "zulu",
    ]


def test_a_name_sent_as_one_is_split_for_zohos_two_fields() -> None:
    shown = dict(fields({"contact_name": "Anna Maria Müller"}))

    assert (shown["First name"], shown["Last name"]) == ("Anna Maria", "Müller")


def test_a_single_word_is_a_last_name() -> None:
    assert dict(fields({"contact_name": "Müller"}))["Last name"] == "Müller"


def test_names_sent_apart_stay_as_they_are() -> None:
    shown = dict(fields({"contact_name": "A B", "first_name": "Anna", "last_name": "Bell"}))

    assert (shown["First name"], shown["Last name"]) == ("Anna", "Bell")


def test_empty_values_take_no_line() -> None:
    assert labels({"email": "", "phone": None, "tags": [], "utm": {}, "city": "Rome"}) == ["City"]


def test_the_text_holds_a_line_for_each_value() -> None:
    text = mail({"email": "anna@example.com", "phone": "+49 30 1"}).text

    assert "\nE-mail: anna@example.com\nPhone: +49 30 1\n" in text


def test_a_value_of_several_lines_stands_indented_below_its_label() -> None:
    text = mail({"message": "Hello\r\n\nBye", "utm": {"source": "web", "tags": ["a"]}}).text

    assert "\nMessage:\n    Hello\n\n    Bye\n" in text
    assert "\nutm:\n    source: web\n    tags:\n        - a\n" in text


def test_the_reason_is_told_in_words() -> None:
    text = mail({}, reason_text="maximum length 10").text

    assert "Value too long for the Zoho field: Zip_Code" in text
    assert str(Reason.TOO_LONG.about.means) in text
    assert str(Reason.TOO_LONG.about.advice) in text
    assert "maximum length 10" in text


def test_the_mail_names_log_site_and_time() -> None:
    text = mail({}).text

    assert "API log id: 255769" in text
    assert "Site: Arctic Spas" in text
    assert "Received: 2026-03-01 12:30 UTC" in text


@pytest.mark.parametrize("part", ["text", "html"])
def test_the_mail_leads_to_the_lead_and_to_the_help_page(part: str) -> None:
    body = getattr(mail({}), part)

    assert "http://testserver/admin/leads/failedlead/123/change/" in body
    assert "http://testserver/help/13002/" in body


def test_a_corrected_lead_is_shown_as_corrected() -> None:
    notice = failure({"email": "old@example.com"}, revision=1)
    corrected = Revision(number=1, data={"email": "new@example.com"})
    cache = {"_prefetched_objects_cache": {"revisions": [corrected]}}
    vars(notice.lead).update(cache)

    assert "new@example.com" in compose([notice]).text


def test_nested_values_read_as_an_outline() -> None:
    value = {"product": {"name": "Spa", "sizes": [1, 2]}, "wanted": True, "when": None}

    assert value_text(value).split("\n") == [
        "product:",
        "    name: Spa",
        "    sizes:",
        "        - 1",
        "        - 2",
        "wanted: yes",
        "when: –",
    ]


def test_no_nesting_is_too_deep() -> None:
    value: Any = "core"
    for _level in range(20_000):
        value = [value]

    assert value_text(value).startswith("-\n    -\n        -")


def test_a_long_value_is_clipped_and_says_so() -> None:
    text = mail({"message": "x" * 12_345}).text

    assert "x" * 5_000 in text
    assert "x" * 5_001 not in text
    assert "5,000 of 12,345 characters" in text


def test_a_number_that_python_does_not_write_is_no_obstacle() -> None:
    assert "too long" in value_text(10**5_000)


def test_characters_that_cannot_be_mailed_are_shown_by_number() -> None:
    assert printable("a\x00b\ud800c\u202ed") == "a[U+0000]b[U+D800]c[U+202E]d"


def test_marks_that_arabic_and_hebrew_need_stay() -> None:
    assert printable("\u200fשלום\u200e") == "\u200fשלום\u200e"


def test_a_value_cannot_pretend_to_be_another_field() -> None:
    text = mail({"contact_name": "Eve", "message": "Hi\r\nE-mail: eve@example.com"}).text

    assert not re.search(r"^E-mail: eve", text, re.MULTILINE)


def test_a_key_cannot_pretend_to_be_another_field() -> None:
    text = mail({"x\nE-mail: eve@example.com\nPhone": "1"}).text

    assert not re.search(r"^E-mail: eve", text, re.MULTILINE)


def test_markup_in_a_lead_is_text() -> None:
    body = mail({"message": "<script>alert(1)</script><img src=x onerror=y>"}).html

    assert "<script" not in body
    assert "<img" not in body
    assert "&lt;script&gt;" in body


def test_text_is_not_escaped() -> None:
    assert "Message: Fish & <Chips> “it's”" in mail({"message": "Fish & <Chips> “it's”"}).text


def test_a_site_name_cannot_break_the_subject() -> None:
    notice = failure({})
    assert notice.site is not None
    notice.site.name = "Evil\r\nBcc: all@example.com"

    assert compose([notice]).subject.endswith("Evil Bcc: all@example.com")


def test_several_failed_leads_are_named_by_link() -> None:
    found = compose([failure({}, pk=number) for number in range(1, 6)], total=5)

    assert found.subject == "ERROR 13002 with sending lead to zoho - 5 leads"
    assert all(f"/failedlead/{number}/change/" in found.text for number in range(1, 6))
    assert "more" not in found.text.lower()


@pytest.mark.parametrize("part", ["text", "html"])
def test_of_very_many_failed_leads_fifty_are_named_and_the_rest_is_counted(part: str) -> None:
    found = compose([failure({}, pk=number) for number in range(1, 51)], total=300)

    body = getattr(found, part)
    assert body.count("/change/") == 50
    assert "and 250 more" in body
    assert "http://testserver/admin/leads/failedlead/" in body
    assert "300 leads" in found.subject


def test_a_lead_of_a_megabyte_makes_a_mail_that_servers_take() -> None:
    data = {f"field {number}": "x" * 1_000 for number in range(1_000)}

    found = mail(data)

    assert len(found.text) + len(found.html) < 200_000
    assert re.search(r"9\d\d more fields are on the lead's page", found.text)


def test_a_mail_of_very_many_leads_stays_below_what_gmail_shows() -> None:
    notices = [failure({"contact_name": "Anna"}, pk=10**6 + n, name="Anna") for n in range(50)]
    spa = Site(pk=1, name="Arctic Spas")
    others = [Notice(pk=n, lead_id=10**6 + n, site=spa, reason="too_long") for n in range(250)]

    found = compose(notices, 300, others)

    assert found.html.count("/change/") == 300
    assert len(found.html.encode()) < 102 * 1024


def test_many_leads_stand_together_by_cause_the_largest_first() -> None:
    reasons = [Reason.REFUSED, Reason.TOO_LONG, Reason.REFUSED, Reason.TOO_LONG, Reason.REFUSED]
    notices = [failure({}, pk=n, reason=reason) for n, reason in enumerate(reasons, 1)]

    text = compose(notices, 5).text

    headings = re.findall(r"^={10} (.+) ={10}$", text, re.MULTILINE)
    assert headings == [
        f"{Reason.REFUSED.label} · Arctic Spas · 3 leads",
        f"{Reason.TOO_LONG.label} · Arctic Spas · 2 leads",
    ]
    assert [int(n) for n in re.findall(r"^Lead (\d+)$", text, re.MULTILINE)] == [1, 3, 5, 2, 4]
    assert text.count(str(Reason.TOO_LONG.about.advice)) == 1


def test_those_that_have_a_number_alone_stand_with_their_cause() -> None:
    spa, pool = Site(pk=1, name="Spas"), Site(pk=2, name="Pools")
    notices = [failure({}, pk=n, site=spa) for n in range(50)]
    others = [Notice(pk=n, lead_id=n, site=pool, reason=Reason.REFUSED) for n in (71, 72)]
    for notice in notices:
        notice.site = spa

    text = compose(notices, 52, others).text

    tail = text.partition(f"{Reason.REFUSED.label} · Pools · 2 leads")[2]
    assert "/failedlead/71/change/" in tail
    assert "/failedlead/72/change/" in tail


CONTACT = {"name": "Anna Bell", "phone": "+49 30 1", "email": "anna@example.com"}


def many(count: int, details: bool, message: str = "Hello,\nplease call.") -> list[Notice]:
    site = Site(pk=1, name="Arctic Spas", mail_details=details)
    return [failure({"message": message}, pk=10**6 + n, site=site, **CONTACT) for n in range(count)]


@pytest.mark.parametrize("details", [False, True])
def test_how_to_reach_the_people_of_many_leads_is_a_switch_of_the_site(details: bool) -> None:
    text = compose(many(5, details), 5).text

    assert ("Anna Bell · anna@example.com · +49 30 1" in text) != details
    lines = "Name: Anna Bell\nPhone: +49 30 1\nE-mail: anna@example.com\nMessage: Hello, please"
    assert (lines in text) == details


def test_the_switch_changes_nothing_of_a_mail_of_few() -> None:
    assert compose(many(3, False), 3) == compose(many(3, True), 3)


def test_fifty_whole_contacts_with_links_stay_below_what_gmail_shows() -> None:
    notices = many(50, True, "grüß " * 2_000)
    spa = notices[0].lead.site if notices[0].lead else None
    others = [Notice(pk=n, lead_id=10**6 + n, site=spa, reason="too_long") for n in range(150)]
    for notice in notices:
        notice.site = spa

    links = {1: f"https://leads.example.com/act/{'x' * 43}/"}
    found = compose(notices, 200, others, Sheet(links=links))

    assert found.html.count("/act/") > 200
    assert len(found.html.encode()) < 102 * 1024


LINK = "https://leads.example.com/act/TOKEN/"


@pytest.mark.parametrize("part", ["text", "html"])
@pytest.mark.parametrize("count", [1, 3, 5])
def test_a_link_that_needs_no_account_leads_to_each_lead(count: int, part: str) -> None:
    notices = many(count, False)
    for notice in notices:
        notice.site = notice.lead.site if notice.lead else None

    body = getattr(compose(notices, count, (), Sheet(links={1: LINK})), part)

    assert all(f"{LINK}{notice.lead_id}/" in body for notice in notices)
    assert "account" in body
    assert "/act/" not in getattr(compose(notices, count), part)


EVERY_MAIL = {
    "a lead": lambda sheet: compose([failure({})], 1, (), sheet),
    "many leads": lambda sheet: compose(many(5, False), 5, (), sheet),
    "a pause": lambda sheet: compose(
        [Notice(kind="paused", destination=Destination(name="Z"), created_at=WHEN)], 1, (), sheet
    ),
    "a code": lambda sheet: compose([Notice(kind="code", created_at=WHEN)], 1, (), sheet),
    "a bare one": lambda sheet: bare([failure({})], 1, sheet),
}


@pytest.mark.parametrize("part", ["text", "html"])
@pytest.mark.parametrize("kind", EVERY_MAIL)
@pytest.mark.django_db  # of no site, in the language that the sites share
def test_every_mail_says_who_writes_it(kind: str, part: str) -> None:
    sheet = Sheet("Northern Spas", "desk@north.example", "Call within the hour.")

    body = getattr(EVERY_MAIL[kind](sheet), part)

    assert [words for words in sheet[:3] if words not in body] == []


@pytest.mark.django_db  # of no site, in the language that the sites share
def test_a_code_is_in_its_own_mail_and_not_in_its_subject() -> None:
    found = compose([Notice(kind="code", created_at=WHEN)], 1, (), Sheet(code="012345"))

    assert "\n012 345\n" in found.text
    assert ">012 345<" in found.html.replace("\n", "").replace("  ", "")
    assert "012" not in found.subject


@pytest.mark.django_db  # of no site, in the language that the sites share
def test_looked_at_later_a_code_is_shown_by_nobody() -> None:
    assert "··· ···" in compose([Notice(kind="code", created_at=WHEN)]).text


@given(st.text(st.characters(), max_size=300), st.text(st.characters(), max_size=900))
@settings(deadline=None)
def test_no_contact_among_many_makes_markup_or_a_second_line(name: str, message: str) -> None:
    site = Site(pk=1, name="Spa", mail_details=True)
    theirs = {"name": f"a{name}", "email": f"a{name}", "phone": "1"}
    hostile = [failure({"message": f"a{message}"}, pk=n, site=site, **theirs) for n in range(1, 6)]
    plain = [
        failure({"message": "a"}, pk=n, site=site, name="a", email="a", phone="1")
        for n in range(1, 6)
    ]

    found, wanted = compose(hostile, 5), compose(plain, 5)

    tags = re.compile(r"<(/?\w+)")
    assert tags.findall(found.html) == tags.findall(wanted.html)
    assert len(found.text.splitlines()) == len(wanted.text.splitlines())
    found.text.encode()


@pytest.mark.parametrize("count", [1, 2, 5])
@pytest.mark.django_db  # of no site, in the language that the sites share
def test_a_mention_says_by_whom_and_nothing_of_the_lead_or_the_comment(count: int) -> None:
    leads = [
        failure({"message": "Canary"}, pk=n, name="Canary", reason_text="Canary")
        for n in range(1, count + 1)
    ]
    notices = [
        Notice(kind="mentioned", lead=one.lead, lead_id=one.lead_id, text="cleo", created_at=WHEN)
        for one in leads
    ]

    mail = compose(notices, count)

    assert "lead 1 - " in (mail.subject if count == 1 else mail.text)
    for part in mail:
        assert "Canary" not in part
        assert "ERROR 13002" not in part
    assert mail.text.count("cleo wrote it at 20") == count
    assert f"/admin/leads/failedlead/{count}/change/" in mail.text


def test_waiting_leads_are_told_with_their_number() -> None:
    notice = Notice(kind="leads_waiting", site=Site(name="Spa"), count=12, created_at=WHEN)

    assert compose([notice]).subject == "12 leads are waiting to be sent to Zoho - Spa"


@pytest.mark.django_db  # of no site, in the language that the sites share
def test_a_pause_says_why_and_what_to_do() -> None:
    notice = Notice(
        kind="paused",
        destination=Destination(name="Zoho"),
        reason=Reason.TOKEN_REVOKED,
        created_at=WHEN,
    )

    found = compose([notice])

    assert found.subject == "Sending to Zoho is paused - Zoho"
    assert str(Reason.TOKEN_REVOKED.about.advice) in found.text


@pytest.mark.django_db  # of no site, in the language that the sites share
def test_a_resumption_names_what_goes_on() -> None:
    notice = Notice(kind="resumed", destination=Destination(name="Zoho"), created_at=WHEN)

    assert compose([notice]).subject == "Sending to Zoho goes on - Zoho"


def test_the_bare_mail_holds_nothing_of_the_lead() -> None:
    found = bare([failure({"contact_name": "Anna"})])

    assert found.subject == "ERROR 13002 with sending lead to zoho"
    assert "Anna" not in found.text + found.html
    assert "/failedlead/123/change/" in found.text


def shown(text: str) -> str:
    """How a text must appear: line breaks as such, what cannot be mailed by its number."""
    numbers = {*range(9), *range(11, 32), *range(0x7F, 0xA0), 0x2028, 0x2029}
    numbers |= {*range(0x202A, 0x202F), *range(0x2066, 0x206A), *range(0xD800, 0xE000)}
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(f"[U+{ord(char):04X}]" if ord(char) in numbers else char for char in lines)


def strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for inner in value.values() for text in strings(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in strings(inner)]
    return [value] if isinstance(value, str) else []


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


@given(json_objects)
@settings(deadline=None)
def test_any_data_makes_a_mail_with_a_subject_of_one_line(data: dict[str, Any] | None) -> None:
    found = mail(data)

    assert len(found.subject.splitlines()) == 1


@given(json_objects)
@settings(deadline=None)
def test_every_character_of_every_value_is_in_the_text(data: dict[str, Any] | None) -> None:
    text = squeezed(mail(data).text)

    assert all(squeezed(shown(value)) in text for value in strings(data))


@given(st.text(st.characters()), st.text(st.characters()))
@settings(deadline=None)
def test_every_character_of_a_value_is_in_the_html_and_none_of_it_is_markup(
    key: str, value: str
) -> None:
    body = mail({key: value, "email": "<a"}).html

    assert set(re.findall(r"<(\w+)", body)) == set(
        re.findall(r"<(\w+)", mail({"email": "a"}, reason_text="").html)
    )
    assert squeezed(shown(value)) in squeezed(html_module.unescape(body))


@given(json_objects, st.text(st.characters(), max_size=100))
@settings(deadline=None)
def test_any_lead_makes_a_message_that_can_be_put_on_the_wire(
    data: dict[str, Any] | None, site_name: str
) -> None:
    notice = failure(data)
    assert notice.site is not None
    notice.site.name = site_name
    found = compose([notice])
    message = EmailMultiAlternatives(found.subject, found.text, to=["staff@example.com"])
    message.attach_alternative(found.html, "text/html")

    headers = message.message().as_bytes().partition(b"\n\n")[0]

    names = {line.partition(b":")[0] for line in headers.split(b"\n") if line[:1].strip()}
    assert names == {b"Content-Type", b"MIME-Version", b"Subject", b"From", b"To", b"Date"} | {
        b"Message-ID"
    }


@given(st.text(st.characters(), max_size=300), json_objects)
@settings(deadline=None)
def test_no_lead_in_a_list_of_many_makes_markup_or_a_second_line(
    name: str, data: dict[str, Any] | None
) -> None:
    notices = [failure(data, pk=n, name=name, email=name, phone=name[:40]) for n in range(1, 6)]
    plain = [failure({}, pk=n, name="a", email="a", phone="a") for n in range(1, 6)]

    found = compose(notices, 5)

    tags = re.compile(r"<(/?\w+)")
    assert tags.findall(found.html) == tags.findall(compose(plain, 5).html)
    assert len(found.text.splitlines()) == len(compose(plain, 5).text.splitlines())
    found.text.encode()


@given(st.text(st.characters(), max_size=300), json_objects)
@settings(deadline=None)
def test_no_lead_makes_markup_in_a_message_to_slack(name: str, data: dict[str, Any] | None) -> None:
    notice = failure(data, name=name, email=name, phone=name[:40], reason_field=name[:90])

    for personal in (True, False):
        text = json.loads(slack.body_of([notice], 1, (), personal))["text"]
        assert re.findall(r"<[^>]*>", text) == [
            "<http://testserver/admin/leads/failedlead/123/change/|Lead 123>"
        ]
        assert text.count("```") == (2 if personal else 0)
        text.encode()


@given(json_objects)
@settings(deadline=None)
def test_any_lead_makes_json_that_says_what_it_held(data: dict[str, Any] | None) -> None:
    body = payload.body_of([failure(data)], 1, (), personal=True)

    (lead,) = json.loads(body)["data"]["leads"]
    assert json.dumps(lead["fields"]) == json.dumps(data)
