"""“Fill in for these”: what it makes of the leads of a cause, and who may do it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from leads.clock import Deadline
from leads.data import KNOWN_FIELDS, filled_in
from leads.decisions.bulk import run
from leads.decisions.bulk.fill import Fill
from leads.delivery.gateway import get_gateway
from leads.desk.bulk import fill as fill_page
from leads.models import BulkRetry, Lead, Revision, Site
from leads.selection import LeadFilter
from tests.factories import make_failed_lead, make_site, make_user
from tests.leads.desk.conftest import VIEW, WORK, client_of
from tests.responses import flat
from zoho.fit.metadata import Kept
from zoho.mapping.rules import DEFAULT_RULES
from zoho.models import Connection, Mapping, ModuleFields

FILL = "/admin/leads/bulkretry/fill/"
CAUSE = "?reason=mandatory_missing&field=Lead_Source"
METADATA: dict[str, Kept] = {
    "Last_Name": {"type": "text", "length": 80, "mandatory": True},
    "First_Name": {"type": "text", "length": 40},
    "Lead_Source": {"type": "picklist", "label": "Lead Source", "values": [["Web", "Web"]]},
    "Due": {"type": "date", "label": "Due"},
    "Description": {"type": "textarea", "length": 32000},
}


@pytest.fixture(autouse=True)
def module(site: Site) -> ModuleFields:
    """What Zoho has said of the module; that a source is mandatory it only says when refusing."""
    connection, _made = Connection.objects.get_or_create(destination=site.destination)
    return ModuleFields.objects.create(
        connection=connection, module="Leads", fields=METADATA, read_at=timezone.now()
    )


@pytest.fixture
def ben() -> User:
    return make_user("ben", (*VIEW, *WORK))


def stopped(field: str = "Lead_Source", **values: Any) -> Lead:
    """A lead that Zoho refused for want of a field, a minute ago."""
    data = {"contact_name": "Ana Silva", "utm": {"source": "fair"}}
    moment = timezone.now() - timedelta(minutes=1)
    defaults = {"data": data, "reason": "mandatory_missing", "failed_at": moment}
    return make_failed_lead(**defaults | {"reason_field": field} | values)


def filled_by(user: User, fill: Fill, **query: str) -> BulkRetry:
    """A bulk retry with a fill, begun and carried out."""
    wanted = LeadFilter.parse(query or {"reason": "mandatory_missing", "field": fill.field})
    one = run.start(wanted, user, fill)[0]
    run.run(one.pk, Deadline(30))
    one.refresh_from_db()
    return one


def record(lead: Lead) -> dict[str, Any]:
    """What would be sent of it now."""
    lead.refresh_from_db()
    return get_gateway().preview(lead).record


# --- What becomes of the leads --------------------------------------------------------------------


def test_a_value_arrives_in_the_field_of_every_lead_of_the_cause(ben: User) -> None:
    leads = [stopped() for _ in range(3)]
    other = stopped("Due")

    one = filled_by(ben, Fill("Lead_Source", "Web"))

    assert {record(lead)["Lead_Source"] for lead in leads} == {"Web"}
    assert {lead.status for lead in leads} == {"queued"}
    made = Revision.objects.values_list("lead", "number", "filled", "created_by")
    assert set(made.values_list("lead", flat=True)) == {lead.pk for lead in leads}
    assert {(n, user) for _lead, n, _filled, user in made} == {(1, ben.pk)}
    assert (one.queued, one.held, one.skipped) == (3, 0, 0)
    assert "Lead_Source" not in record(other)


def test_once_the_leads_have_it_the_bulk_retry_keeps_the_field_alone(ben: User) -> None:
    stopped()

    one = filled_by(ben, Fill("Lead_Source", "Ana Canary"))

    assert one.fill == {"field": "Lead_Source"}
    assert "Canary" not in f"{one.words}{one.filter}{one.filter_key}"
    assert "Lead_Source filled in" in one.words


def test_a_path_fills_in_what_each_lead_holds_and_passes_over_the_others(ben: User) -> None:
    lead, bare = stopped(), stopped(data={"contact_name": "Bo"})

    one = filled_by(ben, Fill("Lead_Source", path="utm.source"))

    assert record(lead)["Lead_Source"] == "fair"
    bare.refresh_from_db()
    assert (bare.status, bare.reason, bare.revision) == ("failed", "mandatory_missing", 0)
    assert (one.queued, one.skipped) == (1, 1)


def test_a_field_of_our_own_is_filled_in_as_well(ben: User) -> None:
    data = {"company": "Engines", "email": "a@example.com"}
    lead = make_failed_lead(
        data=data, reason="missing_field", reason_field="contact_name",
        failed_at=timezone.now() - timedelta(minutes=1),
    )  # fmt: skip

    one = filled_by(ben, Fill("contact_name", path="company"), reason="missing_field")

    assert record(lead)["Last_Name"] == "Engines"
    assert (lead.name, lead.email, one.held) == ("Engines", "a@example.com", 0)


def test_what_somebody_fills_in_after_it_began_stays_theirs(ben: User) -> None:
    lead = stopped()
    one = run.start(LeadFilter(), ben, Fill("Lead_Source", "Web"))[0]
    Revision.objects.create(lead=lead, number=1, data=lead.data, filled={"Lead_Source": "Fair"})
    Lead.objects.update(revision=1)

    run.run(one.pk, Deadline(30))

    assert record(lead)["Lead_Source"] == "Fair"
    assert lead.status == "queued"


def test_stopped_it_takes_back_what_was_not_sent_and_keeps_the_corrections(ben: User) -> None:
    lead = stopped()
    one = filled_by(ben, Fill("Lead_Source", "Web"))

    run.stop(one.pk, ben, Deadline(30))

    lead.refresh_from_db()
    assert (lead.status, lead.reason, lead.revision) == ("failed", "mandatory_missing", 1)


def test_twice_pressed_it_is_one_and_another_value_is_another(ben: User) -> None:
    stopped()
    first = run.start(LeadFilter(), ben, Fill("Lead_Source", "Web"))
    again = run.start(LeadFilter(), ben, Fill("Lead_Source", "Web"))
    other = run.start(LeadFilter(), ben, Fill("Lead_Source", "Fair"))

    assert (first[0], first[1], again[1]) == (again[0], True, False)
    assert other[0] != first[0]


@pytest.mark.parametrize("fill", [Fill("Lead_Source", "Web"), Fill("company", "Engines")])
def test_a_webhooks_lead_is_still_found_by_the_names_of_its_form(
    ben: User, site: Site, fill: Fill
) -> None:
    rules = [{"source": "your-name", "target": "Last_Name"}]
    Mapping.objects.create(site=site, rules=rules)
    reading = {"fields": {"contact_name": "Ana"}, "paths": {"your-name": "contact_name"}}
    lead = stopped(data={"your-name": "Ana"}, reading=reading | {"unclear": {}, "why": {}})

    looked_at = get_gateway().preview(lead, fill.of(lead.current_data())).record
    filled_by(ben, fill, reason="mandatory_missing")

    assert looked_at["Last_Name"] == record(lead)["Last_Name"] == "Ana"


JSON_DATA = st.dictionaries(
    st.sampled_from([*KNOWN_FIELDS, "utm.source", "x"]), st.text(max_size=9) | st.integers()
)


@given(data=JSON_DATA, field=st.sampled_from([*KNOWN_FIELDS, "Lead_Source"]), value=st.text())
def test_a_fill_changes_one_field_and_no_other(
    data: dict[str, Any], field: str, value: str
) -> None:
    after = Fill(field, value).of(data)

    if not value.strip():
        assert after is None
        return
    assert after is not None
    own = {field: value} if field in KNOWN_FIELDS else {}
    assert after == data | own
    assert filled_in(after) == ({} if own else {field: value})


# --- The page -------------------------------------------------------------------------------------


def page_of(client: Client, query: str = CAUSE, **posted: Any) -> str:
    """The page as it opens, or after a preview."""
    answer = client.post(FILL + query, posted | {"do": "preview"}) if posted else None
    return flat((answer or client.get(FILL + query)).content.decode())


def press(client: Client, query: str = CAUSE, **posted: Any) -> Any:
    """Look at the preview, then fill in."""
    seen = client.post(FILL + query, posted | {"do": "preview"})
    return client.post(
        FILL + query, posted | {"do": "fill", "previewed": seen.context["previewed"]}
    )


def test_it_names_the_fields_that_stopped_leads_the_most_frequent_first(support: Client) -> None:
    for field in ("Due", "Lead_Source", "Lead_Source, Due", "Unfit[0].x", ""):
        stopped(field)

    answer = support.get(FILL + "?reason=mandatory_missing")

    assert [(c.label, c.count) for c in answer.context["causes"]] == [
        ("Due", 2), ("Lead Source", 2),
    ]  # fmt: skip
    assert '<input type="date" name="value"' in flat(answer.content.decode())


def test_it_asks_for_a_choice_and_offers_what_the_leads_hold(support: Client) -> None:
    stopped()

    page = page_of(support)

    assert "Fill in Lead Source for 1 lead" in page
    assert '<option value="Web">Web</option>' in page
    assert '<option value="utm.source">utm.source: fair</option>' in page


def test_a_preview_counts_what_would_still_fail_and_changes_nothing(
    support: Client, module: ModuleFields
) -> None:
    module.fields = METADATA | {"Due": METADATA["Due"] | {"mandatory": True}}
    module.save()
    Mapping.objects.create(site=Site.objects.get(), rules=[
        {"source": "contact_name", "target": "Last_Name"}, {"source": "due", "target": "Due"},
    ])  # fmt: skip
    stopped(data={"contact_name": "Ana", "due": "2026-01-31"})
    stopped()

    page = page_of(support, value="Web")

    assert "<b>1 of 2</b>would go to Zoho" in page
    assert "1 would still fail.</b>Zoho requires Due" in page
    assert not Revision.objects.exists()
    assert not BulkRetry.objects.exists()


def test_a_preview_of_a_path_says_who_has_nothing_there(support: Client) -> None:
    stopped()
    stopped(data={"contact_name": "Bo"})

    assert "1 with nothing there stays in the table" in page_of(support, path="utm.source")


def test_a_preview_shows_the_first_twenty_and_asks_as_little_for_many(
    support: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fill_page, "SHOWN", 2)
    monkeypatch.setattr(fill_page, "LOOKED_AT", 3)
    monkeypatch.setattr(fill_page, "CHUNK", 2)
    for _ in range(5):
        stopped()

    page = page_of(support, value="Web")

    assert "The 4 that failed last were looked at." in page
    assert "The first 2 are shown." in page


def test_it_fills_in_what_was_previewed(support: Client) -> None:
    lead = stopped()

    answer = press(support, value="Web")

    one = BulkRetry.objects.get()
    assert answer["Location"] == f"/admin/leads/bulkretry/{one.pk}/change/"
    run.run(one.pk, Deadline(30))
    assert record(lead)["Lead_Source"] == "Web"


@pytest.mark.parametrize("previewed", ["", "x", Fill("Lead_Source", "Fair").key])
def test_what_nobody_has_looked_at_is_not_filled_in(support: Client, previewed: str) -> None:
    stopped()

    support.post(FILL + CAUSE, {"value": "Web", "do": "fill", "previewed": previewed})

    assert not BulkRetry.objects.exists()


@pytest.mark.parametrize(
    "posted", [{"value": ""}, {"value": "Nowhere"}, {"value": "Web", "path": "utm.source"}]
)
def test_it_takes_a_value_or_a_path(support: Client, posted: dict[str, str]) -> None:
    stopped()

    assert "Please look at the marked fields" in page_of(support, **posted)


def test_without_a_field_it_says_that_there_is_nothing_to_fill_in(support: Client) -> None:
    stopped("Unfit[0].x")

    assert "There is nothing to fill in." in page_of(support, "?reason=mandatory_missing")


def test_an_address_that_is_not_understood_fills_in_nothing(support: Client) -> None:
    assert support.get(FILL + "?reason=nonsense").status_code == 400


# --- From now on ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("posted", "rule"),
    [
        (
            {"value": "Web"},
            {"target": "Lead_Source", "transform": "constant", "argument": "Web"},
        ),
        ({"path": "utm.source"}, {"source": "utm.source", "target": "Lead_Source"}),
    ],
)
def test_from_now_on_it_is_a_rule_behind_all_others_of_every_site(
    posted: dict[str, str], rule: dict[str, Any], site: Site
) -> None:
    other = make_site(name="Second site")
    boss = client_of(make_user("setup", (*VIEW, *WORK, "zoho.change_mapping")))
    stopped(site=site)
    stopped(site=other)

    press(boss, always="on", **posted)
    press(boss, always="on", **posted)

    stored = Mapping.objects.values_list("rules", flat=True)
    assert list(stored) == [[*DEFAULT_RULES, rule]] * 2
    said = LogEntry.objects.filter(change_message__contains="it fills Lead_Source")
    assert said.count() == 2


def test_who_may_not_change_the_mapping_is_not_offered_a_rule(support: Client) -> None:
    stopped()

    assert 'name="always"' not in page_of(support)
    press(support, value="Web", always="on")
    assert not Mapping.objects.exists()


def test_a_rule_is_not_offered_where_another_one_would_win(boss: Client) -> None:
    stopped(reason="not_in_list")

    assert 'name="always"' not in page_of(boss, "?reason=not_in_list")


# --- Who may --------------------------------------------------------------------------------------

NEEDED = ("leads.correct_lead", "leads.retry_lead", "leads.view_personal_data")


@pytest.mark.parametrize("lacking", NEEDED)
def test_it_takes_each_permission(lacking: str) -> None:
    client = client_of(make_user("some", tuple({*VIEW, *WORK} - {lacking})))
    stopped()

    assert client.get(FILL + CAUSE).status_code == 403
    assert client.post(FILL + CAUSE, {"value": "Web", "do": "fill"}).status_code == 403


# --- From the table -------------------------------------------------------------------------------

TABLE = "/admin/leads/failedlead/"
CHOSEN = {"index": "0", "select_across": "0"}


def test_the_bar_leads_to_the_page_for_the_ticked_leads(support: Client) -> None:
    leads = [stopped(), stopped()]
    form = CHOSEN | {"action": "fill_selected", "_selected_action": [lead.pk for lead in leads]}

    answer = support.post(TABLE, form)

    assert answer["Location"] == f"{FILL}?ids={leads[1].pk}.{leads[0].pk}"


def test_a_chip_sends_all_of_its_cause_past_the_rule_once_confirmed(support: Client) -> None:
    held = stopped("", reason="duplicate_email")
    other = stopped("")
    form = {"action": "send_anyway_selected", "_selected_action": "0", "select_across": "1"}
    table = f"{TABLE}?reason=duplicate_email"

    asked = support.post(table, form).content.decode()
    support.post(table, form | {"confirmed": "yes"})

    assert "Send anyway: 1 lead" in asked
    assert "past that rule only" in asked
    statuses = {lead.pk: lead.status for lead in Lead.objects.all()}
    assert statuses == {held.pk: "queued", other.pk: "failed"}


@pytest.mark.parametrize(
    ("action", "reason"),
    [
        ("send_anyway_selected", "duplicate_email"),
        ("release_selected", "quarantined"),
        ("update_selected", "duplicate_record"),
    ],
)
def test_an_act_of_the_bar_leaves_leads_of_other_reasons_alone(
    support: Client, action: str, reason: str
) -> None:
    meant, other = stopped("", reason=reason, in_the_way="61"), stopped("", in_the_way="61")
    ids = [meant.pk, other.pk]

    support.post(TABLE, CHOSEN | {"action": action, "_selected_action": ids, "confirmed": "yes"})

    statuses = {lead.pk: lead.status for lead in Lead.objects.all()}
    assert statuses == {meant.pk: "queued", other.pk: "failed"}


def test_a_retry_that_cannot_help_says_so_and_is_then_done(support: Client) -> None:
    lead = stopped()
    form = CHOSEN | {"action": "retry_selected", "_selected_action": [lead.pk]}

    asked = flat(support.post(TABLE, form).content.decode())
    support.post(TABLE, form | {"confirmed": "yes"})

    lead.refresh_from_db()
    assert "Of these, 1 would be refused again" in asked
    assert lead.status == "queued"


def test_the_plan_says_so_and_leads_to_what_helps(support: Client) -> None:
    stopped()

    page = flat(support.get("/admin/leads/bulkretry/plan/?field=Lead_Source").content.decode())

    assert "1 lead would be refused again" in page
    assert f"{FILL}?field=Lead_Source&amp;reason=mandatory_missing" in page


def test_a_view_of_one_reason_offers_what_helps_first(support: Client) -> None:
    for reason in ("mandatory_missing", "mandatory_missing", "duplicate_email", "quarantined"):
        stopped("", reason=reason)

    def first(query: str) -> list[str]:
        bar = support.get(TABLE + query).context["actions_for_many"]
        return [name for name, _words in bar][:2]

    assert first("?reason=mandatory_missing") == ["fill_selected", "retry_selected"]
    assert first("?reason=quarantined") == ["release_selected", "discard_selected"]
    assert first("")[0] == "retry_selected"
    page = flat(support.get(TABLE + "?reason=mandatory_missing").content.decode())
    assert "Fill in for these 2…" in page


def test_a_lead_that_was_corrected_looks_corrected(support: Client) -> None:
    stopped(revision=1)
    stopped()

    page = support.get(TABLE).content.decode()

    assert page.count('<span class="corrected">corrected</span>') == 1
