"""The live figures."""

import html
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import Mock
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth import get_user_model
from django.test import Client, RequestFactory
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from time_machine import TimeMachineFixture

from leads.counters import deltas
from leads.counters import read as counters
from leads.counters.attribution import attribution_of
from leads.counters.compaction import fold
from leads.counters.deltas import quarter_of
from leads.desk.dashboard import series, tables
from leads.desk.dashboard.page import board
from leads.desk.kit.live_figures import etag
from leads.models import CounterDelta, CounterRollup, Destination, Site
from leads.reasons import Reason
from tests.factories import (
    make_destination,
    make_failed_lead,
    make_heartbeat,
    make_lead,
    make_log,
    make_site,
    make_user,
)
from tests.leads.desk.conftest import client_of
from tests.leads.desk.weight import files, weight
from tests.responses import flat

NAMES = {
    "sent": "Total leads sent to Zoho (all time)",
    "13003": "Successful attempts (13003)",
    "13002": "Failed attempts (13002)",
    "success_rate": "Success rate",
    "failure_rate": "Failure rate",
}


def count(site: Site, outcome: str, amount: int, **more: Any) -> None:
    """Put a counted number of attempts into the figures."""
    values = {"kind": "attempt", "quarter": quarter_of(timezone.now())} | more
    CounterDelta.objects.create(site=site, outcome=outcome, amount=amount, **values)


def stats(client: Client, span: str = "24h") -> Any:
    """The live figures as a dictionary."""
    return client.get("/admin/stats.json", {"range": span}).json()


def shown(page: str, name: str) -> str:
    """What the page prints for a figure."""
    found = re.search(rf'data-figure="{name}">([^<]*)<', page)
    assert found, name
    return found[1]


def test_the_page_prints_the_figures_of_old_with_three_decimals(viewer: Client, site: Site) -> None:
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
def test_each_figure_stands_under_its_name(viewer: Client, name: str) -> None:
    page = viewer.get("/admin/").content.decode()

    assert re.search(rf'{re.escape(NAMES[name])}</dt><dd data-figure="{name}">', page)


def test_every_page_says_which_version_it_is(viewer: Client) -> None:
    for address in ("/admin/", "/admin/leads/failedlead/"):
        page = viewer.get(address).content.decode()
        assert re.search(r"LeadOps \d+\.\d+\.\d+\s*</p>", page)


def test_a_figure_without_a_lead_is_a_dash(viewer: Client) -> None:
    page = viewer.get("/admin/").content.decode()

    for name in ("success_rate", "failure_rate", "outcome_rate", "first_lead_at"):
        assert shown(page, name) == "—"


def test_one_failure_in_a_million_is_not_a_hundred_percent(viewer: Client, site: Site) -> None:
    count(site, "13003", 1_000_000)
    count(site, "13002", 1)

    assert stats(viewer)["shown"]["success_rate"] == "99.999%"


def test_the_json_holds_everything_that_leadstats_says(viewer: Client) -> None:
    make_log(make_failed_lead())
    make_log(make_lead(status="delivered"), zoho_id="7")

    told = stats(viewer)

    for name, value in deltas.as_json().items():
        assert told[name] == value


def test_the_page_and_the_json_agree(viewer: Client, site: Site) -> None:
    count(site, "13003", 5)
    make_failed_lead()
    page, told = viewer.get("/admin/").content.decode(), stats(viewer)["shown"]

    for name in set(told) - {"updated_at", "oldest_due"}:
        assert shown(page, name) == told[name]


def test_since_names_the_first_lead_and_api_log(viewer: Client) -> None:
    log = make_log(make_failed_lead())

    told = stats(viewer)

    assert told["first_api_log_id"] == log.pk
    assert told["shown"]["first_api_log_id"] == str(log.pk)


def test_figures_are_never_kept_by_a_browser(viewer: Client) -> None:
    assert "no-store" in viewer.get("/admin/stats.json")["Cache-Control"]


