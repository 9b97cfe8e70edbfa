"""The rules that hold a lead back before anything is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from django.db.models import Max, Min
from django.utils.translation import gettext_noop as _

from leads.data import has_name, normalised_email, stand_in
from leads.delivery.gateway import name_maker
from leads.models import Lead, Site
from leads.models.log import Entry
from leads.reasons import Reason
from leads.shown.sentences import Sentence, either
from leads.store import database

NOTHING_READ = Sentence(_("Nothing could be read from it: correct it first."))
COULD_BE = Sentence(_("Could be %(either)s"))
SAME_EMAIL = Sentence(_("Same e-mail as lead %(lead)s"))
SAME_AS_ANOTHER = Sentence(_("Same e-mail as another lead"))
"""What is left of it for readers who see no lead of the other's site."""


@dataclass(frozen=True)
class Held:
    """Why a rule holds a lead back."""

    reason: Reason
    field: str = ""
    text: str = ""


class Judged(Protocol):
    """What the rules must know of a lead, or of the few columns that stand for one."""

    pk: int
    destination_id: int
    is_test: bool
    skip_duplicate_rule: bool
    site_id: int
    reason: str
    revision: int

    @property
    def site(self) -> Site:
        """Whose options and mapping say what is a name; asked for leads without one."""

    @property
    def unclear(self) -> dict[str, list[str]]:
        """Paths that fit equally, by field."""

    def current_data(self) -> dict[str, Any]:
        """The fields that would be sent."""


AnyJudged = TypeVar("AnyJudged", bound=Judged)
Address = tuple[int, str]
"""A destination's id and a normalised e-mail address."""


def judge(lead: Lead, refuses_duplicates: bool) -> Held | None:
    """The first rule that holds this lead, stored or not yet stored; None lets it go.

    Belongs into the transaction that acts on the answer: two leads with one address are
    judged one after the other.
    """
    return judge_all([lead], lambda _lead: refuses_duplicates)[0]


def judge_all(
    leads: Sequence[AnyJudged], refuses_duplicates: Callable[[AnyJudged], bool]
) -> list[Held | None]:
    """What `judge` says of each lead, in few statements however many they are.

    They are judged in the order given: a lead that goes is in the way of a later one with the
    same address. All addresses are locked first and in one order, so that two people with
    crossed lists wait for each other instead of ending in a deadlock.
    """
    addresses = [_address_at_stake(lead, refuses_duplicates) for lead in leads]
    at_stake = {address for address in addresses if address}
    database.lock_names([f"{destination_id}:{email}" for destination_id, email in at_stake])
    taken, names = _in_the_way(at_stake), Names()
    pairs = zip(leads, addresses, strict=True)
    return [_judge(lead, address, taken, names) for lead, address in pairs]


class Names:
    """Whether leads have a name: of their own, by the site's option, or by a rule of its mapping.

    A lead with a name of its own costs nothing; the mapping of a site is asked for once.
    """

    def __init__(self) -> None:
        self.makers: dict[int, Callable[[dict[str, Any]], bool]] = {}

    def has(self, lead: Judged) -> bool:
        """Whether something would be sent as the lead's name."""
        data = lead.current_data()
        return has_name(data) or (bool(lead.site_id) and self.are_made(lead.site, data))

    def are_made(self, site: Site, data: dict[str, Any]) -> bool:
        """Whether the site's option or mapping makes a name for data that has none."""
        if stand_in(data, site.nameless)[1]:
            return True
        if site.pk not in self.makers:
            self.makers[site.pk] = name_maker(site)
        return self.makers[site.pk](data)


def _judge(
    lead: Judged, address: Address | None, taken: dict[Address, list[int]], names: Names
) -> Held | None:
    if lead.reason == Reason.NOT_READ and not lead.revision:
        return Held(Reason.NOT_READ, text=NOTHING_READ())
    for field, paths in lead.unclear.items():
        return Held(Reason.UNCLEAR, field, text=COULD_BE(either=either(paths))[:500])
    if not names.has(lead):
        return Held(Reason.MISSING_FIELD, "contact_name")
    if address is None:
        return None
    others = [pk for pk in taken.get(address, []) if pk != lead.pk]
    if others:
        return Held(Reason.DUPLICATE_EMAIL, text=SAME_EMAIL(lead=others[0]))
    taken.setdefault(address, []).append(lead.pk)
    return None


def _address_at_stake(
    lead: AnyJudged, refuses_duplicates: Callable[[AnyJudged], bool]
) -> Address | None:
    """The address that no other lead may have; None where the rule does not look."""
    if lead.skip_duplicate_rule or lead.is_test or not refuses_duplicates(lead):
        return None
    email = normalised_email(lead.current_data())[:254]
    return (lead.destination_id, email) if email else None


def _in_the_way(addresses: Iterable[Address]) -> dict[Address, list[int]]:
    """The oldest and the newest stored lead with each of the addresses.

    Two suffice to name another one than the lead that is judged, which may be among them.
    """
    taken: dict[Address, list[int]] = {}
    for destination_id in {destination_id for destination_id, _email in addresses}:
        emails = [email for destination, email in addresses if destination == destination_id]
        known = Lead.objects.same_email(destination_id, *emails).order_by().values("email")
        for row in known.annotate(first=Min("pk"), last=Max("pk")):
            taken[(destination_id, row["email"])] = [row["first"], row["last"]]
    return taken


class Logged(Protocol):
    """What an API log says of a lead."""

    pk: int
    site_id: int
    revision: int


def held_entry(lead: Logged, held: Held, now: datetime) -> Entry:
    """The 13002 of an attempt that a rule stopped before any call."""
    return Entry(
        lead_id=lead.pk,
        site_id=lead.site_id,
        created_at=now,
        revision=lead.revision,
        reason=held.reason,
        reason_field=held.field,
        reason_text=held.text,
    )
