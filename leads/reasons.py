"""The closed lists: response codes, and every reason why a lead is not in Zoho."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class ResponseCode(IntegerChoices):
    """What an attempt came to. The numbers are those that people quote."""

    INSERTED = 13003, _("13003 inserted")
    NOT_INSERTED = 13002, _("13002 not inserted")


class Owner(TextChoices):
    """Who must act so that the lead gets through."""

    ZOHO = "zoho", _("Zoho")
    SETUP = "setup", _("Our set-up")
    SITE = "site", _("The site")
    DATA = "data", _("The lead's data")


class Remedy(TextChoices):
    """The action that helps most; the button on the row offers it."""

    RETRY = "retry", _("Retry")
    CORRECT = "correct", _("Edit and retry")
    SEND_ANYWAY = "send_anyway", _("Send anyway")
    ENTER = "enter", _("Mark as entered by hand")


class About(NamedTuple):
    """The words of one reason, and who must act."""

    owner: Owner
    remedy: Remedy
    means: StrOrPromise
    advice: StrOrPromise


class Reason(TextChoices):
    """Why a lead is not in Zoho. One title and one explanation each, everywhere."""

    # Held by a rule of ours, before anything was sent.
    MISSING_FIELD = "missing_field", _("Missing required field")
    DUPLICATE_EMAIL = "duplicate_email", _("Duplicate e-mail")
    # Zoho read the record and refused it.
    DUPLICATE_RECORD = "duplicate_record", _("Already in Zoho")
    TOO_LONG = "too_long", _("Value too long for the Zoho field")
    INVALID_VALUE = "invalid_value", _("Value not accepted by the Zoho field")
    NOT_IN_LIST = "not_in_list", _("Value not in the Zoho field's list")
    MANDATORY_MISSING = "mandatory_missing", _("Required Zoho field is empty")
    DEPENDENT_MISSING = "dependent_missing", _("A field that another field depends on is missing")
    DEPENDENT_MISMATCH = "dependent_mismatch", _("Two fields contradict each other")
    AMBIGUOUS = "ambiguous", _("Zoho could not tell which record is meant")
    SEVERAL_ERRORS = "several_errors", _("Zoho refused several fields")
    RECORD_LOCKED = "record_locked", _("The record is locked in Zoho")
    NOT_ALLOWED = "not_allowed", _("Zoho does not allow this for the record")
    DEPENDENT_SERVICE = "dependent_service", _("A service connected to Zoho failed")
    REFUSED = "refused", _("Zoho refused the record")
    BATCH_REFUSED = "batch_refused", _("Zoho refused the whole batch")
    # Zoho was not reached, or its answer does not say what happened.
    NOT_REACHED = "not_reached", _("Zoho could not be reached")
    NO_ANSWER = "no_answer", _("Zoho did not answer")
    SERVER_ERROR = "server_error", _("Zoho answered with a server error")
    UNREADABLE_ANSWER = "unreadable_answer", _("Zoho's answer could not be read")
    THROTTLED = "throttled", _("Zoho asked to wait")
    OUTCOME_UNKNOWN = "outcome_unknown", _("Outcome unknown: it may already be in Zoho")
    # Our side.
    WORKER_DIED = "worker_died", _("The worker stopped while sending")
    STOPPED_THE_WORKER = "stopped_the_worker", _("This lead stopped the worker")
    # Our set-up at Zoho.
    NOT_CONNECTED = "not_connected", _("No connection to Zoho is set up")
    TOKEN_REVOKED = "token_revoked", _("Zoho no longer accepts our credentials")
    TOKEN_REFUSED = "token_refused", _("Zoho refused the access token")
    SCOPE_MISSING = "scope_missing", _("A permission (scope) is missing")
    NO_PERMISSION = "no_permission", _("The Zoho user may not add records")
    WRONG_MODULE = "wrong_module", _("The Zoho module does not exist")
    WRONG_ADDRESS = "wrong_address", _("The Zoho address is wrong")
    WRONG_OPTION = "wrong_option", _("A request option of the site is wrong")
    PAUSED_BY_HAND = "paused_by_hand", _("Paused by a person")

    @property
    def about(self) -> About:
        """Owner, best remedy, explanation and advice."""
        return ABOUT[self]

    @property
    def owner(self) -> Owner:
        """Who must act."""
        return ABOUT[self].owner

    @classmethod
    def title_of(cls, code: str, field: str = "") -> str:
        """The title of a stored code, with the guilty field where one is named."""
        label = str(cls(code).label) if code in cls.values else code
        return f"{label}: {field}" if field else label


_RETRY_LATER = _("Nothing: LeadOps tries again by itself. Retry sends it at once.")
_CORRECT = _("Correct the value with Edit and retry, or enter the lead by hand.")
_SETUP = _("An administrator corrects the set-up; waiting leads then leave by themselves.")

ABOUT: dict[Reason, About] = {
    Reason.MISSING_FIELD: About(
        Owner.SITE,
        Remedy.CORRECT,
        _("The site sent no name. A lead needs contact_name, or a last name."),
        _("Add the name with Edit and retry; ask the site's developer to send it."),
    ),
    Reason.DUPLICATE_EMAIL: About(
        Owner.DATA,
        Remedy.SEND_ANYWAY,
        _("A lead with the same e-mail address exists and the rule against duplicates is on."),
        _("Look at the first lead. If this is a new enquiry, choose Send anyway; else discard it."),
    ),
    Reason.DUPLICATE_RECORD: About(
        Owner.DATA,
        Remedy.ENTER,
        _("Zoho holds a record with the same value in a field that must be unique."),
        _("Open the record in Zoho, add what is new, and mark the lead as entered by hand."),
    ),
    Reason.TOO_LONG: About(
        Owner.DATA,
        Remedy.CORRECT,
        _("A value has more characters than the Zoho field holds."),
        _CORRECT,
    ),
    Reason.INVALID_VALUE: About(
        Owner.DATA,
        Remedy.CORRECT,
        _("A value does not have the form that the Zoho field expects, such as an e-mail address."),
        _CORRECT,
    ),
    Reason.NOT_IN_LIST: About(
        Owner.DATA,
        Remedy.CORRECT,
        _("The Zoho field takes only values from its own list."),
        _("Choose a value of the list with Edit and retry, or add the value in Zoho."),
    ),
    Reason.MANDATORY_MISSING: About(
        Owner.SETUP,
        Remedy.CORRECT,
        _("Zoho requires a field that the lead does not fill."),
        _("Fill it with Edit and retry, or make the field optional in Zoho."),
    ),
    Reason.DEPENDENT_MISSING: About(
        Owner.SETUP,
        Remedy.CORRECT,
        _("One field makes another one necessary, and that one is empty."),
        _CORRECT,
    ),
    Reason.DEPENDENT_MISMATCH: About(
        Owner.DATA,
        Remedy.CORRECT,
        _("The values of two fields that belong together do not fit."),
        _CORRECT,
    ),
    Reason.AMBIGUOUS: About(
        Owner.DATA,
        Remedy.ENTER,
        _("Several records of Zoho match and it could not choose."),
        _("Enter the lead by hand and mark it as entered."),
    ),
    Reason.SEVERAL_ERRORS: About(
        Owner.DATA,
        Remedy.CORRECT,
        _("Zoho named more than one fault in the record; each is listed with the attempt."),
        _CORRECT,
    ),
    Reason.RECORD_LOCKED: About(
        Owner.ZOHO,
        Remedy.RETRY,
        _("Somebody or something in Zoho holds the record."),
        _("Retry when it is unlocked."),
    ),
    Reason.NOT_ALLOWED: About(
        Owner.SETUP,
        Remedy.RETRY,
        _("A rule in Zoho, such as an approval, forbids it."),
        _("An administrator of Zoho looks at the rule; then retry."),
    ),
    Reason.DEPENDENT_SERVICE: About(
        Owner.ZOHO,
        Remedy.RETRY,
        _("Zoho passes the record on to another service, and that one failed."),
        _("Retry later; if it stays, ask the administrator of that service."),
    ),
    Reason.REFUSED: About(
        Owner.ZOHO,
        Remedy.RETRY,
        _("Zoho refused the record in words that LeadOps does not know; they are kept."),
        _("Read Zoho's words on the lead's page, then retry or enter the lead by hand."),
    ),
    Reason.BATCH_REFUSED: About(
        Owner.ZOHO,
        Remedy.RETRY,
        _("Zoho refused all records of a call without saying which one was at fault."),
        _("Nothing: LeadOps sends smaller batches until the guilty lead stands alone."),
    ),
    Reason.NOT_REACHED: About(
        Owner.ZOHO,
        Remedy.RETRY,
        _("No connection to Zoho came about. Nothing was sent."),
        _RETRY_LATER,
    ),
    Reason.NO_ANSWER: About(
        Owner.ZOHO,
        Remedy.RETRY,
        _("The lead was sent, and no answer came in time. It may or may not have arrived."),
        _RETRY_LATER,
    ),
    Reason.SERVER_ERROR: About(
        Owner.ZOHO,
        Remedy.RETRY,
        _("Zoho reported a fault of its own. The lead may or may not have arrived."),
        _RETRY_LATER,
    ),
    Reason.UNREADABLE_ANSWER: About(
        Owner.ZOHO,
        Remedy.RETRY,
        _("Zoho answered something that is not an answer. The lead may or may not have arrived."),
        _RETRY_LATER,
    ),
    Reason.THROTTLED: About(
        Owner.ZOHO,
        Remedy.RETRY,
        _("Zoho counts the calls of a day and of a moment, and one of the limits is reached."),
        _("Nothing: sending pauses as long as Zoho asks and goes on by itself."),
    ),
    Reason.OUTCOME_UNKNOWN: About(
        Owner.SETUP,
        Remedy.ENTER,
        _(
            "The lead was sent and it is not known whether it arrived. Without a unique "
            "reference field in Zoho a second try could make a second record."
        ),
        _(
            "Search Zoho for the person. If it is there, mark the lead as entered by hand; "
            "if not, Retry. An administrator sets up the reference field."
        ),
    ),
    Reason.WORKER_DIED: About(
        Owner.SETUP,
        Remedy.RETRY,
        _("The process that sent the lead ended before the answer was written down."),
        _RETRY_LATER,
    ),
    Reason.STOPPED_THE_WORKER: About(
        Owner.SETUP,
        Remedy.ENTER,
        _("The process that sends leads ended three times while it sent this lead alone."),
        _("Enter the lead by hand and tell the developers its number."),
    ),
    Reason.NOT_CONNECTED: About(
        Owner.SETUP,
        Remedy.RETRY,
        _("No Zoho credentials have been entered yet."),
        _SETUP,
    ),
    Reason.TOKEN_REVOKED: About(
        Owner.SETUP,
        Remedy.RETRY,
        _("The client id, the secret or the refresh token is wrong or was revoked."),
        _("An administrator connects Zoho again; waiting leads then leave by themselves."),
    ),
    Reason.TOKEN_REFUSED: About(
        Owner.SETUP,
        Remedy.RETRY,
        _("Zoho refused a fresh access token."),
        _SETUP,
    ),
    Reason.SCOPE_MISSING: About(
        Owner.SETUP,
        Remedy.RETRY,
        _("The connection to Zoho was made without a permission that is needed."),
        _("An administrator connects Zoho again with all scopes."),
    ),
    Reason.NO_PERMISSION: About(
        Owner.SETUP,
        Remedy.RETRY,
        _("The Zoho user of the connection has no right to create records in the module."),
        _SETUP,
    ),
    Reason.WRONG_MODULE: About(
        Owner.SETUP,
        Remedy.RETRY,
        _("The module that the site delivers into is not known to Zoho."),
        _SETUP,
    ),
    Reason.WRONG_ADDRESS: About(
        Owner.SETUP,
        Remedy.RETRY,
        _("Zoho does not know the address that was called: perhaps the wrong data centre."),
        _SETUP,
    ),
    Reason.WRONG_OPTION: About(
        Owner.SETUP,
        Remedy.RETRY,
        _("A layout, an assignment rule or another option named for the site does not exist."),
        _SETUP,
    ),
    Reason.PAUSED_BY_HAND: About(
        Owner.SETUP,
        Remedy.RETRY,
        _("A person stopped sending."),
        _("Resume sending on the destination's page."),
    ),
}
