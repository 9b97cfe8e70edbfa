"""The weekly report: on its day, once, beside the week before, with pictures."""

from __future__ import annotations

import struct
import zlib
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail as outbox
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from leads.clock import Deadline
from leads.counters.attribution import BETWEEN
from leads.models import Site
from notifications.deliver import Round
from notifications.mail.png import HEIGHT, WIDTH, bars
from notifications.models import Digest, Notice
from notifications.note import note_digests
from notifications.week_counts import week_before
from tests.factories import make_failed_lead, make_lead, make_site, make_user
from tests.leads.desk.conftest import client_of
from tests.responses import flat

MONDAY = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)


@pytest.fixture
def site(db: None) -> Site:
    """The site that the reports are of."""
    return make_site(name="Arctic Spas")


def make_report(**values: object) -> Digest:
    """A report on Mondays at eight that was never sent."""
    report = Digest.objects.create(
        **{"recipient": "chief@example.com", "weekday": 0, "hour": 8} | values
    )
    Digest.objects.filter(pk=report.pk).update(sent_on=None)
    return report


@pytest.mark.parametrize(
    ("hours", "owed"),
    [(0, 1), (-1, 0), (24, 1), (6 * 24, 1)],
    ids=["its hour", "too early", "nobody was there on Monday", "nor until Sunday"],
)
def test_it_is_owed_from_its_hour_on(db: None, hours: int, owed: int) -> None:
    report = make_report()
    Digest.objects.filter(pk=report.pk).update(sent_on=MONDAY.date() - timedelta(days=7))

    assert note_digests(MONDAY + timedelta(hours=hours)) == owed


def test_it_is_owed_once_a_week(db: None) -> None:
    make_report()

    days = [note_digests(MONDAY + timedelta(days=n)) for n in range(15)]

    assert [n for n, owed in enumerate(days) if owed] == [0, 7, 14]
    assert {*Notice.objects.values_list("kind", flat=True)} == {"report"}


def test_one_address_may_have_both_the_day_and_the_week(site: Site) -> None:
    make_report(site=site)
    make_report(site=site, weekday=None)

    assert note_digests(MONDAY) == 2


def test_a_week_is_seven_whole_days_of_its_site_beside_the_seven_before(site: Site) -> None:
    other = make_site()
    for days, where in ((1, site), (1, other), (7, site), (8, site), (14, site), (15, site)):
        make_lead(site=where, received_at=MONDAY - timedelta(days=days))
    make_lead(site=site, received_at=MONDAY)

    week = week_before(MONDAY, site.pk)

    assert (week.seen.now.received, week.seen.before.received) == (2, 2)
    assert [n.received for n in week.days] == [1, 0, 0, 0, 0, 0, 1]
    assert sum(n.received for n in week.days_before) == 2


def test_the_mail_has_a_text_an_html_and_pictures_and_names_nobody(
    site: Site, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.EMAIL_TIMEOUT = 2
    yesterday = MONDAY - timedelta(days=1)
    campaign = BETWEEN.join(("form", "google / cpc / winter", "shop.example/quote"))
    make_failed_lead(
        data={"contact_name": "Ana Silva", "email": "ana@example.com"},
        reason="too_long",
        received_at=yesterday,
        attribution=campaign,
    )
    make_lead(status="delivered", received_at=yesterday - timedelta(days=7))
    make_report()
    note_digests(MONDAY)

    Round(now=lambda: MONDAY).run(Deadline(20))

    sent = outbox.outbox[0]
    assert isinstance(sent, EmailMultiAlternatives)
    html = str(sent.alternatives[0][0])
    whole = sent.message().as_string()
    for part in (str(sent.body), html):
        for words in ("Leads received", "as before", "google / cpc / winter", "Unaccounted: 0"):
            assert words in part
        assert "Ana" not in part
        assert "ana@" not in part
    assert sent.to == ["chief@example.com"]
    assert 'src="cid:leads"' in html
    assert "Content-ID: <leads>" in whole
    assert whole.count("Content-Type: image/png") == 2
    assert "http" not in html.split("<img")[1].split(">")[0]


@pytest.mark.parametrize(
    ("languages", "words"),
    [
        (("de", "de"), ("Wochenbericht", "Wert zu lang für das Zoho-Feld", "nicht bekannt")),
        (("de", "en"), ("Weekly report", "Value too long for the Zoho field", "not known")),
    ],
)
def test_a_report_of_all_sites_speaks_the_language_that_they_share_its_lines_too(
    db: None, settings: Settings, languages: tuple[str, ...], words: tuple[str, ...]
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.EMAIL_TIMEOUT = 2
    for number, language in enumerate(languages):
        site = make_site(name=f"Site {number}", language=language)
    yesterday = MONDAY - timedelta(days=1)
    make_failed_lead(site=site, reason="too_long", received_at=yesterday)
    make_report()
    note_digests(MONDAY)

    Round(now=lambda: MONDAY).run(Deadline(20))

    text = outbox.outbox[0].subject + str(outbox.outbox[0].body)
    assert [one for one in words if one not in text] == []


@given(
    st.integers(1, 7).flatmap(
        lambda n: st.tuples(
            *[st.lists(st.integers(0, 10**7), min_size=n, max_size=n) for _ in range(2)]
        )
    )
)
def test_a_picture_is_a_png_of_its_size_whatever_the_numbers(pair: tuple[list[int], ...]) -> None:
    found = bars(*pair)

    assert found.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", found[16:24]) == (WIDTH, HEIGHT)
    at = found.index(b"IDAT")
    size = struct.unpack(">I", found[at - 4 : at])[0]
    pixels = zlib.decompress(found[at + 4 : at + 4 + size])
    assert len(pixels) == HEIGHT * (WIDTH + 1)
    assert (1 in pixels) == any(pair[0])


def test_a_preview_sends_nothing_and_the_button_sends_one_now(site: Site) -> None:
    report = make_report(site=site)
    boss = client_of(make_user("boss", is_superuser=True))

    page = boss.get(f"/admin/notifications/digest/{report.pk}/preview/").content.decode()
    assert "Weekly report - " in page
    assert page.count("data:image/png;base64,") == 2
    assert "<b>Leads received, by day</b>, beside the week before in grey" in flat(page)
    assert "<b>Failed, by day</b>, beside the week before in grey" in flat(page)
    assert not Notice.objects.exists()
    boss.post(f"/admin/notifications/digest/{report.pk}/send/")

    notice = Notice.objects.get()
    assert (notice.kind, notice.recipient, notice.site_id) == ("report", report.recipient, site.pk)


def test_the_page_of_a_site_tells_a_report_of_the_week_from_a_digest_of_the_day(site: Site) -> None:
    make_report(site=site, weekday=0)
    boss = client_of(make_user("boss", is_superuser=True))

    page = flat(boss.get(f"/admin/leads/site/{site.pk}/change/").content.decode())

    assert "(Mondays: the report of the week)" in page


def test_who_may_only_look_cannot_send_one(site: Site, client: Client) -> None:
    report = make_report(site=site)
    viewer = client_of(make_user("viewer", ("notifications.view_digest",)))

    answer = viewer.post(f"/admin/notifications/digest/{report.pk}/send/")

    assert answer.status_code == 403
    assert not Notice.objects.exists()
