"""Where each of our fields was found in a post, and where else it could be: to choose from."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.data import KNOWN_FIELDS, as_text
from leads.decisions.choose import Picked, choose, choose_for
from leads.decisions.retry import held_for
from leads.desk.kit import masking
from leads.desk.kit.formatting import label
from leads.desk.kit.history import attribute
from leads.desk.kit.links import lead_url
from leads.desk.kit.permissions import demand
from leads.desk.lead.actions import tell
from leads.intake.body.fields import storable
from leads.intake.body.shape import Field, fields_of
from leads.intake.recognise.recognise import ASKED, recognise
from leads.models import Lead
from leads.reasons import Reason

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

WHY = {
    "chosen": gettext_lazy("a person chose it"),
    "own_name": gettext_lazy("it has our own name"),
    "label": gettext_lazy("by what it is called"),
    "kind": gettext_lazy("the form says what it is"),
    "short_label": gettext_lazy("by its name, beside something else of a person"),
    "shape": gettext_lazy("it looks like an e-mail address"),
}
"""What spoke for a value, in words; see `leads.intake.recognise`."""
NAMES = ("contact_name", "first_name", "last_name")
TITLES = {"email": gettext_lazy("the e-mail address"), "phone": gettext_lazy("the phone number")}
RECOGNISED, NOTHING, KEPT, PATH = "", "none", "kept", "path:"
"""What a drop-down posts: whatever is recognised, no value of the post, what holds already, or the
value at a path."""
MOST_PATHS = 200
LONGEST_SAMPLE = 40
LONGEST_VALUE = 300
LONGEST_PATH = 500
"""Characters; a form that calls a field by more is one that nobody made."""


@dataclass(frozen=True)
class Option:
    """One entry of a drop-down."""

    value: str
    words: str
    chosen: bool = False


@dataclass(frozen=True)
class Row:
    """One of our fields: what was read, from where and why, and what else there is."""

    name: str
    value: str
    path: str
    why: StrOrPromise
    unclear: bool
    options: list[Option]

    @property
    def label(self) -> str:
        """The field as people call it."""
        return label(self.name)


def samples_of(leads: Iterable[Lead], only: Container[str] | None = None) -> dict[str, str]:
    """Every path with a value in these leads' posts, and the first such value; so many at most.

    Of the paths in `only` alone, where it is given.
    """
    found: dict[str, str] = {}
    for lead in leads:
        for one in fields_of(lead.data):
            if len(found) >= MOST_PATHS:
                return found
            if only is not None and one.name not in only:
                continue
            if len(one.name) <= LONGEST_PATH and (text := as_text(one.value)):
                found.setdefault(one.name, text)
    return found


def choice_rows(
    lead: Lead | None,
    chosen: Mapping[str, str],
    user: Any,
    samples: Mapping[str, str] | None = None,
    whole: bool = False,
) -> list[Row]:
    """The fields of a person as they are read from the lead's post; `whole` for all that we know.

    `samples` are the paths to choose from, those of the lead where none are given.
    """
    fields: list[Field] = fields_of(lead.data) if lead else []
    seen = samples if samples is not None else samples_of([lead] if lead else [])
    read = recognise(fields, chosen)
    shown = [n for n in KNOWN_FIELDS if whole or n in ASKED or n in read.found or n in chosen]
    rows = []
    for name in shown:
        found = read.found.get(name)
        rows.append(
            Row(
                name,
                _clipped(masking.value(name, found.text, user), LONGEST_VALUE) if found else "",
                _clipped(_path(found.path, user), LONGEST_PATH) if found else "",
                WHY.get(found.why.name.lower(), "") if found else "",
                name in read.unclear,
                _options(seen, chosen.get(name), user),
            )
        )
    return rows


def _options(samples: Mapping[str, str], chosen: str | None, user: Any) -> list[Option]:
    """What may be chosen; of a path whose name the user may not see, only that it was."""
    paths = list(samples)
    if chosen and chosen not in samples:
        paths.insert(0, chosen)
    shown = [path for path in paths if _path(path, user) == path]
    hidden = bool(chosen) and chosen not in shown
    return [
        Option(RECOGNISED, _("as recognised"), chosen is None),
        *([Option(KEPT, masking.HIDDEN, chosen=True)] if hidden else []),
        *(
            Option(PATH + path, _words(path, samples.get(path, ""), user), path == chosen)
            for path in shown
        ),
        Option(NOTHING, _("not in this form"), chosen == ""),
    ]


def _path(path: str, user: Any) -> str:
    """A path, for those who may see the values: a sender may call a field by a person's address."""
    is_plain = path in KNOWN_FIELDS or masking.may_see_leads_whole(user)
    return path if is_plain else masking.HIDDEN


