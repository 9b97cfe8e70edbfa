"""The steps of “Connect a site”."""

from __future__ import annotations

import re
import uuid

import pytest
from django.test import Client

from leads.models import Destination, Lead, Site, SiteKey, Source, SourceAddress
from tests.factories import make_destination, make_site, make_user
from tests.leads.desk.conftest import client_of
from tests.responses import flat

START = "/admin/leads/site/connect/"
SITE = {"name": "Solar Quotes", "recipients": "sales@example.com", "country": "de"}
LEAD = {"contact_name": "Eva"}
RULES = {"duplicate_rule": "inherit", "duplicate_policy": "hold"}
SERVER = {"kind": "secret", "allowed_origins": ""}
TOOL = {"kind": "elementor", "allowed_origins": ""}
FORM = {"kind": "form", "allowed_origins": "https://Solar.example/contact\nhttp://localhost:3000"}


def begin(client: Client) -> str:
    """The address of a new run, without the step's name."""
    return client.get(START + "?new=1")["Location"].removesuffix("site/")


def ticket(client: Client, run: str) -> str:
    """What the last step's form carries."""
    page = client.get(run + "connection/").content.decode()
    return str(re.findall(r'name="ticket" value="([^"]+)"', page)[0])


def walk(client: Client, run: str, way: dict[str, str]) -> dict[str, str]:
    """The first two steps; what to post at the last one."""
    client.post(run + "site/", SITE)
    client.post(run + "rules/", RULES)
    return way | {"ticket": ticket(client, run)}


def secret_of(page: bytes) -> str:
    return page.decode().partition('id="secret">')[2].partition("<")[0]


def test_three_steps_make_a_site_and_a_key_that_works(boss: Client, client: Client) -> None:
    run = begin(boss)

    answer = boss.post(run + "connection/", walk(boss, run, SERVER))

    site = Site.objects.get(name="Solar Quotes")
    assert (site.recipients, site.country, site.enabled) == ("sales@example.com", "DE", True)
    key = {"Authorization": f"Bearer {secret_of(answer.content)}"}
    posted = client.post("/api/v1/leads/", LEAD, "application/json", headers=key)
    assert posted.status_code == 202


def test_a_browser_form_gets_a_token_and_the_sites_origins(boss: Client) -> None:
    run = begin(boss)

    page = boss.post(run + "connection/", walk(boss, run, FORM)).content.decode()

    site = Site.objects.get(name="Solar Quotes")
    assert site.origin_list == ["https://solar.example", "http://localhost:3000"]
    token = site.keys.get(kind=SiteKey.Kind.FORM).token
    assert f"http://testserver/f/{token}/" in page


def test_the_code_holds_the_key(boss: Client) -> None:
    run = begin(boss)

    answer = boss.post(run + "connection/", walk(boss, run, SERVER))

    page, secret = answer.content.decode(), secret_of(answer.content)
    for name in ("curl", "python", "php", "javascript"):
        code = page.partition(f'id="code-{name}">')[2].partition("</pre>")[0]
        assert secret in code, name


def test_nothing_is_made_before_the_last_step(boss: Client) -> None:
    before = Site.objects.count()
    run = begin(boss)

    walk(boss, run, SERVER)

    assert Site.objects.count() == before
    assert not SiteKey.objects.exists()


def test_back_shows_what_was_entered(boss: Client) -> None:
    run = begin(boss)
    walk(boss, run, SERVER)

    page = boss.get(run + "site/").content.decode()

    assert 'value="Solar Quotes"' in page
    assert "sales@example.com" in page


@pytest.mark.parametrize(
    ("entered", "goes_on_at"),
    [({}, ""), ({"site": SITE}, "rules/"), ({"site": SITE, "rules": RULES}, "connection/")],
)
def test_who_left_goes_on_at_the_next_step(
    boss: Client, entered: dict[str, dict[str, str]], goes_on_at: str
) -> None:
    run = begin(boss)
    for name, values in entered.items():
        boss.post(run + name + "/", values)

    address = boss.get(START)["Location"]

    assert (address == run + goes_on_at) is bool(goes_on_at)
    page = boss.get(address).content.decode()
    assert ("You go on with “Solar Quotes”" in page) is bool(goes_on_at)
    assert ("?new=1" in page) is bool(goes_on_at)


