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


@pytest.fixture(scope="package")
def images() -> Images:
    """Base, LeadOps and its neighbours; what lies there from another run is built upon."""
    images = Images(Path(os.environ.get("IMAGE_FOLDER") or "/tmp/leadops-image"))
    images.make_base()
    images.install_compose()
    images.build(NEW, ROOT / "deploy" / "Containerfile", ROOT, *CERTIFICATES)
    images.build(PARTS, HERE / "parts" / "Containerfile", HERE / "parts")
    # There is no release with an image before this one: the same code under another image's id.
    (images.folder / "previous").write_text(f"FROM {NEW}\nLABEL release=previous\n")
    images.build(PREVIOUS, images.folder / "previous", images.folder / "packages")
    return images


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
    """All services of the previous image, started as compose.yaml has them depend on each other."""
    with whole(Composed(images, PREVIOUS, int(zoho.rpartition(":")[2]))) as composed:
        yield composed


@contextlib.contextmanager
def whole(composed: Composed) -> Iterator[Composed]:
    """Everything but backups runs, and is removed afterwards."""
    began = time.monotonic()
    try:
        for services in (("database",), ("init",), ("migrate",), ("web", "worker", "proxy")):
            composed.up(*services)
        print(f"{time.monotonic() - began:.0f} s from nothing to healthy services")
        yield composed
    finally:
        composed.remove()
