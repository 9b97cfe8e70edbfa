"""A lead that is full of canaries, posted and sent."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from leads.clock import Deadline
from leads.delivery.drain import Drain
from leads.models import Lead, Site
from tests.factories import make_destination, make_key, make_site
from tests.fakes import Answer, FakeClock, FakeGateway

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answered

CANARY = "kanarienvogel"
FIELDS = {
    "contact_name": f"Ada {CANARY}",
    "email": f"{CANARY}@example.com",
    "phone": "+44 20 7946 0018",
    "message": f"{CANARY} calls",
    f"{CANARY}-label": "x",
}


@dataclass
class World:
    """A site, and what is done with it."""

    site: Site
    key: str
    client: Client
    commits: DjangoCaptureOnCommitCallbacks

    def post(self, **headers: str) -> Answered:
        """The canaries arrive."""
        with self.commits(execute=True):
            return self.client.post(
                "/api/v1/leads/",
                json.dumps(FIELDS),
                content_type="application/json",
                headers={"Authorization": f"Bearer {self.key}", **headers},
            )

    def send(self, *answers: Answer) -> Lead:
        """A worker's turn; the lead."""
        Drain(self.site.destination_id, FakeGateway(*answers), lambda: 0.5).run(
            Deadline(55, FakeClock())
        )
        return Lead.objects.get()


@pytest.fixture
def world(
    db: None,
    client: Client,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> World:
    site = make_site(destination=make_destination(calls_per_second=100))
    return World(site, make_key(site), client, django_capture_on_commit_callbacks)
