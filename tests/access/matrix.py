"""Who may open and press what: one entry for every address of LeadOps.

A new address gets an entry here, or the tests fail. `see` is who gets an answer to a GET, `press`
whose POST does something. Everybody else is refused, or, where they may see the page, changes
nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from leadops.api.urls import ops_urls
from tests.access.addresses import model_routes
from tests.access.people import (
    ADMINISTRATOR,
    ANYBODY,
    EVERYBODY,
    FOREIGN_KEY,
    KEY,
    LOGGED_IN,
    LOOK,
    NOBODY,
    SET_UP,
    WORK,
)
from tests.access.world import ORIGIN

People = frozenset[str]


@dataclass(frozen=True)
class Entry:
    """One address."""

    see: People = NOBODY
    press: People = NOBODY
    data: dict[str, Any] = field(default_factory=dict)
    """What is posted, beside what the page's own form holds."""
    headers: dict[str, str] = field(default_factory=dict)
    redirects: bool = False
    """Whether a GET leads somewhere else."""
    writes: bool = True
    """Whether this POST leaves something in the database, beside a session."""


def model(
    label: str,
    see: People,
    add: People = NOBODY,
    change: People = NOBODY,
    delete: People = NOBODY,
    new: dict[str, Any] | None = None,
) -> dict[str, Entry]:
    """The pages that Django's admin makes for a model; `new` is what adding one takes."""
    routes = model_routes(label)
    return {
        routes["list"]: Entry(see),
        routes["add"]: Entry(add, add, new or {}),
        routes["history"]: Entry(see),
        routes["delete"]: Entry(delete, delete, {"post": "yes"}),
        routes["change"]: Entry(see, change),
        routes["old"]: Entry(LOGGED_IN, redirects=True),
    }


def below(base: str, entries: dict[str, Entry]) -> dict[str, Entry]:
    """Addresses under one row's or one model's."""
    return {f"admin/{base}/{tail}": entry for tail, entry in entries.items()}


