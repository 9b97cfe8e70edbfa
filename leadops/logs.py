"""How errors are written to the log: where and what kind, without the values they quote."""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Mapping
from types import TracebackType

from django.db import InterfaceError, OperationalError

# Their texts speak of servers and connections. Other errors quote what they stumbled over: a
# UnicodeEncodeError the name, an IntegrityError the key, a KeyError the label of a form.
PLAIN_SPEAKERS = (OperationalError, InterfaceError, ConnectionError, TimeoutError)

Raised = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


# However a sender wrote it: Django and nginx read %2F and %69n alike. The query goes with it, which
# may hold a tool's verify token. What follows /act/ is the link of a mail.
SECRET_PATH = re.compile(
    r"((?:/|%2F)(?:(?:i|%69)(?:n|%6E)|(?:a|%61)(?:c|%63)(?:t|%74))(?:/|%2F))[^\s\"']+",
    re.IGNORECASE,
)


def without_secrets(text: str) -> str:
    """The text with the secret of every webhook address and every link of a mail in it masked."""
    return SECRET_PATH.sub(r"\1***", text)


class Formatter(logging.Formatter):
    """Python's formatter; of an exception it keeps the trace and the type.

    The secret of a webhook address and that of a mail's link are masked, wherever they turn up.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        return without_secrets(super().format(record))

    def formatException(self, ei: Raised) -> str:
        """The trace of the exception and of those it came from, without a quoted value."""
        error, parts = ei[1], list[str]()
        while error is not None and len(parts) < 10:
            said = f": {error}" if isinstance(error, PLAIN_SPEAKERS) else ""
            frames = "".join(traceback.format_tb(error.__traceback__))
            parts.append(
                f"Traceback (most recent call last):\n{frames}{type(error).__name__}{said}"
            )
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return "\nwhich came from\n".join(parts).strip()


def keep_secrets(record: logging.LogRecord) -> bool:
    """A filter that masks what another program's formatter will write; every record passes.

    `atoms` keeps what gunicorn knows of a request, for a formatter of ours.
    """
    if isinstance(record.args, Mapping):
        record.atoms = record.args
    record.msg, record.args = without_secrets(record.getMessage()), ()
    if record.exc_info:
        record.exc_text = without_secrets(Formatter().formatException(record.exc_info))
    return True
