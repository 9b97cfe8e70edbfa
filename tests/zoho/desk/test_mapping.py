"""The mapping page of a site: who may do what, trying out, saving."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from leads.delivery.crm_fields import RuleTrial
from leads.models import ApiCall, ApiLog, Lead, Site
from tests.factories import make_failed_lead, make_lead, make_site, make_user
from tests.responses import flat
from tests.zoho.wire import Wire, reply
from zoho.fit.metadata import compact
from zoho.models import Connection, Mapping, ModuleFields

EVIL = '"><script>alert(1)</script>'
RULES = [("contact_name", "as_is", "", "Last_Name"), ("city", "upper", "", "City")]
FIELDS = [
    {"api_name": "Last_Name", "data_type": "text", "length": 80, "system_mandatory": True},
    {"api_name": "Company", "data_type": "text", "length": 200, "system_mandatory": True},
    {"api_name": "City", "data_type": "text", "length": 10, "field_label": "Town"},
    {"api_name": "Made_By", "data_type": "text", "length": 10, "read_only": True},
    {"api_name": "Lead_Ref", "data_type": "text", "length": 50, "unique": {"case": False}},
    {"api_name": "Description", "data_type": "textarea", "length": 2000},
]


@pytest.fixture
def site(connection: Connection) -> Site:
    """A site whose module's fields have been read."""
    kept = compact({"fields": FIELDS})
    ModuleFields.objects.create(
        connection=connection, module="Leads", fields=kept, read_at=timezone.now()
    )
    return make_site(name="Arctic", destination=connection.destination)


def client_of(*permissions: str, **values: Any) -> Client:
    client = Client()
    client.force_login(make_user(permissions=permissions, **values))
    return client


@pytest.fixture
def editor(db: None) -> Client:
    """May edit mappings and see leads."""
    return client_of(
        "zoho.change_mapping", "leads.view_lead", "leads.view_personal_data", "leads.view_site"
    )


def address(site: Site) -> str:
    return f"/admin/leads/site/{site.pk}/mapping/"


def press(client: Client, site: Site, do: str, rules: Any = RULES, **more: Any) -> Any:
    """Post the page with these rules, as it was last shown."""
    shown = client.get(address(site))
    base = shown.context["base"] if shown.status_code == 200 else ""
    columns = zip(*rules, strict=True) if rules else [(), (), (), ()]
    names = ("source", "transform", "argument", "target")
    form = dict(zip(names, map(list, columns), strict=True))
    return client.post(address(site), {"do": do, "base": base, "rest": "append", **form, **more})


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


# --- Who may do what --------------------------------------------------------------------------


def test_nobody_sees_it_without_logging_in(client: Client, site: Site) -> None:
    answer = client.get(address(site))

    assert answer.status_code == 302
    assert answer["Location"].startswith("/admin/login/")


@pytest.mark.parametrize("permissions", [(), ("leads.view_lead",), ("zoho.view_mapping",)])
def test_staff_without_the_permission_see_nothing(site: Site, permissions: Any) -> None:
    assert client_of(*permissions).get(address(site)).status_code == 403


DEEDS = ["save", "save-anyway", "save-failing", "preview", "rehearse", "defaults", "refresh"]
DEEDS += ["add", "up:1"]


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("permission", ["leads.view_site", "leads.change_site", "leads.view_lead"])
def test_who_may_not_edit_presses_nothing(site: Site, deed: str, permission: str) -> None:
    assert press(client_of(permission), site, deed).status_code == 403
    assert not Mapping.objects.exists()


def test_who_may_see_sites_reads_the_rules(site: Site) -> None:
    answer = client_of("leads.view_site").get(address(site))

    page = text_of(answer)
    assert answer.status_code == 200
    assert 'value="email"' in page
    assert "<button" not in page.partition('id="mapping"')[2].partition("</form>")[0]


def test_a_preview_is_for_those_who_may_see_leads(site: Site) -> None:
    make_lead(site=site)

    assert press(client_of("zoho.change_mapping"), site, "preview").status_code == 403


def test_it_is_not_posted_from_another_site(editor: Client, site: Site) -> None:
    editor.handler.enforce_csrf_checks = True

    assert editor.post(address(site), {"do": "save-anyway"}).status_code == 403


def test_a_site_that_is_not_there(editor: Client, db: None) -> None:
    assert editor.get("/admin/leads/site/999/mapping/").status_code == 404


# --- Editing ----------------------------------------------------------------------------------


def test_a_site_starts_with_the_default_rules(editor: Client, site: Site) -> None:
    page = text_of(editor.get(address(site)))

    assert "default rules" in page
    assert 'value="first_name, last_name, contact_name"' in page


