"""Charts as SVG from the server: no script, no canvas, themed by the style sheet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from leads.desk.dashboard.series import Bar

WIDTH, HEIGHT, GAP = 960.0, 190.0, 0.28
LEAST = 3.0
"""Height of a bar of one: a single failure among a thousand must be seen."""
TICKS = 6

Link = Callable[[str, datetime, datetime], str]
"""The address of the rows with a response code in a span of time; empty where none may be seen."""


def draw(title: str, bars: Sequence[Bar]) -> SafeString:
    """Inserted above the line, not inserted below it, on one scale.

    All bars of a kind are one path of thick lines: a week of hours is 168 bars, and the page
    should stay light.
    """
    most_inserted = max((bar.inserted for bar in bars), default=0)
    most_failed = max((bar.failed for bar in bars), default=0)
    scale = (HEIGHT - 2 * LEAST) / max(most_inserted + most_failed, 1)
    line = HEIGHT - max(most_failed * scale, LEAST) - 1
    step = WIDTH / max(len(bars), 1)
    middles = [step * (n + 0.5) for n in range(len(bars))]
    context = {
        "title": title,
        "bars": list(zip(bars, (f"{x:.1f}" for x in middles), strict=True)),
        "step": round(step, 1),
        "wide": round(step * (1 - GAP), 1),
        "up": "".join(
            _line(x, line - 1, -_height(bar.inserted, scale))
            for x, bar in zip(middles, bars, strict=True)
            if bar.inserted > 0
        ),
        "down": "".join(
            _line(x, line + 1, _height(bar.failed, scale))
            for x, bar in zip(middles, bars, strict=True)
            if bar.failed > 0
        ),
        "line": round(line, 1),
        "width": WIDTH,
        "height": HEIGHT,
        "inserted": sum(bar.inserted for bar in bars),
        "not_inserted": sum(bar.failed for bar in bars),
        "ticks": ticks([bar.label for bar in bars]),
    }
    return render_to_string("admin/leads/kit/chart.html", context)


def ticks(labels: Sequence[str]) -> list[str]:
    """Labels for under the chart: the first of each of up to six equal parts, and the last."""
    if len(labels) <= TICKS:
        return list(labels)
    return [labels[len(labels) * n // TICKS] for n in range(TICKS)] + [labels[-1]]


def table(title: str, bars: Sequence[Bar], link: Link) -> SafeString:
    """The same as a table, in which every number opens its rows."""
    rows = [
        {
            "bar": bar,
            "sent": link("", bar.start, bar.end) if bar.inserted or bar.failed else "",
            "inserted": link("13003", bar.start, bar.end) if bar.inserted else "",
            "failed": link("13002", bar.start, bar.end) if bar.failed else "",
        }
        for bar in bars
    ]
    return render_to_string("admin/leads/kit/chart_table.html", {"title": title, "rows": rows})


def spark(counts: Sequence[int]) -> str:
    """The path of a small bar chart, a unit wide for each count and 24 high; drawn as lines."""
    most = max(counts, default=0)
    return "".join(
        f"M{n}.5 24v{-max(here / most * 23, 1.5):.0f}" for n, here in enumerate(counts) if here > 0
    )


def _height(count: int, scale: float) -> float:
    return max(count * scale, LEAST)


def _line(x: float, y: float, high: float) -> str:
    return f"M{x:.1f} {y:.0f}v{high:.0f}"
