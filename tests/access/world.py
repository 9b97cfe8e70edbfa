"""One of everything that an address can name."""

from __future__ import annotations

import io
import uuid
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from leadops.accounts.models import (
    ApiToken,
    IdentityProvider,
    PolicyReport,
    SecurityEvent,
    ServiceAccount,
)
from leads.counters.sales.record import add, counted
from leads.decisions.imports.upload import upload
from leads.desk.kit.history import attribute
from leads.intake.recognise.reading import read_as
from leads.models import (
    Assignment,
    BulkRetry,
    CrmRecord,
    Lead,
    LeadImport,
    Preferences,
    Site,
    SiteKey,
    Source,
    SourceAddress,
    Wallboard,
)
from leads.reasons import Reason
from notifications.models import Channel, Digest, Endpoint, MailLink, Message, Notice
from tests.factories import (
    make_call,
    make_destination,
    make_failed_lead,
    make_lead,
    make_log,
    make_rejected,
    make_site,
    make_token,
    make_user,
)
from tests.leadops.accounts.conftest import phone_of
from tests.notifications.receiver import an_endpoint
from zoho.models import Cause, Connection, Reconciliation, Repair

ORIGIN = "https://arctic.example"
PERSON = {
    "contact_name": "Maximiliane von Hohenzollern-Sigmaringen",
    "email": "a-very-long-address-that-nobody-can-break@example-of-a-long-domain.example.com",
    "phone": "+49 30 555 0000 0042",
    "message": "Please call me back. " + "x" * 300,
    "favourite_colour": "octarine",
}
"""Values as long as they come, and easily recognised where they should not be."""
MARKED = "Max von Hohenzollern"
MARKS = ("Hohenzollern", "nobody-can-break", "555 0000", "octarine", "call me back")


FOREIGN = (*MARKS, "Arctic Spas", "arctic.example", "staff@example.com", "copy.example", "61000")
"""What tells of the site that everything belongs to."""


def make_world() -> tuple[dict[str, Any], Site, Site]:
    """The ids by model and by slot; the site that everything belongs to; another site."""
    destination = make_destination()
    site = _site("Arctic Spas and Hot Tubs of the Northern Territories")
    other = make_site(name="Other site")
    lead = make_failed_lead(
        site=site,
        data=PERSON,
        reason="duplicate_email",
        reason_field="email",
        reason_text="octarine is too long",
        in_the_way="61000",
        page="https://arctic.example/contact?colour=octarine",
    )
    make_failed_lead(
        site=site,
        data=PERSON,
        reason="quarantined",
        reason_text="Posted from https://copy.example, which may not post for the site.",
        page="https://copy.example/contact/octarine",
        flags="foreign_page",
    )
    Assignment.objects.give([lead.pk], make_user("clerk").pk, timezone.now())
    _became(lead)
    call = make_call(request='{"a": "octarine"}', response="octarine", status=202)
    log = make_log(lead, call=call, record={"Last_Name": "octarine"}, answer="octarine")
    key, _secret = SiteKey.objects.issue(site, SiteKey.Kind.SECRET)
    _form, token = SiteKey.objects.issue(site, SiteKey.Kind.FORM)
    now = timezone.now()
    # Paused, so that there is something to resume.
    type(destination).objects.pause(destination.pk, "paused_by_hand", now, None)
    Site.objects.pause(site.pk, "wrong_module", now, now)
    address = _source_address(site)
    source_lead = _unclear_lead(address.source)
    link = MailLink.objects.issue(site, "staff@example.com", [lead.pk], now)
    ids: dict[str, Any] = {
        "leads.lead": lead.pk,
        "leads.failedlead": lead.pk,
        "leads.bulkretry": bulk_retry_of_staff().pk,
        "leads.leadimport": import_into(site).pk,
        "leads.apilog": log.pk,
        "leads.apicall": call.pk,
        "leads.rejectedsubmission": make_rejected(site=site, body='{"favourite": "octarine"').pk,
        "leads.site": site.pk,
        "leads.destination": destination.pk,
        "leads.preferences": Preferences.load().pk,
        "leads.wallboard": _wallboard().pk,
        "act/board/<str:secret>/": "board",
        "notifications.notice": _notice(lead).pk,
        "notifications.channel": _channel(site).pk,
        "notifications.endpoint": (endpoint := endpoint_of(site)).pk,
        "notifications.message": message_to(endpoint, lead).pk,
        "notifications.digest": Digest.objects.create(recipient="a@example.com", site=site).pk,
        "zoho.reconciliation": _reconciliation(destination).pk,
        "zoho.repair": Repair.objects.create(destination=destination, created_at=now).pk,
        "cause_pk": _cause(site).pk,
        "accounts.apitoken": _token().pk,
        "auth.user": (colleague := _colleague()).pk,
        "accounts.auditentry": _audited(colleague).pk,
        "accounts.securityevent": SecurityEvent.objects.create(at=now, kind="logged_in").pk,
        "accounts.policyreport": PolicyReport.objects.create(day=now.date(), last_at=now).pk,
        "accounts.identityprovider": _provider().pk,
        "reason": "denied",
        "provider": "nowhere",
        "auth.group": Group.objects.create(name="Night shift").pk,
        "reference": lead.reference,
        "demo/status/<uuid:reference>/": make_lead(site=_demo_site()).reference,
        "token": token,
        "link": link,
        "lead": lead.pk,
        "secret": address.secret,
        "source_pk": address.source_id,
        "source_lead": source_lead.pk,
        "run": uuid.uuid4(),
        "name": "site",
        "host": "copy.example",
        "lead_pk": make_lead(site=site, is_test=True).pk,
        "key_pk": key.pk,
        "site_pk": site.pk,
        "app_label": "leads",
        "content_type_id": ContentType.objects.get_for_model(lead).pk,
        "url": "nonsense",
    }
    Connection.objects.get_or_create(destination=destination)
    return ids, site, other


