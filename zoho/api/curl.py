"""A call to Zoho as a line for a shell, with the token left out. Pure."""

from __future__ import annotations

import json
import re
import shlex
from typing import Any

from zoho.api.client import CLIP, NOT_KEPT
from zoho.models import Connection

TOKEN = "Authorization: Zoho-oauthtoken ***"  # noqa: S105 - stands where the token was


def of_insert(connection: Connection | None, module: str, body: dict[str, Any]) -> str:
    """The call that inserts these records."""
    domain = connection.api_domain if connection else ""
    url = f"{domain or 'https://www.zohoapis.com'}/crm/v8/{module}"
    return _line("POST", url, json.dumps(body, ensure_ascii=False))


def of_request(request: str) -> str:
    """A request as it was kept, `POST https://…` and the body below it.

    Empty where only part of it was kept: half a body would be another request.
    """
    first, _, body = request.partition("\n")
    found = re.fullmatch(r"([A-Z]+) (https?://\S+)", first)
    if found is None or len(request) >= CLIP or body == NOT_KEPT:
        return ""
    return _line(found[1], found[2], body)


def _line(method: str, url: str, body: str) -> str:
    parts = [f"curl -X {method} {shlex.quote(url)}", f"-H {shlex.quote(TOKEN)}"]
    if body:
        parts += ["-H 'Content-Type: application/json'", f"--data-raw {shlex.quote(body)}"]
    return " \\\n  ".join(parts)
