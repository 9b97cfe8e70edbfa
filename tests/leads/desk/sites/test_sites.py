"""The list of sites, and the page of one: its live stats, its test leads, its keys."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from leads.models import Heartbeat, Lead, Site, SiteKey
from tests.factories import make_destination, make_failed_lead, make_lead, make_site, make_user
from tests.responses import Response

LIST = "/admin/leads/site/"
LEAD = {"contact_name": "Eva"}


def page_of(client: Client, site: Site) -> str:
    return client.get(f"{LIST}{site.pk}/change/").content.decode()


def press(
    client: Client, site: Site, button: str, data: dict[str, Any] | None = None, **headers: str
) -> Response:
    return client.post(f"{LIST}{site.pk}/{button}/", data or {}, headers=headers)


def row_of(client: Client, site: Site) -> str:
    page = client.get(LIST).content.decode()
    return page.partition(f"{LIST}{site.pk}/change/")[2].partition("</tr>")[0]


# --- The list -------------------------------------------------------------------------------------


def test_a_row_tells_how_the_site_does(boss: Client, site: Site) -> None:
    make_lead(site=site)
    make_failed_lead(site=site)
    SiteKey.objects.issue(site, SiteKey.Kind.SECRET)

    row = row_of(boss, site)

    for told in ("Running", "2 in 24 h", "1 failed", "1 key", "<time"):
        assert told in row, told


def test_test_leads_are_in_no_column(boss: Client, site: Site) -> None:
    make_failed_lead(site=site, is_test=True)

    row = row_of(boss, site)

    for told in ("no lead yet", "0 in 24 h", "none failed", "no key"):
        assert told in row, told


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"enabled": False}, "Disabled"),
        ({"quiet_since": timezone.now()}, "Silent"),
        ({"paused_at": timezone.now(), "pause_reason": "wrong_module"}, "Paused"),
    ],
)
def test_a_row_tells_what_keeps_a_site_from_sending(
    boss: Client, site: Site, values: dict[str, Any], told: str
) -> None:
    Site.objects.filter(pk=site.pk).update(**values)

    assert told in row_of(boss, site)


def test_the_list_asks_no_more_for_many_sites(
    boss: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _number in range(12):
        make_lead(site=make_site())

    # One capped count of the failed a row; everything else is asked for once.
    with django_assert_max_num_queries(40):
        boss.get(LIST)


def test_no_site_is_a_friendly_page(boss: Client, site: Site) -> None:
    assert "No site of that name." in boss.get(LIST + "?q=nothing").content.decode()


# --- Its live stats -------------------------------------------------------------------------------


def test_the_page_counts_today_and_the_week(boss: Client, site: Site) -> None:
    now = timezone.now()
    make_lead(site=site, received_at=now, status="delivered")
    make_lead(site=site, received_at=now - timedelta(days=3), status="discarded")
    make_lead(site=site, received_at=now - timedelta(days=9))

    page = page_of(boss, site)

    assert "<dt>Today</dt><dd>1</dd>" in page
    assert "<dt>Last 7 days</dt><dd>2</dd>" in page
    assert "50.000%" in page


def test_a_new_site_says_that_its_rhythm_is_not_known(boss: Client, site: Site) -> None:
    assert "Too few leads yet to know its rhythm" in page_of(boss, site)


def test_a_silent_site_says_so(boss: Client, site: Site) -> None:
    Site.objects.filter(pk=site.pk).update(quiet_since=timezone.now())

    assert "No leads are coming in" in page_of(boss, site)


def test_the_dashboard_names_silent_sites(boss: Client, site: Site) -> None:
    assert "No leads are coming in" not in boss.get("/admin/").content.decode()
    Site.objects.filter(pk=site.pk).update(quiet_since=timezone.now())

    page = boss.get("/admin/").content.decode()

    assert "No leads are coming in" in page
    assert f"{LIST}{site.pk}/change/" in page


# --- On and off -----------------------------------------------------------------------------------


def test_a_site_is_disabled_and_enabled_by_a_button(boss: Client, site: Site) -> None:
    press(boss, site, "switch", {"to": "off"})
    disabled = Site.objects.get(pk=site.pk)
    press(boss, site, "switch", {"to": "on"})

    enabled = Site.objects.get(pk=site.pk)
    assert (disabled.enabled, enabled.enabled) == (False, True)
    assert enabled.watched_since is not None


def save(client: Client, site: Site, **values: Any) -> None:
    """Save the form of the site's page."""
    form = {
        "name": site.name,
        "destination": site.destination_id,
        "enabled": "on",
        "duplicate_rule": "inherit",
        "duplicate_policy": "hold",
        "nameless": "hold",
        "quiet_alarm": "auto",
        "module": "Leads",
        "min_fill_seconds": "3",
        "repeat_window": "0",
        "honeypot": "_website",
        "options": "{}",
    }
    answer = client.post(f"{LIST}{site.pk}/change/", form | values)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    site.refresh_from_db()


