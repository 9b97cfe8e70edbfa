"""What became of the leads, at the desk: the page, its CSV, the card of a lead, and for Google."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from leads.counters.attribution import BETWEEN
from leads.counters.sales.click_ids import click_id_of
from leads.counters.sales.record import Deal, Sighting, record
from leads.models import Lead, Site
from tests.factories import make_lead, make_site, make_user
from tests.leads.desk.conftest import VIEW, client_of
from tests.responses import flat

CLICK = "CjwKCAjw_Test-click_wcB"
NOON = datetime(2026, 11, 20, 11, 30, tzinfo=UTC)
WON = Deal(stage="Closed Won", amount=1_200_500, currency="EUR", won=True)


def sold(campaign: str = "spring", deal: Deal | None = WON, **values: Any) -> Lead:
    """A lead that was delivered and converted, each into a deal of its own."""
    text = BETWEEN.join(("api", campaign, "a.example"))
    lead = make_lead(status="delivered", attribution=text, **values)
    seen = Sighting("converted", "Mara Lindqvist", "Contacted", NOON, str(7000 + lead.pk), deal)
    record({lead.pk: seen}, timezone.now())
    return lead


def page(client: Client, query: str = "range=all") -> str:
    answer = client.get(f"/admin/sales/?{query}")
    assert answer.status_code == 200
    return flat(answer.content.decode())


def rows_of(client: Client) -> list[dict[str, str]]:
    answer = client.get("/admin/sales.csv?range=all")
    assert "no-store" in answer["Cache-Control"]
    return list(csv.DictReader(answer.content.decode("utf-8-sig").splitlines()))


def test_a_manager_sees_what_each_campaign_sold_by_currency(manager: Client) -> None:
    sold()
    sold(deal=Deal(stage="Closed Won", amount=99_000, currency="USD", won=True))
    sold("(none)", None)

    shown = page(manager)

    assert "1,200.50 EUR<br>99.00 USD" in shown
    assert shown.index(">spring<") < shown.index(">no campaign<") < shown.index(">All leads<")
    assert "Nothing was read from Zoho yet" not in shown
    assert "For Google Ads" not in shown, "a click leads to a person"
    assert ">API<" in page(manager, "range=all&by=source")
    assert "Lindqvist" not in shown


@pytest.mark.parametrize("query", ["", "range=all", "range=no&by=reason", "range=24h&by=site"])
def test_any_query_is_answered_and_an_empty_page_says_what_to_do(boss: Client, query: str) -> None:
    assert "read what became of leads" in page(boss, query)


def test_the_file_holds_every_group_and_its_sums_are_the_whole(boss: Client) -> None:
    sold("=cmd()")
    sold(deal=Deal(stage="Closed Won", amount=1_005, currency="", won=True))

    rows = rows_of(boss)

    groups = ("all", "site", "crossed")
    for name in ("leads", "delivered", "converted", "won", "amount EUR"):
        sums = {by: sum(float(x[name]) for x in rows if x["by"] == by) for by in groups}
        assert sums["all"] == sums["site"] == sums["crossed"] > 0, name
    assert "'=cmd()" in [row["value"] for row in rows]
    assert rows[0]["amount without currency"] == "1.005"


def test_a_limited_account_sees_its_own_sites_alone() -> None:
    mine = make_site(name="Mine")
    sold("theirs")
    sold("ours", site=mine)
    limited = client_of(make_user("limited", (*VIEW, "leads.export_lead"), sites=[mine]))

    shown = page(limited)

    assert ("ours" in shown, "theirs" in shown) == (True, False)
    assert [row["leads"] for row in rows_of(limited) if row["by"] == "all"] == ["1"]


@pytest.mark.parametrize(
    ("role", "owner", "amount"),
    [
        ("Manager", "M… L…", True),
        ("Support", "Mara Lindqvist", True),
        ("", "Mara Lindqvist", False),
    ],
)
def test_the_page_of_a_lead_tells_what_became_of_it(role: str, owner: str, amount: bool) -> None:
    """Names of staff are masked as names are; amounts are for who may see figures."""
    lead = sold()
    plain = () if role else ("leads.view_lead", "leads.view_personal_data")
    client = client_of(make_user("reader", plain, role=role))

    shown = flat(client.get(f"/admin/leads/lead/{lead.pk}/change/").content.decode())

    card = shown[shown.index("What became of it") :]
    card = card[: card.index("</section>")]
    assert "Converted" in card
    assert f"<td>{owner}</td>" in card
    assert "<td>Contacted</td>" in card
    assert "Closed Won" in card
    assert ("1,200.50 EUR" in card) is amount


def test_a_lead_of_which_nothing_was_read_says_nothing_of_it(boss: Client) -> None:
    lead = make_lead(status="delivered")

    assert (
        "What became of it" not in boss.get(f"/admin/leads/lead/{lead.pk}/change/").content.decode()
    )


# --- For Google Ads -------------------------------------------------------------------------


def google(client: Client, **asked: str) -> list[str]:
    answer = client.post("/admin/google-ads.csv", {"range": "all"} | asked)
    assert answer.status_code == 200
    return b"".join(answer.streaming_content).decode().splitlines()  # type: ignore[attr-defined]


def test_the_file_for_google_has_its_format_to_the_letter(boss: Client) -> None:
    sold(data={"email": "a@example.com", "gclid": CLICK})
    sold(data={"email": "b@example.com"})

    assert google(boss) == [
        "Parameters:TimeZone=+0000",
        "Google Click ID,Conversion Name,Conversion Time,Conversion Value,Conversion Currency",
        f"{CLICK},Lead converted,2026-11-20 11:30:00,1200.50,EUR",
    ]
    assert "Conversions for Google Ads" in LogEntry.objects.latest("pk").change_message


def test_without_a_deal_or_a_currency_no_value_is_named(boss: Client) -> None:
    sold(data={"gclid": CLICK}, deal=None)
    sold(data={"gclid": CLICK}, deal=Deal(amount=5_000))
    sold(data={"gclid": CLICK + "2"}, deal=WON)

    ends = [line.rpartition("11:30:00")[2] for line in google(boss)[2:]]
    assert ends == [",,", ",,", ",1200.50,EUR"]
    assert [line.partition(",")[0] for line in google(boss, only="won")[2:]] == [CLICK + "2"]


def test_a_limited_account_downloads_the_clicks_of_its_own_sites() -> None:
    mine = make_site(name="Mine")
    sold(data={"gclid": CLICK})
    sold(data={"gclid": CLICK + "2"}, site=mine)
    limited = client_of(make_user("limited", (*VIEW, "leads.export_lead"), sites=[mine]))

    assert [line.partition(",")[0] for line in google(limited)[2:]] == [CLICK + "2"]


def test_the_name_of_the_conversion_is_whosever_asks_and_never_a_formula(boss: Client) -> None:
    sold(data={"gclid": CLICK})

    assert google(boss, name="=1+1")[2].split(",")[1] == "'=1+1"
    assert google(boss, name=" ")[2].split(",")[1] == "Lead converted"


def test_who_may_not_export_or_see_people_gets_no_click(manager: Client, support: Client) -> None:
    for client in (manager, support):
        assert client.post("/admin/google-ads.csv", {"range": "all"}).status_code == 403


@pytest.mark.parametrize(
    ("where", "data", "found"),
    [
        ("", {"gclid": CLICK}, CLICK),
        ("", {"GCLID": f" {CLICK} "}, CLICK),
        ("", {"fields": {"gclid": CLICK}}, CLICK),
        ("", {"hidden[gclid]": CLICK}, CLICK),
        ("", {"form.gclid": CLICK}, CLICK),
        (f"https://a.example/?utm_source=x&gclid={CLICK}", {}, CLICK),
        ("", {"page_url": f"https://a.example/?gclid={CLICK}#top"}, CLICK),
        ("", {"gclid": "=HYPERLINK(1)"}, ""),
        ("", {"gclid": "short"}, ""),
        ("", {"gclid": "with a blank in it"}, ""),
        ("", {"gclid": ["list"]}, ""),
        ("", {"gclid": 5}, ""),
        ("https://[?gclid=x", {}, ""),
        ("", {}, ""),
    ],
)
def test_a_click_is_found_where_form_tools_put_it(
    where: str, data: dict[str, Any], found: str, site: Site
) -> None:
    assert click_id_of(where, data) == found
