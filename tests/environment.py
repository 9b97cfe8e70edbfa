"""The environment of tests: every variable has a value, so that no file and no caller changes it.

leadops.env reads `.env` and `.local/env` (made by make run) for what the environment leaves open.
"""

from __future__ import annotations

import os
from pathlib import Path

EXAMPLE = Path(__file__).parent.parent / ".env.example"


def documented() -> dict[str, str]:
    """Every variable of the contract, with what .env.example shows for it."""
    lines = (line.removeprefix("#").strip() for line in EXAMPLE.read_text().splitlines())
    pairs = (line.partition("=") for line in lines)
    return {name: value for name, sign, value in pairs if sign and name.isidentifier()}


def neutral(database_url: str, mail_folder: Path) -> dict[str, str]:
    """The defaults, on this machine alone, with no Zoho and keys that are not secret."""
    return documented() | {
        "DATABASE_URL": database_url,
        "SECRET_KEY": "tests-only-" + "k" * 50,
        "FIELD_KEYS": "dGVzdHMtb25seS1maWVsZC1rZXktMDEyMzQ1Njc4OTA=",
        "PUBLIC_URL": "http://127.0.0.1",
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "EMAIL_URL": f"filemail:///{mail_folder}",
        "METRICS_TOKEN": "",
        "ZOHO_ACCOUNTS_URL": "http://127.0.0.1:9",  # nobody listens there
        "ZOHO_OTHER_ADDRESSES": "any",
        "ZOHO_CLIENT_ID": "",
        "ZOHO_CLIENT_SECRET": "",
        "ZOHO_REFRESH_TOKEN": "",
    }


def inherited() -> dict[str, str]:
    """The caller's environment without anything that LeadOps or Django would read."""
    ours = documented().keys() | {"DJANGO_SETTINGS_MODULE"}
    return {name: value for name, value in os.environ.items() if name not in ours}
