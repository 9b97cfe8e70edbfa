"""`worker drain`: what it asks, how long it waits, and what it says."""

from __future__ import annotations

import io
import socket
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from leads.models import Heartbeat
from tests.factories import make_heartbeat

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def here() -> Heartbeat:
    return make_heartbeat(host=socket.gethostname())


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """What happens while the command waits."""

    def have(act: Callable[[], object]) -> None:
        monkeypatch.setattr("leads.worker.draining.time.sleep", lambda _seconds: act())

    return have


def drain(*arguments: str) -> str:
    out = io.StringIO()
    call_command("worker", "drain", *arguments, stdout=out)
    return out.getvalue()


def says_drained() -> None:
    Heartbeat.objects.exclude(drain_asked_at=None).update(drained_at=timezone.now())


def test_this_machine_drains_and_no_other(
    here: Heartbeat, meanwhile: Callable[[Callable[[], object]], None]
) -> None:
    other = make_heartbeat(host="other")
    meanwhile(says_drained)

    said = drain()

    assert f"{here.host} is drained after 0 s" in said
    other.refresh_from_db()
    assert other.drain_asked_at is None


@pytest.mark.parametrize(
    "ended",
    [
        says_drained,
        lambda: Heartbeat.objects.filter(host="two").delete(),
        lambda: Heartbeat.objects.update(beat_at=timezone.now() - timedelta(minutes=2)),
    ],
    ids=["it says so", "it stopped", "it is not heard any more"],
)
def test_what_is_waited_for(
    meanwhile: Callable[[Callable[[], object]], None], ended: Callable[[], object]
) -> None:
    make_heartbeat(host="two")
    meanwhile(ended)

    assert "two is drained" in drain("two")


def test_one_that_takes_too_long_goes_on_draining() -> None:
    make_heartbeat(host="two")

    with pytest.raises(CommandError, match="still works after 0 s") as caught:
        drain("two", "--timeout", "0")

    assert caught.value.returncode == 1
    assert Heartbeat.objects.get(host="two").drain_asked_at is not None


def test_one_that_starts_meanwhile_is_not_waited_for(
    meanwhile: Callable[[Callable[[], object]], None],
) -> None:
    make_heartbeat(host="two", pid=1)

    def restarted() -> None:
        make_heartbeat(host="two", pid=2)
        Heartbeat.objects.filter(pid=1).delete()

    meanwhile(restarted)

    assert "two is drained" in drain("two")
    assert Heartbeat.objects.get(host="two").drain_asked_at is None


def test_undo_has_it_work_again(here: Heartbeat) -> None:
    Heartbeat.objects.drain(timezone.now())

    assert "works again" in drain(here.host, "--undo")

    assert Heartbeat.objects.get().drain_asked_at is None


@pytest.mark.parametrize("more", [[], ["--undo"]])
def test_a_host_without_a_worker_is_named_with_those_that_have_one(
    here: Heartbeat, more: list[str]
) -> None:
    make_heartbeat(host="gone", beat_at=timezone.now() - timedelta(minutes=2))

    with pytest.raises(CommandError, match=rf"No worker on gone .* Heard are: {here.host}\."):
        drain("gone", *more)


def test_where_no_worker_runs_at_all_that_is_said() -> None:
    Heartbeat.objects.all().delete()

    with pytest.raises(CommandError, match="Nor on any other machine"):
        drain()