def test_the_queue_names_the_age_of_the_oldest_due_lead(viewer: Client) -> None:
    make_lead(due_at=timezone.now() - timedelta(minutes=5, seconds=10))
    make_lead(due_at=timezone.now() + timedelta(hours=1))

    told = stats(viewer)

    assert told["queue"] == 2
    assert told["shown"]["oldest_due"] == "5 min"


def test_failures_by_reason_link_to_their_rows(viewer: Client) -> None:
    make_failed_lead(reason="too_long")

    part = stats(viewer)["fragments"]["reasons"]

    assert "/admin/leads/failedlead/?reason=too_long" in part
    assert "<b>1</b>" in part


def test_beyond_the_eighth_reason_the_failed_leads_are_one_line(viewer: Client) -> None:
    for n, reason in enumerate(Reason.values[:12]):
        for _ in range(12 - n):
            make_failed_lead(reason=reason)

    part = stats(viewer)["fragments"]["reasons"]

    found = re.findall(PARTS["reasons"], part)
    assert [int(n) for _url, n in found] == [12, 11, 10, 9, 8, 7, 6, 5]
    assert re.search(r"<span>all other reasons</span>.*?<b>10</b>", flat(part))


def test_a_paused_destination_says_why(viewer: Client) -> None:
    destination = make_destination()
    Destination.objects.pause(destination.pk, Reason.TOKEN_REVOKED, timezone.now(), None)

    part = stats(viewer)["fragments"]["destinations"]

    assert "Paused" in part
    assert "Zoho no longer accepts our credentials" in part


def numbers(chart: str, way: str) -> list[int]:
    """The numbers of the bars, above the line or below it."""
    return [int(n) for n in re.findall(rf'data-{way}="([^"]*)"', chart)[0].split(",")]


def test_the_chart_counts_each_attempt_in_its_hour_and_day(viewer: Client, site: Site) -> None:
    now = quarter_of(timezone.now())
    count(site, "13003", 40, quarter=now)
    count(site, "13002", 2, quarter=now)
    count(site, "13003", 7, quarter=now - timedelta(days=3))
    count(site, "13003", 9, quarter=now - timedelta(days=40))

    charts = {name: stats(viewer, name)["fragments"]["chart"] for name in series.RANGES}

    assert numbers(charts["24h"], "up")[-1] == 40
    assert numbers(charts["24h"], "down")[-1] == 2
    told = {name: re.findall(r": (\d+) arrived, above", chart)[0] for name, chart in charts.items()}
    assert told == {"24h": "40", "7d": "47", "30d": "47", "90d": "56", "all": "56"}


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "America/Santiago", "Pacific/Apia"])
def test_the_chart_has_all_its_bars_in_every_time_zone(
    viewer: Client, site: Site, zone: str
) -> None:
    viewer.cookies["timezone"] = zone
    count(site, "13003", 3)

    for name, bars in {"24h": 24, "7d": 168, "30d": 30, "90d": 90, "all": 1}.items():
        told = stats(viewer, name)
        assert told["time_zone"] == zone
        assert len(numbers(told["fragments"]["chart"], "up")) == bars
        assert "3 arrived, above" in told["fragments"]["chart"]


def test_an_unknown_range_is_a_week(viewer: Client) -> None:
    assert stats(viewer, "<script>")["range"] == "7d"


def test_staff_without_the_right_are_greeted_without_figures(newcomer: Client) -> None:
    page = newcomer.get("/admin/").content.decode()

    assert "may not see the figures" in page
    assert "data-figure" not in page


@pytest.mark.parametrize("address", ["/admin/", "/admin/stats.json"])
def test_the_dashboard_asks_a_bounded_number_of_questions(
    viewer: Client, site: Site, django_assert_max_num_queries: DjangoAssertNumQueries, address: str
) -> None:
    for _ in range(20):
        make_failed_lead()

    with django_assert_max_num_queries(39):
        viewer.get(address)


# --- Every figure opens its rows, and sums hold ----------------------------------------------


