"""The lines of the set-up check: what was found, how it came out, and what mends it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

from django.db.models import TextChoices
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from leads.models import Site
from leads.shown.numbers import localised
from zoho.fit import fields
from zoho.fit.description import text_areas
from zoho.mapping.plans import plan_for
from zoho.models import ModuleFields

FEW_CREDITS = 1000
"""Ten records cost a credit, so this is 10,000 leads."""
SKEW_SECONDS = 120


LOST = _(
    "Until then a lead whose outcome is unknown is not sent again by itself but waits for "
    "a person, because a second try could make a second record."
)


class Level(TextChoices):
    """How a line of the check came out."""

    OK = "ok", _("In order")
    WARN = "warn", _("Look at this")
    FAIL = "fail", _("Must be mended")


@dataclass(frozen=True)
class CheckLine:
    """One line. `steps` are clicks that mend it."""

    name: str
    level: Level
    text: str
    steps: tuple[str, ...] = ()


def _make_unique(module: str, label: str) -> tuple[str, ...]:
    return (
        gettext("In Zoho: Setup → Customization → Modules and Fields → %(module)s.")
        % {"module": module},
        gettext("Point at %(value)s, choose Edit Properties.") % {"value": label},
        gettext("Tick “Do not allow duplicate values”, then Save."),
    )


def reference_field(row: ModuleFields) -> CheckLine:
    """Whether Zoho itself refuses a second record of the same lead."""
    module, wanted = row.module, row.connection.reference_field
    name, field = (
        (gettext("Reference field of %(module)s") % {"module": module}),
        row.fields.get(wanted),
    )
    if fields.reference_is_unique(row):
        text = gettext("%(wanted)s is single-line and unique: no lead can make two records.") % {
            "wanted": wanted
        }
        return CheckLine(name, Level.OK, text)
    if field is None:
        return CheckLine(
            name,
            Level.WARN,
            (
                gettext("%(module)s has no field %(wanted)s. %(lost)s")
                % {"module": module, "wanted": wanted, "lost": LOST}
            ),
            _make(row),
        )
    if field.get("type") != "text":
        text = gettext("%(wanted)s is of type %(value)s, not Single Line. %(lost)s") % {
            "wanted": wanted,
            "value": field.get("type"),
            "lost": LOST,
        }
        return CheckLine(name, Level.WARN, text, _make(row))
    if field.get("read_only"):
        text = gettext("%(wanted)s cannot be written by the API. %(lost)s") % {
            "wanted": wanted,
            "lost": LOST,
        }
        return CheckLine(name, Level.WARN, text)
    return CheckLine(
        name,
        Level.WARN,
        (
            gettext("%(wanted)s may hold one value twice. %(lost)s")
            % {"wanted": wanted, "lost": LOST}
        ),
        _make_unique(module, str(field.get("label") or wanted)),
    )


def _make(row: ModuleFields) -> tuple[str, ...]:
    wanted = row.connection.reference_field
    return (
        (
            gettext("In Zoho: Setup → Customization → Modules and Fields → %(module)s.")
            % {"module": row.module}
        ),
        (
            gettext("Drag Single Line into the layout and call it “%(value)s”.")
            % {"value": wanted.replace("_", " ")}
        ),
        gettext("In its properties tick “Do not allow duplicate values”, then Save."),
        (
            gettext(
                "Setup → Developer Hub → APIs & SDKs → API names: %(module)s must show %(wanted)s."
            )
            % {"module": row.module, "wanted": wanted}
        ),
    )


def mandatory_fields(site: Site) -> CheckLine:
    """Whether the site's mapping can fill what Zoho insists on."""
    plan = plan_for(site)
    filled = {rule.target for rule in plan.rules} | set(plan.extras) | plan.reserved
    lacking = [
        name
        for name, field in plan.usual.items()
        if field.mandatory and field.is_ours and name not in filled
    ]
    name = gettext("Mandatory fields of %(site)s") % {"site": site}
    if lacking:
        text = gettext(
            "No rule of the mapping fills %(lacking)s: Zoho would refuse every lead."
        ) % {"lacking": ", ".join(lacking)}
        return CheckLine(name, Level.FAIL, text)
    return CheckLine(name, Level.OK, gettext("The mapping covers each of them."))


