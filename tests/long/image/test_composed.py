"""Containers: a lead goes through, each of them is killed, and the image is exchanged."""

from __future__ import annotations

import requests

from tests.faults.client import Client
from tests.journeys.kit.system import eventually
from tests.long.image.composed import Composed, name_of
from tests.long.image.conftest import NEW

KILLED = ("proxy", "web", "worker", "database")


def emails(zoho: str) -> list[str]:
    """Whom the sandbox holds."""
    answer = requests.get(f"{zoho}/sandbox/records?module=Leads", timeout=60)
    return sorted(record["Email"] for record in answer.json()["records"])


def goes_on(client: Client) -> None:
    """Wait until posts are taken again."""
    before = client.acknowledged
    eventually(lambda: client.acknowledged > before + 8, 120)


def test_leads_outlive_every_container_and_an_upgrade(composed: Composed, zoho: str) -> None:
    key = composed.leadops("createsite", "Shop", "--recipient", "sales@example.com").strip()
    client = Client(composed.url, key, "box", count=200, rate=4)
    client.start()
    eventually(lambda: emails(zoho), 60)

    for service in KILLED:
        composed.kill(service)
        goes_on(client)

    composed.variables["LEADOPS_IMAGE"] = NEW
    composed.podman("rm", "--force", name_of("migrate"))
    composed.up("migrate")
    for service in ("web", "worker"):
        composed.podman("rm", "--force", "--time", "60", name_of(service))
        composed.up(service)

    client.join()
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


def test_a_restore_as_it_is_printed_brings_back_nobody_who_was_erased(
    composed: Composed, zoho: str
) -> None:
    key = composed.leadops("createsite", "Shop", "--recipient", "sales@example.com").strip()
    posted = Client(composed.url, key, "box", count=3, rate=4)
    posted.start()
    posted.join()
    eventually(lambda: len(emails(zoho)) == 3, 120)
    composed.compose("up", "--detach", "--no-deps", "backup")
    eventually(lambda: "the figures agree" in composed.log("backup"), 300, every=2)
    composed.leadops("eraseperson", "--email", posted.posts[0].email, "--yes")
    hourly = ("leadops", "backup", "--to", "/backups", "--erased-only")
    composed.podman("exec", name_of("backup"), *hourly)

    composed.type("Restore")

    eventually(lambda: composed.is_healthy("web"), 180, every=1)
    psql = ("exec", name_of("database"), "psql", "--username=leadops", "-tAc")
    named = "SELECT count(*) FROM leads_lead WHERE email <> ''"
    assert composed.podman(*psql, named).strip() == "2"
    paused = "SELECT count(*) FROM leads_destination WHERE paused_at IS NOT NULL"
    assert composed.podman(*psql, paused).strip() == "1"
    assert len(emails(zoho)) == 3
