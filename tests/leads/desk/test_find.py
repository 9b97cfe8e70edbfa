"""The box in the header: what it leads to, what its page says, and what it shows to whom."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from leads.data import Reading
from leads.decisions.correct import correct
from leads.models import Lead, SearchIndex
from leads.search.fill import fill_older
from tests.factories import make_failed_lead, make_lead, make_user
from tests.leads.desk.conftest import client_of
from tests.leads.desk.weight import weight
from tests.responses import Response, flat

FIND = "/admin/find/"
AISHA: dict[str, Any] = {
    "contact_name": "Aisha Fortin",
    "email": "aisha.fortin@dealer.ca",
    "phone": "+1 (403) 555-1106",
    "company": "Boats & More",
}


@pytest.fixture
def aisha() -> Lead:
    lead = make_failed_lead(data=AISHA, reason="too_long")
    make_lead(data={"contact_name": "Bo Li"})
    fill_older()
    return lead


def look(client: Client, text: str) -> Response:
    return client.post(FIND, {"q": text}, follow=True)


def page(client: Client, text: str) -> str:
    return flat(look(client, text).content.decode())


def test_the_answer_has_an_address_that_names_nobody(viewer: Client, aisha: Lead) -> None:
    answer = viewer.post(FIND, {"q": "fortin"})

    assert answer.headers["Location"] == f"{FIND}?ids={aisha.pk}"
    assert "no-store" in answer.headers["Cache-Control"]


def test_a_row_shows_who_it_is_and_where_it_stands(viewer: Client, aisha: Lead) -> None:
    shown = page(viewer, "555 1106")

    assert "1 lead found" in shown
    for words in (
        "Aisha Fortin",
        "Boats &amp; More",
        "+1 (403) 555-1106",
        "aisha.fortin@dealer.ca",
    ):
        assert words in shown
    for words in ("Arctic Spas", "Failed", "Value too long for the Zoho field"):
        assert words in shown
    assert f'href="/admin/leads/lead/{aisha.pk}/change/"' in shown
    assert "Bo Li" not in shown


def test_a_correction_is_what_is_shown(viewer: Client, aisha: Lead) -> None:
    correct(aisha.pk, AISHA | {"company": "Canoes"}, make_user())

    assert "Canoes" in page(viewer, "fortin")
    assert "No lead was found" in page(viewer, "boats")


@pytest.mark.parametrize("by", ["pk", "reference"])
def test_an_id_or_a_reference_leads_straight_to_its_lead(
    viewer: Client, aisha: Lead, by: str
) -> None:
    answer = viewer.post(FIND, {"q": f" {getattr(aisha, by)} "})

    assert answer.headers["Location"] == f"/admin/leads/lead/{aisha.pk}/change/"


@pytest.mark.parametrize("text", ["#{}", "Lead {}", "lead #{}", "Lead Nr. {}"])
def test_a_lead_as_mails_call_it_is_that_lead_alone(viewer: Client, text: str) -> None:
    lead = make_lead(pk=1106)
    make_lead(pk=6_000_000, data=AISHA)
    fill_older()

    answer = viewer.post(FIND, {"q": text.format(lead.pk)})

    assert answer.headers["Location"] == f"/admin/leads/lead/{lead.pk}/change/"


def test_where_no_lead_has_the_number_it_may_be_the_end_of_a_phone(
    viewer: Client, aisha: Lead
) -> None:
    assert aisha.name in page(viewer, "#1106")


@pytest.mark.parametrize("text", ["Canoes", "555 2222", "two.example", "Mr Souza"])
def test_what_was_filled_into_the_crms_fields_finds_the_lead(
    viewer: Client, manager: Client, aisha: Lead, text: str
) -> None:
    filled = {"Company": "Canoes", "Mobile": "403–555–2222", "Last_Name": "Souza"}
    filled |= {"Secondary_Email": "aisha@two.example"}
    correct(aisha.pk, Reading(AISHA, filled), make_user())

    assert "Aisha Fortin" in page(viewer, text)
    assert "No lead was found" in page(manager, text)


def test_an_id_that_ends_somebodys_number_too_shows_both(viewer: Client) -> None:
    one = make_lead(pk=5_551_106)
    other = make_lead(pk=6_000_000, data=AISHA)
    fill_older()

    answer = viewer.post(FIND, {"q": "5551106"})

    assert answer.headers["Location"] == f"{FIND}?ids={one.pk}.{other.pk}"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("zoltan", "No lead was found for “zoltan”."),
        ("", "Nothing was typed."),
        ("a", "“a” is too short"),
        ("<zz>", "No lead was found for “&lt;zz&gt;”."),
        ("x\x00y", "No lead was found for “xy”."),
        ("'; --", "No lead was found"),
        ("9" * 300, "No lead was found"),
    ],
)
def test_where_nothing_is_found_it_says_for_what_and_what_to_try(
    viewer: Client, aisha: Lead, text: str, words: str
) -> None:
    shown = page(viewer, text)

    assert words in shown
    assert "the end of a<b>phone number</b>" in shown


def test_more_than_a_page_holds_is_said(viewer: Client) -> None:
    for _ in range(51):
        make_lead(data=AISHA)
    fill_older()

    answer = look(viewer, "fortin")

    assert len(answer.context["rows"]) == 50
    assert "More leads match than these" in answer.content.decode()


def test_it_says_while_older_leads_are_not_indexed_yet(viewer: Client, aisha: Lead) -> None:
    assert "Older leads" not in page(viewer, "fortin")

    SearchIndex.objects.update(older=5)

    assert "Older leads: still being indexed." in page(viewer, "fortin")
    assert "Older leads: still being indexed." in page(viewer, "zoltan")


def test_who_sees_no_personal_data_finds_nobody_by_it(manager: Client, aisha: Lead) -> None:
    known = ("fortin", "4035551106", "1106", "#1106", "dealer.ca", "aisha.fortin@dealer.ca")
    for text in (*known, "boats", "Mr Fortin", "https://dealer.ca/", "tel:4035551106"):
        assert "No lead was found" in page(manager, text)
    for text in (str(aisha.pk), f"#{aisha.pk}", f"Lead {aisha.pk}", str(aisha.reference)):
        assert manager.post(FIND, {"q": text}).headers["Location"].endswith(f"{aisha.pk}/change/")


def test_who_sees_no_personal_data_is_shown_none_by_ids(manager: Client, aisha: Lead) -> None:
    shown = manager.get(FIND, {"ids": aisha.pk}).content.decode()

    assert "A… F…" in shown
    for words in ("Aisha", "Fortin", "555", "Boats", "aisha.fortin"):
        assert words not in shown


@pytest.mark.parametrize("ids", ["x", "1,2", "", "-1", ".".join(["1"] * 201), "1' OR 1=1"])
def test_an_address_that_is_not_understood_shows_nothing_and_says_so(
    viewer: Client, aisha: Lead, ids: str
) -> None:
    answer = viewer.get(FIND, {"ids": ids})

    assert answer.status_code == 400
    assert "is not understood" in answer.content.decode()


def test_leads_that_are_not_there_are_no_error(viewer: Client) -> None:
    assert "None of these leads is there." in viewer.get(FIND, {"ids": "77.78"}).content.decode()


@pytest.mark.parametrize(
    ("who", "label"),
    [
        ("viewer", "Phone, name, e-mail or id"),
        ("manager", "Lead id or reference"),
        ("newcomer", ""),
    ],
)
def test_the_box_is_on_every_page_of_who_may_look_at_leads(
    request: pytest.FixtureRequest, who: str, label: str
) -> None:
    client = request.getfixturevalue(who)

    shown = client.get("/admin/password_change/").content.decode()

    assert ('id="find"' in shown) is bool(label)
    assert f'placeholder="{label}"' in shown or not label


def test_who_may_see_failed_leads_alone_has_no_box() -> None:
    clerk = client_of(make_user(permissions=("leads.view_failedlead",)))

    assert 'id="find"' not in clerk.get("/admin/leads/failedlead/").content.decode()
    assert clerk.post(FIND, {"q": "1"}).status_code == 403


def test_a_page_full_of_leads_stays_light(boss: Client) -> None:
    """Below 130 KB uncompressed, as the failed table."""
    for _ in range(51):
        make_failed_lead(data=AISHA, reason="too_long")
    fill_older()

    answer = look(boss, "fortin").content.decode()

    assert answer.count('class="reach"') == 50
    assert weight(answer) < 130 * 1024
