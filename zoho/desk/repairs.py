"""Repairs in Zoho: each press of Repair, how far it is, and what became of its leads."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from leads.clock import database_now
from leads.desk.kit.formatting import number
from leads.desk.kit.work_lists import WorkListAdmin
from leads.shown.sentences import Sentence, shown
from zoho.models import Cause, Repair, RepairItem
from zoho.proof.repair import stop

State = RepairItem.State
MOST = 200
"""Leads that a page lists."""
SELECTED = Sentence(gettext_noop("the selected leads"))()
"""What a repair of ticked rows is stored as."""
OF_LEAD = Sentence(gettext_noop("lead %(number)s"))
OF_CAUSE = Sentence(gettext_noop("%(what)s · %(site)s"))
CAUSES = {
    Cause.Kind.EMPTY: Sentence(gettext_noop("%(field)s is empty in Zoho")),
    Cause.Kind.OUTSIDE: Sentence(gettext_noop("%(field)s is not in the layout")),
    Cause.Kind.DROPPED: Sentence(gettext_noop("%(field)s is no longer a field of the module")),
    Cause.Kind.READ_ONLY: Sentence(gettext_noop("%(field)s can no longer be written")),
    Cause.Kind.CUT: Sentence(gettext_noop("%(field)s was cut")),
    Cause.Kind.REPLACED: Sentence(gettext_noop("%(field)s holds another reference")),
}
TONES = {"active": "sending", "stopped": "discarded", "over": "delivered"}
WORDS = {"active": _("Under way"), "stopped": _("Stopped"), "over": _("Done")}


@admin.register(Repair)
class RepairAdmin(WorkListAdmin):
    """The history and the progress."""

    change_list_template = "admin/zoho/repairs.html"
    page_template = "admin/zoho/repair.html"
    state_template = "admin/zoho/repair_state.html"
    stopped_words = _("What was not looked at yet stays as it is.")
    list_display = ["name", "state_now", "what", "leads", "by", "created"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Repair]:
        """Each with who began it and its number of leads."""
        rows = super().get_queryset(request).select_related("created_by")
        counted: QuerySet[Repair] = rows.annotate(total=Count("items"))
        return counted

    def stop(self, request: HttpRequest, pk: int) -> bool:
        """Leave the rest of its leads alone."""
        return stop(Repair.objects.get(pk=pk))

    def progress(self, one: Repair) -> dict[str, Any]:
        """In the items of its list."""
        return progress(one)

    def badge(self, one: Repair) -> SafeString:
        """Where it stands."""
        return badge(one)

    @admin.display(description=_("Repair"))
    def name(self, one: Repair) -> str:
        """Its number."""
        return str(one.pk)

    @admin.display(description=_("Leads"))
    def leads(self, one: Any) -> str:
        """How many are on its list."""
        return number(one.total)

    @admin.display(description=_("What"))
    def what(self, one: Repair) -> str:
        """What it was begun for."""
        return self.what_of(one)

    def what_of(self, one: Repair) -> str:
        """The lead or the leads, or the cause that they have in common."""
        return shown(one.words)


def words_of(cause: Cause) -> str:
    """What a repair of a cause's leads is stored as."""
    what = CAUSES[Cause.Kind(cause.kind)](field=cause.field)
    return OF_CAUSE(what=what, site=cause.site.name)


def badge(one: Repair) -> SafeString:
    """Where it stands."""
    state = "active" if one.is_active else "stopped" if one.stopped_at else "over"
    return format_html('<span class="state {}">{}</span>', TONES[state], WORDS[state])


def progress(one: Repair) -> dict[str, Any]:
    """Everything that the page shows of a repair."""
    counts = dict(one.items.order_by().values_list("state").annotate(n=Count("pk")))
    total, waiting = sum(counts.values()), counts.get(State.WAITING, 0)
    items = one.items.exclude(state=State.WAITING).select_related("read_back").order_by("-pk")
    return {
        "repair": one,
        "badge": badge(one),
        "now": database_now(),
        "total": total,
        "waiting": waiting,
        "percent": 100 if not one.is_active else min(99, 100 * (total - waiting) // max(1, total)),
        "counts": [(State(state).label, counts[state]) for state in State if state in counts],
        "items": items[:MOST],
    }
