"""The plugin in a real WordPress: six plugins' hooks in their own shapes, and a real LeadOps."""

from __future__ import annotations

import json
import re
import shutil
import socket
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import requests

from tests.journeys.kit.system import System
from tests.long.wordpress.site import WordPress
from tests.postgres import free_port

PLUGINS = ("cf7", "gravity", "wpforms", "elementor", "fluent", "ninja")
ADA: dict[str, Any] = {
    "name": "Ada Lovelace",
    "email": "ada@example.com",
    "phone": "+44 20 7946 0018",
    "message": "Call me – today",
    "entry": 41,
}
LEAD = "SELECT name, email, phone, data, idempotency_key, status FROM leads_lead"
SETTINGS = "options-general.php?page=leadops"


def leads(leadops: System) -> list[tuple[Any, ...]]:
    """What LeadOps has, oldest first."""
    return leadops.sql(f"{LEAD} ORDER BY id")


def texts(value: Any) -> str:
    """Everything in a lead's data as one text."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def away(leadops: System) -> None:
    """LeadOps is stopped: nobody listens at its address."""
    web = leadops.processes.pop("web")
    web.terminate()
    web.wait(30)


def constants(leadops: System) -> list[str]:
    """What the old file needed in wp-config.php."""
    url = f"define('LEADOPS_URL', '{leadops.url}/api/v1/leads/');"
    return [url, f"define('LEADOPS_KEY', '{leadops.key}');"]


@pytest.mark.parametrize("plugin", PLUGINS)
def test_an_entry_is_one_lead_with_name_address_and_number(
    wordpress: WordPress, leadops: System, plugin: str
) -> None:
    assert wordpress.enter(plugin, **ADA).text == "Thank you"

    [(name, email, phone, data, _key, status)] = leads(leadops)
    assert (name, email, phone) == ("Ada Lovelace", "ada@example.com", "+44 20 7946 0018")
    assert status == "queued"
    assert json.loads(texts(data))["message"] == "Call me – today"
    assert "Solar" in texts(data)
    assert "Heat pump" in texts(data)
    assert wordpress.waiting() == []


@pytest.mark.parametrize("plugin", PLUGINS)
def test_what_is_secret_does_not_travel(wordpress: WordPress, leadops: System, plugin: str) -> None:
    wordpress.enter(plugin, **ADA)

    [(_, _, _, data, _, _)] = leads(leadops)
    assert "SECRET" not in texts(data)


@pytest.mark.parametrize("plugin", PLUGINS)
def test_a_form_that_reaches_nobody_is_off_at_first_and_can_be_switched_on(
    wordpress: WordPress, leadops: System, plugin: str
) -> None:
    wordpress.enter(plugin, form=2, **ADA)
    assert leads(leadops) == []

    page = wordpress.page(SETTINGS)
    form = {"elementor": "elementor:abc1232"}.get(plugin, f"{plugin}:2")
    assert f'value="{form}" id="leadops-form-{form}">' in page
    wordpress.press(SETTINGS, "forms", **{"on[]": [form]})
    wordpress.enter(plugin, form=2, **ADA)

    assert [texts(data).count("red") for _, _, _, data, _, _ in leads(leadops)] == [1]


def test_forms_are_listed_before_anybody_sends_one(wordpress: WordPress) -> None:
    wordpress.enter("keep_forms")

    page = wordpress.page(SETTINGS)

    found = re.findall(r'id="leadops-form-[^"]+"([^>]*)>.*?<label[^>]*>([^<]+)<', page)
    ticked = {title: "checked" in ticks for ticks, title in found}
    for plugin in ("WPForms", "Elementor", "Fluent", "Ninja"):
        assert ticked[f"{plugin} listed"]
        assert not ticked[f"{plugin} poll listed"]
    assert ticked["CF7 contact"]
    assert ticked["Gravity contact"]


def test_a_form_that_is_switched_off_sends_nothing(wordpress: WordPress, leadops: System) -> None:
    wordpress.enter("gravity", **ADA)
    wordpress.press(SETTINGS, "forms", **{"on[]": []})

    wordpress.enter("gravity", **ADA | {"entry": 42})

    assert len(leads(leadops)) == 1
    assert wordpress.waiting() == []


def lead_of(wordpress: WordPress, *fields: list[Any]) -> dict[str, Any]:
    """What fields of a form (name, label, type, value) make."""
    lead: dict[str, Any] = wordpress.enter("fields", fields=fields).json()
    return lead


NEVER = [
    ["user_pass", "", "text"],
    ["field_1", "Passwort", "text"],
    ["field_1", "Confirm your password", "text"],
    ["field_1", "Mot de passe", "text"],
    ["access", "Code", "password"],
    ["_wpnonce", "", ""],
    ["my_nonce", "", "hidden"],
    ["g-recaptcha-response", "", ""],
    ["h-captcha-response", "", ""],
    ["cf-turnstile-response", "", ""],
    ["honeypot-472", "", "text"],
    ["x", "Leave this empty", "honeypot"],
    ["cc", "Card", "creditcardnumber"],
    ["cvc", "", "text"],
]
ALWAYS = [
    ["passport", "Passport number", "text"],
    ["field_1", "Boarding pass", "text"],
    ["field_1", "Do you use a password manager today?", "checkbox"],
    ["field_1", "How many tokens do you need?", "number"],
    ["consent", "I agree", "acceptance"],
    ["utm_source", "", "hidden"],
]


def test_secrets_of_every_kind_stay(wordpress: WordPress) -> None:
    assert [field for field in NEVER if lead_of(wordpress, [*field, "x"])] == []


def test_what_only_sounds_like_a_secret_travels(wordpress: WordPress) -> None:
    assert [
        field for field in ALWAYS if "x" not in lead_of(wordpress, [*field, "x"]).values()
    ] == []


CALLED = {
    "contact_name": ["Your name", "Vor- und Nachname", "Nombre completo", "Nome e cognome"],
    "email": ["E-mail *", "Ihre E-Mail-Adresse", "Adresse e-mail", "Correo electrónico"],
    "phone": ["Téléphone portable", "Mobile number", "Numer telefonu"],
    "street": ["Straße", "Straße und Hausnummer", "Dirección"],
    "message": ["Ihre Nachricht", "How can we help you?", "Wiadomość"],
}


@pytest.mark.parametrize("ours", CALLED)
def test_a_field_is_known_by_what_it_is_called(wordpress: WordPress, ours: str) -> None:
    labels = CALLED[ours]

    made = [lead_of(wordpress, ["field_1", label, "text", "x"]) for label in labels]

    assert made == [{ours: "x"}] * len(labels)


def test_a_second_value_of_a_kind_keeps_its_own_name(wordpress: WordPress) -> None:
    ada, work = (
        ["a", "E-mail", "email", "ada@example.com"],
        ["b", "At work", "email", "a@b.example"],
    )

    assert lead_of(wordpress, ada, work) == {"email": "ada@example.com", "At work": "a@b.example"}


def test_fields_of_one_label_are_told_apart(wordpress: WordPress) -> None:
    fields = [[f"field_{n}", "Size", "text", str(n)] for n in (1, 2, 3)]

    made = lead_of(wordpress, *fields)

    assert made == {"Size": "1", "Size (field_2)": "2", "Size (field_3)": "3"}


def test_a_first_name_alone_is_the_name(wordpress: WordPress) -> None:
    assert lead_of(wordpress, ["a", "First name", "text", "Ada"]) == {"contact_name": "Ada"}


KEYS = {
    "gravity": "gravity-forms-41",
    "wpforms": "wpforms-127.0.0.1-1-41",
    "fluent": "fluent-127.0.0.1-1-41",
    "ninja": "ninja-127.0.0.1-1-41",
}


@pytest.mark.parametrize("plugin", PLUGINS)
def test_a_numbered_entry_has_the_key_of_its_number(
    wordpress: WordPress, leadops: System, plugin: str
) -> None:
    for _ in range(2):
        wordpress.enter(plugin, **ADA)

    keys = [key for _, _, _, _, key, _ in leads(leadops)]
    if plugin in KEYS:
        assert keys == [KEYS[plugin]]
    else:
        assert len({*keys}) == 2
        assert all(len(key) == 36 for key in keys)


@pytest.mark.parametrize("told", [{}, {"without_first_hook": 1}, {"mail_fails": 1}])
def test_a_submission_is_taken_once_whether_its_mail_is_sent_or_not(
    wordpress: WordPress, leadops: System, told: dict[str, Any]
) -> None:
    wordpress.enter("cf7", **ADA, **told)
    wordpress.enter("cf7_twice", **ADA, **told)

    assert len(leads(leadops)) == 1 + 2


def test_two_wordpresses_may_share_a_site_of_leadops(wordpress: WordPress, leadops: System) -> None:
    wordpress.enter("gravity", **ADA)

    wordpress.enter("gravity", **ADA | {"name": "Grace Hopper"})

    assert [(row[0], row[4]) for row in leads(leadops)] == [
        ("Ada Lovelace", "gravity-forms-41"),
        ("Grace Hopper", "gravity-forms-41-127.0.0.1"),
    ]


def test_what_comes_while_leadops_is_away_arrives_once_when_it_is_back(
    wordpress: WordPress, leadops: System
) -> None:
    away(leadops)
    for number, plugin in enumerate(PLUGINS):
        assert wordpress.enter(plugin, **ADA | {"entry": 100 + number}).text == "Thank you"
    assert len(wordpress.waiting()) == len(PLUGINS)
    wordpress.run_cron()
    assert len(wordpress.waiting()) == len(PLUGINS)

    leadops.start_web()
    wordpress.run_cron()
    wordpress.run_cron()

    assert wordpress.waiting() == []
    assert len(leads(leadops)) == len(PLUGINS)


def test_an_entry_waits_once(wordpress: WordPress, leadops: System) -> None:
    away(leadops)

    for _ in range(2):
        wordpress.enter("gravity", **ADA)

    assert len(wordpress.waiting()) == 1


def test_a_pause_is_kept(wordpress: WordPress, leadops: System) -> None:
    away(leadops)
    wordpress.enter("cf7", **ADA)
    leadops.start_web()

    wordpress.run_cron(at_once=False)

    [[_form, tries, status, state]] = wordpress.waiting()
    assert (tries, status, state) == ("1", "0", "waiting")
    assert leads(leadops) == []


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of somebody who takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", free_port())) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def test_a_visitor_does_not_wait_for_leadops(wordpress: WordPress, silent: str) -> None:
    wordpress.database.query(
        f"UPDATE wp_options SET option_value = '{silent}/api/v1/leads/'"
        " WHERE option_name = 'leadops_address'"
    )
    took = []
    for entry in (1, 2):
        start = time.monotonic()
        assert wordpress.enter("wpforms", **ADA | {"entry": entry}).text == "Thank you"
        took.append(time.monotonic() - start)

    assert took[0] < 5
    assert took[1] < 2  # LeadOps is known to be away
    assert [row[1] for row in wordpress.waiting()] == ["1", "0"]


def test_a_wrong_key_is_told_until_it_is_dismissed_and_mended_by_the_right_one(
    wordpress: WordPress, leadops: System
) -> None:
    assert "does not know the key" in wordpress.connect(leadops.url, "wrong")
    wordpress.enter("cf7", **ADA)

    for page in ("index.php", "plugins.php"):
        assert "(401)" in wordpress.page(page)
    wordpress.press("index.php", "dismiss")
    assert "(401)" not in wordpress.page("index.php")
    assert "will take the leads" in wordpress.connect(leadops.url, leadops.key)
    wordpress.run_cron(at_once=False)
    assert [row[0] for row in leads(leadops)] == ["Ada Lovelace"]


def test_what_leadops_refuses_is_told_kept_and_sent_again_when_a_person_says_so(
    wordpress: WordPress, leadops: System
) -> None:
    wordpress.enter("fluent", **ADA | {"message": "x" * 1_100_000})

    assert "(413)" in wordpress.page("index.php")
    assert "too large to be shown" in wordpress.page(SETTINGS)
    wordpress.run_cron()
    assert wordpress.waiting() == [["Fluent contact", "1", "413", "refused"]]
    wordpress.database.query('UPDATE wp_leadops_queue SET body = \'{"contact_name": "Ada"}\'')
    assert "1 entry sent." in wordpress.press(SETTINGS, "row", decided="send-0")
    assert [row[0] for row in leads(leadops)] == ["Ada"]


class Answering(ThreadingHTTPServer):
    """Somebody who gives every post the same answer."""

    status = 200
    body = b"<h1>Hello</h1>"
    headers: dict[str, str] = {}
    posts = 0

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class Answer(BaseHTTPRequestHandler):
    """One answer of `Answering`."""

    server: Answering

    def do_POST(self) -> None:
        """The answer."""
        self.server.posts += 1
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self.server.status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture
def answering(wordpress: WordPress) -> Iterator[Answering]:
    """A server that WordPress takes for LeadOps."""
    with Answering(("127.0.0.1", free_port()), Answer) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        wordpress.database.query(
            f"UPDATE wp_options SET option_value = '{server.url}/api/v1/leads/'"
            " WHERE option_name = 'leadops_address'"
        )
        yield server
        server.shutdown()


@pytest.mark.parametrize(
    ("status", "state"),
    [
        *((status, "refused") for status in (400, 413, 415, 422)),
        *((status, "waiting") for status in (200, 301, 401, 403, 404, 405)),
    ],
)
def test_every_refusal_is_told_at_once(
    wordpress: WordPress, answering: Answering, status: int, state: str
) -> None:
    answering.status = status
    answering.headers = {"Location": f"{answering.url}/elsewhere/"}

    wordpress.enter("wpforms", **ADA)

    assert wordpress.waiting() == [["WPForms contact", "1", str(status), state]]
    assert answering.posts == 1
    page = wordpress.page("index.php")
    assert f"({status})" in page
    assert "ada@example.com" not in page


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_leadops_is_told_of_when_it_lasts(
    wordpress: WordPress, answering: Answering, status: int
) -> None:
    answering.status, answering.headers = status, {"Retry-After": "7200"}
    wordpress.enter("wpforms", **ADA)
    assert f"({status})" not in wordpress.page("index.php")

    [[wait]] = wordpress.database.query("SELECT due_at - unix_timestamp() FROM wp_leadops_queue")
    assert 7100 < int(wait) <= 7200
    wordpress.database.query("UPDATE wp_leadops_queue SET created_at = created_at - 1000")
    assert f"({status})" in wordpress.page("index.php")


def test_after_two_weeks_a_person_decides(wordpress: WordPress, answering: Answering) -> None:
    answering.status = 503
    wordpress.enter("wpforms", **ADA)
    for days, state in ((13, "waiting"), (2, "refused")):
        seconds = days * 24 * 3600
        wordpress.database.query(f"UPDATE wp_leadops_queue SET created_at = created_at - {seconds}")
        wordpress.run_cron()
        assert wordpress.waiting()[0][3] == state

    assert "(503)" in wordpress.page("index.php")
    answering.status, answering.body = 202, b"{}"
    wordpress.press(SETTINGS, "row", decided="send-0")
    assert wordpress.waiting() == []


def test_a_disabled_site_is_told_and_its_entries_arrive_when_it_is_enabled(
    wordpress: WordPress, leadops: System
) -> None:
    leadops.sql("UPDATE leads_site SET enabled = false")
    try:
        wordpress.enter("ninja", **ADA)
        assert "(403)" in wordpress.page("index.php")
    finally:
        leadops.sql("UPDATE leads_site SET enabled = true")

    wordpress.run_cron()

    assert [row[0] for row in leads(leadops)] == ["Ada Lovelace"]


@pytest.fixture
def old_file(wordpress: WordPress) -> Iterator[Path]:
    """The single file of earlier days, in its place."""
    path = wordpress.root / "wp-content" / "mu-plugins" / "leadops.php"
    shutil.copy(Path(__file__).parent / "old_file.php", path)
    yield path
    path.unlink(missing_ok=True)


def test_beside_the_old_file_nothing_is_sent_and_the_file_is_named(
    wordpress: WordPress, leadops: System, old_file: Path
) -> None:
    with wordpress.configured(*constants(leadops)):
        wordpress.enter("gravity", **ADA)
        wordpress.enter("wpforms", **ADA)
        assert str(old_file) in wordpress.page("index.php")

    [(_, _, _, data, key, _)] = leads(leadops)
    assert key == "gravity-forms-41"
    assert "form_name" not in texts(data)  # the old file sent it, nobody else
    assert wordpress.waiting() == []
    old_file.unlink()
    assert "leadops-old-file" not in wordpress.page("index.php")


def test_what_the_old_file_put_off_is_sent_by_the_plugin(
    wordpress: WordPress, leadops: System
) -> None:
    fields = {"first_name": "Ada", "last_name": "Lovelace", "email": "", "message": "Hi"}
    leadops.post(**fields)  # another lead, with the same fields and no key
    wordpress.enter("put_off", fields=fields, key="gravity-forms-7")

    wordpress.run_cron()

    assert [key for _, _, _, _, key, _ in leads(leadops)] == [None, "gravity-forms-7"]
    assert wordpress.waiting() == []


def test_address_and_key_of_the_old_files_time_are_taken_over(
    wordpress: WordPress, leadops: System
) -> None:
    wordpress.database.query(
        "DELETE FROM wp_options WHERE option_name IN ('leadops_address', 'leadops_key')"
    )
    with wordpress.configured(*constants(leadops)):
        wordpress.enter("cf7", **ADA)

    assert len(leads(leadops)) == 1


def test_a_webhook_address_needs_no_key_and_makes_one_lead_of_an_entry(
    wordpress: WordPress, leadops: System
) -> None:
    address = leadops.manage("createsource", "Shop", "--tool", "other").strip()
    secret = address.rstrip("/").rsplit("/", 1)[1]
    assert "will take the leads" in wordpress.connect(address)
    for _ in range(2):
        wordpress.enter("ninja", **ADA)

    [(name, email, phone, _, _, _)] = leads(leadops)
    assert (name, email, phone) == ("Ada Lovelace", "ada@example.com", "+44 20 7946 0018")
    assert secret not in wordpress.page(SETTINGS)


def test_the_key_is_kept_out_of_pages_and_of_what_every_page_loads(
    wordpress: WordPress, leadops: System
) -> None:
    for page in (SETTINGS, "options.php", "index.php"):
        if page != "options.php":  # WordPress's own page of all options shows all of them
            assert leadops.key not in wordpress.page(page)
    rows = wordpress.database.query(
        "SELECT autoload FROM wp_options WHERE option_name = 'leadops_key'"
    )
    assert rows == [["no"]]


def test_the_key_is_never_sent_to_another_address(wordpress: WordPress, silent: str) -> None:
    wordpress.connect("https://elsewhere.example.com")

    assert wordpress.option("leadops_key") == ""


def test_nobody_but_an_administrator_presses_its_buttons(wordpress: WordPress) -> None:
    fields = {"action": "leadops_save", "address": "https://evil.example", "key": "x"}
    url = f"{wordpress.url}/wp-admin/admin-post.php"
    requests.post(url, data=fields, timeout=60)
    without_nonce = wordpress.admin.post(url, data=fields, timeout=60)

    assert without_nonce.status_code == 403
    assert "evil" not in wordpress.option("leadops_address")


def test_markup_that_a_visitor_enters_is_shown_as_text(
    wordpress: WordPress, leadops: System
) -> None:
    away(leadops)
    wordpress.enter("cf7", **ADA | {"name": "<script>alert(1)</script>"})

    page = wordpress.page(SETTINGS)

    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_what_waits_outlives_deactivation(wordpress: WordPress, leadops: System) -> None:
    away(leadops)
    wordpress.enter("cf7", **ADA)
    wordpress.press_plugin("deactivate")
    wordpress.run_cron()
    wordpress.press_plugin("activate")
    leadops.start_web()

    assert len(wordpress.waiting()) == 1
    wordpress.run_cron()

    assert [row[0] for row in leads(leadops)] == ["Ada Lovelace"]


def test_what_it_kept_goes_with_the_plugin(wordpress: WordPress, leadops: System) -> None:
    wordpress.enter("cf7", **ADA)

    wordpress.delete_plugin()

    query = wordpress.database.query
    assert query("SELECT option_name FROM wp_options WHERE option_name LIKE 'leadops%'") == []
    assert query("SHOW TABLES LIKE '%leadops%'") == []
    assert "leadops" not in wordpress.option("cron")
    wordpress.upload(wordpress.folder / "leadops.zip")
