"""A WordPress as its visitors and its administrator have it: over HTTP."""

from __future__ import annotations

import contextlib
import html
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests

from tests.journeys.kit.system import eventually
from tests.long.wordpress.mariadb import NAME, MariaDB
from tests.postgres import end_with_parent, free_port

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
SOURCE = Path("/usr/share/wordpress")
BROWSER = 120
OPTIONS = ("-d", "memory_limit=256M", "-d", "opcache.revalidate_freq=0")
"""Files that a test changes count at once."""
CONFIG = """<?php
define( 'DB_NAME', '{name}' );
define( 'DB_USER', 'root' );
define( 'DB_PASSWORD', '' );
define( 'DB_HOST', 'localhost:{socket}' );
define( 'DB_CHARSET', 'utf8mb4' );
define( 'FS_METHOD', 'direct' );
define( 'DISABLE_WP_CRON', true ); // the test calls wp-cron.php itself
define( 'WP_HTTP_BLOCK_EXTERNAL', true );
define( 'WP_ACCESSIBLE_HOSTS', '127.0.0.1' );
define( 'AUTOMATIC_UPDATER_DISABLED', true );
define( 'WP_DEBUG', true );
define( 'WP_DEBUG_DISPLAY', false );
define( 'WP_DEBUG_LOG', '{folder}/debug.log' );
define( 'AUTH_KEY', 'tests only' );
define( 'SECURE_AUTH_KEY', 'tests only' );
define( 'LOGGED_IN_KEY', 'tests only' );
define( 'NONCE_KEY', 'tests only' );
$table_prefix = 'wp_';
define( 'ABSPATH', __DIR__ . '/' );
require_once ABSPATH . 'wp-settings.php';
"""


