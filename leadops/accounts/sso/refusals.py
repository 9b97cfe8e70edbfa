"""Why a log-in at a provider came to nothing, and what the person reads then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

AGAIN = _("Try again. If it happens every time, tell an administrator.")
TELL = _("An administrator can read why in the security events, and mend the set-up.")
WORDS: dict[str, tuple[StrOrPromise, StrOrPromise]] = {
    "denied": (_("The log-in was not allowed at the provider."), AGAIN),
    "state": (
        _("The answer belongs to no log-in that was begun in this browser, or came too late."),
        _("Begin again, and be back within ten minutes."),
    ),
    "unreachable": (_("The provider does not answer."), _("Try again in a few minutes.")),
    "busy": (_("Too many log-ins wait for the provider just now."), _("Try again in a moment.")),
    "answer": (_("The provider's answer could not be read."), TELL),
    "provider": (_("The provider reports a fault."), TELL),
    "token": (_("The provider's answer is not signed as it should be."), TELL),
    "audience": (_("The provider's answer was meant for somebody else."), TELL),
    "issuer": (_("The answer comes from another provider than the log-in was begun at."), TELL),
    "nonce": (_("The provider's answer belongs to another log-in."), AGAIN),
    "expired": (_("The provider's answer had expired."), _("Try again; perhaps a clock is wrong.")),
    "unknown": (
        _("No account of LeadOps is linked with yours at the provider."),
        _("Log in as you did before and link it under “Sign-in”, or ask an administrator."),
    ),
    "disabled": (_("This account cannot log in."), _("Ask an administrator.")),
    "taken": (
        _("Your account at the provider is linked with another account of LeadOps."),
        _("Unlink it there first, or ask an administrator."),
    ),
    "other": (
        _("That was another account at the provider than yours here is linked with."),
        _("Log out there, and try again with the right one."),
    ),
    "old": (
        _("The provider did not ask who you are, so it proves nothing."),
        _("It has to say when you logged in there (auth_time); until it does, use another way."),
    ),
    "factor": (_("The provider did not ask for your second factor this time."), AGAIN),
    "proof": (
        _("Too much time has passed since you showed that it is you."),
        _("Begin again from the page “Sign-in”."),
    ),
}
"""By code: what happened, and what to do."""


class Refused(Exception):
    """A log-in, a proof or a link that came to nothing; `reason` is a code of the table."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
