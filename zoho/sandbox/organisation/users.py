"""The users of the organisation. Whoever calls is the first of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zoho.sandbox.wire import Json

ROLES = {"CEO": "6100000000000026005", "Manager": "6100000000000026008"}
PROFILES = {"Administrator": "6100000000000026011", "Standard": "6100000000000026014"}


def _user(
    number: int,
    name: str,
    status: str = "active",
    role: str = "Manager",
    profile: str = "Standard",
    confirm: bool = True,
) -> Json:
    first, last = name.split()
    return {
        "id": str(6100000000000101000 + number),
        "full_name": name,
        "first_name": first,
        "last_name": last,
        "email": f"{first.lower()}@example.org",
        "status": status,
        "confirm": confirm,
        "zuid": str(700000 + number),
        "role": {"name": role, "id": ROLES[role]},
        "profile": {"name": profile, "id": PROFILES[profile]},
        "time_zone": "Europe/Berlin",
        "locale": "en_US",
    }


USERS: tuple[Json, ...] = (
    _user(1, "Mara Lindqvist", role="CEO", profile="Administrator"),
    _user(2, "Jonas Petersen"),
    _user(3, "Aylin Kaya", confirm=False),
    _user(4, "Tom Weber", status="disabled"),
    _user(5, "Rosa Conti", status="deleted"),
)
CURRENT = USERS[0]


def _short(user: Json) -> Json:
    return {"name": user["full_name"], "id": user["id"]}


# The caller in the two forms records and results show, and its Zoho-wide id.
USER: Json = _short(CURRENT)
OWNER: Json = {**USER, "email": CURRENT["email"]}
ZUID: str = CURRENT["zuid"]

# Who may own a record, as records show them.
OWNERS: dict[str, Json] = {
    user["id"]: {**_short(user), "email": user["email"]}
    for user in USERS
    if user["status"] == "active"
}


def _active(user: Json) -> bool:
    return bool(user["status"] == "active")


def _admin(user: Json) -> bool:
    return bool(user["profile"]["name"] == "Administrator")


TYPES: dict[str, Callable[[Json], Any]] = {
    "AllUsers": lambda _user: True,
    "ActiveUsers": _active,
    "DeactiveUsers": lambda user: user["status"] == "disabled",
    "ConfirmedUsers": lambda user: user["confirm"],
    "NotConfirmedUsers": lambda user: not user["confirm"],
    "DeletedUsers": lambda user: user["status"] == "deleted",
    "ActiveConfirmedUsers": lambda user: _active(user) and user["confirm"],
    "AdminUsers": _admin,
    "ActiveConfirmedAdmins": lambda user: _admin(user) and _active(user) and user["confirm"],
    "CurrentUser": lambda user: user is CURRENT,
}


def of_type(name: str) -> list[Json]:
    """The users of one of TYPES; KeyError for a type there is not."""
    return [user for user in USERS if TYPES[name](user)]
