"""The pages of the second factor: enrol, show the code, recovery codes, remove."""

from __future__ import annotations

from typing import Any

import segno
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST
from django_otp import login

from leadops.accounts import second_factor
from leads.desk.kit.history import attribute

KEY = "second_factor_key"
"""Where the session keeps a new secret until the first code proves that the app has it."""
WRONG = "This code is not right, or it was used already. Wait for the next one and try again."


class CodeForm(forms.Form):
    """Six digits of the app, or a recovery code."""

    code = forms.CharField(
        max_length=20,
        error_messages={"required": "Enter the code."},
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "autocapitalize": "none",
                "spellcheck": "false",
                "autofocus": True,
            }
        ),
    )


def second_factor_urls(admin_site: Any) -> list[URLPattern]:
    """The pages' addresses, behind the admin's login."""
    both = require_http_methods(["GET", "HEAD", "POST"])
    pages = {
        "": ("second_factor", both(Pages(admin_site).own)),
        "verify/": ("second_factor_verify", both(Pages(admin_site).verify)),
        "codes/": ("second_factor_codes", require_POST(Pages(admin_site).codes)),
        "remove/": ("second_factor_remove", require_POST(Pages(admin_site).remove)),
    }
    return [
        path(
            f"second-factor/{tail}",
            admin_site.admin_view(sensitive_post_parameters()(view)),
            name=name,
        )
        for tail, (name, view) in pages.items()
    ]


class Pages:
    """Each view is a method; all of them are about the user who asks."""

    def __init__(self, admin_site: Any) -> None:
        self.admin_site = admin_site

    def own(self, request: HttpRequest) -> HttpResponse:
        """How the account stands; without a second factor the way to one."""
        user: Any = request.user
        if second_factor.has_one(user):
            return self.render(request, "state", left=second_factor.codes_left(user))
        key = request.session.setdefault(KEY, second_factor.new_key())
        form = CodeForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            device = second_factor.enrol(user, key, "".join(form.cleaned_data["code"].split()))
            if device:
                return self.enrolled(request, device)
            form.add_error("code", WRONG)
        return self.render(
            request,
            "enrol",
            form=form,
            picture=picture(second_factor.address(user, key)),
            key=second_factor.readable(key),
            required=second_factor.is_required(user),
        )

    def enrolled(self, request: HttpRequest, device: Any) -> HttpResponse:
        """The session counts as verified at once, and sees the recovery codes."""
        user: Any = request.user
        del request.session[KEY]
        login(request, device)
        request.session.cycle_key()
        attribute(user, user, "Set up a second factor.")
        return self.render(request, "codes", codes=second_factor.new_recovery_codes(user), new=True)

    def verify(self, request: HttpRequest) -> HttpResponse:
        """Ask for the code after the password."""
        user: Any = request.user
        target = _target(request)
        if user.is_verified() or not second_factor.has_one(user):
            return HttpResponseRedirect(target)
        form = CodeForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            code = form.cleaned_data["code"]
            if device := second_factor.show(user, code):
                login(request, device)
                request.session.cycle_key()
                return HttpResponseRedirect(target)
            wait = second_factor.seconds_to_wait(user, code)
            form.add_error("code", f"{WRONG} Next try in {wait} s." if wait else WRONG)
        return self.render(request, "verify", form=form, next=target)

    def codes(self, request: HttpRequest) -> HttpResponse:
        """New recovery codes, shown this once."""
        user: Any = request.user
        if not second_factor.has_one(user):
            return HttpResponseRedirect(reverse("admin:second_factor"))
        attribute(user, user, "Made new recovery codes.")
        return self.render(request, "codes", codes=second_factor.new_recovery_codes(user))

    def remove(self, request: HttpRequest) -> HttpResponse:
        """Give the second factor up, or change to a new phone."""
        user: Any = request.user
        if second_factor.remove(user):
            attribute(user, user, "Removed the second factor.")
            messages.success(request, "The second factor is removed.")
        return HttpResponseRedirect(reverse("admin:second_factor"))

    def render(self, request: HttpRequest, name: str, **more: Any) -> HttpResponse:
        """One of the pages; nothing keeps it."""
        owes = second_factor.owed(request.user)
        context = self.admin_site.each_context(request) | {"title": TITLES[name], "owes": owes}
        if owes:
            context["has_permission"] = False  # no menu: nothing in it would open
        answer = TemplateResponse(request, f"admin/second_factor/{name}.html", context | more)
        answer["Cache-Control"] = "no-store"
        return answer


TITLES = {
    "state": "Second factor",
    "enrol": "Set up a second factor",
    "codes": "Recovery codes",
    "verify": "Enter your code",
}


def picture(text: str) -> SafeString:
    """The QR code of a text as SVG, dark on white in every theme."""
    code = segno.make(text, error="m", micro=False)
    svg = code.svg_inline(dark="#000", light="#fff", border=4, omitsize=True, svgclass="qr")
    return mark_safe(svg)  # noqa: S308 - drawn by segno; the text is modules, not markup


def _target(request: HttpRequest) -> str:
    """Where the person wanted to go: a page of ours, else the dashboard."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if ours else reverse("admin:index")
