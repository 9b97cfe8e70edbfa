"""The set-up check: one line each, with a tick or what to do. Asks Zoho anew every time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from leads.clock import Deadline, database_now
from leads.models import ApiCall, Destination, Site
from leads.shown.sentences import shown
from zoho.api import client, oauth, rests
from zoho.api.answers import read_other
from zoho.api.caller import Caller
from zoho.api.datacentres import name_of
from zoho.api.tokens import CallFailed, get_token
from zoho.fit import fields
from zoho.mapping.plans import chooses_layout, plan_for
from zoho.models import Connection, ModuleFields
from zoho.setup import organisation
from zoho.setup.check_lines import (
    CheckLine,
    Level,
    clock,
    credits_left,
    layout_lacks,
    layouts_lack_reference,
    mandatory_fields,
    reference_field,
)
from zoho.setup.check_options import option_lines

SETTINGS = "/crm/v8/settings"


def check(destination: Destination, deadline: Deadline) -> list[CheckLine]:
    """Everything that delivery to Zoho needs. Each question to Zoho is an ApiCall."""
    connection = Connection.objects.filter(destination=destination).first()
    if connection is None or connection.locked_secrets or not connection.is_set_up:
        return [_no_credentials(connection)]
    connection.destination = destination
    return list(SetUpCheck(connection, deadline).run())


def _no_credentials(connection: Connection | None) -> CheckLine:
    text = _("Nothing is entered yet. Connect Zoho on the destination's page.")
    if connection is not None and connection.locked_secrets:
        text = _(
            "They are stored, but locked with a key that is no longer in FIELD_KEYS. Put that "
            "key back and run rotatefieldkeys, or connect again."
        )
    return CheckLine(_("Credentials"), Level.FAIL, text)


class SetUpCheck:
    """The questions, in the order in which one answer makes the next worth asking."""

    def __init__(self, connection: Connection, deadline: Deadline) -> None:
        self.connection = connection
        self.caller = Caller(connection, deadline)
        self.sites = list(connection.destination.sites.filter(enabled=True).order_by("name"))
        self.latest: client.ZohoAnswer | None = None

    def run(self) -> Iterator[CheckLine]:
        """The lines, as they come."""
        rests.wake(self.connection)
        where = _("Client %(client_id)s at %(accounts_url)s.") % {
            "client_id": self.connection.client_id,
            "accounts_url": _(name_of(self.connection.accounts_url)),
        }
        yield CheckLine(_("Credentials"), Level.OK, where)
        try:
            self.caller.token = get_token(self.connection.pk, self.caller.deadline)
        except CallFailed as failure:
            yield CheckLine(_("Access token"), Level.FAIL, shown(str(failure)))
            return
        self.connection.refresh_from_db()
        yield self.token()
        yield self.scopes()
        yield from self.organisation()
        yield from self.modules()
        yield from self.limits()

    def ask(self, path: str, key: str, **params: str) -> list[dict[str, Any]]:
        """What Zoho lists under `key`. Raises CallFailed, whose text says why it did not."""
        answer = self.caller.ask(ApiCall.Kind.METADATA, "GET", path, params=params)
        self.latest = answer
        content = answer.json()
        found = content.get(key) if isinstance(content, dict) else None
        if answer.status == 204:
            return []
        if answer.status != 200 or not isinstance(found, list):
            raise CallFailed(read_other(answer.status, answer.body))
        return [one for one in found if isinstance(one, dict)]

    # --- The connection ---------------------------------------------------------------------

    def token(self) -> CheckLine:
        """Until when the shared token holds."""
        until = self.connection.access_expires_at
        shown = date_format(localtime(until), "H:i") if until else "now"
        text = _("Good until %(shown)s, then renewed. Leads go to %(api_domain)s.") % {
            "shown": shown,
            "api_domain": self.connection.api_domain,
        }
        return CheckLine(_("Access token"), Level.OK, text)

    def scopes(self) -> CheckLine:
        """Whether all that LeadOps asks for was granted."""
        if not self.connection.scope:
            text = _("Zoho does not say what was granted; the lines below show what works.")
            return CheckLine(_("Scopes"), Level.WARN, text)
        if lacking := oauth.missing(self.connection.scope):
            text = _("Not granted: %(lacking)s. Connect again with all scopes.") % {
                "lacking": ", ".join(lacking)
            }
            return CheckLine(_("Scopes"), Level.FAIL, text)
        return CheckLine(_("Scopes"), Level.OK, _("All that LeadOps needs are granted."))

    def organisation(self) -> Iterator[CheckLine]:
        """Whether the API answers, and for whom."""
        try:
            [*found] = self.ask("/crm/v8/org", "org")
        except CallFailed as failure:
            yield CheckLine(_("Organisation"), Level.FAIL, shown(str(failure)))
            return
        name = str(found[0].get("company_name", "")) if found else ""
        self.keep(organisation.read({"org": found}))
        yield CheckLine(_("Organisation"), Level.OK, name or _("It answers, without a name."))

    def keep(self, told: str) -> None:
        """Of a connection that was made before this was asked: it is known from now on."""
        stamp = self.caller.token.stamp if self.caller.token else ""
        row = Connection.objects.filter(pk=self.connection.pk, organisation="")
        if told:
            row.filter(access_stamp=stamp).update(organisation=told)

    # --- What the sites deliver into -------------------------------------------------------

    def modules(self) -> Iterator[CheckLine]:
        """Each module that a site names, with its fields, and each site."""
        if not self.sites:
            yield CheckLine(_("Sites"), Level.WARN, _("No enabled site delivers here yet."))
            return
        try:
            known = {str(one.get("api_name")) for one in self.ask(f"{SETTINGS}/modules", "modules")}
        except CallFailed as failure:
            # The modules that sites name are looked at all the same.
            yield CheckLine(_("Modules"), Level.FAIL, shown(str(failure)))
            known = {site.module for site in self.sites}
        if not known:
            text = _(
                "Zoho shows none: the connection may not read them (scope "
                "ZohoCRM.settings.modules.READ, and a profile that sees the modules)."
            )
            yield CheckLine(_("Modules"), Level.WARN, text)
        for module in sorted({site.module for site in self.sites}):
            sites = [site for site in self.sites if site.module == module]
            if module in known or not known:
                yield from self.module(module, sites)
            else:
                text = _("Zoho has no module of this API name. Change it in %(sites)s.") % {
                    "sites": _names(sites)
                }
                yield CheckLine(_("Module %(module)s") % {"module": module}, Level.FAIL, text)
                yield from option_lines(self.ask, sites)

    def module(self, module: str, sites: list[Site]) -> Iterator[CheckLine]:
        """The module's fields, the reference among them, its sites, and what these ask for."""
        try:
            row = fields.read(self.caller, module)
        except CallFailed as failure:
            yield CheckLine(
                _("Module %(module)s") % {"module": module}, Level.FAIL, shown(str(failure))
            )
        else:
            yield from self.described(row, sites)
        # Whatever may be read of the fields: an option that Zoho refuses stops every lead.
        yield from self.named(sites, "lar_id", _("Assignment rule"), "assignment_rules", module)
        yield from option_lines(self.ask, sites)

    def described(self, row: ModuleFields, sites: list[Site]) -> Iterator[CheckLine]:
        """What the fields of a module, and its layouts, mean for its sites."""
        text = _("%(fields)s fields, read just now. Used by %(sites)s.") % {
            "fields": len(row.fields),
            "sites": _names(sites),
        }
        yield CheckLine(_("Module %(module)s") % {"module": row.module}, Level.OK, text)
        yield reference_field(row)
        for site in sites:
            yield mandatory_fields(site)
        yield from self.layouts(sites, row)

    def layouts(self, sites: list[Site], row: ModuleFields) -> Iterator[CheckLine]:
        """The layouts that sites name in their options, and what these lack."""
        asked = {site: chosen for site in sites if (chosen := _id_of(site, "Layout"))}
        rest = rests.resting(self.connection, rests.name(rests.LAYOUTS, row.module), database_now())
        ruled = [site for site in sites if chooses_layout(plan_for(site))]
        if (asked or ruled) and rest is not None:
            text = _("Not read, so what they lack is not known: %(text)s") % {"text": rest.text}
            yield CheckLine(_("Layouts"), Level.FAIL, text[:500])
            return
        names = {one: str(kept["name"]) for one, kept in (row.layouts or {}).items()}
        yield from self.there(asked, names, "Layout", row.module)
        for site, chosen in asked.items():
            if chosen in names:
                yield from layout_lacks(site, row)
        for site in ruled:
            yield from layouts_lack_reference(site, row)

    def named(
        self, sites: list[Site], option: str, what: str, key: str, module: str
    ) -> Iterator[CheckLine]:
        """Whether Zoho has the rules that sites name in their options."""
        asked = {site: chosen for site in sites if (chosen := _id_of(site, option))}
        if not asked:
            return
        try:
            found = self.ask(f"{SETTINGS}/automation/{key}", key, module=module)
        except CallFailed as failure:
            yield CheckLine(what, Level.FAIL, shown(str(failure)))
            return
        names = {str(one.get("id")): str(one.get("name", "")) for one in found}
        yield from self.there(asked, names, what, module)

    def there(
        self, asked: dict[Site, str], names: dict[str, str], what: str, module: str
    ) -> Iterator[CheckLine]:
        """A line for each site: whether what it names is among what there is."""
        for site, chosen in asked.items():
            if chosen in names:
                yield CheckLine(
                    _("%(what)s of %(site)s") % {"what": what, "site": site},
                    Level.OK,
                    f"“{names[chosen]}”.",
                )
            else:
                there = ", ".join(f"{name} ({one})" for one, name in names.items()) or _("none")
                text = _(
                    "Zoho has no %(lower)s %(chosen)s for %(module)s. There is: %(there)s."
                ) % {"lower": what.lower(), "chosen": chosen, "module": module, "there": there}
                yield CheckLine(
                    _("%(what)s of %(site)s") % {"what": what, "site": site}, Level.FAIL, text
                )

    # --- Limits -----------------------------------------------------------------------------

    def limits(self) -> Iterator[CheckLine]:
        """Credits and clocks, as far as the last answer tells."""
        if self.latest is None:
            return
        yield credits_left(self.latest.headers.get("X-API-CREDITS-REMAINING", ""))
        yield from clock(self.latest.headers.get("Date", ""), database_now())


def _id_of(site: Site, option: str) -> str:
    """The id that an option names: `lar_id` is one, `Layout` holds one."""
    named = site.options.get(option) if isinstance(site.options, dict) else None
    named = named.get("id") if isinstance(named, dict) else named
    return str(named) if named else ""


def _names(sites: Iterable[Site]) -> str:
    return ", ".join(site.name for site in sites)