def test_who_is_done_or_wants_to_begins_anew(boss: Client) -> None:
    run = begin(boss)
    boss.post(run + "site/", SITE)
    assert run not in boss.get(START + "?new=1")["Location"]

    boss.post(run + "connection/", walk(boss, run, SERVER))

    assert run not in boss.get(START)["Location"]


def test_another_persons_steps_are_not_gone_on_with(boss: Client) -> None:
    boss.post(begin(boss) + "site/", SITE)

    other = client_of(make_user("second", is_superuser=True))

    assert other.get(START)["Location"].endswith("/site/")


def test_the_last_page_names_what_comes_next(boss: Client) -> None:
    run = begin(boss)

    answer = boss.post(run + "connection/", walk(boss, run, SERVER))

    assert "Next, step 1 of 3:<b>Connect Zoho.</b>" in flat(answer.content.decode())


@pytest.mark.parametrize(
    "typed",
    [
        "a@example.com,b@example.com",
        "a@example.com; b@example.com",
        " a@example.com\r\nb@example.com,",
    ]
    + ["a@example.com b@example.com", "a@example.com,\n\na@example.com , b@example.com"],
)
def test_recipients_are_taken_by_comma_or_line(boss: Client, typed: str) -> None:
    run = begin(boss)
    boss.post(run + "site/", SITE | {"recipients": typed})
    boss.post(run + "rules/", RULES)

    boss.post(run + "connection/", SERVER | {"ticket": ticket(boss, run)})

    site = Site.objects.get(name="Solar Quotes")
    assert site.recipients == "a@example.com\nb@example.com"
    assert site.recipient_list == ["a@example.com", "b@example.com"]


def test_a_double_click_makes_one_site_and_one_key_and_shows_it_twice(boss: Client) -> None:
    run = begin(boss)
    last = walk(boss, run, SERVER)

    first, second = (boss.post(run + "connection/", last) for _press in range(2))

    assert secret_of(first.content) == secret_of(second.content)
    assert Site.objects.filter(name="Solar Quotes").count() == 1
    assert SiteKey.objects.count() == 1


def test_coming_back_after_the_end_leads_to_the_site(boss: Client) -> None:
    run = begin(boss)
    boss.post(run + "connection/", walk(boss, run, SERVER))

    for name in ("site", "rules", "connection"):
        answer = boss.get(run + f"{name}/")
        assert answer["Location"].endswith(f"/{Site.objects.get(name='Solar Quotes').pk}/change/")


def test_a_step_cannot_be_skipped(boss: Client) -> None:
    run = begin(boss)

    answer = boss.get(run + "connection/")

    assert answer["Location"] == run + "site/"


def test_an_unknown_step_is_the_first_one(boss: Client) -> None:
    run = begin(boss)

    assert boss.get(run + "nonsense/")["Location"] == run + "site/"


def test_a_name_that_exists_is_told_at_once(boss: Client, site: Site) -> None:
    page = boss.post(begin(boss) + "site/", SITE | {"name": site.name}).content.decode()

    assert "There is a site of this name already." in page


def test_a_name_that_was_taken_meanwhile_leads_back_to_its_step(boss: Client) -> None:
    run = begin(boss)
    last = walk(boss, run, SERVER)
    make_site(name="Solar Quotes")

    page = boss.post(run + "connection/", last).content.decode()

    assert "There is a site of this name already." in page
    assert not SiteKey.objects.exists()


@pytest.mark.parametrize(
    ("origins", "said"),
    [("", "Name the site whose pages hold the form."), ("solar quotes", "is no address")],
)
def test_a_form_needs_pages_to_stand_on(boss: Client, origins: str, said: str) -> None:
    run = begin(boss)
    last = walk(boss, run, FORM | {"allowed_origins": origins})

    assert said in boss.post(run + "connection/", last).content.decode()
    assert not Site.objects.filter(name="Solar Quotes").exists()


