"""What the tests of access start from."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from pytest_django import DjangoDbBlocker

from tests.access.people import everybody
from tests.access.world import make_world

Making = Callable[[], AbstractContextManager[None]]


@pytest.fixture(scope="module")
def made_once(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Any]:
    """The ids of one of everything, and everybody: a third of these tests' time if made for each.

    It is there until the last test of a module is over; what a test does is undone before.
    """
    with until_the_end(django_db_blocker) as making:
        with making():
            ids, site, other = make_world()
            people = everybody(site, other)
        yield ids, people


@contextmanager
def until_the_end(blocker: DjangoDbBlocker) -> Iterator[Making]:
    """A transaction around many tests, taken back at last; rows are made within what it gives."""
    everything = transaction.atomic()
    with blocker.unblock():
        everything.__enter__()
    yield blocker.unblock
    with blocker.unblock():
        transaction.set_rollback(True)
        everything.__exit__(None, None, None)


@pytest.fixture
def world(made_once: Any, db: None) -> dict[str, Any]:
    """The ids of one of everything, and everybody with a client of their own."""
    ids, people = made_once
    return {"ids": dict(ids), "people": {who: another(client) for who, client in people.items()}}


def another(client: Client) -> Client:
    """A client that is logged in like this one, whose cookies are its own."""
    found = copy.copy(client)
    found.cookies = copy.deepcopy(client.cookies)
    return found
