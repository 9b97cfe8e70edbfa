"""What `make faults` finds in its evidence, and the table that it writes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.faults.client import Post
from tests.faults.judge import Verdict, judge
from tests.faults.play import Fault, Row
from tests.faults.report import report

LEAD = ("", "a1", "delivered", "61", "ann@example.com")


class Evidence:
    """What the second and the third witness say."""

    def __init__(self, leads: list[tuple[Any, ...]], records: list[dict[str, Any]]) -> None:
        self.leads, self.held = leads, records

    def sql(self, *statements: str) -> list[tuple[Any, ...]]:
        """Answers the judge's three questions."""
        if "idempotency_key" in statements[0]:
            return self.leads
        table = "leads" if "leads_lead" in statements[0] else "logs"
        return [("delivered", len(self.leads))] if table == "leads" else []

    def records(self) -> list[dict[str, Any]]:
        """Zoho's records."""
        return self.held

    def stats(self) -> dict[str, Any]:
        """Figures that are right."""
        states = dict.fromkeys(("queued", "sending", "failed", "entered", "discarded"), 0)
        return {
            **states,
            "delivered": len(self.leads),
            "received": len(self.leads),
            "attempts": {},
        }


def record(number: str, email: str = "ann@example.com") -> dict[str, Any]:
    return {"id": number, "Email": email}


@pytest.mark.parametrize("key", ["k-1", None])
def test_what_is_well_is_called_so_however_the_lead_came(key: str | None) -> None:
    posts = [Post("k-1", "ann@example.com", ["202"], {"a1"})] if key else []

    verdict = judge(posts, Evidence([(key, *LEAD[1:])], [record("61")]))

    assert verdict.is_good, verdict
    assert verdict.others == (0 if key else 1)


@pytest.mark.parametrize("key", ["k-1", None])
def test_a_second_record_is_found_however_the_lead_came(key: str | None) -> None:
    posts = [Post("k-1", "ann@example.com", ["202"], {"a1"})] if key else []

    verdict = judge(posts, Evidence([(key, *LEAD[1:])], [record("61"), record("62")]))

    assert len(verdict.twice) == 1


@pytest.mark.parametrize("key", ["k-1", None])
def test_a_delivery_that_zoho_does_not_hold_is_found_however_the_lead_came(
    key: str | None,
) -> None:
    posts = [Post("k-1", "ann@example.com", ["202"], {"a1"})] if key else []

    verdict = judge(posts, Evidence([(key, *LEAD[1:])], [record("99", "bea@example.com")]))

    assert len(verdict.lost) == 1


def test_the_table_has_a_line_for_each_fault_and_the_seconds_of_each_database() -> None:
    def row(name: str, seconds: float = 0, skipped: str = "") -> Row:
        made = Row(Fault(name, lambda *_: None), skipped=skipped)
        if not skipped:
            made.add(Verdict(posted=60, acknowledged=60), seconds)
        return made

    rows = {
        "sqlite": [row("worker killed", 20)],
        "postgresql": [row("worker killed", 121), row("no disk", skipped="needs root")],
    }
    rows["sqlite"][0].notes = ["12 kills"]

    text = report(rows, ["How it was run."])

    assert text.splitlines() == [
        "How it was run.",
        "",
        "| fault | tries | leads | lost | twice | seconds, SQLite | seconds, PostgreSQL |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        "| worker killed | 2 | 120 | 0 | 0 | 20 | 121, **failed** |",
        "| no disk | 0 | 0 | 0 | 0 | – | skipped: needs root |",
        "",
        "- worker killed, SQLite: 12 kills",
    ]
