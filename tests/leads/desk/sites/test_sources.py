"""A site's sources on the desk: their addresses, settings and last posts."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from leads.decisions.source import make_source
from leads.intake.tools import TOOLS
from leads.models import Lead, RejectedSubmission, Site, Source, SourceAddress
from tests.factories import make_site, make_user
from tests.leads.desk.conftest import client_of
from tests.responses import flat

ADA = {"your-name": "Ada Lovelace", "mail-7": "ada@example.com"}


@pytest.fixture
def source(site: Site) -> Source:
    return make_source(site, "Contact page", "typeform").source


def url(source: Source, what: str = "") -> str:
    return f"/admin/leads/site/{source.site_id}/source/{source.pk}/{what}"


def live(source: Source) -> list[SourceAddress]:
    return list(SourceAddress.objects.live(timezone.now()).filter(source=source))


def post(address: SourceAddress, body: Any = ADA, **headers: Any) -> int:
    said = json.dumps(body) if isinstance(body, dict) else body
    answer = Client().post(f"/in/{address.secret}/", said, "application/json", **headers)
    return int(answer.status_code)


def history() -> list[str]:
    return [entry.get_change_message() for entry in LogEntry.objects.order_by("pk")]


def page_of(client: Client, source: Source) -> str:
    return flat(client.get(url(source)).content.decode())


# --- Addresses ------------------------------------------------------------------------------------


def test_the_address_is_masked_until_somebody_asks_and_that_is_kept(
    boss: Client, source: Source
) -> None:
    (address,) = live(source)

    masked, shown = page_of(boss, source), boss.post(url(source, "show/"))

    assert address.secret not in masked
    assert f"/in/{address.secret[:6]}…/" in masked
    assert f'id="secret">{address.address}<' in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    assert history() == ["Showed the address of “Contact page”."]


def test_a_renewed_address_and_the_one_before_it_work(boss: Client, source: Source) -> None:
    (old,) = live(source)

    page = flat(boss.post(url(source, "renew/"), {"newest": old.pk}).content.decode())

    new = live(source)[0]
    assert [post(one) for one in (old, new)] == [200, 200]
    assert new.address in page
    assert "was renewed and works until" in page
    assert old.secret not in page


def test_a_button_that_is_pressed_twice_renews_once(boss: Client, source: Source) -> None:
    (old,) = live(source)

    for _press in range(2):
        boss.post(url(source, "renew/"), {"newest": old.pk})

    assert len(live(source)) == 2


def test_a_second_renewal_prolongs_nothing(boss: Client, source: Source) -> None:
    (old,) = live(source)
    boss.post(url(source, "renew/"), {"newest": old.pk})
    ends_at = SourceAddress.objects.get(pk=old.pk).ends_at

    boss.post(url(source, "renew/"), {"newest": live(source)[0].pk})

    assert SourceAddress.objects.get(pk=old.pk).ends_at == ends_at


def test_the_old_address_can_be_ended_now(boss: Client, source: Source) -> None:
    (old,) = live(source)
    boss.post(url(source, "renew/"), {"newest": old.pk})

    boss.post(url(source, "end-old/"))

    (new,) = live(source)
    assert [post(one) for one in (old, new)] == [404, 200]
    assert history()[-1] == "Ended the old addresses of “Contact page”."


def test_revoking_asks_once_more(boss: Client, source: Source) -> None:
    (address,) = live(source)

    asked = boss.post(url(source, "revoke/")).content.decode()
    assert "Revoke it now" in asked
    assert live(source) == [address]
    boss.post(url(source, "revoke/"), {"confirmed": "yes"})

    assert post(address) == 404
    assert history() == ["Revoked the addresses of “Contact page”."]


def test_a_revoked_source_gets_a_new_address(boss: Client, source: Source) -> None:
    (old,) = live(source)
    boss.post(url(source, "revoke/"), {"confirmed": "yes"})

    boss.post(url(source, "renew/"), {"newest": old.pk})

    assert [post(one) for one in (old, live(source)[0])] == [404, 200]


def test_another_sites_source_is_not_found(boss: Client, source: Source) -> None:
    other = make_site()

    for what in ("", "listen.json", "settings/"):
        address = f"/admin/leads/site/{other.pk}/source/{source.pk}/{what}"
        assert boss.get(address).status_code == 404


# --- Adding ---------------------------------------------------------------------------------------


def test_a_source_is_added_by_its_tool(boss: Client, site: Site) -> None:
    page = boss.post(f"/admin/leads/site/{site.pk}/add-source/", {"tool": "tally"})

    source = Source.objects.get()
    assert (source.name, source.tool, source.site) == ("Tally", "tally", site)
    assert live(source)[0].address in page.content.decode()
    assert history() == ["Made the source “Tally” and its address."]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"tool": "tally", "name": "Contact page"}, "a source “Contact page” already"),
        ({"tool": "nonsense"}, "not one of the available choices"),
        ({}, "required"),
    ],
)
def test_a_source_that_cannot_be_made_says_why(
    boss: Client, source: Source, given: dict[str, str], said: str
) -> None:
    answer = boss.post(f"/admin/leads/site/{source.site_id}/add-source/", given)

    assert said in answer.content.decode()
    assert Source.objects.count() == 1


def test_the_sites_page_lists_its_sources(boss: Client, source: Source) -> None:
    for _post in range(3):
        post(live(source)[0])
    post(live(source)[0], {"company": "Arctic Spas"})

    page = flat(boss.get(f"/admin/leads/site/{source.site_id}/change/").content.decode())

    assert f'<a href="{url(source)}">Contact page</a>' in page
    for label, figure in (("Leads", 2), ("Failed", 1), ("Posted again", 2)):
        assert f'<td data-label="{label}">{figure}</td>' in page


# --- Settings -------------------------------------------------------------------------------------

SETTINGS = {
    "name": "Contact page",
    "tool": "typeform",
    "success": "200",
    "repeat_minutes": "60",
    "signature_encoding": "hex",
    **dict.fromkeys(("verify_token", "tool_key", "signature_secret", "signature_header"), ""),
    "signature_algorithm": "",
}
"""As a browser posts them: with the empty ones."""


def save(client: Client, source: Source, **given: str) -> str:
    answer = client.post(url(source, "settings/"), SETTINGS | given)
    source.refresh_from_db()
    return answer.content.decode()


@pytest.mark.parametrize("name", [name for name, tool in TOOLS.items() if tool.signature])
def test_a_tool_that_signs_needs_nothing_but_its_secret(
    boss: Client, source: Source, name: str
) -> None:
    save(boss, source, signing=name, signature_secret="shh")

    wanted = TOOLS[name].signature
    assert wanted is not None
    assert (source.signature_header, source.signature_algorithm, source.signature_encoding) == (
        wanted.header,
        wanted.algorithm,
        wanted.encoding,
    )
    assert source.signature_secret == "shh"
    assert post(live(source)[0]) == 401


def test_secrets_are_kept_and_never_shown_again(boss: Client, source: Source) -> None:
    secrets = {"verify_token": "v-secret", "tool_key": "g-secret", "signature_secret": "s-secret"}
    save(boss, source, signing="typeform", **secrets)

    page = boss.get(url(source, "settings/")).content.decode()
    save(boss, source, signing="typeform", name="Renamed")

    assert not any(secret in page for secret in secrets.values())
    assert {name: getattr(source, name) for name in secrets} == secrets
    assert source.name == "Renamed"
    assert not any(secret in said for said in history() for secret in secrets.values())


def test_a_secret_that_is_no_longer_wanted_is_forgotten(boss: Client, source: Source) -> None:
    save(boss, source, tool_key="g-secret")

    save(boss, source, forget="tool_key")

    assert source.tool_key == ""


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"signing": "typeform"}, "Enter the secret that it signs with."),
        ({"signing": "own", "signature_secret": "s"}, "Say which one it uses."),
        ({"signing": "own", "signature_header": "no header\r\nX: y"}, "such as X-Signature"),
        ({"repeat_minutes": "1441"}, "1440"),
        ({"success": "302"}, "not one of the available choices"),
        ({"name": "Other"}, "a source “Other” already"),
    ],
)
def test_settings_that_cannot_be(
    boss: Client, source: Source, given: dict[str, str], said: str
) -> None:
    make_source(source.site, "Other")

    assert said in save(boss, source, **given)
    assert (source.name, source.signature_algorithm) == ("Contact page", "")


def test_another_way_of_signing(boss: Client, source: Source) -> None:
    own = {"signing": "own", "signature_header": "X-Sign", "signature_algorithm": "sha512"}
    save(boss, source, signature_secret="s", **own)

    assert (source.signature_header, source.signature_algorithm) == ("X-Sign", "sha512")
    assert '<option value="own" selected>' in boss.get(url(source, "settings/")).content.decode()


# --- The last posts -------------------------------------------------------------------------------


def test_the_last_posts_are_its_leads_and_what_was_refused(boss: Client, source: Source) -> None:
    (address,) = live(source)
    Source.objects.filter(pk=source.pk).update(confirmed_at=timezone.now())
    assert [post(address), post(address), post(address, b"x" * 1_100_000)] == [200, 200, 413]

    page = page_of(boss, source)

    rejected = RejectedSubmission.objects.get()
    assert rejected.webhook_source == source
    assert f"rejectedsubmission/{rejected.pk}/change/" in page
    assert '<td data-label="Read">contact name, email</td>' in page
    assert '<td data-label="Answered">200, and 1 time again</td>' in page
    assert '<span class="code bad">413</span>' in page


def test_a_post_with_a_wrong_signature_is_kept_for_its_source(source: Source) -> None:
    Source.objects.filter(pk=source.pk).update(
        signature_header="X-Sign", signature_algorithm="sha256", signature_secret="s"
    )

    assert post(live(source)[0], HTTP_X_SIGN="wrong") == 401

    rejected = RejectedSubmission.objects.get()
    assert (rejected.status, rejected.webhook_source) == (401, source)
    assert "ada@example.com" in rejected.body


def test_only_twenty_posts_and_as_many_statements_for_one_as_for_thirty(
    boss: Client, source: Source
) -> None:
    (address,) = live(source)
    page_of(boss, source)

    def statements() -> int:
        with CaptureQueriesContext(connection) as asked:
            page_of(boss, source)
        return len(asked)

    post(address)
    one = statements()
    for number in range(30):
        post(address, {**ADA, "n": number})

    assert statements() <= one
    assert page_of(boss, source).count('data-label="Answered"') == 20


@pytest.mark.parametrize(
    ("permission", "masks"),
    [
        (None, False),
        ("leads.view_personal_data", False),
        ("leads.view_lead", True),
        ("leads.view_failedlead", True),
    ],
)
def test_who_may_not_see_people_sees_neither_what_nor_where(
    permission: str | None, masks: bool, source: Source
) -> None:
    post(live(source)[0], {**ADA, "favourite": "octarine"})
    rights = ["leads.view_source", "leads.change_source", *([permission] if permission else [])]
    client = client_of(make_user(permissions=tuple(rights)))

    answers = [client.get(url(source)), client.get(url(source, "listen.json"))]
    answers += [client.post(url(source, "choose/"), {"do": "preview", "pick-email": "none"})]
    for answer in answers:
        said = answer.content.decode()
        assert answer.status_code == 200
        assert "by what it is called" in said
        assert ("@example.com" in said) == masks
        for secret in ("Ada Lovelace", "ada@example.com", "octarine", "mail-7", "favourite"):
            assert secret not in said


MAY = ("leads.view_source", "leads.change_source")
WHOLE = ("leads.view_lead", "leads.view_personal_data")


@pytest.mark.parametrize(
    ("rights", "name", "shown"),
    [
        ((), "ada@example.com", False),
        ((), "your-name", False),
        (("leads.view_lead",), "ada@example.com", False),
        (("leads.view_personal_data",), "ada@example.com", False),
        ((), "email", True),
        (WHOLE, "mail-7", True),
        (WHOLE, "ada@example.com", True),
    ],
)
def test_a_fields_name_is_shown_to_who_may_see_its_value(
    rights: tuple[str, ...], name: str, shown: bool, source: Source
) -> None:
    post(live(source)[0], {"contact_name": "Ada", name: "bob@example.com"})
    Source.objects.update(chosen={"email": name})
    client = client_of(make_user(permissions=(*MAY, *rights)))

    for answer in (client.get(url(source)), client.get(url(source, "listen.json"))):
        said = answer.content.decode().replace('\\"', '"')
        assert (f'value="path:{name}"' in said) == shown
        assert (f"<code>{name}</code>" in said) == shown
        assert (name in said.replace('"pick-email"', "")) == shown
        assert ('value="kept"' in said) != shown


def test_a_choice_that_is_hidden_stays_when_the_form_is_sent_as_it_is(source: Source) -> None:
    post(live(source)[0])
    Source.objects.update(chosen={"email": "mail-7", "phone": "tel-8"})
    client = client_of(make_user(permissions=MAY))

    client.post(url(source, "choose/"), {"do": "keep", "pick-email": "kept", "pick-phone": "none"})

    assert Source.objects.get().chosen == {"email": "mail-7", "phone": ""}


def test_the_page_of_who_may_only_look_has_no_button(source: Source) -> None:
    post(live(source)[0])
    client = client_of(make_user(permissions=("leads.view_source",)))

    page = page_of(client, source).partition('id="content"')[2]

    assert "A post came in." in page
    assert "<button" not in page
    assert "<select" not in page


def test_an_erased_lead_does_not_break_the_page(boss: Client, source: Source) -> None:
    post(live(source)[0])
    Lead.objects.update(data={}, reading=None, name="", email="", phone="")

    assert boss.get(url(source)).status_code == 200
