"""A sandbox in its own process, and the few words tests need to talk to it."""

from __future__ import annotations

import http.client
import json
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

ROOT = Path(__file__).parents[3]

GOOD_REFRESH = {
    "grant_type": "refresh_token",
    "client_id": "1000.SANDBOX",
    "client_secret": "sandbox-secret",
    "refresh_token": "1000.sandbox.refresh",
}


class Reply:
    """One answer: status, JSON body (None without one), headers, bytes."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.content = response.read()
        try:
            self.json: Any = json.loads(self.content) if self.content else None
        except ValueError:
            self.json = None


class RunningSandbox:
    """`python -m zoho.sandbox` on a free port, until `stop` or `kill`."""

    def __init__(self, store: Path, *options: str) -> None:
        command = [sys.executable, "-m", "zoho.sandbox", "--port", "0", "--store", str(store)]
        self.process = subprocess.Popen(
            [*command, *options], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout
        self.ready_line = self.process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)", self.ready_line)
        assert found, f"the sandbox did not start: {self.ready_line!r}"
        self.port = int(found[1])
        self._token = ""

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        with self.process:  # closes its pipe
            return self.process.wait(timeout=5)

    def kill(self) -> None:
        self.stop(signal.SIGKILL)

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: dict[str, str] | None = None,
        timeout: float = 10,
        port: int | None = None,
    ) -> Reply:
        """One request on a connection of its own. Strings and bytes are sent as they are."""
        if body is not None and not isinstance(body, str | bytes):
            body = json.dumps(body)
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=timeout)
        try:
            connection.request(method, path, body, headers or {})
            return Reply(connection.getresponse())
        finally:
            connection.close()

    def token_call(self, **changes: str) -> Reply:
        """Asks for an access token with the well-known client, with `changes` to the form."""
        return self.call("POST", "/oauth/v2/token", urlencode({**GOOD_REFRESH, **changes}))

    @property
    def auth(self) -> dict[str, str]:
        if not self._token:
            self._token = self.token_call().json["access_token"]
        return {"Authorization": f"Zoho-oauthtoken {self._token}"}

    def forget_token(self) -> None:
        self._token = ""

    def crm(self, method: str, path: str, body: Any = None, **kwargs: Any) -> Reply:
        """One CRM call with a good token."""
        return self.call(method, f"/crm/v8/{path}", body, self.auth, **kwargs)

    def insert(self, *rows: Any, module: str = "Leads", **envelope: Any) -> Reply:
        return self.crm("POST", module, {"data": list(rows), **envelope})

    def fault(self, mode: str | None = None, **order: Any) -> Reply:
        return self.control("PUT", "faults", {"mode": mode, **order})

    def switch(self, **wanted: Any) -> Reply:
        return self.control("PUT", "switches", wanted)

    def control(self, method: str, path: str, body: Any = None, **kwargs: Any) -> Reply:
        return self.call(method, f"/sandbox/{path}", body, **kwargs)

    def count(self, module: str = "Leads") -> int:
        return int(self.control("GET", f"count?module={module}").json["records"])

    def ledger(self) -> Any:
        return self.control("GET", "ledger").json
