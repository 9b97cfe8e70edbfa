"""The pages about unknown pages, and the card about posts that named no site."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from leads.models import Lead, Site, UnknownPost
from leads.store import database
from tests.factories import make_failed_lead, make_user
from tests.leads.desk.conftest import client_of
from tests.responses import flat

HOST, NEW = "new.example", "https://new.example"
ADA = {"contact_name": "Ada Lovelace", "email": "ada@example.com"}


def held(site: Site, page: str = f"{NEW}/contact", **values: Any) -> Lead:
    defaults: dict[str, Any] = {"reason": "quarantined", "flags": "foreign_page", "data": ADA}
    return make_failed_lead(site=site, page=page, **defaults | values)


def page(client: Client, site: Site, tail: str = "unknown-pages/", code: int = 200) -> str:
    answer = client.get(f"/admin/leads/site/{site.pk}/{tail}")
    assert answer.status_code == code
    return flat(answer.content.decode())


def press(client: Client, site: Site, **data: Any) -> Any:
    address = f"/admin/leads/site/{site.pk}/unknown-pages/{data.pop('host', HOST)}/"
    return client.post(address, data, follow=True)


# --- The way there ------------------------------------------------------------------------------


def test_the_sites_page_says_what_is_held_and_from_where(boss: Client, site: Site) -> None:
    held(site)
    held(site, "")

    told = page(boss, site, "change/")

    assert "Held from unknown pages: 2" in told
    assert f"<code>{NEW}</code>" in told
    assert f"/admin/leads/site/{site.pk}/unknown-pages/" in told


def test_the_sites_page_says_nothing_where_nothing_is_held(boss: Client, site: Site) -> None:
    assert "unknown pages" not in page(boss, site, "change/")


def test_what_was_refused_beyond_the_days_number_is_told(boss: Client, site: Site) -> None:
    database.use_allowance(f"foreign-refused:{site.pk}", 10, 86_400)

    assert "Today 1 were answered 403" in page(boss, site, "change/")
    assert "Today 1 more were answered 403" in page(boss, site)


def test_a_held_leads_page_leads_to_the_others(boss: Client, site: Site) -> None:
    lead, other = held(site), make_failed_lead(site=site, reason="quarantined")
    address = f"/admin/leads/site/{site.pk}/unknown-pages/"

    assert address in flat(boss.get(f"/admin/leads/lead/{lead.pk}/change/").content.decode())
    assert address not in flat(boss.get(f"/admin/leads/lead/{other.pk}/change/").content.decode())


# --- The list -----------------------------------------------------------------------------------


def test_each_page_is_shown_with_its_leads(boss: Client, site: Site) -> None:
    lead = held(site)
    held(site, "", flags="foreign_page suspect")

    told = page(boss, site)

    assert told.count("1 held") == 2
    assert NEW in told
    assert "Without an origin" in told
    assert "Ada Lovelace" in told
    assert f"/admin/leads/lead/{lead.pk}/change/" in told
    assert "Filled in as programs do it" in told


def test_only_a_named_https_page_is_offered_to_be_allowed(boss: Client, site: Site) -> None:
    for origin in (NEW, "http://plain.example", "", "https://192.0.2.7"):
        held(site, origin)

    told = page(boss, site)

    assert told.count("Allow this page") == 1
    assert f"unknown-pages/{HOST}/" in told
    assert told.count("Only a named https page can be allowed") == 2


def test_with_nothing_held_it_says_so(boss: Client, site: Site) -> None:
    assert "Nothing is held." in page(boss, site)


def test_who_may_not_see_people_sees_where_from_and_initials(site: Site) -> None:
    viewer = client_of(make_user("v", ("leads.view_site", "leads.view_failedlead")))
    held(site, f"{NEW}/secret-path")

    told = page(viewer, site)

    assert NEW in told
    assert "A… L…" in told
    for hidden in ("Lovelace", "ada@", "secret-path", "Allow this page"):
        assert hidden not in told


def test_the_list_asks_no_more_for_many(
    boss: Client, site: Site, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        held(site, f"https://page{number}.example")

    with django_assert_max_num_queries(15):
        page(boss, site)


# --- Allowing -----------------------------------------------------------------------------------


def test_the_leads_are_shown_before_anything_is_released(boss: Client, site: Site) -> None:
    held(site)
    held(site, flags="foreign_page suspect")

    told = page(boss, site, f"unknown-pages/{HOST}/")

    assert f"Allow {NEW}?" in told
    assert "1 held lead will be released" in told
    assert "1 looks like spam as well and stays held." in told
    assert "Ada Lovelace" in told
    assert not Lead.objects.exclude(status="failed").exists()


def test_allowing_it_lets_it_post_and_releases_what_was_shown(boss: Client, site: Site) -> None:
    seen = held(site)
    later = held(site)

    told = flat(press(boss, site, up_to=seen.pk).content.decode())

    site.refresh_from_db()
    assert NEW in site.allowed_origins
    assert "Held leads on their way now: 1." in told
    assert list(Lead.objects.order_by("pk").values_list("status", flat=True)) == [
        "queued",
        "failed",
    ]
    assert later.pk
    said = list(LogEntry.objects.order_by("pk").values_list("change_message", flat=True))
    assert said == [
        f"Allowed the page {NEW}.",
        f"Released what was held from {NEW}: 1 leads.",
    ]


@pytest.mark.parametrize("up_to", ["", "nonsense", "-1", "²", None])
def test_without_what_was_shown_it_asks_again(boss: Client, site: Site, up_to: str | None) -> None:
    held(site)

    told = flat(press(boss, site, **({} if up_to is None else {"up_to": up_to})).content.decode())

    site.refresh_from_db()
    assert f"Allow {NEW}?" in told
    assert site.allowed_origins == ""


@pytest.mark.parametrize(
    "host", ["never-seen.example", "new.example@evil.example", "192.0.2.7", "NEW.example", "x"]
)
def test_a_page_that_nothing_came_from_is_not_allowed(boss: Client, site: Site, host: str) -> None:
    held(site)
    held(site, "https://192.0.2.7/")

    told = flat(press(boss, site, host=host, up_to="9").content.decode())

    site.refresh_from_db()
    assert "Nothing is held from that page." in told
    assert site.allowed_origins == ""


@pytest.mark.parametrize(
    "missing", ["leads.change_site", "leads.retry_lead", "leads.view_failedlead"]
)
def test_allowing_takes_every_right_and_shows_no_lead_without(site: Site, missing: str) -> None:
    lead = held(site)
    rights = {"leads.view_site", "leads.view_failedlead", "leads.change_site", "leads.retry_lead"}
    client = client_of(make_user("half", tuple(rights - {missing})))

    assert press(client, site, up_to=lead.pk).status_code == 403
    assert "A… L…" not in page(client, site, f"unknown-pages/{HOST}/", 403)
    assert Lead.objects.get().status == "failed"


# --- Posts that named no site ---------------------------------------------------------------------


def tried(beginning: str, door: str = "webhook", **values: Any) -> UnknownPost:
    now = timezone.now()
    defaults = {"day": now.date(), "count": 1_234, "last_at": now}
    return UnknownPost.objects.create(door=door, beginning=beginning, **defaults | values)


def sites(client: Client) -> str:
    return flat(client.get("/admin/leads/site/").content.decode())


def test_the_list_of_sites_tells_of_posts_that_named_none(boss: Client) -> None:
    for beginning in ("mistyp", "(none)", ""):
        tried(beginning)

    told = sites(boss)

    assert "Posts that named no site" in told
    for said in ("<code>mistyp…</code>", "no key at all", "others", "webhook address", "1,234"):
        assert said in told


def test_without_such_posts_nothing_is_told(boss: Client) -> None:
    assert "named no site" not in sites(boss)


def test_who_may_not_see_rejected_submissions_is_told_nothing() -> None:
    tried("mistyp")

    assert "mistyp" not in sites(client_of(make_user("v", ("leads.view_site",))))


def test_of_many_the_newest_are_shown(boss: Client) -> None:
    for days in range(25):
        tried(f"row{days:03}", day=(timezone.now() - timedelta(days=days)).date())

    told = sites(boss)

    assert "row019" in told
    assert "row020" not in told
    assert "The newest 20." in told


def test_what_was_tried_is_shown_as_text(boss: Client) -> None:
    tried("<b>&x")

    assert "<code>&lt;b&gt;&amp;x…</code>" in sites(boss)
