"""Brings locale/ up to date with the code: `python docs/generators/messages.py`. A test compares.

Texts are found where they are marked: in Python and in scripts by the names of gettext's functions,
in templates by Django's own tags. What is new has no translation yet, what is gone is left out. The
compiled catalogues are written too, so that nobody who installs LeadOps needs gettext's programs.
"""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from babel.messages import Catalog, Message
from babel.messages.extract import extract_javascript, extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.apps import apps
from django.contrib import admin
from django.template import Template
from django.template.base import Node
from django.template.loader import get_template
from django.templatetags.i18n import BlockTranslateNode, TranslateNode

ROOT = Path(__file__).parents[2]
LOCALE = ROOT / "locale"
LANGUAGES = ("de",)
PACKAGES = ("leadops", "leads", "zoho", "notifications")
LABELS = ("leads", "zoho", "notifications", "accounts")
PLAIN = ("_", "gettext", "gettext_lazy", "gettext_noop")
WORDS: dict[str, Any] = {
    **dict.fromkeys(PLAIN),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}

CODE = re.compile(r"\{[%{].*?[%}]\}")
ARGUMENT = re.compile(r"""[ :=]_\((["'])(.*?)\1\)""")
"""A text that a tag or a filter is given."""


class Found(NamedTuple):
    """A text where it is marked."""

    file: str
    text: str | tuple[str, str]
    context: str | None = None


def catalogue(domain: str, found: Iterator[Found], language: str) -> Catalog:
    """What is to be translated, with the translations that are there."""
    path = LOCALE / language / "LC_MESSAGES" / f"{domain}.po"
    fresh = Catalog(domain=domain, charset="utf-8")
    for one in found:
        fresh.add(one.text, context=one.context, locations=[(one.file, 0)])
    known = Catalog(locale=language, domain=domain)
    if path.exists():
        with path.open("rb") as file:
            known = read_po(file, locale=language, domain=domain)
    known.update(fresh, no_fuzzy_matching=True)
    known.obsolete.clear()
    known.fuzzy = False
    known.header_comment = "# LeadOps. Brought up to date by docs/generators/messages.py."
    return known


def in_python() -> Iterator[Found]:
    """What Python marks."""
    for path in files("*.py", *PACKAGES):
        if "/migrations/" in path or "/sandbox/" in path:
            continue
        with (ROOT / path).open("rb") as file:
            calls = extract_python(file, WORDS, [], {})
            yield from filter(None, (called(path, str(call[1]), call[2]) for call in calls))


def in_models() -> Iterator[Found]:
    """The names of models and fields that pages show, where the code gives none of its own."""
    for model in apps.get_models():
        if model._meta.app_label in LABELS and model._meta.default_permissions:
            path = model.__module__.replace(".", "/") + ".py"
            yield Found(path, str(model._meta.verbose_name))  # permissions name it
    for model, page in admin.site._registry.items():
        options = model._meta
        path = model.__module__.replace(".", "/") + ".py"
        if options.app_label not in LABELS:
            continue
        yield from (Found(path, str(one)) for one in names_of(options))
        for field in options.fields:
            if field.editable or field.name in page.list_display:
                yield Found(path, str(field.verbose_name))


def names_of(options: Any) -> tuple[Any, Any]:
    """A model's name for one and for many."""
    return options.verbose_name, options.verbose_name_plural


def in_scripts() -> Iterator[Found]:
    """What the pages' scripts mark."""
    for path in files("*.js", "static/leadops/js"):
        with (ROOT / path).open("rb") as file:
            calls = extract_javascript(file, WORDS, [], {})
            yield from filter(None, (called(path, str(call[1]), call[2]) for call in calls))


def called(path: str, name: str, given: Any) -> Found | None:
    """The text of one call; None where it is no literal."""
    texts: list[Any] = [given] if isinstance(given, str) else [*(given or ())]
    context = texts.pop(0) if name.lstrip("n").startswith("pgettext") else None
    if not texts or not texts[0]:
        return None
    if "ngettext" in name or "npgettext" in name:
        return Found(path, (texts[0], texts[1]), context)
    return Found(path, texts[0], context)


