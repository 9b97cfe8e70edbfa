"""What fails: seen in the table, mailed, retried, corrected, sent anyway, entered by hand."""

from __future__ import annotations

import email
import email.policy
import re
from email.message import EmailMessage

import requests

from tests.journeys.kit.system import System, eventually

TABLE = "/admin/leads/failedlead/"


def number_of(system: System, lead: str) -> int:
    """The number that staff call the lead by."""
    plain = lead.replace("-", "")  # as SQLite keeps it
    found = system.sql(f"SELECT id FROM leads_lead WHERE reference IN ('{lead}', '{plain}')")
    return int(found[0][0])


def row_of(page: str, number: int) -> str:
    """The text of a lead's row in a table of the admin."""
    rows = re.findall(r"<tr\b.*?</tr>", page, re.S)
    found = [row for row in rows if re.search(rf'[/"]{number}/change/', row)]
    assert len(found) == 1, page
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[0]))


def body_of(mail: EmailMessage) -> str:
    """A mail's plain text."""
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def mail_texts(system: System) -> list[tuple[str, str]]:
    """Subject and text of each mail that landed."""
    parts = [mail for text in system.mails() for mail in re.split(r"^-{79}\n", text, flags=re.M)]
    mails = [email.message_from_string(p, policy=email.policy.default) for p in parts if p.strip()]
    return [(str(mail["Subject"]), body_of(mail)) for mail in mails]


def test_a_lead_without_a_name_is_in_the_table_and_in_a_mail(system: System) -> None:
    answer = system.post(email="ada@example.com", phone="+44 20 1", message="Call me")

    assert answer.status_code == 202
    assert answer.json()["status"] == "failed"
    assert answer.json()["reason"] == {
        "code": "missing_field",
        "title": "The site sent no name",
        "field": "contact_name",
    }
    number = number_of(system, answer.json()["id"])
    row = row_of(system.staff().get(TABLE), number)
    assert "The site sent no name" in row
    assert "Shop" in row
    assert "ada@example.com" in row
    assert "+44 20 1" in row
    # Ana is mailed of her new browser, too.
    told = "ERROR 13002 with sending lead to zoho"
    [(_subject, text)] = eventually(
        lambda: [mail for mail in mail_texts(system) if mail[0].startswith(told)]
    )
    assert "ada@example.com" in text
    assert "Call me" in text
    assert f"{system.url}/admin/leads/failedlead/{number}/change/" in text


def test_a_retry_runs_the_rules_again_and_a_correction_delivers(system: System) -> None:
    lead = system.post(email="ada@example.com").json()["id"]
    number, ana = number_of(system, lead), system.staff()

    ana.submit(f"{TABLE}{number}/retry/")
    assert system.receipt(lead)["status"] == "failed"

    ana.submit(
        f"{TABLE}{number}/correct/",
        contact_name="Ada Lovelace",
        email="ada@example.com",
        others="{}",
    )
    system.becomes(lead, "delivered")

    assert system.records()[0]["Last_Name"] == "Lovelace"
    [(original,)] = system.sql("SELECT data FROM leads_lead")
    assert "contact_name" not in original


def test_a_second_lead_with_the_same_email_is_held_and_can_be_sent_anyway(system: System) -> None:
    system.shell("Preferences.load(); Preferences.objects.update(refuse_duplicate_emails=True)")
    first = system.post(contact_name="Ada", email="ada@example.com").json()["id"]
    system.becomes(first, "delivered")

    second = system.post(contact_name="Ada L.", email=" ADA@example.com ").json()

    assert (second["status"], second["reason"]["title"]) == ("failed", "Duplicate e-mail")
    ana, number = system.staff(), number_of(system, second["id"])
    assert f"lead {number_of(system, first)}" in ana.get(f"{TABLE}{number}/change/")
    ana.submit(f"{TABLE}{number}/send-anyway/")
    system.becomes(second["id"], "delivered")
    assert len(system.records()) == 2


def test_a_refused_value_fails_with_its_field_and_goes_through_when_corrected(
    system: System,
) -> None:
    details = {"api_name": "Email", "json_path": "$.data[0].Email"}
    system.fault(mode="record_error", code="INVALID_DATA", details=details, match="@refused")
    lead = system.post(contact_name="Ada", email="ada@refused.example.com").json()["id"]

    receipt = system.becomes(lead, "failed")
    assert receipt["reason"]["field"] == "Email"
    number = number_of(system, lead)
    system.staff().submit(
        f"{TABLE}{number}/correct/", contact_name="Ada", email="ada@example.com", others="{}"
    )

    system.becomes(lead, "delivered")
    assert system.stats()["attempts"] == {"13003": 1, "13002": 1}


def test_entered_by_hand_and_discarded_leave_the_table_for_good(system: System) -> None:
    entered, discarded = (system.post(email=f"{n}@example.com").json()["id"] for n in "ab")
    ana = system.staff()

    ana.submit(f"{TABLE}{number_of(system, entered)}/enter/", zoho_id="6100000000000456001")
    ana.submit(f"{TABLE}{number_of(system, discarded)}/discard/", note="A test of the agency")

    assert system.receipt(entered)["status"] == "entered"
    assert system.receipt(discarded)["status"] == "discarded"
    ana.submit(f"{TABLE}{number_of(system, entered)}/retry/")
    assert system.receipt(entered)["status"] == "entered"
    assert system.stats()["failed"] == 0


def test_the_dashboard_says_what_leadstats_says(system: System) -> None:
    good = system.post(contact_name="Ada").json()["id"]
    system.post(email="nameless@example.com")
    system.becomes(good, "delivered")

    shown = system.staff().session.get(f"{system.url}/admin/stats.json", timeout=20).json()

    stats = system.stats()
    assert {name: shown[name] for name in stats} == stats
    # A lead that a rule held was never sent: it is counted apart.
    assert (stats["success_rate"], stats["failure_rate"], stats["held"]) == (100.0, 0.0, 1)
    assert stats["attempts"] == {"13003": 1, "13002": 0}
    assert sorted(system.codes()) == [13002, 13003], "its log row, notice and mail stay"


def test_bad_input_gets_a_clear_4xx_and_stores_nothing(system: System) -> None:
    key = {"Authorization": f"Bearer {system.key}"}
    url = f"{system.url}/api/v1/leads/"

    def post(body: bytes, **headers: str) -> int:
        return requests.post(url, data=body, headers=headers, timeout=20).status_code

    json_type = {"Content-Type": "application/json"}
    assert post(b"{", **key, **json_type) == 400
    assert post(b"[1]", **key, **json_type) == 400
    assert post(b'{"a": NaN}', **key, **json_type) == 400
    assert post(b"\xff", **key, **json_type) == 400
    assert post(b"x", **key, **{"Content-Type": "text/plain"}) == 415
    assert post(b"{" + b" " * 1_100_000, **key, **json_type) == 413
    assert post(b"{}", **json_type) == 401
    assert post(b"{}", Authorization="Bearer wrong", **json_type) == 401
    assert system.stats()["received"] == 0