def test_saving_the_settings_leaves_a_pause_of_this_moment_alone(boss: Client, site: Site) -> None:
    boss.get(f"{LIST}{site.pk}/change/")
    Site.objects.pause(site.pk, "wrong_module", timezone.now(), timezone.now())

    save(boss, site, name="Renamed")

    assert (site.name, site.pause_reason) == ("Renamed", "wrong_module")


def test_another_alarm_is_looked_at_anew(boss: Client, site: Site) -> None:
    Site.objects.filter(pk=site.pk).update(
        quiet_since=timezone.now(), quiet_check_at=timezone.now()
    )

    save(boss, site, quiet_alarm="fixed", quiet_hours="6")

    assert (site.quiet_hours, site.quiet_since, site.quiet_check_at) == (6, None, None)


def test_an_alarm_by_hours_needs_the_hours(boss: Client, site: Site) -> None:
    answer = boss.post(f"{LIST}{site.pk}/change/", {"quiet_alarm": "fixed"})

    assert "Say after how many hours." in answer.content.decode()


# --- Test leads -----------------------------------------------------------------------------------


def test_a_test_lead_is_marked_and_on_its_way(boss: Client, site: Site) -> None:
    press(boss, site, "test-lead")

    lead = Lead.objects.get()
    assert (lead.site, lead.is_test, lead.status) == (site, True, Lead.Status.QUEUED)
    assert "Test lead" in page_of(boss, site)


def trial_of(client: Client, site: Site) -> str:
    """The state of the newest test lead, as the script asks for it."""
    lead = Lead.objects.filter(is_test=True).latest("pk")
    return str(client.get(f"{LIST}{site.pk}/test-lead/{lead.pk}/").json()["html"])


def beat() -> None:
    now = timezone.now()
    Heartbeat.of_this_process(now).beat(now)


def test_it_shows_at_once_what_becomes_of_it(boss: Client, site: Site) -> None:
    beat()

    state = press(boss, site, "test-lead", Accept="application/json").json()

    assert state["open"]
    assert "It leaves with the next call to Zoho" in state["html"]


def test_a_delivered_one_names_its_record(boss: Client, site: Site) -> None:
    make_lead(site=site, is_test=True, status="delivered", zoho_id="61234")

    html = trial_of(boss, site)

    assert "Delivered as record" in html
    assert "61234" in html


def test_a_failed_one_says_why_and_what_to_do(boss: Client, site: Site) -> None:
    make_failed_lead(site=site, is_test=True, reason="too_long", reason_text="Zip_Code")

    html = trial_of(boss, site)

    assert "Value too long for the Zoho field" in html
    assert "Zip_Code" in html


def test_one_that_waits_for_a_pause_says_so(boss: Client, site: Site) -> None:
    beat()
    make_lead(site=site, is_test=True)
    destination = make_destination()
    type(destination).objects.pause(destination.pk, "token_revoked", timezone.now(), None)

    assert "Zoho no longer accepts our credentials" in trial_of(boss, site)


def test_one_that_waits_for_a_worker_says_so(boss: Client, site: Site) -> None:
    make_lead(site=site, is_test=True)

    assert "no delivery worker is running" in trial_of(boss, site)


@pytest.mark.usefixtures("within_a_minute")
def test_beyond_the_quota_it_is_told(boss: Client, site: Site) -> None:
    Site.objects.filter(pk=site.pk).update(quota=1)
    press(boss, site, "test-lead")

    assert (
        "1 leads a minute"
        in press(boss, site, "test-lead", Accept="application/json").json()["html"]
    )


def test_a_real_lead_is_no_test_lead(boss: Client, site: Site) -> None:
    lead = make_lead(site=site)

    assert boss.get(f"{LIST}{site.pk}/test-lead/{lead.pk}/").status_code == 404


def test_sending_one_is_a_right_of_its_own(support: Client, site: Site) -> None:
    assert press(support, site, "test-lead").status_code == 403


# --- Keys -----------------------------------------------------------------------------------------


def issued(site: Site, **values: Any) -> SiteKey:
    key, _secret = SiteKey.objects.issue(site, SiteKey.Kind.SECRET)
    SiteKey.objects.filter(pk=key.pk).update(**values)
    return key


