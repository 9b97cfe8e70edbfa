"""Signing keys on the desk: the secret is shown once, and a site is not shut out by a switch."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from leads.models import Site, SiteKey
from tests.responses import flat


def test_its_secret_is_shown_once_with_code_that_signs(boss: Client, site: Site) -> None:
    answer = boss.post(f"/admin/leads/site/{site.pk}/issue-key/", {"kind": "signed"})

    key, page = site.keys.get(kind=SiteKey.Kind.SIGNED), flat(answer.content.decode())
    assert "no-store" in answer["Cache-Control"]
    assert key.secret in page
    assert f"webhook-key: {key.token}" in page
    later = flat(boss.get(f"/admin/leads/site/{site.pk}/change/").content.decode())
    assert key.token in later
    assert key.secret not in later


def test_a_site_without_a_signing_key_cannot_ask_for_signatures(site: Site) -> None:
    site.signed_only = True

    with pytest.raises(ValidationError, match="Issue a signing key first"):
        site.clean()


def test_with_one_it_can(site: Site) -> None:
    SiteKey.objects.issue(site, SiteKey.Kind.SIGNED)
    site.signed_only = True

    site.clean()


def test_a_revoked_one_does_not_count(site: Site) -> None:
    key, _secret = SiteKey.objects.issue(site, SiteKey.Kind.SIGNED)
    key.revoke()
    site.signed_only = True

    with pytest.raises(ValidationError):
        site.clean()


def test_the_pages_of_other_sites_say_nothing_of_it(boss: Client, site: Site) -> None:
    before = flat(boss.get(f"/admin/leads/site/{site.pk}/change/").content.decode())
    Site.objects.filter(pk=site.pk).update(signed_only=True)
    after = flat(boss.get(f"/admin/leads/site/{site.pk}/change/").content.decode())

    assert "This site takes signed requests only." not in before
    assert "This site takes signed requests only." in after
