"""Channels and digests in the admin: secrets go in, and come out once or never."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django_q.models import OrmQ
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from leads.clock import database_now
from leads.models import Site
from notifications.models import Channel, Digest, Notice
from notifications.models.addressed import OVERLAP
from tests.factories import make_user
from tests.notifications.factories import a_site
from tests.notifications.receiver import a_channel
from tests.responses import flat

pytestmark = pytest.mark.django_db

ADDRESS = "https://hooks.example.com/services/T0/B0/secret-part"
ALL = tuple(f"notifications.{name}_channel" for name in ("view", "add", "change", "delete", "test"))
OTHER_KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
ADD = reverse("admin:notifications_channel_add")


def client_of(*permissions: str) -> Client:
    client = Client()
    client.force_login(make_user("clerk", permissions))
    return client


@pytest.fixture
def site() -> Site:
    return a_site("staff@example.com", name="Spa")


@pytest.fixture
def boss() -> Client:
    return client_of(*ALL, "leads.view_site", "notifications.view_notice")


def posted(site: Site, **values: Any) -> dict[str, Any]:
    return {
        "name": "#sales",
        "kind": "slack",
        "site": site.pk,
        "destination": "",
        "new_address": ADDRESS,
        "enabled": "on",
        "wanted": ["lead_failed", "paused"],
        **values,
    }


def page_of(channel: Channel) -> str:
    return reverse("admin:notifications_channel_change", args=[channel.pk])


def test_a_channel_is_added_and_leads_back_to_its_site(boss: Client, site: Site) -> None:
    answer = boss.post(ADD, posted(site))

    assert answer["Location"] == reverse("admin:leads_site_change", args=[site.pk]) + "#notices"
    channel = Channel.objects.get()
    assert (channel.address, channel.host) == (ADDRESS, "hooks.example.com")
    assert (channel.events, channel.secret) == (["lead_failed", "paused"], "")


def test_the_address_is_on_no_page(boss: Client, site: Site) -> None:
    channel = a_channel(ADDRESS, site=site)
    site_page = reverse("admin:leads_site_change", args=[site.pk])
    listed = reverse("admin:notifications_channel_changelist")

    for page in (page_of(channel), listed, site_page):
        body = boss.get(page).content.decode()
        assert "hooks.example.com" in body
        assert "secret-part" not in body


def test_the_secret_of_a_signed_webhook_is_shown_once(boss: Client, site: Site) -> None:
    answer = boss.post(ADD, posted(site, kind="webhook"))

    channel = Channel.objects.get()
    assert channel.secret.startswith("whsec_")
    assert channel.secret in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert channel.secret not in boss.get(page_of(channel)).content.decode()


def test_an_address_left_empty_stays(boss: Client, site: Site) -> None:
    channel = a_channel(ADDRESS, site=site, kind="webhook")
    secret = channel.secret

    boss.post(page_of(channel), posted(site, new_address="", name="#new"))

    channel = Channel.objects.get()
    assert (channel.name, channel.address, channel.secret) == ("#new", ADDRESS, secret)


def test_a_new_address_replaces_the_old_one_and_forgets_its_error(boss: Client, site: Site) -> None:
    channel = a_channel(ADDRESS, site=site)
    Channel.objects.update(error="HTTP 404")

    boss.post(page_of(channel), posted(site, new_address="https://chat.example.org/hooks/1"))

    channel = Channel.objects.get()
    assert (channel.host, channel.error) == ("chat.example.org", "")
    assert channel.address == "https://chat.example.org/hooks/1"


@pytest.mark.parametrize("address", ["", "http://hooks.example.com/x", "no address"])
def test_an_address_that_cannot_be_posted_to_is_refused(
    boss: Client, site: Site, address: str
) -> None:
    answer = boss.post(ADD, posted(site, new_address=address))

    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors.keys() == {"new_address"}
    assert not Channel.objects.exists()


def test_a_channel_is_of_a_site_or_of_a_destination(boss: Client, site: Site) -> None:
    both = boss.post(ADD, posted(site, destination=site.destination_id))
    neither = boss.post(ADD, posted(site) | {"site": ""})

    assert both.status_code == neither.status_code == 200
    assert "Choose a site or a destination" in both.content.decode()
    assert not Channel.objects.exists()


def test_a_new_secret_replaces_the_old_one(boss: Client, site: Site) -> None:
    channel = a_channel(ADDRESS, site=site, kind="webhook")

    answer = boss.post(reverse("admin:notifications_channel_new_secret", args=[channel.pk]))

    renewed = Channel.objects.get().secret
    assert renewed != channel.secret
    assert renewed in answer.content.decode()


def renewed(boss: Client, channel: Channel) -> Channel:
    boss.post(reverse("admin:notifications_channel_new_secret", args=[channel.pk]))
    return Channel.objects.get()


def test_both_secrets_sign_for_three_days(boss: Client, site: Site) -> None:
    old = a_channel(ADDRESS, site=site, kind="webhook")

    new, now = renewed(boss, old), database_now()

    assert new.signing_secrets(now) == [new.secret, old.secret]
    assert new.signing_secrets(now + OVERLAP) == [new.secret]
    assert old.secret not in boss.get(page_of(new)).content.decode()
    assert "End the former secret" in boss.get(page_of(new)).content.decode()


def test_a_second_renewal_keeps_the_last_secret_alone(boss: Client, site: Site) -> None:
    first = renewed(boss, a_channel(ADDRESS, site=site, kind="webhook"))

    second = renewed(boss, first)

    assert second.signing_secrets(database_now()) == [second.secret, first.secret]


def test_the_former_secret_is_ended(boss: Client, site: Site) -> None:
    channel = renewed(boss, a_channel(ADDRESS, site=site, kind="webhook"))

    boss.post(reverse("admin:notifications_channel_end_secret", args=[channel.pk]))

    ended = Channel.objects.get()
    assert (ended.former_secret, ended.former_until) == ("", None)
    assert ended.signing_secrets(database_now()) == [channel.secret]
    assert "End the former secret" not in boss.get(page_of(ended)).content.decode()


def test_a_secret_that_no_key_opens_is_no_former_one(site: Site) -> None:
    channel = a_channel(ADDRESS, site=site, kind="webhook")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE notifications_channel SET secret = 'locked by a lost key'")
    locked = Channel.objects.get()

    locked.renew_secret(database_now())

    fresh = Channel.objects.get()
    assert fresh.signing_secrets(database_now()) == [fresh.secret]
    assert fresh.secret != channel.secret


def test_a_test_notice_goes_to_one_channel(
    boss: Client, site: Site, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    channel = a_channel(ADDRESS, site=site, enabled=False)

    with django_capture_on_commit_callbacks(execute=True):
        boss.post(reverse("admin:notifications_channel_test", args=[channel.pk]))

    notice = Notice.objects.get()
    assert (notice.kind, notice.channel, notice.resent) == ("test", channel, True)
    assert OrmQ.objects.filter(key="notices").count() == 1


def test_a_test_notice_goes_to_everybody_of_a_site(boss: Client, site: Site) -> None:
    a_channel(ADDRESS, site=site)
    a_channel(ADDRESS, site=site, name="off", enabled=False)

    boss.post(reverse("admin:notifications_site_test", args=[site.pk]))

    told = Notice.objects.order_by("pk").values_list("recipient", flat=True)
    assert list(told) == ["staff@example.com", "#sales (hooks.example.com)"]


def test_a_site_that_tells_nobody_says_so(boss: Client) -> None:
    site = a_site()

    answer = boss.post(reverse("admin:notifications_site_test", args=[site.pk]), follow=True)

    assert "Nobody is told" in answer.content.decode()


@pytest.mark.parametrize("address", ["notifications_channel_test", "notifications_site_test"])
def test_a_test_needs_its_own_right_and_a_post(site: Site, address: str) -> None:
    channel = a_channel(ADDRESS, site=site)
    pk = site.pk if "site" in address else channel.pk
    url = reverse(f"admin:{address}", args=[pk])

    assert client_of("notifications.change_channel").post(url).status_code == 403
    boss = Client()
    boss.force_login(make_user("boss", ALL))
    assert boss.get(url).status_code == 405
    assert not Notice.objects.exists()


def test_a_new_secret_needs_the_right_to_change(site: Site) -> None:
    channel = a_channel(ADDRESS, site=site, kind="webhook")
    url = reverse("admin:notifications_channel_new_secret", args=[channel.pk])

    answer = client_of("notifications.view_channel").post(url)

    assert answer.status_code == 403
    assert Channel.objects.get().secret == channel.secret


def test_the_sites_page_shows_channels_to_those_who_may_see_them(site: Site) -> None:
    a_channel(ADDRESS, site=site)
    page = reverse("admin:leads_site_change", args=[site.pk])

    body = client_of("leads.view_site").get(page).content.decode()

    assert "#sales" not in body


def test_the_page_of_a_channel_says_what_is_wrong(boss: Client, site: Site) -> None:
    channel = a_channel(ADDRESS, site=site)
    Channel.objects.update(error="HTTP 404")

    page = flat(boss.get(page_of(channel)).content.decode())

    assert "The last notice did not arrive: HTTP 404" in page


def test_a_channel_whose_address_no_key_opens_still_has_a_page(
    boss: Client, site: Site, settings: Settings
) -> None:
    channel = a_channel(ADDRESS, site=site)

    keys, settings.FIELD_KEYS = settings.FIELD_KEYS, [OTHER_KEY]

    assert boss.get(page_of(channel)).status_code == 200
    boss.post(page_of(channel), posted(site, new_address="", name="#renamed"))
    settings.FIELD_KEYS = keys

    renamed = Channel.objects.get()
    assert (renamed.name, renamed.address) == ("#renamed", ADDRESS)


def test_removing_a_channel_leaves_what_it_was_told(boss: Client, site: Site) -> None:
    channel = a_channel(ADDRESS, site=site)
    boss.post(reverse("admin:notifications_channel_test", args=[channel.pk]))

    boss.post(reverse("admin:notifications_channel_delete", args=[channel.pk]), {"post": "yes"})

    notice = Notice.objects.get()
    assert (notice.channel, notice.recipient) == (None, "#sales (hooks.example.com)")


def test_a_digest_is_added_for_a_site(site: Site) -> None:
    client = client_of("notifications.add_digest", "notifications.view_digest")
    address = reverse("admin:notifications_digest_add")

    client.post(
        address,
        {"recipient": "boss@example.com", "site": site.pk, "hour": 7, "enabled": "on"},
    )

    digest = Digest.objects.get()
    assert (digest.recipient, digest.site, digest.hour) == ("boss@example.com", site, 7)


def test_no_day_has_a_25th_hour(site: Site) -> None:
    client = client_of("notifications.add_digest", "notifications.view_digest")

    client.post(
        reverse("admin:notifications_digest_add"),
        {"recipient": "boss@example.com", "site": site.pk, "hour": 24, "enabled": "on"},
    )

    assert not Digest.objects.exists()
