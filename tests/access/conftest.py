"""What the tests of access start from."""

from __future__ import annotations

from typing import Any

import pytest

from tests.access.people import everybody
from tests.access.world import make_world


@pytest.fixture
def world(db: None) -> dict[str, Any]:
    """The ids of one of everything, and everybody with a client of their own."""
    ids, site, other = make_world()
    return {"ids": ids, "people": everybody(site, other)}
