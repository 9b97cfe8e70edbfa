"""Signs that a program filled in a form: a trap that people do not see, and haste."""

from __future__ import annotations

from typing import Any

from django.core.signing import BadSignature, SignatureExpired, TimestampSigner

from leads.data import as_text
from leads.models import Site

STARTED = "_started"
"""The field that holds when the form was opened; pages may leave it out."""


def stamp(site: Site) -> str:
    """That a form of the site is being opened now, signed."""
    return _signer().sign(str(site.pk))


def suspicion(fields: dict[str, Any], site: Site) -> str:
    """Why a form looks like spam; empty where it does not. Takes the guards off the fields."""
    trap = as_text(fields.pop(site.honeypot, "")) if site.honeypot else ""
    started = as_text(fields.pop(STARTED, ""))
    if trap:
        return "The hidden field was filled in."
    if not started or not site.min_fill_seconds:
        return ""
    return _haste(started, site)


def _haste(started: str, site: Site) -> str:
    try:
        # What has not expired after so many seconds is younger than they are.
        signed = _signer().unsign(started, max_age=site.min_fill_seconds)
    except SignatureExpired:
        signed = _signer().unsign(started)
        return "" if signed == str(site.pk) else "The stamp is another site's."
    except BadSignature:
        return "The stamp is not ours."
    return f"Filled in within {site.min_fill_seconds} seconds."


def _signer() -> TimestampSigner:
    return TimestampSigner(salt="leads.intake.spam")
