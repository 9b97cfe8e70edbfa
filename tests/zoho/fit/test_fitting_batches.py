"""Batches against the sandbox: what fits is sent, what does not stays, what a refusal teaches."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from django_q.models import Schedule

from leads.clock import Deadline
from leads.delivery.finish import finish
from leads.delivery.gateway import Batch, Outcome, Verdict
from leads.models import ApiCall, ApiLog, Destination, Lead, Site
from leads.reasons import Reason
from tests.factories import make_call, make_lead, make_site
from tests.zoho.sandbox.running import RunningSandbox
from zoho.api import rests
from zoho.fit import fields
from zoho.fit.metadata import Field
from zoho.gateway import ZohoGateway
from zoho.mapping import dry_run
from zoho.mapping.dry_run import preview
from zoho.models import Connection, Mapping, ModuleFields

pytestmark = pytest.mark.django_db


@pytest.fixture
def connection(sandbox: RunningSandbox) -> Connection:
    destination = Destination.objects.get()
    connection, _made = Connection.objects.get_or_create(destination=destination)
    connection.accounts_url = f"http://127.0.0.1:{sandbox.port}"
    connection.client_id, connection.client_secret = "1000.SANDBOX", "sandbox-secret"
    connection.refresh_token = "1000.sandbox.refresh"
    connection.access_token = ""
    connection.save()
    return connection


@pytest.fixture
def site(connection: Connection) -> Site:
    return make_site(destination=connection.destination)


def deliver(*leads: Lead) -> tuple[Batch, list[Outcome]]:
    """Send the leads in one batch and settle it, as the engine does."""
    claim = uuid.uuid4()
    for lead in leads:
        lead.status, lead.claim = Lead.Status.SENDING, claim
        lead.save()
    call = make_call(leads=len(leads), claim=claim, ended_at=None)
    batch = Batch(leads[0].destination, claim, list(leads), call, timezone.now())
    outcomes = ZohoGateway().deliver(batch, Deadline(40))
    finish(batch, outcomes, 0.5)
    return batch, outcomes


def stored(sandbox: RunningSandbox) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = sandbox.control("GET", "records?module=Leads").json["records"]
    return records


def lead_with(site: Site, **data: Any) -> Lead:
    return make_lead(site=site, data={"last_name": "Lovelace", **data})


def test_what_does_not_fit_stays_and_the_rest_is_sent(sandbox: RunningSandbox, site: Site) -> None:
    good, bad = lead_with(site), lead_with(site, last_name="", email="ada@example.org")

    batch, outcomes = deliver(bad, good)

    assert [one.verdict for one in outcomes] == [Verdict.REFUSED, Verdict.STORED]
    assert len(stored(sandbox)) == 1
    assert batch.call.leads == 1
    log = ApiLog.objects.get(lead=bad)
    assert (log.response_code, log.reason, log.call) == (13002, "mandatory_missing", None)
    assert log.reason_field == "Last_Name"
    assert log.record == {"Email": "ada@example.org", "Lead_Ref": str(bad.reference)}
    assert Lead.objects.get(pk=bad.pk).status == Lead.Status.FAILED
    assert ApiLog.objects.get(lead=good).call == batch.call


def test_a_batch_of_which_nothing_fits_makes_no_call(sandbox: RunningSandbox, site: Site) -> None:
    deliver(lead_with(site))
    before = Destination.objects.get().last_success_at

    batch, _outcomes = deliver(lead_with(site, message="m" * 40_000))

    assert ApiCall.objects.get(pk=batch.call.pk).leads == 0
    assert "no lead of the batch" in batch.call.error
    assert batch.call.status is None
    assert len(stored(sandbox)) == 1
    assert Destination.objects.get().last_success_at == before
    log = ApiLog.objects.latest("pk")
    assert (log.reason, log.reason_field) == ("too_long", "Description")
    assert "32000" in log.reason_text
    assert "40000" in log.reason_text


def test_repairs_are_on_the_log_of_a_delivered_lead(sandbox: RunningSandbox, site: Site) -> None:
    lead = lead_with(site, zip="12345 Springfield")

    deliver(lead)

    assert ApiLog.objects.get(lead=lead).repairs == [
        "zip: longer than 10 characters, moved to Street"
    ]


def test_the_mapping_of_today_counts(sandbox: RunningSandbox, site: Site) -> None:
    Mapping.objects.create(
        site=site,
        rules=[
            {"source": "last_name", "target": "Last_Name"},
            {"source": "from", "target": "Lead_Source"},
            {"source": "x", "target": "Lead_Ref"},
        ],
        rest="leave_out",
    )
    lead = lead_with(site, **{"from": "web site"}, x="1", secret="no")

    deliver(lead)

    record = stored(sandbox)[0]
    assert (record["Lead_Source"], record["Description"]) == ("Web site", "x: 1")
    assert record["Lead_Ref"] == str(lead.reference)
    assert ApiLog.objects.get().repairs[-1] == "secret: left out, as the site's mapping says"


def test_options_travel_where_they_belong(sandbox: RunningSandbox, site: Site) -> None:
    site.options = {"trigger": [], "Tag": [{"name": "web"}]}
    site.save()

    batch, outcomes = deliver(lead_with(site))

    assert outcomes[0].verdict is Verdict.STORED
    assert stored(sandbox)[0]["Tag"] == [{"name": "web"}]
    assert '"trigger": []' in batch.call.request


def test_an_option_that_does_not_exist_holds_the_site_back(site: Site) -> None:
    site.options = {"nonsense": 1}
    site.save()

    _batch, outcomes = deliver(lead_with(site))

    assert (outcomes[0].verdict, outcomes[0].reason) == (Verdict.SITE_FAULT, Reason.WRONG_OPTION)
    assert "no option nonsense" in outcomes[0].text


def test_a_field_that_became_shorter_is_learned_and_the_lead_lands(
    sandbox: RunningSandbox, site: Site
) -> None:
    deliver(lead_with(site))
    shorter = [{"api_name": "Company", "data_type": "text", "length": 5}]
    assert sandbox.control("PUT", "fields", {"module": "Leads", "fields": shorter}).status == 200
    lead = lead_with(site, company="Engines Ltd")

    _batch, outcomes = deliver(lead)

    assert (outcomes[0].verdict, outcomes[0].reason) == (Verdict.REFUSED_FOR_NOW, Reason.TOO_LONG)
    lead = Lead.objects.get(pk=lead.pk)
    assert (lead.status, lead.attempts) == (Lead.Status.QUEUED, 1)
    assert ModuleFields.objects.get().stale

    deliver(lead)

    record = next(record for record in stored(sandbox) if record["Lead_Ref"] == str(lead.reference))
    assert (record["Company"], record["Description"]) == ("Engin", "company: Engines Ltd")
    assert not ModuleFields.objects.get().stale


def test_a_list_that_proves_closed_is_remembered_and_the_lead_lands(
    sandbox: RunningSandbox, site: Site, connection: Connection
) -> None:
    sandbox.control("PUT", "switches", {"picklists": "closed"})
    Mapping.objects.create(
        site=site,
        rules=[
            {"source": "last_name", "target": "Last_Name"},
            {"source": "from", "target": "Lead_Source"},
        ],
    )
    lead = lead_with(site, **{"from": "Radio"})

    _batch, outcomes = deliver(lead)
    assert outcomes[0].reason == Reason.NOT_IN_LIST
    lead = Lead.objects.get(pk=lead.pk)
    _batch, outcomes = deliver(lead)

    assert outcomes[0].verdict is Verdict.STORED
    assert stored(sandbox)[0]["Description"] == "from: Radio"
    fields.refresh(connection, "Leads", Deadline(20))
    assert ModuleFields.objects.get().fields["Lead_Source"]["closed"]


def test_a_lesson_that_did_not_help_is_for_people(site: Site) -> None:
    lead, field = lead_with(site), Field("Company", length=200)
    answer = '{"details": {"maximum_length": 5}}'
    refusal = Outcome(Verdict.REFUSED, Reason.TOO_LONG, field="Company", answer=answer)

    assert fields.can_be_mended(lead, refusal, field)
    assert not fields.can_be_mended(lead, refusal, None)
    for useless in (
        "",
        "[]",
        "{}",
        '{"details": {"maximum_length": "x"}}',
        answer.replace("5", "900"),
    ):
        other = Outcome(Verdict.REFUSED, Reason.TOO_LONG, field="Company", answer=useless)
        assert not fields.can_be_mended(lead, other, field)
    lead.attempts = 1
    assert not fields.can_be_mended(lead, refusal, field)


def test_a_reading_that_confirms_contradicted_fields_is_believed_for_a_while(
    site: Site, connection: Connection
) -> None:
    row, now = fields.refresh(connection, "Leads", Deadline(20)), timezone.now()
    refusal = [Outcome(Verdict.REFUSED, Reason.MANDATORY_MISSING, field="Company")]

    fields.learn(row, refusal, now)
    assert fields.is_stale(fields.known(connection, "Leads"), now)
    row = fields.refresh(connection, "Leads", Deadline(20))
    fields.learn(row, refusal, now + timedelta(minutes=1))
    assert not fields.is_stale(fields.known(connection, "Leads"), now)
    fields.learn(row, refusal, now + timedelta(minutes=11))
    assert fields.is_stale(fields.known(connection, "Leads"), now)


def test_every_module_in_use_is_read_anew_each_night(site: Site, connection: Connection) -> None:
    make_site(destination=connection.destination, module="Contacts")
    make_site(destination=connection.destination, module="Nonsense")

    assert fields.refresh_all(Deadline(60)) == 2
    assert set(ModuleFields.objects.values_list("module", flat=True)) == {"Leads", "Contacts"}
    assert fields.refresh_all(Deadline(1)) == 0


def test_a_module_that_zoho_no_longer_describes_keeps_what_is_known(
    sandbox: RunningSandbox, site: Site, connection: Connection
) -> None:
    fields.refresh(connection, "Leads", Deadline(20))
    ModuleFields.objects.update(read_at=timezone.now() - timedelta(days=2))
    sandbox.control("PUT", "faults", {"mode": "503", "only": "fields"})

    _batch, outcomes = deliver(lead_with(site))

    assert outcomes[0].verdict is Verdict.STORED


def test_without_any_metadata_nothing_is_sent(sandbox: RunningSandbox, site: Site) -> None:
    sandbox.control("PUT", "faults", {"mode": "503", "only": "fields"})

    _batch, outcomes = deliver(lead_with(site))

    # No word about the destination: it is not paused for that, and the lead has no attempt.
    assert outcomes[0].verdict is Verdict.NOT_BEGUN
    assert outcomes[0].wait
    assert stored(sandbox) == []


# --- Trying out -----------------------------------------------------------------------------------

RULES = [
    {"source": "last_name", "target": "Last_Name"},
    {"source": "from", "target": "Lead_Source"},
]


def test_a_preview_before_anything_was_read_goes_by_the_usual_fields(site: Site) -> None:
    shown = preview(site, lead_with(site, company="c" * 201))

    assert len(shown.record["Company"]) == 200
    assert len(shown.repairs) == 1


def test_a_preview_says_what_fails_and_what_other_rules_would_do(
    site: Site, connection: Connection
) -> None:
    fields.refresh(connection, "Leads", Deadline(20))
    lead = lead_with(site, last_name="", **{"from": "Radio"})

    assert "there is no name" in ZohoGateway().preview(lead).failure
    other = preview(site, lead, RULES, "leave_out")
    assert other.record == {"Lead_Source": "Radio", "Lead_Ref": str(lead.reference)}


def test_a_preview_of_a_custom_module_that_was_never_read(connection: Connection) -> None:
    site = make_site(destination=connection.destination, module="Enquiries")

    assert preview(site, lead_with(site, email="a@b.de")).record["Email"] == "a@b.de"


def test_a_dry_run_counts_changes_repairs_and_failures(
    site: Site, connection: Connection, django_assert_max_num_queries: Any
) -> None:
    fields.refresh(connection, "Leads", Deadline(20))
    for number in range(120):
        lead_with(site, company=f"C {number}")
    failing = lead_with(site, last_name="", contact_name="Ada")
    repaired = lead_with(site, **{"from": "R" * 200})

    with django_assert_max_num_queries(16):
        found = dry_run.run(site, RULES)

    assert found.leads == 122
    assert found.changed.count == 121
    assert found.fields == {"Description": 121, "Company": 120, "Last_Name": 1}
    assert (found.repaired.count, found.repaired.examples) == (1, [repaired.pk])
    assert (found.failed.count, found.failed_today) == (1, 0)
    why = found.reasons[Reason.MANDATORY_MISSING, "Last_Name"]
    assert why.examples == [failing.pk]
    assert len(found.changed.examples) == 10
    assert dry_run.run(site, RULES, limit=2).leads == 2


def test_the_nightly_reading_is_scheduled() -> None:
    schedule = Schedule.objects.get(name="metadata")

    assert (schedule.func, schedule.schedule_type) == (
        "zoho.tasks.refresh_metadata",
        Schedule.DAILY,
    )
    assert timezone.localtime(schedule.next_run).hour == 3


# --- What may have landed -------------------------------------------------------------------------


def landed(site: Site) -> Lead:
    return make_lead(
        site=site, data={"last_name": "Lovelace"}, maybe_landed=True, landed_revision=0
    )


def read_ago(seconds: float) -> None:
    ModuleFields.objects.update(read_at=timezone.now() - timedelta(seconds=seconds))


def test_the_reference_is_looked_at_again_before_a_lead_that_may_have_landed_is_sent(
    sandbox: RunningSandbox, site: Site, connection: Connection
) -> None:
    fields.refresh(connection, "Leads", Deadline(20))
    read_ago(90)
    sandbox.control("PUT", "fields", {"module": "Leads", "drop": ["Lead_Ref"]})

    _batch, outcomes = deliver(landed(site))

    assert outcomes[0].reason == Reason.OUTCOME_UNKNOWN
    assert stored(sandbox) == []


def test_while_zoho_does_not_say_it_waits_and_the_others_go(
    sandbox: RunningSandbox, site: Site, connection: Connection
) -> None:
    fields.refresh(connection, "Leads", Deadline(20))
    read_ago(90)
    sandbox.control("PUT", "faults", {"mode": "503", "only": "fields"})
    waiting, fresh = landed(site), lead_with(site)

    _batch, outcomes = deliver(waiting, fresh)

    assert [one.verdict for one in outcomes] == [Verdict.NOT_BEGUN, Verdict.STORED]
    waiting.refresh_from_db()
    assert waiting.status == Lead.Status.QUEUED
    assert waiting.due_at is not None
    assert waiting.due_at >= connection.rests.get().until
    assert "reference field" in waiting.reason_text
    assert not ApiLog.objects.filter(lead=waiting).exists()
    assert Destination.objects.get().faults == 0
    asked = ApiCall.objects.filter(kind="metadata").count()
    deliver(waiting)
    assert ApiCall.objects.filter(kind="metadata").count() == asked, "it rests for a minute"


def test_before_each_probe_of_what_may_have_landed_the_fields_are_read(
    site: Site, connection: Connection
) -> None:
    """The reference field may have gone since the last one, a minute ago."""
    fields.refresh(connection, "Leads", Deadline(20))
    read_ago(90)
    now = timezone.now()
    Destination.objects.update(
        paused_at=now - timedelta(minutes=3), paused_until=now, pause_reason=Reason.NO_ANSWER
    )
    asked = ApiCall.objects.filter(kind="metadata").count()
    lead = landed(Site.objects.select_related("destination").get())

    deliver(lead)

    assert ApiCall.objects.filter(kind="metadata").count() == asked + 1


def test_what_only_went_unanswered_is_asked_again_once_zoho_answers(
    sandbox: RunningSandbox, connection: Connection, site: Site
) -> None:
    fields.refresh(connection, "Leads", Deadline(20))
    now, silent = timezone.now(), Outcome(Verdict.NOT_SENT, Reason.NO_ANSWER)
    rests.failed(connection, "fields Leads", silent, now)
    refused = Outcome(Verdict.DESTINATION_FAULT, Reason.SCOPE_MISSING, status=401)
    rests.failed(connection, "layouts Leads", refused, now)
    Destination.objects.update(paused_at=now, paused_until=now, pause_reason=Reason.NO_ANSWER)

    deliver(lead_with(Site.objects.select_related("destination").get()))

    assert list(connection.rests.values_list("what", "scope")) == [
        ("layouts Leads", "ZohoCRM.settings.layouts.READ")
    ]


# --- Layouts of several sites -----------------------------------------------------------------

LAYOUT = "6100000000000777001"


def test_sites_of_one_batch_go_each_by_its_own_layout(
    sandbox: RunningSandbox, site: Site, connection: Connection
) -> None:
    names = ["Last_Name", "Email"]
    order = {"module": "Leads", "layouts": [{"id": LAYOUT, "name": "Web", "fields": names}]}
    sandbox.control("PUT", "fields", order)
    other = make_site(destination=connection.destination, options={"Layout": {"id": LAYOUT}})
    plain, within = lead_with(site, city="Berlin"), lead_with(other, city="Rome")

    batch, _outcomes = deliver(plain, within)

    first, second = stored(sandbox)
    assert (first["City"], first["Lead_Ref"]) == ("Berlin", str(plain.reference))
    assert second["Description"] == "city: Rome"
    assert batch.resend_is_safe
    assert batch.not_resent == {within.pk}


def test_layouts_that_the_token_may_not_read_stop_no_delivery(
    sandbox: RunningSandbox, site: Site, connection: Connection
) -> None:
    sandbox.control("PUT", "faults", {"mode": "scope_mismatch", "only": "layouts"})
    site.options = {"Layout": {"id": "6100000000000091055"}}
    site.save()

    batch, outcomes = deliver(lead_with(site, company="Engines"))
    deliver(lead_with(site, company="Engines"))

    assert outcomes[0].verdict is Verdict.STORED
    assert len(batch.not_resent) == 1, "what the layout takes is not known"
    assert ApiCall.objects.filter(kind="metadata").count() == 2
    assert connection.rests.get().scope == "ZohoCRM.settings.layouts.READ"


def test_a_lost_answer_of_a_layout_without_the_reference_is_for_a_person_at_once(
    sandbox: RunningSandbox, site: Site
) -> None:
    order = {"module": "Leads", "layouts": [{"id": LAYOUT, "name": "Web", "fields": ["Last_Name"]}]}
    sandbox.control("PUT", "fields", order)
    site.options = {"Layout": {"id": LAYOUT}}
    site.save()
    sandbox.control("PUT", "faults", {"mode": "500_after"})
    lead = lead_with(site)

    deliver(lead)

    lead.refresh_from_db()
    assert (lead.status, lead.reason) == (Lead.Status.FAILED, Reason.OUTCOME_UNKNOWN)
