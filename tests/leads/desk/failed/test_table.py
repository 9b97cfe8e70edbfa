"""What the failed table adds to its rows: tabs, reasons, the drawer, search, actions on many."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

from leads.clock import Deadline
from leads.decisions.bulk import run
from leads.desk.failed import decide as failed_desk
from leads.models import BulkRetry, Lead, SavedView, Site
from leads.search.fill import fill_older
from leads.shown.cells import safe
from tests.factories import make_failed_lead, make_lead, make_site, make_user
from tests.leads.desk.conftest import client_of
from tests.responses import Response, flat

TABLE = "/admin/leads/failedlead/"
PLAN = "/admin/leads/bulkretry/plan/"
ACROSS = {"_selected_action": "0", "select_across": "1"}


def ids(answer: Response) -> list[int]:
    """The leads of a list, from top to bottom."""
    return [lead.pk for lead in answer.context["cl"].result_list]


def search(client: Client, text: str, **kept: str) -> Response:
    """Type something; the list that it leads to."""
    answer = client.post(TABLE + "search/", {"q": text, **kept})
    return client.get(answer.headers["Location"])


def test_each_row_is_chosen_by_a_box_that_names_its_lead(support: Client) -> None:
    lead = make_failed_lead()

    page = support.get(TABLE).content.decode()

    assert (
        f'<input type="checkbox" name="_selected_action" value="{lead.pk}" class="action-select" '
        f'aria-label="Select lead {lead.pk}">'
    ) in page


# --- Tabs and reasons ---------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["delivered", "entered", "discarded"])
def test_every_tab_holds_its_own_leads_and_counts_them(viewer: Client, status: str) -> None:
    wanted = make_lead(status=status)
    make_failed_lead()

    answer = viewer.get(TABLE, {"tab": status})

    assert ids(answer) == [wanted.pk]
    counts = {one["tab"].name: one["count"] for one in answer.context["tabs"]}
    assert counts == dict.fromkeys(counts, "0") | {"failed": "1", status: "1"}


def test_the_page_title_says_how_many_failed(viewer: Client) -> None:
    for _ in range(3):
        make_failed_lead()

    assert "<title>(3) Failed leads" in viewer.get(TABLE).content.decode()


def test_settled_leads_offer_nothing_but_the_file(boss: Client) -> None:
    make_lead(status="delivered")

    page = boss.get(TABLE, {"tab": "delivered"}).content.decode()

    assert "retry_selected" not in page
    assert "export_selected" in page


def test_the_most_frequent_reasons_come_first_with_their_share(support: Client) -> None:
    for reason, count in (("too_long", 3), ("refused", 1)):
        for _ in range(count):
            make_failed_lead(reason=reason)

    answer = support.get(TABLE)

    chips = [(chip.reason, chip.count, chip.share) for chip in answer.context["chips"]]
    assert chips == [("too_long", 3, "75%"), ("refused", 1, "25%")]
    page = answer.content.decode()
    assert 'href="../bulkretry/fill/?reason=too_long"' in page
    assert 'href="../bulkretry/plan/?reason=refused"' in page


def test_nobody_is_offered_a_bulk_retry_who_may_not_start_one(viewer: Client) -> None:
    make_failed_lead()

    assert "bulkretry/plan" not in viewer.get(TABLE).content.decode()


# --- The drawer ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({"tries": "0"}, ["new"]),
        ({"tries": "2"}, ["old"]),
        ({"span": "24h"}, ["new"]),
        ({"from": "2026-01-05", "to": "2026-01-05"}, ["old"]),
        ({"from": "2026-01-06"}, ["new"]),
        ({"to": "2026-01-04"}, []),
        ({"span": "24h", "to": "2026-01-05"}, ["old"]),
        ({"to": "9999-12-31"}, ["new", "old"]),
        ({"owner": "data"}, ["old"]),
    ],
)
def test_it_is_narrowed_by_days_tries_and_owner(
    viewer: Client, query: dict[str, str], wanted: list[str]
) -> None:
    old = datetime(2026, 1, 5, 23, 59, tzinfo=timezone.get_current_timezone())
    leads = {
        "old": make_failed_lead(failed_at=old, attempts=3, reason="too_long").pk,
        "new": make_failed_lead(failed_at=timezone.now(), reason="no_answer").pk,
    }

    assert ids(viewer.get(TABLE, query)) == [leads[name] for name in wanted]


def test_the_button_says_how_many_filters_are_set(viewer: Client) -> None:
    make_failed_lead()

    page = viewer.get(TABLE, {"reason": "refused", "from": "2026-01-01", "to": "2026-12-31"})

    assert "Filters (2)" in page.content.decode()


def test_a_view_says_in_words_what_it_holds(viewer: Client, site: Site) -> None:
    page = viewer.get(
        TABLE, {"reason": "too_long", "site": str(site.pk), "span": "7d"}
    ).content.decode()

    assert "Only Value too long for the Zoho field · Arctic Spas · the last 7 days" in page


# --- Search -------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["Eva", "eva b", "BERG eva", "Évä", "555 1106", "berg 1106"])
def test_a_failed_lead_is_found_by_what_its_caller_says(
    viewer: Client, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setattr("leads.desk.kit.search.LAST_FAILED", 0)
    lead = make_failed_lead(data={"contact_name": "Eva Berg", "phone": "(403) 555-1106"})
    make_failed_lead(data={"contact_name": "Ana"})
    make_lead(data={"contact_name": "Eva Berg", "phone": "(403) 555-1106"})
    fill_older()

    assert ids(search(viewer, text)) == [lead.pk]


@pytest.mark.parametrize("text", ["blue kitchen", "Grüße", "@example.org"])
def test_any_other_text_is_looked_for_in_what_arrived(viewer: Client, text: str) -> None:
    data = {"contact_name": "Eva", "email": "eva@example.org", "message": "Grüße: a blue kitchen"}
    lead = make_failed_lead(data=data)
    make_failed_lead()

    assert ids(search(viewer, text)) == [lead.pk]


def test_any_other_text_is_looked_for_among_the_newest_only(
    viewer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leads.desk.kit.search.LAST_FAILED", 1)
    data = {"contact_name": "Eva", "message": "blue kitchen"}
    make_failed_lead(data=data, failed_at=timezone.now() - timedelta(days=1))
    newest = make_failed_lead(data=data, failed_at=timezone.now())

    assert ids(search(viewer, "blue kitchen")) == [newest.pk]


def test_what_is_found_by_text_is_an_address_that_names_nobody(viewer: Client) -> None:
    lead = make_failed_lead(data={"contact_name": "Eva Berg"})

    answer = viewer.post(TABLE + "search/", {"q": "Eva Berg"})

    assert answer.headers["Location"].endswith(f"?ids={lead.pk}")
    assert "1 lead that the search found" in viewer.get(answer.headers["Location"]).content.decode()


@pytest.mark.parametrize("text", ["Eva", "%", "_", "e", "x'; --", "\x00"])
def test_a_text_that_nobody_has_finds_nothing_or_everything_but_never_fails(
    viewer: Client, text: str
) -> None:
    make_failed_lead(data={"contact_name": "Bo"})

    assert search(viewer, text).status_code == 200


def test_a_percent_sign_is_no_wildcard(viewer: Client) -> None:
    make_failed_lead(data={"contact_name": "Bo"})

    assert ids(search(viewer, "%o%")) == []


def test_who_sees_no_personal_data_finds_nobody_by_it(manager: Client) -> None:
    make_failed_lead(data={"contact_name": "Eva Berg"})

    assert ids(search(manager, "Eva")) == []


# --- Actions on all that match --------------------------------------------------------------------


def test_all_that_match_are_retried_by_way_of_the_plan(support: Client) -> None:
    make_failed_lead(reason="too_long")

    answer = support.post(TABLE + "?reason=too_long", {"action": "retry_selected", **ACROSS})

    assert answer.headers["Location"] == f"{PLAN}?reason=too_long"


def test_all_that_match_are_discarded_in_chunks(
    support: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failed_desk, "CHUNK", 2)
    for _ in range(5):
        make_failed_lead(reason="too_long")
    other = make_failed_lead(reason="refused")
    form = {"action": "discard_selected", **ACROSS}

    asked = support.post(TABLE + "?reason=too_long", form).content.decode()
    support.post(TABLE + "?reason=too_long", form | {"confirmed": "yes", "note": "spam"})

    assert "Discard: 5 leads" in asked
    assert list(Lead.objects.failed().values_list("pk", flat=True)) == [other.pk]


def test_nothing_selected_changes_nothing_and_says_so(support: Client) -> None:
    make_failed_lead()

    answer = support.post(TABLE, {"action": "retry_selected", "_selected_action": "0"}, follow=True)

    assert "Nothing was selected" in answer.content.decode()
    assert Lead.objects.failed().count() == 1


# --- Export -------------------------------------------------------------------------------------


def exported(client: Client, query: str = "", **more: Any) -> str:
    """The file of all that match."""
    answer = client.post(TABLE + query, {"action": "export_selected", **ACROSS, **more})
    return answer.getvalue().decode()


@pytest.fixture
def exporter() -> Client:
    """Somebody who may take leads away."""
    rights = ("view_failedlead", "view_personal_data", "export_lead")
    return client_of(make_user("exporter", tuple(f"leads.{right}" for right in rights)))


def test_a_file_holds_the_view_and_every_field(exporter: Client, site: Site) -> None:
    data = {"contact_name": "Eva Müller", "message": 'two\n"lines"', "colour": "blue"}
    lead = make_failed_lead(site=site, data=data, reason="too_long")
    make_failed_lead(reason="refused")

    text = exported(exporter, "?reason=too_long")

    assert text.startswith('\ufeff"Lead","Reference","Site","Status","Reason"')
    assert f'"{lead.pk}","{lead.reference}","Arctic Spas","Failed"' in text
    assert '"Eva Müller"' in text
    assert '"two\n""lines"""' in text
    assert '"{""colour"": ""blue""}"' in text
    assert "refused" not in text


