"""Form tools as they post: each with its own payload, content and no other headers of ours."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path
from typing import Any

FILE = Path(__file__).parents[2] / "leads" / "intake" / "senders" / "payloads.json"
ELEMENTOR, GRAVITY = "elementor-pro-advanced-data", "gravity-forms-all-fields-json"


def post_as(slug: str, address: str) -> dict[str, Any]:
    """Post what the tool posts; its answer. Like Elementor, it fails on anything but 200."""
    found = json.loads(FILE.read_text())
    payloads = found["payloads"] if isinstance(found, dict) else found
    payload = next(one for one in payloads if one["slug"] == slug)
    headers = {"Content-Type": payload["content_type"], **payload["headers"]}
    request = urllib.request.Request(address, payload["body"].encode(), headers, method="POST")
    with urllib.request.urlopen(request, timeout=20) as answer:
        if answer.status != 200:
            raise AssertionError(f"The form shows an error to its visitor: {answer.status}")
        said: dict[str, Any] = json.load(answer)
    return said