def test_fields_are_offered_with_what_they_take(editor: Client, site: Site) -> None:
    page = text_of(editor.get(address(site)))

    assert ">Last Name · text 80 · required<" in page
    assert ">Town (City) · text 10<" in page
    assert 'value="Made_By"' not in page
    assert 'value="Lead_Ref"' not in page


def test_names_that_the_site_sends_are_suggested(editor: Client, site: Site) -> None:
    make_lead(site=site, data={"budget": 5, "utm": {"source": "ad"}, "items": [{"n": 1}, {"n": 2}]})
    make_lead(site=make_site(destination=site.destination), data={"other_site": 1})

    suggested = text_of(editor.get(address(site))).partition('id="sources"')[2]

    for name in ("email", "budget", "utm.source", "items[0].n"):
        assert f'<option value="{name}">' in suggested
    assert "items[1]" not in suggested
    assert "other_site" not in suggested


def test_every_name_of_the_last_posts_is_suggested_and_taken(editor: Client, site: Site) -> None:
    names = ["fields[name][value]", "contact[Name]", "topics[]", "Choose [one]", "e.g.", "Name?"]
    read = {"paths": {"person.label": "contact_name"}, "fields": {"contact_name": "A", "x.y.z": 1}}
    make_lead(site=site, data=dict.fromkeys(names, "1"))
    for _number in range(150):
        make_lead(site=site, data={"contact_name": "Ana"})
    make_lead(site=site, data={"person": []}, reading=read | {"why": {}, "unclear": {}})

    suggested = text_of(editor.get(address(site))).partition('id="sources"')[2]
    rules = [(name, "as_is", "", "City") for name in names]
    answer = press(editor, site, "rehearse", rules=rules)

    for name in [*names, "person.label", "x.y.z"]:
        assert f'<option value="{name}">' in suggested
    assert not answer.context["faulty"]


def test_rows_move_without_script_and_nothing_is_stored(editor: Client, site: Site) -> None:
    answer = press(editor, site, "up:1")

    assert [row.source for row, _faults in answer.context["rows"]] == ["city", "contact_name"]
    assert "not saved" in text_of(answer)
    assert not Mapping.objects.exists()


def test_an_empty_page_still_offers_a_row(editor: Client, site: Site) -> None:
    answer = press(editor, site, "remove:0", rules=[("a", "as_is", "", "City")])

    assert len(answer.context["rows"]) == 1


def test_mandatory_fields_without_a_rule_are_named(editor: Client, site: Site) -> None:
    answer = press(editor, site, "up:1")

    assert answer.context["uncovered"] == ["Company"]
    assert "filled by no rule:</b> Company" in text_of(answer)


@pytest.mark.parametrize("deed", ["save", "save-anyway", "rehearse", "preview"])
def test_faults_stand_beside_their_rows(editor: Client, site: Site, deed: str) -> None:
    make_lead(site=site)
    wrong = [*RULES, ("", "as_is", "", "Nowhere"), ("a", "phone", "Germany", "City")]

    answer = press(editor, site, deed, rules=wrong)

    faults = [faults for _row, faults in answer.context["rows"]]
    assert faults[:2] == [[], []]
    assert faults[2] == [
        "Say which field of the lead it reads.",
        "Zoho's module has no field Nowhere.",
    ]
    assert "two capital letters" in faults[3][0]
    assert 'href="#rule-3"' in text_of(answer)
    assert not Mapping.objects.exists()


def test_without_fields_any_name_is_taken(editor: Client, site: Site) -> None:
    ModuleFields.objects.all().delete()

    answer = press(editor, site, "rehearse", rules=[("a", "as_is", "", "My_Own")])

    assert answer.context["rehearsed"]
    assert "have not been read yet" in flat(text_of(answer))


# --- Trying out -------------------------------------------------------------------------------


def test_a_preview_shows_the_record_beside_todays(editor: Client, site: Site) -> None:
    lead = make_lead(site=site, data={"contact_name": "Ana", "city": "Oslo", "company": "A" * 9})

    answer = press(editor, site, "preview", lead=str(lead.pk))

    page = text_of(answer)
    assert f"/admin/leads/lead/{lead.pk}/change/" in page
    assert re.search("<del[^>]*>Oslo</del>", page)
    assert re.search("<ins[^>]*>OSLO</ins>", page)
    assert "It would fail: Zoho requires Company" in flat(page)


def test_a_preview_takes_the_newest_lead_of_the_site(editor: Client, site: Site) -> None:
    make_lead(site=site)
    newest = make_lead(site=site)
    make_lead(site=make_site(destination=site.destination))

    assert press(editor, site, "preview").context["lead"] == newest


