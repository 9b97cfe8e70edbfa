"""Numbers and times as people read them. One way each, everywhere."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy, ngettext, pgettext_lazy
from django.utils.translation import gettext as _

from leads.shown.numbers import localised

DASH = "—"


def number(value: int | None) -> str:
    """84892 as 84,892; a dash for None."""
    return DASH if value is None else localised(f"{value:,}")


def tick(yes: bool) -> SafeString:
    """Yes or no as Django's lists draw it, in the reader's language where it is read out."""
    name, words = ("yes", _("yes")) if yes else ("no", _("no"))
    return format_html('<img src="{}" alt="{}">', static(f"admin/img/icon-{name}.svg"), words)


def roughly(value: int) -> str:
    """A count that may be an estimate: 1,534, More than 10,000, About 1,030,000."""
    if value <= 10_001:
        return _("More than 10,000") if value == 10_001 else number(value)
    step = 10 ** (len(str(value)) - 3)
    return _("About %(count)s") % {"count": number(round(value / step) * step)}


def percent(value: Decimal | float | None) -> str:
    """A rate in percent with three decimals, 99.721%; a dash while there is nothing."""
    return DASH if value is None else localised(f"{value:.3f}%")


def span(length: timedelta | None) -> str:
    """A length of time in its largest unit: 12 s, 5 min, 3 h, 2 days; a dash for None."""
    if length is None:
        return DASH
    seconds = max(0, int(length.total_seconds()))
    days = seconds // 86400
    return _short(seconds) or ngettext("%(count)s day", "%(count)s days", days) % {"count": days}


def _short(seconds: int) -> str:
    """Less than a day in its largest unit, which is written alike in every language; else empty."""
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min"
    return f"{seconds // 3600} h" if seconds < 86400 else ""


def lasted(length: timedelta) -> str:
    """How long something took: 42 s, 1 min 42 s, 1 h 3 min. bulk.js says it alike."""
    minutes, seconds = divmod(max(0, int(length.total_seconds())), 60)
    if minutes >= 60:
        return f"{minutes // 60:,} h {minutes % 60} min"
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


def ago(moment: datetime, now: datetime) -> str:
    """How long ago: 12 s ago; or how soon: in 5 min."""
    seconds = abs(int((moment - now).total_seconds()))
    short = _short(seconds)
    if short:
        return (
            _("in %(span)s") % {"span": short}
            if moment > now
            else _("%(span)s ago") % {"span": short}
        )
    days = seconds // 86400
    if moment > now:
        return ngettext("in %(count)s day", "in %(count)s days", days) % {"count": days}
    return ngettext("%(count)s day ago", "%(count)s days ago", days) % {"count": days}


def clock(moment: datetime, now: datetime) -> str:
    """The local time of day, with the date where it is not today's."""
    local, today = timezone.localtime(moment), timezone.localtime(now)
    if local.date() == today.date():
        return date_format(local, "H:i")
    return date_format(local, _("j M H:i") if local.year == today.year else _("j M Y H:i"))


def when(moment: datetime | None, now: datetime | None = None) -> SafeString | str:
    """`<time>` with both: 12 min ago · 03:20. desk.js keeps the first part true."""
    if moment is None:
        return DASH
    now = now or timezone.now()
    return format_html(
        '<time datetime="{}" title="{}"><span class="ago">{}</span>'
        ' <span class="at">{}</span></time>',
        moment.isoformat(timespec="seconds"),
        date_format(timezone.localtime(moment), _("j F Y, H:i:s T")),
        ago(moment, now),
        clock(moment, now),
    )


def when_first(moment: datetime | None, now: datetime | None = None) -> SafeString | str:
    """`<time>` for behind “since”, the moment before the span: 03:20 (12 min ago)."""
    if moment is None:
        return DASH
    now = now or timezone.now()
    return format_html(
        '<time datetime="{}" title="{}">{} (<span class="ago">{}</span>)</time>',
        moment.isoformat(timespec="seconds"),
        date_format(timezone.localtime(moment), _("j F Y, H:i:s T")),
        clock(moment, now),
        ago(moment, now),
    )


def when_in_row(moment: datetime | None, now: datetime) -> SafeString | str:
    """The same without the title, for a table of many rows."""
    if moment is None:
        return DASH
    return format_html(
        '<time datetime="{}"><span class="ago">{}</span> <span class="at">{}</span></time>',
        moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        ago(moment, now),
        clock(moment, now),
    )


def who(name: str, email: str, phone: str) -> SafeString:
    """Name, e-mail and phone in one line, however narrow: the number is never cut or broken."""
    number_shown = format_html("<bdi>{}</bdi>", phone) if phone else ""
    parts = ((part,) for part in (name, email, number_shown) if part)
    return format_html_join("\xa0· ", "{}", parts)


def milliseconds(length: timedelta | None) -> str:
    """How long a call took: 1,143 ms; a dash when its end was not seen."""
    return DASH if length is None else localised(f"{length.total_seconds() * 1000:,.0f} ms")


def label(field: str) -> str:
    """The name of a field as a heading: contact_name as Contact name."""
    text = field.replace("_", " ").strip()
    return str(OURS.get(field) or text[:1].upper() + text[1:] or field)


def own_label(field: str) -> str:
    """What one of our own fields is called; another as the site calls it, letter by letter."""
    return str(OURS.get(field, field))


def in_a_sentence(name: str) -> str:
    """The name of a field among other words: e-mail; German writes E-Mail there too."""
    return name if (get_language() or "").startswith("de") else name.lower()


OURS = {
    "contact_name": gettext_lazy("Contact name"),
    "first_name": gettext_lazy("First name"),
    "last_name": gettext_lazy("Last name"),
    "email": gettext_lazy("Email"),
    "phone": gettext_lazy("Phone"),
    "company": gettext_lazy("Company"),
    "street": gettext_lazy("Street"),
    "city": gettext_lazy("City"),
    "state": pgettext_lazy("of an address", "State"),
    "zip": gettext_lazy("Zip"),
    "country": gettext_lazy("Country"),
    "message": gettext_lazy("Message"),
}
"""Our own fields; others are called what the site calls them."""
