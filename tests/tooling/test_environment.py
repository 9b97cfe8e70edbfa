"""The environment: every variable is documented, and a bad one stops the start with one line."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.environment import EXAMPLE, documented

ROOT = Path(__file__).parents[2]
# env.str("NAME", …), read.boolean("NAME", …) and read.read(\n "NAME", …)
READS = re.compile(r'\b(?:env|read)\.\w+\(\s*"([A-Z0-9_]+)"')


def manage(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_example_names_every_variable_that_is_read_and_no_other() -> None:
    source = "".join((ROOT / "leadops" / name).read_text() for name in ("settings.py", "env.py"))

    assert sorted(documented()) == sorted(set(READS.findall(source)))


def test_every_variable_of_the_example_has_a_comment_above_it() -> None:
    lines = EXAMPLE.read_text().splitlines()

    for name in documented():
        at = next(i for i, line in enumerate(lines) if line.lstrip("#").startswith(f"{name}="))
        assert lines[at - 1].startswith("# ")


def test_the_defaults_shown_by_the_example_are_those_of_the_settings(
    environment: dict[str, str], tmp_path: Path
) -> None:
    """Without the variables that are commented out nothing changes."""
    shown = re.findall(r"^#([A-Z0-9_]+)=", EXAMPLE.read_text(), re.MULTILINE)
    # Examples, not defaults: the one follows PUBLIC_URL, the others have none.
    defaults = set(shown) - {"ALLOWED_HOSTS", "METRICS_TOKEN", "SECURITY_CONTACT"}
    for name in ("ZOHO_ACCOUNTS_URL", "ZOHO_OTHER_ADDRESSES"):
        environment[name] = documented()[name]
    # A copy of the package alone, without the environment files that may lie beside this one.
    shutil.copytree(ROOT / "leadops", tmp_path / "leadops")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    show = "import leadops.settings as s; print({n: v for n, v in vars(s).items() if n.isupper()})"

    def settings(without: set[str]) -> str:
        return subprocess.run(
            [sys.executable, "-c", show],
            cwd=tmp_path,
            env={name: value for name, value in environment.items() if name not in without},
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    assert settings(without=defaults) == settings(without=set())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", ""),
        ("DATABASE_URL", "mysql://somewhere/leads"),
        ("DATABASE_URL", "not a database"),
        ("DATABASE_URL", "postgres://host:port/leads"),
        ("PUBLIC_URL", "leads.example.com"),
        ("PUBLIC_URL", "ftp://leads.example.com"),
        ("PUBLIC_URL", "http://[broken"),
        ("PUBLIC_URL", "http://leads.example.com:port"),
        ("PUBLIC_URL", ""),
        ("FIELD_KEYS", "too-short"),
        ("FIELD_KEYS", "ä"),
        ("TIME_ZONE", "Mars/Olympus"),
        ("EMAIL_URL", "pigeon://coop"),
        ("WORKERS", "many"),
        ("WORKERS", "0"),
        ("INTAKE_QUOTA", "-1"),
        ("WEB_THREADS", "0"),
        ("DEBUG", "maybe"),
        ("ZOHO_ACCOUNTS_URL", "accounts.zoho.com"),
        ("S3_ENDPOINT_URL", "minio.example.com:9000"),
    ],
)
def test_a_bad_value_stops_the_start_with_one_line_that_names_it(
    environment: dict[str, str], name: str, value: str
) -> None:
    done = manage(environment | {name: value}, "check")

    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"LeadOps cannot start: {name} ")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "postgres://leadops:hunter2@host:port/leads"),
        ("DATABASE_URL", "pigeon://leadops:hunter2@host/leads"),
        ("EMAIL_URL", "pigeon://leadops:hunter2@host"),
        ("FIELD_KEYS", "hunter2"),
    ],
)
def test_a_secret_is_not_repeated_when_it_is_refused(
    environment: dict[str, str], name: str, value: str
) -> None:
    done = manage(environment | {name: value}, "check")

    assert done.returncode == 1
    assert "hunter2" not in done.stderr


@pytest.mark.parametrize(
    ("name", "is_ignored"),
    [(".env", True), (".env.production", True), ("deploy/.env", True), (".env.example", False)],
)
def test_secrets_are_never_committed_by_chance(name: str, is_ignored: bool) -> None:
    asked = subprocess.run(["git", "check-ignore", "-q", name], cwd=ROOT, check=False)
    if asked.returncode == 128:
        pytest.skip("needs a working copy of git")

    assert (asked.returncode == 0) == is_ignored


@pytest.mark.parametrize(
    ("public_url", "names"),
    [
        ("https://leads.example.com", ["__Host-sessionid", "__Host-csrftoken", True]),
        ("http://127.0.0.1:8000", ["sessionid", "csrftoken", False]),
    ],
)
def test_cookies_are_bound_to_the_host_where_it_is_encrypted(
    environment: dict[str, str], public_url: str, names: list[object]
) -> None:
    environment["PUBLIC_URL"] = public_url
    show = (
        "import leadops.settings as s; print([getattr(s, 'SESSION_COOKIE_NAME', 'sessionid'), "
        "getattr(s, 'CSRF_COOKIE_NAME', 'csrftoken'), s.SESSION_COOKIE_SECURE])"
    )

    told = subprocess.run(
        [sys.executable, "-c", show], cwd=ROOT, env=environment, capture_output=True, text=True
    )

    assert told.stdout.strip() == str(names)