STARTS = [
    *("=", "+", "-", "@", "\t=", "\r=", "\n", " =", "\u00a0="),
    *("＝", "＋", "－", "＠", "﹣"),
    *("\u200b=", "\ufeff@", "\u2060+", "\u00ad-", "\u202e=", "\x00=", "\x1f=", "\u3000＝"),
    *("\u3164=", "\u2800=", "\ufe0f=", "\u034f=", "\u200b \u2063＋"),
]


@pytest.mark.parametrize("start", STARTS)
def test_no_cell_of_a_file_is_a_formula(start: str) -> None:
    value = start + "HYPERLINK()"

    assert safe(value) == "'" + value


@pytest.mark.parametrize("value", ["", "Eva", "1=1", "\u200bEva", "\u200b", "ａ=1", "“=1”", "−5"])
def test_any_other_cell_is_as_it_was(value: str) -> None:
    assert safe(value) == value


def test_a_file_shows_the_corrected_fields(exporter: Client, site: Site) -> None:
    lead = make_failed_lead(site=site, data={"contact_name": "Eva"}, revision=1)
    lead.revisions.create(number=1, data={"contact_name": "Eva Berg"})

    assert '"Eva Berg"' in exported(exporter)


def test_an_export_is_kept_without_a_value(exporter: Client) -> None:
    make_failed_lead(data={"contact_name": "Canary", "email": "canary@example.com"})

    exported(exporter, "?reason=refused")

    entry = LogEntry.objects.get()
    assert entry.user.username == "exporter"
    assert entry.change_message == "Exported 1 leads as CSV: Failed · Zoho refused the record"