@pytest.fixture
def busy(site: Site) -> dict[str, Site]:
    """Two sites, every state, several reasons, test leads that count nowhere."""
    other = make_site(name="Boats & more")
    for at in (site, other):
        for status in ("queued", "sending", "delivered", "entered", "discarded"):
            make_lead(site=at, status=status)
        make_log(make_lead(site=at, status="delivered"), zoho_id="7")
        for reason in ("too_long", "too_long", "no_answer", "scope_missing"):
            make_log(make_failed_lead(site=at, reason=reason))
        make_log(make_failed_lead(site=at, reason="too_long", is_test=True))
    make_failed_lead(site=other, reason="missing_field")
    return {"site": site, "other": other}


def counted_rows(client: Client, address: str) -> int:
    """How many rows a list holds."""
    answer = client.get(html.unescape(address))
    assert answer.status_code == 200, address
    return len(answer.context["cl"].result_list)


@pytest.mark.parametrize("folded", [False, True])
def test_every_figure_opens_exactly_its_rows(
    viewer: Client, busy: dict[str, Site], folded: bool
) -> None:
    if folded:
        fold()
    page = viewer.get("/admin/")
    data, rows = page.context["board"], page.context["rows"]

    for name in ("received", "failed", "queue", "sent"):
        assert counted_rows(viewer, rows[name]) == data[name], name
    assert counted_rows(viewer, rows["outcome_rate"]) == data["settled"]
    for code in ("13003", "13002"):
        assert counted_rows(viewer, rows[code]) == data["attempts"][code]
    for status, _label, address in page.context["statuses"]:
        assert counted_rows(viewer, address) == data[status], status


PARTS = {
    "reasons": r'<a href="([^"]+)">[^<]+</a> <span class="owner">[^<]*</span></div>\s*<b>(\d+)</b>',
    "owners": r'<a href="([^"]+)">[^<]+</a><b>(\d+)</b>',
}


@pytest.mark.parametrize("part", PARTS)
def test_every_part_opens_exactly_its_rows_and_adds_up(
    viewer: Client, busy: dict[str, Site], part: str
) -> None:
    told = stats(viewer)

    found = re.findall(PARTS[part], told["fragments"][part])

    assert sum(int(n) for _url, n in found) == told["failed"] == 9
    for address, n in found:
        assert counted_rows(viewer, address) == int(n)


LINE = re.compile(
    r'<th scope="row">(?:<a href="([^"]+)">)?([^<]+)(?:</a>)?</th>\s*'
    r"<td>([\d,]+)\s*<"
)


@pytest.mark.parametrize("part", ["by_site", "by_reason", "by_source", "by_campaign", "by_page"])
@pytest.mark.parametrize("span", series.RANGES)
def test_the_lines_of_each_table_add_up_and_open_their_rows(
    viewer: Client, busy: dict[str, Site], part: str, span: str
) -> None:
    told = stats(viewer, span)

    lines = LINE.findall(told["fragments"][part])

    assert sum(int(n) for _url, _name, n in lines) == told["received"]
    for address, _name, n in lines:
        if address:
            assert counted_rows(viewer, address) == int(n)


def test_the_worst_site_comes_first_and_those_beyond_the_sixth_are_one_line(
    viewer: Client,
) -> None:
    for n in range(14):
        make_lead(site=make_site(name=f"Site {n}"), status="failed" if n == 7 else "queued")

    lines = LINE.findall(stats(viewer)["fragments"]["by_site"])

    assert (lines[0][1], len(lines)) == ("Site 7", 7)
    assert (lines[-1][1], sum(int(line[2]) for line in lines)) == ("all other sites", 14)


