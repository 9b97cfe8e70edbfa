"""The people of an old database log in at the new code; run in a process of its own."""

from __future__ import annotations

import json
import time
from base64 import b32encode

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import hotp_value
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client

from tests.leadops.upgrade.people import SEED, TOKENS

BACKEND = "django.contrib.auth.backends.ModelBackend"


def shown(steps: int = 0) -> str:
    """What a phone with the old seed shows."""
    seed = b32encode(bytes.fromhex(SEED)).decode()
    return f"{hotp_value(seed, int(time.time()) // 30 + steps):06d}"


def logged_in(name: str, code: str = "") -> str:
    """Where name, password and perhaps a code lead."""
    browser = Client(SERVER_NAME="127.0.0.1")
    answer = browser.post("/admin/login/", {"username": name, "password": "password"})
    if code and answer.status_code == 302:
        answer = browser.post(answer["Location"], {"code": code})
    return answer.get("Location") or str(answer.status_code)


def old_session(name: str, **showed: str) -> int:
    """What the dashboard answers to a session that the old code began."""
    user = User.objects.get(username=name)
    session = SessionStore()
    session.update({SESSION_KEY: str(user.pk), BACKEND_SESSION_KEY: BACKEND} | showed)
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    browser = Client(SERVER_NAME="127.0.0.1")
    browser.cookies["sessionid"] = str(session.session_key)
    return int(browser.get("/admin/").status_code)


print(
    json.dumps(
        {
            "no address": logged_in("no-address"),
            "same address": [logged_in("same-one"), logged_in("same-two")],
            "drift": [logged_in("drifting", shown(-9)), logged_in("drifting", shown())],
            "codes": [logged_in("half-used", one) for one in (TOKENS[0].upper(), TOKENS[0])],
            "used by old code": logged_in("beside", TOKENS[1]),
            "used": logged_in("just-used", shown()),
            "not confirmed": logged_in("not-confirmed"),
            "live": [
                old_session("live", otp_device_id="otp_totp.totpdevice/18"),
                old_session("live", otp_device_id="otp_totp.totpdevice/14"),
                old_session("live"),
            ],
            "enrolled by old code": [logged_in("late"), logged_in("late", shown())],
            "freed by old code": logged_in("freed"),
            "clear": any(SEED in str(one.data) for one in Authenticator.objects.all()),
        }
    )
)
