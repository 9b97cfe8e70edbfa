"""`s3://BUCKET/PREFIX`: where in which bucket. Needs no package, so that a folder needs none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from leadops.operations.dumps import NotDone

if TYPE_CHECKING:
    from leadops.operations.s3.bucket import Bucket

FORM = re.compile(r"s3://(?P<bucket>[A-Za-z0-9][A-Za-z0-9._-]{2,62})(?:/(?P<prefix>[!-~ ]*))?")
IS_ADDRESS = re.compile(r"\w+:/")
"""What nobody means as the name of a folder, were it mistyped or of another cloud."""


@dataclass(frozen=True)
class Address:
    """A place in a bucket, as a folder is one on a disk."""

    bucket: str
    prefix: str
    """Without a slash at either end; empty for the whole bucket."""

    @classmethod
    def parse(cls, text: str) -> Address | None:
        """The address that somebody typed; None for a path. Raises NotDone for what is neither."""
        if not IS_ADDRESS.match(text):
            return None
        found = FORM.fullmatch(text)
        if not found:
            raise NotDone("Where to? A folder, or s3://BUCKET/PREFIX")
        return cls(found["bucket"], (found["prefix"] or "").strip("/"))

    def key(self, name: str) -> str:
        """What an object is called that lies there; for an empty name, what all begin with."""
        return f"{self.prefix}/{name}" if self.prefix else name

    def __str__(self) -> str:
        """As it is typed."""
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")

    def open(self) -> Bucket:
        """A client of it. Raises NotDone without the packages for one."""
        try:
            module = import_module("leadops.operations.s3.bucket")
        except ImportError:
            raise NotDone("s3:// needs more packages: pip install -r requirements-s3.txt") from None
        bucket: Bucket = module.Bucket(self)
        return bucket
