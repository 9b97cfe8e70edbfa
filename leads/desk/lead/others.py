"""A lead's other fields as people type and paste them: `name: value` lines, or JSON. Pure."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.intake.body.parse import parse_submission
from leads.intake.errors import Unreadable
from leads.shown.sentences import shown

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

SEPARATOR = re.compile(r"\t\s*[:=：＝]?|[:=：＝]")
"""What may stand between a name and its value; a tab between two columns of a spreadsheet."""
MOST_TRIED = 8
"""Separators of a line at which a name may end: a label may hold some itself."""
MOST_SPELLINGS = 20
LONGEST_NAME = 250
"""Characters of a name that is looked for."""
LIST_MARK = re.compile(r"[>•·‣▪●○◦☐☑✓✔►➤→]\s*|[-*+–—]\s+|\(?(?:\d{1,3}[.)]|[a-zA-Z]\))\s+")
"""Bullets, numbers and the marks of a quoted mail, as they stand before a name."""
QUOTES = {'"': '"', "“": "”", "„": "“", "«": "»", "'": "'", "‘": "’", "‚": "‘", "`": "`"}
SAYS = re.compile(r"\w")
EQUALS = "=＝"
NO_LINE = gettext_lazy("Line %(line)d is not “name: value”.")
ONLY_AN_ADDRESS = gettext_lazy(
    "Line %(line)d is only an address. Say what it is before it, as “page: https://…”."
)
INVISIBLE = "\ufeff\u200b\u200e\u200f\u2060"
SEVERAL = re.compile(r"[^?\s]*&[^&=?\s]+=")
"""The value of a line that goes on with another field, as the query of an address does."""
ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://|mailto:|www\.[^\s:]*$", re.IGNORECASE)

Known = Callable[[str], bool]
"""Whether a name is one that means a field."""


def _none_is_known(_name: str) -> bool:
    return False


def write(data: dict[str, Any]) -> str:
    """Lines where every value is a plain text that comes back as it was; else JSON."""
    lines = "\n".join(
        f"{name}: {value.replace(chr(10), chr(10) + '  ')}" if isinstance(value, str) else ""
        for name, value in data.items()
    )
    with suppress(ValueError):
        if read(lines) == data:
            return lines
    return json.dumps(data, indent=2, ensure_ascii=False)


def read(text: str, is_known: Known = _none_is_known) -> dict[str, Any]:
    """The fields, by the same rules as a post. Raises ValueError, whose text says what is wrong."""
    text = text.replace("\r\n", "\n").lstrip(INVISIBLE)
    if text.lstrip().startswith(("{", "[")):
        _demand_json(text)
    else:
        text = _in_braces(text) or json.dumps(read_lines(text, is_known))
    try:
        body = text.encode("utf-8", "replace")
        return dict(parse_submission("application/json", body).data)
    except Unreadable as error:
        raise ValueError(shown(str(error.detail))) from None


def _demand_json(text: str) -> None:
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        said = _("This begins as JSON and is none: look at line %(line)d, character %(column)d.")
        raise ValueError(said % {"line": error.lineno, "column": error.colno}) from None
    except (ValueError, RecursionError):
        return  # parsing says what is wrong with it


def _in_braces(text: str) -> str:
    """Lines from the middle of a JSON object as an object; empty where they are none."""
    braced = f"{{{text.strip().removesuffix(',')}}}"
    with suppress(ValueError, RecursionError):
        if text.lstrip().startswith('"') and isinstance(json.loads(braced), dict):
            return braced
    return ""


# --- Lines ----------------------------------------------------------------------------------------


class Part(NamedTuple):
    """A line, parted at one of the places where its name may end."""

    written: str
    """The name with what stands around it."""
    sign: str
    value: str

    @property
    def name(self) -> str:
        """The name alone."""
        return bare(self.written)

    @property
    def spellings(self) -> list[str]:
        """The name as it is written, then with ever less around it."""
        found = {self.written: None}
        for one in (written := [self.written]):
            fewer = (_unmarked(one), one.removesuffix("*"), one.removeprefix("*"), _unquoted(one))
            new = [text for part in fewer if (text := part.strip()) not in found]
            found |= dict.fromkeys(new)
            if len(found) > MOST_SPELLINGS:
                break
            written += dict.fromkeys(new)
        return [*found, self.name]

    @property
    def is_quoted(self) -> bool:
        """Whether the name stands in quotation marks, as in JSON."""
        name = _all_unmarked(self.written)
        return _unquoted(name) != name


class Fault(Exception):
    """Why a line is none, in words that take its number and a name."""

    def __init__(self, words: StrOrPromise, name: str = "") -> None:
        super().__init__(words)
        self.words, self.name = words, name

    def said(self, number: int) -> str:
        """The words for the line of this number."""
        return str(self.words) % {"line": number, "name": self.name[:60]}


def read_lines(text: str, is_known: Known = _none_is_known) -> dict[str, Any]:
    """`name: value` lines; an indented one goes on with the value before. Raises ValueError."""
    found: dict[str, Any] = {}
    name, in_quotes = "", False
    for number, line in enumerate(_unindented(text).split("\n"), 1):
        if not line.strip():
            continue
        try:
            if name and line[0] in " \t" and not (in_quotes and _begins_quoted(line)):
                found[name] = _gone_on(found[name], line)
                continue
            part, name = _parted(line, is_known)
            if name in found:
                raise Fault(_("Line %(line)d: “%(name)s” is there twice."), name)
        except Fault as fault:
            raise ValueError(fault.said(number)) from None
        in_quotes = part.is_quoted
        found[name] = _json_value(part.value) if in_quotes else part.value
    return found


def _unindented(text: str) -> str:
    """Without what stands before every line: the marks of a quoted mail, an indentation."""
    lines = text.split("\n")
    while (told := [one for one in lines if one.strip()]) and all(
        one.lstrip().startswith(">") for one in told
    ):
        lines = [one.lstrip().removeprefix(">").removeprefix(" ") for one in lines]
    return textwrap.dedent("\n".join(lines))


def _begins_quoted(line: str) -> bool:
    return any(part.is_quoted for part in _parts(line))


def _gone_on(value: Any, line: str) -> str:
    if not isinstance(value, str):
        raise Fault(NO_LINE)
    return f"{value}\n{line.strip()}"


def _parted(line: str, is_known: Known) -> tuple[Part, str]:
    """A line and the name in it. One that is known is found whatever it holds. Raises Fault."""
    parts = list(_parts(line.strip(INVISIBLE)))
    for part in reversed(parts):
        for name in part.spellings:
            if 0 < len(name) <= LONGEST_NAME and is_known(name):
                return _with_one_value(part), name
    if ADDRESS.match(bare(line)):
        raise Fault(ONLY_AN_ADDRESS)
    # A name never starts as JSON does: such a line is JSON pasted below lines, of which half a
    # name and half a value would be made.
    if not parts or not SAYS.search(parts[0].name) or parts[0].written[0] in "{[":
        raise Fault(NO_LINE)
    part = parts[0]
    if set(part.name) & set('"<'):
        said = _("Line %(line)d: no quotation mark and no “<” may stand in a name: “%(name)s”.")
        raise Fault(said, part.name)
    if part.sign in EQUALS and "?" in part.name and " " not in part.name:
        raise Fault(ONLY_AN_ADDRESS)
    return _with_one_value(part), part.name


def _with_one_value(part: Part) -> Part:
    if part.sign in EQUALS and SEVERAL.match(part.value):
        raise Fault(_("Line %(line)d holds several fields. Write each on a line of its own."))
    opens = part.value.startswith('"') and part.value.count('"') % 2
    if part.sign == "\t" and ("\t" in part.value or opens):
        raise Fault(_("Line %(line)d has more than two columns, or a cell of several lines."))
    return part


def _parts(line: str) -> Iterator[Part]:
    """The line, parted at each place where the name may end."""
    begins = len(line) - len(line.lstrip())
    for number, found in enumerate(SEPARATOR.finditer(line, begins)):
        if number == MOST_TRIED:
            return
        written, value = line[: found.start()].strip(), line[found.end() :].strip()
        if _stars(_all_unmarked(written)) > _stars(written[::-1]):  # **name:** value
            value = value.lstrip("*").lstrip()
        yield Part(written, found.group()[0], value)


def _stars(text: str) -> int:
    return len(text) - len(text.lstrip("*"))


def bare(name: str) -> str:
    """A name without what people write around it: bullets, numbers, quotes, asterisks."""
    before = None
    while name != before:
        before = name
        name = _unquoted(_all_unmarked(name.strip(INVISIBLE).strip()).strip("*").strip())
    return name


def _unmarked(text: str) -> str:
    mark = LIST_MARK.match(text)
    return text[mark.end() :] if mark else text


def _all_unmarked(text: str) -> str:
    while (shorter := _unmarked(text)) != text:
        text = shorter
    return text


def _unquoted(text: str) -> str:
    paired = len(text) > 1 and QUOTES.get(text[0]) == text[-1]
    return text[1:-1].strip() if paired else text


def _json_value(text: str) -> Any:
    """What stands after a quoted name: the value as JSON writes it, or the text that it is."""
    shorter = text.removesuffix(",").rstrip()
    with suppress(ValueError, RecursionError):
        return json.loads(shorter, parse_constant=_refuse)
    unquoted = _unquoted(shorter)
    return text if unquoted == shorter else unquoted


def _refuse(constant: str) -> None:
    raise ValueError(constant)
