"""axe-core, the checker of accessibility: fetched once, verified, kept beside the packages.

It is a test tool under the MPL-2.0, and no part of LeadOps.
"""

from __future__ import annotations

import base64
import hashlib
import io
import os
import sys
import tarfile
import urllib.request
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

VERSION = "4.14.1"
# What the npm registry says of this version: a SHA-512 of the archive.
INTEGRITY = (
    "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ=="
)
REGISTRY = os.environ.get("NPM_CONFIG_REGISTRY", "https://registry.npmjs.org").rstrip("/")
ADDRESS = f"{REGISTRY}/axe-core/-/axe-core-{VERSION}.tgz"
KEPT = Path(sys.prefix) / f"axe-core-{VERSION}.tgz"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]
RUN = """async (rules) => {
  const found = await axe.run(document, {
    runOnly: { type: "tag", values: rules }, resultTypes: ["violations"],
  });
  return found.violations.flatMap((one) => one.nodes.map(
    (node) => one.id + ": " + node.target.join(" ") + " " + node.html.slice(0, 160)
      + " (" + node.failureSummary.split("\\n").slice(1).join(" ").trim().slice(0, 200) + ")"
  ));
}"""


def violations(page: Page) -> list[str]:
    """What breaks a rule of WCAG 2.0 to 2.2, level A or AA, on the page as it is shown."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(script())
    found: Any = page.evaluate(RUN, RULES)
    return list(found)


@cache
def script() -> str:
    """The checker's source. Raises ValueError when what was fetched is not what was pinned."""
    archive = KEPT.read_bytes() if KEPT.exists() else _fetched()
    with tarfile.open(fileobj=io.BytesIO(_verified(archive))) as files:
        source = files.extractfile("package/axe.min.js")
        assert source is not None
        return source.read().decode()


def _fetched() -> bytes:
    with urllib.request.urlopen(ADDRESS, timeout=60) as answer:
        archive = _verified(answer.read())
    part = KEPT.with_suffix(f".{os.getpid()}")
    part.write_bytes(archive)
    part.replace(KEPT)
    return archive


def _verified(archive: bytes) -> bytes:
    if base64.b64encode(hashlib.sha512(archive).digest()).decode() != INTEGRITY:
        KEPT.unlink(missing_ok=True)
        raise ValueError(f"{ADDRESS} is not axe-core {VERSION} as it was pinned")
    return archive
