"""The examinations in their order; one that breaks is a finding, and the next goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from leadops.operations.doctor import database, machine, outside, settings_read
from leadops.operations.doctor.finding import Finding, Level, wrong

Examination = Callable[[], Iterator[Finding]]


def examinations(mail_to: str) -> list[Examination]:
    """All of them: what others need comes first."""
    return [
        settings_read.settings,
        settings_read.env_files,
        database.database,
        database.schema,
        database.pooler,
        database.connections,
        database.clock,
        machine.disk,
        machine.queue,
        machine.destinations,
        partial(outside.mail, mail_to),
        outside.zoho,
        outside.sign_in,
        outside.way_in,
    ]


def examine(mail_to: str = "") -> Iterator[Finding]:
    """Every finding, as soon as it is known. Without a database what needs it is not asked."""
    for examination in examinations(mail_to):
        findings = list(guarded(examination))
        yield from findings
        if examination is database.database and findings[0].level is Level.FAIL:
            return


def guarded(examination: Examination) -> Iterator[Finding]:
    """What it finds, or that it broke."""
    try:
        yield from examination()
    except Exception as error:  # noqa: BLE001 - whatever is broken, the rest has to be seen
        name = getattr(examination, "__name__", "mail").replace("_", " ").capitalize()
        yield wrong(name, f"It could not be examined ({type(error).__name__}).", "See the log.")
