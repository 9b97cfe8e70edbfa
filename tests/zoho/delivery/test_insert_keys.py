"""`zoho_insert`: what may travel beside the records, and what is refused before a call."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.zoho.wire import Wire, reply
from zoho.models import Connection

SKIP, APPLY = "skip_feature_execution", "apply_feature_execution"
BERG = {"Last_Name": "Berg", "Email": "b@example.org"}
UPSERT = ["--upsert", "--check-field", "Email"]
STORED = {"data": [{"code": "SUCCESS", "details": {"id": "61000"}, "status": "success"}]}


def insert(folder: Path, beside: dict[str, Any], *options: str) -> str:
    """What the command prints for one record with these keys beside it."""
    file, out = folder / "records.json", StringIO()
    file.write_text(json.dumps({"data": [BERG], **beside}))
    call_command("zoho_insert", "Leads", str(file), *options, stdout=out)
    return out.getvalue()


def skip(**entry: Any) -> dict[str, Any]:
    return {SKIP: [entry]}


SENT: list[tuple[dict[str, Any], list[str]]] = [
    ({}, []),
    ({"trigger": []}, []),
    ({"trigger": ["workflow", "blueprint"], "lar_id": "6100000000000333001"}, []),
    ({APPLY: [{"name": "layout_rules"}, {"name": "range_validation"}]}, []),
    (skip(name="cadences"), []),
    (skip(name="cadences"), UPSERT),
    (skip(name="cadences", action="insert"), UPSERT),
    (skip(name="assignment_rules", action="update"), UPSERT),
    ({SKIP: [{"name": "cadences", "action": "insert"}, {"name": "connected_workflows"}]}, UPSERT),
]


@pytest.mark.parametrize(("beside", "options"), SENT)
def test_the_keys_that_zoho_knows_are_sent(
    wire: Wire, connection: Connection, tmp_path: Path, beside: dict[str, Any], options: list[str]
) -> None:
    wire.on("POST /crm/v8/Leads", reply(201, STORED))

    assert insert(tmp_path, beside, *options) == "1: 13003 61000\n"

    sent = wire.requests[-1].json
    also = {"duplicate_check_fields": ["Email"]} if options else {}
    assert sent == {"data": [BERG], **beside, **also}


REFUSED: list[tuple[dict[str, Any], list[str], str]] = [
    (skip(name="cadences", action="insert"), [], "An action is for --upsert."),
    (skip(name="cadences", action="delete"), UPSERT, "insert or update"),
    (skip(name="cadences", action=["insert"]), UPSERT, "insert or update"),
    (skip(name="cadences", action=None), UPSERT, "insert or update"),
    (skip(name="cadences", when="now"), UPSERT, f"{SKIP} must be"),
    (skip(action="insert"), UPSERT, f"{SKIP} must be"),
    (skip(name="blueprint"), UPSERT, f"{SKIP} must be"),
    ({SKIP: []}, UPSERT, f"{SKIP} must be"),
    ({SKIP: {"name": "cadences"}}, [], f"{SKIP} must be"),
    ({SKIP: ["cadences"]}, [], f"{SKIP} must be"),
    ({APPLY: [{"name": "layout_rules", "action": "insert"}]}, UPSERT, f"{APPLY} must be"),
    ({"triggers": []}, [], "Zoho knows no triggers beside data"),
    ({"trigger": ["nothing"]}, [], "trigger must be"),
    ({"lar_id": 5}, [], "lar_id must be"),
    ({"Owner": {"id": "1"}}, [], "Zoho knows no Owner beside data"),
    ({"duplicate_check_fields": ["Email"]}, UPSERT, "--upsert --check-field"),
]


@pytest.mark.parametrize(("beside", "options", "word"), REFUSED)
def test_any_other_is_refused_before_anything_is_sent(
    wire: Wire,
    connection: Connection,
    tmp_path: Path,
    beside: dict[str, Any],
    options: list[str],
    word: str,
) -> None:
    with pytest.raises(CommandError, match=word.replace("$", r"\$")):
        insert(tmp_path, beside, *options)

    assert not wire.requests
