"""What the core tells the rest of the house, inside the transaction in which it becomes true.

Listeners only write rows; whatever takes time or may fail is a later task.
"""

from django.dispatch import Signal

lead_received = Signal()
"""A lead was stored. `lead`: the Lead; `began`: seconds since the epoch at which storing it began.
Sent once it is on disk, and robustly: what fails in a listener is logged, and the lead is safe."""

batch_handled = Signal()
"""A call with leads is over and written down. `batch`; `outcomes`: one a lead, in their order.
Sent after the commit, and robustly: what fails in a listener is logged, and delivery goes on."""

lead_converted = Signal()
"""A delivered lead's record was converted in the CRM. `lead`: the Lead, without what arrived;
`record`: its CrmRecord, with when, the deal's stage, amount and currency as far as they are known.
Inside the transaction that keeps it: a process that dies has told of all that it kept. What fails
in a listener is logged, and reading goes on. Once a lead, when it is first seen: those of the last
months too, where reading was just switched on."""

lead_failed = Signal()
"""A lead became FAILED by itself. `lead`: the Lead, with `site`; `now`: when."""

leads_settled = Signal()
"""Leads of sites with endpoints were settled. `moves`: a Move each, with what became of the lead.
Sent for deliveries, failures, decisions and their taking back; in one piece for thousands."""

leads_waiting = Signal()
"""Leads have waited for more than 15 minutes. `site`: the Site; `count`: how many; `now`."""

site_quiet = Signal()
"""No lead has come in for longer than the site's rhythm explains. `site`, `since`, `now`."""

destination_paused = Signal()
"""A destination or a site stopped sending. `destination`, `site` (or None), `reason`, `now`."""

destination_resumed = Signal()
"""It sends again. `destination`, `site` (or None), `now`."""

set_up_changed = Signal()
"""The CRM's set-up is another than it was. `destination`, `text`: what changed; `now`."""

connected_elsewhere = Signal()
"""The CRM is connected at an address that is none of its own. `destination`, `text`; `now`."""

leads_incomplete = Signal()
"""Values that were sent are not in the CRM. `site`, `count`, `text`: which and why; `now`."""

people_named = Signal()
"""A comment names people. `lead`, `people`: users who may see it; `by`: who wrote it; `now`."""

leads_erased = Signal()
"""People were erased. `ids`: of their leads. Listeners let go of what they hold of them."""

person_erased = Signal()
"""A person asked to be erased, and is being. `emails`, `phones`: typed, or of their leads."""

security_event = Signal()
"""Something is kept as evidence. `kind`: a word for it; `user`; `about`: ids and labels alone."""

story_told = Signal()
"""The page of a lead is drawn. `lead`, `user`. Listeners return moments of its timeline."""

swept = Signal()
"""A sweep ran. `now`."""

pruned = Signal()
"""The daily pruning runs. `now`."""
