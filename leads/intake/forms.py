"""`POST /f/TOKEN/`: a browser form of one of a site's own pages."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit, urlunsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from leads.intake.errors import Forbidden, Refusal, Unsupported
from leads.intake.keys import site_of
from leads.intake.parse import Submission, parse_submission, refuse_large
from leads.intake.receive import Origin, receive
from leads.models import Lead, Site, SiteKey

NEXT = "_next"
LONGEST_ADDRESS = 2000
"""Characters of `_next`; browsers and proxies balk at longer ones, and so does Django."""
FORM_TYPE = "application/x-www-form-urlencoded"


@method_decorator(csrf_exempt, name="dispatch")
class FormIntake(View):
    """Takes a form from a page whose origin the site has named; answers with a page."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        """Store the lead, then lead on to the site's own page or say thank you."""
        try:
            site = site_of(token, SiteKey.Kind.FORM)
            page = own_page(request, site)
            submission = read_form(request)
            forward = next_page(submission, site)
            lead = receive(submission, site, Origin(Lead.Source.FORM, page))
        except Refusal as refusal:
            return _say(request, refusal.title, str(refusal.detail), refusal.status_code)
        if forward:
            return HttpResponseRedirect(_with_lead(forward, lead))
        return _say(request, "Thank you", "We have received your message.", 200)


def own_page(request: HttpRequest, site: Site) -> str:
    """The page that the form is on, without its query. Raises Forbidden for a foreign one."""
    source = request.headers.get("Origin") or request.headers.get("Referer", "")
    if origin_of(source) not in site.origin_list:
        raise Forbidden("This page may not post for the site.")
    referer = request.headers.get("Referer", "")
    page = urlsplit(referer if origin_of(referer) else source)
    return urlunsplit((page.scheme, page.netloc, page.path, "", ""))


def read_form(request: HttpRequest) -> Submission:
    """The fields of a plain form. Raises TooLarge, Unsupported or Unreadable."""
    refuse_large(request.META)
    content_type = request.META.get("CONTENT_TYPE", "")
    if content_type.partition(";")[0].strip().lower() != FORM_TYPE:
        raise Unsupported(f"Send the form as {FORM_TYPE}.")
    return parse_submission(content_type, request.body)


def next_page(submission: Submission, site: Site) -> str:
    """Where to go afterwards: only to a page of the site itself. Takes `_next` off the fields."""
    target = submission.data.pop(NEXT, "")
    short = isinstance(target, str) and len(target) <= LONGEST_ADDRESS
    return target if short and origin_of(target) in site.origin_list else ""


def origin_of(address: str) -> str:
    """Scheme, host and port of an address, in lower case; empty where it is none."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        return ""
    return f"{parts.scheme}://{parts.netloc}".lower()


def _with_lead(address: str, lead: Lead) -> str:
    parts = urlsplit(address)
    query = "&".join(filter(None, (parts.query, urlencode({"lead": lead.reference}))))
    return urlunsplit(parts._replace(query=query))


def _say(request: HttpRequest, title: str, text: str, status: int) -> HttpResponse:
    context = {"title": title, "text": text, "ok": status < 400}
    return render(request, "leads/form_answer.html", context, status=status)
