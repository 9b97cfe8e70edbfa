"""Every page says what it says through gettext, and stores nothing in the reader's language.

The language of these tests wraps each text in ⟦ and ⟧: what stands outside is data, or was never
marked.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db.models import CharField, JSONField, TextField
from django.http import HttpResponse, QueryDict
from django.test import Client
from django.utils import translation
from django.utils.translation import trans_real

from leadops.preferences.languages import KEY
from leads.data import KNOWN_FIELDS
from leads.desk.failed import rows
from leads.desk.person import WORD as WORD_TO_TYPE
from leads.intake.tools import TOOLS
from leads.models import Site
from leads.selection import LeadFilter
from notifications.link_pages.browser import remember
from notifications.models import Reader
from tests.access.addresses import filled
from tests.access.conftest import another
from tests.access.matrix import MATRIX
from tests.access.people import SUPERUSER
from tests.access.test_matrix import shown, undone
from zoho.api import options
from zoho.fit.metadata import STANDARD_LEADS

pytestmark = pytest.mark.one_database

FORMAT = re.compile(r"[A-Za-z](?:[., :]+[A-Za-z])*|%[-%\w.: ]+")
"""How dates are written: no text, and nothing may stand around it."""
PLACES = re.compile(r"%\(\w+\)[sd]|\{\w+\}")
WRAPPED = re.compile(r"⟦[^⟦⟧]*⟧")
IN_A_TAG = re.compile(r'(<[^<>⟦⟧]*)⟧([^<>⟦⟧"]*)⟦(?=[^<>]*>)')
WORD = re.compile(r"[A-Za-z]{2}")
ADDRESS = re.compile(r"(?:https?:/|admin|help|act)/\S+")
SECRET = re.compile(r"(?:[A-Z2-7]{4} ?){8}")
"""The seed of a second factor."""
SHORTEST_CUT = 30
MESSAGES = re.compile(r"^msgid(?:_plural)? ((?:\".*\"\s)+)", re.MULTILINE)
STRINGS = re.compile(r'"(.*)"')
EDGES = " ·:,.()“”…—–-›/→×%?!#&;+*"
PARTS = re.compile(r"\s*(?:·|, |: | – |\d[\d.,:]*|@)\s*")
NAMES = {
    *("LeadOps", "Zoho", "UTC", "API", "JSON", "HTTP", "HMAC", "ms", "s", "min", "h"),
    *("Base64", "HMAC-SHA1", "HMAC-SHA256", "HMAC-SHA512", "$approved", "DE"),
    *(name for _code, name in settings.LANGUAGES),  # each in itself
    *KNOWN_FIELDS,  # as sites post them
    *(field.label for field in STANDARD_LEADS.values()),  # as Zoho calls them
    *(tool.title for tool in TOOLS.values() if tool.name != "other"),  # as their makers do
    WORD_TO_TYPE,
    *("Lead", "Leads"),  # as the audit calls a row of it, and Zoho its module
    *("curl", "Python", "PHP", "JavaScript"),
    *options.TOP,  # as Zoho calls them
    *options.RECORD,
}
"""What is called the same in every language."""
SENTENCES = ("ERROR 13002 with sending lead to zoho -",)  # what people's mail rules look for
ENGLISH = frozenset(("api/docs/", "demo/"))
"""Pages for programmers, and a stand-in for a site of one's own: English, as the API is."""
OURS = ("auth.Permission", "contenttypes.ContentType", "sessions.Session")
"""Their rows say words of the code: a page says a permission's whole name, as Django stores it, but
none of these words as if it were somebody's."""
APPS = ("leadops", "leads", "notifications", "zoho")
CONTENT = re.compile(r"content: ([^;]*);")
DRAWN_IN_GERMAN = re.compile(r"<(?:svg|path|rect|line|text|g)\b[^>]*\d,\d[^>]*>")
"""A drawing whose numbers are written as Germans read them: no browser draws it."""
SILENT = {"script", "style", "pre", "code", "kbd", "bdi", "textarea"}
SAID = {"aria-label", "title", "alt", "placeholder", "data-label", "data-confirm"}
VOID = {"img", "input", "br", "hr", "meta", "link", "wbr", "col", "path", "use", "rect"}