@pytest.mark.parametrize("asked", ["0", "-1", "x", "9" * 30, "{other}"])
def test_a_preview_of_no_lead_says_so(editor: Client, site: Site, asked: str) -> None:
    other = make_lead(site=make_site(destination=site.destination))

    answer = press(editor, site, "preview", lead=asked.format(other=other.pk))

    assert "This site has no such lead." in text_of(answer)


def test_a_dry_run_counts_what_would_change_and_fail(editor: Client, site: Site) -> None:
    for company in ("ACME", "", ""):
        make_lead(site=site, data={"contact_name": "Ana", "city": "Oslo", "company": company})
    last = Lead.objects.order_by("-pk")[0]
    rules = [*RULES, ("company", "default", "none", "Company"), ("no", "as_is", "", "Description")]

    answer = press(editor, site, "rehearse", rules=rules)

    found = answer.context["rehearsal"]
    assert (found.leads, found.changed.count) == (3, 3)
    assert (found.failed.count, found.failed_today) == (0, 2)
    changes = dict(answer.context["changes"])
    assert (changes["City"], changes["Company"]) == (3, 2)
    assert f"/admin/leads/lead/{last.pk}/change/" in text_of(answer)


def test_a_dry_run_names_reason_field_and_examples(editor: Client, site: Site) -> None:
    lead = make_lead(site=site, data={"contact_name": "Ana"})

    (row,) = press(editor, site, "rehearse").context["findings"]

    assert (row.field, row.count, row.examples) == ("Company", 1, [lead.pk])
    assert row.title == "A field that Zoho requires is empty"


@pytest.mark.parametrize("deed", ["preview", "rehearse", "defaults", "add"])
def test_trying_writes_and_sends_nothing(editor: Client, site: Site, wire: Wire, deed: str) -> None:
    lead = make_lead(site=site)
    before = Lead.objects.filter(pk=lead.pk).values().get()

    press(editor, site, deed)

    assert Lead.objects.filter(pk=lead.pk).values().get() == before
    for model in (Mapping, ApiLog, ApiCall, LogEntry):
        assert not model.objects.exists()
    assert wire.requests == []


# --- Saving -----------------------------------------------------------------------------------


def test_what_was_tried_in_a_dry_run_is_saved(editor: Client, site: Site) -> None:
    proof = press(editor, site, "rehearse").context["rehearsed"]

    answer = press(editor, site, "save", rehearsed=proof)

    assert answer.status_code == 302
    assert Mapping.objects.get().rules == [
        {"source": "contact_name", "target": "Last_Name"},
        {"source": "city", "target": "City", "transform": "upper"},
    ]


def test_a_change_after_the_dry_run_is_not_saved(editor: Client, site: Site) -> None:
    proof = press(editor, site, "rehearse").context["rehearsed"]

    answer = press(editor, site, "save", rules=RULES[:1], rehearsed=proof)

    assert "rehearse again" in text_of(answer)
    assert not Mapping.objects.exists()


def test_a_dry_run_of_another_site_does_not_count(editor: Client, site: Site) -> None:
    other = make_site(destination=site.destination)
    proof = press(editor, other, "rehearse").context["rehearsed"]

    press(editor, site, "save", rehearsed=proof)

    assert not Mapping.objects.exists()


def test_it_can_be_saved_without_a_dry_run(editor: Client, site: Site) -> None:
    press(editor, site, "save-anyway", rest="leave_out")

    assert Mapping.objects.get().rest == "leave_out"


def test_rules_of_which_most_leads_fail_are_asked_for_once_more(editor: Client, site: Site) -> None:
    for code in ("", "", "Y"):
        make_lead(site=site, data={"contact_name": "Ana", "company": "Acme", "x": code})
    rules = [("x", "as_is", "", "Last_Name"), ("company", "as_is", "", "Company")]
    proof = press(editor, site, "rehearse", rules=rules).context["rehearsed"]

    asked = [press(editor, site, do, rules, rehearsed=proof) for do in ("save", "save-anyway")]
    assert not Mapping.objects.exists()
    answer = press(editor, site, "save-failing", rules, rehearsed=proof)

    words = "2 of the last 3 leads would fail; with today's mapping 0 do"
    assert all(words in flat(text_of(page)) for page in asked)
    assert answer.status_code == 302
    assert Mapping.objects.exists()


@pytest.mark.parametrize(
    ("leads", "failing", "grave"),
    [(0, 0, False), (1, 0, False), (1, 1, True), (2, 1, False), (1000, 500, False)]
    + [(1000, 501, True)],
)
def test_most_is_more_than_half(leads: int, failing: int, grave: bool) -> None:
    assert RuleTrial(leads, failing, 0).is_grave is grave


