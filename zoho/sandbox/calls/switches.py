"""What Zoho's public material leaves open, each as a switch; and limits that tests turn off.

Defaults follow the better-graded source. `PUT /sandbox/switches` changes them while it runs.
"""

from __future__ import annotations

from typing import Any

from zoho.sandbox.wire import Json

# name → (default, other values allowed or None for any value of the default's type, meaning)
SWITCHES: dict[str, tuple[Any, tuple[Any, ...] | None, str]] = {
    "oauth_error_status": (200, (400, 401), "status of invalid_code and its kind"),
    "redirect_error": ("invalid_redirect_uri", ("redirect_uri_mismatch",), "redirect mismatch"),
    "expires_in_ms": (False, None, "expires_in in milliseconds, beside an expires_in_sec"),
    "unknown_token_code": ("INVALID_TOKEN", ("INVALID_OAUTHTOKEN",), "unknown or expired token"),
    "scope_message": (
        "Unauthorized",
        ("invalid oauth scope to access this URL",),
        "message of OAUTH_SCOPE_MISMATCH",
    ),
    "throttle_status": (200, (400,), "status of the token throttle's Access Denied"),
    "throttle_status_key": (True, None, "Access Denied carries status: failure"),
    "throttle_tokens": (10, None, "access tokens a refresh token yields in a window; 0 = no limit"),
    "throttle_window": (600.0, None, "length of that window in seconds"),
    "throttle_prolongs": (False, None, "asking while throttled restarts the window"),
    "alive_tokens": (15, None, "access tokens alive at once; 0 = no limit"),
    "token_life": (3600, None, "seconds an access token lives, and its expires_in"),
    "grant_life": (180, None, "seconds a grant code lives"),
    "concurrency": (20, None, "CRM calls at once; 0 = no limit"),
    "heavy_concurrency": (10, None, "heavy calls (COQL) at once; 0 = no limit"),
    "credits": (100_000, None, "credits in 24 hours; 0 = no limit"),
    "rate_limit_code": ("RATE_LIMIT_EXCEEDED", ("TOO_MANY_REQUESTS",), "code in a 429 of our own"),
    "rejected_status": (400, (200, 202), "status of an insert that stored nothing"),
    "over_100": ("LIMIT_EXCEEDED", ("INVALID_DATA",), "in data[], or INVALID_DATA at the top"),
    "missing_data": ("INVALID_DATA", ("MANDATORY_NOT_FOUND",), "a body without data, or empty"),
    "unreadable_body": (
        "INVALID_DATA",
        ("MANDATORY_NOT_FOUND", "INTERNAL_ERROR"),
        "a body that is no JSON object; INTERNAL_ERROR comes with status 500",
    ),
    "twins": ("second refused", ("both refused",), "one unique value twice in one call"),
    "unknown_fields": ("ignored", ("refused",), "field names the module does not have"),
    "picklists": ("open", ("closed",), "closed = unlisted values are INVALID_DATA"),
    "picklist_values": (
        "display",
        ("actual", "either"),
        "what a closed list compares, where a choice was renamed",
    ),
    "duplicate_module": (
        "own",
        ("Contacts", "Accounts", "Deals"),
        "the module of the record that DUPLICATE_DATA names, on fields other than a reference",
    ),
    "length_units": ("characters", ("utf-16",), "what the lengths of texts count"),
    "too_long_names_type": (False, None, "too long: expected_data_type beside maximum_length"),
    "empty_mandatory": ("missing", ("accepted",), "null or blank in a mandatory field"),
    "faults_per_record": ("first", ("all",), "all = bundled in MULTIPLE_OR_MULTI_ERRORS"),
    "several_duplicates": (
        "Multiple errors in the request",
        ("Duplicate data in multiple fields",),
        "message of MULTIPLE_OR_MULTI_ERRORS for duplicates alone",
    ),
    "duplicate_names_id": (True, None, "DUPLICATE_DATA has details.id beside duplicate_record"),
    "unknown_trigger": ("refused", ("ignored",), "a word in trigger that Zoho does not know"),
    "unknown_lar_id": ("refused", ("ignored",), "an assignment rule that is not the module's"),
    "unknown_owner": ("refused", ("ignored",), "an Owner that is no active user"),
    "lookups": ("open", ("checked",), "checked = the record a lookup names must exist"),
    "skip_names": (
        "cadences",
        ("as in the schema",),
        "skip_feature_execution: cadences alone, or assignment_rules, connected_workflows too",
    ),
    "pipelines": ("off", ("on",), "Deals need a Pipeline, and a Stage of it"),
    "remind_at": ("recurring", ("always",), "when an event must have Remind_At"),
    "unapproved_state": (
        "webform_unapproved",
        ("approval_process_pending",),
        "$approval_state of a record sent with $approved false",
    ),
    "search_equals": ("contains", ("exact",), "what equals in a search criterion finds in texts"),
    "search_lag": (5.0, None, "seconds until search finds what was written; 0 = at once"),
    "search_sorted": (False, None, "info of a search names sort_by and sort_order"),
    "upsert_names_field": (False, None, "duplicate_field is named on inserted items too"),
    "malformed_id": (400, (204,), "reading a record by something that is no id"),
}


class Switches(dict[str, Any]):
    """The switches as they are now."""

    def __init__(self) -> None:
        super().__init__()
        self.reset()

    def reset(self) -> None:
        super().update({name: default for name, (default, _, _) in SWITCHES.items()})

    def change(self, wanted: Json) -> None:
        """Sets all of `wanted`, or nothing: ValueError names the switch that does not fit."""
        for name, value in wanted.items():
            if name not in SWITCHES:
                raise ValueError(f"no switch {name!r}; there are {', '.join(SWITCHES)}")
            default, others, _ = SWITCHES[name]
            allowed = (default, *others) if others is not None else None
            if allowed is not None and value not in allowed:
                raise ValueError(f"{name} is one of {', '.join(map(repr, allowed))}")
            if allowed is None and not _same_kind(value, default):
                raise ValueError(f"{name} is a {type(default).__name__}")
        super().update(wanted)


def _same_kind(value: Any, default: Any) -> bool:
    if isinstance(default, bool) or isinstance(value, bool):
        return isinstance(default, bool) and isinstance(value, bool)
    return isinstance(value, int | float) and value >= 0
