"""By what leads are chosen: how each criterion is read, written, said, and asked of the database.

A text that is not understood is refused with the reason, never passed over.
"""

from __future__ import annotations

import difflib
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from django.apps import apps
from django.conf import settings
from django.db.models import Exists, Model, OuterRef, Q, QuerySet, TextChoices
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from leads.reasons import Owner, Reason

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Rows = TypeVar("Rows", bound=Model)
LARGEST_ID = 2**63 - 1
NOBODY = "nobody"
"""Whose a lead is that was assigned to no colleague."""
LATEST = 253_370_764_800
"""The year 9999 in Unix seconds: a day later some time zone could no longer show it."""
MOST_IDS = 200
"""Leads that a search names in its address, so that the address stays short enough."""
CODE = re.compile(r"[a-z][a-z0-9_-]{0,29}|[0-9]{1,7}|[0-9]{4}-[0-9]{2}-[0-9]{2}")
FIELD = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,99}")
"""A field as the CRM names it, or one of our own."""
ALIKE = 0.75
"""From where on a name that is no filter's is taken for one that was mistyped or renamed."""


class NotUnderstood(ValueError):
    """A filter that means nothing here; its text tells people why."""


class Tab(TextChoices):
    """The views of the table."""

    FAILED = "failed", gettext_lazy("Failed")
    WAITING = "waiting", gettext_lazy("Waiting")
    DELIVERED = "delivered", gettext_lazy("Delivered")
    INCOMPLETE = "incomplete", gettext_lazy("Incomplete in Zoho")
    ENTERED = "entered", gettext_lazy("Entered by hand")
    DISCARDED = "discarded", gettext_lazy("Discarded")

    @property
    def moment(self) -> str:
        """The column that “created” means."""
        return {Tab.FAILED: "failed_at", Tab.WAITING: "queued_at"}.get(self, "received_at")


class Period(TextChoices):
    """Lengths of time that end now."""

    TODAY = "today", gettext_lazy("today")
    DAY = "24h", gettext_lazy("the last 24 hours")
    WEEK = "7d", gettext_lazy("the last 7 days")

    def begins(self, now: datetime) -> datetime:
        """When it begins."""
        if self == Period.TODAY:
            return timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
        return now - timedelta(days=1 if self == Period.DAY else 7)


class Tries(TextChoices):
    """How many tries a lead itself has used up."""

    NONE = "0", gettext_lazy("None used up")
    ONE = "1", "1"
    FEW = "2", gettext_lazy("2 to 4")
    MANY = "5", gettext_lazy("5 or more")

    @property
    def range(self) -> tuple[int, int]:
        """The fewest and the most; 32767 is the most that the column holds."""
        least = int(self)
        return least, {Tries.FEW: 4, Tries.MANY: 32_767}.get(self, least)


class Same(NamedTuple):
    """What a lead has, which others may have too; lead 0 has nothing that others have."""

    field: str
    lead: int


class Span(NamedTuple):
    """From one moment until before another; either side may be open."""

    start: datetime | None
    end: datetime | None


# --- Reading: each raises ValueError for what it does not understand --------------------------


def _number(text: str, digits: int = 19) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= digits) or int(text) > LARGEST_ID:
        raise ValueError(text)
    return int(text)


def _moment(text: str) -> datetime:
    if (seconds := _number(text, 12)) > LATEST:
        raise ValueError(text)
    return datetime.fromtimestamp(seconds, UTC)


def _day(text: str) -> date:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise ValueError(text)
    return date.fromisoformat(text)


def _period(text: str) -> Period | datetime:
    return _moment(text[6:]) if text.startswith("since-") else Period(text)


def _span(text: str) -> Span:
    first, dash, last = text.partition("-")
    if not dash or not first + last:
        raise ValueError(text)
    return Span(*(_moment(part) if part else None for part in (first, last)))


def _same(text: str) -> Same:
    field, _dash, lead = text.partition("-")
    if field not in ("email", "phone"):
        raise ValueError(text)
    return Same(field, _number(lead))


def _ids(text: str) -> tuple[int, ...]:
    ids = tuple(_number(part) for part in text.split("."))
    if len(ids) > MOST_IDS:
        raise ValueError(text)
    return ids


def _lead(text: str) -> int | uuid.UUID:
    # Longer numbers may be somebody's phone.
    return uuid.UUID(text) if re.fullmatch(r"[0-9a-fA-F-]{32,36}", text) else _number(text, 7)


def _field(text: str) -> str:
    if not FIELD.fullmatch(text):
        raise ValueError(text)
    return text


def _whose(text: str) -> int | str:
    return text if text == NOBODY else _number(text)