def test_each_line_says_what_got_worse_and_what_better_than_before(viewer: Client) -> None:
    now, before = timezone.now(), timezone.now() - timedelta(hours=30)
    worse, better = make_site(name="Worse"), make_site(name="Better")
    for site, at, statuses in (
        (worse, now, ["failed", "failed", "delivered"]),
        (worse, before, ["failed", "delivered", "delivered", "delivered"]),
        (better, now, ["delivered"]),
        (better, before, ["failed", "delivered"]),
    ):
        for status in statuses:
            make_lead(site=site, status=status, received_at=at)

    part = stats(viewer)["fragments"]["by_site"]

    assert changes_of(part, "Worse") == [
        ("", "▼ 25% fewer"),
        ("worse", "▼ 41.7 points lower, worse"),
        ("worse", "▲ 100% more, worse"),
    ]
    assert changes_of(part, "Better") == [
        ("", "▼ 50% fewer"),
        ("better", "▲ 50.0 points higher, better"),
        ("better", "▼ 100% fewer, better"),
    ]
    assert not changes_of(stats(viewer, "all")["fragments"]["by_site"], "Worse")


def changes_of(part: str, name: str) -> list[tuple[str, str]]:
    """(style, words) of what a line of a table says beside its figures."""
    [line] = [one for one in part.split("<tr>") if f">{name}<" in one]
    told = re.findall(r'<small class="change (\w+) (\w*)">(.*?)</small>', flat(line))
    signs = {"up": "▲", "down": "▼", "same": "="}
    return [(style, f"{signs[way]} {text.strip()}") for way, style, text in told]


def test_what_ignores_the_chosen_time_stands_together_at_the_end(viewer: Client) -> None:
    page = flat(viewer.get("/admin/?range=30d").content.decode())

    chosen, all_time = page.split('<h2 id="all-time">All time')
    for name in ("received", "outcome_rate", "sent", "13003", "13002", "held", "success_rate"):
        assert f'data-figure="{name}"' not in chosen, name
        assert f'data-figure="{name}"' in all_time, name
    assert 'class="card by"' not in all_time


@pytest.mark.parametrize("span", series.RANGES)
def test_the_bars_of_the_chart_open_their_rows(
    viewer: Client, busy: dict[str, Site], span: str
) -> None:
    told = viewer.get("/admin/stats.json", {"range": span, "table": "1"}).json()

    cell = r'<td><a href="([^"]+)">(\d+)</a></td>'
    found = re.findall(cell, told["fragments"]["table"])
    assert sum(int(n) for _url, n in found) == 2 * told["sent"]
    for address, n in found:
        assert counted_rows(viewer, address) == int(n)


def test_a_reason_of_a_later_version_is_counted_too(viewer: Client, site: Site) -> None:
    count(site, "failed", 3, kind="lead", reason="of_tomorrow")
    count(site, "failed", 1, kind="lead", reason="too_long")

    part = stats(viewer)["fragments"]["reasons"]

    assert "of_tomorrow" in part
    assert "<b>3</b>" in part


def test_who_may_not_open_a_list_sees_no_link_to_it(site: Site) -> None:
    client = client_of(make_user("figures", ("leads.view_figure",)))
    make_log(make_failed_lead())

    page = client.get("/admin/").content.decode()
    main = page[page.index('<div class="now">') :]

    assert re.findall(r'href="(/admin/leads/[^"]*)"', main) == []
    assert "Retry all" not in main


def test_retry_all_is_for_those_who_may_retry(viewer: Client, support: Client) -> None:
    make_failed_lead(reason="too_long")

    assert "Retry all…" not in stats(viewer)["fragments"]["reasons"]
    assert "reason=too_long" in stats(support)["fragments"]["reasons"].split('class="soft"')[1]


@pytest.mark.parametrize(
    ("reason", "offered"),
    [
        ("mandatory_missing", "bulkretry/fill/?reason=mandatory_missing"),
        ("account_refused", "bulkretry/plan/?reason=account_refused"),
        ("quarantined", ""),
        ("of_tomorrow", "bulkretry/plan/?reason=of_tomorrow"),
    ],
)
def test_a_reason_is_offered_what_helps_its_leads(
    support: Client, reason: str, offered: str
) -> None:
    make_failed_lead(reason=reason)
    part = stats(support)["fragments"]["reasons"]

    assert re.findall(r'class="soft"\s+href="/admin/leads/([^"]*)"', part) == [offered] * bool(
        offered
    )


