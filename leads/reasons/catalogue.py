"""What each reason means in plain words, who must act, and what helps. A table, by code."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


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
    UPDATE = "update", _("Update existing")
    ENTER = "enter", _("Mark as entered by hand")
    RELEASE = "release", _("Release")
    CHOOSE = "choose", _("Choose")


class About(NamedTuple):
    """The words of one reason, and who must act."""

    owner: Owner
    remedy: Remedy
    means: StrOrPromise
    advice: StrOrPromise


_RETRY_LATER = _("Nothing: LeadOps tries again by itself. Retry sends it at once.")
_CORRECT = _("Correct the value with Edit and retry, or enter the lead by hand.")
_SETUP = _("An administrator corrects the set-up; waiting leads then leave by themselves.")

ABOUT: dict[str, About] = {
    "missing_field": About(
        Owner.SITE,
        Remedy.CORRECT,
        _("The form did not send a name. Every lead needs one, or a last name at least."),
        _(
            "Add the name with Edit and retry, or fill it in from another field for all such "
            "leads; ask the site's developer to send it."
        ),
    ),
    "duplicate_email": About(
        Owner.DATA,
        Remedy.SEND_ANYWAY,
        _("A lead with the same e-mail address exists and the rule against duplicates is on."),
        _(
            "Look at the first lead or record. If this is a new enquiry, choose Send anyway; "
            "else discard it."
        ),
    ),
    "quarantined": About(
        Owner.DATA,
        Remedy.RELEASE,
        _(
            "A browser form was filled in as programs do it (its hidden field, or within seconds), "
            "or it was sent from a page that is none of the site's allowed origins."
        ),
        _(
            "Read it. Release sends a real enquiry to Zoho; discard the rest. Retry leaves it "
            "here. A page of yours can be allowed on the site's page."
        ),
    ),
    "not_read": About(
        Owner.SITE,
        Remedy.CORRECT,
        _("Something came to the site's webhook address that is no form LeadOps can read."),
        _("Open the lead, read what came, and type it in with Edit and retry; or discard it."),
    ),
    "too_many_fields": About(
        Owner.SITE,
        Remedy.RETRY,
        _("More than 2,000 fields came. The first 2,000 were read; what arrived is kept whole."),
        _(
            "Look at it, and download what arrived if something is missing. Retry sends what was "
            "read; discard what is no enquiry. Ask the site's developer to send the lead's fields "
            "alone."
        ),
    ),
    "unclear": About(
        Owner.SITE,
        Remedy.CHOOSE,
        _("The form sent two values that could both be the field, and nobody said which one is."),
        _("Choose the right one on the lead's page: for this lead, or for all the form posts."),
    ),
    "site_disabled": About(
        Owner.SETUP,
        Remedy.RETRY,
        _("The site was disabled when its form posted. Nothing was lost: the lead waits here."),
        _("Retry sends it; enable the site if its form is in use, or take the address away there."),
    ),
    "duplicate_record": About(
        Owner.DATA,
        Remedy.UPDATE,
        _("Zoho holds a record with the same value in a field that must be unique."),
        _(
            "Open that record. Update existing writes this lead over it; or add there what is "
            "new and mark the lead as entered by hand."
        ),
    ),
    "too_long": About(
        Owner.DATA,
        Remedy.CORRECT,
        _("A value has more characters than the Zoho field holds."),
        _CORRECT,
    ),
    "wrong_type": About(
        Owner.DATA,
        Remedy.CORRECT,
        _("A value is of another kind than the field holds, such as words in a number field."),
        _CORRECT,
    ),
    "wrong_pattern": About(
        Owner.DATA,
        Remedy.CORRECT,
        _("An e-mail address, a phone number or a web address is not written as Zoho wants it."),
        _CORRECT,
    ),
    "invalid_value": About(
        Owner.DATA,
        Remedy.CORRECT,
        _("A value does not have the form that the Zoho field expects, such as an e-mail address."),
        _CORRECT,
    ),
    "not_in_list": About(
        Owner.DATA,
        Remedy.CORRECT,
        _("The Zoho field takes only values from its own list."),
        _("Choose a value of the list with Edit and retry, or add the value in Zoho."),
    ),
    "wrong_probability": About(
        Owner.DATA,
        Remedy.CORRECT,
        _("The probability of a deal must be between 0 and 100 percent."),
        _CORRECT,
    ),
    "wrong_wizard_path": About(
        Owner.SETUP,
        Remedy.RETRY,
        _("The connections named for the wizard are unknown or not in its screens' order."),
        _("An administrator corrects the wizard's path in the site's options; then retry."),
    ),
    "mandatory_missing": About(
        Owner.SETUP,
        Remedy.CORRECT,
        _("In Zoho this field must be filled, and the site did not send anything for it."),
        _(
            "Fill it in: for this lead with Edit and retry, for all at once with “Fill in” in the "
            "table. Or make the field optional in Zoho."
        ),
    ),
    "expected_missing": About(
        Owner.DATA,
        Remedy.CORRECT,
        _("Zoho wants at least one of the fields that it names, and the lead fills none of them."),
        _("Fill one of the named fields, with Edit and retry or for all leads with “Fill in”."),
    ),
    "dependent_missing": About(
        Owner.SETUP,
        Remedy.CORRECT,
        _("One field makes another one necessary, and that one is empty."),
        _CORRECT,
    ),
    "dependent_mismatch": About(
        Owner.DATA,
        Remedy.CORRECT,
        _("The values of two fields that belong together do not fit."),
        _CORRECT,
    ),
    "ambiguous": About(
        Owner.DATA,
        Remedy.CORRECT,
        _("Zoho could not decide between the fields that it names."),
        _("Fill only one of the named fields with Edit and retry, or enter the lead by hand."),
    ),
    "several_errors": About(
        Owner.DATA,
        Remedy.CORRECT,
        _("Zoho named more than one fault in the record; each is listed with the attempt."),
        _CORRECT,
    ),
    "record_locked": About(
        Owner.ZOHO,
        Remedy.RETRY,
        _("Somebody or something in Zoho holds the record."),
        _("Retry when it is unlocked."),
    ),
    "not_allowed": About(
        Owner.SETUP,
        Remedy.RETRY,
        _("A rule in Zoho, such as an approval, forbids it."),
        _("An administrator of Zoho looks at the rule; then retry."),
    ),
    "already_modified": About(
        Owner.ZOHO,
        Remedy.RETRY,
        _("Somebody changed the record in Zoho while it was being updated."),
        _("Retry: the update then begins from today's record."),
    ),
    "not_approved": About(
        Owner.SETUP,
        Remedy.RETRY,
        _("The record, or one it belongs to, waits for an approval in Zoho."),
        _("Approve or reject it in Zoho; then retry."),
    ),
    "too_many_items": About(
        Owner.DATA,
        Remedy.CORRECT,
        _("A list in the record is too long, such as more than 50 participants of an event."),
        _("Shorten the list with Edit and retry."),
    ),
    "dependent_service": About(
        Owner.ZOHO,
        Remedy.RETRY,
        _("Zoho passes the record on to another service, and that one failed."),
        _("Retry later; if it stays, ask the administrator of that service."),
    ),
    "service_refuses": About(
        Owner.SETUP,
        Remedy.RETRY,
        _("Zoho passes the record on to another service, in which its user may not add records."),
        _("An administrator of that service grants the right; then retry."),
    ),
    "service_full": About(
        Owner.ZOHO,
        Remedy.RETRY,
        _("Zoho passes the record on to another service, and a limit of that one is reached."),
        _("Retry later; if it stays, ask the administrator of that service."),
    ),
    "refused": About(
        Owner.ZOHO,
        Remedy.RETRY,
        _("Zoho refused the record in words that LeadOps does not know; they are kept."),
        _("Read Zoho's words on the lead's page, then retry or enter the lead by hand."),
    ),
    "batch_refused": About(
        Owner.ZOHO,
        Remedy.RETRY,
        _("Zoho refused all records of a call without saying which one was at fault."),
        _("Nothing: LeadOps sends smaller batches until the guilty lead stands alone."),
    ),
    "batch_too_large": About(
        Owner.ZOHO,
        Remedy.RETRY,
        _("Zoho takes at most 100 records in a call, and said that there were too many."),
        _("Nothing: LeadOps sends smaller batches."),
    ),
    "not_reached": About(
        Owner.ZOHO,
        Remedy.RETRY,
        _("No connection to Zoho came about. Nothing was sent."),
        _RETRY_LATER,
    ),
    "no_answer": About(
        Owner.ZOHO,
        Remedy.RETRY,
        _("The lead was sent, and no answer came in time. It may or may not have arrived."),
        _RETRY_LATER,
    ),
    "server_error": About(
        Owner.ZOHO,
        Remedy.RETRY,
        _("Zoho reported a fault of its own. The lead may or may not have arrived."),
        _RETRY_LATER,
    ),
    "service_unavailable": About(
        Owner.ZOHO,
        Remedy.RETRY,
        _("Zoho says that it is down. The lead may or may not have arrived."),
        _RETRY_LATER,
    ),
    "unreadable_answer": About(
        Owner.ZOHO,
        Remedy.RETRY,
        _("Zoho answered something that is not an answer. The lead may or may not have arrived."),
        _RETRY_LATER,
    ),
    "throttled": About(
        Owner.ZOHO,
        Remedy.RETRY,
        _("Zoho counts the calls of a day and of a moment, and one of the limits is reached."),
        _("Nothing: sending pauses as long as Zoho asks and goes on by itself."),
    ),
    "outcome_unknown": About(
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
    "worker_died": About(
        Owner.SETUP,
        Remedy.RETRY,
        _("The process that sent the lead ended before the answer was written down."),
        _RETRY_LATER,
    ),
    "stopped_the_worker": About(
        Owner.SETUP,
        Remedy.ENTER,
        _("The process that sends leads ended three times while it sent this lead alone."),
        _("Enter the lead by hand and tell the developers its number."),
    ),
    "not_connected": About(
        Owner.SETUP,
        Remedy.RETRY,
        _("No Zoho credentials have been entered yet."),
        _SETUP,
    ),
    "token_revoked": About(
        Owner.SETUP,
        Remedy.RETRY,
        _("Client id, secret or refresh token are wrong, or the token was revoked or pushed out."),
        _(
            "Zoho keeps 20 refresh tokens for each user and client: the 21st ends the oldest. An "
            "administrator connects Zoho again; waiting leads then leave by themselves."
        ),
    ),
    "token_refused": About(
        Owner.SETUP,
        Remedy.RETRY,
        _("Zoho refused a fresh access token."),
        _SETUP,
    ),
    "not_authenticated": About(
        Owner.SETUP,
        Remedy.RETRY,
        _("Zoho saw no usable token: something on the way may drop the Authorization header."),
        _SETUP,
    ),
    "scope_missing": About(
        Owner.SETUP,
        Remedy.RETRY,
        _("The connection to Zoho was made without a permission that is needed."),
        _(
            "An administrator connects Zoho again with all scopes; Zoho's words beside this name "
            "the one that is missing."
        ),
    ),
    "no_permission": About(
        Owner.SETUP,
        Remedy.RETRY,
        _("The Zoho user of the connection has no right to create records in the module."),
        _SETUP,
    ),
    "not_privileged": About(
        Owner.SETUP,
        Remedy.RETRY,
        _("The profile or role of the Zoho user does not include adding such records."),
        _SETUP,
    ),
    "api_access_off": About(
        Owner.SETUP,
        Remedy.RETRY,
        _("The profile of the Zoho user that LeadOps connects as has API access switched off."),
        _(
            "In Zoho: Setup → Security Control → Profiles → the user's profile → Setup Permissions "
            "→ Developer Permissions: switch Zoho CRM API Access on. Then resume sending."
        ),
    ),
    "plan_lacks": About(
        Owner.SETUP,
        Remedy.RETRY,
        _("Zoho says that licence, edition or trial do not cover what a record needs."),
        _(
            "Read Zoho's words: renew or upgrade the plan (Setup → General → Subscription), or "
            "take out of the site's options what it does not include. Then resume sending."
        ),
    ),
    "storage_full": About(
        Owner.SETUP,
        Remedy.RETRY,
        _("The organisation's data storage in Zoho, or its number of records, is used up."),
        _(
            "Free or buy storage (Setup → Data Administration → Storage), then resume sending. "
            "All leads wait meanwhile."
        ),
    ),
    "account_refused": About(
        Owner.SETUP,
        Remedy.RETRY,
        _("Zoho refuses the account or its organisation as a whole, whatever is sent."),
        _(
            "Read Zoho's words, log in to Zoho as that user and see what it asks for. Then resume "
            "sending: all leads wait meanwhile."
        ),
    ),
    "wrong_module": About(
        Owner.SETUP,
        Remedy.RETRY,
        _("The module that the site delivers into is not known to Zoho."),
        _SETUP,
    ),
    "wrong_address": About(
        Owner.SETUP,
        Remedy.RETRY,
        _("Zoho does not know the address that was called: perhaps the wrong data centre."),
        _SETUP,
    ),
    "wrong_method": About(
        Owner.SETUP,
        Remedy.RETRY,
        _("The address exists and does not take such a request: perhaps a proxy changed it."),
        _SETUP,
    ),
    "wrong_option": About(
        Owner.SETUP,
        Remedy.RETRY,
        _("A layout, an assignment rule or another option named for the site does not exist."),
        _SETUP,
    ),
    "paused_by_hand": About(
        Owner.SETUP,
        Remedy.RETRY,
        _("A person stopped sending."),
        _("Resume sending on the destination's page."),
    ),
}
