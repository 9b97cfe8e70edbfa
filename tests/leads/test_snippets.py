"""The snippets run: each posts its lead, and again with the same key after a 503."""

from __future__ import annotations

import http.client
import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import tree_sitter
import tree_sitter_php
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from leads.models import Lead, Site, SiteKey
from leads.shown import snippets
from leads.shown.snippets import Snippet
from tests.factories import make_site

# Quotes, ends of comments and of PHP, line separators, an encoding that Python would believe,
# characters beyond the basic plane.
Run = Callable[..., subprocess.CompletedProcess[str]]
ODD = 'O\'Brien & "Sons" \\ ?> */ --> ${HOME} `id` $(id)\u2028</script> coding: latin-1 😀'
PROGRAMS = {
    "curl": ["bash"],
    "python": [sys.executable],
    "php": ["php"],
    "javascript": ["node"],
}
FILES = {"curl": "post.sh", "python": "post.py", "php": "post.php", "javascript": "post.mjs"}


class Front(ThreadingHTTPServer):
    """What stands between a site and LeadOps: answers 503 as often as told, then hands on."""

    def __init__(self, behind: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.behind = urlsplit(behind)
        self.busy = 0
        self.keys: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    """One post."""

    server: Front

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.keys.append(self.headers["Idempotency-Key"])
        if self.server.busy:
            self.server.busy -= 1
            self.answer(503, b"{}", {"Retry-After": "1"})
            return
        headers = {k: v for k, v in self.headers.items() if k not in ("Host", "Expect")}
        behind = http.client.HTTPConnection(self.server.behind.netloc, timeout=20)
        with closing(behind):
            behind.request("POST", self.path, body, headers)
            said = behind.getresponse()
            self.answer(said.status, said.read(), {"Content-Type": "application/json"})

    def answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        pass


@pytest.fixture
def front(live_server: LiveServer, settings: Settings) -> Iterator[Front]:
    """LeadOps as the public address names it."""
    server = Front(live_server.url)
    settings.PUBLIC_URL = server.url
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def odd_site(transactional_db: None) -> Site:
    """A site whose name means something in every language."""
    return make_site(name=ODD)


@pytest.fixture
def run(odd_site: Site, tmp_path: Path) -> Run:
    """Runs the snippet of a language with a new key of the site."""

    def post(name: str, secret: str = "") -> subprocess.CompletedProcess[str]:
        if shutil.which(PROGRAMS[name][0]) is None:
            pytest.skip(f"needs {PROGRAMS[name][0]}")
        secret = secret or SiteKey.objects.issue(odd_site, SiteKey.Kind.SECRET)[1]
        file = tmp_path / FILES[name]
        file.write_text(snippet(name, secret).code)
        command = [*PROGRAMS[name], str(file)]
        return subprocess.run(command, capture_output=True, text=True, timeout=60)

    return post


def snippet(name: str, key: str = "KEY", site_name: str = ODD) -> Snippet:
    return {one.name: one for one in snippets.for_key(key, site_name)}[name]


@pytest.mark.parametrize("name", PROGRAMS)
def test_it_posts_a_lead_and_shows_the_answer(front: Front, run: Run, name: str) -> None:
    done = run(name)

    lead = Lead.objects.get()
    assert done.returncode == 0, done.stderr
    assert (lead.name, lead.data["message"]) == ("Ada Lovelace", "Call me")
    assert str(lead.reference) in done.stdout


@pytest.mark.parametrize("name", PROGRAMS)
def test_after_a_503_it_posts_again_with_the_same_key(front: Front, run: Run, name: str) -> None:
    front.busy = 1

    done = run(name)

    assert done.returncode == 0, done.stderr
    assert len(front.keys) == 2
    assert len(set(front.keys)) == 1
    assert front.keys[0] == Lead.objects.get().idempotency_key


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_refusal_is_an_error_and_not_tried_again(front: Front, run: Run, name: str) -> None:
    done = run(name, secret="revoked-long-ago")

    assert done.returncode != 0
    assert len(front.keys) == 1
    assert "401" in done.stderr + done.stdout


@pytest.mark.parametrize("name", PROGRAMS)
def test_two_runs_make_two_leads(front: Front, run: Run, name: str) -> None:
    run(name)
    run(name)

    assert Lead.objects.count() == 2


def test_php_is_read_without_an_error_where_it_cannot_be_run(settings: Settings) -> None:
    settings.PUBLIC_URL = "https://leads.example.com/it's"
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_php.language_php()))

    tree = parser.parse(snippet("php", "k'e\\y").code.encode())

    assert not tree.root_node.has_error
    assert not [n for n in tree.root_node.children if n.type == "text"]  # PHP never ends early


@pytest.mark.parametrize("text", ["plain", "it's", 'a "b" \\', "ü😀", "a\nb"])
def test_literals_are_read_back_as_they_were(text: str) -> None:
    assert eval(snippets.python_literal(text)) == text
    assert json.loads(snippets.javascript_literal(text)) == text


def test_a_form_cannot_be_broken_out_of() -> None:
    (form,) = snippets.for_form('"><script>', '"x')

    assert "<script>" not in form.code
    assert 'name="&quot;x"' in form.code


def test_a_form_without_a_trap_has_no_hidden_field() -> None:
    (form,) = snippets.for_form("TOKEN")

    assert "hidden" not in form.code
