"""The help page and the demo page."""

import html
import re
import uuid

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from leads.counters.figures import ORDER
from leads.counters.overview import TITLES
from leads.desk.failed.filters import TABS
from leads.intake.tools import TOOLS, UNTOLD
from leads.models import Lead, Preferences, Site, SiteKey
from leads.reasons import Owner, Reason
from tests.factories import (
    make_destination,
    make_failed_lead,
    make_lead,
    make_site,
    make_user,
)
from tests.leads.desk.conftest import client_of
from tests.responses import flat


def test_the_help_page_is_open_to_everybody(client: Client) -> None:
    page = client.get("/help/13002/").content.decode()

    assert "13002" in page
    assert "13003" in page


def test_the_help_page_can_be_kept_for_staff(
    client: Client, newcomer: Client, settings: Settings
) -> None:
    settings.HELP_PAGE_PUBLIC = False

    assert client.get("/help/13002/").status_code == 302
    assert client.get("/help/13002/stats.json").status_code == 403
    assert newcomer.get("/help/13002/").status_code == 200


def test_the_help_page_explains_every_reason(client: Client) -> None:
    page = client.get("/help/13002/").content.decode()

    for reason in Reason:
        assert f'id="{reason.value}"' in page


def test_its_reasons_are_a_list_folded_by_who_must_act(client: Client) -> None:
    page = flat(client.get("/help/13002/").content.decode())

    folded = re.findall(r'<details class="reason-group"><summary>([^<]*)<.*?</details>', page)
    assert [html.unescape(one) for one in folded] == [str(owner.label) for owner in Owner]
    assert page.count('<details class="reason-group" open') == 0


def test_the_help_of_the_table_is_kept_for_staff_with_the_other(
    client: Client, newcomer: Client, settings: Settings
) -> None:
    assert client.get("/help/table/").status_code == 200
    settings.HELP_PAGE_PUBLIC = False

    assert client.get("/help/table/").status_code == 302
    assert newcomer.get("/help/table/").status_code == 200


ABOUT = re.compile(r'class="about" href="/help/table/#([\w-]+)"')


@pytest.mark.parametrize("tab", TABS)
def test_each_tab_leads_to_its_words(client: Client, viewer: Client, tab: str) -> None:
    words = client.get("/help/table/").content.decode()

    page = viewer.get("/admin/leads/failedlead/", {"tab": tab}).content.decode()

    assert ABOUT.findall(page) == [tab]
    assert f'id="{tab}"' in words


def test_the_tab_of_ones_own_leads_leads_to_its_words(client: Client, site: Site) -> None:
    words = client.get("/help/table/").content.decode()
    me = make_user("anna", role="Support")

    page = client_of(me).get(f"/admin/leads/failedlead/?assigned={me.pk}").content.decode()

    assert ABOUT.findall(page) == ["mine"]
    assert 'id="mine"' in words


def test_each_tile_figure_and_table_of_the_dashboard_leads_to_its_words(
    client: Client, viewer: Client
) -> None:
    make_destination()
    words = client.get("/help/table/").content.decode()

    page = flat(viewer.get("/admin/").content.decode())

    tiles = ["tile-failed", "tile-queue", "tile-workers", "tile-destinations"]
    figures = [f"span-{name}" for name in ORDER]
    tables = [f"by_{name}" for name in TITLES]
    anchors = ABOUT.findall(page)
    assert anchors == [*tiles, *figures, *tables, "all-time", "rates"]
    assert page.count('class="card tile') == len(tiles)
    assert page.count("data-tile=") == len(figures)
    assert page.count('class="card by"') == len(tables)
    assert [one for one in anchors if f'id="{one}"' not in words] == []


def test_each_tab_of_a_site_leads_to_its_words(client: Client, boss: Client, site: Site) -> None:
    words = client.get("/help/table/").content.decode()

    page = flat(boss.get(f"/admin/leads/site/{site.pk}/change/").content.decode())

    panels = page.split('<div class="tab-panel" ')[1:]
    anchors = [ABOUT.findall(panel) for panel in panels]
    assert anchors == [["site-overview"], ["site-senders"], ["site-zoho"], ["site-settings"]]
    assert all(f'id="{anchor}"' in words for [anchor] in anchors)
    assert not ABOUT.search(boss.get("/admin/leads/site/add/").content.decode())


def test_the_public_figures_name_no_site_and_no_person(client: Client) -> None:
    make_failed_lead(data={"contact_name": "Canary", "email": "canary@example.com"})

    answer = client.get("/help/13002/stats.json")

    assert "anary" not in answer.content.decode()
    assert "Arctic" not in answer.content.decode()
    assert set(answer.json()) == {
        "attempts", "held", "success_rate", "failure_rate", "first_lead_at", "first_api_log_id",
        "sent", "updated_at", "time_zone", "shown",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("switched", "told"),
    [
        ([], ["for which you need an account", "name, e-mail and phone."]),
        ([1], ["in the mails of some sites", "for some sites"]),
        (
            [0, 1],
            ["A link that needs no account</b>opens the", "message of these 50 are in it too"],
        ),
    ],
)
def test_the_help_page_says_what_the_mails_of_this_installation_hold(
    client: Client, switched: list[int], told: list[str]
) -> None:
    sites = [*Site.objects.all(), make_site()]
    for number in switched:
        Site.objects.filter(pk=sites[number].pk).update(mail_details=True, mail_links=True)
    make_site(enabled=False, mail_details=True, mail_links=True)

    page = flat(client.get("/help/13002/").content.decode())

    assert [words for words in told if words not in page] == []


