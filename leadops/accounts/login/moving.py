"""From django-otp to django-allauth: nobody sets a second factor up anew.

The migration copies every row. For one release the old tables stay, and old code that still runs
beside this one may enrol somebody there, take a factor away or use a recovery code up: so each
log-in looks there once more. The tables then go, with their seeds in clear text, and this module.
"""

from __future__ import annotations

from base64 import b32encode
from functools import cache
from typing import Any

from django.db import connection, transaction

from leads.secrets import box, open_box

SHOWN = "otp_device_id"
"""Where a session of the old code says which device it showed."""
DEVICE = "device"
"""Which of the old devices a factor was, as those sessions name it."""
CODES = "migrated_codes"
"""Where `mfa` keeps recovery codes that it did not make itself."""
PHONE = "otp_totp.totpdevice/%d"
SHEET = "otp_static.staticdevice/%d"
TABLES = {"otp_totp_totpdevice", "otp_static_staticdevice", "otp_static_statictoken"}


@cache
def is_there() -> bool:
    """Whether the database has the old tables: one that was made by this release has not."""
    return set(connection.introspection.table_names()) >= TABLES


def adopt_all(authenticators: Any) -> None:
    """Copy everybody's factor; `authenticators` are the rows of `mfa`, as the caller knows them."""
    if is_there():
        for (user_id,) in _asked("SELECT DISTINCT user_id FROM otp_totp_totpdevice"):
            adopt(user_id, authenticators)


@transaction.atomic
def adopt(user_id: int, authenticators: Any) -> None:
    """What the old tables say of somebody who has not set up a factor with the new code since."""
    if not is_there():
        return
    held = {one.type: one for one in authenticators.filter(user_id=user_id)}
    if any(DEVICE not in one.data for one in held.values()):
        return
    phones = _asked(
        "SELECT id, key, drift, last_t FROM otp_totp_totpdevice"
        " WHERE user_id = %s AND confirmed ORDER BY id DESC",
        user_id,
    )
    if not phones:
        authenticators.filter(user_id=user_id).delete()
        return
    pk, key, drift, last_t = phones[0]
    secret = b32encode(bytes.fromhex(key)).decode()
    phone = {"secret": _locked(secret), "drift": drift, "last_t": last_t, DEVICE: PHONE % pk}
    _keep(authenticators, held.get("totp"), user_id, "totp", phone)
    for (sheet,) in _asked(
        "SELECT id FROM otp_static_staticdevice WHERE user_id = %s AND confirmed ORDER BY id",
        user_id,
    )[:1]:
        tokens = _asked("SELECT token FROM otp_static_statictoken WHERE device_id = %s", sheet)
        codes = [_locked(token) for (token,) in tokens]
        data = {CODES: codes, DEVICE: SHEET % sheet}
        _keep(authenticators, held.get("recovery_codes"), user_id, "recovery_codes", data)


def _keep(authenticators: Any, known: Any, user_id: int, kind: str, data: dict[str, Any]) -> None:
    """A new row, or what has changed of the one that is there: none of its codes come back."""
    if known is None or known.data[DEVICE] != data[DEVICE]:
        authenticators.filter(user_id=user_id, type=kind).delete()
        authenticators.create(user_id=user_id, type=kind, data=data)
        return
    if kind == "totp":
        known.data["last_t"] = max(known.data["last_t"], data["last_t"])
    else:
        left = {open_box(one) for one in data[CODES]}
        known.data[CODES] = [one for one in known.data[CODES] if open_box(one) in left]
    known.save(update_fields=["data"])


def used_up(user_id: int, code: str) -> None:
    """Old code shall not take a recovery code that was shown here."""
    if is_there():
        sheets = "SELECT id FROM otp_static_staticdevice WHERE user_id = %s"
        sql = f"DELETE FROM otp_static_statictoken WHERE device_id IN ({sheets}) AND token = %s"  # noqa: S608
        _do(sql, user_id, code)


def forget(user_id: int) -> None:
    """Old code shall not ask any more for what was removed."""
    if is_there():
        sheets = "SELECT id FROM otp_static_staticdevice WHERE user_id = %s"
        _do(f"DELETE FROM otp_static_statictoken WHERE device_id IN ({sheets})", user_id)  # noqa: S608
        _do("DELETE FROM otp_static_staticdevice WHERE user_id = %s", user_id)
        _do("DELETE FROM otp_totp_totpdevice WHERE user_id = %s", user_id)


def _asked(sql: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


def _do(sql: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def _locked(text: str) -> str:
    return box().encrypt(text.encode()).decode()
