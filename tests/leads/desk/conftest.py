"""People at the desk, each with a browser of their own."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from leads.models import Site
from tests.factories import make_site, make_user

VIEW = (
    "leads.view_lead",
    "leads.view_failedlead",
    "leads.view_apilog",
    "leads.view_apicall",
    "leads.view_figure",
    "leads.view_personal_data",
)
WORK = ("leads.retry_lead", "leads.correct_lead", "leads.enter_lead", "leads.discard_lead")


def client_of(user: User) -> Client:
    """A browser in which the user has logged in."""
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture(autouse=True)
def site(db: None) -> Site:
    """Every lead needs a site."""
    return make_site(name="Arctic Spas")


@pytest.fixture
def boss() -> Client:
    """A superuser."""
    return client_of(make_user("boss", is_superuser=True))


@pytest.fixture
def support() -> Client:
    """Somebody who works the table."""
    return client_of(make_user("support", (*VIEW, *WORK)))


@pytest.fixture
def viewer() -> Client:
    """Somebody who may look and not touch."""
    return client_of(make_user("viewer", VIEW))


@pytest.fixture
def manager() -> Client:
    """A manager: figures, and leads without the people in them."""
    return client_of(make_user("manager", role="Manager"))


@pytest.fixture
def administrator() -> Client:
    """Somebody who sets things up, and is no superuser."""
    return client_of(make_user("administrator", role="Administrator"))


@pytest.fixture
def newcomer() -> Client:
    """Staff without any permission."""
    return client_of(make_user("newcomer"))