def _became(lead: Lead) -> None:
    """What was read of its record: a deal that was won, counted with its site."""
    row = CrmRecord.objects.create(
        lead=lead,
        destination=lead.destination,
        record_id="61000",
        is_first=True,
        has_deal=True,
        state=CrmRecord.State.CONVERTED,
        owner=MARKED,
        status="Contacted",
        converted_at=timezone.now(),
        deal_id="61001",
        stage="Closed Won",
        won=True,
        amount=1_200_500,
        currency="EUR",
        read_at=timezone.now(),
        start=lead.received_at.replace(minute=0, second=0, microsecond=0),
        site_pk=lead.site_id,
        source="api",
        campaign="spring",
    )
    add(counted(row))


def _source_address(site: Site) -> SourceAddress:
    """The second one of its source, so that there is an old one to end."""
    source = Source.objects.create(site=site, name="Front page")
    SourceAddress.objects.issue(source, timezone.now())
    return SourceAddress.objects.issue(source, timezone.now())


def _unclear_lead(source: Source) -> Lead:
    """A held lead of a source, of which two values could be the name."""
    data = {"Your name": MARKED, "your-name": "call me back", **PERSON}
    del data["contact_name"]
    return make_failed_lead(
        site=source.site,
        data=data,
        reading=read_as(data).as_json(),
        reason=Reason.UNCLEAR,
        reason_field="contact_name",
        webhook_source=source,
        repeats=1,
    )


def _provider() -> IdentityProvider:
    return IdentityProvider.objects.create(
        slug="example", name="Example", issuer="https://login.example.com", client_id="leadops"
    )


def _colleague() -> Any:
    user = make_user("colleague")
    phone_of(user)
    return user


def _audited(user: Any) -> LogEntry:
    attribute(user, user, "Set up a second factor.")
    return LogEntry.objects.get()


def _demo_site() -> Site:
    demo = Site.objects.filter(name="Demo").first() or make_site(name="Demo")
    SiteKey.objects.issue(demo, SiteKey.Kind.FORM)
    return demo


def _site(name: str) -> Site:
    told = "staff@example.com"
    return make_site(name=name, allowed_origins=ORIGIN, recipients=told, mail_links=True)


def _notice(lead: Any) -> Notice:
    now = timezone.now()
    return Notice.objects.create(
        kind=Notice.Kind.LEAD_FAILED,
        recipient="staff@example.com",
        site=lead.site,
        lead=lead,
        reason=lead.reason,
        status=Notice.Status.SENT,
        created_at=now,
        due_at=now,
        sent_at=now,
    )


def _wallboard() -> Wallboard:
    board = Wallboard(name="Hall", made_by=make_user("chief", is_superuser=True))
    board.keep("board")
    board.save()
    return board


def _token() -> ApiToken:
    """Of a program that may do nothing, so that who may issue tokens may renew it."""
    robot = make_user("program", is_staff=False)
    ServiceAccount.objects.create(user=robot)
    token, _secret = make_token(robot)
    return token


def _channel(site: Site) -> Channel:
    channel = Channel(name="#sales", site=site, kind=Channel.Kind.WEBHOOK)
    channel.set_address("https://hooks.example.com/secret-part")
    channel.save()
    return channel


def endpoint_of(site: Site) -> Endpoint:
    """Renewed, so that there is a former secret to end."""
    endpoint = an_endpoint("https://hooks.example.com/secret-part", site=site, personal_data=True)
    endpoint.renew_secret(timezone.now())
    return endpoint


def message_to(endpoint: Endpoint, lead: Any) -> Message:
    """One that was given up."""
    now = timezone.now()
    return Message.objects.create(
        endpoint=endpoint,
        lead=lead,
        event="lead.failed",
        lead_status="failed",
        reason=lead.reason,
        status=Message.Status.FAILED,
        error="Answered with error 500",
        answer=500,
        created_at=now,
        due_at=now,
        until=now,
    )


def _reconciliation(destination: Any) -> Reconciliation:
    now = timezone.now()
    return Reconciliation.objects.create(
        destination=destination, module="Leads", since=now, started_at=now, ended_at=now
    )


def _cause(site: Site) -> Cause:
    return Cause.objects.create(
        site=site, module="Leads", field="City", kind=Cause.Kind.EMPTY, told_at=timezone.now()
    )


def import_into(site: Site, name: str = "octarine") -> LeadImport:
    """One that was uploaded and not begun."""
    file = io.BytesIO(f"Full name,Mail address\nEva,{name}@example.com\n".encode())
    return upload(file, f"{name}.csv", site, None)


def bulk_retry_of_staff() -> BulkRetry:
    """One that is under way, of another filter than the tests begin."""
    now = timezone.now()
    return BulkRetry.objects.create(
        filter={"version": 1, "reason": "refused"},
        filter_key=BulkRetry.key_of({"reason": "refused"}),
        words="reason: Zoho refused the record",
        created_at=now,
        touched_at=now,
    )
