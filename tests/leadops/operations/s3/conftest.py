"""A server of S3 over HTTP, in this process."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.loaders import Loader
from moto.server import ThreadedMotoServer

from leadops.operations.s3.address import Address
from leadops.operations.s3.bucket import Bucket

SECRET = "canary-of-a-secret-key"


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="session")
def what_the_client_knows() -> Loader:
    """The descriptions of S3, which every new client reads anew."""
    return Loader(extra_search_paths=[])


@pytest.fixture
def s3(
    s3_server: str, what_the_client_knows: Loader, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> str:
    """Its address in our settings, and credentials where the client looks for them."""
    settings.S3_ENDPOINT_URL = s3_server
    monkeypatch.setattr("botocore.session.create_loader", lambda _path: what_the_client_knows)
    told = {
        "AWS_ACCESS_KEY_ID": "canary-of-a-key",
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_MAX_ATTEMPTS": "1",
    }
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    return s3_server


@pytest.fixture
def bucket(s3: str) -> Bucket:
    """An empty place in a bucket of its own."""
    bucket = Bucket(Address(f"backups-{secrets.token_hex(6)}", "main/leads"))
    bucket.client.create_bucket(Bucket=bucket.address.bucket)
    return bucket