def layout_lacks(site: Site, row: ModuleFields) -> Iterator[CheckLine]:
    """What the layout of the site's options cannot hold, and what that means for its leads."""
    plan, wanted = plan_for(site), row.connection.reference_field
    name = gettext("Fields in the layout of %(site)s") % {"site": site}
    called = plan.layouts.name(plan.extras.get("Layout"))
    filled = dict.fromkeys(rule.target for rule in plan.rules)
    outside = [one for one in filled if one in plan.usual and plan.usual[one].outside]
    areas = text_areas(plan.usual)
    if outside and areas:
        text = gettext("“%(called)s” lacks %(outside)s: their values go to %(api_name)s.") % {
            "called": called,
            "outside": ", ".join(outside),
            "api_name": areas[0].api_name,
        }
        yield CheckLine(name, Level.WARN, text, _into_layout(row.module, called))
    if not areas:
        text = gettext(
            "“%(called)s” has no field of several lines: a lead that needs one is held."
        ) % {"called": called}
        yield CheckLine(name, Level.WARN, text, _into_layout(row.module, called))
    if not fields.reference_is_unique(row) or plan.usual[wanted].is_ours:
        return
    text = f"“{called}” lacks {wanted}. {LOST}"
    name = gettext("Reference field in the layout of %(site)s") % {"site": site}
    yield CheckLine(name, Level.WARN, text, _into_layout(row.module, called))


def layouts_lack_reference(site: Site, row: ModuleFields) -> Iterator[CheckLine]:
    """Which of the layouts that a rule of the site may choose do not keep the reference."""
    wanted, plan = row.connection.reference_field, plan_for(site)
    if not fields.reference_is_unique(row):
        return
    kept = plan.layouts.kept
    lacking = [one for one in kept if not plan.layouts.fields(one, plan.fields)[wanted].is_ours]
    if lacking:
        called = ", ".join(f"“{kept[one]['name']}”" for one in lacking)
        text = gettext(
            "A rule of the mapping chooses the layout, and %(called)s lacks %(wanted)s. %(lost)s"
        ) % {"called": called, "wanted": wanted, "lost": LOST}
        steps = _into_layout(row.module, str(kept[lacking[0]]["name"]))
        name = gettext("Reference field in the layouts of %(site)s") % {"site": site}
        yield CheckLine(name, Level.WARN, text[:500], steps)


def _into_layout(module: str, layout: str) -> tuple[str, ...]:
    return (
        (
            gettext(
                "In Zoho: Setup → Customization → Modules and Fields → %(module)s → %(layout)s."
            )
            % {"module": module, "layout": layout}
        ),
        gettext("Drag the field from “Unused Fields” into the layout, then Save."),
    )


def credits_left(left: str) -> CheckLine:
    """How many calls the day has left; Zoho's header tells once half of them are used."""
    if not left.isdecimal():
        text = gettext(
            "Less than half of the day's API credits are used; Zoho counts aloud from there."
        )
        return CheckLine(gettext("Credits"), Level.OK, text)
    level = Level.OK if int(left) >= FEW_CREDITS else Level.WARN
    return CheckLine(
        gettext("Credits"),
        level,
        (
            gettext("%(left)s API credits are left for these 24 hours.")
            % {"left": localised(f"{int(left):,}")}
        ),
    )


def clock(date: str, now: datetime) -> Iterator[CheckLine]:
    """A line where this machine's clock and Zoho's are far apart."""
    try:
        apart = abs((parsedate_to_datetime(date) - now).total_seconds())
    except (ValueError, TypeError):
        return
    if apart > SKEW_SECONDS:
        text = gettext(
            "This machine's clock and Zoho's are %(apart)s seconds apart. Set up NTP."
        ) % {"apart": localised(f"{apart:.0f}")}
        yield CheckLine(gettext("Clock"), Level.WARN, text)
