"""A request's body: read once, and never in part."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import RequestFactory
from gunicorn.http.errors import ChunkMissingTerminator

from leads.intake.body.arrival import Arrival
from leads.intake.errors import Unreadable


def test_what_is_left_of_a_broken_body_is_not_read_as_a_lead() -> None:
    """A stream that broke hands out its remains to whoever reads on."""
    stream: list[Any] = [ChunkMissingTerminator(b"zz"), b"contact_name=Ana&pho"]

    class Broken:
        def read(self, size: int) -> bytes:
            piece = stream.pop(0)
            if isinstance(piece, Exception):
                raise piece
            return bytes(piece)

    request = RequestFactory().post("/", content_type="application/x-www-form-urlencoded")
    request.META |= {
        "HTTP_TRANSFER_ENCODING": "chunked",
        "wsgi.input_terminated": True,
        "wsgi.input": Broken(),
    }
    arrival = Arrival(request)

    for _ in range(2):
        with pytest.raises(Unreadable):
            arrival.read()