def _words(path: str, sample: str, user: Any) -> str:
    """A path with a value that stood there, for those who may see it."""
    if not sample or not masking.may_see_leads_whole(user):
        return path
    return f"{path}: {' '.join(_clipped(sample, LONGEST_SAMPLE).split())}"


def _clipped(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def picked_in(request: HttpRequest) -> Picked:
    """What was chosen in the drop-downs of a form, by our field."""
    posted = {name: request.POST.get(f"pick-{name}", KEPT) for name in KNOWN_FIELDS}
    return {name: _picked(value) for name, value in posted.items() if value != KEPT}


def _picked(value: str) -> str | None:
    if value.startswith(PATH):
        return storable(value.removeprefix(PATH))[:LONGEST_PATH]
    return "" if value == NOTHING else None


# --- On the page of a lead ------------------------------------------------------------------------


def choosing(lead: Lead, user: Any) -> dict[str, Any] | None:
    """What the page asks of a lead whose name, or whatever it is, nobody could tell; None for most.

    Candidates where some fit equally; every value of the post where none is known as the name.
    """
    if not _may_choose(lead, user):
        return None
    asked = list(lead.unclear) or list(NAMES)
    names = [name for name in asked if name in TITLES] if lead.unclear else []
    return {
        "title": TITLES[names[0]] if names == asked and len(names) == 1 else _("the name"),
        "rows": _asked_rows(lead, asked, user),
        "for_source": bool(lead.webhook_source_id) and user.has_perm("leads.change_source"),
    }


def _asked_rows(lead: Lead, asked: list[str], user: Any) -> list[Row]:
    """A row for each field asked for. What was read before is kept: the post is not read anew."""
    if not lead.unclear:
        every = _options(samples_of([lead]), None, user)
        return [Row(name, "", "", "", False, every) for name in asked]
    fitting = {path for paths in lead.unclear.values() for path in paths}
    samples = samples_of([lead], fitting)
    rows = []
    for name in asked:
        seen = {path: samples[path] for path in lead.unclear[name] if path in samples}
        options = [one for one in _options(seen, None, user) if one.value != RECOGNISED]
        rows.append(Row(name, "", "", "", True, options))
    return rows


def _may_choose(lead: Lead, user: Any) -> bool:
    may = user.has_perm("leads.correct_lead") and masking.may_see(user)
    if not may or lead.status != Lead.Status.FAILED or lead.revision or not lead.data:
        return False
    nameless = lead.reason == Reason.MISSING_FIELD and lead.reason_field == "contact_name"
    return bool(lead.unclear or (nameless and lead.reading))


def choose_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Take what was chosen as the lead's fields, perhaps as every later post's, and send it."""
    demand(request, "leads.correct_lead")
    if not masking.may_see(request.user):
        raise PermissionDenied
    for_source = request.POST.get("for") == "source"
    if for_source:
        demand(request, "leads.change_source")
    leads = Lead.objects.select_related("site", "webhook_source").defer("body")
    lead, picked = get_object_or_404(leads, pk=pk), picked_in(request)
    with transaction.atomic():
        if for_source and lead.webhook_source and choose(lead.webhook_source, picked):
            with translation.override("en"):
                said = f"Chose where “{lead.webhook_source}” holds {_named(picked)}."
            attribute(lead.site, request.user, said)
        changed = choose_for(lead, picked, request.user, held_for())
    lead.refresh_from_db(fields=["status", "reason", "reason_field"])
    tell(request, lead, changed and lead.is_open)
    return HttpResponseRedirect(lead_url(pk))


def _named(picked: Picked) -> str:
    return ", ".join(label(name).lower() for name in picked) or "nothing"
