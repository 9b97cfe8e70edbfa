"""What every mail has in common: who writes it, what it encloses, and its two forms. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.template.loader import render_to_string

from leads.models import Preferences
from notifications.wording.links import help_url
from notifications.wording.values import LONGEST_LINE, one_line, printable


class Mail(NamedTuple):
    """What is sent, apart from who to."""

    subject: str
    text: str
    html: str
    images: tuple[tuple[str, bytes], ...] = ()
    """PNG pictures by the name that `cid:` calls them by."""


class Sheet(NamedTuple):
    """What a mail is written on: who “we” are, and what its reader alone is given."""

    name: str = ""
    contact: str = ""
    words: str = ""
    links: Mapping[int, str] = {}
    """Addresses that open the mail's leads of a site without an account, by the site's id."""
    code: str = ""
    """Six digits, in the mail that was asked for to open such an address."""

    @classmethod
    def of(cls, preferences: Preferences, **enclosed: Any) -> Sheet:
        """With who “we” are from the settings."""
        return cls(
            one_line(preferences.our_name, LONGEST_LINE),
            one_line(preferences.our_contact, LONGEST_LINE),
            printable(preferences.our_words).strip(),
            **enclosed,
        )

    def lead_url(self, site_id: int | None, lead_id: int | None) -> str:
        """Where a lead opens without an account; empty where it does not."""
        base = self.links.get(site_id or 0, "")
        return f"{base}{lead_id}/" if base else ""


def render(name: str, subject: str, sheet: Sheet, context: dict[str, Any]) -> Mail:
    """A mail from its two templates."""
    context = {**context, "sheet": sheet, "help_url": help_url()}
    return Mail(
        one_line(subject, LONGEST_LINE),
        render_to_string(f"notifications/{name}.txt", context).strip() + "\n",
        render_to_string(f"notifications/{name}.html", context),
    )
