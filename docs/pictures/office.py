"""What surrounds the leads: keys, notices, colleagues, the connection to Zoho."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model

from docs.pictures.people import person
from docs.pictures.traffic import a_lead
from leads.decisions.team.assign import assign
from leads.decisions.team.comment import add_comment
from leads.desk.kit.history import attribute
from leads.models import Destination, Lead, Preferences, SavedView, Site, SiteKey
from notifications.models import Channel, Digest, Notice
from tests.factories import make_rejected, make_user
from zoho.fit.metadata import STANDARD_LEADS
from zoho.models import Connection, Finding, Mapping, ModuleFields, Reconciliation

COLLEAGUES = [
    ("omar", "Omar", "Haddad", "Support", 2),
    ("mia", "Mia", "Nakamura", "Manager", 45),
    ("tomasz", "Tomasz", "Novák", "Administrator", 400),
]
"""Name, first and last name, role, and minutes since the last login."""
SOURCES = ["Web site", "Trade fair", "Advertisement", "Recommendation"]
BROKEN = '{"contact_name": "Ana Silva", "email": "ana@example.com", "phone": "+49 30 555 0042", }'
Kind, Status = Notice.Kind, Notice.Status


def fill(boss: Any, sites: list[Site], shown: Lead, now: datetime) -> dict[str, int]:
    """All of it; the ids of what is looked at."""
    keys(sites, now)
    ids = colleagues(boss, sites, now)
    ids |= zoho(sites[0], shown, now)
    ids |= notices(sites, shown, now)
    work_of(boss, shown)
    a_lead(sites[3], person(77), status="delivered", settled_at=now)
    SavedView.objects.create(user=boss, name="Postcodes", query="reason=too_long")
    SavedView.objects.create(user=boss, name="Solar, today", query=f"site={sites[1].pk}&span=today")
    lead = a_lead(
        sites[1],
        person(91) | {"message": "Best SEO prices!! https://seo.example https://b.example"},
        status="failed",
        reason="quarantined",
        reason_text="2 links in the message",
        failed_at=now - timedelta(hours=2),
    )
    make_rejected(site=sites[3], received_at=now - timedelta(hours=3), status=413, code="too_large")
    rejected = make_rejected(
        site=sites[0], body=BROKEN, size=len(BROKEN), received_at=now - timedelta(minutes=14)
    )
    return ids | {
        "spam": lead.pk,
        "rejected": rejected.pk,
        "preferences": Preferences.load().pk,
    }


def keys(sites: list[Site], now: datetime) -> None:
    """Two secret keys of which the old one goes out of use, and a token for the demo's form."""
    old, _secret = SiteKey.objects.issue(sites[0], SiteKey.Kind.SECRET, "old server")
    new, _secret = SiteKey.objects.issue(sites[0], SiteKey.Kind.SECRET, "web server 2")
    rows = SiteKey.objects.all()
    rows.filter(pk=old.pk).update(
        created_at=now - timedelta(days=40), last_used_at=now - timedelta(hours=3)
    )
    rows.filter(pk=new.pk).update(
        created_at=now - timedelta(hours=4), last_used_at=now - timedelta(minutes=1)
    )
    for site in sites[1:4]:
        SiteKey.objects.issue(site, SiteKey.Kind.SECRET, "web server")
    SiteKey.objects.issue(sites[-1], SiteKey.Kind.FORM, "demo")
    Site.objects.filter(pk=sites[-1].pk).update(allowed_origins=settings.PUBLIC_URL)


def colleagues(boss: Any, sites: list[Site], now: datetime) -> dict[str, int]:
    """Three roles, and what they did of late."""
    people = [
        make_user(
            name,
            role=role,
            first_name=first,
            last_name=last,
            email=f"{name}@example.com",
            last_login=now - timedelta(minutes=minutes),
        )
        for name, first, last, role, minutes in COLLEAGUES
    ]
    omar, _mia, tomasz = people
    TOTP.activate(tomasz, generate_totp_secret())
    deeds = [
        (boss, omar, "Changed the role to Support."),
        (boss, sites[0], "Issued key web server 2."),
        (tomasz, tomasz, "Set up a second factor."),
        (tomasz, sites[2], "Changed recipients."),
        (boss, Destination.objects.get(), "Connected Zoho."),
    ]
    for n, (user, row, words) in enumerate(deeds):
        attribute(row, user, words)
        entry = LogEntry.objects.latest("pk")
        LogEntry.objects.filter(pk=entry.pk).update(action_time=now - timedelta(hours=9 - 2 * n))
    return {"user": omar.pk}


def work_of(boss: Any, lead: Lead) -> None:
    """Leads that are somebody's, and what was said of one."""
    users = get_user_model().objects
    omar, mia = users.get(username="omar"), users.get(username="mia")
    failed = Lead.objects.failed().order_by("-failed_at")
    others = failed.exclude(pk=lead.pk).values_list("pk", flat=True)
    assign(Lead.objects.filter(pk__in=[lead.pk, *others[2:6]]), omar, boss)
    assign(Lead.objects.filter(pk__in=list(others[8:11])), boss, mia)
    add_comment(lead, mia, "@omar she asked for a call before Friday.")


