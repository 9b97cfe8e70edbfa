"""Every command that a document prints works: it is run here, or by the test that is named."""

from __future__ import annotations

import contextlib
import json
import re
import shlex
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command, get_commands, load_command_class
from django.urls import resolve
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from leads.models import Lead, Site
from tests.factories import make_key, make_lead, make_site, make_user

pytestmark = pytest.mark.one_database

ROOT = Path(__file__).parents[3]
FILES = [*(ROOT / "docs").rglob("*.md"), *(ROOT / "deploy").rglob("*.md"), *ROOT.glob("*.md")]
DOCUMENTS = {str(file.relative_to(ROOT)): file.read_text() for file in sorted(FILES)}
BLOCK = re.compile(r"^ *```(?:sh|bash|console)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
MANAGE = re.compile(r"manage\.py ([a-z_]+[^`\n|#>]*)")
ADDRESS = re.compile(r"(?:https?://[\w.:]+|\$LEADOPS_URL)(/[^\s\"'?]*)")
RUN_WORD_FOR_WORD = {
    "docs/api/README.md": "tests/leadops/api/test_docs.py",
    "docs/api/outcomes.md": "tests/notifications/outcomes/test_outcomes_docs.py",
    "docs/deploy.md": "tests/journeys/test_deploy_guide.py",
    "docs/sandbox.md": "tests/zoho/sandbox/test_docs.py",
    "docs/sites.md": "tests/tooling/test_sites_docs.py",
}
"""Documents whose commands another test takes out of the page and runs."""
RUN_BY_PART = {"docs/zoho.md": "they ask Zoho: tests/journeys/zoho/test_zoho_docs.py"}
TYPED_BY_HEADING = {
    "docs/deploy.md": ("tests/journeys/test_deploy_guide.py", "tests/long/machine"),
    "deploy/containers.md": ("tests/long/image",),
}
"""Pages of which tests take what stands below a heading, by its name."""
NOT_TYPED = {
    "LeadOps in containers": "tests/tooling/test_deploy.py calls these targets, test_extras.py one",
    "Kubernetes": "no cluster: tests/tooling/test_deploy.py has kubectl make the resources",
}
"""Headings whose commands nobody types in as they are, and what is done instead."""
SETTING = re.compile(r"^'?[A-Z_]+=\S+")
ELSEWHERE = {
    "cp": "tests/tooling/test_deploy.py copies the same file",
    "docker": "tests/long/image/test_composed.py, by podman-compose",
    "editor": "the same test writes what it asks for",
    "export": "a variable of the shell",
    "kubectl": "untried: no cluster; tests/tooling/test_deploy.py has kustomize read deploy/k8s",
    "tar": "tests/long/image/test_composed.py, on a new machine",
}
"""Programs that are not ours, and who runs them."""


def commands(text: str) -> list[str]:
    """The commands of a document's blocks, each on one line and without its comment."""
    lines = "".join(BLOCK.findall(text)).replace("\\\n", " ").splitlines()
    return [shlex.join(shlex.split(line, comments=True)) for line in lines if line.strip()]


ENDS = {
    "zoho_check": "to mend",
    "secondfactor --remove NAME": "NAME has no second factor",
    "audit_verify --head HASH": "The head is not in the chain",
}
"""What is said where nothing is connected, nobody has a factor, and no log has named a head."""

PRINTED = [
    (name, command)
    for name, text in DOCUMENTS.items()
    if name not in RUN_WORD_FOR_WORD
    for command in commands(text)
]
OURS = sorted({line.strip() for text in DOCUMENTS.values() for line in MANAGE.findall(text)})
RUN_HERE = [
    command.partition("manage.py ")[2]
    for name, command in PRINTED
    if "manage.py " in command and name not in RUN_BY_PART
]


@pytest.mark.parametrize(("name", "test"), RUN_WORD_FOR_WORD.items())
def test_who_runs_a_document_reads_it(name: str, test: str) -> None:
    assert commands(DOCUMENTS[name])
    assert Path(name).name in (ROOT / test).read_text()


def headings(text: str) -> list[str]:
    """The headings below which a document prints commands."""
    prose = re.sub(r"^```.*?^```", "", BLOCK.sub("\0", text), flags=re.MULTILINE | re.DOTALL)
    parts = re.split(r"^#+ (.+)\n", prose, flags=re.MULTILINE)
    return [heading for heading, part in zip(parts[1::2], parts[2::2], strict=True) if "\0" in part]


@pytest.mark.parametrize("name", TYPED_BY_HEADING)
def test_whatever_stands_below_a_heading_is_typed_in(name: str) -> None:
    files = [
        file
        for place in TYPED_BY_HEADING[name]
        for file in ([ROOT / place] if place.endswith(".py") else (ROOT / place).glob("*.py"))
    ]
    tests = "".join(file.read_text() for file in files)

    assert headings(DOCUMENTS[name])
    untyped = [one for one in headings(DOCUMENTS[name]) if f'"{one}"' not in tests]
    assert set(untyped) <= NOT_TYPED.keys()


@pytest.mark.parametrize(("name", "command"), PRINTED)
def test_a_command_is_there(name: str, command: str) -> None:
    program, *words = shlex.split(command)

    if program == "make":
        assert subprocess.run(
            ["make", "--dry-run", *words], cwd=ROOT, capture_output=True, check=True
        ).stdout
    elif program == "curl":
        paths = ADDRESS.findall(command)
        assert [resolve(path) for path in paths]
    elif program.endswith("python") and words[0] == "-m":
        assert find_spec(words[1]) or words[1] in ("pip", "pre_commit")
    elif "manage.py" in command:
        assert MANAGE.search(command)
    else:
        assert program in ELSEWHERE or SETTING.match(command), f"{name}: nobody runs {command}"


@pytest.mark.parametrize("line", OURS)
def test_a_command_of_ours_has_these_options(line: str) -> None:
    name = line.split()[0]
    parser = load_command_class(get_commands()[name], name).create_parser("manage.py", name)
    known = {option for action in parser._actions for option in action.option_strings}

    assert set(re.findall(r"(?<=[\s\[])--[a-z-]+", line)) <= known


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the documents speak of: a site, a person, an account, files where they say."""
    make_lead(site=make_site(name="Shop"), name="Ada Lovelace", email="ada@example.com")
    make_user("NAME", role="Support")
    monkeypatch.chdir(tmp_path)
    make_lead(site=Site.objects.get(), status=Lead.Status.DISCARDED, erased_at=timezone.now())
    (tmp_path / "leads.csv").write_text("Name;Mail;Order no.\nAda Byron;byron@example.com;A-1\n")
    (tmp_path / "leadops-erased.txt").write_text(
        f"{Lead.objects.values_list('reference', flat=True)[0]}\n"
    )
    return tmp_path


@pytest.mark.django_db
@pytest.mark.parametrize("line", RUN_HERE)
def test_a_command_of_ours_runs_as_it_is_printed(
    line: str, installation: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = shlex.split(line.partition(" '>' ")[0])
    arguments = [word.replace("/var/backups", str(installation)) for word in words]
    ends = pytest.raises(CommandError, match=ENDS[line]) if line in ENDS else None
    with ends or contextlib.nullcontext():
        call_command(*arguments)
    assert ends or capsys.readouterr().out


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["README.md", "docs/doors/developer.md", "docs/sites.md"])
def test_a_curl_that_posts_a_lead_does(name: str, live_server: LiveServer) -> None:
    key = make_key(make_site())
    [command] = [line for line in commands(DOCUMENTS[name]) if line.startswith("curl -X POST")]
    there = re.sub(r"https?://[\w.:]+", live_server.url, command).replace(
        "Bearer KEY", f"Bearer {key}"
    )

    done = subprocess.run(["bash", "-c", there], capture_output=True, text=True)

    assert json.loads(done.stdout)["status"] == "queued", done.stderr
    assert Lead.objects.get().name == "Ada Lovelace"