@pytest.mark.parametrize(
    ("query", "view"),
    [
        ("", "Failed · everything that has failed"),
        ("?tab=delivered", "Delivered"),
        (
            "?span=24h&reason=refused",
            "Failed · saved view 7 · Zoho refused the record · the last 24 hours",
        ),
    ],
)
def test_the_audit_names_the_view_that_was_exported(
    exporter: Client, query: str, view: str
) -> None:
    make_failed_lead()
    make_lead(status="delivered")
    user = get_user_model().objects.get(username="exporter")
    SavedView.objects.create(pk=7, user=user, name="Ana", query="reason=refused&span=24h")

    exported(exporter, query)

    assert LogEntry.objects.get().change_message == f"Exported 1 leads as CSV: {view}"


def test_leads_chosen_one_by_one_are_said_to_be_of_their_view(exporter: Client) -> None:
    lead = make_failed_lead()

    answer = exporter.post(TABLE, {"action": "export_selected", "_selected_action": lead.pk})

    assert answer.streaming
    said = "chosen one by one in Failed · everything that has failed"
    assert LogEntry.objects.get().change_message == f"Exported 1 leads as CSV: {said}"


def test_who_works_the_table_takes_no_file_away(support: Client) -> None:
    make_failed_lead()

    answer = support.post(TABLE, {"action": "export_selected", **ACROSS})

    assert not answer.streaming
    assert "Export CSV" not in support.get(TABLE).content.decode()