def test_shares_are_never_a_hundred_where_something_else_is(viewer: Client, site: Site) -> None:
    count(site, "failed", 999, kind="lead", reason="too_long")
    count(site, "failed", 1, kind="lead", reason="no_answer")

    part = stats(viewer)["fragments"]["reasons"]

    assert re.findall(r'class="share">([^<]*)<', part) == ["99%", "&lt;1%"]


def test_the_header_and_the_figure_say_the_same(viewer: Client) -> None:
    for is_test in (True, False, False):
        make_failed_lead(is_test=is_test)

    pages = [flat(viewer.get(at).content.decode()) for at in ("/admin/", "/admin/leads/apilog/")]

    for page in pages:
        assert re.search(r'class="count" data-figure="failed">2<', page)
    assert stats(viewer)["shown"]["failed"] == "2"


def test_the_credits_that_are_left_are_shown_where_they_are_known(viewer: Client) -> None:
    destination = make_destination()
    assert "API credits" not in stats(viewer)["fragments"]["destinations"]

    Destination.objects.note_credits(destination.pk, 4711, timezone.now())

    assert "4,711 API credits left" in stats(viewer)["fragments"]["destinations"]


# --- Workers, colleagues, and what is kept ---------------------------------------------------


def test_the_workers_of_all_machines_are_one_figure(viewer: Client) -> None:
    make_heartbeat(alive=4, workers=4)
    make_heartbeat(host="two", alive=3, workers=4)
    make_heartbeat(host="gone", beat_at=timezone.now() - timedelta(minutes=3))

    part = stats(viewer)["fragments"]["workers"]

    assert 'class="figure bad">7/8<' in part
    assert "on 2 machines" in part


def test_of_a_machine_that_drains_nothing_is_expected(viewer: Client) -> None:
    now = timezone.now()
    make_heartbeat(alive=4, workers=4)
    make_heartbeat(host="two", alive=1, workers=4, drain_asked_at=now)
    make_heartbeat(host="three", alive=0, workers=4, drain_asked_at=now, drained_at=now)

    part = stats(viewer)["fragments"]["workers"]

    assert 'class="figure">4/4<' in flat(part)
    assert "draining: two" in part
    assert "drained: three" in part


def test_without_a_worker_there_is_a_dash(viewer: Client) -> None:
    assert 'class="figure">—<' in stats(viewer)["fragments"]["workers"]


def test_what_colleagues_did_names_ids_only(support: Client, boss: Client) -> None:
    lead = make_failed_lead(data={"contact_name": "Canary", "email": "canary@example.com"})
    support.post(f"/admin/leads/failedlead/{lead.pk}/discard/", {"note": "Canary again"})

    part = stats(boss)["fragments"]["actions"]

    assert f">lead {lead.pk}</a>" in part
    assert "support" in part
    assert "anary" not in part


