"""Images for all tests of containers, and the services around them."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.kit.system import ROOT
from tests.long.image.composed import CERTIFICATES, HERE, PARTS, Composed, Images
from tests.postgres import end_with_parent, free_port

NEW, PREVIOUS = "localhost/leadops:new", "localhost/leadops:previous"
PRINTED = "registry.example.com/leadops:1.0.1"
FIRST_IMAGE = "90f4074b"
"""The first commit that could be made into an image: its code, its lock, its Containerfile."""


@pytest.fixture(scope="package")
def images() -> Iterator[Images]:
    """Base, LeadOps and its neighbours; what lies there from another run is built upon."""
    images = Images(Path(os.environ.get("IMAGE_FOLDER") or "/tmp/leadops-image"))
    images.make_base()
    images.install_compose()
    images.build(NEW, ROOT / "deploy" / "Containerfile", ROOT, *CERTIFICATES)
    images.build(PARTS, HERE / "parts" / "Containerfile", HERE / "parts")
    code = images.code_of(FIRST_IMAGE)
    # As the guide prints it.
    images.run("podman", "tag", NEW, PRINTED)
    images.build(PREVIOUS, code / "deploy" / "Containerfile", code, *CERTIFICATES)
    yield images
    images.alone.kill()
    images.alone.wait()


@pytest.fixture
def zoho(tmp_path: Path) -> Iterator[str]:
    """The sandbox, on this machine."""
    port = free_port()
    command = [sys.executable, "-m", "zoho.sandbox", "--port", str(port)]
    store = ["--store", str(tmp_path / "zoho.sqlite3")]
    process = subprocess.Popen([*command, *store], cwd=ROOT, preexec_fn=end_with_parent)
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(20)


@pytest.fixture
def composed(images: Images, zoho: str) -> Iterator[Composed]:
    """All services, started as compose.yaml has them depend on each other."""
    with whole(Composed(images, NEW, int(zoho.rpartition(":")[2]))) as composed:
        yield composed


@pytest.fixture
def previous(images: Images, zoho: str) -> Iterator[Composed]:
    """The same, of the image before this one."""
    with whole(Composed(images, PREVIOUS, int(zoho.rpartition(":")[2]))) as composed:
        yield composed


@contextlib.contextmanager
def whole(composed: Composed) -> Iterator[Composed]:
    """Everything but backups runs, and is removed afterwards."""
    began = time.monotonic()
    try:
        composed.up("database")
        composed.up_on_database()
        print(f"{time.monotonic() - began:.0f} s from nothing to healthy services")
        yield composed
    finally:
        composed.remove()