def zoho(site: Site, shown: Lead, now: datetime) -> dict[str, int]:
    """A connected organisation, a mapping of the site's own, nights that were compared."""
    destination = site.destination
    connection, _made = Connection.objects.update_or_create(
        destination=destination,
        defaults={
            "accounts_url": "https://accounts.zoho.eu",
            "client_id": "1000.MADEUP0PICTURES0CLIENT",
            "client_secret": "made up",
            "refresh_token": "made up",
            "access_token": "made up",
            "access_expires_at": now + timedelta(minutes=38),
            "api_domain": "https://www.zohoapis.eu",
            "connected_at": now - timedelta(days=40),
        },
    )
    fields = {
        name: {"type": field.type, "length": field.length, "mandatory": field.mandatory}
        for name, field in STANDARD_LEADS.items()
    }
    fields["Lead_Source"] |= {"type": "picklist", "label": "Lead Source", "mandatory": True}
    fields["Lead_Source"]["values"] = [[name, name] for name in SOURCES]
    fields["Lead_Ref"] = {"type": "text", "length": 50, "unique": True}
    ModuleFields.objects.create(
        connection=connection, module="Leads", fields=fields, read_at=now - timedelta(hours=7)
    )
    rules = [
        {"source": ["first_name", "last_name", "contact_name"], "target": "Last_Name"}
        | {"transform": "last_name"},
        {"source": "email", "target": "Email"},
        {"source": "phone", "target": "Phone"},
        {"source": "zip", "target": "Zip_Code"},
        {"source": "utm_source", "target": "Lead_Source"},
    ]
    Mapping.objects.create(site=site, rules=rules)
    return {"comparison": comparisons(destination, shown, now)}


def comparisons(destination: Destination, shown: Lead, now: datetime) -> int:
    """Six nights; the last one found three differences."""
    for night in range(5, -1, -1):
        at = now.replace(hour=2, minute=10) - timedelta(days=night)
        made = Reconciliation.objects.create(
            destination=destination,
            module="Leads",
            since=at - timedelta(days=3),
            started_at=at,
            ended_at=at + timedelta(seconds=41),
            leads=4_112 - 37 * night,
            records=4_112 - 37 * night + (1 if night == 0 else 0),
            credits=21,
            leads_done=True,
        )
    lead = Lead.objects.filter(status="delivered").first()
    add = Finding.objects.create
    add(reconciliation=made, kind="missing", lead=lead, record_id=lead.zoho_id if lead else "")
    add(reconciliation=made, kind="unsettled", lead=shown, record_id="5725767000000524311")
    add(reconciliation=made, kind="unknown", record_id="5725767000000524390")
    return made.pk


def notices(sites: list[Site], shown: Lead, now: datetime) -> dict[str, int]:
    """What was told of late, by mail, Slack and webhook, and one that did not get through."""
    slack = _channel("#sales", Channel.Kind.SLACK, sites[0], "https://hooks.slack.com/services/X")
    hook = _channel("CRM team", Channel.Kind.WEBHOOK, sites[1], "https://hooks.example.com/leads")
    now_and_then = {"worked_at": now - timedelta(minutes=2), "tried_at": now - timedelta(minutes=2)}
    Channel.objects.update(**now_and_then)
    Digest.objects.create(recipient="mia@example.com", hour=8)
    about: dict[str, Any] = {"site": sites[0], "lead": shown, "reason": shown.reason}
    hooked: dict[str, Any] = {"via": "webhook", "channel": hook, "recipient": hook.label}
    told: list[dict[str, Any]] = [
        {"kind": Kind.DIGEST, "recipient": "mia@example.com", "ago": 95},
        {"kind": Kind.PAUSED, "reason": "service_unavailable", "ago": 71, "count": 12},
        {"kind": Kind.RESUMED, "reason": "service_unavailable", "ago": 64},
        {"kind": Kind.QUIET, "site": sites[QUIET_SITE], "ago": 52},
        {"kind": Kind.LEAD_FAILED, **about, "ago": 51},
        {"kind": Kind.LEADS_WAITING, "site": sites[3], "count": 3, "ago": 7},
        {"kind": Kind.LEAD_FAILED, **about, **hooked, "ago": 3, "error": "Answered with error 502"},
        {"kind": Kind.LEAD_FAILED, **about, "ago": 2, "via": "slack"}
        | {"channel": slack, "recipient": slack.label},
        {"kind": Kind.LEAD_FAILED, **about, "ago": 2},
    ]
    made = [_notice(one, now) for one in told]
    return {"notice": made[-1].pk, "channel": hook.pk}


QUIET_SITE = 2


def _notice(values: dict[str, Any], now: datetime) -> Notice:
    at = now - timedelta(minutes=values.pop("ago"))
    status = Status.FAILED if values.get("error") else Status.SENT
    sent = {"sent_at": at} if status == Status.SENT else {"tries": 5}
    made: dict[str, Any] = {"recipient": "sales@example.com", "created_at": at, "due_at": at}
    return Notice.objects.create(status=status, **made | sent | values)


def _channel(name: str, kind: str, site: Site, address: str) -> Channel:
    channel = Channel(name=name, kind=kind, site=site)
    channel.set_address(address)
    channel.save()
    return channel
