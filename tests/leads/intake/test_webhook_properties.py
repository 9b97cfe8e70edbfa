"""`/in/SECRET/`: no bytes, type or encoding whatever are answered with an error of ours."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leads.models import Lead, Site, Source, SourceAddress
from tests.leads.intake.recognise.test_shape import BODIES, VALUES

TYPES = st.sampled_from(
    [
        *("application/json", "application/x-www-form-urlencoded", "text/plain", "application/xml"),
        *("multipart/form-data; boundary=x", "multipart/form-data", "", "\xff"),
        # A name that Python knows, of something that makes no text; and no name at all.
        *(f"a; charset={name}" for name in ("utf-16", "zip", "rot13", "idna", "hex", "x-none")),
    ]
)
ENCODINGS = st.sampled_from(["identity", "gzip", "deflate", "br"])
BYTES = st.one_of(
    st.binary(max_size=60),
    VALUES.map(lambda value: json.dumps(value).encode()),
    BODIES.map(lambda data: json.dumps(data).encode()),
    st.text("<>/ab=\"' &;!x", max_size=30).map(str.encode),
    st.text("a=&%[]0B", max_size=30).map(str.encode),
    st.sampled_from([b'{"a":1e999}', b"[[1]]", b'{"\\u0000":"\\ud800"}', b'{"a":NaN}']),
)


@pytest.fixture
def url(site: Site) -> str:
    Site.objects.update(quota=0)
    source = Source.objects.create(site=site, name="Form")
    return f"/in/{SourceAddress.objects.issue(source, timezone.now()).secret}/"


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(BYTES, TYPES, ENCODINGS)
def test_whatever_comes_is_answered_with_success_or_its_size(
    url: str, body: bytes, content_type: str, encoding: str
) -> None:
    answer = Client().generic("POST", url, body, content_type, HTTP_CONTENT_ENCODING=encoding)

    assert answer.status_code in (200, 413)


@pytest.mark.parametrize("name", ["zip", "bz2", "hex", "base64", "rot13", "uu", "x-none", "idna"])
def test_a_charset_that_makes_no_text_costs_no_lead(url: str, name: str) -> None:
    body = '{"name": "Ana Müller", "email": "ana@example.com"}'.encode("cp1252")

    answer = Client().generic("POST", url, body, f"application/json; charset={name}")

    assert answer.json()["status"] == "queued"
    assert Lead.objects.get().name == "Ana Müller"
