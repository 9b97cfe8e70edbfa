"""`manage.py demo`: the administrator and the site that `make run` shows to a newcomer."""

from __future__ import annotations

import json
import os
import secrets
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand
from django.db import transaction

from leads.models import Destination, Site, SiteKey

ADMIN = "admin"
SITE = "Demo"


class Command(BaseCommand):
    """Safe to repeat: what exists and still works is kept, what is missing is made."""

    help = "Creates the user admin and a demo site; prints their secrets as JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """A file, not arguments: those are visible to everybody on the machine."""
        parser.add_argument(
            "--memory",
            type=Path,
            help="file that keeps the secrets from one call to the next, with mode 0600",
        )

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        """Make what is missing; `admin_password` is null when somebody has changed it."""
        memory: Path | None = options["memory"]
        known = json.loads(memory.read_text()) if memory and memory.exists() else {}
        site = demo_site()
        demo = {
            "admin_password": admin_password(known.get("admin_password")),
            "site_key": site_key(site, SiteKey.Kind.SECRET, known.get("site_key")),
            "form_token": site_key(site, SiteKey.Kind.FORM, known.get("form_token")),
        }
        text = json.dumps(demo, indent=2) + "\n"
        if memory and demo != known:
            write_private(memory, text)
        self.stdout.write(text)


def admin_password(known: str | None) -> str | None:
    """The password of the user admin, who is made if need be; None when nobody knows it."""
    users = get_user_model().objects
    admin = users.filter(username=ADMIN).first()
    if admin is None:
        password = known or secrets.token_urlsafe(12)
        users.create_superuser(username=ADMIN, email="admin@example.com", password=password)
        return password
    return known if known and admin.check_password(known) else None


def demo_site() -> Site:
    """The demo site, open to the form on this installation's own demo page."""
    site = Site.objects.filter(name=SITE).first()
    if site is None:
        destination = Destination.objects.first()
        if destination is None:
            destination = Destination.objects.create(name="Zoho CRM")
        site = Site(name=SITE, destination=destination, recipients="sales@example.com")
    # The address changes with PORT from one run to the next.
    if settings.PUBLIC_URL.lower() not in site.origin_list:
        site.allowed_origins = "\n".join([*site.origin_list, settings.PUBLIC_URL])
        site.save()
    return site


def site_key(site: Site, kind: SiteKey.Kind, known: str | None) -> str:
    """The known key while it is live, or a new one."""
    live = SiteKey.objects.live().filter(site=site, kind=kind)
    if known and live.filter(digest=SiteKey.digest_of(known)).exists():
        return known
    _key, secret = SiteKey.objects.issue(site, kind, label="demo")
    return secret


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, from its first moment on."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
