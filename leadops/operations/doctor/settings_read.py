"""The settings: whether they are safe, and whether what stands in the file is read at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

from django.core.checks import ERROR, WARNING, run_checks

from leadops.env import ENV_FILES, env
from leadops.operations.doctor.finding import Finding, doubtful, fine, wrong

OTHERS_READ = {
    *("HOST", "PORT", "SANDBOX_PORT", "DJANGO_SETTINGS_MODULE"),
    *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION"),
    *("AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_CA_BUNDLE", "AWS_MAX_ATTEMPTS"),
    *("AWS_REQUEST_CHECKSUM_CALCULATION", "AWS_RESPONSE_CHECKSUM_VALIDATION"),
    *("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE", "AWS_EC2_METADATA_DISABLED"),
    *("AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE", "HTTPS_PROXY", "NO_PROXY"),
}
"""Variables that no setting reads, but `make run`, Django and the client of S3 do."""


def settings() -> Iterator[Finding]:
    """What `check --deploy` says."""
    messages = [one for one in run_checks(include_deployment_checks=True) if one.level >= WARNING]
    for one in messages:
        level = wrong if one.level >= ERROR else doubtful
        yield level("Settings", f"{one.msg} ({one.id})", one.hint or "See docs/deploy.md.")
    if not messages:
        yield fine("Settings", "Safe for production.")


def env_files() -> Iterator[Finding]:
    """Names in the files of settings that nobody reads, and files that others may read."""
    for path in filter(Path.is_file, ENV_FILES):
        unknown = [name for name in names_in(path) if name not in env.asked | OTHERS_READ]
        for name in unknown:
            near = get_close_matches(name, sorted(env.asked), 1, 0.7)
            todo = f"Did you mean {near[0]}?" if near else "Take the line out."
            yield wrong("Settings file", f"{path}: {name} is no setting of LeadOps.", todo)
        if change := less_open(path):
            yield wrong("Settings file", f"{path} is open to others.", f"chmod {change} {path}")
        elif not unknown:
            yield fine("Settings file", f"{path}: every name in it is known.")


def less_open(path: Path) -> str:
    """What to tell chmod; nothing where it is well. The file may be root's and be read by the group
    that our processes have, as docs/deploy.md has it: they shall not change it.
    """
    found = path.stat()
    is_our_group = os.geteuid() == 0 or found.st_gid == os.getegid()
    group = ("g-wx", 0o030) if is_our_group else ("g=", 0o070)
    return ",".join(change for change, open_ in (group, ("o=", 0o007)) if found.st_mode & open_)


def names_in(path: Path) -> list[str]:
    """The variables that a file sets."""
    lines = (line.strip().removeprefix("export ") for line in path.read_text().splitlines())
    pairs = (line.partition("=") for line in lines if not line.startswith("#"))
    return [name.strip() for name, sign, _value in pairs if sign]
