"""What the pages' scripts say goes through gettext, and their numbers are written as the page's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings

FOLDER = settings.BASE_DIR / "static/leadops/js"
ENGLISH = {"demo.js"}
"""That of a page which stands in for a site of one's own: English, as the page is."""
TOKEN = re.compile(
    r"""(?P<comment>/\*.*?\*/|//[^\n]*)
    |(?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`(?:\\.|[^`\\])*`)
    |(?P<pattern>(?:(?<=\()|(?<=[=,:]\ ))/(?:\\.|\[[^\]]*\]|[^/\\\n])+/[a-z]*)
    |(?P<name>[\w$]+)
    |(?P<sign>[=!]==?|=>|\+=|\S)""",
    re.VERBOSE | re.DOTALL,
)
"""A script's parts, as far as they matter here; embedded code stays in its template."""
MARKED = {"gettext", "ngettext"}
FINDS = {
    "querySelector",
    "querySelectorAll",
    "closest",
    "matches",
    "getElementById",
    "className",
    "toLocaleTimeString",
}
"""What is given to these, or set as one, names elements or a clock of 24 hours: it is not said."""
SET = {"textContent", "innerText", "innerHTML", "title", "placeholder", "ariaLabel"}
CALLED = {"alert", "confirm", "prompt", "setCustomValidity", "createTextNode"}
ATTRIBUTES = {"aria-label", "aria-valuetext", "aria-description", "title", "placeholder", "alt"}
LOCALES = {"toLocaleString", "toLocaleDateString"}
"""Given a language by name, they write in the script's own and not in the page's."""
MARKUP = re.compile(r"\$\{[^}]*\}|<[^>]*>")
SENTENCE = re.compile(r"(?!.*\[)(?s:.*?)[A-Za-z]{2,},? [a-z]{2,}")
"""Two words in a row, and no selector of elements by their attributes."""
WORD = re.compile(r"[A-Za-z]{2}")


def tokens_of(script: str) -> list[tuple[str, str]]:
    """The kinds and texts of its parts: no comments, nothing marked, no names of elements."""
    every = [(one.lastgroup or "", one[0]) for one in TOKEN.finditer(script)]
    found = [one for one in every if one[0] != "comment"]
    kept, depth, skips = [], 0, 0
    for (kind, text), (_kind, after) in zip(found, [*found[1:], ("sign", ";")], strict=True):
        if not skips and text in MARKED | FINDS and after in ("(", "="):
            skips = depth + 1
        depth += {"(": 1, ")": -1}.get(text, 0)
        if not skips:
            kept.append((kind, text))
        elif text in (")", ";") and depth < skips:
            skips = 0
            kept += [(kind, text)] if text == ";" else []
    return kept


def bare_in(script: str) -> list[str]:
    """The texts of a script that reach people and do not go through gettext."""
    found, said, last, before = [], False, "", ""
    for kind, text in tokens_of(script):
        if kind == "string":
            words = MARKUP.sub("", text[1:-1])
            is_locale = last == "(" and before in LOCALES
            if is_locale or (WORD.search if said else SENTENCE.match)(words):
                found.append(text)
            said = said or (last == "(" and before == "setAttribute" and words in ATTRIBUTES)
        elif (last in SET and text in ("=", "+=")) or (last in CALLED and text == "("):
            said = True
        elif text == ";":
            said = False
        before, last = last, text
    return found


def scripts() -> list[Path]:
    """All of them."""
    return sorted(path for path in FOLDER.rglob("*.js") if path.name not in ENGLISH)


@pytest.mark.parametrize("path", scripts(), ids=lambda path: path.name)
def test_a_script_says_nothing_that_is_not_marked(path: Path) -> None:
    assert bare_in(path.read_text()) == []


@pytest.mark.parametrize(
    "line",
    [
        "const words = `${name}: ${above} inserted, ${below} not inserted`;",
        'box.textContent = "Copied";',
        'box.textContent = done ? gettext("Copied") : "Failed";',
        "box.title = `Lead ${number}`;",
        'box.setAttribute("aria-label", "Close");',
        'const text = "It waits for a person" + reason;',
        'const n = count.toLocaleString("en");',
    ],
)
def test_what_is_not_marked_is_found(line: str) -> None:
    assert bare_in(line)


@pytest.mark.parametrize(
    "line",
    [
        'box.textContent = gettext("Copied to %(place)s", { place: name("a") });',
        'said.textContent = ngettext("%(count)s lead here", "%(count)s leads here", found.length);',
        'const rows = box.querySelectorAll(".bars .said, tr[data-lead] td.name");',
        'one.textContent = state.left + " s"; // as long as it lasts',
        'cell.classList.add("badge", "is-late");',
    ],
)
def test_what_says_nothing_or_is_marked_passes(line: str) -> None:
    assert not bare_in(line)
