"""What `check --deploy` refuses: settings under which LeadOps cannot keep its promises."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import DatabaseError, connection

SANDBOX_CLIENT = "1000.SANDBOX"
LEAST_SECRET = 50
"""Characters of SECRET_KEY, as Django's own check asks for."""
LEAST_DIFFERENT = 5
MOUNTS = Path("/proc/self/mounts")
NETWORK_DISKS = ("nfs", "cifs", "smb", "9p", "ceph", "gluster", "lustre", "fuse.sshfs", "afs")
"""Beginnings of the names of file systems on which SQLite's locks or syncs cannot be relied on."""

Unsafe = Callable[[], bool]

REFUSED: list[tuple[str, Unsafe, str, str]] = [
    (
        "leadops.E010",
        lambda: settings.DEBUG,
        "DEBUG is on: error pages show people's data and secrets to everybody.",
        "Leave DEBUG unset.",
    ),
    (
        "leadops.E011",
        lambda: not settings.HTTPS,
        "PUBLIC_URL does not begin with https: keys, passwords and leads travel readable.",
        "Put nginx with a certificate in front, and set PUBLIC_URL=https://….",
    ),
    (
        "leadops.E012",
        lambda: is_weak(settings.SECRET_KEY),
        "SECRET_KEY can be guessed: whoever does signs in as anybody.",
        f"Set {LEAST_SECRET} random characters or more; .env.example has a line that makes them.",
    ),
    (
        "leadops.E013",
        lambda: "*" in settings.ALLOWED_HOSTS,
        "ALLOWED_HOSTS takes every host name.",
        "Name the hosts, or leave it unset: the host of PUBLIC_URL is taken from there.",
    ),
    (
        "leadops.E014",
        lambda: settings.ZOHO["client_id"] == SANDBOX_CLIENT,
        "ZOHO_CLIENT_ID is the sandbox's: leads would go to a stand-in, not to Zoho.",
        "Set the client of your Zoho organisation, or leave it unset and connect in the admin.",
    ),
]
"""(id, whether it is so, what is wrong, what to do)."""


@register(Tags.security, deploy=True)
def settings_are_safe(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Each row of the table above that is true."""
    return [
        Error(what, hint=hint, id=name) for name, is_unsafe, what, hint in REFUSED if is_unsafe()
    ]


def is_weak(secret: str) -> bool:
    """Whether a secret is short, monotonous or the one of development."""
    return (
        len(secret) < LEAST_SECRET
        or len(set(secret)) < LEAST_DIFFERENT
        or secret.startswith("insecure")
    )


@register(Tags.security, deploy=True)
def what_is_committed_is_on_the_disk(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """A lead is acknowledged after COMMIT, so COMMIT must mean the disk."""
    check = {"sqlite": sqlite_is_on_a_local_disk, "postgresql": postgresql_waits_for_the_disk}
    return check[connection.vendor]()


def sqlite_is_on_a_local_disk() -> list[CheckMessage]:
    """An error for a file on a network disk."""
    name = str(connection.settings_dict["NAME"])
    kind = file_system(Path(name).absolute(), MOUNTS.read_text() if MOUNTS.exists() else "")
    if not kind.startswith(NETWORK_DISKS):
        return []
    return [
        Error(
            f"DATABASE_URL is an SQLite file on a network disk ({kind}): its locks do not hold "
            "there, and leads can be lost.",
            hint="Use a local disk, or PostgreSQL.",
            id="leadops.E015",
        )
    ]


def file_system(path: Path, mounts: str) -> str:
    """The kind of file system of a path, by the text of /proc/mounts; empty when not named."""
    best, kind = "", ""
    for line in mounts.splitlines():
        _device, point, found, *_rest = [*line.split(" "), "", "", ""]
        point = point.replace("\\040", " ")
        if path.is_relative_to(point or "?") and len(point) >= len(best):
            best, kind = point, found
    return kind


def postgresql_waits_for_the_disk() -> list[CheckMessage]:
    """An error for each setting under which PostgreSQL says COMMIT too early."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT name, setting FROM pg_settings"
                " WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes')"
            )
            off = sorted(name for name, setting in cursor.fetchall() if setting == "off")
    except DatabaseError as error:
        return [
            Warning(
                f"PostgreSQL was not reached ({type(error).__name__}): whether it waits for the "
                "disk is not known.",
                hint="Run this check where DATABASE_URL can be reached.",
                id="leadops.W016",
            )
        ]
    return [
        Error(
            f"PostgreSQL has {name} off: a power cut takes leads that were acknowledged.",
            hint=f"Set {name} = on in postgresql.conf, for the role or for the database.",
            id="leadops.E016",
        )
        for name in off
    ]
