"""`make image EXTRAS="s3 observe"`: what the extras promise is in that image, and works there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.journeys.kit.system import eventually
from tests.journeys.test_deploy_guide import S3
from tests.long.image.composed import BASE, Composed, Images, name_of
from tests.long.image.conftest import whole

FULL = "localhost/leadops:full"
PACKAGES = (
    *("boto3", "sentry_sdk", "opentelemetry.sdk.trace"),
    "opentelemetry.exporter.otlp.proto.http.trace_exporter",
)


@pytest.fixture(scope="module")
def full(images: Images) -> str:
    """The image, by the Makefile's target, with what this machine must be told besides."""
    images.run(
        *("make", "--silent", "image", f"BASE={BASE}", f"IMAGE={FULL}", "EXTRAS=s3 observe"),
        **images.reach(),
    )
    return FULL


@pytest.fixture
def s3() -> Iterator[S3]:
    s3 = S3()
    yield s3
    s3.server.stop()


@pytest.fixture
def composed(images: Images, full: str, zoho: str, s3: S3) -> Iterator[Composed]:
    """The services with that image, and what deploy/containers.md says of backups in S3."""
    composed = Composed(images, full, int(zoho.rpartition(":")[2]))
    composed.variables["LEADOPS_BACKUP_TO"] = "s3://leadops-backups/production"
    with whole(composed) as composed:
        yield composed


def test_the_packages_of_the_extras_are_there(composed: Composed) -> None:
    lines = "; ".join(f"import {name}" for name in PACKAGES)

    composed.podman("exec", name_of("web"), "python", "-c", lines)


def test_the_backup_container_writes_to_s3(composed: Composed, s3: S3) -> None:
    settings = (
        f"AWS_ACCESS_KEY_ID={S3.KEY}\nAWS_SECRET_ACCESS_KEY={S3.SECRET}\n"
        f"AWS_REGION=us-east-1\nS3_ENDPOINT_URL={s3.url}\n"
    )
    write = f"cat >> /data/.env <<'END'\n{settings}END"
    composed.podman("exec", name_of("web"), "sh", "-c", write)

    composed.up("backup")

    eventually(lambda: "Read back" in composed.log("backup"), 180, every=2)
    assert {name.rpartition(".")[2] for name in s3.names()} == {"dump", "json", "txt"}
    assert all(name.startswith("production/") for name in s3.names())
    assert S3.SECRET not in composed.log("backup")
    # What lay here until it was sent is gone.
    assert composed.podman("exec", name_of("backup"), "ls", "/backups") == ""
