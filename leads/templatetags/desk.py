"""The desk's words in templates."""

from __future__ import annotations

import json
from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import format_html, json_script
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from leads.delivery.gateway import get_gateway
from leads.desk.dashboard import onboarding
from leads.desk.failed import rows
from leads.desk.kit import formatting, masking, pauses, words
from leads.desk.kit.lists.paging import shown_count
from leads.desk.sites import live_stats
from leads.intake.tools import TOOLS
from leads.models import Destination
from leads.reasons import Reason
from leads.shown import sentences

register = template.Library()

register.filter("number", formatting.number)
register.filter("roughly", formatting.roughly)
register.filter("percent", formatting.percent)
register.filter("span", formatting.span)
register.filter("when", formatting.when)
register.filter("when_first", formatting.when_first)
register.filter("milliseconds", formatting.milliseconds)
register.filter("label", formatting.label)
register.filter("capped", shown_count)
register.filter("own_label", formatting.own_label)
register.filter("in_a_sentence", formatting.in_a_sentence)
register.filter("paused_until", pauses.until)
# {{ lead|who:user }} and {{ log.reason_text|words:user }}: masked for whom they are not meant.
register.filter("who", masking.who)
register.filter("words", masking.words)


@register.simple_tag
def script_words() -> SafeString | str:
    """What the page's scripts say, where the page is not English: data, which no policy forbids."""
    found = words.of_scripts(get_language() or "en")
    return json_script(found, "words") if found else ""


@register.filter
def pretty(value: Any) -> str:
    """A JSON value, or text that holds one, indented; other text as it is."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return str(value)
    return json.dumps(value, indent=2, ensure_ascii=False)


@register.filter
def said(given: Any) -> Any:
    """Our own English, of a preview or out of a row, in the reader's language; each of a list."""
    if isinstance(given, list | tuple):
        return [sentences.shown(one) for one in given]
    return sentences.shown(given) if isinstance(given, str) else given


@register.filter
def pretty_request(text: str) -> str:
    """A kept request: its first line, METHOD and address, and its body indented."""
    first, _, body = text.partition("\n")
    return f"{first}\n{pretty(body)}" if body else first


@register.simple_tag
def help_on(anchor: str, about: str) -> SafeString:
    """A link to what the help page of the table says of something."""
    return format_html(
        '<a class="about" href="{}#{}" aria-label="{}">?</a>',
        reverse("help-table"),
        anchor,
        _("Help: %(about)s") % {"about": about},
    )


@register.filter
def is_connected(destination: Destination) -> bool:
    """Whether it has credentials, or had: one that has delivered costs no query."""
    return destination.last_success_at is not None or get_gateway().is_connected(destination)


@register.inclusion_tag("admin/leads/dashboard/next_step.html", takes_context=True)
def next_step(context: dict[str, Any], offered: str = "") -> dict[str, Any]:
    """What comes next, until the three first steps are done; not the one that the page offers."""
    request = context["request"]
    steps = onboarding.steps(request.user)
    number, step = next(((n, one) for n, one in enumerate(steps, 1) if not one.done), (0, None))
    here = step is None or step.title == offered or step.url.partition("#")[0] == request.path
    return {"step": None if here else step, "number": number, "all": len(steps)}


@register.filter
def reason_title(code: str) -> str:
    """The title of a reason's code."""
    return Reason.title_of(code) if code else ""


@register.filter
def owner_of(code: str) -> str:
    """Who must act on a reason's code, as a style's name; empty for an unknown one."""
    return Reason(code).owner.value if code in Reason.values else ""


@register.filter
def tool_title(name: str) -> str:
    """What makes a form, as people call it."""
    return _(TOOLS[name].title) if name in TOOLS else _("a tool that nobody has named")


@register.filter
def key(mapping: dict[str, Any], name: str) -> Any:
    """The value under a name that is no identifier; empty where there is none."""
    return mapping.get(name, "")


@register.inclusion_tag("admin/leads/kit/table.html")
def table(cl: Any) -> dict[str, Any]:
    """The rows of the failed table under their headings."""
    return {
        "columns": rows.columns(cl),
        "rows": rows.rows(cl),
        "selects": rows.BOX in cl.list_display,
    }


@register.inclusion_tag("admin/leads/dashboard/onboarding.html", takes_context=True)
def first_steps(context: dict[str, Any]) -> dict[str, Any]:
    """The three first steps of an installation; nothing once they are done."""
    steps = onboarding.steps(context["request"].user)
    todo = [number for number, step in enumerate(steps) if not step.done]
    return {"steps": steps, "next": todo[0] if todo else None}


@register.inclusion_tag("admin/leads/dashboard/silent_sites.html", takes_context=True)
def silent_sites(context: dict[str, Any]) -> dict[str, Any]:
    """The sites that have gone silent, for who may see sites."""
    user = context["request"].user
    return {"sites": live_stats.silent_sites(user) if user.has_perm("leads.view_site") else []}
