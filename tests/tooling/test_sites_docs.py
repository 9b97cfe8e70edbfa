"""docs/sites.md: its code is that of the templates, its commands work, its figures hold."""

from __future__ import annotations

import importlib.util
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import tree_sitter
import tree_sitter_php
from django.core.management import call_command

from leads.counters.traffic_baseline import TrafficBaseline, learn
from leads.models import Site, Source, SourceAddress
from tests.leads.arrivals import MONDAY, Rate, arrivals, office, round_the_clock

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "sites.md").read_text()
WEEKS = timedelta(weeks=4)
# What WordPress has: an answer of LeadOps that the test chooses, and what was asked of it.
WORDPRESS = r"""<?php
define('LEADOPS_URL', 'https://leads.example.com/api/v1/leads/');
define('LEADOPS_KEY', 'KEY');
$hooks = [];
function add_action($name, $do) { global $hooks; $hooks[$name] = $do; }
function wp_generate_uuid4() { return 'uuid'; }
function wp_json_encode($data) { return json_encode($data); }
function is_wp_error($answer) { return $answer === null; }
function wp_remote_retrieve_response_code($answer) { return $answer; }
function wp_remote_post($url, $call) {
    global $argv;
    echo json_encode([$url, $call['headers'], json_decode($call['body'])]), "\n";
    return $argv[1] === '0' ? null : (int) $argv[1];
}
function wp_schedule_single_event($at, $name, $with) { echo json_encode([$name, $with]), "\n"; }
class WPCF7_Submission {
    static function get_instance() { return new self; }
    function get_posted_data() { return ['your-name' => 'Ada', 'your-email' => 'ada@example.com']; }
}
require %s;
$hooks['wpcf7_before_send_mail']();
$hooks['gform_after_submission'](['id' => 7, '1.6' => 'Lovelace']);
"""


def script() -> ModuleType:
    """docs/generators/sites.py."""
    spec = importlib.util.spec_from_file_location("sites_docs", DOCS / "generators" / "sites.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_code_is_that_of_the_templates() -> None:
    assert script().as_markdown(PAGE) == PAGE, "run: python docs/generators/sites.py"


@pytest.mark.django_db
def test_the_command_makes_the_site() -> None:
    with_key, with_webhook, source, revoked = re.findall(
        r"^python manage\.py (.*)$", PAGE, re.MULTILINE
    )

    for line in (with_webhook, source, revoked):
        call_command(*shlex.split(line))

    assert Site.objects.get().name == "Solar Quotes"
    assert Source.objects.count() == 2
    assert SourceAddress.objects.filter(ends_at=None).count() == 1
    Site.objects.all().delete()
    call_command(*shlex.split(with_key))
    assert Site.objects.get().keys.count() == 1


def test_the_wordpress_plugin_is_php() -> None:
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_php.language_php()))

    assert not parser.parse(
        (DOCS.parent / "deploy" / "wordpress" / "leadops.php").read_bytes()
    ).root_node.has_error


@pytest.mark.parametrize(("status", "again"), [("202", 0), ("401", 0), ("503", 2), ("0", 2)])
def test_the_wordpress_plugin_posts_and_tries_again(
    tmp_path: Path, status: str, again: int
) -> None:
    if shutil.which("php") is None:
        pytest.skip("needs php")
    stub = tmp_path / "wordpress.php"
    stub.write_text(WORDPRESS % repr(str(DOCS.parent / "deploy" / "wordpress" / "leadops.php")))

    done = subprocess.run(["php", stub, status], capture_output=True, text=True, timeout=20)

    lines = done.stdout.splitlines()
    assert done.returncode == 0, done.stderr
    assert sum("leadops_send" in line for line in lines) == again
    assert '"Authorization":"Bearer KEY"' in lines[0]
    assert '"contact_name":"Ada"' in lines[0]
    assert any('"Idempotency-Key":"gravity-forms-7"' in line for line in lines)


def rhythm(rate: Rate, end: datetime) -> TrafficBaseline:
    quarter = timedelta(minutes=15)
    moments = arrivals(rate, end - WEEKS, end)
    active = sorted({m - (m - MONDAY) % quarter for m in moments})
    return learn(active, end - WEEKS, 4)


@pytest.mark.parametrize(
    ("rate", "least", "most"),
    [
        (round_the_clock(200), timedelta(hours=1), timedelta(hours=3)),
        (office(12), timedelta(hours=5), timedelta(hours=16 + 9)),
        (office(2), timedelta(days=3), timedelta(days=11)),
    ],
)
def test_silence_is_told_about_as_soon_as_the_page_says(
    rate: Callable[..., Any], least: timedelta, most: timedelta
) -> None:
    monday_morning = MONDAY + WEEKS + timedelta(hours=9)

    told = rhythm(rate, monday_morning).too_quiet_at(monday_morning)

    assert least <= told - monday_morning <= most