# --- "12 new, load" -------------------------------------------------------------------------------


def test_a_page_can_ask_how_many_have_come_since(viewer: Client) -> None:
    make_failed_lead()
    since = viewer.get(TABLE).context["cl"].first_cursor

    make_failed_lead(reason="too_long")
    make_failed_lead(reason="refused")

    answer = viewer.get(TABLE + "newer.json", {"since": since, "reason": "too_long"}).json()
    assert answer == {"new": "1", "failed": "3"}


# --- Saved views ----------------------------------------------------------------------------------


def test_a_view_is_saved_under_a_name_and_shown_as_a_link(support: Client) -> None:
    support.post(TABLE + "views/save/", {"name": "Mine", "query": "reason=too_long&span=24h"})

    page = flat(support.get(TABLE).content.decode())
    assert '<a href="?reason=too_long&amp;span=24h">Mine</a>' in page


def test_a_saved_view_keeps_nothing_that_is_no_filter(support: Client) -> None:
    query = "q=ana@example.com&reason=refused&email__startswith=a&after=1-2"
    support.post(TABLE + "views/save/", {"name": "Mine", "query": query})

    assert SavedView.objects.get().query == "reason=refused"


def test_the_same_name_again_replaces_the_view(support: Client) -> None:
    for reason in ("too_long", "refused"):
        support.post(TABLE + "views/save/", {"name": "Mine", "query": f"reason={reason}"})

    assert SavedView.objects.get().query == "reason=refused"


def test_a_view_is_renamed_and_deleted_by_its_owner_only(support: Client, viewer: Client) -> None:
    support.post(TABLE + "views/save/", {"name": "Mine", "query": ""})
    view = SavedView.objects.get()

    theirs = [viewer.post(f"{TABLE}views/{view.pk}/{action}/", {"name": "x"}).status_code
              for action in ("rename", "delete")]  # fmt: skip
    support.post(f"{TABLE}views/{view.pk}/rename/", {"name": "Ours"})

    assert theirs == [404, 404]
    assert SavedView.objects.get().name == "Ours"
    support.post(f"{TABLE}views/{view.pk}/delete/")
    assert not SavedView.objects.exists()


@pytest.mark.parametrize("name", ["", "  ", "x" * 61])
def test_a_view_needs_a_name(support: Client, name: str) -> None:
    support.post(TABLE + "views/save/", {"name": name, "query": ""})

    assert not SavedView.objects.exists()


def test_a_name_is_not_given_twice(support: Client) -> None:
    for name in ("One", "Two"):
        support.post(TABLE + "views/save/", {"name": name, "query": ""})
    one = SavedView.objects.get(name="One")

    answer = support.post(f"{TABLE}views/{one.pk}/rename/", {"name": "Two"}, follow=True)

    assert "Another view of yours has that name" in answer.content.decode()


# --- The plan and the progress --------------------------------------------------------------------


def test_a_plan_tells_how_many_where_and_how_long(support: Client, site: Site) -> None:
    for _ in range(101):
        make_failed_lead(site=site, reason="too_long")
    make_failed_lead(site=make_site(name="Solar Quotes"), reason="refused")

    plan = support.get(PLAN).context["plan"]

    assert (plan.count, plan.calls, plan.duration) == (102, 2, "less than a minute")
    assert [(str(place), n) for place, n in plan.by_site] == [
        ("Arctic Spas", 101),
        ("Solar Quotes", 1),
    ]
    assert not BulkRetry.objects.exists()


