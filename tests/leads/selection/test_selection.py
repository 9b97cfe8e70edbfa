"""LeadFilter: what it understands, what it refuses, and the rows that it means."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.http import QueryDict
from django.utils import timezone, translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leads.criteria import CRITERIA, Period, Same, Span, Tab, Tries
from leads.models import FailedLead, Lead
from leads.reasons import Owner, Reason
from leads.selection import VERSION, LeadFilter
from tests.factories import make_failed_lead, make_lead, make_site

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)
REFERENCE = "0198c0de-0000-7000-8000-000000000001"


def found(wanted: LeadFilter) -> list[int]:
    """The leads that it means now, by id."""
    rows = wanted.rows(Lead.objects.all(), timezone.now())
    return sorted(rows.values_list("pk", flat=True))


# --- Reading ------------------------------------------------------------------------------------

UNDERSTOOD: list[tuple[str, str, Any, str]] = [
    ("tab", "waiting", Tab.WAITING, "Waiting"),
    ("reason", "too_long", Reason.TOO_LONG, "Value too long for the Zoho field"),
    ("field", "Lead_Source", "Lead_Source", "field: Lead_Source"),
    ("owner", "data", Owner.DATA, "who must act: The lead's data"),
    ("site", "7", 7, "site 7"),
    ("assigned", "7", 7, "assigned to user 7"),
    ("assigned", "nobody", "nobody", "assigned to nobody"),
    ("span", "24h", Period.DAY, "the last 24 hours"),
    ("span", "since-1772712000", NOW, "since 2026-03-05 12:00"),
    ("from", "2026-01-31", date(2026, 1, 31), "from 2026-01-31"),
    ("to", "9999-12-31", date.max, "to 9999-12-31"),
    ("tries", "2", Tries.FEW, "tries: 2 to 4"),
    ("same", "email-12", Same("email", 12), "the same e-mail as lead 12"),
    ("same", "phone-0", Same("phone", 0), "that phone number"),
    ("ids", "4711.4712", (4711, 4712), "2 leads that the search found"),
    ("ids", "0", (0,), "what was typed: nobody has it"),
    ("bulk", "3", 3, "leads of bulk retry 3"),
    ("at", "-1772712000", Span(None, NOW), "what is before 5 Mar 2026 12:00"),
    ("test", "no", False, "real leads, no test leads"),
    ("test", "only", True, "test leads"),
    ("q", "4711", 4711, "lead 4711"),
]


@pytest.mark.parametrize(("name", "text", "value", "words"), UNDERSTOOD)
@pytest.mark.django_db
def test_it_reads_writes_and_says(name: str, text: str, value: Any, words: str) -> None:
    attribute = {"from": "first_day", "to": "last_day"}.get(name, name)

    wanted = LeadFilter.parse({name: text})

    assert wanted == LeadFilter(**{attribute: value})
    assert (wanted.query(), wanted.words()) == ({name: text}, words)
    assert LeadFilter.from_json(json.loads(json.dumps(wanted.to_json()))) == wanted


REFUSED = [
    *(("tab", text) for text in ("nonsense", "FAILED", "failed ", "sending")),
    *(("reason", text) for text in ("tooo_long", "TOO_LONG", "too_long\x00", " too_long", "13002")),
    *(("field", text) for text in ("a b", "x.y", "1a", "ü", "a" * 101, "a,b", "$a", "a\n")),
    *(("owner", text) for text in ("x", "Zoho", "data,site")),
    *(("site", text) for text in ("abc", "-1", "1.5", "١٢", "²", "9" * 19, "9" * 500, "1 ", "0x1")),
    *(
        ("assigned", text)
        for text in ("me", "Nobody", "-1", "nobody ", "anna", "1,2", "9" * 19, "١")
    ),
    *(("span", text) for text in ("nonsense", "24", "25h", "since-", "since-x", "since--1")),
    *(("span", f"since-{text}") for text in ("9" * 12, "9" * 40, "١")),
    *(("from", text) for text in ("2026-13-40", "2026-1-5", "x", "20260105", "2026-W01-1")),
    *(("to", text) for text in ("2026-02-30", "٢٠٢٦-01-05", "0000-01-01", "2026-01-05T00:00")),
    *(("tries", text) for text in ("9", "3", "-1", "05", "two")),
    *(("same", text) for text in ("x", "email-x", "email-", "name-1", "email-1-2", "email-١")),
    *(("ids", text) for text in ("abc", "1.", "1..2", "1,2", "9" * 20, ".".join(["1"] * 201))),
    *(("bulk", text) for text in ("x", "-1", "9" * 19)),
    *(("at", text) for text in ("-", "1", "x-y", "1-2-3", "9" * 40 + "-", "²-", "1.5-")),
    *(("test", text) for text in ("yes", "1", "NO")),
    *(("q", text) for text in ("ana@example.com", "12345678", "x", "-" * 32, "0" * 37, "١")),
]


@pytest.mark.parametrize(("name", "text"), [*REFUSED, *((name, "") for name in CRITERIA)])
def test_what_it_does_not_understand_it_refuses_by_name(name: str, text: str) -> None:
    wanted = LeadFilter.parse({name: text, "tab": "waiting"} | {name: text})

    assert f"“{name}=" in wanted.refused
    assert wanted.words() == f"nothing. {wanted.refused}"
    assert LeadFilter.from_json(wanted.to_json()) == wanted


@pytest.mark.parametrize("value", [None, 5, True, ["too_long"], {"a": 1}, b"too_long"])
def test_nor_does_it_understand_what_is_no_text(value: Any) -> None:
    assert LeadFilter.parse({"reason": value}).refused


def test_every_fault_is_named() -> None:
    refused = LeadFilter.parse({"reason": "tooo_long", "site": "abc", "tries": "1"}).refused

    assert "“reason=tooo_long”" in refused
    assert "“site=abc”" in refused


@pytest.mark.parametrize("text", ["ana@example.com", "Ana Silva", "+49 30 1234567", "493012345678"])
@pytest.mark.parametrize("name", ["q", "reason", "site", "Ana Silva’s reasons"])
def test_what_it_refuses_it_does_not_repeat_where_that_may_name_somebody(
    name: str, text: str
) -> None:
    refused = LeadFilter.parse({name: text}).refused

    assert text not in refused
    assert "Ana" not in refused


@pytest.mark.parametrize("query", ["reason=too_long&reason=refused", "tab=&tab=failed", "q=1&q=1"])
def test_what_is_there_twice_is_refused(query: str) -> None:
    assert "more than once" in LeadFilter.parse(QueryDict(query), blank=True).refused


def test_a_form_sends_empty_fields_which_are_no_choice() -> None:
    query = QueryDict("&".join(f"{name}=" for name in CRITERIA))

    assert LeadFilter.parse(query, blank=True) == LeadFilter()


@pytest.mark.parametrize(
    "name",
    [*("utm_source", "_changelist_filters", "p", "o", "e", "all", "after", "before", "since")]
    + [*("_popup", "_to_field", "_facets", "fbclid", "csrfmiddlewaretoken", "email__startswith")],
)
def test_what_is_no_filter_is_left_out(name: str) -> None:
    assert LeadFilter.parse({name: "tooo_long", "tries": "1"}) == LeadFilter(tries=Tries.ONE)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        *(("reasons", "reason"), ("resaon", "reason"), ("Reason", "reason"), ("sites", "site")),
        *(("reason__exact", "reason"), ("site_id", "site"), ("site__id__exact", "site")),
        *(("form", "from"), ("tabs", "tab"), ("id", "ids"), ("tests", "test"), ("tried", "tries")),
    ],
)
def test_a_name_that_is_mistyped_or_renamed_is_refused(name: str, meant: str) -> None:
    assert f"“{meant}” is one" in LeadFilter.parse({name: "x"}).refused


# --- Keeping ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "stored",
    [
        *(None, [], "", "garbage", 5, True, {}, {"reason": "too_long"}, [{"version": 1}]),
        *({"version": 2}, {"version": 0}, {"version": "1"}, {"version": True}, {"version": None}),
        *({"version": 1, "reason": "renamed"}, {"version": 1, "cause": "too_long"}),
        *({"version": 1, "reason": 5}, {"version": 1, "site": ""}, {"version": 1.0}),
        *({"version": 1, "not_understood": "why"}, {"version": 1, "not_understood": ""}),
    ],
)
def test_what_is_stored_and_cannot_be_read_means_nothing(stored: Any) -> None:
    wanted = LeadFilter.from_json(stored)

    assert wanted.refused
    assert wanted.rows(Lead.objects.all(), NOW).query.is_empty()


def test_the_whole_table_is_kept_as_a_version_and_nothing_else() -> None:
    assert LeadFilter().to_json() == {"version": VERSION}
    assert LeadFilter.from_json({"version": VERSION}) == LeadFilter()


def test_a_length_of_time_is_nailed_down_for_later() -> None:
    wanted = LeadFilter(span=Period.WEEK, reason=Reason.REFUSED)

    assert wanted.fixed(NOW).query() == {"reason": "refused", "span": "since-1772107200"}
    assert LeadFilter(span=Period.DAY, last_day=date(2026, 1, 5)).fixed(NOW).span == Period.DAY
    assert LeadFilter().fixed(NOW) == LeadFilter()


# --- Rows ---------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_what_is_refused_means_no_row() -> None:
    make_failed_lead()

    assert found(LeadFilter()) != []
    assert found(LeadFilter.parse({"reason": "tooo_long"})) == []


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({}, {"old", "new", "test"}),
        ({"reason": "too_long"}, {"old"}),
        ({"owner": "zoho"}, {"new"}),
        ({"tries": "1"}, {"new"}),
        ({"tries": "2"}, {"old"}),
        ({"tries": "5"}, {"test"}),
        ({"span": "24h"}, {"new", "test"}),
        ({"span": "24h", "to": "2026-01-05"}, {"old"}),
        ({"from": "2026-01-05", "to": "2026-01-05"}, {"old"}),
        ({"from": "0001-01-01", "to": "9999-12-31"}, {"old", "new", "test"}),
        ({"from": "9999-12-31"}, set()),
        ({"from": "2026-01-06", "to": "2026-01-05"}, set()),
        ({"at": "1767571200-1767657600"}, {"old"}),
        ({"at": "-1767571200"}, set()),
        ({"test": "only"}, {"test"}),
        ({"test": "no", "tab": "failed"}, {"old", "new"}),
        ({"q": REFERENCE}, {"new"}),
        ({"tab": "delivered"}, {"sent"}),
        ({"tab": "waiting"}, {"waiting"}),
        ({"tab": "waiting", "span": "24h", "reason": "no_answer"}, {"waiting"}),
        ({"ids": "0"}, set()),
    ],
)
@pytest.mark.django_db
def test_its_rows(query: dict[str, str], wanted: set[str]) -> None:
    now = timezone.now()
    leads = {
        "old": make_failed_lead(
            failed_at=datetime(2026, 1, 5, 23, tzinfo=UTC), reason="too_long", attempts=3
        ),
        "new": make_failed_lead(reason="server_error", attempts=1, reference=REFERENCE),
        "test": make_failed_lead(is_test=True, reason="scope_missing", attempts=6),
        "sent": make_lead(status="delivered"),
        "waiting": make_lead(queued_at=now - timedelta(minutes=16), reason="no_answer"),
        "queued": make_lead(),
    }

    assert found(LeadFilter.parse(query)) == sorted(leads[name].pk for name in wanted)


@pytest.mark.parametrize("named", ["Industry", "Industry, Rating", "A, Industry, B", "A, Industry"])
@pytest.mark.django_db
def test_a_field_is_one_of_those_that_the_reason_names(named: str) -> None:
    lead = make_failed_lead(reason_field=named)
    make_failed_lead(reason_field="Industry_2")
    make_failed_lead(reason_field="A, My_Industry, Industry_X")

    assert found(LeadFilter(field="Industry")) == [lead.pk]


@pytest.mark.django_db
def test_its_rows_by_what_they_name() -> None:
    data = {"contact_name": "Ana", "email": "ana@example.com"}
    first, second = make_failed_lead(data=data), make_failed_lead(data=data)
    site = make_site(name="Solar Quotes")
    other = make_failed_lead(site=site)

    assert found(LeadFilter(site=site.pk)) == [other.pk]
    assert LeadFilter(site=site.pk).words() == "Solar Quotes"
    assert found(LeadFilter(same=Same("email", first.pk))) == [first.pk, second.pk]
    assert found(LeadFilter(same=Same("email", 0))) == []
    assert found(LeadFilter(ids=(first.pk, other.pk))) == [first.pk, other.pk]
    assert LeadFilter(site=site.pk).present().refused == ""
    assert "“site=987654” is not there" in LeadFilter(site=987_654).present().refused
    assert "“bulk=987654” is not there" in LeadFilter(bulk=987_654).present().refused


# --- Anything ------------------------------------------------------------------------------------

NAMES = st.sampled_from([*CRITERIA, "utm_source", "reasons", "version", "not_understood"])
TEXTS = st.text(max_size=40) | st.sampled_from([text for _name, text, *_rest in UNDERSTOOD])
NUMBERS = st.integers(-(10**30), 10**30).map(str)
DATES = st.dates().map(str)
VALUES = TEXTS | NUMBERS | DATES | st.none() | st.booleans() | st.lists(st.text(), max_size=2)
QUERIES = st.dictionaries(NAMES | st.text(max_size=12), VALUES, max_size=5)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
)
LIKELY = st.fixed_dictionaries(
    {}, optional={name: st.sampled_from([t for n, t, *_ in UNDERSTOOD if n == name])
                  for name in CRITERIA}
)  # fmt: skip
hurried = settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def leads(db: None) -> list[int]:
    """A few failed leads, unlike each other."""
    reasons = ("too_long", "no_answer", "refused")
    return [make_failed_lead(reason=reason, attempts=n).pk for n, reason in enumerate(reasons)]


@hurried
@given(query=QUERIES | LIKELY)
def test_any_address_is_understood_or_means_nothing(
    leads: list[int], query: dict[str, Any]
) -> None:
    wanted = LeadFilter.parse(query)

    rows = set(found(wanted))
    assert rows <= set(found(LeadFilter(tab=wanted.tab)))
    assert not (wanted.refused and rows)
    assert wanted.words()
    assert LeadFilter.from_json(json.loads(json.dumps(wanted.to_json()))) == wanted
    if not wanted.refused:
        assert LeadFilter.parse(QueryDict(wanted.address())) == wanted
        assert wanted.fixed(NOW).fixed(NOW) == wanted.fixed(NOW)


@hurried
@given(query=LIKELY, name=st.sampled_from(list(CRITERIA)))
def test_each_criterion_only_narrows(leads: list[int], query: dict[str, str], name: str) -> None:
    fewer = {kept: text for kept, text in query.items() if kept != name or name == "tab"}
    if name in ("from", "to", "span"):  # dates take the place of a length
        return

    assert set(found(LeadFilter.parse(query))) <= set(found(LeadFilter.parse(fewer)))


@hurried
@given(stored=ANY_JSON)
def test_anything_stored_is_read_or_means_nothing(db: None, stored: Any) -> None:
    wanted = LeadFilter.from_json(stored)

    assert wanted.refused or wanted.to_json() == stored
    assert LeadFilter.from_json(wanted.to_json()) == wanted


@pytest.mark.django_db
def test_the_rows_of_the_proxy_are_the_same() -> None:
    lead = make_failed_lead()

    rows = LeadFilter(same=Same("email", lead.pk)).rows(FailedLead.objects.all(), NOW)
    assert [row.pk for row in rows] == [lead.pk]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"span": "today", "tries": "2"}, "heute · Versuche: 2 bis 4"),
        ({"q": "4711"}, "Lead 4711"),
    ],
)
def test_a_filter_is_said_in_the_readers_language(query: dict[str, str], words: str) -> None:
    with translation.override("de"):
        assert LeadFilter.parse(query).words() == words
        assert LeadFilter.parse({"site": "x"}).words().startswith("nichts. ")
