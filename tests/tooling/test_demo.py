"""`manage.py demo`: what make run shows a newcomer, and keeps from one run to the next."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from pytest_django import Settings

from leads.models import Site, SiteKey

pytestmark = pytest.mark.django_db


@pytest.fixture
def memory(tmp_path: Path) -> Path:
    return tmp_path / "demo.json"


def demo(memory: Path) -> dict[str, str]:
    out = StringIO()
    call_command("demo", memory=memory, stdout=out)
    told: dict[str, str] = json.loads(out.getvalue())
    return told


def test_the_secrets_work(memory: Path) -> None:
    made = demo(memory)

    admin = get_user_model().objects.get(username="admin")
    assert admin.check_password(made["admin_password"])
    assert admin.is_superuser
    live = SiteKey.objects.live().filter(site__name="Demo")
    assert live.get(kind="secret").digest == SiteKey.digest_of(made["site_key"])
    assert live.get(kind="form").token == made["form_token"]


def test_a_second_call_changes_nothing(memory: Path) -> None:
    assert demo(memory) == demo(memory)
    assert SiteKey.objects.count() == 2


def test_the_memory_is_its_owners_alone(memory: Path) -> None:
    demo(memory)

    assert memory.stat().st_mode & 0o777 == 0o600


def test_a_revoked_key_is_issued_again(memory: Path) -> None:
    before = demo(memory)
    SiteKey.objects.get(kind="secret").revoke()

    after = demo(memory)

    assert after["site_key"] != before["site_key"]
    assert after["form_token"] == before["form_token"]


def test_a_deleted_database_gets_new_keys_and_the_old_password(memory: Path) -> None:
    before = demo(memory)
    Site.objects.all().delete()
    get_user_model().objects.all().delete()

    after = demo(memory)

    assert after["admin_password"] == before["admin_password"]
    assert after["site_key"] != before["site_key"]


def test_a_password_that_was_changed_is_left_alone(memory: Path) -> None:
    demo(memory)
    admin = get_user_model().objects.get()
    admin.set_password("changed by a person")
    admin.save()

    assert demo(memory)["admin_password"] is None
    admin.refresh_from_db()
    assert admin.check_password("changed by a person")


def test_the_form_may_be_used_on_this_installations_own_page(
    memory: Path, settings: Settings
) -> None:
    demo(memory)
    settings.PUBLIC_URL = "http://127.0.0.1:8001"

    demo(memory)

    assert "http://127.0.0.1:8001" in Site.objects.get(name="Demo").origin_list
