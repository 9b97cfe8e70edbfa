"""The rules that hold a lead back before anything is sent."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from django.db import connection

from leads.data import has_name, normalised_email
from leads.models import Lead
from leads.reasons import Reason


@dataclass(frozen=True)
class Held:
    """Why a rule holds a lead back."""

    reason: Reason
    field: str = ""
    text: str = ""


def judge(lead: Lead, refuses_duplicates: bool) -> Held | None:
    """The first rule that holds this lead, stored or not yet stored; None lets it go.

    Belongs into the transaction that acts on the answer: two leads with one address are
    judged one after the other.
    """
    data = lead.current_data()
    if not has_name(data):
        return Held(Reason.MISSING_FIELD, "contact_name")
    if refuses_duplicates and not lead.skip_duplicate_rule and not lead.is_test:
        return _duplicate_email(lead, normalised_email(data)[:254])
    return None


def _duplicate_email(lead: Lead, email: str) -> Held | None:
    if not email:
        return None
    _one_at_a_time(lead.destination_id, email)
    others = Lead.objects.same_email(lead.destination_id, email).exclude(pk=lead.pk)
    first = others.values_list("pk", flat=True).first()
    if first is None:
        return None
    return Held(Reason.DUPLICATE_EMAIL, text=f"Same e-mail as lead {first}")


def _one_at_a_time(destination_id: int, email: str) -> None:
    """Hold a lock on the address until the transaction ends.

    An advisory lock instead of a row per address: nothing to store, to erase or to prune.
    SQLite writes one transaction at a time anyway.
    """
    if connection.vendor == "postgresql":
        name = f"{destination_id}:{email}".encode("utf-8", "surrogatepass")
        number = int.from_bytes(hashlib.sha256(name).digest()[:8], "big", signed=True)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])