def test_the_question_is_no_way_around_the_dry_run(editor: Client, site: Site) -> None:
    press(editor, site, "save-failing")

    assert not Mapping.objects.exists()


def test_who_saved_is_kept_without_any_value(editor: Client, site: Site) -> None:
    press(editor, site, "save-anyway")

    entry = LogEntry.objects.get()
    assert entry.object_id == str(site.pk)
    assert entry.get_change_message() == "Changed the field mapping (2 rules)."


def test_saving_the_default_rules_goes_back_to_them(editor: Client, site: Site) -> None:
    press(editor, site, "save-anyway")
    draft = press(editor, site, "defaults").context["draft"]
    rules = [(row.source, row.transform, row.argument, row.target) for row in draft.rows]
    assert Mapping.objects.exists()
    ModuleFields.objects.all().delete()

    press(editor, site, "save-anyway", rules=rules)

    assert not Mapping.objects.exists()


def test_nobody_overwrites_what_another_has_saved_meanwhile(editor: Client, site: Site) -> None:
    old = editor.get(address(site)).context["base"]
    press(editor, site, "save-anyway", rules=RULES[:1])

    answer = press(editor, site, "save-anyway", base=old)

    assert "Somebody else has saved" in text_of(answer)
    assert len(Mapping.objects.get().rules) == 1


# --- Zoho's fields ----------------------------------------------------------------------------


def test_the_fields_are_read_again_and_the_draft_stays(
    editor: Client, site: Site, wire: Wire
) -> None:
    answer = press(editor, site, "refresh")

    assert "Read just now." in text_of(answer)
    assert len(wire.seen("GET /crm/v8/settings/fields")) == 1
    assert [row.source for row, _faults in answer.context["rows"]] == ["contact_name", "city"]


def test_a_zoho_that_does_not_answer_is_told(editor: Client, site: Site, wire: Wire) -> None:
    wire.on("GET /crm/v8/settings/fields", reply(500))

    answer = press(editor, site, "refresh")

    assert "could not be read" in text_of(answer)
    assert ModuleFields.objects.get().fields["City"]["length"] == 10


def test_a_destination_that_is_not_connected_is_told(editor: Client, site: Site) -> None:
    Connection.objects.all().delete()

    assert "not connected" in text_of(press(editor, site, "refresh"))


# --- What people enter is never run -------------------------------------------------------------


def test_no_name_or_value_is_run(editor: Client, site: Site) -> None:
    Site.objects.filter(pk=site.pk).update(name=EVIL)
    site.refresh_from_db()
    kept = compact({"fields": [*FIELDS, {"api_name": "X", "field_label": EVIL}]})
    ModuleFields.objects.update(fields=kept)
    data = {"contact_name": EVIL, "city": EVIL, EVIL: EVIL, "message": {EVIL: EVIL}}
    make_lead(site=site, data=data)
    Mapping.objects.create(site=site, rules=[{"source": EVIL, "target": EVIL}])
    rules = [*RULES, (EVIL, "template", "</textarea>{a}" + EVIL, "X"), (EVIL, EVIL, EVIL, EVIL)]

    pages = [text_of(editor.get(address(site)))]
    pages += [text_of(press(editor, site, deed, rules=rules)) for deed in ("add", "save-anyway")]
    pages += [text_of(press(editor, site, deed, rules=rules[:3])) for deed in ("preview",)]
    pages += [text_of(press(editor, site, deed, rules=rules[:3])) for deed in ("rehearse",)]

    for page in pages:
        assert "<script>alert" not in page
        assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", page)


# --- The other pages ----------------------------------------------------------------------------


def test_the_sites_page_leads_to_its_mapping(site: Site) -> None:
    page = text_of(client_of("leads.view_site").get(f"/admin/leads/site/{site.pk}/change/"))

    assert address(site) in page
    assert "See the field mapping" in flat(page)


def test_a_failed_leads_page_shows_what_would_be_sent_today(editor: Client, site: Site) -> None:
    lead = make_failed_lead(site=site, data={"contact_name": "Ana", "city": "Oslo"})
    press(editor, site, "save-anyway")

    page = text_of(editor.get(f"/admin/leads/lead/{lead.pk}/change/"))

    sent = page.partition("What would be sent")[2]
    assert "&quot;City&quot;: &quot;OSLO&quot;" in sent
    assert "Not sent as it is: Zoho requires Company" in sent


def test_a_settled_leads_page_does_not(editor: Client, site: Site) -> None:
    lead = make_lead(site=site, status="delivered")

    page = text_of(editor.get(f"/admin/leads/lead/{lead.pk}/change/"))

    assert "What would be sent" not in page
