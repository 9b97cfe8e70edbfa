"""Odd input as data: what is sent, and the answers that are right for it."""

from __future__ import annotations

from tests.leads.intake.corpus import access, bodies, fields, forms, headers
from tests.leads.intake.corpus.case import Case

CASES: list[Case] = [
    *bodies.CASES,
    *fields.CASES,
    *headers.CASES,
    *access.CASES,
    *forms.CASES,
]

__all__ = ["CASES", "Case"]