def test_with_two_destinations_one_is_chosen(boss: Client) -> None:
    other = make_destination(name="Second Zoho")
    run = begin(boss)
    refused = boss.post(run + "site/", SITE).content.decode()

    boss.post(run + "site/", SITE | {"destination": other.pk})
    boss.post(run + "rules/", RULES)
    boss.post(run + "connection/", SERVER | {"ticket": ticket(boss, run)})

    assert "This field is required" in refused
    assert Site.objects.get(name="Solar Quotes").destination == other
    assert Destination.objects.count() == 2


def test_the_key_is_kept_by_nobody(boss: Client) -> None:
    run = begin(boss)

    answer = boss.post(run + "connection/", walk(boss, run, SERVER))

    assert "no-store" in answer["Cache-Control"]
    assert secret_of(answer.content) not in str(dict(boss.session))


def test_a_forged_ticket_is_a_new_secret(boss: Client) -> None:
    run = begin(boss)

    answer = boss.post(run + "connection/", walk(boss, run, SERVER) | {"ticket": "chosen-by-me"})

    assert len(secret_of(answer.content)) == 43


def test_two_runs_do_not_mix(boss: Client) -> None:
    one, other = begin(boss), begin(boss)
    boss.post(one + "site/", SITE)

    page = boss.get(other + "site/").content.decode()

    assert "Solar Quotes" not in page


def test_it_takes_both_rights() -> None:
    for permissions in (("leads.add_site",), ("leads.issue_sitekey",)):
        half = client_of(make_user(permissions=permissions))
        assert half.get(START).status_code == 403
        assert half.get(f"{START}{uuid.uuid4()}/site/").status_code == 403


# --- With a form tool -----------------------------------------------------------------------------


def test_a_form_tool_gets_an_address_that_works(boss: Client, client: Client) -> None:
    run = begin(boss)

    answer = boss.post(run + "connection/", walk(boss, run, TOOL))

    site, source = Site.objects.get(name="Solar Quotes"), Source.objects.get()
    assert (source.site, source.name, source.tool) == (site, "Elementor", "elementor")
    assert not SiteKey.objects.exists()
    address = secret_of(answer.content)
    assert address.startswith("http://testserver/in/")
    posted = client.post(address.removeprefix("http://testserver"), {"fields[name][value]": "Eva"})
    assert (posted.status_code, Lead.objects.get().webhook_source) == (200, source)
    assert "no-store" in answer["Cache-Control"]


def test_a_double_click_makes_one_source_and_shows_it_twice(boss: Client) -> None:
    run = begin(boss)
    last = walk(boss, run, TOOL)

    first, second = (boss.post(run + "connection/", last) for _press in range(2))

    assert secret_of(first.content) == secret_of(second.content)
    assert SourceAddress.objects.count() == 1
    assert Site.objects.filter(name="Solar Quotes").count() == 1


def test_another_tool_is_a_form(boss: Client) -> None:
    run = begin(boss)

    boss.post(run + "connection/", walk(boss, run, TOOL | {"kind": "other"}))

    assert (Source.objects.get().name, Source.objects.get().tool) == ("Form", "other")


def test_every_tool_is_offered_to_who_may_make_an_address() -> None:
    rights = ("leads.add_site", "leads.issue_sitekey")
    for permissions, offered in ((rights, False), ((*rights, "leads.make_source"), True)):
        some = client_of(make_user(permissions=permissions))
        run = begin(some)
        last = walk(some, run, TOOL)

        assert ('value="elementor"' in some.get(run + "connection/").content.decode()) is offered
        answer = some.post(run + "connection/", last)
        assert (answer.status_code == 200) is offered
        assert Source.objects.exists() is offered


def test_a_tool_that_is_none_makes_nothing(boss: Client) -> None:
    run = begin(boss)

    page = boss.post(run + "connection/", walk(boss, run, TOOL | {"kind": "nonsense"}))

    assert "not one of the available choices" in page.content.decode()
    assert not Site.objects.filter(name="Solar Quotes").exists()
