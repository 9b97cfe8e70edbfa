"""Every case of the corpus: the right answer, nothing under another site, nothing repeated."""

from __future__ import annotations

from collections import Counter
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from leads.models import Lead, RejectedSubmission, Site, SiteKey, Source, SourceAddress
from tests.factories import make_key, make_site
from tests.leads.intake.corpus import CASES, Case
from tests.leads.intake.corpus.forms import OWN


@pytest.fixture
def door(site: Site, client: Client, settings: Any) -> Any:
    """Sends a case as the site, or as the stranger that it describes."""
    Site.objects.filter(pk=site.pk).update(quota=0, allowed_origins=OWN)
    settings.FORM_QUOTA = 0
    make_site(name="Somebody else")
    key, token = make_key(site), make_key(site, SiteKey.Kind.FORM)
    words = {
        "KEY": key,
        "FORM": f"Bearer {token}",
        "MORE": f"Bearer {key}x",
        "LESS": f"Bearer {key[:-1]}",
        "CASE": f"Bearer {key.swapcase()}",
    }

    def send(case: Case) -> Any:
        headers = dict(case.headers)
        shown = headers.pop("Authorization", f"Bearer {key}" if case.path[:3] != "/f/" else "")
        meta: dict[str, Any] = {
            f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()
        }
        address = urlsplit(case.path.replace("TOKEN", token).replace("KEY", key))
        if shown:
            meta["HTTP_AUTHORIZATION"] = words.get(shown, shown)
        if case.path.startswith("//"):
            address = address._replace(netloc="", path=case.path)
        # As a server does it: octets in Latin-1's clothes.
        path = unquote(address.path, "latin-1")
        return client.generic(
            case.method, "/", case.body, case.content_type,
            **{**meta, "CONTENT_TYPE": case.content_type,
                "PATH_INFO": path, "QUERY_STRING": address.query},
        )  # fmt: skip

    return send


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_answer_is_right(door: Any, site: Site, case: Case) -> None:
    answer = door(case)

    assert answer.status_code in case.status, answer.content[:300]
    assert b"canary-7391" not in answer.content + str(answer.headers).encode()
    assert Lead.objects.count() == case.stored
    assert not Lead.objects.exclude(site=site).exists()
    assert not RejectedSubmission.objects.exclude(site=site).exists()
    if case.path.startswith("/api/v1") and case.method != "HEAD":
        keys = {"id", "status"} if answer.status_code == 202 else {"code", "title", "detail"}
        assert keys <= answer.json().keys()
    for lead in Lead.objects.all():
        assert set(case.flags) <= {flag.value for flag in lead.oddities}


def test_the_corpus_is_large_and_its_names_are_told_apart() -> None:
    categories = Counter(case.category for case in CASES)

    assert len(CASES) >= 250
    assert len({str(case) for case in CASES}) == len(CASES)
    assert categories.keys() == {
        "JSON syntax", "types", "unicode", "length", "injection", "content types", "methods",
        "auth", "idempotency", "CORS",
    }  # fmt: skip


BODIES = [case for case in CASES if case.path == "/api/v1/leads/" and case.method == "POST"]


@pytest.mark.parametrize("case", BODIES, ids=str)
def test_at_a_webhook_address_no_body_is_an_error_of_ours(
    site: Site, client: Client, case: Case
) -> None:
    """No tool posts twice: a body is a lead, read or held, or has no value in it."""
    source = Source.objects.create(site=site, name="Form")
    address = SourceAddress.objects.issue(source, timezone.now())
    # Whose key it shows is no matter at this address.
    headers = {n: v for n, v in case.headers.items() if n not in ("Authorization", "X-API-Key")}

    answer = client.generic(
        "POST", f"/in/{address.secret}/", case.body, case.content_type, headers=headers
    )

    assert answer.status_code in (200, 400, 413), answer.content[:300]
    assert b"canary-7391" not in answer.content + str(answer.headers).encode()
    assert answer.headers["Content-Type"] == "application/json"
    told = answer.json()
    leads = Lead.objects.filter(webhook_source=source).count()
    assert leads == (len(told["leads"]) if "leads" in told else int("id" in told))
