"""The mapping page of a site: its rules, what they make of stored leads, and saving them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from leads.clock import Deadline
from leads.delivery.crm_fields import RuleTrial
from leads.desk.kit import masking
from leads.desk.kit.history import attribute
from leads.desk.kit.permissions import demand
from leads.models import Lead, Site
from zoho.api.tokens import CallFailed
from zoho.desk.mapping_rows import Draft, Row, takes
from zoho.desk.mapping_words import beside, failures, source_names, target_choices
from zoho.fit import fields
from zoho.fit.metadata import STANDARD_LEADS
from zoho.mapping import dry_run, rules
from zoho.mapping.plans import known_fields, reserved
from zoho.mapping.transforms import TRANSFORMS
from zoho.models import Connection, Mapping, ModuleFields

PERMISSION = "zoho.change_mapping"
SECONDS = 20
"""For asking Zoho; shorter than gunicorn's patience of 30 s."""
STANDS_FOR = 24 * 60 * 60
"""Seconds for which a dry run stands good for the same rules."""


def mapping_urls(admin_site: Any) -> list[URLPattern]:
    """The page's address below a site's, behind the login; the permission is asked in it."""
    view = require_http_methods(["GET", "HEAD", "POST"])(mapping_page)
    return [path("<int:pk>/mapping/", admin_site.admin_view(view), name="zoho_mapping")]


def mapping_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The mapping to look at, and with its permission to change."""
    user = request.user
    if not (user.has_perm(PERMISSION) or user.has_perm("leads.view_site")):
        raise PermissionDenied
    if request.method == "POST":
        demand(request, PERMISSION)
    site = get_object_or_404(Site.objects.select_related("destination"), pk=pk)
    return MappingPage(request, site).answer()


def stored_draft(site: Site) -> Draft:
    """The site's mapping of today."""
    stored = Mapping.objects.filter(site=site).first()
    return Draft.of(stored.rules, stored.rest) if stored else default_draft(site)


def default_draft(site: Site) -> Draft:
    """What a site goes by that never touched its mapping."""
    return Draft.of(rules.default_rules(site.module))


def faults_in(draft: Draft, row: ModuleFields | None, sources: list[str]) -> list[list[str]]:
    """The faults of each row; empty when the draft can be stored."""
    described, ours = fields.described(row) or {}, reserved(row)
    found = [one.faults(described, ours, sources) for one in draft.rows]
    return found if any(found) else []


def try_out(site: Site, draft: Draft) -> tuple[dry_run.DryRun, RuleTrial, str]:
    """What the draft would do to the newest leads, and the signed mark that it was tried out."""
    found = dry_run.run(site, draft.rules(), draft.rest)
    outcome = found.outcome
    return found, outcome, signing.dumps([draft.digest(), *outcome], salt=_salt(site))


def proven(site: Site, draft: Draft, mark: str) -> RuleTrial | None:
    """What a dry run of exactly these rules came to; None without one."""
    try:
        digest, *outcome = signing.loads(mark, salt=_salt(site), max_age=STANDS_FOR)
    except (signing.BadSignature, ValueError):
        return None
    return RuleTrial(*outcome) if digest == draft.digest() else None


def _salt(site: Site) -> str:
    """A dry run is good for one site."""
    return f"zoho.mapping.{site.pk}"


@transaction.atomic
def replace(site: Site, draft: Draft, base: str, user: Any) -> bool:
    """Store the draft in the place of the mapping that `base` names; False where that is gone."""
    Site.objects.select_for_update().get(pk=site.pk)
    if base != stored_draft(site).digest():
        return False
    store(site, draft, user)
    return True


def store(site: Site, draft: Draft, user: Any) -> None:
    """Write the rules, or none where they are the default ones; and who did it."""
    if draft == default_draft(site):
        Mapping.objects.filter(site=site).delete()
        what = "Went back to the default field mapping."
    else:
        values = {"rules": draft.rules(), "rest": draft.rest}
        Mapping.objects.update_or_create(site=site, defaults=values)
        what = f"Changed the field mapping ({len(draft.rows)} rules)."
    attribute(site, user, what)


