"""A canary: an address in every encoding, posted in every way, and looked for after the erasing."""

from __future__ import annotations

import base64
import io
import logging
import quopri
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from pytest_django import Settings

from leadops.accounts.evidence.record import Kind, record
from leads.clock import Deadline
from leads.decisions.imports import run
from leads.decisions.imports.upload import upload
from leads.models import RejectedSubmission, Site
from notifications.tasks import send_notices
from tests.factories import make_key, make_site

ADDRESS = "canary.bird@aviary.example"


def encodings(text: str) -> dict[str, bytes]:
    """The text as anything may hold it."""
    found = {
        "plain": text.encode(),
        "percent": quote(text, safe="").encode(),
        "all percent": "".join(f"%{byte:02X}" for byte in text.encode()).encode(),
        "escapes": "".join(f"\\u{ord(char):04x}" for char in text).encode(),
        "at as an escape": text.replace("@", "\\u0040").encode(),
        "quoted-printable": text.replace("@", "=40").encode(),
        "all quoted-printable": "".join(f"={byte:02X}" for byte in text.encode()).encode(),
        "UTF-16 LE": text.encode("utf-16-le"),
        "UTF-16 BE": text.encode("utf-16-be"),
    }
    for offset in range(3):
        coded = base64.b64encode(b"x" * offset + text.encode())
        # Without the digits that depend on what stands before and behind.
        found[f"base64 at {offset}"] = coded[(0, 2, 3)[offset] : -4]
    return found


def raw(before: str) -> str:
    """Broken JSON with the address in base64, behind other words."""
    return f'{{"raw": "{base64.b64encode(f"{before}{ADDRESS}, hello".encode()).decode()}"'


BODIES = {
    "broken JSON": (f'{{"email": "{ADDRESS}", ', "application/json"),
    "escapes": ('{"email": "' + encodings(ADDRESS)["escapes"].decode() + '", ', "application/json"),
    "form": (urlencode({"a": 1, "email": ADDRESS}), "text/csv"),
    "all percent": ("email=" + encodings(ADDRESS)["all percent"].decode(), "text/csv"),
    "mail": (quopri.encodestring(ADDRESS.encode(), quotetabs=True).decode(), "message/rfc822"),
    "quoted": (encodings(ADDRESS)["all quoted-printable"].decode(), "message/rfc822"),
    **{f"base64 at {offset}": (raw(" " * offset), "application/json") for offset in range(3)},
    "a part in base64": (
        '--X\r\nContent-Disposition: form-data; name="who"\r\nContent-Transfer-Encoding: base64\r\n'
        f"\r\n{base64.b64encode(ADDRESS.encode()).decode()}\r\n--X--",
        "multipart/mixed; boundary=X",
    ),
}


def places(folder: Path) -> Iterator[tuple[str, bytes]]:
    """All that is kept, by where: the database's files or its rows, and the mails."""
    if connection.vendor == "sqlite":
        name = Path(str(connection.settings_dict["NAME"]))
        for file in name.parent.glob(f"{name.name}*"):
            yield file.name, file.read_bytes()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')
            values = (value for row in cursor.fetchall() for value in row)
            yield (
                table,
                b"\n".join(
                    bytes(one) if isinstance(one, bytes | memoryview) else str(one).encode()
                    for one in values
                ),
            )
    for file in folder.glob("*"):
        yield f"mail/{file.name}", file.read_bytes()


def told(folder: Path, text: str) -> set[tuple[str, str]]:
    """Where the text is, and in which encoding."""
    wanted = {name: coded.lower() for name, coded in encodings(text).items()}
    return {
        (place, name)
        for place, content in places(folder)
        for name, coded in wanted.items()
        if coded in content.lower()
    }


@pytest.fixture
def folder(settings: Settings, tmp_path: Path) -> Path:
    """Where mails land."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    return tmp_path / "mail"


def keep_files(site: Site) -> None:
    """Files of leads that name the address: imported, about to be, and by their name."""
    cells = [encodings(ADDRESS)[name].decode() for name in ("plain", "percent", "escapes")]
    rows = [f'Ada {n};"{cell}"\n' for n, cell in enumerate(cells)]
    head, bob = "Name;Way\n", "Bob;bob@example.com\n"
    done = upload(io.BytesIO(f"{head}{rows[0]}{bob}".encode()), "people.csv", site, None)
    run.start(done.pk)
    run.run(done.pk, Deadline(20))
    tried = upload(io.BytesIO(f"{head}{''.join(rows)}{bob}".encode()), "more.csv", site, None)
    run.begin_trial(tried.pk)
    run.run(tried.pk, Deadline(20))
    upload(io.BytesIO(b"Name\nBob\n"), f"{ADDRESS}.csv", site, None)


@pytest.mark.django_db(transaction=True)
def test_no_encoding_of_an_address_is_left_after_its_erasing(
    folder: Path, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    site = make_site(recipients="staff@example.com", mail_details=True)
    key = {"Authorization": f"Bearer {make_key(site)}"}
    for body, kind in BODIES.values():
        client.post("/api/v1/leads/", body, content_type=kind, headers=key)
    wide = f'{{"email": "{ADDRESS}", '.encode("utf-16")
    client.post("/api/v1/leads/", wide, content_type="application/json", headers=key)
    client.post("/api/v1/leads/", {"email": ADDRESS, "contact_name": ""}, headers=key)
    keep_files(site)
    record(Kind.EXPORT, about=f"asked for by {ADDRESS}")
    send_notices()
    assert RejectedSubmission.objects.count() == len(BODIES) + 1
    assert told(folder, ADDRESS)

    call_command("eraseperson", "--email", ADDRESS, "--yes")

    assert told(folder, ADDRESS) == set()
    assert not RejectedSubmission.objects.exists()
    assert not [name for name, coded in encodings(ADDRESS).items() if coded.decode() in caplog.text]
