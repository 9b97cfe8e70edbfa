"""A bar chart as SVG from the server: no script, no canvas, themed by the style sheet."""

from __future__ import annotations

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from leads.desk.series import Bar

WIDTH, HEIGHT, GAP = 720.0, 168.0, 0.28
LEAST = 3.0
"""Height of a bar of one: a single failure among a thousand must be seen."""


def draw(name: str, title: str, bars: list[Bar]) -> SafeString:
    """Inserted above the line, not inserted below it, on one scale; a table for everybody else."""
    most_inserted = max((bar.inserted for bar in bars), default=0)
    most_failed = max((bar.failed for bar in bars), default=0)
    scale = (HEIGHT - 2 * LEAST) / max(most_inserted + most_failed, 1)
    below = max(most_failed * scale, LEAST)
    line = HEIGHT - below - 1
    step = WIDTH / max(len(bars), 1)
    shapes = [
        {
            "bar": bar,
            "x": round(step * n, 2),
            "width": round(step, 2),
            "bar_x": round(step * (n + GAP / 2), 2),
            "bar_width": round(step * (1 - GAP), 2),
            "up": _height(bar.inserted, scale),
            "top": round(line - _height(bar.inserted, scale) - 1, 2),
            "down": _height(bar.failed, scale),
        }
        for n, bar in enumerate(bars)
    ]
    context = {
        "name": name,
        "title": title,
        "shapes": shapes,
        "line": round(line, 2),
        "under": round(line + 1, 2),
        "width": WIDTH,
        "height": HEIGHT,
        "inserted": sum(bar.inserted for bar in bars),
        "failed": sum(bar.failed for bar in bars),
        "most": most_inserted,
        "ticks": [bars[0].label, bars[len(bars) // 2].label, bars[-1].label] if bars else [],
        "bars": bars,
    }
    return render_to_string("admin/leads/chart.html", context)


def _height(count: int, scale: float) -> float:
    return round(max(count * scale, LEAST), 2) if count > 0 else 0
