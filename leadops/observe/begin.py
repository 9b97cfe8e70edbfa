"""What of it is switched on."""

from __future__ import annotations

from importlib import import_module

from django.conf import settings

from leadops.env import stop

SWITCHES = {
    "SENTRY_DSN": ("SENTRY_DSN", "errors"),
    "TRACES_TO": ("OTEL_EXPORTER_OTLP_ENDPOINT", "traces"),
}
"""A setting, the variable that it comes from, and the module that it switches on."""


def begin_observing() -> None:
    """Listen to what is told. Ends the process where packages are missing for what is asked."""
    if settings.LOG_FORMAT == "json":
        import_module("leadops.observe.lead_lines").begin()
    for setting, (variable, module) in SWITCHES.items():
        if getattr(settings, setting):
            try:
                found = import_module(f"leadops.observe.{module}")
            except ImportError:
                stop(variable, "needs more packages: pip install -r requirements-observe.txt")
            found.begin()
