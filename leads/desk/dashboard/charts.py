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
MARGIN = 14.0
"""Room for the numbers of the outermost lines."""
SPIKE = 3
MARKS = 3
ROOM = 14.0
"""Between a line across and nought, so that their numbers do not touch."""
MOST_CUT = 3
"""Bars beyond the scale that are named."""

Link = Callable[[str, datetime, datetime], str]
"""The address of the rows with a response code in a span of time; empty where none may be seen."""


def draw(title: str, bars: Sequence[Bar]) -> SafeString:
    """What arrived above the line, what did not below it, on one scale with its axis.

    All bars of a kind are one path of thick lines: a week of hours is 168 bars, and the page
    should stay light. The numbers stand in attributes, from which chart.js says those of the bar
    that is pointed at.
    """
    top = top_of([bar.inserted for bar in bars] + [bar.failed for bar in bars])
    above = min(top, max((bar.inserted for bar in bars), default=0))
    below = min(top, max((bar.failed for bar in bars), default=0))
    scale = (HEIGHT - 2 * LEAST - MARGIN) / max(above + below, 1)
    line = HEIGHT - max(below * scale, LEAST) - 1 - MARGIN / 2
    step = WIDTH / max(len(bars), 1)
    middles = [step * (n + 0.5) for n in range(len(bars))]
    cut = [bar for bar in bars if max(bar.inserted, bar.failed) > top]
    context = {
        "title": title,
        "labels": "|".join(bar.label for bar in bars),
        "ups": ",".join(str(bar.inserted) for bar in bars),
        "downs": ",".join(str(bar.failed) for bar in bars),
        "last": len(bars) - 1,
        "now": bars[-1].words if bars else "",
        "step": round(step, 1),
        "wide": round(step * (1 - GAP), 1),
        "up": "".join(
            _line(x, line - 1, -_height(min(bar.inserted, top), scale))
            for x, bar in zip(middles, bars, strict=True)
            if bar.inserted > 0
        ),
        "down": "".join(
            _line(x, line + 1, _height(min(bar.failed, top), scale))
            for x, bar in zip(middles, bars, strict=True)
            if bar.failed > 0
        ),
        "line": round(line, 1),
        "axis": _axis(above, below, line, scale),
        "width": WIDTH,
        "height": HEIGHT,
        "inserted": sum(bar.inserted for bar in bars),
        "not_inserted": sum(bar.failed for bar in bars),
        "ticks": ticks([bar.label for bar in bars]),
        "top": top,
        "cut": [bar.words for bar in cut[:MOST_CUT]],
        "more_cut": max(len(cut) - MOST_CUT, 0),
    }
    return render_to_string("admin/leads/kit/chart.html", context)


def top_of(counts: Sequence[int]) -> int:
    """Where the scale ends: at the largest, but for spikes that would flatten all others.

    A bar of more than three times the largest tenth is cut off, and said in words.
    """
    known = sorted(n for n in counts if n > 0)
    if not known:
        return 1
    usual = known[(len(known) - 1) * 9 // 10]
    return known[-1] if known[-1] <= SPIKE * usual else round_up(usual)


def round_up(count: int) -> int:
    """To 1, 2 or 5 with noughts: numbers that people read an axis by."""
    unit = int("1" + "0" * (len(str(count)) - 1))
    return next(n * unit for n in (1, 2, 5, 10) if n * unit >= count)


def _axis(above: int, below: int, line: float, scale: float) -> list[tuple[int, float]]:
    """(number, height) of the lines across: nought, the ends, and between where there is room."""
    marks = {0: line}
    for most, way in ((above, -1), (below, 1)):
        step = round_up(max(most // MARKS, 1))
        for n in range(step, most + 1, step):
            if n * scale >= ROOM:
                marks[way * -n] = line + way * n * scale
    return [(abs(n), round(y, 1)) for n, y in marks.items()]


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
