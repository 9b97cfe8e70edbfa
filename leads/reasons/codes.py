"""The closed lists: response codes, and every reason why a lead is not in Zoho."""

from __future__ import annotations

from django.db.models import IntegerChoices, TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from leads.reasons.catalogue import ABOUT, About, Owner, Remedy


class ResponseCode(IntegerChoices):
    """What an attempt came to. The numbers are those that people quote."""

    INSERTED = 13003, _("13003 inserted")
    NOT_INSERTED = 13002, _("13002 not inserted")


ASKED_FOR: dict[str, Promise] = {
    "contact_name": _("name"),
    "email": _("e-mail address"),
    "phone": _("phone number"),
    "company": _("company"),
}
"""Fields by what a person is asked for, where two values fit."""


class Reason(TextChoices):
    """Why a lead is not in Zoho. One title and one explanation each, everywhere."""

    # Held by a rule of ours, before anything was sent.
    MISSING_FIELD = "missing_field", _("The site sent no name")
    DUPLICATE_EMAIL = "duplicate_email", _("Duplicate e-mail")
    QUARANTINED = "quarantined", _("Looks like spam")
    NOT_READ = "not_read", _("Could not be read")
    TOO_MANY_FIELDS = "too_many_fields", _("Too many fields")
    UNCLEAR = "unclear", _("Two values fit equally")
    SITE_DISABLED = "site_disabled", _("The site is disabled")
    # Zoho read the record and refused it.
    DUPLICATE_RECORD = "duplicate_record", _("Already in Zoho")
    TOO_LONG = "too_long", _("Value too long for the Zoho field")
    WRONG_TYPE = "wrong_type", _("Value of the wrong kind for the Zoho field")
    WRONG_PATTERN = "wrong_pattern", _("Value not written as the Zoho field expects")
    NOT_IN_LIST = "not_in_list", _("Value not in the Zoho field's list")
    WRONG_PROBABILITY = "wrong_probability", _("Probability outside 0 to 100 %")
    WRONG_WIZARD_PATH = "wrong_wizard_path", _("The wizard's path is wrong")
    INVALID_VALUE = "invalid_value", _("Value not accepted by the Zoho field")
    MANDATORY_MISSING = "mandatory_missing", _("A field that Zoho requires is empty")
    EXPECTED_MISSING = "expected_missing", _("One of several Zoho fields must be filled")
    DEPENDENT_MISSING = "dependent_missing", _("A field that another field depends on is missing")
    DEPENDENT_MISMATCH = "dependent_mismatch", _("Two fields contradict each other")
    AMBIGUOUS = "ambiguous", _("Fields can be understood in more than one way")
    SEVERAL_ERRORS = "several_errors", _("Zoho refused several fields")
    RECORD_LOCKED = "record_locked", _("The record is locked in Zoho")
    ALREADY_MODIFIED = "already_modified", _("The record was changed in Zoho meanwhile")
    NOT_ALLOWED = "not_allowed", _("Zoho does not allow this for the record")
    NOT_APPROVED = "not_approved", _("The record awaits an approval in Zoho")
    TOO_MANY_ITEMS = "too_many_items", _("Too many items in a list of the record")
    DEPENDENT_SERVICE = "dependent_service", _("A service connected to Zoho failed")
    SERVICE_REFUSES = "service_refuses", _("A service connected to Zoho refuses us")
    SERVICE_FULL = "service_full", _("A service connected to Zoho takes no more")
    REFUSED = "refused", _("Zoho refused the record")
    BATCH_REFUSED = "batch_refused", _("Zoho refused the whole batch")
    BATCH_TOO_LARGE = "batch_too_large", _("Too many records in one call")
    # Zoho was not reached, or its answer does not say what happened.
    NOT_REACHED = "not_reached", _("Zoho could not be reached")
    NO_ANSWER = "no_answer", _("Zoho did not answer")
    SERVER_ERROR = "server_error", _("Zoho answered with a server error")
    SERVICE_UNAVAILABLE = "service_unavailable", _("Zoho is down for maintenance")
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
    NOT_AUTHENTICATED = "not_authenticated", _("Zoho saw no usable access token")
    SCOPE_MISSING = "scope_missing", _("A permission (scope) is missing")
    NO_PERMISSION = "no_permission", _("The Zoho user may not add records")
    NOT_PRIVILEGED = "not_privileged", _("The Zoho user lacks a privilege")
    API_ACCESS_OFF = "api_access_off", _("API access is off for the Zoho user")
    PLAN_LACKS = "plan_lacks", _("Zoho's plan does not include this")
    STORAGE_FULL = "storage_full", _("Zoho's storage is full")
    ACCOUNT_REFUSED = "account_refused", _("Zoho refuses the account")
    WRONG_MODULE = "wrong_module", _("The Zoho module does not exist")
    WRONG_ADDRESS = "wrong_address", _("The Zoho address is wrong")
    WRONG_METHOD = "wrong_method", _("Zoho does not take this kind of request")
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
    def knows(cls, code: str) -> bool:
        """Whether it is one of ours. `in Reason.values` makes every title anew, 70 µs each time."""
        return code in cls._value2member_map_

    @classmethod
    def title_of(cls, code: str, field: str = "") -> str:
        """The title of a stored code, with the guilty field where one is named."""
        if code == cls.MISSING_FIELD:
            field = ""  # there is one, and the title says which
        if code == cls.UNCLEAR and field:
            asked = ASKED_FOR.get(field, field.replace("_", " "))
            return gettext("Which of these is the %(field)s?") % {"field": asked}
        label = str(cls(code).label) if cls.knows(code) else code
        return f"{label}: {field}" if field else label


RULES = frozenset(
    {
        Reason.MISSING_FIELD,
        Reason.DUPLICATE_EMAIL,
        Reason.QUARANTINED,
        Reason.NOT_READ,
        Reason.TOO_MANY_FIELDS,
        Reason.UNCLEAR,
        Reason.SITE_DISABLED,
    }
)
"""Reasons of our own rules, at intake or retry. A lead held by one was never sent to Zoho, so its
log names no call: it is counted as held and not among the attempts."""
REFUSED_AGAIN = frozenset(
    reason
    for reason in Reason
    if reason.about.remedy not in (Remedy.RETRY, Remedy.ENTER) and reason != Reason.NOT_READ
)
"""Reasons for which a retry of the lead as it is ends where it began, unless something was changed
in the CRM, in a mapping or in a rule since.
"""