def test_equal_figures_are_not_sent_twice(viewer: Client, site: Site) -> None:
    make_heartbeat()
    count(site, "13003", 5)
    first = viewer.get("/admin/stats.json")
    again = viewer.get("/admin/stats.json", headers={"If-None-Match": first["ETag"]})
    count(site, "13003", 1)
    news = viewer.get("/admin/stats.json", headers={"If-None-Match": first["ETag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert news.json()["shown"]["13003"] == "6"


def test_what_only_passes_with_time_is_no_news(
    viewer: Client, time_machine: TimeMachineFixture
) -> None:
    # Within one minute and one step of the charts: the next of these is news.
    now = datetime(2026, 3, 10, 12, 7, 10, tzinfo=UTC)
    time_machine.move_to(now, tick=False)
    make_heartbeat(beat_at=now - timedelta(seconds=3))
    make_lead(due_at=now - timedelta(seconds=5))
    request = RequestFactory().get("/admin/stats.json")
    request.user = get_user_model().objects.get(username="viewer")

    tags = {etag(board(request, now + timedelta(seconds=n))) for n in (0, 4)}

    assert len(tags) == 1


def test_many_who_look_at_once_are_counted_for_once(
    viewer: Client, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Mock(wraps=counters.read)
    monkeypatch.setattr(counters, "read", read)
    count(site, "13003", 5)

    for client in (viewer, viewer, viewer):
        stats(client)
    assert read.call_count == 1
    count(site, "13003", 1)

    assert stats(viewer)["shown"]["13003"] == "6"
    assert read.call_count == 2


def test_the_dashboard_with_all_its_files_is_light(boss: Client, site: Site) -> None:
    """Below 130 KB uncompressed with twenty sites, each reason and many campaigns and pages, beside
    the days before; jQuery is not on the page.
    """
    sites = [make_site(name=f"Site {n:02}") for n in range(20)]
    for n, reason in enumerate(Reason.values):
        page = f"https://site-{n}.example/quote-{n}/?utm_source=google&utm_campaign=spring-{n}"
        attribution = attribution_of("api", None, page, {})
        for days in (1, 1, 8):
            at = timezone.now() - timedelta(days=days)
            values: dict[str, Any] = {"attribution": attribution, "received_at": at}
            make_log(make_failed_lead(site=sites[n % 20], reason=reason, **values))
            make_lead(site=sites[n % 20], status="delivered", **values)

    page = boss.get("/admin/?range=7d").content.decode()

    assert page.count('class="change ') > 80
    assert len(files(page)) >= 7
    assert weight(page) < 130 * 1024


def test_a_sites_line_counts_what_came_on_each_day_of_the_chosen_zone(site: Site) -> None:
    zone = ZoneInfo("Asia/Kathmandu")  # a quarter hour off, so that days begin within an hour
    noon = datetime(2026, 3, 10, 12, tzinfo=zone)
    midnight = noon.replace(hour=0)
    for moment in (midnight - timedelta(minutes=15), midnight, noon):
        for n in (1, 2):
            count(site, "delivered", n, kind="lead", quarter=moment)
    fold()
    count(site, "delivered", 4, kind="lead", quarter=midnight)

    with timezone.override(zone):
        lines = tables.spark_lines([site.pk], noon)

    assert lines[site.pk][-3:] == [0, 3, 10]


# --- Held, and not sent ------------------------------------------------------------------------


def test_what_a_rule_held_is_shown_apart_and_opens_its_rows(viewer: Client, site: Site) -> None:
    lead = make_failed_lead(site=site, reason=Reason.MISSING_FIELD)
    make_log(lead, reason=Reason.MISSING_FIELD)
    make_log(make_lead(site=site, status="delivered"), zoho_id="61")

    page = viewer.get("/admin/")

    text, rows = page.content.decode(), page.context["rows"]
    assert (shown(text, "held"), shown(text, "sent"), shown(text, "13002")) == ("1", "1", "0")
    assert shown(text, "success_rate") == "100.000%"
    assert counted_rows(viewer, rows["held"]) == 1
    assert counted_rows(viewer, rows["13002"]) == 0
    assert stats(viewer)["held"] == 1


def test_for_thirty_days_it_says_what_moved(viewer: Client, site: Site) -> None:
    make_log(make_lead(site=site, status="delivered"), zoho_id="61")
    CounterRollup.objects.create(
        grain="moved", kind="held", start=timezone.now() - timedelta(days=29), amount=3
    )

    text = flat(viewer.get("/admin/").content.decode())

    assert (
        "3 moved from failed (13002) to “held”; with them the success rate would be 25.000%" in text
    )

    CounterRollup.objects.update(start=timezone.now() - timedelta(days=31))
    assert "moved from failed" not in viewer.get("/admin/").content.decode()


def test_what_is_kept_for_others_is_kept_in_each_language(viewer: Client, site: Site) -> None:
    assert "Leads received" in stats(viewer)["fragments"]["figures"]

    viewer.post("/admin/language/", {"language": "de"})

    assert "Eingegangene Leads" in stats(viewer)["fragments"]["figures"]