def test_a_plan_names_what_the_rules_will_hold_back(support: Client, site: Site) -> None:
    site.duplicate_rule = "refuse"
    site.save()
    data = {"contact_name": "Ana", "email": "ana@example.com"}
    make_lead(site=site, data=data, status="delivered")
    make_failed_lead(site=site, data=data, reason="too_long")
    make_failed_lead(
        site=site, data={"email": "x@y.z"}, reason="missing_field", reason_field="contact_name"
    )
    make_failed_lead(site=site, reason="quarantined")

    page = support.get(PLAN).content.decode()

    assert "1 lead without a name" in page
    assert "1 lead with an e-mail that another lead has" in page
    assert "1 lead in quarantine left out" in page


def test_confirming_a_plan_twice_shows_the_same_progress(support: Client) -> None:
    make_failed_lead(reason="too_long")

    first, again = (support.post(PLAN + "?reason=too_long") for _ in range(2))

    one = BulkRetry.objects.get()
    assert (
        first.headers["Location"]
        == again.headers["Location"]
        == f"/admin/leads/bulkretry/{one.pk}/change/"
    )
    assert one.words == "Value too long for the Zoho field"


def test_the_progress_adds_up_and_links_to_its_rows(support: Client, site: Site) -> None:
    leads = [make_failed_lead(site=site) for _ in range(3)]
    support.post(PLAN)
    one = BulkRetry.objects.get()
    run.run(one.pk, Deadline(30))
    now = timezone.now()
    done = {"due_at": None, "settled_at": now}
    Lead.objects.filter(pk=leads[0].pk).update(status="delivered", zoho_id="1", **done)
    Lead.objects.filter(pk=leads[1].pk).update(status="failed", failed_at=now, **done)

    page = support.get(f"/admin/leads/bulkretry/{one.pk}/change/")
    state = support.get(f"/admin/leads/bulkretry/{one.pk}/state.json").json()

    shown = page.context
    assert (shown["delivered"], shown["failed_again"], shown["on_the_way"]) == (1, 1, 1)
    assert (state["active"], state["percent"]) == (True, 66)
    assert ids(support.get(TABLE, {"bulk": one.pk})) == [leads[1].pk]
    assert ids(support.get(TABLE, {"bulk": str(one.pk), "tab": "delivered"})) == [leads[0].pk]
    assert ids(support.get("/admin/leads/lead/", {"bulk": str(one.pk), "status": "open"})) == [
        leads[2].pk
    ]


def test_stop_is_a_button(support: Client) -> None:
    make_failed_lead()
    support.post(PLAN)
    one = BulkRetry.objects.get()

    support.post(f"/admin/leads/bulkretry/{one.pk}/stop/")

    one.refresh_from_db()
    assert (one.state, str(one.stopped_by)) == ("stopped", "support")
    assert (
        "Stopped by support"
        in support.get(f"/admin/leads/bulkretry/{one.pk}/change/").content.decode()
    )


def test_the_history_shows_every_bulk_retry(support: Client) -> None:
    support.post(PLAN + "?reason=too_long")

    assert (
        "Value too long for the Zoho field"
        in support.get("/admin/leads/bulkretry/").content.decode()
    )


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("?reason=too_long", "?tab=failed"),
        ("?reason=too_long&site=1", "?tab=failed"),
        ("?tab=waiting&reason=too_long", "?tab=waiting"),
        ("?tab=failed", "?tab=failed"),
        ("", ""),
    ],
)
def test_an_act_that_empties_its_view_leads_back_to_the_whole(
    boss: Client, site: Site, query: str, place: str
) -> None:
    make_failed_lead(reason="too_long", site=site)
    query = query.replace("site=1", f"site={site.pk}")
    done = {"action": "discard_selected", "confirmed": "yes", "note": "x", "select_across": "1"}

    answer = boss.post(TABLE + query, done | {"_selected_action": "0"})

    assert answer["Location"] == TABLE + place


def test_an_act_on_some_of_a_view_leads_back_to_the_rest(boss: Client) -> None:
    one, _other = make_failed_lead(reason="too_long"), make_failed_lead(reason="too_long")
    done = {"action": "enter_selected", "confirmed": "yes", "_selected_action": one.pk}

    assert boss.post(f"{TABLE}?reason=too_long", done)["Location"] == f"{TABLE}?reason=too_long"
