"""Making a record fit its fields, losing nothing: what does not fit moves, and is listed. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_noop as _

from leads.data import as_text, stand_in
from leads.delivery.gateway import Mending
from leads.reasons import Reason
from leads.shown.sentences import Sentence
from zoho.api import options
from zoho.fit.description import Description, Failure
from zoho.fit.kinds import fit
from zoho.fit.layouts import Layouts
from zoho.fit.metadata import STANDARD_LEADS, Field, Fields, Record
from zoho.fit.readers import Home
from zoho.fit.text import LONGER, size
from zoho.fit.values import LONG_TAG, is_long_tag, shortened
from zoho.mapping.mapper import Entry, Mapped, Rule, label_of, leftovers, map_values, read_rules
from zoho.mapping.names import LAST_NAME
from zoho.mapping.rules import APPEND, DEFAULT_RULES

POSTCODE_LIMIT = 10
"""A postcode longer than this is an address that landed in the wrong field."""
POSTCODES = {
    "Zip_Code": "Street",
    "Mailing_Zip": "Mailing_Street",
    "Billing_Code": "Billing_Street",
}
"""Where a long postcode moves: the street beside it, while that has room."""

REPAIR = Sentence(_("%(label)s: %(what)s"))
NO_FIELD = Sentence(_("%(field)s is not a field of the module"))
OUTSIDE = Sentence(_("%(field)s is not in the layout “%(layout)s”"))
NOT_OURS = Sentence(_("%(field)s is not ours to fill"))
MOVED = Sentence(_("%(what)s, moved to %(field)s"))
MOVED_ON = Sentence(_("%(what)s, moved to %(field)s (%(full)s is full)"))
ALSO = Sentence(_("%(what)s, also in %(field)s"))
KEPT_WHOLE = Sentence(_("%(what)s; the whole value is in %(field)s"))
FITS_NOT = Sentence(_("%(field)s: %(what)s; the value has %(count)s characters."))
OF_OPTIONS = Sentence(_("%(what)s, as the site's options name it"))
SENT_AS = Sentence(_("sent as %(field)s: the lead has no other name"))
LEFT_OUT = Sentence(_("left out, as the site's mapping says"))
LAYOUT_REQUIRES = Sentence(
    _("The layout “%(layout)s” requires %(field)s, and the lead has no value for it.")
)
ZOHO_REQUIRES = Sentence(_("Zoho requires %(field)s, and the lead has no value for it."))


@dataclass(frozen=True)
class Plan:
    """All that fitting goes by besides the lead: one for a site and the metadata of its module."""

    rules: tuple[Rule, ...] = read_rules(DEFAULT_RULES)
    rest: str = APPEND
    fields: Fields = field(default_factory=lambda: STANDARD_LEADS)
    home: Home = field(default_factory=Home)
    extras: Record = field(default_factory=dict)
    """Values on every record, from the site's options; a rule's value wins."""
    reserved: frozenset[str] = frozenset()
    """Fields that are ours to fill."""
    nameless: str = "hold"
    """What becomes of a lead without a name; a `Site.Nameless`."""
    layouts: Layouts = field(default_factory=Layouts)
    """What the records that name a layout go by instead of `fields`."""

    @property
    def usual(self) -> Fields:
        """The fields as the layout of the site's options has them."""
        return self.layouts.fields(self.extras.get("Layout"), self.fields)


@dataclass(frozen=True)
class Fitted:
    """The record to send, the repairs in words, and what no rule could mend."""

    record: Record
    repairs: list[str]
    failure: Failure | None = None
    mendings: list[Mending] = field(default_factory=list)
    """The same repairs, each with the fields of the lead that it speaks of."""
    reserved: frozenset[str] = frozenset()
    """The fields of ours that the record's layout takes."""
    layout_known: bool = True
    """Whether it is certain what the record's layout takes."""
    from_options: frozenset[str] = frozenset()
    """The keys of the record that the site's options filled, and no rule."""
    faults: tuple[Failure, ...] = field(default=(), compare=False)
    """All that no rule could mend; `failure` is the first."""
    described: tuple[str, ...] = field(default=(), compare=False)
    """What the site calls the values that no field says, and that Description has."""


