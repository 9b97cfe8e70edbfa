"""In which language a page speaks: the person's own at the desk, the browser's on the help pages.

Whatever is for programs, and whatever is stored, is English: no language is switched on there. A
site's mails and forms speak the site's language, which their own modules switch on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme

from leadops.accounts.models import AccountLanguage

KEY = "language"
"""Where the session keeps the person's language, so that no page asks the database for it."""
DESK = "/admin/"
PUBLIC = "/help/"

Handler = Callable[[HttpRequest], HttpResponse]


def name_in_every_language(apps: Iterable[AppConfig]) -> None:
    """Have names that Django derives from the code, “allowed origins”, go through gettext too."""
    for model in (model for app in apps for model in app.get_models()):
        options = model._meta
        for name in {"verbose_name", "verbose_name_plural"} - options.original_attrs.keys():
            setattr(options, name, translation.gettext_lazy(str(getattr(options, name))))
        for field in options.local_fields:
            field.verbose_name = lazy(field.verbose_name)


def lazy(name: Any) -> Any:
    """A name that is translated where it is shown; one that is already stays."""
    return name if isinstance(name, Promise) else translation.gettext_lazy(str(name))


def page_language(get_response: Handler) -> Handler:
    """Middleware: the pages for people speak the language of whoever reads them."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith((DESK, PUBLIC)):
            return get_response(request)
        with translation.override(language_of(request)):
            response = get_response(request)
            response.headers.setdefault("Content-Language", translation.get_language() or "en")
        if request.path_info.startswith(PUBLIC):
            patch_vary_headers(response, ["Accept-Language"])
        return response

    return middleware


def language_of(request: HttpRequest) -> str:
    """What was chosen; without a choice the browser's wish on a public page, else English."""
    chosen = request.session.get(KEY, "") if settings.SESSION_COOKIE_NAME in request.COOKIES else ""
    if chosen in dict(settings.LANGUAGES):
        return str(chosen)
    if request.path_info.startswith(PUBLIC):
        return translation.get_language_from_request(request)
    return settings.LANGUAGE_CODE


def choose(request: HttpRequest) -> HttpResponse:
    """Keep the person's choice, for this and every later log-in, and go back to the page."""
    back = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure()):
        back = reverse("admin:index")
    language = request.POST.get("language", "")
    if language in dict(settings.LANGUAGES):
        user: Any = request.user
        AccountLanguage.objects.update_or_create(user=user, defaults={"language": language})
        request.session[KEY] = language
    return HttpResponseRedirect(back)


@receiver(user_logged_in)
def remember(sender: type[User], request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Whoever logs in reads the language of their account."""
    row = AccountLanguage.objects.filter(user_id=user.pk).first()
    if row:
        request.session[KEY] = row.language


def for_page() -> dict[str, Any]:
    """What a page of the desk needs: the languages to choose from, and the one it speaks."""
    language = translation.get_language() or settings.LANGUAGE_CODE
    return {"languages": settings.LANGUAGES, "language": language.split("-")[0]}
