"""“Fill in for these” before Zoho: records by name, several Zohos at once, and rules tried out."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from leads.clock import Deadline
from leads.decisions.bulk import run
from leads.decisions.bulk.fill import Fill
from leads.delivery.crm_fields import CrmField, InputKind
from leads.delivery.gateway import get_gateway
from leads.desk.bulk.fill_field import Apart, agreed
from leads.models import BulkRetry, Lead, Site
from leads.selection import LeadFilter
from tests.factories import make_destination, make_failed_lead, make_site, make_user
from tests.leads.desk.conftest import VIEW, WORK, client_of
from tests.responses import flat
from tests.zoho.wire import Wire, reply
from zoho.models import Connection, Mapping, ModuleFields

FILL = "/admin/leads/bulkretry/fill/"
OF = "?reason=mandatory_missing&field="
ACCOUNT = "6100000000000101001"
JONAS = "6100000000000102002"
CHOICES = [["Web", "Web"], ["Fair", "Fair"]]
FIELDS: dict[str, Any] = {
    "Last_Name": {"type": "text", "length": 80, "mandatory": True},
    "First_Name": {"type": "text", "length": 40},
    "Source": {"type": "picklist", "label": "Lead source", "values": CHOICES},
    "Due": {"type": "date", "label": "Due"},
    "Owner": {"type": "ownerlookup", "label": "Owner"},
    "Account": {"type": "lookup", "lookup": "Accounts", "label": "Account"},
    "Description": {"type": "textarea", "length": 32000},
}  # fmt: skip


@pytest.fixture
def site(connection: Connection) -> Site:
    """A site whose Zoho has said what fields there are."""
    described(connection, FIELDS)
    return make_site(name="Arctic Spas", destination=connection.destination)


@pytest.fixture
def other(site: Site) -> Site:
    """A site that sends to another organisation, of which no wire is there."""
    destination = make_destination(name="Second Zoho")
    connection, _made = Connection.objects.get_or_create(destination=destination)
    described(connection, FIELDS)
    return make_site(name="Beach Spas", destination=destination)


@pytest.fixture
def boss(db: None) -> Client:
    return client_of(make_user("setup", (*VIEW, *WORK, "zoho.change_mapping")))


def described(connection: Connection, fields: dict[str, Any]) -> None:
    values = {"fields": fields, "read_at": timezone.now()}
    ModuleFields.objects.update_or_create(connection=connection, module="Leads", defaults=values)


def stopped(site: Site, field: str) -> Lead:
    return make_failed_lead(
        site=site, data={"contact_name": "Ana Silva"}, reason="mandatory_missing",
        reason_field=field, failed_at=timezone.now() - timedelta(minutes=1),
    )  # fmt: skip


def press(client: Client, query: str, do: str = "fill", **posted: Any) -> Any:
    """Look at the preview, then fill in."""
    seen = client.post(FILL + query, posted | {"do": "preview"})
    shown = {"previewed": seen.context["previewed"] or ""}
    return client.post(FILL + query, posted | {"do": do} | shown)


def made_of(lead: Lead) -> dict[str, Any]:
    """What would be sent of the lead, once the bulk retry has run."""
    run.run(BulkRetry.objects.latest("pk").pk, Deadline(30))
    lead.refresh_from_db()
    return get_gateway().preview(lead).record


# --- Records by their names -----------------------------------------------------------------------


def test_an_account_is_filled_in_by_its_name(boss: Client, wire: Wire, site: Site) -> None:
    leads = [stopped(site, "Account") for _ in range(2)]
    wire.on("POST /crm/v8/coql", reply(200, {"data": [{"id": ACCOUNT, "Account_Name": "Acme"}]}))

    answer = press(boss, OF + "Account", value="Acme")

    assert answer.status_code == 302
    assert [made_of(lead)["Account"] for lead in leads] == [{"id": ACCOUNT}] * 2


def test_an_owner_is_filled_in_by_name_and_shown_so(boss: Client, wire: Wire, site: Site) -> None:
    lead = stopped(site, "Owner")
    users = {"users": [{"id": JONAS, "full_name": "Jonas Petersen", "email": "jp@example.org"}]}
    wire.on("GET /crm/v8/users", reply(200, users))

    page = boss.post(FILL + OF + "Owner", {"value": "jonas petersen", "do": "preview"})
    press(boss, OF + "Owner", value="jonas petersen")

    assert "Jonas Petersen" in page.content.decode()
    assert made_of(lead)["Owner"] == {"id": JONAS}


def test_a_name_that_zoho_does_not_know_fills_in_nothing(
    boss: Client, wire: Wire, site: Site
) -> None:
    stopped(site, "Account")
    wire.on("POST /crm/v8/coql", reply(204, None))

    answer = press(boss, OF + "Account", value="Nowhere")

    assert "called “Nowhere”" in " ".join(answer.context["form"].errors["value"])
    assert not BulkRetry.objects.exists()


# --- Several Zohos --------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["Account", "Owner"])
def test_an_id_of_one_zoho_is_filled_into_no_lead_of_another(
    boss: Client, site: Site, other: Site, field: str
) -> None:
    leads = [stopped(site, field), stopped(site, field), stopped(other, field)]

    page = flat(boss.get(FILL + OF + field).content.decode())
    answer = boss.post(FILL + OF + field, {"value": ACCOUNT, "do": "preview"})

    assert "One value cannot be right for all of these leads." in page
    assert "an id is good in one Zoho alone" in page
    assert answer.context["form"] is None
    assert not BulkRetry.objects.exists()
    # One click narrows it, and there it goes on.
    links = re.findall(r'<li> ?<a href="(\?[^"]+)"> ?(\w+ Spas)', page)
    assert [name for _link, name in links] == ["Arctic Spas", "Beach Spas"]
    press(boss, unescape(links[1][0]), value=JONAS)
    assert made_of(leads[2])[field] == {"id": JONAS}
    assert [field in get_gateway().preview(lead).record for lead in leads[:2]] == [False, False]


def test_leads_of_a_site_that_was_moved_may_go_where_it_went_before(
    boss: Client, site: Site, other: Site
) -> None:
    stopped(site, "Owner")
    Site.objects.filter(pk=site.pk).update(destination=other.destination)

    page = flat(boss.get(FILL + OF + "Owner").content.decode())

    assert "an id is good in one Zoho alone" in page


def test_a_lead_that_another_zoho_gets_is_passed_over(site: Site, other: Site) -> None:
    mine, theirs = stopped(site, "Owner"), stopped(other, "Owner")
    value = {"id": JONAS, "name": "Jonas"}
    fill = Fill("Owner", value, destination=site.destination_id)

    run.start(LeadFilter.parse({"field": "Owner"}), make_user("ben"), fill)

    assert made_of(mine)["Owner"] == {"id": JONAS}
    theirs.refresh_from_db()
    assert (theirs.status, theirs.revision) == ("failed", 0)
    assert BulkRetry.objects.get().skipped == 1


def test_of_choices_only_those_are_offered_that_every_zoho_knows(
    boss: Client, site: Site, other: Site
) -> None:
    described(other.destination.zoho, FIELDS | {
        "Source": FIELDS["Source"] | {"values": [["Fair", "Fair"], ["Radio", "Radio"]]}
    })  # fmt: skip
    for place in (site, site, other):
        stopped(place, "Source")

    form = boss.get(FILL + OF + "Source").context["form"]

    assert [value for value, _words in form.fields["value"].choices] == ["", "Fair"]


def test_lists_with_nothing_in_common_are_told(boss: Client, site: Site, other: Site) -> None:
    described(other.destination.zoho, FIELDS | {
        "Source": FIELDS["Source"] | {"values": [["Radio", "Radio"]]}
    })  # fmt: skip
    for place in (site, other):
        stopped(place, "Source")

    boss.post("/admin/language/", {"language": "de"})

    page = flat(boss.get(FILL + OF + "Source").content.decode())

    assert "Keine Auswahl von Lead source" in page


PLAIN = CrmField("A", "A")
RECORD = CrmField("A", "A", InputKind.RECORD, of="Accounts")
LISTED = CrmField("A", "A", InputKind.CHOICE, (("x", "X"), ("y", "Y")))


@pytest.mark.parametrize(
    ("found", "destinations", "field"),
    [
        ([], 1, None),
        ([None, None], 2, None),
        ([PLAIN, PLAIN], 2, PLAIN),
        ([RECORD], 1, RECORD),
        ([RECORD, RECORD], 1, RECORD),
        ([PLAIN, LISTED], 2, LISTED),
    ],
)
def test_what_all_have_alike_is_one_field(
    found: list[CrmField | None], destinations: int, field: CrmField | None
) -> None:
    assert agreed(found, destinations) == field


@pytest.mark.parametrize(
    ("found", "destinations"),
    [
        ([RECORD], 2),
        ([PLAIN, RECORD], 2),
        ([RECORD, CrmField("A", "A", InputKind.RECORD, of="Vendors")], 1),
        ([CrmField("A", "A", InputKind.JSON)], 2),
        ([PLAIN, None], 2),
    ],
)
def test_what_one_value_cannot_fill_is_told(
    found: list[CrmField | None], destinations: int
) -> None:
    with pytest.raises(Apart, match=r"\w"):
        agreed(found, destinations)


# --- From now on ----------------------------------------------------------------------------------


def test_a_rule_of_which_most_leads_fail_is_asked_for_once_more(boss: Client, site: Site) -> None:
    described(site.destination.zoho, FIELDS | {"Due": FIELDS["Due"] | {"mandatory": True}})
    for _ in range(2):
        stopped(site, "Source")

    asked = press(boss, OF + "Source", value="Web", always="on")

    assert not Mapping.objects.exists()
    assert not BulkRetry.objects.exists()
    page = flat(asked.content.decode())
    assert (
        "With this rule 2 of its last 2 leads would fail; with today's mapping 2 do."
        in unescape(page)
    )
    assert 'value="fill-failing"' in page
    assert press(boss, OF + "Source", "fill-failing", value="Web", always="on").status_code == 302
    assert Mapping.objects.get().rules[-1]["argument"] == "Web"


def test_one_of_which_few_fail_or_that_is_there_is_not(boss: Client, site: Site) -> None:
    stopped(site, "Source")

    first = press(boss, OF + "Source", value="Web", always="on")
    described(site.destination.zoho, FIELDS | {"Due": FIELDS["Due"] | {"mandatory": True}})
    stopped(site, "Source")
    again = press(boss, OF + "Source", value="Web", always="on")

    assert (first.status_code, again.status_code) == (302, 302)
    assert Mapping.objects.count() == 1


def test_without_a_rule_nothing_is_asked(boss: Client, site: Site) -> None:
    described(site.destination.zoho, FIELDS | {"Due": FIELDS["Due"] | {"mandatory": True}})
    stopped(site, "Source")

    assert press(boss, OF + "Source", value="Web").status_code == 302
