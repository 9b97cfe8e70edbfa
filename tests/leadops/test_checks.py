"""Settings that contradict each other are refused."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from leadops.checks.timings import (
    NESTED,
    a_send_fits_into_a_drain,
    deadlines_nest,
    field_keys_are_their_own,
)


def test_the_settings_as_shipped_are_good() -> None:
    assert deadlines_nest(None) == a_send_fits_into_a_drain(None) == []


@pytest.mark.parametrize(("inner", "outer"), list(pairwise(NESTED)))
def test_a_deadline_that_outlasts_the_next_is_named(settings: Any, inner: str, outer: str) -> None:
    setattr(settings, inner, getattr(settings, outer))

    found = deadlines_nest(None)

    assert [error.id for error in found][:1] == ["leadops.E001"]
    assert any(inner in error.msg and outer in error.msg for error in found)


@pytest.mark.parametrize(("drain", "errors"), [(39, 0), (38, 1)])
def test_a_drain_without_time_for_a_send_is_refused(settings: Any, drain: int, errors: int) -> None:
    settings.DRAIN_TIMEOUT = drain

    assert len(a_send_fits_into_a_drain(None)) == errors


def test_the_start_is_refused_with_deadlines_that_do_not_nest(settings: Any) -> None:
    settings.LEASE_SECONDS = 10

    with pytest.raises(SystemCheckError, match="LEASE_SECONDS"):
        call_command("check")


@pytest.mark.parametrize(("derived", "ids"), [(True, ["leadops.E002"]), (False, [])])
def test_keys_made_from_the_secret_key_are_refused_in_production(
    settings: Any, derived: bool, ids: list[str]
) -> None:
    settings.FIELD_KEYS_DERIVED = derived

    assert [error.id for error in field_keys_are_their_own(None)] == ids
