"""Leads that are not inserted because their record exists: a person's choice, a repeat, or found.

Asked about before the insert, all within one turn of calls.
"""

from __future__ import annotations

from dataclasses import replace

from django.conf import settings
from django.utils.translation import gettext_noop as _

from leads.clock import Deadline
from leads.delivery.gateway import Batch, Outcome, Verdict
from leads.reasons import Owner, Reason
from leads.shown.sentences import Sentence
from zoho.api import rests
from zoho.api.caller import Caller
from zoho.api.tokens import CallFailed
from zoho.delivery import duplicates
from zoho.delivery.duplicates import Existing
from zoho.delivery.landed import look_for, of_references
from zoho.delivery.prepared import Going
from zoho.models import ModuleFields

ASK_SHARE = 0.25
"""The part of a call's time for the question whether records exist; the insert needs the rest."""
NOT_SAID = Sentence(_("Zoho does not say whether it knows the address: %(text)s"))


class BeforeInsert:
    """What is asked and done for the leads of a batch before the others are inserted."""

    def __init__(
        self, batch: Batch, caller: Caller, row: ModuleFields | None, reference_field: str
    ) -> None:
        self.batch = batch
        self.caller = caller
        self.row = row
        self.reference_field = reference_field
        self.module = batch.leads[0].site.module
        self.existing = Existing(caller, batch, reference_field)

    def settle(self, going: Going, look: bool) -> dict[int, Outcome]:
        """The outcomes of leads that are not inserted, by lead id.

        With `look` Zoho is asked for the records of those that may have landed. Raises CallFailed
        when Zoho does not say whether there is one under a lead's address. Then all wait: a record
        too many cannot be taken back, and a lead that waits is seen.
        """
        asked = self.asked(going)
        try:
            landed = self.landed(going, look, asked)
            repeated = self.repeated([pair for pair in asked if pair[0].pk not in landed])
        except CallFailed as failure:
            if rests.is_passing(failure.outcome):
                raise
            return self.held(going, asked, failure.outcome)
        outcomes = {}
        for lead, made in going:
            fitted = made.fitted
            if lead.update_existing:  # a person's choice; such a lead travels alone
                outcome = self.existing.update(lead.in_the_way, fitted, self.batch.call)
            elif lead.pk in landed:
                outcome = landed[lead.pk]
                if outcome.verdict is Verdict.STORED:
                    outcome = self.existing.settle(lead, outcome, fitted)
            elif lead.pk in repeated:
                outcome = self.existing.repeated(lead, repeated[lead.pk], fitted)
            else:
                continue
            outcomes[lead.pk] = replace(outcome, record=fitted.record, repairs=fitted.repairs)
        return outcomes

    def held(self, going: Going, asked: Going, refused: Outcome) -> dict[int, Outcome]:
        """The leads of the sites that want to know what Zoho refuses to say: that is for a person.

        All of theirs that are not a person's own choice, so that none which goes by itself ends
        the pause; those of other sites go.
        """
        setup = refused.reason and refused.reason.owner is Owner.SETUP
        reason = refused.reason if setup else Reason.NO_PERMISSION
        text = NOT_SAID(text=refused.text)[:500]
        outcome = replace(refused, verdict=Verdict.SITE_FAULT, reason=reason, text=text)
        sites = {lead.site_id for lead, _made in asked}
        return {lead.pk: outcome for lead, _made in going if lead.site_id in sites}

    def landed(self, going: Going, look: bool, asked: Going) -> dict[int, Outcome]:
        """Leads that are there already, or of which nobody can tell.

        Without `look` it is known that no second one can be made of the others. But the record
        under the address of one that is asked about may be its own. Raises CallFailed then.
        """
        field = self.reference_field
        outcomes: dict[int, Outcome] = {}
        if look and field:
            return look_for(self.asker(), self.module, field, going)
        for some in of_references(self.asker(), self.module, field, asked if field else []):
            outcomes |= some
        return outcomes

    def asked(self, going: Going) -> Going:
        """Those of the leads about whose address Zoho is asked."""
        if self.row and duplicates.EMAIL not in self.row.fields:
            return []
        pks = duplicates.must_ask([lead for lead, _made in going if not lead.update_existing])
        asked = [pair for pair in going if pair[0].pk in pks]
        return [pair for pair in asked if pair[1].fitted.record.get(duplicates.EMAIL)]

    def repeated(self, asked: Going) -> dict[int, str]:
        """The records that Zoho holds under the leads' addresses, by lead id. Raises CallFailed."""
        addresses = {
            lead.pk: duplicates.normal(made.fitted.record.get(duplicates.EMAIL))
            for lead, made in asked
        }
        if not addresses:
            return {}
        found = duplicates.find(self.asker(), self.module, addresses.values())
        return {
            pk: duplicates.row_id(found[address])
            for pk, address in addresses.items()
            if address in found
        }

    def asker(self) -> Caller:
        """Who asks, and leaves the insert its time."""
        deadline: Deadline = self.caller.deadline.within(settings.SEND_TIMEOUT * ASK_SHARE)
        return Caller(self.caller.connection, deadline, self.batch.token)