class WordPress:
    """One installation below a temporary folder, served by PHP itself."""

    def __init__(self, folder: Path, database: MariaDB) -> None:
        self.folder, self.database = folder, database
        self.root = folder / "wordpress"
        self.url = f"http://127.0.0.1:{free_port()}"
        self.admin = requests.Session()
        self.server: subprocess.Popen[bytes] | None = None

    # --- Its processes and files --------------------------------------------------------------

    def start(self) -> None:
        """Copy it, start it, install it, and be its administrator."""
        shutil.copytree(SOURCE, self.root, ignore=shutil.ignore_patterns(".htaccess"))
        (self.root / "wp-content" / "mu-plugins").mkdir(parents=True)
        shutil.copy(HERE / "stubs" / "forms.php", self.root / "wp-content" / "mu-plugins")
        config = CONFIG.format(name=NAME, socket=self.database.socket, folder=self.folder)
        (self.root / "wp-config.php").write_text(config)
        host = self.url.removeprefix("http://")
        with (self.folder / "php.log").open("wb") as log:
            self.server = subprocess.Popen(
                ["php", *OPTIONS, "-S", host, "-t", self.root],
                stdout=log,
                stderr=log,
                env=os.environ | {"PHP_CLI_SERVER_WORKERS": "3"},
                start_new_session=True,
                preexec_fn=end_with_parent,
            )
        eventually(lambda: self.is_listening, 30)
        self.install()

    @property
    def is_listening(self) -> bool:
        """Whether PHP answers."""
        try:
            return requests.get(f"{self.url}/readme.html", timeout=5).ok
        except requests.ConnectionError:
            return False

    def stop(self) -> None:
        """End PHP and its workers."""
        if self.server is not None:
            os.killpg(self.server.pid, signal.SIGKILL)
            self.server.wait()

    def install(self) -> None:
        """The famous five minutes."""
        person = {
            "weblog_title": "Ada's shop",
            "user_name": "ana",
            "admin_password": "a-long-password",
            "admin_password2": "a-long-password",
            "admin_email": "ana@example.com",
            "blog_public": "0",
        }
        url = f"{self.url}/wp-admin/install.php?step=2"
        done = requests.post(url, data=person, timeout=BROWSER)
        assert "Success!" in done.text, done.text[-2000:]
        login = {"log": "ana", "pwd": "a-long-password", "testcookie": "1"}
        self.admin.cookies.set("wordpress_test_cookie", "WP Cookie check")
        self.admin.post(f"{self.url}/wp-login.php", data=login, timeout=BROWSER)
        assert "Dashboard" in self.page("index.php")

    @contextlib.contextmanager
    def configured(self, *lines: str) -> Iterator[None]:
        """wp-config.php with some lines more, for the length of the block."""
        config = self.root / "wp-config.php"
        before = config.read_text()
        config.write_text(before.replace("<?php\n", "\n".join(["<?php", *lines, ""]), 1))
        try:
            yield
        finally:
            config.write_text(before)

    def log(self) -> str:
        """What PHP and WordPress complained of."""
        path = self.folder / "debug.log"
        return path.read_text(errors="replace") if path.exists() else ""

    # --- Its administrator --------------------------------------------------------------------

    def page(self, name: str) -> str:
        """A page of wp-admin."""
        answer = self.admin.get(f"{self.url}/wp-admin/{name}", timeout=BROWSER)
        assert answer.status_code == 200, answer.text[-2000:]
        return answer.text

    def upload(self, archive: Path) -> None:
        """Plugins › Add New › Upload Plugin, and activate it."""
        nonce = nonce_of(self.page("plugin-install.php?tab=upload"), "wp-upload-form")
        with archive.open("rb") as file:
            done = self.admin.post(
                f"{self.url}/wp-admin/update.php?action=upload-plugin",
                data={"_wpnonce": nonce, "install-plugin-submit": "Install Now"},
                files={"pluginzip": (archive.name, file, "application/zip")},
                timeout=BROWSER,
            )
        assert "Plugin installed successfully" in done.text, done.text[-3000:]
        self.press_plugin("activate", done.text)

    def press_plugin(self, action: str, page: str = "") -> None:
        """A link of the plugin, such as *Activate*."""
        page = html.unescape(page or self.page("plugins.php"))
        found = re.search(rf'plugins\.php\?action={action}&plugin=leadops[^"\']*', page)
        assert found, f"no link to {action}"
        self.page(found[0])

    def delete_plugin(self) -> None:
        """Deactivate it, and *Delete*: uninstall.php runs."""
        self.press_plugin("deactivate")
        nonce = nonce_of(self.page("plugins.php"), 'id="bulk-action-form"')
        choice = {"_wpnonce": nonce, "action": "delete-selected", "verify-delete": "1"}
        done = self.admin.post(
            f"{self.url}/wp-admin/plugins.php",
            data=choice | {"checked[]": "leadops/leadops.php"},
            timeout=BROWSER,
        )
        assert done.status_code == 200, done.text[-2000:]

    def press(self, page: str, action: str, **fields: Any) -> str:
        """A button of the plugin's: posts the form of an action, with what it holds already."""
        shown = form_of(self.page(page), f"leadops_{action}")
        done = self.admin.post(
            f"{self.url}/wp-admin/admin-post.php", data=shown | fields, timeout=BROWSER
        )
        assert done.status_code == 200, done.text[-2000:]
        return done.text

    def connect(self, address: str, key: str = "") -> str:
        """Settings › LeadOps › Save and test."""
        return self.press("options-general.php?page=leadops", "save", address=address, key=key)

    # --- Its visitors -------------------------------------------------------------------------

    def enter(self, plugin: str, form: int = 1, **entered: Any) -> requests.Response:
        """A visitor sends a form."""
        return requests.post(
            f"{self.url}/?stub={plugin}&form={form}",
            json=entered,
            headers={"Referer": f"{self.url}/contact/?utm_source=x"},
            timeout=BROWSER,
        )

    def run_cron(self, at_once: bool = True) -> None:
        """What a visit does after a minute; `at_once` as if every pause were over."""
        if at_once:
            self.database.query("UPDATE wp_leadops_queue SET due_at = 0, leased_until = 0")
        requests.post(f"{self.url}/?stub=due", json={}, timeout=BROWSER)
        requests.get(f"{self.url}/wp-cron.php?doing_wp_cron", timeout=BROWSER)

    def waiting(self) -> list[list[str]]:
        """Form, tries, status and state of what is not delivered."""
        table = "wp_leadops_queue"
        return self.database.query(f"SELECT form, tries, status, state FROM {table} ORDER BY id")

    def option(self, name: str) -> str:
        """An option's value; empty for none."""
        rows = self.database.query(
            f"SELECT option_value FROM wp_options WHERE option_name = '{name}'"
        )
        return rows[0][0] if rows else ""


def nonce_of(page: str, near: str) -> str:
    """The nonce of the form that bears a class."""
    found = re.search(r'name="_wpnonce" value="(\w+)"', page[page.index(near) :])
    assert found
    return found[1]


def form_of(page: str, action: str) -> dict[str, Any]:
    """The fields of the form with an action, as a browser would send them."""
    start = page.index(f'name="action" value="{action}"')
    part = page[start : page.index("</form>", start)]
    fields: dict[str, Any] = {"action": action}
    for tag in re.findall(r"<input[^>]*>", part):
        told = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if told.get("type") == "checkbox" and "checked" not in tag:
            continue
        name, value = html.unescape(told.get("name", "")), html.unescape(told.get("value", ""))
        if name.endswith("[]"):
            fields.setdefault(name, []).append(value)
        elif name and told.get("type") != "submit":
            fields[name] = value
    return fields


def build(target: Path) -> Path:
    """The plugin's archive, as `make wordpress` makes it."""
    script = ROOT / "deploy" / "wordpress" / "build.py"
    subprocess.run([sys.executable, script, target], check=True, capture_output=True)
    return target
