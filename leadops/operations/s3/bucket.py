"""What backups ask of a bucket, by Amazon's own client; whatever fails there is one plain line.

Credentials and region the client finds by itself: AWS_ACCESS_KEY_ID, a profile, a role of the
machine. S3_ENDPOINT_URL names another server than Amazon's. What a server says of an error is not
repeated, for it may hold anything; its code is.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import boto3
from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore import exceptions as botocore
from botocore.config import Config
from botocore.parsers import ResponseParserError
from django.conf import settings
from s3transfer.exceptions import RetriesExceededError, S3DownloadFailedError

from leadops.operations.dumps import NotDone
from leadops.operations.s3.address import Address

PART = 16 * 1024**2
PARTS = TransferConfig(multipart_threshold=PART, multipart_chunksize=PART, max_concurrency=2)
"""In memory are two parts at most, however large a dump is. The client takes larger ones where
10,000 of these would not do."""
TIMEOUTS = {"connect_timeout": 10, "read_timeout": 60}
"""Seconds without a word."""

CODES = {
    "NoSuchBucket": "there is no such bucket",
    "NoSuchKey": "it is not there any more",
    "AccessDenied": "these credentials may not do that",
    "403": "these credentials may not do that",
    "InvalidAccessKeyId": "the credentials are not known there",
    "SignatureDoesNotMatch": "the credentials are wrong",
    "ExpiredToken": "the credentials have expired",
    "RequestTimeTooSkewed": "the clock of this machine is wrong",
}
"""What a server refuses, in words."""
FAULTS: tuple[tuple[tuple[type[Exception], ...], str], ...] = (
    (
        (
            botocore.NoCredentialsError,
            botocore.PartialCredentialsError,
            botocore.CredentialRetrievalError,
        ),
        "there are no credentials: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a role",
    ),
    ((botocore.SSLError,), "its certificate is not trusted (AWS_CA_BUNDLE names another issuer)"),
    (
        (botocore.EndpointConnectionError, botocore.ConnectTimeoutError),
        "nobody answers there; see S3_ENDPOINT_URL",
    ),
    ((botocore.ReadTimeoutError,), "no answer came in time"),
    (
        (botocore.ConnectionError, botocore.HTTPClientError, botocore.IncompleteReadError),
        "the connection was cut",
    ),
    ((ResponseParserError,), "what answers there is no S3; see S3_ENDPOINT_URL"),
)
"""What fails before or without an answer, the special before the general."""


class Bucket:
    """The objects of one address, by their names. Every method raises NotDone."""

    def __init__(self, address: Address) -> None:
        """Speaks to nobody yet."""
        self.address = address
        # A bucket in the path is what every server but Amazon's understands.
        style = {"addressing_style": "path"} if settings.S3_ENDPOINT_URL else {}
        with self.plainly():
            self.client = boto3.session.Session().client(
                "s3",
                endpoint_url=settings.S3_ENDPOINT_URL or None,
                region_name=os.environ.get("AWS_REGION") or None,
                config=Config(s3=style, **TIMEOUTS),
            )

    def where(self, name: str) -> dict[str, str]:
        """An object, as the client is told of it."""
        return {"Bucket": self.address.bucket, "Key": self.address.key(name)}

    def sizes(self) -> dict[str, int]:
        """What lies there, not below it, and how many bytes each has."""
        prefix, found = self.address.key(""), {}
        asked = {"Bucket": self.address.bucket, "Prefix": prefix, "Delimiter": "/"}
        with self.plainly():
            for page in self.client.get_paginator("list_objects_v2").paginate(**asked):
                for row in page.get("Contents", []):
                    found[row["Key"].removeprefix(prefix)] = int(row["Size"])
        return found

    def put(self, name: str, content: bytes) -> None:
        """Store a small object."""
        with self.plainly():
            self.client.put_object(**self.where(name), Body=content)

    def put_file(self, name: str, path: Path) -> None:
        """Store a file, in parts: it is there whole or not at all."""
        with self.plainly():
            self.client.upload_file(str(path), *self.where(name).values(), Config=PARTS)

    def get(self, name: str) -> bytes | None:
        """A small object; None where there is none."""
        with self.plainly():
            try:
                body = self.client.get_object(**self.where(name))["Body"].read()
            except self.client.exceptions.NoSuchKey:
                return None
        return bytes(body)

    def get_file(self, name: str, path: Path) -> None:
        """Write an object to a file."""
        with path.open("wb") as file, self.plainly():
            self.client.download_fileobj(*self.where(name).values(), file, Config=PARTS)

    def digest_of(self, name: str) -> str:
        """SHA-256 of what lies there, read to its end and kept nowhere."""
        digest = Digest()
        with self.plainly():
            self.client.download_fileobj(*self.where(name).values(), digest, Config=PARTS)
        return digest.sha256.hexdigest()

    def delete(self, name: str) -> None:
        """Take an object away."""
        with self.plainly():
            self.client.delete_object(**self.where(name))

    def abandon_uploads(self, before: datetime) -> None:
        """Take away the parts of uploads that began before and never ended: nobody sees them."""
        asked = {"Bucket": self.address.bucket, "Prefix": self.address.key("leadops-")}
        with self.plainly():
            for upload in self.client.list_multipart_uploads(**asked).get("Uploads", []):
                if upload["Initiated"] < before:
                    self.client.abort_multipart_upload(
                        Bucket=self.address.bucket, Key=upload["Key"], UploadId=upload["UploadId"]
                    )

    @contextmanager
    def plainly(self) -> Iterator[None]:
        """Whatever fails within is told by one line. Raises NotDone."""
        try:
            yield
        except NO_ANSWER as error:
            raise NotDone(f"{self.address}: {in_words(error)}.") from None


NO_ANSWER = (
    *(botocore.BotoCoreError, botocore.ClientError, ResponseParserError),
    *(Boto3Error, RetriesExceededError, S3DownloadFailedError),
    *(ValueError, TypeError, LookupError, AttributeError),
)
"""What the client raises; the last four where an answer has a form that it never thought of."""


class Digest:
    """Something to write to, which keeps a digest alone."""

    def __init__(self) -> None:
        """Of nothing yet."""
        self.sha256 = hashlib.sha256()

    def write(self, content: bytes) -> int:
        """Take it in."""
        self.sha256.update(content)
        return len(content)


def in_words(error: BaseException) -> str:
    """What happened, without a word of the server's."""
    if isinstance(error, RetriesExceededError):
        return in_words(error.last_exception)
    if isinstance(error, Boto3Error) and error.__context__:
        return in_words(error.__context__)
    if isinstance(error, botocore.ClientError):
        return refusal(error)
    for kinds, words in FAULTS:
        if isinstance(error, kinds):
            return words
    return f"the client failed ({type(error).__name__})"


def refusal(error: Any) -> str:
    """What a server refused."""
    code = re.sub(r"\W", "", str(error.response.get("Error", {}).get("Code", "")))[:60] or "none"
    said = CODES.get(code, "the server refused")
    return f"{said} ({error.operation_name}: {code})"
