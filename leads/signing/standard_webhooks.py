"""Signing, in the form of Standard Webhooks (standardwebhooks.com): HMAC-SHA256, over the bytes.

Our own lines: the library signs texts alone, and a body is bytes. Tests hold it beside us.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
TOLERANCE = timedelta(minutes=5)
"""How far the clock of who signed may be from ours."""
PREFIX = "whsec_"
VERSION = "v1,"
SECRET_BYTES = 32
MOST_SIGNATURES = 10
"""That are looked at of one message: two while a secret changes, and some to spare."""
MESSAGE = re.compile(r"[!-\-/-~]{1,255}", re.ASCII)
"""An id. A full stop would leave open where it ends in what is signed."""
MOMENT = re.compile(r"\d{1,12}", re.ASCII)


def new_secret() -> str:
    """A random secret, as both sides keep it."""
    return secret_of(secrets.token_bytes(SECRET_BYTES))


def secret_of(key: bytes) -> str:
    """A key as people copy it."""
    return PREFIX + base64.b64encode(key).decode()


def sign(secret: str, message: str, timestamp: str, body: bytes) -> str:
    """The signature of a message: its id, its time in seconds, and the bytes of its body."""
    key = base64.b64decode(secret.removeprefix(PREFIX) + "==")
    signed = f"{message}.{timestamp}.".encode() + body
    return VERSION + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def headers(message: str, now: datetime, body: bytes, known: Iterable[str]) -> dict[str, str]:
    """The three headers of a message, with a signature by each secret."""
    timestamp = str(int(now.timestamp()))
    signatures = (sign(secret, message, timestamp, body) for secret in known)
    return {ID: message, TIMESTAMP: timestamp, SIGNATURE: " ".join(signatures)}


def is_signed(secret: str, message: str, timestamp: str, body: bytes, shown: str) -> bool:
    """Whether one of the signatures shown is right; in the same time whichever it is."""
    try:
        right = sign(secret, message, timestamp, body).encode()
    except binascii.Error:
        return False
    given = shown.split(" ")[:MOST_SIGNATURES]
    right_ones = [hmac.compare_digest(right, one.encode("utf-8", "replace")) for one in given]
    return any(right_ones)


def is_of_now(timestamp: str, now: datetime) -> bool:
    """Whether a message was signed within the tolerance, before or after."""
    return abs(int(timestamp) - now.timestamp()) <= TOLERANCE.total_seconds()
