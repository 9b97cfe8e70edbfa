"""Settings of the tests: those of production, on a database and with keys of their own.

TEST_DATABASE_URL names the server to test on (PostgreSQL); SQLite without it.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from tests.databases import template
from tests.environment import neutral

_folder = Path(tempfile.mkdtemp(prefix="leadops-test-"))
_creator = os.getpid()


@atexit.register
def _remove_folder() -> None:
    # A forked child must not take its parent's database with it.
    if os.getpid() == _creator:
        shutil.rmtree(_folder, ignore_errors=True)


# Before the settings are read.
os.environ.update(
    neutral(
        database_url=os.environ.get("TEST_DATABASE_URL", "")
        or f"sqlite:///{_folder}/leadops.sqlite3",
        mail_folder=_folder / "mail",
    )
    | {
        "PUBLIC_URL": "http://testserver",
        "ALLOWED_HOSTS": "testserver,127.0.0.1,localhost",
        "EMAIL_URL": "memorymail://",
        "SECURITY_CONTACT": "security@example.com",
    }
)

from leadops.settings import *  # noqa: E402, F403
from leadops.settings import DATABASES, STORAGES  # noqa: E402

# One log-in does for all tests of a module, however long they take.
ACCOUNT_REAUTHENTICATION_TIMEOUT = 6 * 3600
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# The manifest wants collectstatic first, and whitenoise a folder that it made.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
STATIC_ROOT = _folder / "static"
STATIC_ROOT.mkdir()

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file, not memory: threads and processes of a test share it, as they do in production.
    DATABASES["default"]["TEST"] = {"NAME": str(_folder / "test.sqlite3")}
elif template():
    DATABASES["default"]["TEST"] = {"TEMPLATE": template()}
