"""Settings of the tests: those of production, on a database and with keys of their own.

TEST_DATABASE_URL names the server to test on (PostgreSQL); SQLite without it.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_folder = Path(tempfile.mkdtemp(prefix="leadops-test-"))
_creator = os.getpid()


@atexit.register
def _remove_folder() -> None:
    # A forked child must not take its parent's database with it.
    if os.getpid() == _creator:
        shutil.rmtree(_folder, ignore_errors=True)


# Every variable of the contract is set here, so that neither the caller's environment nor a
# `.env` beside the code (make run writes one) can change what a test sees.
_ENVIRONMENT = {
    "DATABASE_URL": os.environ.get("TEST_DATABASE_URL", "")
    or f"sqlite:///{_folder}/leadops.sqlite3",
    "SECRET_KEY": "tests-only-" + "k" * 50,
    "FIELD_KEYS": "dGVzdHMtb25seS1maWVsZC1rZXktMDEyMzQ1Njc4OTA=",
    "DEBUG": "false",
    "PUBLIC_URL": "http://testserver",
    "ALLOWED_HOSTS": "testserver,127.0.0.1,localhost",
    "TIME_ZONE": "UTC",
    "EMAIL_URL": "memorymail://",
    "DEFAULT_FROM_EMAIL": "LeadOps <leadops@example.com>",
    "WORKERS": "4",
    "INTAKE_QUOTA": "600",
    "METRICS_TOKEN": "",
    "HELP_PAGE_PUBLIC": "true",
    "ZOHO_ACCOUNTS_URL": "http://127.0.0.1:9",  # nobody listens there
    "ZOHO_CLIENT_ID": "",
    "ZOHO_CLIENT_SECRET": "",
    "ZOHO_REFRESH_TOKEN": "",
    "ZOHO_REFERENCE_FIELD": "Lead_Ref",
}
for _timing in (
    "SEND_TIMEOUT",
    "DRAIN_TIMEOUT",
    "QUEUE_TIMEOUT",
    "LEASE_SECONDS",
    "QUEUE_RETRY",
    "SWEEP_SECONDS",
):
    os.environ.pop(_timing, None)
os.environ.update(_ENVIRONMENT)

from leadops.settings import *  # noqa: E402, F403
from leadops.settings import DATABASES, STORAGES  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# The manifest wants collectstatic first, and whitenoise a folder that it made.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
STATIC_ROOT = _folder / "static"
STATIC_ROOT.mkdir()

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file, not memory: threads and processes of a test share it, as they do in production.
    DATABASES["default"]["TEST"] = {"NAME": str(_folder / "test.sqlite3")}
