"""What lies outside: mail, Zoho, and the way from the network to the web process."""

from __future__ import annotations

import json
import smtplib
import ssl
import urllib.request
from collections.abc import Iterator
from typing import Any

import certifi
from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from leadops.accounts.sso import oidc, providers
from leadops.accounts.sso.refusals import Refused
from leadops.operations.doctor.finding import Finding, Level, doubtful, fine, wrong
from leadops.operations.seen import PATH, token
from leads.clock import Deadline
from leads.models import Destination
from zoho.setup.check import check

NOBODY = "203.0.113.7"
"""An address of the documentation's network, which no sender has."""
SECONDS = 10


def mail(to: str) -> Iterator[Finding]:
    """Whether the mail server takes us; a real mail where an address is named."""
    if not settings.EMAIL_BACKEND.endswith("smtp.EmailBackend"):
        yield doubtful("Mail", "Mails are written to files.", "Set EMAIL_URL=smtp+tls://….")
        return
    try:
        with get_connection(timeout=SECONDS) as server:
            if to:
                text = "This mail was sent by leadops doctor: mail leaves this installation."
                EmailMessage("LeadOps: a test mail", text, None, [to], connection=server).send()
    except (OSError, smtplib.SMTPException) as error:
        said = f"The mail server refuses or does not answer ({type(error).__name__})."
        yield wrong(
            "Mail", said, "Mend EMAIL_URL: host, port, user, password, smtp+tls or smtp+ssl."
        )
        return
    done = f"A mail was handed over for {to}." if to else "The server takes our log-in."
    yield fine("Mail", done if to else f"{done} With --mail ADDRESS a mail is sent.")


def zoho() -> Iterator[Finding]:
    """The set-up check of every destination, summed up where all is well."""
    signs = {"ok": Level.OK, "warn": Level.WARN, "fail": Level.FAIL}
    for destination in Destination.objects.order_by("name"):
        lines = check(destination, Deadline(60))
        bad = [line for line in lines if line.level != "ok"]
        for line in bad:
            todo = " ".join(line.steps) or "See the destination's page."
            yield Finding(
                f"Zoho: {destination.name}", signs[line.level], f"{line.name}: {line.text}", todo
            )
        if not bad:
            yield fine(f"Zoho: {destination.name}", f"{len(lines)} points in order.")


def sign_in() -> Iterator[Finding]:
    """Whether each provider of single sign-on says who it is, and is who it should be."""
    oidc.forget()
    found = providers.every()
    if not (settings.PASSWORD_LOGIN or found):
        todo = "Set OIDC_ISSUER, or take PASSWORD_LOGIN=false out."
        yield wrong("Single sign-on", "PASSWORD_LOGIN is off, and there is no provider.", todo)
    for provider in found:
        name = f"Single sign-on: {provider.name}"
        try:
            oidc.about(provider)
        except Refused as refusal:
            todo = "Mend OIDC_ISSUER, or the provider in the admin; see docs/access."
            yield wrong(name, f"{provider.issuer}: {refusal.reason}.", todo)
        else:
            yield fine(
                name, f"It answers. Redirect address: {oidc.redirect_address(provider.slug)}"
            )


def way_in() -> Iterator[Finding]:
    """A request of our own through PUBLIC_URL, which claims things about itself."""
    name, url = "Way in", f"{settings.PUBLIC_URL}{PATH}?token={token()}"
    claims = {"X-Forwarded-For": NOBODY, "User-Agent": "leadops-doctor"}
    try:
        seen = fetch(urllib.request.Request(url, headers=claims))  # noqa: S310 - ours
    except (OSError, ValueError) as error:
        said = f"PUBLIC_URL {settings.PUBLIC_URL} does not lead here ({type(error).__name__})."
        yield wrong(
            name, said, "Look at DNS, certificate, nginx, and whether the web process runs."
        )
        return
    if settings.HTTPS and not seen["https"]:
        todo = "proxy_set_header X-Forwarded-Proto $scheme; (deploy/nginx.conf)"
        yield wrong(name, "The web process takes https for http.", todo)
    elif seen["address"] == NOBODY:
        todo = "proxy_set_header X-Forwarded-For $remote_addr; and TRUSTED_PROXIES."
        yield wrong(name, "Anybody may claim any address: limits and blocks do not hold.", todo)
    else:
        yield fine(name, f"{settings.PUBLIC_URL} leads here; senders are seen as they are.")


def fetch(request: urllib.request.Request) -> dict[str, Any]:
    """The JSON object that is answered. Raises OSError or ValueError."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    with urllib.request.urlopen(request, timeout=SECONDS, context=context) as answer:  # noqa: S310
        found = json.loads(answer.read(10_000))
    if not isinstance(found, dict) or not {"https", "address"} <= found.keys():
        raise ValueError("not the answer of LeadOps")
    return found