def test_the_help_page_says_who_we_are(client: Client) -> None:
    assert "Who writes to you?" not in client.get("/help/13002/").content.decode()
    Preferences.load()
    Preferences.objects.update(our_name="Northern <b>", our_contact="desk@north.example")

    page = flat(client.get("/help/13002/").content.decode())

    assert "Northern &lt;b&gt;" in page
    assert "mailto:desk@north.example" in page


def test_strangers_see_no_link_that_they_cannot_open(client: Client) -> None:
    make_failed_lead()

    page = client.get("/help/13002/").content.decode()

    assert "/admin/" not in page
    assert "At the keyboard" not in page


def test_staff_open_the_rows_behind_the_stations_of_the_picture(viewer: Client) -> None:
    make_failed_lead()
    page = viewer.get("/help/13002/").content.decode()

    links = re.findall(r'<a href="(/admin/leads/[^"]+)"><g class="box', page)

    assert len(links) == 7
    for link in links:
        assert viewer.get(html.unescape(link)).status_code == 200


def test_the_picture_and_its_words_hold_the_same_counts(client: Client) -> None:
    for status in ("queued", "delivered", "failed", "entered", "entered"):
        make_lead(status=status)

    page = flat(client.get("/help/13002/").content.decode())

    for name, n in {"received": 5, "queued": 1, "sending": 0, "failed": 1, "entered": 2}.items():
        assert re.findall(rf'data-figure="{name}"[^>]*>([^<]*)<', page) == [str(n)] * 2, name


def test_equal_public_figures_are_not_sent_twice(client: Client) -> None:
    first = client.get("/help/13002/stats.json")

    again = client.get("/help/13002/stats.json", headers={"If-None-Match": first["ETag"]})
    make_lead()
    news = client.get("/help/13002/stats.json", headers={"If-None-Match": first["ETag"]})

    assert (again.status_code, news.status_code) == (304, 200)


def test_the_front_door_leads_to_the_admin(client: Client) -> None:
    assert client.get("/").headers["Location"] == "/admin/"


def test_there_is_a_favicon(client: Client) -> None:
    assert client.get("/favicon.ico").headers["Location"].endswith("favicon.svg")


@pytest.fixture
def demo(db: None) -> Site:
    """The demo site with a form token."""
    demo = make_site(name="Demo", allowed_origins="http://testserver")
    SiteKey.objects.issue(demo, SiteKey.Kind.FORM)
    return demo


def test_without_a_demo_site_there_is_no_demo_page(client: Client, site: Site) -> None:
    assert client.get("/demo/").status_code == 404


def test_without_a_live_token_there_is_no_demo_page(client: Client, demo: Site) -> None:
    demo.keys.get().revoke()

    assert client.get("/demo/").status_code == 404


def test_a_disabled_demo_site_has_no_demo_page(client: Client, demo: Site) -> None:
    demo.enabled = False
    demo.save()

    assert client.get("/demo/").status_code == 404


def test_the_demo_form_posts_a_lead_that_can_be_watched(client: Client, demo: Site) -> None:
    page = client.get("/demo/").content.decode()
    form = {"contact_name": "Eva", "_next": "http://testserver/demo/"}
    token = demo.keys.get().token

    posted = client.post(
        reverse("form-intake", args=[token]),
        "&".join(f"{name}={value}" for name, value in form.items()),
        content_type="application/x-www-form-urlencoded",
        headers={"Origin": "http://testserver"},
    )
    journey = client.get(posted.headers["Location"]).content.decode()

    lead = Lead.objects.get()
    assert f"/f/{token}/" in page
    assert posted.headers["Location"] == f"http://testserver/demo/?lead={lead.reference}"
    assert str(lead.reference) in journey


def test_the_demo_page_tells_where_a_lead_is(client: Client, demo: Site) -> None:
    lead = make_failed_lead(site=demo, reason="missing_field", reason_field="contact_name")

    state = client.get(f"/demo/status/{lead.reference}/").json()

    assert state["status"] == "failed"
    assert state["reason"] == "The site sent no name"


def test_the_demo_page_tells_nothing_of_other_sites(client: Client, demo: Site, site: Site) -> None:
    lead = make_lead(site=site)

    assert client.get(f"/demo/status/{lead.reference}/").status_code == 404
    assert client.get(f"/demo/status/{uuid.uuid4()}/").status_code == 404
    assert str(lead.reference) not in client.get(f"/demo/?lead={lead.reference}").content.decode()


@pytest.mark.parametrize("text", ["x", "", "%00", "<script>"])
def test_the_demo_page_shows_its_form_for_an_odd_lead(
    client: Client, demo: Site, text: str
) -> None:
    assert "Ask us anything" in client.get(f"/demo/?lead={text}").content.decode()


def test_the_docs_name_the_form_tools_that_need_no_code(client: Client) -> None:
    page = client.get("/api/docs/").content.decode()

    for tool in TOOLS.values():
        assert tool.name in UNTOLD or tool.title in page, tool.name
