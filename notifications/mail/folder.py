"""The folder that mails land in where there is no mail server: what is erased leaves it too."""

from __future__ import annotations

import re
from collections.abc import Iterable
from email import message_from_bytes, policy
from pathlib import Path

from django.conf import settings

from leads.privacy.traces import Wanted
from leads.privacy.unfolded import plain

FILES = "django.core.mail.backends.filebased.EmailBackend"
BETWEEN = b"\n" + b"-" * 79 + b"\n"
"""What Django writes after each mail of a file."""
OF_LEAD = re.compile(r"/admin/leads/(?:failed)?lead/(\d+)/")


def forget_mails(
    emails: Iterable[str] = (), phones: Iterable[str] = (), ids: Iterable[int] = ()
) -> int:
    """Delete mails that name the person, or are about one of these leads; how many."""
    folder = getattr(settings, "EMAIL_FILE_PATH", None)
    if settings.EMAIL_BACKEND != FILES or not folder:
        return 0
    wanted, about = Wanted(emails, phones), {str(pk) for pk in ids}
    files = [file for file in sorted(Path(folder).glob("*")) if file.is_file()]
    return sum(_forget(file, wanted, about) for file in files)


def _forget(file: Path, wanted: Wanted, about: set[str]) -> int:
    mails = file.read_bytes().split(BETWEEN)
    kept = [mail for mail in mails if not _tells(mail, wanted, about)]
    if len(kept) < len(mails):
        # In its place: a sender that has the file open goes on behind its new end.
        with file.open("r+b") as there:
            there.write(BETWEEN.join(kept))
            there.truncate()
    return len(mails) - len(kept)


def _tells(mail: bytes, wanted: Wanted, about: set[str]) -> bool:
    text = text_of(mail)
    return bool(about.intersection(OF_LEAD.findall(text))) or wanted.is_named_in(plain(text))


def text_of(mail: bytes) -> str:
    """Heads and parts of a mail, decoded."""
    message = message_from_bytes(mail, policy=policy.default)
    heads = [str(head) for head in message.values()]
    parts = [part for part in message.walk() if part.get_content_maintype() == "text"]
    bodies = [
        bytes(part.get_payload(decode=True) or b"").decode(errors="replace") for part in parts
    ]
    return "\n".join([*heads, *bodies])
