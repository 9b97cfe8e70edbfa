"""`make test`: every kind of tests, on both databases, with one summary at the end.

`python -m tests` runs all; `python -m tests unit journeys` only these kinds, and
`--on sqlite` or `--on postgresql` only that database. `--fast` runs the unit tests on SQLite but
for the slow ones, `--rest` what is left to `make long`. Other options are pytest's.
"""

from __future__ import annotations

import argparse
import contextlib
import resource
import shutil
import signal
import sys
from pathlib import Path

from tests import migrated, packages, postgres
from tests.runs import FAST, KINDS, LONG, REST, REST_KINDS, SLOW, Result, Run, runs
from tests.side_by_side import execute, scratch

WORDPRESS = {
    "wordpress": "usr/share/wordpress/wp-load.php",
    "php-cli": "usr/bin/php",
    "php-curl": "etc/php/*/mods-available/curl.ini",
    "mariadb-server": "usr/sbin/mariadbd",
}
"""Debian's packages that make a real WordPress, and a file of each."""
CONTAINERS = ("podman", "buildah", "crun", "catatonit", "debootstrap")
"""Debian's packages that build and run an image without an engine."""
MACHINES = ("slirp4netns",)
"""And, beside debootstrap, what a machine with a systemd of its own needs: a way to the mirror."""
JOURNEYS = {
    "nginx": "nginx-light",
    "caddy": "caddy",
    "age": "age",
    "gpg": "gnupg",
    "pgbouncer": "pgbouncer",
}
"""The programs that journeys start, and Debian's package of each."""


def install_missing(needed: list[Run]) -> None:
    """Install the programs that no Python package brings; ends with what to install by hand."""
    missing = []
    if any(run.database == "postgresql" for run in needed):
        try:
            postgres.find_programs()
        except postgres.Missing:
            missing.append("postgresql")
    looks = any(run.kind in ("browser", "journeys") for run in needed)
    if looks and not any(map(shutil.which, packages.BROWSERS)):
        missing.append(packages.BROWSERS[0])
    if any(run.kind == "journeys" for run in needed):
        missing += [name for program, name in JOURNEYS.items() if not packages.find(program)]
    if any(run.kind == LONG for run in needed):
        missing += [name for name, file in WORDPRESS.items() if not any(Path("/").glob(file))]
        missing += [name for name in (*CONTAINERS, *MACHINES) if not packages.find(name)]
        missing += [] if packages.find("nginx") else ["nginx-light"]
        missing += [] if packages.find("prometheus") else ["prometheus"]
        missing += [] if any(Path("/usr/lib/postgresql").glob("*/bin/initdb")) else ["postgresql"]
    # Without it a test is skipped and says so; nobody but root can have it installed.
    traces = any(run.kind == "faults" for run in needed) and not packages.find("strace")
    if traces and packages.may_install():
        missing.append("strace")
    if not missing:
        return
    if not packages.may_install():
        by_hand = " ".join(packages.command(missing))
        sys.exit(f"make test needs {' and '.join(missing)}. On Debian and Ubuntu: sudo {by_hand}")
    try:
        packages.install(missing)
    except packages.NotInstalled as error:
        sys.exit(str(error))


def run_all(todo: list[Run], pytest_options: list[str]) -> list[Result]:
    """The results of all runs, those on PostgreSQL beside a server of theirs."""
    with scratch() as folder, contextlib.ExitStack() as stack:
        urls = {run.database: "" for run in todo}
        if any(run.database == "postgresql" for run in todo):
            # The log of changes stays small: it lies in memory.
            server = postgres.cluster(folder / "postgresql", max_wal_size="256MB")
            urls["postgresql"] = stack.enter_context(server).url
        made = migrated.make(urls, folder)
        return execute(todo, urls, pytest_options, folder, made)


def summarise(results: list[Result]) -> None:
    """Print what each run came to, and all of them."""
    print("\n--- All runs")
    for result in results:
        print(result)
    of_all = resource.getrusage(resource.RUSAGE_CHILDREN)
    besides = of_all.ru_utime + of_all.ru_stime - sum(result.cpu for result in results)
    print(f"{'PostgreSQL, migrations':<80}{besides:>4.0f} s CPU")
    passed, failed, skipped = (
        sum(getattr(result, name) for result in results) for name in ("passed", "failed", "skipped")
    )
    # The build server reads this form. A run that broke before its tests counts as one failure.
    broken = sum(not result.is_good and not result.failed for result in results)
    print(f"{passed} passed, {failed + broken} failed, {skipped} skipped")


def main() -> int:
    """0 when every run was good, 1 otherwise, 130 after Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m tests", description=__doc__)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"of {', '.join(KINDS)}")
    parser.add_argument("--on", choices=("sqlite", "postgresql"), help="only this database")
    parser.add_argument("--fast", action="store_true", help="only unit tests, not the slow ones")
    parser.add_argument("--rest", action="store_true", help="what is left to `make long`")
    arguments, pytest_options = parser.parse_known_args()
    unknown = set(arguments.kinds) - {*KINDS, LONG}
    if unknown:
        parser.error(f"unknown kind {', '.join(sorted(unknown))}: choose of {', '.join(KINDS)}")
    databases = [arguments.on] if arguments.on else ["sqlite", "postgresql"]
    todo = runs(arguments.kinds or list(KINDS), databases)
    if arguments.fast:
        todo = [run for run in runs(["unit"], databases[:1]) if f"tests/{run.room}" not in SLOW]
        pytest_options = [*FAST, *pytest_options]
    if arguments.rest:
        todo = runs(arguments.kinds or list(REST_KINDS), databases)
        pytest_options = [*REST, *pytest_options]
    install_missing(todo)

    # SIGTERM unwinds like an exception, so that runs and server go with us.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        results = run_all(todo, pytest_options)
    except KeyboardInterrupt:
        return 130
    if pytest_options:
        results = [result for result in results if not result.is_empty]
    summarise(results)
    return 0 if results and all(result.is_good for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
