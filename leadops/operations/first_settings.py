"""`leadops init`: a file of settings that a production installation can start with.

Nothing is asked: what has a default is left out or commented, keys are made, and the four things
that only the operator knows are options of the command, or lines to fill in.
"""

from __future__ import annotations

import argparse
import base64
import os
import secrets
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from leadops.paths import HOME

OWN: dict[str, Callable[[], str]] = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(50),
    "FIELD_KEYS": lambda: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
    "METRICS_TOKEN": lambda: secrets.token_urlsafe(32),
}
"""What is made here, once."""


def text(url: str, database: str, mail: str) -> str:
    """The file's lines."""
    host = urlsplit(url).hostname or "leads.example.com"
    made = "".join(f"{name}={make()}\n" for name, make in OWN.items())
    mail_line = f"EMAIL_URL={mail}" if mail else "#EMAIL_URL=smtp+tls://user:password@mail.host:587"
    base = f"DATABASE_URL={database}" if database else "# DATABASE_URL: SQLite beside this file"
    return (
        "# Settings of LeadOps. Keep a copy apart from backups: without FIELD_KEYS Zoho's\n"
        "# credentials cannot be read. All variables: docs/deploy.md and .env.example.\n\n"
        f"{made}\n"
        "# Where people reach this installation, by https.\n"
        f"PUBLIC_URL={url}\n\n"
        "# postgres://USER:PASSWORD@HOST:5432/NAME\n"
        f"{base}\n\n"
        "# How mail leaves; without it mails are written to files here.\n"
        f"{mail_line}\n"
        f"DEFAULT_FROM_EMAIL=LeadOps <leadops@{host}>\n\n"
        "# Logging in with the organisation's accounts: docs/access/single-sign-on.md\n"
        "#OIDC_ISSUER=https://login.example.com\n"
        "#OIDC_CLIENT_ID=leadops\n"
        "#OIDC_CLIENT_SECRET=\n"
    )


def main(arguments: list[str]) -> None:
    """Write the file, or say why not."""
    parser = argparse.ArgumentParser(prog="leadops init", description=__doc__.split("\n")[0])
    parser.add_argument("--url", default="https://leads.example.com", help="where people reach it")
    parser.add_argument(
        "--database",
        default="",
        help="postgres://…, or - to read it: a command line is no secret; SQLite without it",
    )
    parser.add_argument("--mail", default="", help="smtp+tls://user:password@host:587")
    options = parser.parse_args(arguments)
    database = sys.stdin.readline().strip() if options.database == "-" else options.database
    path = HOME / ".env"
    try:
        HOME.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_new(path, text(options.url.rstrip("/"), database, options.mail))
    except FileExistsError:
        sys.exit(f"{path} is there already, and its keys are in use: nothing was written.")
    except OSError as error:
        sys.exit(f"{path} cannot be written: {error.strerror}. LEADOPS_HOME names the data folder.")
    print(f"{path} written. Next: leadops migrate, leadops createadmin, leadops doctor.")  # noqa: T201


def write_new(path: Path, content: str) -> None:
    """A file for its owner alone. Raises FileExistsError where there is one."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(content)
