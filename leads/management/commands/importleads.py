"""`manage.py importleads SITE FILE`: the rows of a file become leads of a site."""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError, CommandParser

from leads.clock import Deadline
from leads.decisions.imports import run
from leads.decisions.imports.result import HEADINGS, lines
from leads.decisions.imports.upload import choose, upload
from leads.intake.files.refused import FileRefused
from leads.models import LeadImport, Site

A_WHILE = 10.0
"""Seconds between two words about how far it is."""


class Command(BaseCommand):
    """Imports in this process; what is killed is taken up by a worker."""

    help = (
        "Imports a CSV, .xlsx or JSON-lines file of up to 100,000 leads into a site, behind fresh "
        "leads. A row that was imported before makes no second lead. Killed, it goes on by itself "
        "as soon as a worker runs. An exported table of failed leads that was corrected is "
        "recognised and becomes corrections."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """SITE, FILE, and how the file is read."""
        parser.add_argument("site", help="the site's name")
        parser.add_argument("file", help="the file's path")
        parser.add_argument("--key", default="", metavar="COLUMN", help="what tells rows apart")
        parser.add_argument(
            "--column",
            action="append",
            default=[],
            metavar="FIELD=COLUMN",
            help="which column is a field of ours, such as email=Mail; may come again",
        )
        parser.add_argument("--dry-run", action="store_true", help="only say what would happen")
        parser.add_argument("--result", metavar="FILE", help="write a line a row to this file")
        parser.add_argument(
            "--no-retry", action="store_true", help="keep corrections without a retry"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Upload, try or import, and say what became of it; in one line why not."""
        site = Site.objects.filter(name=options["site"]).first()
        if site is None:
            raise CommandError(f"There is no site “{options['site']}”.")
        try:
            with _opened(options["file"]) as file:
                made = upload(file, Path(options["file"]).name, site, None)
            choose(made.pk, _chosen(options["column"]), options["key"], not options["no_retry"])
        except FileRefused as refusal:
            raise CommandError(str(refusal)) from None
        if options["dry_run"] and made.kind == LeadImport.Kind.LEADS:
            self.try_out(made)
            return
        run.start(made.pk)
        self.follow(made)
        if options["result"]:
            write_result(made, options["result"])

    def try_out(self, made: LeadImport) -> None:
        """A dry run, after which nothing of the file is kept."""
        run.begin_trial(made.pk)
        self.follow(made)
        trial = made.trial or {}
        self.stdout.write(f"Would be queued: {trial.get('queued', 0):,}")
        self.stdout.write(f"Already here: {trial.get('already_here', 0):,}")
        for reason, count in trial.get("held", {}).items():
            self.stdout.write(f"Would be held, {reason}: {count:,}")
        for fault, count in trial.get("mapping", {}).items():
            self.stdout.write(f"Would fail by the mapping, {fault}: {count:,}")
        made.delete()

    def follow(self, made: LeadImport) -> None:
        """Do the work, and say how far it is."""
        self.stdout.write(f"Import {made.pk}: {made.total:,} rows")
        while True:
            run.run(made.pk, Deadline(A_WHILE))
            made.refresh_from_db()
            if not made.is_active:
                break
            self.stdout.write(f"{made.done:,} of {made.total:,}")
        for outcome, count in made.counts.items():
            self.stdout.write(f"{outcome.replace('_', ' ').capitalize()}: {count:,}")
        for reason, count in made.reasons.items():
            self.stdout.write(f"Held, {reason}: {count:,}")


def _opened(name: str) -> BinaryIO:
    try:
        return Path(name).open("rb")
    except OSError as error:
        raise CommandError(f"{name} cannot be read: {type(error).__name__}") from None


def _chosen(texts: list[str]) -> dict[str, str]:
    pairs = [text.partition("=") for text in texts]
    if wrong := [name for name, sign, _column in pairs if not sign]:
        raise CommandError(f"--column {wrong[0]}: say FIELD=COLUMN.")
    return {name: column for name, _sign, column in pairs}


def write_result(made: LeadImport, name: str) -> None:
    """The result file. Raises CommandError."""
    try:
        with Path(name).open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file, quoting=csv.QUOTE_ALL)
            writer.writerow(HEADINGS)
            writer.writerows(lines(made))
    except OSError as error:
        print(f"{name} cannot be written: {type(error).__name__}", file=sys.stderr)