def test_two_keys_work_until_the_old_one_is_revoked(
    boss: Client, client: Client, site: Site
) -> None:
    _old, first = SiteKey.objects.issue(site, SiteKey.Kind.SECRET)
    _new, second = SiteKey.objects.issue(site, SiteKey.Kind.SECRET)

    for secret in (first, second):
        bearer = {"Authorization": f"Bearer {secret}"}
        answer = client.post("/api/v1/leads/", LEAD, "application/json", headers=bearer)
        assert answer.status_code == 202


def test_the_page_guides_through_a_change_of_keys(boss: Client, site: Site) -> None:
    now = timezone.now()
    old = issued(site, last_used_at=now)
    new = issued(site)
    told = [page_of(boss, site)]
    SiteKey.objects.filter(pk=new.pk).update(last_used_at=now)
    told.append(page_of(boss, site))
    SiteKey.objects.filter(pk=old.pk).update(last_used_at=now - timedelta(hours=2))
    told.append(page_of(boss, site))

    assert "Put the new key into the site" in told[0]
    assert "Wait: the old key is still in use" in told[1]
    assert f"Revoke the old key {old.prefix}" in told[2]


def test_revoking_a_key_in_use_asks_first(boss: Client, site: Site) -> None:
    key = issued(site, last_used_at=timezone.now() - timedelta(minutes=30))
    issued(site)

    page = press(boss, site, f"revoke-key/{key.pk}").content.decode()

    assert "It is in use." in page
    assert SiteKey.objects.live().count() == 2


def test_revoking_the_last_key_asks_first(boss: Client, site: Site) -> None:
    key = issued(site)

    assert "It is the last one" in press(boss, site, f"revoke-key/{key.pk}").content.decode()
    press(boss, site, f"revoke-key/{key.pk}", {"confirmed": "yes"})
    assert not SiteKey.objects.live().exists()


def test_an_old_key_that_nobody_uses_goes_at_once(boss: Client, site: Site) -> None:
    old = issued(site, last_used_at=timezone.now() - timedelta(hours=2))
    new = issued(site)

    press(boss, site, f"revoke-key/{old.pk}")

    assert SiteKey.objects.live().get() == new


def test_the_button_that_issues_a_key_makes_one_however_often_it_is_pressed(
    boss: Client, site: Site
) -> None:
    ticket = boss.get(f"{LIST}{site.pk}/change/").context["ticket"]

    first, second = (press(boss, site, "issue-key", {"ticket": ticket}) for _press in range(2))

    key = SiteKey.objects.get()
    assert f'id="secret">{key.prefix}' in first.content.decode()
    assert f'id="secret">{key.prefix}' in second.content.decode()


def ticket_of(client: Client, site: Site) -> str:
    return str(client.get(f"{LIST}{site.pk}/change/").context["ticket"])


def test_a_ticket_pressed_at_another_site_makes_a_key_of_that_site(
    boss: Client, site: Site
) -> None:
    ticket, other = ticket_of(boss, site), make_site(name="Other")

    for one in (site, other):
        assert press(boss, one, "issue-key", {"ticket": ticket}).status_code == 200

    assert site.keys.get().digest != other.keys.get().digest


def test_a_ticket_makes_another_key_for_another_kind(boss: Client, site: Site) -> None:
    ticket = ticket_of(boss, site)

    for kind in SiteKey.Kind.values:
        assert press(boss, site, "issue-key", {"ticket": ticket, "kind": kind}).status_code == 200

    secret, form, signing = (site.keys.get(kind=kind) for kind in SiteKey.Kind.values)
    assert SiteKey.digest_of(form.token) == form.digest != secret.digest
    assert SiteKey.digest_of(signing.token) == signing.digest
    assert signing.secret.startswith("whsec_")


def test_a_ticket_makes_another_key_for_another_person(
    boss: Client, client: Client, site: Site
) -> None:
    ticket = ticket_of(boss, site)
    client.force_login(make_user("other", is_superuser=True))

    for one in (boss, client):
        assert press(one, site, "issue-key", {"ticket": ticket}).status_code == 200

    assert site.keys.count() == 2


def test_a_ticket_whose_key_was_revoked_makes_a_new_one(boss: Client, site: Site) -> None:
    ticket = ticket_of(boss, site)
    press(boss, site, "issue-key", {"ticket": ticket})
    site.keys.get().revoke()

    page = press(boss, site, "issue-key", {"ticket": ticket}).content.decode()

    assert f'id="secret">{site.keys.live().get().prefix}' in page