def _names(field: str) -> Q:
    """Reasons of this field, or of several with it among them."""
    others = Q(reason_field__startswith=f"{field}, ") | Q(reason_field__endswith=f", {field}")
    return Q(reason_field=field) | others | Q(reason_field__contains=f", {field}, ")


def _only_tests(text: str) -> bool:
    if text not in ("no", "only"):
        raise ValueError(text)
    return text == "only"


# --- Asking the database, and saying it --------------------------------------------------------


def within(column: str, start: datetime | None, end: datetime | None) -> Q:
    """Rows whose moment is not before the one and before the other."""
    sides = {f"{column}__gte": start, f"{column}__lt": end}
    return Q(**{side: moment for side, moment in sides.items() if moment})


def midnight(day: date, days: int = 0) -> datetime:
    """When the day begins in the time zone of the pages, or one so many days later."""
    try:
        local = datetime.combine(day + timedelta(days), time.min)
        return timezone.make_aware(local).astimezone(UTC)
    except OverflowError:
        first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
        return first if day.year == 1 else last


def span_of(start: datetime | None, end: datetime | None) -> str:
    """A span as an address writes it, in Unix seconds: the same in every time zone."""
    return "-".join(str(int(moment.timestamp())) if moment else "" for moment in (start, end))


def _named(model: str, pk: int, user: Any = None) -> Model | None:
    # By its name: this module lies below the models.
    rows: Any = apps.get_model(model)._default_manager.filter(pk=pk)
    limited = user is not None and hasattr(rows, "visible_to")
    found: Model | None = (rows.visible_to(user) if limited else rows).first()
    return found


def _site_words(pk: int) -> str:
    return str(_named("leads.Site", pk) or _("site %(number)s") % {"number": pk})


def _whose_words(whom: int | str) -> str:
    if isinstance(whom, str):
        return _("assigned to nobody")
    name = _named(settings.AUTH_USER_MODEL, whom) or _("user %(number)s") % {"number": whom}
    return _("assigned to %(name)s") % {"name": name}


def _is_assigned(whom: int | str) -> Q:
    if not isinstance(whom, str):
        return Q(assignment__user=whom)
    # By an index of its own, however few there are. Code of before, which may run beside this one,
    # assigns without a mark on the lead: so the rows are asked too.
    rows = apps.get_model("leads.Assignment")._base_manager.all()
    return Q(is_assigned=False) & ~Q(Exists(rows.filter(lead=OuterRef("pk"))))


def _period_words(period: Period | datetime) -> str:
    if isinstance(period, Period):
        return str(period.label)
    return _("since %(moment)s") % {"moment": f"{timezone.localtime(period):%Y-%m-%d %H:%M}"}


def _span_words(span: Span) -> str:
    start, end = (date_format(timezone.localtime(m), _("j M Y H:i")) if m else "" for m in span)
    if start and end:
        return _("what is from %(start)s to %(end)s") % {"start": start, "end": end}
    if start:
        return _("what is since %(start)s") % {"start": start}
    return _("what is before %(end)s") % {"end": end}


def _lead_words(lead: int | uuid.UUID) -> str:
    return _("lead %(number)s") % {"number": lead}


def _same_words(same: Same) -> str:
    if not same.lead:
        return _("that e-mail") if same.field == "email" else _("that phone number")
    if same.field == "email":
        return _("the same e-mail as lead %(lead)s") % {"lead": same.lead}
    return _("the same phone number as lead %(lead)s") % {"lead": same.lead}


def _ids_words(ids: tuple[int, ...]) -> str:
    if not (found := sum(map(bool, ids))):
        return _("what was typed: nobody has it")
    if found == MOST_IDS:
        return _("the newest %(count)s leads that the search found") % {"count": found}
    return ngettext(
        "%(count)s lead that the search found", "%(count)s leads that the search found", found
    ) % {"count": found}


def shared(rows: QuerySet[Rows], same: Same) -> QuerySet[Rows]:
    """The rows with the same e-mail or phone as a lead's.

    That is read first: a constant lets PostgreSQL use the partial index.
    """
    those = rows.model._base_manager.filter(pk=same.lead)
    value = those.values_list(same.field, flat=True).first()
    return rows.filter(**{same.field: value}) if value else rows.none()


@dataclass(frozen=True)
class Criterion:
    """One of them. `read` raises ValueError for a text that it does not understand."""

    takes: StrOrPromise
    read: Callable[[str], Any]
    words: Callable[[Any], str]
    where: Callable[[Any], Q] | None = None
    """Its rows; None where they depend on the tab or on the time."""
    write: Callable[[Any], str] = str
    names: str = ""
    """The model whose row it names, which must be there."""


