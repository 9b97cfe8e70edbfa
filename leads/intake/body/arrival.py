"""A request as it arrives: its body, read once, when its size is known to be bearable."""

from __future__ import annotations

import re
from dataclasses import replace

from django.http import HttpRequest
from gunicorn.http.errors import ParseException

from leads.flags import Flag
from leads.intake.body import refused_words as words
from leads.intake.body.fields import storable
from leads.intake.body.submission import MAX_BODY, Submission
from leads.intake.errors import Refusal, TooLarge, Unreadable

TRIED = re.compile(r"(?:^|[&;?])(?:dry[_-]?run|test)(?:=|[&;]|$)", re.IGNORECASE)
"""What people write behind an address to try it out, and then forget in a form tool."""
LONGEST_LENGTH = 18
"""Digits of a Content-Length; more are no length of anything."""


def flagged(submission: Submission, request: HttpRequest) -> Submission:
    """The submission; flagged where the query of its address asks for a test.

    Such a word loses no lead: dry runs and test leads have addresses of their own.
    """
    if TRIED.search(request.META.get("QUERY_STRING") or ""):
        return replace(submission, flags=submission.flags | {Flag.SAID_TEST})
    return submission


class Arrival:
    """What a request brings. `body` and `size` are known as far as it was read."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.content_type = storable(request.META.get("CONTENT_TYPE") or "")
        self.encoding: str = request.META.get("HTTP_CONTENT_ENCODING") or ""
        """How it is compressed; whoever reads on inflates it."""
        self.body = b""
        self.size: int | None = None
        self.is_read = False
        self.refusal: Refusal | None = None
        """Why it could not be read. A stream that broke gives its remains to whoever reads on."""

    @classmethod
    def of(cls, request: HttpRequest) -> Arrival:
        """The one of a request, whoever reads it first: a stream is read once."""
        found: Arrival | None = getattr(request, "_arrival", None)
        if found is None:
            found = cls(request)
            request._arrival = found  # type: ignore[attr-defined]  # ours, on Django's request
        return found

    def read(self) -> bytes:
        """The whole body, the same each time. Judged by its length before a byte of it is read.

        Raises TooLarge, and Unreadable for one that ends early.
        """
        if self.refusal:
            raise self.refusal
        if not self.is_read:
            try:
                self._read()
            except Refusal as refusal:
                self.refusal = refusal
                raise
        return self.body

    def _read(self) -> None:
        meta = self.request.META
        is_chunked = "chunked" in meta.get("HTTP_TRANSFER_ENCODING", "").lower()
        announced = 0 if is_chunked else self._announced()
        try:
            self.body = self._chunks() if is_chunked else self.request.body
        except OSError:
            raise Unreadable(words.ENDED_EARLY) from None
        self.size = len(self.body)
        if len(self.body) < announced:
            told = words.ENDED_AFTER(size=f"{self.size:,}", announced=f"{announced:,}")
            raise Unreadable(told)
        self.is_read = True

    def _announced(self) -> int:
        text = self.request.META.get("CONTENT_LENGTH") or "0"
        if not (text.isascii() and text.isdecimal()):
            raise Unreadable(words.NO_NUMBER)
        length = int(text) if len(text) <= LONGEST_LENGTH else 10**LONGEST_LENGTH
        self.size = min(length, 2**31 - 1)
        if length > MAX_BODY:
            raise TooLarge(words.ONE_MEGABYTE)
        return length

    def _chunks(self) -> bytes:
        """A body whose length nobody announced: Django takes it for an empty one."""
        meta = self.request.META
        if not meta.get("wsgi.input_terminated"):
            raise Unreadable(words.NO_LENGTH)
        try:
            body: bytes = meta["wsgi.input"].read(MAX_BODY + 1)
        except ParseException:  # gunicorn's: it reads chunks only when they are asked for
            raise Unreadable(words.CHUNKS) from None
        if len(body) > MAX_BODY:
            raise TooLarge(words.ONE_MEGABYTE)
        return body