def to_record(data: dict[str, Any], plan: Plan | None = None) -> Fitted:
    """The record for one lead.

    Every character of every value is in the record, in its field or in Description, unless the
    site leaves out what no rule uses; then a repair names it. With a failure the record must not
    be sent.
    """
    plan = plan or Plan()
    mapped = map_values(data, plan.rules, plan.home)
    layout = _layout(mapped, plan)
    fitting = _Fitting(plan, plan.layouts.fields(layout, plan.fields))
    for entry in mapped.entries:
        fitting.place(entry)
    fitting.stand_in(data)
    fitting.add_leftovers(data, mapped)
    for entry in fitting.postcodes:
        fitting.move_postcode(entry)
    full = fitting.description.write(fitting.record)
    extras = fitting.extras()
    record = {**extras, **fitting.record}
    faults = (*fitting.missing(record), *filter(None, [full]))
    return Fitted(
        record,
        fitting.repairs,
        next(iter(faults), None),
        fitting.mendings,
        frozenset(filter(fitting.takes, plan.reserved)),
        plan.layouts.know(layout),
        frozenset(extras.keys() - fitting.record.keys()),
        faults,
        tuple(dict.fromkeys(label for label, _value in fitting.description.lines)),
    )


def _layout(mapped: Mapped, plan: Plan) -> Any:
    """The layout that the record will name: the one of a rule, else the one of the options."""
    ruled = (entry.value for entry in mapped.entries if entry.target == "Layout")
    return next(ruled, plan.extras.get("Layout"))