CRITERIA: dict[str, Criterion] = {
    "tab": Criterion(
        gettext_lazy("a tab of the table"), Tab,
        lambda tab: "" if tab == Tab.FAILED else str(tab.label),
    ),
    "reason": Criterion(
        gettext_lazy("a reason's code"), Reason, lambda r: str(r.label), lambda r: Q(reason=r),
    ),
    "field": Criterion(
        gettext_lazy("the name of a field"), _field,
        lambda field: _("field: %(field)s") % {"field": field}, _names,
    ),
    "owner": Criterion(
        gettext_lazy("zoho, setup, site or data"), Owner,
        lambda o: _("who must act: %(owner)s") % {"owner": o.label},
        lambda o: Q(reason__in=[reason for reason in Reason if reason.owner == o]),
    ),
    "site": Criterion(
        gettext_lazy("the number of a site"), _number, _site_words,
        lambda pk: Q(site_id=pk), names="leads.Site",
    ),
    "assigned": Criterion(
        gettext_lazy("the number of a user, or nobody"), _whose, _whose_words, _is_assigned,
        names=settings.AUTH_USER_MODEL,
    ),
    "span": Criterion(
        gettext_lazy("today, 24h, 7d or since- with Unix seconds"), _period, _period_words,
        write=lambda p: p.value if isinstance(p, Period) else f"since-{int(p.timestamp())}",
    ),
    "from": Criterion(
        gettext_lazy("a date like 2026-01-31"), _day, lambda day: _("from %(day)s") % {"day": day},
    ),
    "to": Criterion(
        gettext_lazy("a date like 2026-01-31"), _day, lambda day: _("to %(day)s") % {"day": day},
    ),
    "tries": Criterion(
        gettext_lazy("0, 1, 2 or 5"), Tries,
        lambda tries: _("tries: %(tries)s") % {"tries": tries.label},
        lambda tries: Q(attempts__range=tries.range),
    ),
    "same": Criterion(
        gettext_lazy("email- or phone- with a lead's number"), _same, _same_words,
        write=lambda same: f"{same.field}-{same.lead}",
    ),
    "ids": Criterion(
        format_lazy(gettext_lazy("up to {most} numbers of leads, dots between"), most=MOST_IDS),
        _ids, _ids_words,
        lambda ids: Q(pk__in=ids), lambda ids: ".".join(map(str, ids)),
    ),
    "bulk": Criterion(
        gettext_lazy("the number of a bulk retry"), _number,
        lambda pk: _("leads of bulk retry %(pk)s") % {"pk": pk}, lambda pk: Q(bulk=pk),
        names="leads.BulkRetry",
    ),
    "at": Criterion(
        gettext_lazy("two moments in Unix seconds, a dash between"), _span, _span_words,
        write=lambda span: span_of(*span),
    ),
    "test": Criterion(
        gettext_lazy("no or only"), _only_tests,
        lambda only: _("test leads") if only else _("real leads, no test leads"),
        lambda only: Q(is_test=only), lambda only: "only" if only else "no",
    ),
    "q": Criterion(
        gettext_lazy("a lead's number or reference"), _lead, _lead_words,
        lambda lead: Q(pk=lead) if isinstance(lead, int) else Q(reference=lead),
    ),
}  # fmt: skip
"""All of them by their name in an address, in the order in which they are said."""


def understood(name: str, text: Any) -> Any:
    """The value of a criterion. Raises NotUnderstood, which says what it takes instead."""
    one = CRITERIA[name]
    try:
        if isinstance(text, str):
            return one.read(text)
    except (ValueError, OverflowError):
        pass
    raise NotUnderstood(
        _("“%(name)s=%(text)s” is not understood: it takes %(takes)s.")
        % {"name": name, "text": code(text), "takes": one.takes}
    )


def present(name: str, value: Any, user: Any = None) -> Any:
    """The value, whose row is there where it names one; for a user, where they may see it.

    Raises NotUnderstood, the same for a row that is another's and for none.
    """
    model = CRITERIA[name].names
    if model and value != NOBODY and _named(model, value, user) is None:
        raise NotUnderstood(
            _("“%(name)s=%(value)s” is not there any more, or never was.")
            % {"name": name, "value": code(str(value))}
        )
    return value


def meant(name: str) -> str:
    """The criterion that a name like `reasons` or `site_id` was to be; empty where like none."""
    plain = name.lower().split("__")[0].removesuffix("_id")
    return next(iter(difflib.get_close_matches(plain, CRITERIA, 1, ALIKE)), "")


def code(text: Any) -> str:
    """A text in a message that is shown and kept: only what is a code, and so names nobody."""
    is_code = isinstance(text, str) and CODE.fullmatch(text)
    return text if is_code else "…"
