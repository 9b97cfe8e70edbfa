"""“Connect a site”: a few steps, and at their end a site with its key, or with an address.

What was entered waits in the session under the number of its run, so that back and forward work
and nothing is made before the last step. The run's number is stored with the site: whatever is
pressed twice, one run makes one site with one key or source.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods

from leads.decisions.source import make_source
from leads.desk.kit.generics import ModelForm
from leads.desk.kit.history import attribute
from leads.desk.kit.permissions import demand
from leads.desk.sites import site_keys
from leads.desk.sites.sources.forms import tool_choices
from leads.desk.sites.sources.page import shown
from leads.intake.guard.origins import origin_of
from leads.intake.tools import TOOLS, UNTOLD
from leads.models import Destination, Site, SiteKey, Source

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

SESSION = "connect_site"
MOST_RUNS = 5
"""Runs that a session remembers; the oldest is forgotten."""


CODE = [
    (SiteKey.Kind.SECRET, gettext_lazy("My own code. Its server posts, with a secret key")),
    (
        SiteKey.Kind.FORM,
        gettext_lazy("My own page. A form on its pages posts, from the visitor's browser"),
    ),
]
"""What is no tool."""


class SiteStep(ModelForm[Site]):
    """What the site is called and who is told."""

    title, lead_in = (
        gettext_lazy("The site"),
        gettext_lazy("What it is called here, and who hears when a lead fails."),
    )

    class Meta:
        model = Site
        fields = ["name", "destination", "recipients", "country"]
        labels = {
            "name": gettext_lazy("Name"),
            "destination": gettext_lazy("Destination"),
            "recipients": gettext_lazy("Recipients"),
            "country": gettext_lazy("Country"),
        }
        error_messages = {"name": {"unique": gettext_lazy("There is a site of this name already.")}}
        widgets = {
            "recipients": forms.Textarea(attrs={"rows": 3, "placeholder": "sales@example.com"}),
            "country": forms.TextInput(attrs={"placeholder": "DE", "autocapitalize": "characters"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        destinations = Destination.objects.all()
        if destinations.count() == 1:  # nothing to choose
            del self.fields["destination"]
            self.instance.destination = destinations[0]

    def clean_country(self) -> str:
        """In capitals, as it is kept."""
        return str(self.cleaned_data["country"]).upper()


class RulesStep(ModelForm[Site]):
    """What happens to a lead that is there already."""

    title, lead_in = gettext_lazy("Rules"), gettext_lazy("What happens to people who write twice.")

    class Meta:
        model = Site
        fields = ["duplicate_rule", "duplicate_policy"]
        widgets = {"duplicate_rule": forms.RadioSelect, "duplicate_policy": forms.RadioSelect}


class WayStep(ModelForm[Site]):
    """How the site posts."""

    title, lead_in = gettext_lazy("Connection"), gettext_lazy("How its leads come here.")

    kind = forms.ChoiceField(
        label=gettext_lazy("What makes the form?"),
        choices=lambda: [*tool_choices(), *CODE],
        initial=SiteKey.Kind.SECRET,
        widget=forms.RadioSelect,
        help_text=gettext_lazy(
            "A tool is given an address to post to, and nothing is to be programmed. Of code "
            "the server's is the better one where there is one: it can try again."
        ),
    )

    class Meta:
        model = Site
        fields = ["kind", "allowed_origins"]
        labels = {"allowed_origins": gettext_lazy("Pages that may post")}
        widgets = {
            "allowed_origins": forms.Textarea(
                attrs={"rows": 3, "placeholder": "https://www.example.com"}
            )
        }
        help_texts = {
            "allowed_origins": gettext_lazy(
                "For a form only: the addresses of the site, one a line. A form on "
                "any other page is refused."
            )
        }

    def clean_allowed_origins(self) -> str:
        """Scheme and host of each line, whatever page of the site was pasted."""
        origins = []
        for line in self.cleaned_data["allowed_origins"].split():
            origin = origin_of(line)
            if not origin:
                raise ValidationError(
                    _("“%(line)s” is no address such as https://example.com.")
                    % {"line": line[:100]}
                )
            origins.append(origin)
        return "\n".join(dict.fromkeys(origins))

    def clean(self) -> dict[str, Any] | None:
        """A form needs a page that it stands on."""
        cleaned = super().clean()
        needs = self.cleaned_data.get("kind") == SiteKey.Kind.FORM
        if needs and self.cleaned_data.get("allowed_origins") == "":
            self.add_error("allowed_origins", _("Name the site whose pages hold the form."))
        return cleaned


STEPS: dict[str, type[SiteStep | RulesStep | WayStep]] = {
    "site": SiteStep,
    "rules": RulesStep,
    "connection": WayStep,
}
NAMES = list(STEPS)


def connect_urls(admin_site: Any) -> list[URLPattern]:
    """The way in, and the steps of one run."""
    steps = require_http_methods(["GET", "HEAD", "POST"])(step)
    return [
        path(
            "connect/",
            admin_site.admin_view(require_GET(start)),
            name="leads_site_connect",
        ),
        path(
            "connect/<uuid:run>/<str:name>/",
            admin_site.admin_view(steps),
            name="leads_site_connect_step",
        ),
    ]


def start(request: HttpRequest) -> HttpResponse:
    """The run that was left before its end, where it was left; else a new one. Makes nothing."""
    _demand(request)
    left = None if "new" in request.GET else left_run(request)
    if left is None:
        return _to(uuid.uuid4(), NAMES[0])
    kept = entered(request, left)
    words = _("You go on with “%(site)s”, where you left it.")
    messages.info(request, words % {"site": kept[NAMES[0]]["name"]})
    return _to(left, next((name for name in NAMES if name not in kept), NAMES[-1]))


def left_run(request: HttpRequest) -> uuid.UUID | None:
    """The newest run whose first step was filled in and which has made no site yet."""
    begun = [run for run, kept in request.session.get(SESSION, {}).items() if NAMES[0] in kept]
    made = set(Site.objects.filter(draft__in=begun).values_list("draft", flat=True))
    unfinished = [run for run in map(uuid.UUID, begun) if run not in made]
    return unfinished[-1] if unfinished else None


@sensitive_post_parameters()
@sensitive_variables()
def step(request: HttpRequest, run: uuid.UUID, name: str) -> HttpResponse:
    """One step: shown, refused with what is wrong, kept, or at the last one done."""
    _demand(request)
    kept = entered(request, run)
    made = Site.objects.filter(draft=run).first()
    if made and "ticket" not in request.POST:
        words = _("%(site)s was connected in these steps already.")
        messages.info(request, words % {"site": made.name})
        return HttpResponseRedirect(reverse("admin:leads_site_change", args=[made.pk]))
    before = NAMES[: NAMES.index(name)] if name in STEPS else []
    missing = next((one for one in before if one not in kept and not made), None)
    if name not in STEPS or missing:
        return _to(run, missing or NAMES[0])
    if request.method != "POST":
        return _show(request, run, name, STEPS[name](kept.get(name)))
    form = STEPS[name](request.POST, instance=made)
    if form.data.get("kind") in TOOLS:
        demand(request, "leads.make_source")
    if not form.is_valid():
        return _show(request, run, name, form)
    keep(request, run, name, form)
    if name != NAMES[-1]:
        return _to(run, NAMES[NAMES.index(name) + 1])
    return _finish(request, run, made)


def entered(request: HttpRequest, run: uuid.UUID) -> dict[str, dict[str, str]]:
    """What the run's steps have been given so far."""
    runs: dict[str, dict[str, dict[str, str]]] = request.session.get(SESSION, {})
    return runs.get(str(run), {})


