"""Sites with their keys, destinations with their switch, the connection, the settings."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from leads.models import Destination, Preferences, Site, SiteKey
from leads.reasons import Reason
from tests.factories import make_destination
from tests.responses import Response
from zoho.models import Connection


def issue(client: Client, site: Site, **values: Any) -> Response:
    """Press “Issue a new key”."""
    return client.post(f"/admin/leads/site/{site.pk}/issue-key/", values)


def secret_of(page: str) -> str:
    """The secret that a page shows."""
    return page.partition('id="secret">')[2].partition("<")[0]


def test_a_new_key_is_shown_and_works(boss: Client, site: Site) -> None:
    secret = secret_of(issue(boss, site, kind="secret").content.decode())

    assert SiteKey.objects.live().get().digest == SiteKey.digest_of(secret)


def test_a_new_key_comes_with_a_line_that_posts(boss: Client, site: Site) -> None:
    page = issue(boss, site, kind="secret").content.decode()

    assert "curl -X POST http://testserver/api/v1/leads/" in page
    assert f"Authorization: Bearer {secret_of(page)}" in page


def test_the_page_of_a_new_key_is_kept_by_nobody(boss: Client, site: Site) -> None:
    assert "no-store" in issue(boss, site, kind="secret")["Cache-Control"]


def test_a_secret_is_never_shown_again(boss: Client, site: Site) -> None:
    secret = secret_of(issue(boss, site, kind="secret").content.decode())

    page = boss.get(f"/admin/leads/site/{site.pk}/change/").content.decode()

    assert secret not in page
    assert secret[:6] in page


def test_a_form_token_stays_visible(boss: Client, site: Site) -> None:
    token = secret_of(issue(boss, site, kind="form").content.decode())

    assert token in boss.get(f"/admin/leads/site/{site.pk}/change/").content.decode()


def test_a_revoked_key_is_no_longer_accepted(boss: Client, site: Site) -> None:
    key, _secret = SiteKey.objects.issue(site, SiteKey.Kind.SECRET)

    boss.post(f"/admin/leads/site/{site.pk}/revoke-key/{key.pk}/", {"confirmed": "yes"})

    assert not SiteKey.objects.live().exists()


def test_a_key_is_revoked_on_its_own_site_only(boss: Client, site: Site) -> None:
    key, _secret = SiteKey.objects.issue(site, SiteKey.Kind.SECRET)

    answer = boss.post(f"/admin/leads/site/{site.pk + 1}/revoke-key/{key.pk}/")

    assert answer.status_code == 404


def test_a_paused_site_is_resumed(boss: Client, site: Site) -> None:
    Site.objects.pause(site.pk, Reason.WRONG_MODULE, timezone.now(), timezone.now())

    page = boss.get(f"/admin/leads/site/{site.pk}/change/").content.decode()
    boss.post(f"/admin/leads/site/{site.pk}/resume/")

    site.refresh_from_db()
    assert "The Zoho module does not exist" in page
    assert site.paused_at is None


def test_sending_is_paused_until_a_person_resumes(boss: Client) -> None:
    destination = make_destination()

    boss.post(f"/admin/leads/destination/{destination.pk}/pause/")

    destination.refresh_from_db()
    assert (destination.pause_reason, destination.paused_until) == ("paused_by_hand", None)


def test_sending_is_resumed(boss: Client) -> None:
    destination = make_destination()
    Destination.objects.pause(destination.pk, Reason.TOKEN_REVOKED, timezone.now(), None)

    boss.post(f"/admin/leads/destination/{destination.pk}/resume/")

    destination.refresh_from_db()
    assert destination.paused_at is None


def test_the_pages_of_the_set_up_open(boss: Client, site: Site) -> None:
    destination = make_destination()

    for address in (
        "/admin/leads/site/",
        "/admin/leads/site/add/",
        f"/admin/leads/site/{site.pk}/change/",
        "/admin/leads/destination/",
        f"/admin/leads/destination/{destination.pk}/change/",
        "/admin/auth/user/",
        "/admin/auth/group/",
    ):
        assert boss.get(address).status_code == 200, address


def test_a_site_is_disabled_and_not_deleted(boss: Client, site: Site) -> None:
    boss.post(f"/admin/leads/site/{site.pk}/delete/", {"post": "yes"})

    assert Site.objects.filter(pk=site.pk).exists()


def test_the_settings_are_one_form(boss: Client) -> None:
    answer = boss.get("/admin/leads/preferences/", follow=True)

    assert "Do not add new leads via API if a lead with a similar e-mail" in str(answer.content)


def test_the_switch_against_duplicates_is_kept(boss: Client) -> None:
    page = Preferences.load()

    boss.post(f"/admin/leads/preferences/{page.pk}/change/", {"refuse_duplicate_emails": "on"})

    assert Preferences.load().refuse_duplicate_emails


@pytest.fixture
def connection(db: None) -> Connection:
    """A connection with secrets."""
    connection, _made = Connection.objects.get_or_create(destination=make_destination())
    connection.client_id = "1000.ID"
    connection.client_secret, connection.refresh_token = "SECRET-1", "TOKEN-1"
    connection.access_token, connection.access_stamp = "ACCESS-1", "stamp"
    connection.save()
    return connection


def save(client: Client, connection: Connection, **values: Any) -> None:
    """Save the form of the destination."""
    destination = connection.destination
    form = {
        "name": destination.name,
        "calls_per_second": "10",
        "max_slots": "4",
        "batch_size": "100",
        "zoho-TOTAL_FORMS": "1",
        "zoho-INITIAL_FORMS": "1",
        "zoho-MIN_NUM_FORMS": "0",
        "zoho-MAX_NUM_FORMS": "1",
        "zoho-0-id": connection.pk,
        "zoho-0-destination": destination.pk,
        "zoho-0-reference_field": connection.reference_field,
        "zoho-0-proof_share": connection.proof_share,
        "zoho-0-proof_credits": connection.proof_credits,
        "zoho-0-sales_months": connection.sales_months,
        "zoho-0-won_stages": connection.won_stages,
    }
    answer = client.post(
        f"/admin/leads/destination/{destination.pk}/change/",
        form | {f"zoho-0-{name}": value for name, value in values.items()},
    )
    assert answer.status_code == 302, answer.content.decode()
    connection.refresh_from_db()


def test_stored_secrets_are_never_shown(boss: Client, connection: Connection) -> None:
    page = boss.get(f"/admin/leads/destination/{connection.destination_id}/change/").content

    for secret in (b"SECRET-1", b"TOKEN-1", b"ACCESS-1"):
        assert secret not in page


def test_the_form_takes_no_credentials(boss: Client, connection: Connection) -> None:
    save(boss, connection, client_id="1000.OTHER", client_secret="SECRET-2", accounts_url="x")

    assert (connection.client_id, connection.client_secret) == ("1000.ID", "SECRET-1")


def test_another_reference_field_is_verified_anew(boss: Client, connection: Connection) -> None:
    make_destination(resend_is_safe=True)

    save(boss, connection, reference_field="Our_Ref")

    assert connection.reference_field == "Our_Ref"
    assert not Destination.objects.get().resend_is_safe
    assert connection.access_token == "ACCESS-1"


def test_what_became_of_leads_is_off_until_somebody_switches_it_on(
    boss: Client, connection: Connection
) -> None:
    assert not connection.reads_sales

    save(boss, connection, reads_sales="on", sales_months=12, won_stages="Closed Won, Renewed")

    assert (connection.reads_sales, connection.sales_months) == (True, 12)
    assert connection.won == {"closed won", "renewed"}


def test_saving_the_pace_leaves_the_shared_token_alone(
    boss: Client, connection: Connection
) -> None:
    save(boss, connection)

    assert connection.access_token == "ACCESS-1"
