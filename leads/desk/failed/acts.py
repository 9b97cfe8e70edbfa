"""What helps many leads that failed for one reason: an act for each remedy, said before a retry."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from leads.desk.kit import links
from leads.reasons import Reason, Remedy

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Act:
    """One act upon many leads, as the table's actions name it."""

    action: str
    words: StrOrPromise
    permissions: tuple[str, ...]
    note: StrOrPromise = ""
    """What is said before it is done."""
    has_page: bool = False
    """Whether a page of its own asks, and not the table."""

    def is_open_to(self, user: Any) -> bool:
        """Whether the user may do it."""
        return all(user.has_perm(permission) for permission in self.permissions)


RETRY, DISCARD = ("leads.retry_lead",), ("leads.discard_lead",)
FINAL = _("This is final. The leads stay in LeadOps with their whole history.")
FILL_IN = Act(
    "fill_selected",
    _("Fill in"),
    links.MAY_FILL_IN,
    has_page=True,
)
ACTS: dict[Remedy, tuple[Act, ...]] = {
    Remedy.CORRECT: (FILL_IN,),
    Remedy.SEND_ANYWAY: (
        Act(
            "send_anyway_selected",
            _("Send anyway"),
            RETRY,
            _("They go to Zoho past the rule against duplicates, and past that rule only."),
        ),
    ),
    Remedy.RELEASE: (
        Act(
            "release_selected",
            _("Release"),
            RETRY,
            _(
                "They go to Zoho as real enquiries. Read them first: the other rules judge them as "
                "always."
            ),
        ),
        Act("discard_selected", _("Discard"), DISCARD, FINAL),
    ),
    Remedy.UPDATE: (
        Act(
            "update_selected",
            _("Update existing"),
            RETRY,
            _(
                "Each is written over the record in its way. Those of which no such record is "
                "known stay as they are."
            ),
        ),
    ),
    Remedy.ENTER: (
        Act("enter_selected", _("Mark as entered by hand"), ("leads.enter_lead",), FINAL),
    ),
}
NOTES = {act.action: act.note for acts in ACTS.values() for act in acts}
AS_THEY_ARE = _(
    "A retry changes nothing of a lead: it helps only where the CRM, the mapping or the lead "
    "itself was changed since."
)


def acts_for(reason: Reason) -> tuple[Act, ...]:
    """What helps leads of this reason; nothing where a retry is the best there is."""
    if reason == Reason.NOT_READ:  # nobody knows a field of what could not be read
        return ()
    return ACTS.get(reason.about.remedy, ())


def helpful(reasons: Iterable[Reason], user: Any) -> list[Act]:
    """Those that help leads of any of these reasons and that the user may do, each once."""
    found = dict.fromkeys(act for reason in reasons for act in acts_for(reason))
    return [act for act in found if act.is_open_to(user)]