class _Fitting:
    """One record while it is being made."""

    def __init__(self, plan: Plan, fields: Fields) -> None:
        self.plan = plan
        self.fields = fields
        self.record: Record = {}
        self.repairs: list[str] = []
        self.mendings: list[Mending] = []
        self.description = Description(fields)
        self.postcodes: list[Entry] = []
        self.said: dict[str, str] = {}
        """By target, the text that is in the record for it, in its field or in Description."""
        self.refused: dict[str, Failure] = {}
        """By field, why a value that was there could not go into it."""

    def takes(self, name: str) -> bool:
        """Whether the record may fill the field, as far as is known."""
        target = self.fields.get(name)
        return target is None or target.is_ours

    # --- One value ------------------------------------------------------------------------------

    def place(self, entry: Entry) -> None:
        """Put a value into its field as well as that takes it."""
        target, text = self.fields.get(entry.target), as_text(entry.value)
        self.said[entry.target] = text
        if target is None or not target.is_ours or target.api_name in self.plan.reserved:
            if target is None and entry.is_filled:
                # Zoho names fields that its metadata hides. It drops what it does not know.
                self.record[entry.target] = entry.value
            moved = ALSO if entry.target in self.record else MOVED
            why = _why_not(entry.target, target)
            self.note(entry, text, moved(what=why, field=self.description.name))
        elif self.description.areas and target == self.description.areas[0]:
            self.description.text = (entry.label, text)
        elif _is_long_postcode(target, text):
            self.postcodes.append(entry)
        else:
            self.fit(entry, target, text)

    def fit(self, entry: Entry, target: Field, text: str) -> None:
        """Have the value fitted by the field's type, and note what the field does not say."""
        fitted = fit(entry.value, target, self.plan.home)
        if fitted.value is None:
            words = FITS_NOT(field=target.api_name, what=fitted.note, count=len(text))
            self.refused[target.api_name] = Failure(fitted.reason, target.api_name, words)
            self.note(entry, text, MOVED(what=fitted.note, field=self.description.name))
            return
        self.record[target.api_name] = fitted.value
        if fitted.keep:
            self.note(entry, text, KEPT_WHOLE(what=fitted.note, field=self.description.name))
        elif fitted.note:
            self.repaired(entry.label, fitted.note, entry.sources)

    def extras(self) -> Record:
        """The values of the site's options; of a tag no more than Zoho takes."""
        given = self.plan.extras
        tags: Any = given.get("Tag")
        if "Tag" in self.record or not options.RECORD["Tag"].fits(tags):
            return given
        if any(is_long_tag(tag["name"]) for tag in tags):
            self.repaired("Tag", OF_OPTIONS(what=LONG_TAG), ())
        return given | {"Tag": shortened(tags)}

    def note(self, entry: Entry, text: str, what: str) -> None:
        """Write the whole value into Description, and say so."""
        self.description.add(entry.label, text)
        self.repaired(entry.label, what, entry.sources)

    def repaired(self, label: str, what: str, sources: tuple[str, ...]) -> None:
        """List a repair: the field as the site calls it, and what was done, never the value."""
        self.repairs.append(REPAIR(label=label[:100], what=what))
        self.mendings.append(Mending(sources, what))

    def stand_in(self, data: dict[str, Any]) -> None:
        """Send the first name or the address for a last name that nobody gave, if the site says so.

        A first name that moves up is not sent a second time.
        """
        source, value = stand_in(data, self.plan.nameless)
        if not value or LAST_NAME in self.said or LAST_NAME not in self.plan.fields:
            return
        self.place(Entry(LAST_NAME, source, value, True, (source,)))
        if source == "first_name" and self.record.get("First_Name") == value:
            del self.record["First_Name"]
        self.repaired(source, SENT_AS(field=LAST_NAME), (source,))

    # --- What no field says ---------------------------------------------------------------------

    def add_leftovers(self, data: dict[str, Any], mapped: Mapped) -> None:
        """Note what rules used but no field tells, then what no rule used."""
        rest: list[tuple[str, str]] = []
        for keys, text, used in leftovers(data, mapped):
            if not used:
                rest.append((label_of(keys), text))
            elif not self.tells(text, mapped.rules_of[keys]):
                self.description.add(label_of(keys), text)
        for label, text in rest:
            if self.plan.rest == APPEND:
                self.description.add(label, text)
            else:
                self.repaired(label, LEFT_OUT(), (label,))

    def tells(self, text: str, entries: Iterable[Entry]) -> bool:
        """Whether the entries made of a value tell all of it, word for word where not by design."""
        entries = list(entries)
        if any(entry.whole for entry in entries):  # most do; words are counted for the others only
            return True
        words = Counter(word for e in entries for word in self.said[e.target].split())
        return Counter(text.split()) <= words

    # --- What belongs elsewhere -----------------------------------------------------------------

    def move_postcode(self, entry: Entry) -> None:
        """Move a long postcode into the street, or to Description when that is full."""
        text, street = as_text(entry.value), self.fields.get(POSTCODES[entry.target])
        limit = min(POSTCODE_LIMIT, self.fields[entry.target].length)
        longer, full = LONGER(most=limit), ""
        if street is not None and street.type == "text" and street.is_ours:
            both = ", ".join(filter(None, (self.record.get(street.api_name), text)))
            if size(both) <= street.length:
                self.record[street.api_name] = both
                added = MOVED(what=longer, field=street.api_name)
                self.repaired(entry.label, added, entry.sources)
                return
            full = street.api_name
        moved = MOVED_ON if full else MOVED
        self.note(entry, text, moved(what=longer, field=self.description.name, full=full))

    def missing(self, record: Record) -> Iterator[Failure]:
        """Each mandatory field without a value, and whether one was there that did not fit."""
        for name, target in self.fields.items():
            ours = not target.is_ours or name in self.plan.reserved
            if target.mandatory and not ours and name not in record:
                asks = LAYOUT_REQUIRES if target.layout else ZOHO_REQUIRES
                text = asks(layout=target.layout, field=name)
                empty = Failure(Reason.MANDATORY_MISSING, name, text)
                yield self.refused.get(name, empty)


def _why_not(name: str, target: Field | None) -> str:
    """Why no value goes into a field."""
    if target is None:
        return NO_FIELD(field=name)
    if target.outside:
        return OUTSIDE(field=name, layout=target.layout)
    return NOT_OURS(field=name)


def _is_long_postcode(target: Field, text: str) -> bool:
    """Whether it is no postcode; where the field must not be empty, its beginning stays."""
    limit = min(POSTCODE_LIMIT, target.length)
    return target.api_name in POSTCODES and len(text) > limit and not target.mandatory
