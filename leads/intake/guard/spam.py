"""Signs that a program filled in a form: a trap that people do not see, and haste."""

from __future__ import annotations

from typing import Any

from django.core.signing import BadSignature, SignatureExpired, TimestampSigner

from leads.data import as_text
from leads.intake.body.shape import are_answers, fields_of
from leads.models import Site

STARTED = "_started"
"""The field that holds when the form was opened; pages may leave it out."""


def stamp(site: Site) -> str:
    """That a form of the site is being opened now, signed."""
    return _signer().sign(str(site.pk))


def suspicion(fields: dict[str, Any], site: Site) -> str:
    """Why a form looks like spam; empty where it does not. Takes the guards off the fields."""
    trap = as_text(taken_off(fields, site.honeypot)) if site.honeypot else ""
    started = as_text(taken_off(fields, STARTED))
    if trap:
        return "The hidden field was filled in."
    if not started or not site.min_fill_seconds:
        return ""
    return _haste(started, site)


def taken_off(fields: dict[str, Any], name: str) -> Any:
    """The value of a guard, taken off the fields; empty for none, a list for several.

    By its own name, or in a form that came as a list of names and values: there it is no field of
    the whole, but an answer of the list.
    """
    found = [fields.pop(name)] if name in fields else []
    for list_name, answers in fields.items():
        if isinstance(answers, list) and (read := _among(answers, name)):
            found += read.values()
            fields[list_name] = [one for place, one in enumerate(answers) if place not in read]
    return found[0] if len(found) == 1 else found or ""


def _among(answers: list[Any], name: str) -> dict[int, Any]:
    """The values of this name among a form's answers, by place; empty where it is no form."""
    likely = [place for place, one in enumerate(answers) if _may_bear(one, name)]
    if not likely or not all(isinstance(one, dict) for one in answers) or not are_answers(answers):
        return {}
    read = ((place, fields_of({"fields": [answers[place]]})) for place in likely)
    return {place: found[0].value for place, found in read if found[0].path[:2] == ("fields", name)}


def _may_bear(answer: Any, name: str) -> bool:
    """Whether an answer is worth a look: a list may have tens of thousands."""
    values = answer.values() if isinstance(answer, dict) else ()
    return any((isinstance(one, str) and name in one) or isinstance(one, dict) for one in values)


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