class MappingPage:
    """One request about the mapping of one site. Only `save` writes, and `refresh` the fields."""

    def __init__(self, request: HttpRequest, site: Site) -> None:
        self.request, self.site = request, site
        self.today = self.draft = stored_draft(site)
        self.row = known_fields(site)
        self.shown: dict[str, Any] = {}
        """What was tried out, for the template."""
        self.checked = False
        """Whether faults are marked: not while rows are still being put together."""
        self.tried = ""
        """The signed mark of the dry run that exactly these rules went through."""
        self.outcome = RuleTrial()
        """What that dry run came to."""

    def answer(self) -> HttpResponse:
        """What was asked for by a button, or the page as it stands."""
        if self.request.method != "POST":
            return self.show()
        post = self.request.POST
        columns = {
            name: post.getlist(name) for name in ("source", "transform", "argument", "target")
        }
        action = post.get("do", "")
        self.draft = Draft.posted(columns, post.get("rest", "")).after(action)
        if (outcome := proven(self.site, self.draft, post.get("rehearsed", ""))) is not None:
            self.tried, self.outcome = post["rehearsed"], outcome
        actions = {
            "preview": self.preview,
            "rehearse": self.try_out,
            "save": self.save,
            "save-anyway": self.save,
            "save-failing": self.save,
            "defaults": self.reset,
            "refresh": self.refresh,
        }
        saved = actions[action]() if action in actions else None
        return saved or self.show()

    # --- What the buttons do --------------------------------------------------------------------

    def preview(self) -> None:
        """What the draft makes of one lead, beside the mapping of today."""
        demand(self.request, masking.PERMISSION)
        self.checked = True
        lead = self.lead()
        if lead is None:
            self.shown["lead_error"] = _("This site has no such lead.")
        elif not self.faults():
            new = dry_run.preview(self.site, lead, self.draft.rules(), self.draft.rest)
            old = dry_run.preview(self.site, lead)
            self.shown |= {"lead": lead, "new": new, "old": old, "values": beside(new, old)}

    def lead(self) -> Lead | None:
        """The lead that was asked for, the newest without an id; None where there is none."""
        asked = self.request.POST.get("lead", "").strip()
        leads = Lead.objects.filter(site=self.site).defer("body").order_by("-pk")
        if not asked:
            return leads.first()
        good = asked.isdecimal() and len(asked) < 19
        return leads.filter(pk=int(asked)).first() if good else None

    def try_out(self) -> None:
        """What the draft would do to the newest leads; after that it can be saved."""
        self.checked = True
        if not self.faults():
            found, self.outcome, self.tried = try_out(self.site, self.draft)
            self.shown |= {"rehearsal": found, "findings": failures(found)}
            self.shown["changes"] = found.fields.most_common()

    def save(self) -> HttpResponse | None:
        """Store the draft, after a dry run or without on demand.

        One of which most leads fail is asked for once more, however it is to be saved.
        """
        self.checked = True
        do = self.request.POST["do"]
        if self.faults():
            return None
        if do != "save-anyway" and not self.tried:
            self.shown["problem"] = _("The rules have changed since the rehearsal: rehearse again.")
            return None
        if self.outcome.is_grave and do != "save-failing":
            self.shown["sure"] = self.outcome
            return None
        if not replace(self.site, self.draft, self.request.POST.get("base", ""), self.request.user):
            self.today = stored_draft(self.site)
            self.shown["problem"] = _(
                "Somebody else has saved another mapping meanwhile. These are your rules, not "
                "yet saved: a rehearsal compares them with the new ones."
            )
            return None
        messages.success(
            self.request, _("The mapping is saved: every lead goes by it from now on.")
        )
        return HttpResponseRedirect(reverse("admin:zoho_mapping", args=[self.site.pk]))

    def reset(self) -> None:
        """Put the default rules on the page; nothing is stored yet."""
        self.draft, self.tried = default_draft(self.site), ""

    def refresh(self) -> None:
        """Ask Zoho for the module's fields."""
        connection = Connection.objects.filter(destination=self.site.destination_id).first()
        if connection is None or not connection.is_set_up:
            self.shown["fields_error"] = _("The destination is not connected to Zoho yet.")
            return
        try:
            self.row = fields.refresh(connection, self.site.module, Deadline(SECONDS))
        except CallFailed as failure:
            outcome = failure.outcome
            why = outcome.text or (outcome.reason.label if outcome.reason else _("no answer"))
            self.shown["fields_error"] = _("Zoho's fields could not be read: %(why)s") % {
                "why": why
            }
        else:
            self.shown["fields_read"] = True

    # --- What the page shows --------------------------------------------------------------------

    @property
    def described(self) -> Any:
        """The module's fields; empty while they have not been read."""
        return fields.described(self.row) or {}

    @cached_property
    def sources(self) -> list[str]:
        """Names of fields that the site sends."""
        return source_names(self.site)

    def faults(self) -> list[list[str]]:
        """The faults of each row; empty when the draft can be stored."""
        return faults_in(self.draft, self.row, self.sources)

    def show(self) -> HttpResponse:
        """The page."""
        user, described = self.request.user, self.described
        faults = self.faults() if self.checked else []
        choices = target_choices(described, reserved(self.row))
        context = admin.site.each_context(self.request) | {
            "title": (_("Field mapping: %(site_name)s") % {"site_name": self.site.name}),
            "site": self.site,
            "draft": self.draft,
            "rows": [
                (row, faults[n] if faults else [])
                for n, row in enumerate(self.draft.rows or [Row()])
            ],
            "blank": Row(),
            "faulty": bool(faults),
            "saving": self.request.POST.get("do", "").startswith("save"),
            "changed": self.draft != self.today,
            "is_default": self.draft == default_draft(self.site),
            "base": self.today.digest(),
            "rehearsed": self.tried,
            "transforms": [(name, one.title, takes(name)) for name, one in TRANSFORMS.items()],
            "choices": choices,
            "choice_names": {name for name, _text in choices},
            "guesses": list(STANDARD_LEADS) if self.site.module == "Leads" else [],
            "uncovered": self.uncovered(),
            "sources": self.sources,
            "Rest": Mapping.Rest,
            "fields": self.row,
            "lead_id": self.request.POST.get("lead", ""),
            "may_edit": user.has_perm(PERMISSION),
            "may_preview": masking.may_see(user),
            "now": timezone.now(),
            **self.shown,
        }
        return TemplateResponse(self.request, "admin/zoho/mapping.html", context)

    def uncovered(self) -> list[str]:
        """Labels of mandatory fields that neither a rule nor we fill."""
        described, ours = self.described, reserved(self.row)
        names = rules.uncovered(self.draft.rules(), described)
        return [described[name].label or name for name in names if name not in ours]
