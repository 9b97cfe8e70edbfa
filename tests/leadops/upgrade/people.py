"""The people of an old database, with their second factors; and how they log in after the move.

`PEOPLE` fills the tables of django-otp as the old code did. The rest is run in a process of its own
by `test_second_factors.py`, and prints where each log-in led.
"""

from __future__ import annotations

import time

from django.contrib.auth.hashers import PBKDF2PasswordHasher

SEED = "00112233445566778899aabbccddeeff00112233"
TOKENS = ("aaaa2222", "bbbb3333", "cccc4444")
NOW = "2026-11-29 10:00:00+00:00"


def person(pk: int, name: str, address: str = "") -> str:
    """An account whose password is “password”."""
    word = PBKDF2PasswordHasher().encode("password", "salt", iterations=1)
    return (
        "INSERT INTO auth_user (id, password, is_superuser, username, last_name, email, is_staff,"
        " is_active, date_joined, first_name)"
        f" VALUES ({pk}, '{word}', true, '{name}', '', '{address}', true, true, '{NOW}', '')"
    )


def phone(user: int, drift: int = 0, last_t: int = -1, confirmed: bool = True) -> str:
    """An authenticator app, as django-otp keeps it."""
    return (
        "INSERT INTO otp_totp_totpdevice (id, name, confirmed, key, step, t0, digits, tolerance,"
        " drift, last_t, user_id, throttling_failure_count) VALUES"
        f" ({user}, 'app', {confirmed}, '{SEED}', 30, 0, 6, 1, {drift}, {last_t}, {user}, 0)"
    )


def sheet(user: int, *tokens: str) -> list[str]:
    """Recovery codes that are left."""
    device = (
        "INSERT INTO otp_static_staticdevice (id, name, confirmed, user_id,"
        f" throttling_failure_count) VALUES ({user}, 'codes', true, {user}, 0)"
    )
    return [
        device,
        *(
            f"INSERT INTO otp_static_statictoken (token, device_id) VALUES ('{one}', {user})"
            for one in tokens
        ),
    ]


def everybody() -> list[str]:
    """Who is in the old database."""
    return [
        person(11, "no-address"),
        person(12, "same-one", "office@example.com"),
        person(13, "same-two", "office@example.com"),
        person(14, "drifting"),
        phone(14, drift=-9),
        person(15, "half-used"),
        phone(15),
        *sheet(15, *TOKENS[:2]),
        person(16, "just-used"),
        phone(16, last_t=int(time.time()) // 30 + 1000),
        person(17, "not-confirmed"),
        phone(17, confirmed=False),
        person(18, "live"),
        phone(18),
        person(19, "late"),
        person(20, "freed"),
        phone(20),
        person(21, "beside"),
        phone(21),
        *sheet(21, *TOKENS[1:]),
    ]


def meanwhile() -> list[str]:
    """What old code does after the migration, beside the new one."""
    return [
        phone(19),
        f"DELETE FROM otp_static_statictoken WHERE token = '{TOKENS[1]}'",
        "DELETE FROM otp_totp_totpdevice WHERE user_id = 20",
    ]
