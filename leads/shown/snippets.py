"""Code that posts a lead, ready to copy: one template each, for the admin, the docs and the tests.

Whatever a site is called and wherever LeadOps runs, the values come out as literals of the
snippet's own language.
"""

from __future__ import annotations

import json
import shlex
import unicodedata
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import escape
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Quote = Callable[[str], str]


class Snippet(NamedTuple):
    """A piece of code to copy."""

    name: str
    title: StrOrPromise
    code: str
    note: StrOrPromise = ""
    """What to know before it is used."""


def for_key(key: str, site_name: str) -> list[Snippet]:
    """Posting from a server that knows the site's secret key."""
    return [
        Snippet(
            "curl",
            "curl",
            _write("curl.sh.txt", shlex.quote, key, site_name),
            _("For a first try in a terminal. It posts a lead like any other, which goes to Zoho."),
        ),
        Snippet("python", "Python", _write("lead.py.txt", python_literal, key, site_name)),
        Snippet("php", "PHP", _write("lead.php.txt", php_literal, key, site_name)),
        Snippet(
            "javascript",
            "JavaScript",
            _write("lead.mjs.txt", javascript_literal, key, site_name),
            _(
                "For a server, in a file that ends in .mjs. Never put the key into a page: whoever "
                "opens the page can read it. A page uses a form token instead."
            ),
        ),
    ]


def for_signing_key(key_id: str, secret: str, site_name: str) -> list[Snippet]:
    """Posting from a server that signs what it posts."""
    python = _write("signed.py.txt", python_literal, secret, site_name, key_id)
    return [
        Snippet("python", "Python", python),
        Snippet(
            "curl",
            "curl",
            _write("signed.sh.txt", shlex.quote, secret, site_name, key_id),
            _("For a first try in a terminal, with openssl. It posts a lead like any other."),
        ),
    ]


def for_form(token: str, trap: str = "") -> list[Snippet]:
    """A form on a page of the site. `trap` is the hidden field that only robots fill in."""
    action = settings.PUBLIC_URL + reverse("form-intake", args=[token])
    context = {"action": html_literal(action), "trap": html_literal(trap) if trap else ""}
    note = _("It works on the site's allowed origins only, and needs no script.")
    code = render_to_string("leads/snippets/form.html.txt", context).strip()
    return [Snippet("form", _("HTML form"), code, note)]


def _write(template: str, quote: Quote, key: str, site_name: str, key_id: str = "") -> str:
    context = {
        "url": quote(settings.PUBLIC_URL + reverse("lead-intake")),
        "key": quote(key),
        "bearer": quote(f"Authorization: Bearer {key}"),
        "key_id": quote(key_id),
        "key_header": quote(f"webhook-key: {key_id}"),
        "site": as_comment(site_name),
    }
    return render_to_string(f"leads/snippets/{template}", context).strip()


def python_literal(text: str) -> str:
    """The text as a Python string."""
    plain = text.isascii() and text.isprintable() and not set(text) & {'"', "\\"}
    return f'"{text}"' if plain else ascii(text)


def php_literal(text: str) -> str:
    """The text as a PHP string in single quotes, where two characters mean something."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def javascript_literal(text: str) -> str:
    """The text as a JavaScript string in plain ASCII."""
    return json.dumps(text)


def html_literal(text: str) -> str:
    """The text as the value of an attribute."""
    return f'"{escape(text)}"'


def as_comment(text: str) -> str:
    """The text on one line that ends no comment of any language.

    PHP's `?>` ends even a comment; line separators end one in JavaScript.
    """
    shown = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in text)
    return " ".join(shown.split()).replace("?>", "? >")
