"""The answer of Django's test client: with `json()`, `context` and `url`, which its stubs know."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response
else:
    from django.http import HttpResponse as Response

__all__ = ["Response", "flat"]


def flat(page: str) -> str:
    """HTML without its layout: one blank for any white space, none around tags."""
    return re.sub(r" ?([<>]) ?", r"\1", " ".join(page.split()))
