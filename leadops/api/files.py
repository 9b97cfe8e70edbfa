"""Bodies that are files: copied to the disk as they come, and known by their digest."""

from __future__ import annotations

import hashlib
import tempfile
from typing import Any, BinaryIO, cast

from django.conf import settings
from rest_framework.parsers import BaseParser

from leadops.api.problems import Problem

KINDS = (
    "text/csv",
    "application/x-ndjson",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/octet-stream",
)
"""How a file may be declared; what it is, its own bytes say."""
BLOCK = 64 * 1024


class FileBody:
    """A file that was sent."""

    def __init__(self, stream: Any) -> None:
        self.file = cast("BinaryIO", tempfile.TemporaryFile())  # noqa: SIM115 - whoever reads it closes it
        digest, size = hashlib.sha256(), 0
        while block := stream.read(BLOCK):
            size += len(block)
            if size > settings.IMPORT_BYTES:
                self.file.close()
                most = f"{settings.IMPORT_BYTES:,}"
                raise Problem(413, "too_large", f"A file has up to {most} bytes.")
            digest.update(block)
            self.file.write(block)
        self.digest = digest.hexdigest()

    def __repr__(self) -> str:
        """The same for the same bytes: by it a repeat is known."""
        return f"FileBody({self.digest})"


class FileParser(BaseParser):
    """The body as it is, of one of the KINDS."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:  # noqa: ARG002 - its caller's signature
        """The file. Raises Problem."""
        return FileBody(stream)


PARSERS = [type("FileParser", (FileParser,), {"media_type": kind}) for kind in KINDS]