def keep(request: HttpRequest, run: uuid.UUID, name: str, form: ModelForm[Site]) -> None:
    """Remember a step as it was entered."""
    runs = dict(request.session.get(SESSION, {}))
    values = {field: request.POST.get(field, "") for field in form.fields}
    runs[str(run)] = {**runs.get(str(run), {}), name: values}
    request.session[SESSION] = dict(list(runs.items())[-MOST_RUNS:])


@sensitive_variables()
def _finish(request: HttpRequest, run: uuid.UUID, made: Site | None) -> HttpResponse:
    """The site and its key, made now or by an earlier press of the same button."""
    kept = entered(request, run)
    site = made or Site(draft=run)
    faulty = None if made else _faulty_step(kept, site)
    if faulty and not Site.objects.filter(draft=run).exists():
        return _show(request, run, *faulty)
    kind = kept.get(NAMES[-1], {}).get("kind") or SiteKey.Kind.SECRET
    if kind in TOOLS:
        return _finish_with_source(request, run, make_with_source(site, kind, request))
    secret = site_keys.secret_in(request.POST.get("ticket", ""), request.user, run, kind)
    key = make(site, kind, secret, request)
    return site_keys.show(
        request,
        key,
        secret,
        "admin/leads/sites/connected.html",
        {
            "title": (_("%(site_name)s is connected") % {"site_name": key.site.name}),
            "steps": _progress("done"),
            "run": run,
        },
    )


