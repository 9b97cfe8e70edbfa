"""`leadops failed | show | retry | tail`, over the API of this process."""

from __future__ import annotations

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any, ClassVar

import pytest
from django.utils import timezone

from leadops.operations import remote
from leads.models import BulkRetry, Lead, Site
from leads.reasons import Reason
from tests.factories import make_failed_lead
from tests.leadops.api.conftest import Program

URL = "https://leads.example.com"
SEND = remote.send
EVIL = "Ana\x1b[2J Silva\nroot"


@pytest.fixture(autouse=True)
def wire(chief: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls end here, and the address and the token are those of the environment."""

    def send(method: str, url: str, headers: dict[str, str], body: Any) -> Any:
        kind = headers.get("Content-Type", "")
        path = url.removeprefix(URL)
        answer = chief.client.generic(method, path, body or b"", kind, headers=headers)
        return answer.status_code, answer.content, answer.headers

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

    def come() -> None:
        later.append(make_failed_lead(site=lead.site, reason=Reason.REFUSED))

    meanwhile(monkeypatch, come)
    with pytest.raises(SystemExit):
        remote.command("tail")([])

    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(str(later[0].pk))


def meanwhile(monkeypatch: pytest.MonkeyPatch, *happens: Callable[[], Any]) -> list[float]:
    """What happens while `tail` waits, one after the other, and then Ctrl-C; how long it waited."""
    waited: list[float] = []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) > len(happens):
            raise KeyboardInterrupt
        happens[len(waited) - 1]()

    monkeypatch.setattr("leadops.operations.remote.time.sleep", sleep)
    return waited


def test_whoever_fails_again_is_told_again_and_nobody_else_twice(
    lead: Lead, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def again() -> None:
        Lead.objects.filter(pk=lead.pk).update(failed_at=timezone.now())

    meanwhile(monkeypatch, again, lambda: None, again)
    with pytest.raises(SystemExit):
        remote.command("tail")([])

    told = [int(line.split()[0]) for line in capsys.readouterr().out.splitlines()]
    assert told == [lead.pk, lead.pk]


def test_more_than_a_page_at_once_is_told_whole_in_its_order(
    lead: Lead, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    later: list[int] = []

    def many() -> None:
        later.extend(make_failed_lead(site=lead.site).pk for _ in range(230))

    meanwhile(monkeypatch, many, lambda: None)
    with pytest.raises(SystemExit):
        remote.command("tail")([])

    told = [int(line.split()[0]) for line in capsys.readouterr().out.splitlines()]
    assert told == later


class Restarting(BaseHTTPRequestHandler):
    """A web process that starts anew: it answers, cuts, says when to come again, and answers."""

    turns: ClassVar[list[str]] = []
    rows: ClassVar[list[dict[str, Any]]] = []

    def do_GET(self) -> None:
        """The next turn."""
        turn = self.turns.pop(0)
        if turn == "cut":
            self.connection.close()
            return
        body = json.dumps({"results": self.rows, "next": None}) if turn == "200" else "<h1>no</h1>"
        self.send_response(int(turn))
        if turn == "429":
            self.send_header("Retry-After", "17")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_words: Any) -> None:
        """Silent."""


def test_a_restart_does_not_end_it(
    lead: Lead, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "send", SEND)
    server = HTTPServer(("127.0.0.1", 0), Restarting)
    Thread(target=server.serve_forever, daemon=True).start()
    row = dict.fromkeys(remote.COLUMNS) | {"reason": None}
    Restarting.turns = ["200", "cut", "502", "429", "200"]
    Restarting.rows = [row | {"id": 1, "failed_at": "2026-03-01T10:00:00Z"}]

    def come() -> None:
        Restarting.rows.insert(0, row | {"id": 2, "failed_at": "2026-03-01T10:00:00.5Z"})

    waited = meanwhile(monkeypatch, come, *[lambda: None] * 3)
    try:
        with pytest.raises(SystemExit) as ended:
            remote.command("tail")(["--url", f"http://127.0.0.1:{server.server_port}"])
    finally:
        server.shutdown()
        server.server_close()

    told = capsys.readouterr()
    assert (ended.value.code, waited) == (130, [5, 5, 5, 17, 5])
    assert [line.split()[0] for line in told.out.splitlines()] == ["2"]
    assert told.err.count("Asking again.") == 3


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