PROVIDER = {
    "name": "New provider",
    "slug": "new",
    "issuer": "https://new.example.com",
    "client_id": "leadops",
    "scopes": "openid",
}
PASSWORD = "correct-horse-battery"
PASSWORDS = {"usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}

PUBLIC = {
    "": Entry(EVERYBODY, redirects=True),
    "favicon.ico": Entry(EVERYBODY, redirects=True),
    "api/v1/leads/": Entry(press=frozenset({KEY, FOREIGN_KEY}), data={"contact_name": "Eva"}),
    "api/v1/leads/dry-run/": Entry(press=frozenset({KEY, FOREIGN_KEY}), data={"email": "e@f.de"}),
    "api/v1/leads/dry-run": Entry(press=frozenset({KEY, FOREIGN_KEY}), data={"email": "e@f.de"}),
    "api/v1/leads/test/": Entry(press=frozenset({KEY, FOREIGN_KEY})),
    "api/v1/leads/test": Entry(press=frozenset({KEY, FOREIGN_KEY})),
    "api/v1/leads/<str:reference>/": Entry(frozenset({KEY})),
    "api/v1/leads": Entry(press=frozenset({KEY, FOREIGN_KEY}), data={"contact_name": "Eva"}),
    "api/v1/leads/<str:reference>": Entry(frozenset({KEY})),
    "api/v1/": Entry(),
    "api/v1/<path:elsewhere>": Entry(),
    # By API token alone, which nobody here has: tests/leadops/api/test_access.py asks with some.
    **{str(one.pattern): Entry() for one in ops_urls},
    "api/ops/v1/schema.json": Entry(EVERYBODY),
    "api/docs/": Entry(EVERYBODY),
    "api/schema.json": Entry(EVERYBODY),
    "f/<str:token>/": Entry(
        press=EVERYBODY, data={"contact_name": "Eva"}, headers={"Origin": ORIGIN}
    ),
    "f/<str:token>": Entry(
        press=EVERYBODY, data={"contact_name": "Eva"}, headers={"Origin": ORIGIN}
    ),
    "f/<str:token>/started/": Entry(EVERYBODY),
    # Who knows the address may post, and nobody can look.
    "in/<str:secret>/": Entry(press=EVERYBODY, data={"contact_name": "Eva"}),
    "in/<str:secret>": Entry(press=EVERYBODY, data={"contact_name": "Eva"}),
    # Who knows a link may ask for a code and try one; without it nothing opens, for anybody.
    "act/board/<str:secret>/": Entry(EVERYBODY),
    "act/<str:link>/": Entry(EVERYBODY),
    "act/<str:link>/code/": Entry(press=EVERYBODY),
    "act/<str:link>/open/": Entry(press=EVERYBODY, data={"code": "000000"}),
    "act/<str:link>/leave/": Entry(press=EVERYBODY, writes=False),
    "act/<str:link>/<int:lead>/": Entry(EVERYBODY),
    "act/<str:link>/<int:lead>/entered/": Entry(),
    "act/<str:link>/<int:lead>/again/": Entry(),
    "act/<str:link>/<int:lead>/no-lead/": Entry(data={"note": "spam"}),
    "act/<str:link>/<int:lead>/take-back/": Entry(),
    "healthz/live": Entry(EVERYBODY),
    "healthz/ready": Entry(EVERYBODY),
    "healthz/delivery": Entry(EVERYBODY),
    "healthz/seen": Entry(),  # for `leadops doctor`, which signs what it asks
    "policy-reports/": Entry(press=EVERYBODY, writes=False),
    ".well-known/security.txt": Entry(EVERYBODY),
    "metrics": Entry(LOOK),
    "help/13002/": Entry(EVERYBODY),
    "help/13002/stats.json": Entry(EVERYBODY),
    "help/table/": Entry(EVERYBODY),
    "demo/": Entry(EVERYBODY),
    "demo/status/<uuid:reference>/": Entry(EVERYBODY),
}


def below_second_factor() -> dict[str, Entry]:
    """The pages of one's own second factor. They have none: there is nothing to show or remove."""
    page, refused = Entry(LOGGED_IN), Entry()
    pages = {
        "": page,
        "verify/": Entry(),
        "verify/key/": Entry(),
        "verify/password/": Entry(LOGGED_IN, LOGGED_IN, {"password": "password"}, writes=False),
        "app/": page,
        "app/remove/": refused,
        "codes/": refused,
        "codes/new/": page,
        "keys/": page,
        "keys/add/": page,
        "keys/<int:pk>/name/": refused,
        "keys/<int:pk>/remove/": refused,
        # Before the log-in: after the password, and with a passkey.
        "code/": Entry(),
        "log-in/": Entry(),
    }
    return {f"admin/second-factor/{tail}": entry for tail, entry in pages.items()}


OWN = {
    "admin/": Entry(LOGGED_IN),
    "admin/stats.json": Entry(LOOK),
    "admin/dashboard.csv": Entry(LOOK),
    "admin/service-level/": Entry(LOOK),
    "admin/sales/": Entry(LOOK),
    "admin/sales.csv": Entry(LOOK),
    "admin/google-ads.csv": Entry(press=SET_UP, data={"range": "all"}),
    "admin/zone/": Entry(press=LOGGED_IN, data={"zone": "UTC"}, writes=False),
    "admin/language/": Entry(press=LOGGED_IN, data={"language": "de"}),
    "admin/find/": Entry(LOOK, LOOK, {"q": "leads.lead"}, writes=False),
    "admin/login/": Entry(EVERYBODY, EVERYBODY, redirects=True, writes=False),
    "admin/logout/": Entry(press=EVERYBODY, writes=False),
    "admin/password_change/": Entry(
        LOGGED_IN,
        LOGGED_IN,
        {"old_password": "password", "new_password1": PASSWORD, "new_password2": PASSWORD},
    ),
    "admin/password_change/done/": Entry(LOGGED_IN),
    **below_second_factor(),
    "admin/sign-in/": Entry(LOGGED_IN),
    # There is nothing to unlink, and no provider; nobody's session began at one.
    "admin/sign-in/unlink/": Entry(press=LOGGED_IN, data={"link": "1"}, writes=False),
    "admin/sign-in/verify/": Entry(LOGGED_IN, LOGGED_IN, writes=False),
    "admin/sign-in/refused/<slug:reason>/": Entry(EVERYBODY),
    "admin/sign-in/to/<slug:provider>/link/": Entry(),
    "admin/sign-in/to/<slug:provider>/log-in/": Entry(),
    "admin/sign-in/to/<slug:provider>/callback/": Entry(),
    # A test's log-in leaves no row in the list: there is none to end.
    # Nobody has this address, and the link is none.
    "admin/forgotten/": Entry(EVERYBODY, EVERYBODY, {"email": "a@example.com"}),
    "admin/link/<uidb64>/<token>/": Entry(EVERYBODY),
    "admin/sessions/": Entry(LOGGED_IN),
    "admin/sessions/end/": Entry(press=LOGGED_IN, data={"session": "others"}, writes=False),
    "admin/jsi18n/": Entry(LOGGED_IN),
    "admin/autocomplete/": Entry(),
    "admin/r/<path:content_type_id>/<path:object_id>/": Entry(),
    "admin/<app_label>/": Entry(LOOK),
    "admin/<url>": Entry(),
}
"""The admin's pages about nothing in particular."""

DESK = (
    model("leads.lead", LOOK)
    | below(
        "leads/lead",
        {
            "search/": Entry(press=LOOK, data={"q": "1"}, writes=False),
            "<int:pk>/person/": Entry(SET_UP, SET_UP, {"leads": "leads.lead"}),
        },
    )
    | model("leads.failedlead", LOOK)
    | below(
        "leads/failedlead",
        {
            "search/": Entry(press=LOOK, data={"q": "1"}, writes=False),
            "newer.json": Entry(LOOK),
            "views/save/": Entry(press=LOOK, data={"name": "Mine", "query": "reason=refused"}),
            # Each has its own views and nobody the one that the tests ask for.
            "views/<int:pk>/rename/": Entry(data={"name": "Theirs"}),
            "views/<int:pk>/first/": Entry(data={"opens": "1"}),
            "views/<int:pk>/delete/": Entry(),
            "columns/": Entry(press=LOOK, data={"columns": "tries"}),
            "<int:pk>/state.json": Entry(LOOK),
            "<int:pk>/existing/": Entry(LOOK, redirects=True),
            "<int:pk>/retry/": Entry(press=WORK),
            "<int:pk>/send-anyway/": Entry(press=WORK),
            "<int:pk>/update-existing/": Entry(press=WORK),
            # The lead does not look like spam: nothing is let go.
            "<int:pk>/release/": Entry(press=WORK, writes=False),
            "<int:pk>/enter/": Entry(press=WORK),
            # The lead was not retried, so there is nothing to take back.
            "<int:pk>/undo/": Entry(press=WORK, writes=False),
            "<int:pk>/comment/": Entry(press=WORK, data={"comment": "Called back."}),
            "<int:pk>/assign/": Entry(press=WORK, data={"whom": ""}),
            # It is clear who wrote the lead, and it was posted once.
            "<int:pk>/choose/": Entry(press=WORK, writes=False),
            "<int:pk>/new-enquiry/": Entry(press=WORK, data={"repeats": "0"}, writes=False),
            "<int:pk>/discard/": Entry(press=WORK, data={"note": "spam"}),
            # The lead was not found incomplete, nor is any other for the cause's sake.
            "<int:pk>/repair/": Entry(press=WORK, writes=False),
            "repair-cause/<int:cause_pk>/": Entry(press=WORK, writes=False),
            "<int:pk>/entry/": Entry(WORK),
            "<int:pk>/data.json": Entry(WORK),
            "<int:pk>/arrived.bin": Entry(WORK),
            "<int:pk>/correct/": Entry(WORK, WORK, {"contact_name": "Eva", "others": "{}"}),
        },
    )
    | model("leads.bulkretry", LOOK)
    | below(
        "leads/bulkretry",
        {
            "plan/": Entry(WORK, WORK),
            # No lead of theirs failed of a field.
            "fill/": Entry(WORK, WORK, writes=False),
            "<int:pk>/stop/": Entry(press=WORK),
            "<int:pk>/state.json": Entry(LOOK),
        },
    )
    | model("leads.leadimport", SET_UP)
    | below(
        "leads/leadimport",
        {
            # A file is chosen by a person alone: without one nothing is kept.
            "upload/": Entry(SET_UP),
            "<int:pk>/columns/": Entry(press=SET_UP, data={"key": ""}),
            "<int:pk>/try/": Entry(press=SET_UP),
            "<int:pk>/start/": Entry(press=SET_UP),
            "<int:pk>/stop/": Entry(press=SET_UP, writes=False),
            "<int:pk>/forget/": Entry(press=SET_UP),
            "<int:pk>/result.csv": Entry(SET_UP),
            "<int:pk>/state.json": Entry(SET_UP),
        },
    )
    | model("leads.apilog", LOOK)
    | model("leads.apicall", WORK)
    | model("leads.rejectedsubmission", WORK)
    | below(
        "leads/rejectedsubmission",
        {"<int:pk>/take/": Entry(WORK, WORK, {"contact_name": "Eva", "others": "{}"})},
    )
    | model("zoho.reconciliation", WORK)
    | model("zoho.repair", LOOK)
    | below(
        "zoho/repair",
        {"<int:pk>/stop/": Entry(press=WORK), "<int:pk>/state.json": Entry(LOOK)},
    )
    | model("notifications.notice", WORK)
    | below("notifications/notice", {"<int:pk>/resend/": Entry(press=WORK)})
)

PLACES = (
    model(
        "leads.site",
        WORK,
        SET_UP,
        SET_UP,
        new={"name": "New site", "destination": "leads.destination"},
    )
    | below(
        "leads/site",
        {
            "<int:pk>/mapping/": Entry(WORK, SET_UP, {"do": "defaults"}, writes=False),
            "<int:pk>/issue-key/": Entry(press=SET_UP),
            "<int:pk>/revoke-key/<int:key_pk>/": Entry(press=SET_UP, data={"confirmed": "yes"}),
            "<int:pk>/limit-key/<int:key_pk>/": Entry(SET_UP, SET_UP, {"reads": "no"}),
            "<int:pk>/resume/": Entry(press=SET_UP),
            "<int:pk>/switch/": Entry(press=SET_UP, data={"to": "off"}),
            "<int:pk>/unknown-pages/": Entry(WORK),
            "<int:pk>/unknown-pages/<str:host>/": Entry(SET_UP, SET_UP, {"up_to": "leads.lead"}),
            "<int:pk>/test-lead/": Entry(press=SET_UP),
            "<int:pk>/recognition/": Entry(WORK, SET_UP, {"to": "off"}),
            "<int:pk>/test-lead/<int:lead_pk>/": Entry(LOOK),
            "<int:pk>/add-source/": Entry(SET_UP, SET_UP, {"tool": "elementor"}),
            "<int:pk>/source/<int:source_pk>/": Entry(SET_UP),
            "<int:pk>/source/<int:source_pk>/settings/": Entry(
                SET_UP,
                SET_UP,
                {
                    "name": "Contact page",
                    "success": "200",
                    "repeat_minutes": "60",
                    "signature_encoding": "hex",
                },
            ),
            "<int:pk>/source/<int:source_pk>/listen.json": Entry(SET_UP),
            "<int:pk>/source/<int:source_pk>/show/": Entry(press=SET_UP),
            "<int:pk>/source/<int:source_pk>/renew/": Entry(press=SET_UP, writes=False),
            "<int:pk>/source/<int:source_pk>/end-old/": Entry(press=SET_UP),
            "<int:pk>/source/<int:source_pk>/revoke/": Entry(
                press=SET_UP, data={"confirmed": "yes"}
            ),
            "<int:pk>/source/<int:source_pk>/choose/": Entry(
                press=SET_UP, data={"pick-contact_name": "path:Your name"}
            ),
            # Nothing has been chosen yet, so nothing is read otherwise.
            "<int:pk>/source/<int:source_pk>/apply/": Entry(press=SET_UP, writes=False),
            "<int:pk>/source/<int:source_pk>/looks-right/": Entry(press=SET_UP),
            "<int:pk>/source/<int:source_pk>/was-a-test/": Entry(
                press=SET_UP, data={"lead": "source_lead"}
            ),
            "connect/": Entry(SET_UP, redirects=True),
            "connect/<uuid:run>/<str:name>/": Entry(
                SET_UP, SET_UP, {"name": "Newest site"}, writes=False
            ),
        },
    )
    | model("leads.destination", WORK, SET_UP, SET_UP, new={"name": "New destination"})
    | below(
        "leads/destination",
        {
            "<int:pk>/connect/": Entry(SET_UP, SET_UP, writes=False),
            "<int:pk>/check/": Entry(press=SET_UP, writes=False),
            "<int:pk>/test-lead/": Entry(press=SET_UP, data={"site": "leads.site"}),
            "<int:pk>/pause/": Entry(press=SET_UP),
            "<int:pk>/resume/": Entry(press=SET_UP),
        },
    )
    | model(
        "notifications.channel",
        WORK,
        SET_UP,
        SET_UP,
        SET_UP,
        {
            "name": "#new",
            "site": "leads.site",
            "destination": "",
            "new_address": "https://hooks.example.com/x",
        },
    )
    | below(
        "notifications/channel",
        {
            "<int:pk>/test/": Entry(press=SET_UP),
            "<int:pk>/new-secret/": Entry(press=SET_UP),
            "<int:pk>/end-secret/": Entry(press=SET_UP),
            "site/<int:site_pk>/test/": Entry(press=SET_UP),
        },
    )
    | model(
        "notifications.endpoint",
        SET_UP,
        SET_UP,
        SET_UP,
        SET_UP,
        {"name": "Billing", "site": "leads.site", "new_address": "https://hooks.example.com/x"},
    )
    | below(
        "notifications/endpoint",
        {
            "<int:pk>/test/": Entry(press=SET_UP),
            "<int:pk>/switch/": Entry(press=SET_UP, data={"to": "paused"}),
            "<int:pk>/redeliver/": Entry(press=SET_UP),
            "<int:pk>/new-secret/": Entry(press=SET_UP),
            "<int:pk>/end-secret/": Entry(press=SET_UP),
        },
    )
    | model("notifications.message", SET_UP)
    | below("notifications/message", {"<int:pk>/redeliver/": Entry(press=SET_UP)})
    | model(
        "notifications.digest",
        WORK,
        SET_UP,
        SET_UP,
        SET_UP,
        {"recipient": "newest@example.com", "site": "leads.site", "hour": "7"},
    )
    | below(
        "notifications/digest",
        {"<int:pk>/preview/": Entry(WORK), "<int:pk>/send/": Entry(press=SET_UP)},
    )
    | {"admin/zoho/callback/": Entry(SET_UP, redirects=True)}
    | model("leads.wallboard", SET_UP, SET_UP, new={"name": "Hall", "site": "leads.site"})
    | below("leads/wallboard", {"<int:pk>/revoke/": Entry(press=SET_UP)})
    | model("leads.preferences", SET_UP, change=SET_UP)
    | {"admin/leads/preferences/": Entry(SET_UP, redirects=True)}
)

PEOPLE = (
    model("auth.user", SET_UP, SET_UP, SET_UP, new={"username": "latecomer", **PASSWORDS})
    | below(
        "auth/user",
        {
            "<id>/password/": Entry(SET_UP, SET_UP, PASSWORDS),
            "<int:pk>/remove-second-factor/": Entry(press=SET_UP),
            "<int:pk>/invite/": Entry(press=SET_UP),
            "<int:pk>/end-sessions/": Entry(press=SET_UP),
            "<int:pk>/unlock/": Entry(press=SET_UP, writes=False),
            # There is no provider to link with, and nothing to unlink.
            "<int:pk>/link-sign-in/": Entry(press=SET_UP, writes=False),
            "<int:pk>/unlink-sign-in/": Entry(press=SET_UP, writes=False),
        },
    )
    | model("accounts.identityprovider", SET_UP, SET_UP, SET_UP, SET_UP, PROVIDER)
    | model("accounts.auditentry", SET_UP)
    | model("accounts.policyreport", SET_UP)
    | model("accounts.securityevent", SET_UP)
    | model("accounts.apitoken", SET_UP)
    | below(
        "accounts/apitoken",
        {
            "issue/": Entry(SET_UP, SET_UP, {"name": "Grafana", "scopes": "figures"}),
            "service/": Entry(SET_UP, SET_UP, {"username": "robot"}),
            "<int:pk>/limit/": Entry(SET_UP, SET_UP, {"scopes": "leads"}),
            "<int:pk>/renew/": Entry(press=SET_UP),
            "<int:pk>/revoke/": Entry(press=SET_UP, data={"confirmed": "yes"}),
        },
    )
    | below("accounts/securityevent", {"export/": Entry(press=SET_UP, data={"format": "csv"})})
    | model("auth.group", SET_UP, SET_UP, SET_UP, SET_UP, {"name": "Day shift"})
)

MATRIX: dict[str, Entry] = PUBLIC | OWN | DESK | PLACES | PEOPLE

ACTIONS: dict[str, dict[str, People]] = {
    "leads.failedlead": {
        "retry_selected": WORK,
        "fill_selected": WORK,
        "send_anyway_selected": WORK,
        "release_selected": WORK,
        "update_selected": WORK,
        "enter_selected": WORK,
        "discard_selected": WORK,
        "assign_selected": WORK,
        "export_selected": SET_UP,
    },
    "notifications.notice": {"send_again": WORK},
    "notifications.channel": {"delete_selected": SET_UP},
    "notifications.message": {"deliver_again": SET_UP},
    "notifications.digest": {"delete_selected": SET_UP},
    "auth.group": {"delete_selected": SET_UP},
}
"""The actions of each list, and who is offered them; a model that is not here has none."""
MEAN_OTHERS = frozenset({"fill_selected", "release_selected", "update_selected"})
"""Actions that change nothing of the lead that is chosen: one leads to a page that asks, the others
are about leads of other reasons.
"""

OPENED = {
    "admin/password_change/",
    *(f"admin/auth/user/{tail}" for tail in ("add/", "<id>/password/")),
    "admin/auth/group/add/",
    *(f"admin/notifications/{name}/add/" for name in ("channel", "endpoint")),
    "admin/leads/destination/<int:pk>/connect/",
    "admin/leads/wallboard/add/",
    *(f"admin/accounts/apitoken/{tail}/" for tail in ("issue", "service")),
    *(f"admin/leads/site/{tail}" for tail in ("connect/", "<int:pk>/add-source/")),
    "admin/leads/lead/<int:pk>/person/",
    *(f"admin/second-factor/app/{tail}" for tail in ("", "remove/")),
    *(f"admin/second-factor/codes/{tail}" for tail in ("", "new/")),
    *(f"admin/second-factor/keys/{tail}" for tail in ("add/", "<int:pk>/name/")),
    "admin/second-factor/keys/<int:pk>/remove/",
    "admin/sign-in/",
    "admin/accounts/identityprovider/add/",
}
"""Pages that are opened with a fresh proof alone, and pressed: factors, passwords, accounts, keys,
Connect Zoho, channels, erasing."""
PRESSED = {
    *(
        f"admin/auth/user/{tail}"
        for tail in (
            "<path:object_id>/change/",
            "<int:pk>/remove-second-factor/",
            "<int:pk>/invite/",
            "<int:pk>/end-sessions/",
            "<int:pk>/unlock/",
            "<int:pk>/link-sign-in/",
            "<int:pk>/unlink-sign-in/",
        )
    ),
    *(f"admin/auth/group/<path:object_id>/{tail}/" for tail in ("change", "delete")),
    "admin/sessions/end/",
    *(f"admin/notifications/channel/<path:object_id>/{tail}/" for tail in ("change", "delete")),
    *(f"admin/notifications/channel/<int:pk>/{tail}/" for tail in ("new-secret", "end-secret")),
    *(f"admin/notifications/endpoint/<path:object_id>/{tail}/" for tail in ("change", "delete")),
    *(f"admin/notifications/endpoint/<int:pk>/{tail}/" for tail in ("new-secret", "end-secret")),
    "admin/leads/site/connect/<uuid:run>/<str:name>/",
    *(f"admin/leads/site/<int:pk>/{tail}/" for tail in ("issue-key", "limit-key/<int:key_pk>")),
    *(f"admin/leads/site/<int:pk>/source/<int:source_pk>/{tail}/" for tail in ("show", "renew")),
    *(f"admin/accounts/apitoken/<int:pk>/{tail}/" for tail in ("limit", "renew")),
    "admin/accounts/securityevent/export/",
    *("admin/sign-in/unlink/", "admin/sign-in/to/<slug:provider>/link/"),
    *(f"admin/accounts/identityprovider/<path:object_id>/{tail}/" for tail in ("change", "delete")),
}
"""What is pressed with a fresh proof alone, and may be looked at without."""
PROVED_ACTIONS = {
    "leads.failedlead": {"export_selected"},
    "notifications.channel": {"delete_selected"},
    "auth.group": {"delete_selected"},
}
"""The same for actions of lists."""

OF_EVERY_SITE = (
    "metrics",
    "admin/leads/rejectedsubmission/",
    "admin/leads/destination/",
    "admin/leads/preferences/",
    "admin/leads/site/add/",
    "admin/leads/site/connect/",
    "admin/zoho/reconciliation/",
    "admin/zoho/callback/",
    "admin/accounts/auditentry/",
    "admin/accounts/identityprovider/",
    "admin/accounts/policyreport/",
    "admin/accounts/securityevent/",
)
"""Addresses, by their beginnings, that an account needs all sites for."""
NO_FOREIGN_ROW = {
    # It names no row: a word of ours.
    "admin/sign-in/refused/<slug:reason>/": Entry(EVERYBODY),
    # The call carried a lead of the account's own site as well, and its site sends to there.
    "admin/leads/apicall/<path:object_id>/change/": Entry(WORK),
    "admin/leads/apicall/<path:object_id>/history/": Entry(WORK),
    "admin/leads/apicall/<path:object_id>/": Entry(LOGGED_IN, redirects=True),
    "admin/leads/destination/<path:object_id>/": Entry(LOGGED_IN, redirects=True),
    # The colleague sees every site: a limited account looks at theirs, and changes nothing.
    "admin/auth/user/<path:object_id>/change/": Entry(SET_UP),
    "admin/auth/user/<path:object_id>/history/": Entry(SET_UP),
    "admin/auth/user/<path:object_id>/": Entry(LOGGED_IN, redirects=True),
    "admin/auth/group/<path:object_id>/change/": Entry(SET_UP, SET_UP),
    "admin/auth/group/<path:object_id>/history/": Entry(SET_UP),
    "admin/auth/group/<path:object_id>/delete/": Entry(SET_UP, SET_UP),
    "admin/auth/group/<path:object_id>/": Entry(LOGGED_IN, redirects=True),
    "admin/<app_label>/": Entry(LOOK),
    "admin/link/<uidb64>/<token>/": OWN["admin/link/<uidb64>/<token>/"],
    # The number is one of the account's own passkeys.
    **{route: entry for route, entry in OWN.items() if route.startswith("admin/second-factor/")},
}
"""Addresses with something in them that is not a row of the other site."""
NAMES_A_SITE = frozenset(
    f"admin/notifications/{name}/add/" for name in ("channel", "digest", "endpoint")
)
"""Forms that are posted with the site that the account does not see."""


def of_limited(route: str) -> tuple[bool, bool]:
    """Whether an administrator who sees another site alone gets an answer, and may press."""
    entry = NO_FOREIGN_ROW.get(route, MATRIX[route])
    if not route.startswith("admin/") and route not in OF_EVERY_SITE:
        return ANYBODY in entry.see, ANYBODY in entry.press
    if route not in NO_FOREIGN_ROW and ("<" in route or route.startswith(OF_EVERY_SITE)):
        return False, False
    return (
        ADMINISTRATOR in entry.see,
        ADMINISTRATOR in entry.press and route not in NAMES_A_SITE,
    )
