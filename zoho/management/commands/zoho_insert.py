"""`manage.py zoho_insert MODULE FILE.json`: insert records of any module."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from zoho.api.options import TOP, TOP_OF_UPSERT, faults
from zoho.delivery.insert_records import insert_records, refused_here
from zoho.fit.metadata import Record
from zoho.fit.modules import api_name
from zoho.models import Connection


class Command(BaseCommand):
    """Prints one line for each record: its place in the file, 13003 and id, or 13002 and why."""

    help = "Inserts records of a file into a Zoho module, 100 a call; exit code 1 if any failed."

    def add_arguments(self, parser: CommandParser) -> None:
        """Module and file."""
        parser.add_argument("module", help="Leads, Deals, Meetings, … or a custom module")
        parser.add_argument(
            "file", type=Path, help='a JSON list of records, or {"data": [...]} as Zoho takes it'
        )
        parser.add_argument("--destination", help="its name; the first one unless given")
        parser.add_argument("--dry-run", action="store_true", help="check only; send nothing")
        parser.add_argument("--upsert", action="store_true", help="update records that match")
        parser.add_argument(
            "--check-field", action="append", default=[], help="--upsert: match by this field"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Check, send, print."""
        if options["upsert"] != bool(options["check_field"]):
            raise CommandError("--upsert and --check-field belong together: name what must match.")
        module = api_name(options["module"])
        records, beside = read(options["file"], options["upsert"])
        if options["dry_run"]:
            results = iter(refused_here(module, records))
        else:
            connection = connection_of(options["destination"])
            results = insert_records(connection, module, records, options["check_field"], beside)
        seen = stored = 0
        for result in results:
            seen, stored = seen + 1, stored + result.stored
            self.stdout.write(str(result))
        left = 0 if options["dry_run"] else len(records) - seen
        if left:
            self.stderr.write(f"{left} records were not sent: look in Zoho first, then go on.")
        if seen > stored or left:
            raise SystemExit(1)


def read(file: Path, upserts: bool) -> tuple[list[Record], dict[str, Any]]:
    """The records of a file, and the keys beside them. Raises CommandError."""
    try:
        content = json.loads(file.read_text())
    except (OSError, ValueError) as error:
        raise CommandError(f"{file} cannot be read: {error}") from None
    records = content.get("data") if isinstance(content, dict) else content
    if not isinstance(records, list) or not all(isinstance(one, dict) for one in records):
        raise CommandError(f"{file} holds no list of records.")
    beside = (
        {key: content[key] for key in content if key != "data"} if records is not content else {}
    )
    if found := key_faults(beside, upserts):
        raise CommandError(" ".join([f"{file} holds more than records.", *found]))
    return records, beside


def key_faults(beside: dict[str, Any], upserts: bool) -> list[str]:
    """What is wrong with the keys beside `data`, which Zoho would ignore without a word."""
    if "duplicate_check_fields" in beside:
        return ["duplicate_check_fields: name them with --upsert --check-field."]
    unknown = [key for key in beside if key not in TOP]
    if unknown:
        return [f"Zoho knows no {', '.join(unknown)} beside data. It knows: {', '.join(TOP)}."]
    found = faults(beside, TOP_OF_UPSERT if upserts else TOP)
    if found and not upserts and not faults(beside, TOP_OF_UPSERT):
        return [*found, "An action is for --upsert."]
    return found


def connection_of(name: str | None) -> Connection:
    """The connection of a destination by its name. Raises CommandError."""
    connections = Connection.objects.select_related("destination").order_by("destination_id")
    if name:
        connections = connections.filter(destination__name=name)
    found = connections.first()
    if found is None:
        raise CommandError("There is no such destination with a Zoho connection.")
    return found
