"""The live figures."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from leads import figures
from leads.figures import quarter_of
from leads.models import Destination, Figure
from leads.reasons import Reason
from tests.factories import make_destination, make_failed_lead, make_lead, make_log

NAMES = {
    "sent": "Total leads sent to Zoho (all time)",
    "13003": "Successful attempts (13003)",
    "13002": "Failed attempts (13002)",
    "success_rate": "Success rate",
    "failure_rate": "Failure rate",
}


def count(site, outcome: str, amount: int, **more) -> None:
    """Put a counted number of attempts into the figures."""
    values = {"kind": "attempt", "quarter": quarter_of(timezone.now())} | more
    Figure.objects.create(site=site, outcome=outcome, amount=amount, **values)


def stats(client):
    """The live figures as a dictionary."""
    return client.get("/admin/stats.json").json()


def shown(page: str, name: str) -> str:
    """What the page prints for a figure."""
    found = re.search(rf'data-figure="{name}">([^<]*)<', page)
    assert found, name
    return found[1]


def test_the_page_prints_the_figures_of_old_with_three_decimals(viewer, site):
    count(site, "13003", 84_655)
    count(site, "13002", 237)

    page = viewer.get("/admin/").content.decode()

    assert [shown(page, name) for name in NAMES] == [
        "84,892",
        "84,655",
        "237",
        "99.721%",
        "0.279%",
    ]


@pytest.mark.parametrize("name", NAMES)
def test_each_figure_stands_under_its_name(viewer, name):
    page = viewer.get("/admin/").content.decode()

    assert re.search(rf'{re.escape(NAMES[name])}</dt><dd data-figure="{name}">', page)


def test_a_figure_without_a_lead_is_a_dash(viewer):
    page = viewer.get("/admin/").content.decode()

    for name in ("success_rate", "failure_rate", "outcome_rate", "first_lead_at"):
        assert shown(page, name) == "—"


def test_one_failure_in_a_million_is_not_a_hundred_percent(viewer, site):
    count(site, "13003", 1_000_000)
    count(site, "13002", 1)

    assert stats(viewer)["shown"]["success_rate"] == "99.999%"


def test_the_json_holds_everything_that_leadstats_says(viewer):
    make_log(make_failed_lead())
    make_log(make_lead(status="delivered"), zoho_id="7")

    told = stats(viewer)

    for name, value in figures.as_json().items():
        assert told[name] == value


def test_the_page_and_the_json_agree(viewer, site):
    count(site, "13003", 5)
    make_failed_lead()
    page, told = viewer.get("/admin/").content.decode(), stats(viewer)["shown"]

    for name in set(told) - {"updated_at", "oldest_due"}:
        assert shown(page, name) == told[name]


def test_since_names_the_first_lead_and_api_log(viewer):
    log = make_log(make_failed_lead())

    told = stats(viewer)

    assert told["first_api_log_id"] == log.pk
    assert told["shown"]["first_api_log_id"] == str(log.pk)


def test_figures_are_never_kept_by_a_browser(viewer):
    assert "no-store" in viewer.get("/admin/stats.json")["Cache-Control"]


def test_the_queue_names_the_age_of_the_oldest_due_lead(viewer):
    make_lead(due_at=timezone.now() - timedelta(minutes=5, seconds=10))
    make_lead(due_at=timezone.now() + timedelta(hours=1))

    told = stats(viewer)

    assert told["queue"] == 2
    assert told["shown"]["oldest_due"] == "5 min"


def test_failures_by_reason_link_to_their_rows(viewer):
    make_failed_lead(reason="too_long")

    part = stats(viewer)["fragments"]["reasons"]

    assert "/admin/leads/failedlead/?reason=too_long" in part
    assert "<b>1</b>" in part


def test_a_paused_destination_says_why(viewer):
    destination = make_destination()
    Destination.objects.pause(destination.pk, Reason.TOKEN_REVOKED, timezone.now(), None)

    part = stats(viewer)["fragments"]["destinations"]

    assert "Paused" in part
    assert "Zoho no longer accepts our credentials" in part


def test_the_charts_count_each_attempt_in_its_hour_and_day(viewer, site):
    now = quarter_of(timezone.now())
    count(site, "13003", 40, quarter=now)
    count(site, "13002", 2, quarter=now)
    count(site, "13003", 7, quarter=now - timedelta(days=3))
    count(site, "13003", 9, quarter=now - timedelta(days=40))

    parts = stats(viewer)["fragments"]

    assert ": 40 inserted, 2 not inserted</title>" in parts["chart-hours"]
    assert "40 inserted above the line" in parts["chart-hours"]
    assert "47 inserted above the line" in parts["chart-days"]


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "America/Santiago", "Pacific/Apia"])
def test_the_charts_have_all_their_bars_in_every_time_zone(viewer, site, settings, zone):
    settings.TIME_ZONE = zone
    timezone.get_default_timezone.cache_clear()
    count(site, "13003", 3)

    parts = stats(viewer)["fragments"]

    assert parts["chart-hours"].count('class="bar"') == 24
    assert parts["chart-days"].count('class="bar"') == 30
    assert "3 inserted above" in parts["chart-hours"]
    assert "3 inserted above" in parts["chart-days"]


def test_staff_without_the_right_are_greeted_without_figures(newcomer):
    page = newcomer.get("/admin/").content.decode()

    assert "may not see the figures" in page
    assert "data-figure" not in page


@pytest.mark.parametrize("address", ["/admin/", "/admin/stats.json"])
def test_the_dashboard_asks_a_bounded_number_of_questions(
    viewer, site, django_assert_max_num_queries, address
):
    for _ in range(20):
        make_failed_lead()

    with django_assert_max_num_queries(16):
        viewer.get(address)
