"""A limited account that names another site's rows, by whatever way in: nothing is told or done."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from leads.clock import Deadline, database_now
from leads.decisions.bulk import run
from leads.models import BulkRetry, Lead, SavedView, Site, VisibleSite, Wallboard
from leads.search.fill import keep_up
from leads.selection import LeadFilter
from notifications.models import Channel, Digest, MailLink, Notice
from tests.factories import make_failed_lead, make_lead, make_site, make_user
from tests.leads.desk.conftest import client_of
from tests.notifications.link_pages.conftest import opened_by

pytestmark = pytest.mark.django_db

TABLE = "/admin/leads/failedlead/"
CANARY = "octarine"


@pytest.fixture
def own() -> Site:
    """The site that the account sees."""
    return make_site(name="Own site")


@pytest.fixture
def foreign() -> Site:
    """The one that it does not."""
    return make_site(name=f"Site {CANARY}", recipients="told@example.com", mail_links=True)


@pytest.fixture
def mine(own: Site) -> Lead:
    """A lead that it sees; who wrote it wrote to the other site too."""
    return make_failed_lead(site=own, data={"contact_name": "Eva", "email": "eva@example.com"})


@pytest.fixture
def theirs(foreign: Site) -> Lead:
    """A lead that it does not."""
    data = {"contact_name": f"Eva {CANARY}", "email": "eva@example.com", "phone": "+49 30 5550042"}
    return make_failed_lead(site=foreign, data=data)


@pytest.fixture
def limited(own: Site) -> Client:
    """An administrator of the one site."""
    return client_of(make_user("limited", role="Administrator", sites=[own]))


def text_of(answer: Any) -> str:
    """All that an answer says."""
    return b"".join(answer).decode() + str(answer.get("Location", ""))


@pytest.mark.parametrize(
    "action",
    [
        "retry_selected",
        "send_anyway_selected",
        "release_selected",
        "update_selected",
        "enter_selected",
        "discard_selected",
        "export_selected",
        "repair_selected",
        "fill_selected",
        "assign_selected",
    ],
)
@pytest.mark.parametrize("across", ["0", "1"])
def test_what_is_ticked_or_chosen_whole_holds_no_foreign_lead(
    limited: Client, mine: Lead, theirs: Lead, action: str, across: str
) -> None:
    ticked = {"_selected_action": [mine.pk, theirs.pk], "select_across": across}

    answer = limited.post(
        TABLE, {"action": action, **ticked, "confirmed": "yes", "note": "No lead."}
    )

    theirs.refresh_from_db()
    assert theirs.status == Lead.Status.FAILED
    assert not theirs.events.exists()
    assert CANARY not in text_of(answer)
    assert f"{theirs.pk}" not in answer.get("Location", "").partition("ids=")[2].split(".")


@pytest.mark.parametrize(
    "page",
    [
        TABLE,
        "/admin/leads/lead/",
        "/admin/leads/apilog/",
        "/admin/leads/bulkretry/plan/",
        "/admin/leads/bulkretry/fill/",
        "/admin/notifications/notice/",
        f"{TABLE}newer.json",
    ],
)
def test_a_foreign_site_is_as_unknown_as_one_that_never_was(
    limited: Client, foreign: Site, theirs: Lead, page: str
) -> None:
    answers = [limited.get(page, {"site": pk}) for pk in (foreign.pk, 999_999)]

    said = [
        text_of(one).replace(str(pk), "N")
        for one, pk in zip(answers, (foreign.pk, 999_999), strict=True)
    ]
    assert [one.status_code for one in answers] == [answers[0].status_code] * 2
    assert CANARY not in said[0]
    assert "is not there any more, or never was" in said[0] or answers[0].status_code == 200


@pytest.mark.parametrize("page", [TABLE, "/admin/leads/lead/"])
@pytest.mark.parametrize("field", ["email", "phone"])
def test_nobody_is_compared_with_a_foreign_lead(
    limited: Client, mine: Lead, theirs: Lead, page: str, field: str
) -> None:
    answer = limited.get(page, {"same": f"{field}-{theirs.pk}"})

    assert f"lead/{mine.pk}/" not in text_of(answer).replace("failedlead", "lead")
    assert f'href="{mine.pk}/change/' not in text_of(answer)


@pytest.mark.parametrize(
    "typed", ["eva@example.com", CANARY, "+49 30 5550042", "pk", "reference", "61000000000000001"]
)
def test_no_search_finds_a_foreign_lead(
    limited: Client, mine: Lead, theirs: Lead, typed: str
) -> None:
    Lead.objects.filter(pk=theirs.pk).update(in_the_way="61000000000000001")
    keep_up(database_now())
    asked = {"pk": str(theirs.pk), "reference": str(theirs.reference)}.get(typed, typed)

    for place in ("/admin/find/", "/admin/leads/lead/search/", f"{TABLE}search/"):
        answer = limited.post(place, {"q": asked}, follow=True)
        said = text_of(answer)
        assert f"Eva {CANARY}" not in said
        assert f"lead/{theirs.pk}/" not in said
        assert f'href="{theirs.pk}/change' not in said


def test_ids_of_found_leads_lead_to_one_s_own_alone(
    limited: Client, mine: Lead, theirs: Lead
) -> None:
    answer = text_of(limited.get("/admin/find/", {"ids": f"{theirs.pk}.{mine.pk}"}))

    assert f"/lead/{mine.pk}/" in answer
    assert CANARY not in answer


class TestBulk:
    def test_frozen_ids_of_foreign_leads_are_left_alone(
        self, limited: Client, mine: Lead, theirs: Lead
    ) -> None:
        limited.post(f"/admin/leads/bulkretry/plan/?ids={mine.pk}.{theirs.pk}")
        bulk = BulkRetry.objects.get()
        run.run(bulk.pk, Deadline(20))

        theirs.refresh_from_db()
        mine.refresh_from_db()
        assert (theirs.status, theirs.bulk_id) == (Lead.Status.FAILED, None)
        assert mine.bulk_id == bulk.pk
        assert bulk.total == 1

    def test_one_of_all_sites_is_not_joined(
        self, limited: Client, own: Site, mine: Lead, theirs: Lead
    ) -> None:
        of_all, _new = run.start(LeadFilter(), make_user("chief", is_superuser=True))

        limited.post("/admin/leads/bulkretry/plan/")

        assert BulkRetry.objects.count() == 2
        seen = text_of(limited.get("/admin/leads/bulkretry/"))
        assert f"/bulkretry/{of_all.pk}/" not in seen
        assert limited.get(f"/admin/leads/bulkretry/{of_all.pk}/change/").status_code == 404
        assert limited.post(f"/admin/leads/bulkretry/{of_all.pk}/stop/").status_code == 404

    def test_one_of_one_s_own_site_is_seen_whoever_began_it(
        self, limited: Client, own: Site, mine: Lead
    ) -> None:
        chief = make_user("chief", is_superuser=True)
        bulk, _new = run.start(LeadFilter(site=own.pk), chief)

        assert limited.get(f"/admin/leads/bulkretry/{bulk.pk}/change/").status_code == 200

    def test_a_limit_that_was_kept_lets_no_slip_widen_it(self) -> None:
        odds: tuple[Any, ...] = ("all", None, ["1"], [True], {}, 5)
        for odd in odds:
            assert LeadFilter.from_json({"version": 1, "sites": odd}).sites == frozenset()

    def test_a_limit_is_kept_and_read(self) -> None:
        wanted = LeadFilter(sites=frozenset({3, 1}))

        assert LeadFilter.from_json(wanted.to_json()) == wanted
        assert LeadFilter.from_json(LeadFilter().to_json()).sites is None


def test_a_view_saved_before_the_limit_is_refused_and_names_nothing(
    own: Site, foreign: Site, theirs: Lead
) -> None:
    me = make_user("me", role="Administrator")
    SavedView.objects.create(user=me, name="Mine", query=f"site={foreign.pk}")
    VisibleSite.objects.limit(me, [own.pk])

    answer = client_of(me).get(f"{TABLE}?site={foreign.pk}")

    assert answer.status_code == 400
    assert CANARY not in text_of(answer)


def test_the_figures_are_those_of_one_s_own_sites(
    limited: Client, own: Site, mine: Lead, theirs: Lead
) -> None:
    make_lead(site=own, status=Lead.Status.DELIVERED, zoho_id="1")
    for _more in range(3):
        make_failed_lead(site=theirs.site)

    board = limited.get("/admin/stats.json").json()

    assert (board["received"], board["failed"], board["delivered"]) == (2, 1, 1)
    assert limited.get(f"{TABLE}newer.json").json()["failed"] == "1"
    assert CANARY not in str(board)


def test_people_who_see_other_sites_are_not_shown_each_other_s_board(
    limited: Client, mine: Lead, theirs: Lead
) -> None:
    other = client_of(make_user("other", role="Administrator", sites=[theirs.site]))
    nobody = client_of(make_user("nobody", role="Administrator", sites=[]))

    boards = [client.get("/admin/stats.json").json() for client in (limited, other, nobody)]

    assert [CANARY in str(board) for board in boards] == [False, True, False]
    assert [board["received"] for board in boards] == [1, 1, 0]


@pytest.mark.parametrize("model", [Channel, Digest])
def test_nothing_is_told_of_a_foreign_site_or_of_all(
    limited: Client, foreign: Site, theirs: Lead, model: Any
) -> None:
    form = {
        "name": "#new", "kind": "webhook", "new_address": "https://hooks.example.com/x",
        "recipient": "me@example.com", "hour": "7", "enabled": "on",
    }  # fmt: skip
    page = f"/admin/notifications/{model._meta.model_name}/add/"

    for site, destination in ((foreign.pk, ""), ("", ""), ("", foreign.destination_id)):
        limited.post(page, form | {"site": site, "destination": destination})

    assert not model.objects.exists()


def test_a_mail_link_made_before_the_limit_is_shut(own: Site, foreign: Site, theirs: Lead) -> None:
    token = MailLink.objects.issue(foreign, "told@example.com", [theirs.pk], database_now())
    reader = opened_by(token, "told@example.com")
    before = reader.get(f"/act/{token}/{theirs.pk}/")

    make_user("told", email="Told@example.com", sites=[own])

    after = [
        reader.get(f"/act/{token}/"),
        reader.get(f"/act/{token}/{theirs.pk}/"),
        reader.post(f"/act/{token}/{theirs.pk}/again/"),
    ]
    assert before.status_code == 200
    assert [one.status_code for one in after] == [404] * 3
    assert not any(CANARY in text_of(one) for one in after)


@pytest.mark.parametrize(
    ("accounts", "shut"),
    [([], False), ([None], False), (["foreign"], False), (["own"], True), (["own", None], False)],
)
def test_an_address_is_shut_out_by_its_accounts_alone(
    own: Site, foreign: Site, accounts: list[str | None], shut: bool
) -> None:
    sites = {"own": [own], "foreign": [foreign], None: None}
    for number, name in enumerate(accounts):
        make_user(f"a{number}", email="told@example.com", sites=sites[name])

    assert VisibleSite.objects.keeps_from("TOLD@example.com", foreign.pk) is shut


def test_a_notice_of_a_foreign_site_is_sent_again_by_nobody_limited(
    limited: Client, foreign: Site, theirs: Lead
) -> None:
    now = database_now()
    notice = Notice.objects.create(
        kind=Notice.Kind.LEAD_FAILED, recipient="told@example.com", site=foreign, lead=theirs,
        status=Notice.Status.SENT, created_at=now, due_at=now, sent_at=now,
    )  # fmt: skip

    limited.post(
        "/admin/notifications/notice/",
        {"action": "send_again", "_selected_action": [notice.pk]},
    )
    one = limited.post(f"/admin/notifications/notice/{notice.pk}/resend/")

    notice.refresh_from_db()
    assert (one.status_code, notice.status) == (404, Notice.Status.SENT)


@pytest.mark.parametrize("of_site", [True, False])
def test_a_board_on_a_wall_shows_what_its_maker_sees_now(
    own: Site, foreign: Site, theirs: Lead, mine: Lead, of_site: bool
) -> None:
    maker, secret = make_user("maker", role="Administrator"), Wallboard.new_secret()
    board = Wallboard(name="Hall", made_by=maker, site=foreign if of_site else None)
    board.keep(secret)
    board.save()
    before = Client().get(f"/act/board/{secret}/")

    VisibleSite.objects.limit(maker, [own.pk])

    after = Client().get(f"/act/board/{secret}/")
    assert [CANARY in str(one.context["figures"]) for one in (before, after)] == [True, False]