def may_press(route: str) -> bool:
    """Whether something is posted there: by an account, or behind a link."""
    entry = MATRIX[route]
    return bool(entry.press or (not entry.see and not route.startswith("api/")))


class Pseudo:
    """A language in which every text is wrapped."""

    plural = None

    def gettext(self, message: str) -> str:
        """The text, wrapped in pieces around its places: what is put there stands for itself."""
        text = message.rpartition("\x04")[2]
        return text if FORMAT.fullmatch(text) else PLACES.sub(r"⟧\g<0>⟦", f"⟦{text}⟧")

    def ngettext(self, one: str, many: str, count: int) -> str:
        """One of both, wrapped."""
        return self.gettext(one if count == 1 else many)

    def to_language(self) -> str:
        """It stands in German's place."""
        return "de"

    language = to_language


@pytest.fixture
def wrapped(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """German wraps its texts."""
    rows.offers.cache_clear()
    monkeypatch.setitem(trans_real._translations, "de", Pseudo())  # type: ignore[attr-defined]
    yield
    rows.offers.cache_clear()


class Texts(HTMLParser):
    """What a page says: its texts, and the attributes that are read out or shown."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.inside: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Its attributes; and whether what is in it is said."""
        given = dict(attrs)
        if not SILENT.intersection(self.inside):
            self.found += [value for name, value in given.items() if name in SAID and value]
        if tag not in VOID:
            foreign = tag != "html" and (given.get("lang") or given.get("translate"))
            self.inside.append("code" if foreign else tag)

    def handle_endtag(self, tag: str) -> None:
        """Back to what it stands in."""
        while self.inside and tag not in VOID:
            if self.inside.pop() in (tag, "code"):
                break

    def handle_data(self, data: str) -> None:
        """A text."""
        if not SILENT.intersection(self.inside):
            self.found.append(data)


def bare(page: str) -> str:
    """A page without what is wrapped, tags inside a text included, and what is put into those."""
    while IN_A_TAG.search(page):
        page = IN_A_TAG.sub(r"\1\2", page)
    while WRAPPED.search(page):
        page = WRAPPED.sub(" · ", page)
    return page


def unmarked(page: str, data: str) -> list[str]:
    """What a page says that is neither marked nor data."""
    said = (" ".join(text.split()).strip(EDGES) for text in Texts(bare(page)).found)
    return sorted({text for text in said if WORD.search(text) and not is_data(text, data)})


def is_data(text: str, data: str) -> bool:
    """Whether it came out of the database, all its parts at least, or is a name."""
    for name in SENTENCES:
        text = text.replace(name, " · ")
    parts = [part.strip(EDGES) for part in PARTS.split(text)]
    return bool(text in NAMES or SECRET.fullmatch(text) or ADDRESS.fullmatch(text)) or all(
        part in NAMES
        or not WORD.search(part)
        or ADDRESS.fullmatch(part)
        or (is_in(part, data) and part not in ours())
        for part in parts
    )


def is_in(part: str, data: str) -> bool:
    """Whether it stands there, no half words: only a long value is cut in the middle of one."""
    cut = "" if len(part) > SHORTEST_CUT else "(?![A-Za-z])"
    return bool(re.search(rf"(?<![A-Za-z]){re.escape(part)}{cut}", data))


@cache
def ours() -> set[str]:
    """Every text of the catalogues: states, reasons, kinds. Where one is a value, it is marked."""
    texts = (settings.BASE_DIR / "locale/de/LC_MESSAGES").glob("*.po")
    said = [text for path in texts for text in MESSAGES.findall(path.read_text())]
    return {"".join(STRINGS.findall(text)).strip(EDGES) for text in said}


def stored() -> str:
    """Everything that the database says, one value a line."""
    lines = []
    for model in apps.get_models(include_auto_created=True):
        if model._meta.label in OURS:
            continue
        names = [
            field.name
            for field in model._meta.concrete_fields
            if isinstance(field, CharField | TextField | JSONField) and not field.choices
        ]
        lines += [str(value) for row in model._base_manager.values_list(*names) for value in row]
    return "\n".join(lines).replace("\\n", " ")


def german(world: dict[str, Any]) -> Client:
    """A superuser's browser in German, in which the link of a mail was opened as well.

    So speak the site's mails and forms, and the pages behind its links.
    """
    Site.objects.update(language="de")
    client = another(world["people"][SUPERUSER])
    session = client.session
    session[KEY] = "de"
    session.save()
    answer = HttpResponse()
    remember(answer, Reader.objects.get())
    client.cookies.update(answer.cookies)
    return client


def test_no_style_sheet_says_a_word() -> None:
    sheets = [*(settings.BASE_DIR / "static").rglob("*.css")]
    said = [text for sheet in sheets for text in CONTENT.findall(sheet.read_text())]

    assert said
    assert [text for text in said if re.search(r'"[^"]*[A-Za-z]{2}', text)] == []


def test_no_message_of_a_button_is_a_bare_text() -> None:
    """Those too to which no press of the matrix leads."""
    modules = [path for app in APPS for path in (settings.BASE_DIR / app).rglob("*.py")]
    said = [text for path in modules for text in messages_of(path)]

    assert len(said) > 50
    assert [one for one in said if isinstance(one[1], ast.Constant | ast.JoinedStr)] == []


def messages_of(path: Path) -> Iterator[tuple[str, ast.expr]]:
    """Where a module leaves a message for the next page, and what it says."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("messages."):
            yield f"{path}:{node.lineno}", node.args[1]


@pytest.mark.parametrize("route", MATRIX)
def test_a_page_says_nothing_that_is_not_marked(
    world: dict[str, Any], wrapped: None, route: str
) -> None:
    with undone():
        client = german(world)
        answer = client.get(filled(route, world["ids"]), headers=MATRIX[route].headers)
        data = stored()
        page = b"".join(answer).decode(errors="replace")
        kind = answer.get("Content-Type", "")
    if "html" in kind and answer.status_code == 200:
        assert bool(left := unmarked(page, data)) == (route in ENGLISH), left
        assert DRAWN_IN_GERMAN.findall(page) == []


WRONG = "?! " * 1_500
"""No number, no choice, no address, and longer than anything may be."""


@pytest.mark.long  # what pages say is in the test above; presses say little beside it
@pytest.mark.parametrize("route", [*filter(may_press, MATRIX)])
def test_what_is_said_of_a_press_is_marked_and_what_is_stored_is_not(
    world: dict[str, Any], wrapped: None, route: str
) -> None:
    entry, address = MATRIX[route], filled(route, world["ids"])
    with undone():
        right = shown(german(world), address, entry)
        right |= {name: world["ids"].get(str(value), value) for name, value in entry.data.items()}

    for posted in (right, misfilled(right, ""), misfilled(right, WRONG)) if right else (right,):
        with undone():
            answer: Any = german(world).post(address, posted, headers=entry.headers)
            data = stored()
            said = messages_and_page(answer)
        assert [line for line in data.splitlines() if "⟦" in line] == []
        assert {left for text in said for left in unmarked(text, data)} == set(), posted


def misfilled(posted: dict[str, Any], given: str) -> dict[str, Any]:
    """A form as somebody fills it in who does not know how; how many rows it has stays."""
    return {name: one if name.endswith("_FORMS") else given for name, one in posted.items()}


def messages_and_page(answer: Any) -> list[str]:
    """What is said at once, as a page, and on the next one."""
    said = [str(one) for one in getattr(answer.wsgi_request, "_messages", None) or ()]
    if "html" in answer.get("Content-Type", ""):
        said.append(b"".join(answer).decode())
    return said


FILTERED = ("?span=today&tries=2", "?q=4711", "?tries=x")


@pytest.mark.django_db
@pytest.mark.parametrize("query", FILTERED)
def test_the_words_of_a_filter_are_marked(wrapped: None, query: str) -> None:
    with translation.override("de"):
        said = LeadFilter.parse(QueryDict(query[1:])).words()

    assert unmarked(said.replace("4711", "").replace("tries", ""), "x") == []