def in_templates() -> Iterator[Found]:
    """What templates mark, as the loader hands it out: without the white space of its layout."""
    for path in files("*.html", "templates"):
        yield from marked(path, path.removeprefix("templates/"))
    for path in files("*.txt", "templates/notifications", "templates/admin"):
        yield from marked(path, path.removeprefix("templates/"))


def marked(path: str, name: str) -> Iterator[Found]:
    """What one template marks."""
    template: Template = get_template(name).template  # type: ignore[attr-defined]  # the engine's own template
    for _quote, text in ARGUMENT.findall("".join(CODE.findall((ROOT / path).read_text()))):
        yield Found(path, text)
    for node in walk(template.nodelist):
        if isinstance(node, TranslateNode):
            context = _context(node)
            text = node.filter_expression.var
            literal = getattr(text, "literal", text)
            if isinstance(literal, str):
                yield Found(path, literal, context)
        elif isinstance(node, BlockTranslateNode):
            context = _context(node)
            one = node.render_token_list(node.singular)[0]
            many = node.plural and node.render_token_list(node.plural)[0]
            yield Found(path, (one, many) if many else one, context)


def _context(node: TranslateNode | BlockTranslateNode) -> str | None:
    given: Any = node.message_context
    return given.var if given else None


def walk(nodes: list[Node]) -> Iterator[Node]:
    """Every node, those inside others too."""
    for node in nodes:
        yield node
        for name in (*node.child_nodelists, "nodelist_or"):
            yield from walk(getattr(node, name, None) or [])
        for _condition, inner in getattr(node, "conditions_nodelists", ()):
            yield from walk(inner)


def files(pattern: str, *folders: str) -> Iterator[str]:
    """The paths of files, from the project's folder."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob(pattern)):
            yield str(path.relative_to(ROOT))


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NOISE = tuple(f'"{name}' for name in ("Project-Id-", "Report-", "Last-", "Language-Team", "PO"))
"""Lines of a catalogue's head that say nothing, or another date every time."""
DOMAINS = {"django": (in_templates, in_python, in_models), "djangojs": (in_scripts,)}


def catalogues() -> Iterator[tuple[Path, Catalog]]:
    """Every catalogue as it should be, and where it belongs."""
    for language in LANGUAGES:
        for domain, sources in DOMAINS.items():
            found = (one for source in sources for one in source())
            path = LOCALE / language / "LC_MESSAGES" / f"{domain}.po"
            yield path, catalogue(domain, found, language)


def as_text(known: Catalog) -> bytes:
    """A catalogue as it is kept: without dates and line numbers, which change with everything."""
    out = io.BytesIO()
    write_po(out, known, width=100, omit_header=False, include_lineno=False, sort_by_file=True)
    lines = out.getvalue().decode().splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(NOISE)).encode()


def compiled(known: Catalog) -> bytes:
    """A catalogue as gettext reads it: the same bytes for the same texts, whenever it is made."""
    out = io.BytesIO()
    known.creation_date = EPOCH
    write_mo(out, known)
    return out.getvalue()


def write() -> None:
    """Bring every catalogue up to date, and say what is still to be translated."""
    for path, known in catalogues():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(as_text(known))
        path.with_suffix(".mo").write_bytes(compiled(known))
        for one in untranslated(known):
            sys.stdout.write(f"{path.name}: no translation of {one.id!r}\n")


def untranslated(known: Catalog) -> list[Message]:
    """The texts that have no translation, or that of another text."""
    return [one for one in known if one.id and (one.fuzzy or not all(texts(one.string)))]


def texts(string: str | tuple[str, ...] | list[str] | None) -> list[str]:
    """The forms of a translation, of which there may be one."""
    return [string or ""] if isinstance(string, str | None) else [*string]


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django

    django.setup()
    write()