def _finish_with_source(request: HttpRequest, run: uuid.UUID, source: Source) -> HttpResponse:
    """The address to paste, the clicks that lead to its place, and an ear for the first post."""
    return shown(
        request,
        source,
        "admin/leads/sites/sources/connected.html",
        title=(_("%(site_name)s is nearly connected") % {"site_name": source.site.name}),
        steps=_progress("done", _("Address and first post")),
        run=run,
        reveal=True,
    )


def _faulty_step(kept: dict[str, dict[str, str]], site: Site) -> tuple[str, Any] | None:
    """Fill the site in; the first step that is wrong by now, such as a name that was taken."""
    for name, form_class in STEPS.items():
        form = form_class(kept[name], instance=site)
        if not form.is_valid():
            return name, form
    return None


@transaction.atomic
def make(site: Site, kind: str, secret: str, request: HttpRequest) -> SiteKey:
    """Store the site unless its run has done so, and its key; who did is kept."""
    kept, new = Site.objects.get_or_create(draft=site.draft, defaults=_values(site))
    key, _secret = SiteKey.objects.issue(kept, kind, "first key", secret)
    if new:
        attribute(kept, request.user, f"Connected the site, with key {key}.", "key")
    return key


@transaction.atomic
def make_with_source(site: Site, tool: str, request: HttpRequest) -> Source:
    """Store the site unless its run has done so, and its source; who did is kept."""
    kept, new = Site.objects.get_or_create(draft=site.draft, defaults=_values(site))
    name = "Form" if tool in UNTOLD else TOOLS[tool].title
    known = kept.sources.select_related("site").filter(name=name).first()
    if known:
        return known
    source = make_source(kept, name, tool).source
    done = "Connected the site, with" if new else "Made"
    attribute(kept, request.user, f"{done} the source “{source}”.")
    return source


def _values(site: Site) -> dict[str, Any]:
    fields = [name for form in STEPS.values() for name in form._meta.fields or () if name != "kind"]
    return {name: getattr(site, name) for name in fields}


def _show(request: HttpRequest, run: uuid.UUID, name: str, form: Any) -> HttpResponse:
    at = NAMES.index(name)
    if "kind" in form.fields and not request.user.has_perm("leads.make_source"):
        form.fields["kind"].choices = CODE
    context = admin.site.each_context(request) | {
        "title": _("Connect a site"),
        "opts": Site._meta,
        "form": form,
        "steps": _progress(name),
        "number": at + 1,
        "back": _address(run, NAMES[at - 1]) if at else "",
        "here": _address(run, name),
        "begun": bool(entered(request, run)),
        "last": name == NAMES[-1],
        "ticket": site_keys.new_ticket() if name == NAMES[-1] else "",
    }
    response = TemplateResponse(request, "admin/leads/sites/connect.html", context)
    response["Cache-Control"] = "no-store"
    return response


LAST = gettext_lazy("Key and test")


def _progress(current: str, last: StrOrPromise = LAST) -> list[dict[str, Any]]:
    """The steps as the head of the page shows them."""
    titles = [(name, form.title) for name, form in STEPS.items()] + [("done", last)]
    at = [name for name, _title in titles].index(current)
    return [
        {"title": title, "done": number < at, "current": number == at}
        for number, (_name, title) in enumerate(titles)
    ]


def _to(run: uuid.UUID, name: str) -> HttpResponse:
    return HttpResponseRedirect(_address(run, name))


def _address(run: uuid.UUID, name: str) -> str:
    return reverse("admin:leads_site_connect_step", args=[run, name])


def _demand(request: HttpRequest) -> None:
    demand(request, "leads.add_site")
    demand(request, "leads.issue_sitekey")
