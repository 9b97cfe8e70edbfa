"""A wallboard: figures behind a secret, for as long as its maker may see them."""

from __future__ import annotations

import re
from datetime import timedelta
from unittest.mock import Mock

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from leadops.logs import without_secrets
from leads.desk.dashboard import board_page
from leads.models import Site, Wallboard
from tests.factories import make_failed_lead, make_lead, make_site, make_user
from tests.responses import flat


def make_board(secret: str = "s3cret", **values: object) -> Wallboard:
    """A board that the secret opens."""
    if "made_by" not in values:
        values["made_by"] = make_user(permissions=("leads.view_figure",))
    board = Wallboard(name="Hall", **values)
    board.keep(secret)
    board.save()
    return board


def open_it(secret: str = "s3cret") -> int:
    return Client().get(f"/act/board/{secret}/").status_code


def test_it_shows_totals_sites_and_reasons_and_no_person(site: Site) -> None:
    make_failed_lead(
        reason="too_long", data={"contact_name": "Ana Silva", "email": "ana@example.com"}
    )
    make_board()

    answer = Client().get("/act/board/s3cret/")

    page = flat(answer.content.decode())
    for words in ("Leads received", "Arctic Spas", "Value too long", "Unaccounted: 0"):
        assert words in page
    for words in ("Ana", "ana@", "<a ", "<form", "style="):
        assert words not in page
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "no-store" in answer["Cache-Control"]
    assert "noindex" in answer["X-Robots-Tag"]


def test_each_change_is_drawn_with_its_sign(site: Site) -> None:
    make_lead()
    make_board()

    page = flat(Client().get("/act/board/s3cret/").content.decode())

    assert re.search(r'<small ?class="change up ">1 more</small>', page)
    assert 'class="change same "' in page


def test_another_secret_opens_nothing(site: Site) -> None:
    make_board()

    assert (open_it(), open_it("other"), open_it("")) == (200, 404, 404)


def test_it_ends_when_it_is_revoked(boss: Client) -> None:
    board = make_board()
    open_it()

    boss.post(f"/admin/leads/wallboard/{board.pk}/revoke/")

    board.refresh_from_db()
    assert (open_it(), board.figures) == (404, None)


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_staff": False}])
def test_it_ends_when_its_maker_is_disabled(site: Site, change: dict[str, bool]) -> None:
    board = make_board()

    User.objects.filter(pk=board.made_by_id).update(**change)

    assert open_it() == 404


def test_it_ends_when_its_maker_may_no_longer_see_figures(site: Site) -> None:
    board = make_board()

    board.made_by.user_permissions.clear()

    assert open_it() == 404


def test_a_board_of_one_site_shows_no_other(site: Site) -> None:
    make_lead(site=make_site(name="Boats & more"))
    make_lead(site=site)
    make_board(site=site)

    page = Client().get("/act/board/s3cret/").content.decode()

    assert "Arctic Spas" in page
    assert "Boats" not in page


def test_it_is_counted_at_most_once_in_ten_seconds_whoever_asks(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = Mock(wraps=board_page.counted)
    monkeypatch.setattr(board_page, "counted", count)
    board, now = make_board(), timezone.now()

    moments = [now + timedelta(seconds=n) for n in (0, 0, 3, 9, 10, 12, 19, 20)]
    for moment in moments:
        board.refresh_from_db()
        assert board_page.kept(board, moment)

    assert count.call_count == 3


def test_the_first_of_two_who_come_at_once_counts_and_the_other_waits(site: Site) -> None:
    board = make_board()
    Wallboard.objects.win(board.pk, timezone.now())

    page = Client().get("/act/board/s3cret/")

    assert "in a moment" in page.content.decode()


def test_its_address_is_shown_once_and_kept_nowhere(boss: Client, site: Site) -> None:
    page = boss.post("/admin/leads/wallboard/add/", {"name": "Hall", "site": ""})

    found = re.search(r"/act/board/([\w-]{32})/", page.content.decode())
    assert found
    secret = found[1]
    board = Wallboard.objects.get()
    assert secret not in str(list(Wallboard.objects.values()))
    assert secret not in boss.get(f"/admin/leads/wallboard/{board.pk}/change/").content.decode()
    assert open_it(secret) == 200
    assert secret not in without_secrets(f"GET /act/board/{secret}/ 200")


def test_a_board_of_all_sites_shows_those_that_its_maker_sees(site: Site) -> None:
    other = make_site(name="Boats & more")
    for at in (site, other):
        make_lead(site=at)
    make_board(made_by=make_user(permissions=("leads.view_figure",), sites=[site]))

    page = Client().get("/act/board/s3cret/").content.decode()

    assert "Arctic Spas" in page
    assert "Boats" not in page


def test_a_board_of_a_site_that_its_maker_sees_no_longer_is_empty(site: Site) -> None:
    make_lead(site=site)
    maker = make_user(permissions=("leads.view_figure",), sites=[make_site()])
    make_board(made_by=maker, site=site)

    page = flat(Client().get("/act/board/s3cret/").content.decode())

    assert "<dt>Leads received</dt><dd>0</dd>" in page


@pytest.mark.parametrize(
    ("second", "heading"), [("de", "Eingegangene Leads"), ("en", "Leads received")]
)
def test_it_speaks_the_language_that_its_sites_share(second: str, heading: str, site: Site) -> None:
    Site.objects.update(language="de")
    make_site(name="Second", language=second)
    make_board()

    answer = Client().get("/act/board/s3cret/", headers={"Accept-Language": "de"})

    assert heading in flat(answer.content.decode())
