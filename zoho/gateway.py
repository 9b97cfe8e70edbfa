"""The gateway that `leads` sees: a batch of leads in, one outcome a lead out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from django.urls import reverse

from leads.clock import Deadline
from leads.delivery.crm_fields import CrmField, Meaning, RuleTrial
from leads.delivery.gateway import Batch, Outcome, Preview
from leads.models import ApiCall, Destination, Lead, Site
from zoho.api import curl, options
from zoho.delivery.batch import Delivery
from zoho.fit.metadata import Record
from zoho.mapping import dry_run, fill_rules, fillable, names
from zoho.mapping.paths import find
from zoho.mapping.plans import known_fields, plan_for
from zoho.models import Connection
from zoho.proof.plan import plan_read_backs
from zoho.setup import lookups


class ZohoGateway:
    """Zoho CRM, as `settings.LEADS_GATEWAY` names it."""

    connect_permission = "zoho.connect_zoho"
    rule_permission = "zoho.change_mapping"

    def deliver(self, batch: Batch, deadline: Deadline) -> list[Outcome]:
        """Insert the batch in one call; one outcome a lead, in the order of `batch.leads`."""
        delivery = Delivery(batch, deadline)
        outcomes = delivery.run()
        if delivery.plans:
            connection, row = delivery.caller.connection, delivery.row
            plan_read_backs(connection, row, delivery.plans, batch.leads, outcomes)
        return outcomes

    def preview(self, lead: Lead, data: dict[str, Any] | None = None) -> Preview:
        """The record that would be sent for this lead today."""
        return dry_run.preview(lead.site, lead, data=data)

    def name_maker(self, site: Site) -> Callable[[dict[str, Any]], bool]:
        """Whether the site's mapping of today makes a Last_Name of some data."""
        return names.name_maker(site)

    def previews(self, pairs: Iterable[tuple[Lead, dict[str, Any]]]) -> list[Preview]:
        """The records that would be sent for these leads with these data."""
        return dry_run.previews(pairs)

    # --- Fields that people fill in ---------------------------------------------------------------

    def fields_named(self, site: Site, names: Iterable[str]) -> list[CrmField]:
        """Those of these fields that a person may fill in."""
        row = known_fields(site)
        return fillable.named(names, plan_for(site), row.fields if row else {})

    def meaning(self, site: Site) -> Meaning:
        """What tells the field of a name or label, unless a rule of the site reads the name."""
        row, plan = known_fields(site), plan_for(site)
        told, kept = fillable.Names(plan), row.fields if row else {}

        def meant(text: str) -> CrmField | None:
            return next(iter(fillable.named(told.meant(text), plan, kept)), None)

        return meant

    def find_record(self, site: Site, field: CrmField, name: str) -> dict[str, str]:
        """The record or user of a name; asks Zoho. Raises NotFound."""
        connection = Connection.objects.filter(destination=site.destination_id).first()
        return lookups.find_record(connection, field, name)

    def value_at(self, data: dict[str, Any], path: str) -> Any:
        """What stands at a path, as rules read it."""
        return find(data, path)[1]

    def rule_faults(self, site: Site, field: str, value: Any, path: str) -> list[str]:
        """Why that cannot be a rule of the site's mapping."""
        return fill_rules.rule_faults(site, field, value, path)

    def rule_trial(
        self, site: Site, field: str, value: Any, path: str, most: int = dry_run.NEWEST
    ) -> RuleTrial:
        """What the site's rules with that one behind them would make of its newest leads."""
        rules, rest, is_new = fill_rules.with_rule(site, field, value, path)
        return dry_run.run(site, rules, rest, most).outcome if is_new else RuleTrial()

    def add_rule(self, site: Site, field: str, value: Any, path: str) -> bool:
        """Save it behind the site's rules; whether it is new."""
        return fill_rules.add_rule(site, field, value, path)

    # --- For people -------------------------------------------------------------------------------

    def curl(self, lead: Lead, record: Record | None = None) -> str:
        """The insert call of this lead alone, its token masked."""
        record = self.preview(lead).record if record is None else record
        connections = Connection.objects.without_secrets()
        connection = connections.filter(destination=lead.destination_id).first()
        body = {"data": [record], **options.split(lead.site.options).top}
        return curl.of_insert(connection, lead.site.module, body)

    def curl_of(self, call: ApiCall) -> str:
        """The call as it was made, its token masked; empty where the request was clipped."""
        return curl.of_request(call.request)

    def record_url(self, lead: Lead, record_id: str = "", module: str = "") -> str:
        """The lead's record in Zoho, or the one named; empty while there is none."""
        record_id, module = record_id or lead.zoho_id, module or lead.site.module
        connections = Connection.objects.without_secrets()
        connection = connections.filter(destination=lead.destination_id).first()
        if not record_id or connection is None:
            return ""
        accounts = urlsplit(connection.accounts_url)
        host = (accounts.hostname or "").removeprefix("accounts.")
        if host == accounts.hostname:  # the sandbox: accounts, API and pages at one address
            return f"{connection.accounts_url}/records/{module}/{record_id}"
        return f"https://crm.{host}/crm/tab/{module}/{record_id}"

    def is_connected(self, destination: Destination) -> bool:
        """Whether all credentials are stored, readable, and not refused by Zoho of late."""
        connection = Connection.objects.filter(destination=destination).first()
        if connection is None or connection.refresh_fault:
            return False
        return connection.is_set_up and not connection.locked_secrets

    def connect_url(self, destination: Destination) -> str:
        """The Connect page of the destination."""
        return reverse("admin:zoho_connect", args=[destination.pk])
