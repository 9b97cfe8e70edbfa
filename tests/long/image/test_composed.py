"""Containers: a lead goes through, each of them is killed, and the image is exchanged."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import requests

from tests.faults.client import Client
from tests.journeys.kit.system import eventually
from tests.long.image.composed import Composed, blocks, name_of
from tests.long.image.conftest import PRINTED

KILLED = ("proxy", "web", "worker", "database")


def emails(zoho: str) -> list[str]:
    """Whom the sandbox holds."""
    answer = requests.get(f"{zoho}/sandbox/records?module=Leads", timeout=60)
    return sorted(record["Email"] for record in answer.json()["records"])


def goes_on(client: Client) -> None:
    """Wait until posts are taken again."""
    before = client.acknowledged
    eventually(lambda: client.acknowledged > before + 8, 120)


def migrations(composed: Composed) -> int:
    """How many the database has seen."""
    return int(composed.asked("SELECT count(*) FROM django_migrations"))


def test_leads_outlive_every_container_and_an_upgrade(
    previous: Composed, zoho: str, tmp_path: Path
) -> None:
    composed = previous
    key = composed.leadops("createsite", "Shop", "--recipient", "sales@example.com").strip()
    client = Client(composed.url, key, "box", count=200, rate=4)
    client.start()
    eventually(lambda: emails(zoho), 60)

    for service in KILLED:
        composed.kill(service)
        goes_on(client)

    before = migrations(composed)
    [upgrade] = blocks("Upgrade")
    composed.type(upgrade, tmp_path)
    print(f"{before} migrations before the upgrade, {migrations(composed)} after it")
    assert migrations(composed) > before + 15
    for service in ("web", "worker"):
        assert composed.image_of(service) == f"{PRINTED}\n"
    goes_on(client)

    client.join()
    print(Counter(told for post in client.posts for told in post.told))
    assert {post.state for post in client.posts} == {"acknowledged"}
    eventually(lambda: len(emails(zoho)) >= 200, 240, every=2)
    assert emails(zoho) == sorted(post.email for post in client.posts)


def test_nothing_of_the_image_can_be_changed_from_within(composed: Composed) -> None:
    inside = "id -u; touch /opt/leadops/x; touch /etc/x; touch /tmp/x && echo tmp; ls /opt/leadops"
    said = composed.podman("exec", name_of("web"), "sh", "-c", f"({inside}) 2>&1")

    assert said.splitlines()[:1] == ["10001"]
    assert said.count("Read-only file system") == 2
    assert "tmp" in said.splitlines()


def test_the_backup_container_verifies_what_it_wrote(composed: Composed) -> None:
    composed.up("backup")

    eventually(lambda: "the figures agree" in composed.log("backup"), 180, every=2)


def backed_up(composed: Composed, zoho: str) -> Client:
    """Three leads that are in Zoho and in a backup."""
    key = composed.leadops("createsite", "Shop", "--recipient", "sales@example.com").strip()
    client = Client(composed.url, key, "box", count=3, rate=4)
    client.start()
    client.join()
    eventually(lambda: len(emails(zoho)) == 3, 120)
    composed.compose("up", "--detach", "--no-deps", "backup")
    eventually(lambda: "the figures agree" in composed.log("backup"), 300, every=2)
    return client


def has_named_and_paused(composed: Composed, named: int) -> None:
    """That many leads have an e-mail address, and the destination is paused."""
    assert composed.asked("SELECT count(*) FROM leads_lead WHERE email <> ''") == str(named)
    paused = "SELECT count(*) FROM leads_destination WHERE paused_at IS NOT NULL"
    assert composed.asked(paused) == "1"


def test_a_restore_as_it_is_printed_brings_back_nobody_who_was_erased(
    composed: Composed, zoho: str, tmp_path: Path
) -> None:
    posted = backed_up(composed, zoho)
    composed.leadops("eraseperson", "--email", posted.posts[0].email, "--yes")
    hourly = ("leadops", "backup", "--to", "/backups", "--erased-only")
    composed.podman("exec", name_of("backup"), *hourly)

    composed.type(blocks("Restore")[0], tmp_path)

    eventually(lambda: composed.is_healthy("web"), 180, every=1)
    has_named_and_paused(composed, 2)
    assert (tmp_path / "again.txt").read_text() == ""
    assert len(emails(zoho)) == 3


def test_a_new_machine_goes_on_with_the_copies(
    composed: Composed, zoho: str, tmp_path: Path
) -> None:
    posted = backed_up(composed, zoho)
    settings = composed.podman("exec", name_of("web"), "cat", "/data/.env")
    (tmp_path / "settings.env").write_text(settings)
    composed.podman("cp", f"{name_of('backup')}:/backups/.", str(tmp_path / "copies"))
    composed.remove()
    composed.up("database")
    restore, bring = blocks("Restore")

    composed.type(bring.replace("/mnt/copies", str(tmp_path / "copies")), tmp_path)
    composed.type("".join(restore.splitlines(keepends=True)[1:4]), tmp_path)
    composed.up_on_database()

    assert composed.podman("exec", name_of("web"), "cat", "/data/.env") == settings
    has_named_and_paused(composed, 3)
    again = Client(composed.url, posted.site_key, "later", count=1, rate=1)
    again.start()
    again.join()
    assert again.acknowledged == 1
    assert len(emails(zoho)) == 3
