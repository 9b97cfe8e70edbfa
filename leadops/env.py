"""Reading the environment: every setting is checked here, and a bad one stops the start.

Precedence: the process environment, then `.env`, then `.local/env` (written by `make run`). Both
files lie in the data folder, as everything that LeadOps writes: LEADOPS_HOME, or else the checkout.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import sys
import warnings
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from ipaddress import ip_network
from pathlib import Path
from typing import Any, NoReturn, TypeVar
from urllib.parse import urlsplit
from zoneinfo import available_timezones

import environ

from leadops.paths import HOME

T = TypeVar("T")

ENV_FILES = (HOME / ".env", HOME / ".local" / "env")


class Environment(environ.Env):  # type: ignore[misc]  # django-environ has no types
    """The environment, which remembers what it was asked for."""

    asked: set[str]

    def get_value(self, var: str, *args: Any, **options: Any) -> Any:
        """The value of a variable, as django-environ reads it."""
        self.asked.add(var)
        return super().get_value(var, *args, **options)


env = Environment()
env.asked = set()


def stop(name: str, why: str) -> NoReturn:
    """End the process with one line that names the setting, or the file of them."""
    sys.exit(f"LeadOps cannot start: {name} {why}")


def read_file(path: Path) -> None:
    """Take what a file says, if there is one. One that is there and cannot be read ends the
    process: django-environ would go on without it, on a database that nobody meant.
    """
    try:
        with path.open(encoding="utf-8") as file:
            env.read_env(file)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return
    except OSError as error:
        us = f"user {os.geteuid()} of group {os.getegid()}"
        stop(str(path), f"cannot be read by {us} ({error.strerror}); see 3. of docs/deploy.md")


for env_file in ENV_FILES:
    read_file(env_file)


def read(name: str, parse: Callable[[], T], expected: str) -> T:
    """The parsed value of one variable; ends the process when it cannot be parsed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # one line in our words is enough
            return parse()
    except Exception:  # noqa: BLE001 - whatever the parser says, the operator needs the name
        stop(name, f"is not valid: expected {expected}")


def boolean(name: str, default: bool) -> bool:
    """A yes/no variable."""
    value = env.str(name, default=str(default)).strip().lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off", ""}:
        return False
    stop(name, "is not valid: expected true or false")


def whole_number(name: str, default: int, least: int = 1) -> int:
    """An integer variable with a lower bound."""
    value: int = read(name, lambda: env.int(name, default=default), "a whole number")
    if value < least:
        stop(name, f"is not valid: expected at least {least}")
    return value


def share(name: str, default: str) -> Decimal:
    """Percent, at least 50 and below 100."""
    expected = "a number of percent such as 99.5"
    text: str = env.str(name, default=default).strip().rstrip("%")
    value = read(name, lambda: Decimal(text), expected)
    if not value.is_finite() or not 50 <= value < 100:
        stop(name, "is not valid: expected at least 50 and less than 100")
    return value


def choice(name: str, default: str, choices: tuple[str, ...]) -> str:
    """One of a few words."""
    value: str = env.str(name, default=default).strip().lower()
    if value not in choices:
        stop(name, f"is not valid: expected one of {', '.join(choices)}")
    return value


def networks(name: str, default: str) -> list[str]:
    """IP addresses and networks, separated by commas or blanks."""
    text: str = env.str(name, default=default)
    values = text.replace(",", " ").split()
    for value in values:
        read(name, partial(ip_network, value, strict=False), "addresses such as 10.0.0.5")
    return values


def web_address(name: str, default: str) -> str:
    """An http(s) address, without a slash at its end."""
    expected = "an address such as https://leads.example.com"
    value: str = env.str(name, default=default).strip().rstrip("/")
    scheme, host = read(name, lambda: _scheme_and_host(value), expected)
    if scheme not in {"http", "https"} or not host:
        stop(name, f"is not valid: expected {expected}")
    return value


def address_or_none(name: str) -> str:
    """An http(s) address as above; empty without one."""
    return web_address(name, default="") if env.str(name, default="").strip() else ""


def _scheme_and_host(address: str) -> tuple[str, str | None]:
    parts = urlsplit(address)
    _ = parts.port  # raises ValueError for a port that is no number
    return parts.scheme, parts.hostname


def issuer(name: str) -> str:
    """Who issues tokens, as it calls itself; empty without one. http on this machine alone."""
    value: str = env.str(name, default="").strip()
    expected = "an address such as https://login.example.com/realms/staff"
    scheme, host = read(name, lambda: _scheme_and_host(value), expected)
    is_here = scheme == "http" and host in {"127.0.0.1", "localhost", "::1"}
    if value and not (host and (scheme == "https" or is_here) and len(value) <= 200):
        stop(name, f"is not valid: expected {expected}")
    return value


def words(name: str) -> list[str]:
    """Words, separated by commas."""
    return [part.strip() for part in env.str(name, default="").split(",") if part.strip()]


def pairs(name: str) -> dict[str, str]:
    """What belongs to what: `left=right`, separated by commas."""
    found = {}
    for part in words(name):
        left, _sign, right = (text.strip() for text in part.rpartition("="))
        if not left or not right:
            stop(name, "is not valid: expected claim=Group, separated by commas")
        found[left] = right
    return found


def contacts(name: str) -> list[str]:
    """Addresses to reach somebody by, separated by commas; a mail address as `mailto:`."""
    values = [part.strip() for part in env.str(name, default="").split(",") if part.strip()]
    found = [f"mailto:{one}" if "@" in one and ":" not in one else one for one in values]
    if any(not re.fullmatch(r"(mailto:|tel:|https://)[!-~]+", one) for one in found):
        stop(name, "is not valid: expected a mail address, or https://… or tel:…")
    return found


def file(name: str) -> str:
    """The path of a file; empty without one."""
    path: str = env.str(name, default="").strip()
    if path and not Path(path).is_file():
        stop(name, "is not valid: expected the path of a file that can be read")
    return path


def time_zone(name: str, default: str) -> str:
    """A name of the tz database, such as Europe/Berlin."""
    value: str = env.str(name, default=default)
    if value not in available_timezones():
        stop(name, "is not valid: expected a time zone such as Europe/Berlin")
    return value


def field_keys(name: str, secret_key: str) -> list[str]:
    """The keys that encrypt Zoho's secrets, newest first.

    Without the variable one key is derived from SECRET_KEY, so that a first start needs no
    second secret; `check --deploy` refuses that, because rotating SECRET_KEY would lose them.
    """
    keys = [key.strip() for key in env.str(name, default="").split(",") if key.strip()]
    for key in keys:
        if len(read(name, partial(base64.urlsafe_b64decode, key), "Fernet keys")) != 32:
            stop(name, "is not valid: expected Fernet keys of 32 bytes in URL-safe base64")
    if keys:
        return keys
    derived = hashlib.sha256(f"leadops field key:{secret_key}".encode()).digest()
    return [base64.urlsafe_b64encode(derived).decode()]


def database_url() -> str:
    """DATABASE_URL as it was written; empty where the default holds."""
    return str(env.str("DATABASE_URL", default=""))
