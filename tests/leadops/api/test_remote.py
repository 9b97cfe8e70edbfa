"""`leadops failed | show | retry | tail`, over the API of this process."""

from __future__ import annotations

import json
from typing import Any

import pytest

from leadops.operations import remote
from leads.models import BulkRetry, Lead, Site
from leads.reasons import Reason
from tests.factories import make_failed_lead
from tests.leadops.api.conftest import Program

URL = "https://leads.example.com"
EVIL = "Ana\x1b[2J Silva\nroot"


@pytest.fixture(autouse=True)
def wire(chief: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls end here, and the address and the token are those of the environment."""

    def send(method: str, url: str, headers: dict[str, str], body: Any) -> tuple[int, bytes]:
        kind = headers.get("Content-Type", "")
        path = url.removeprefix(URL)
        answer = chief.client.generic(method, path, body or b"", kind, headers=headers)
        return answer.status_code, answer.content

    monkeypatch.setattr(remote, "send", send)
    monkeypatch.setenv("LEADOPS_URL", f"{URL}/")
    monkeypatch.setenv("LEADOPS_TOKEN", chief.secret)


@pytest.fixture
def lead(site: Site) -> Lead:
    return make_failed_lead(
        site=site, data={"contact_name": EVIL}, reason=Reason.TOO_LONG, reason_field="City"
    )


def test_the_table_is_readable_and_no_value_commands_the_terminal(
    lead: Lead, capsys: pytest.CaptureFixture[str]
) -> None:
    remote.command("failed")([])

    heading, row = capsys.readouterr().out.splitlines()
    assert heading.split()[:2] == ["ID", "FAILED_AT"]
    assert row.startswith(str(lead.pk))
    assert "\x1b" not in row


def test_json_is_one_lead_a_line(lead: Lead, capsys: pytest.CaptureFixture[str]) -> None:
    make_failed_lead(site=lead.site, reason=Reason.REFUSED)

    remote.command("failed")(["--json", "--reason", "too_long"])

    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["id"] == lead.pk


def test_a_lead_is_shown_with_its_story(lead: Lead, capsys: pytest.CaptureFixture[str]) -> None:
    remote.command("show")([str(lead.pk)])

    told = capsys.readouterr().out
    assert "contact_name" in told
    assert "Received" in told


def test_leads_are_retried_by_id_and_causes_as_a_bulk_retry(
    lead: Lead, capsys: pytest.CaptureFixture[str]
) -> None:
    remote.command("retry")([str(lead.pk)])
    remote.command("retry")(["--reason", "too_long"])

    lead.refresh_from_db()
    assert (lead.status, BulkRetry.objects.get().total) == ("queued", 0)
    assert "Bulk retry" in capsys.readouterr().out


def test_what_fails_later_comes_by_itself(
    lead: Lead, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    later: list[Lead] = []

    def sleep(_seconds: float) -> None:
        if later:
            raise KeyboardInterrupt
        later.append(make_failed_lead(site=lead.site, reason=Reason.REFUSED))

    monkeypatch.setattr(remote.time, "sleep", sleep)
    with pytest.raises(SystemExit):
        remote.command("tail")([])

    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(str(later[0].pk))


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("show", ["99999"], "404"),
        ("failed", ["--reason", "unheard_of"], "not understood"),
        ("failed", ["--token", "wrong"], "401"),
        ("failed", ["--url", "file:///etc/passwd"], "LEADOPS_URL"),
        ("retry", [], "Name leads"),
    ],
)
def test_a_refusal_is_one_line(lead: Lead, name: str, arguments: list[str], words: str) -> None:
    with pytest.raises(SystemExit) as ended:
        remote.command(name)(arguments)

    assert words in str(ended.value)
    assert "\n" not in str(ended.value)
