"""From what arrived to its fields, by shape: one path a value, the same for the same shape.

Form tools wrap a field in what describes it: `{"label": "Name", "value": "Ada"}` in a list,
`fields[name][value]` in a form, JSON as the text of a field. Here each value gets the path by which
people know it: `data.fields.Name`, `fields.name`, `data.json.first_name`. No value is left out;
`Lead.data` keeps what came. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple

from leads.data import as_text, parts_of
from leads.intake.body.fields import MAX_DEPTH, clean
from leads.intake.body.formats import read_json
from leads.intake.body.heavy import MOST_KEYS
from leads.intake.errors import Unreadable

LABELS = (
    *("label", "title", "question", "column_name", "name", "field_label", "fieldLabel"),
    *("field_name", "fieldName", "column_id", "ref", "key", "field", "variable", "heading"),
)
"""What a form tool calls the name of a field, the one that people read first."""
VALUES = (
    *("value", "answer", "string_value", "field_value", "fieldValue", "values", "answers"),
    "text",
)
VALUE_WORDS = frozenset(
    ["val", "vals", "value", "values", "answer", "answers", "response", "responses", "content"]
    + ["data", "input", "result", "results", "reply", "entered", "wert", "antwort", "valeur"]
    + ["reponse", "valor", "respuesta", "valore", "risposta", "resposta", "waarde", "antwoord"]
)
"""Words of the other names that tools have for it: `val`, `raw_value`, `answerText`."""
ABOUT_IT = frozenset(["id", "ids", "type", "types", "name", "key", "label", "format", "count"])
"""Words of what says something of it: `answer_id`, `dataType`."""
KINDS = ("type", "field_type", "fieldType")
NO_ANSWERS = frozenset((*LABELS, *KINDS))
STRONG = VALUES[:-1]
"""Those that nothing else than an answer has: a message is a text, too."""
PEOPLES = frozenset(
    ["contact_name", "first_name", "last_name", "firstName", "lastName", "email", "Email", "phone"]
)
"""What a person has and an answer has not: who has a name and a value beside it is no answer."""
SORTS = frozenset(
    ["work", "home", "mobile", "main", "other", "private", "office", "personal", "fax", "primary"]
)
"""What says which of somebody's numbers and addresses one is: no name of an answer."""
INNER = ("field", "question", "column")
"""Objects inside an answer that describe what was asked."""
MOST_OPENED = 3
"""JSON in a text in JSON in a text: as deep as that is opened."""
LONGEST_WAY = 1000
"""Characters above the last step of a path; a longer way to a value is one that nobody made."""
MOST_REPEATED = 256 * 1024
"""Characters that the paths of a body may say again: 5,000 values, each 50 characters deep."""

LONGEST_KEY = 200
"""Characters of a key that may be a word for an answer."""
WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")

Path = tuple[str, ...]


class About(NamedTuple):
    """What the form says of a value, beside its name; empty where it says nothing."""

    kind: str = ""
    """Such as “email”."""
    label: str = ""
    """What people read at the field."""
    whole: str = ""
    """The label of the answer that it is a part of."""
    is_answer: bool = False
    """Whether it is one of a form's answers, with what describes it."""
    describes: bool = False
    """Whether it describes an answer: it is nothing that a person typed."""


UNSAID = About()


class Field(NamedTuple):
    """One value of a submission."""

    path: Path
    value: Any
    """A text, number, truth value, null, or a list of such."""
    about: About = UNSAID
    group: Path = ()
    """The object that it stands in: what belongs together has one group."""

    @property
    def name(self) -> str:
        """The path as people write it."""
        return written(self.path)


def written(path: Path) -> str:
    """A path as one text."""
    return ".".join(path)


def fields_of(data: Mapping[str, Any]) -> list[Field]:
    """Every value of a submission, in the order of arrival; see `_bearable` for those without.

    Of more than are read of one body, one more: JSON in the text of a field holds any number.
    """
    found = list(islice(_bearable(_walk((), unfolded(data), UNSAID, (), 0)), MOST_KEYS + 1))
    titles = _titles(data)
    return [_titled(one, titles) for one in found] if titles else found


def _titles(data: Mapping[str, Any]) -> dict[tuple[Path, str], str]:
    """What people read at fields whose answers only say their ids, as Typeform posts them.

    `{"definition": {"fields": [{"ref": …, "title": …}]}, "answers": […]}`, by where the answers
    stand and the name that an answer has there: its path stays that of its id.
    """
    titles: dict[tuple[Path, str], str] = {}
    below = [((name,), value) for name, value in data.items() if isinstance(value, dict)]
    for path, whole in [((), data), *below]:
        definition = whole.get("definition")
        defined = definition.get("fields") if isinstance(definition, dict) else None
        for one in defined if isinstance(defined, list) else ():
            if isinstance(one, dict) and isinstance(title := one.get("title"), str):
                refs = [one[name] for name in ("ref", "id") if isinstance(one.get(name), str)]
                titles.update({((*path, "answers"), ref.strip()): title.strip() for ref in refs})
    return titles


def _titled(one: Field, titles: Mapping[tuple[Path, str], str]) -> Field:
    """The field with the title that the form's definition has for it."""
    title = titles.get((one.group, one.about.label)) if one.about.label else ""
    return one._replace(about=one.about._replace(label=title)) if title else one


def _bearable(fields: Iterable[Field]) -> Iterator[Field]:
    """The fields without those whose paths would make far more of a body than came.

    Each value's path says all the names above it again, so that 60 kB of one long name above
    thousands of values were 90 MB. A value's own name is said once; it may be of any length. The
    first value stays anyhow: a body with a value in it is a lead.
    """
    left, is_first = MOST_REPEATED, True
    for one in fields:
        way, begins = sum(map(len, one.path[:-1])), is_first and bool(as_text(one.value))
        if way <= min(LONGEST_WAY, left) or begins:
            left -= way
            is_first = is_first and not begins
            yield one


def unfolded(data: Mapping[str, Any]) -> dict[str, Any]:
    """The names of a form that are paths, `a[b][c]` and `topics[]`, as what they stand for.

    `a` beside `a[b]` is the value of `a`: nothing is overwritten, and `data` stays as it is.
    """
    paths = {name: _steps(name) for name in data}
    plain = all(len(parts) == 1 for parts in paths.values())
    if plain and len(set(paths.values())) == len(paths):
        return {paths[name][0]: value for name, value in data.items()}
    whole: dict[str, Any] = {}
    for name, value in data.items():
        _put(whole, paths[name], deepcopy(value))
    return whole


def _steps(name: str) -> Path:
    """The steps of a name; one that leads deeper than any object may go is a name."""
    parts = parts_of(name)
    if len(parts) > MAX_DEPTH:
        return (name,)
    return parts[:-1] if len(parts) > 1 and not parts[-1] else parts


def _put(whole: dict[str, Any], parts: Path, value: Any) -> None:
    here = whole
    for part in parts[:-1]:
        below = here.get(part, {})
        here[part] = below if isinstance(below, dict) else {"value": below}
        here = here[part]
    last = parts[-1]
    if isinstance(here.get(last), dict) and not isinstance(value, dict):
        here, last = here[last], "value"
    here[last] = [here[last], value] if last in here else value


def _walk(path: Path, value: Any, about: About, group: Path, opened: int) -> Iterable[Field]:
    match value:
        case dict() if value:
            return _object(path, value, about, opened)
        case list() if value:
            return _list(path, value, about, group, opened)
        case str() if opened < MOST_OPENED and (inner := opened_json(value)) is not None:
            return _walk(path, inner, about, group, opened + 1)
        case dict() | list():
            return (Field(path, None, about, group),)
        case _:
            return (Field(path, value, about, group),)


def _object(path: Path, value: dict[str, Any], about: About, opened: int) -> Iterator[Field]:
    above = path[:-1] if "value" in value and path else path
    if about.label and len(value) == 1 and (only := _answer(value)[0]):
        # The answer of an answer: `{"label": "Name", "values": [{"answer": "Ada"}]}`.
        yield from _walk(path, value[only], about, above, opened)
        return
    label, answer = _label(value), _answer(value, STRONG)[0]
    whole = about.label or about.whole
    said = About(whole=whole, is_answer=_are_answers(value), describes=about.is_answer)
    for name, item in value.items():
        if path and (name == "value" or (label and name == answer)):
            # What wraps a value is no step of its path.
            here, group = (path, above) if name == "value" else ((*path, name), path)
            answered = About(about.kind or _kind(value), label, about.whole)
            yield from _walk(here, item, answered, group, opened)
        else:
            yield from _walk((*path, name), item, said, path, opened)


def _are_answers(items: dict[str, Any]) -> bool:
    """Whether an object holds a form's answers by their ids: `{"3": {"name": …, "answer": …}}`."""
    return len(items) > 1 and are_answers(list(items.values()))


def _list(path: Path, value: list[Any], about: About, group: Path, opened: int) -> Iterator[Field]:
    if not any(isinstance(item, dict | list) for item in value):
        yield Field(path, value[0] if len(value) == 1 else value, about, group)
    elif are_answers(value, VALUES):
        yield from _answers(path, value, opened)
    elif len(value) == 1:
        yield from _walk(path, value[0], about, group, opened)
    else:
        for number, item in enumerate(value):
            yield from _walk((*path, str(number)), item, UNSAID, group, opened)


def _answers(path: Path, items: list[dict[str, Any]], opened: int) -> Iterator[Field]:
    """A form as a list: each answer by its label, never by its position."""
    seen: dict[str, int] = {}
    for item in items:
        label, (key, value) = _label(item), _answer(item)
        seen[label] = seen.get(label, 0) + 1
        here = (*path, label if seen[label] == 1 else f"{label} {seen[label]}")
        yield from _walk(here, value, About(_kind(item), label), path, opened)
        for name, rest in item.items():
            if name != key and rest != label:
                yield from _walk((*here, name), rest, About(describes=True), here, opened)


def are_answers(items: Sequence[Any], keys: tuple[str, ...] = STRONG) -> bool:
    """Whether these are a form's answers, each with what describes it, and no list of people."""
    return not all(_label(item).lower() in SORTS for item in items) and all(
        _label(item) and (key := _answer(item, keys)[0]) and not PEOPLES & (item.keys() - {key})
        for item in items
    )


def _label(item: Any) -> str:
    """The name of an answer; empty where it is none."""
    if not isinstance(item, dict):
        return ""
    inner = [item[name] for name in INNER if isinstance(item.get(name), dict)]
    for place in (item, *inner):
        for name in LABELS if place is item else (*LABELS, "text"):
            if isinstance(text := place.get(name), str) and text.strip():
                return text.strip()
    return ""


def _answer(item: dict[str, Any], keys: tuple[str, ...] = VALUES) -> tuple[str, Any]:
    """The key and value of an answer; ("", None) where there is none."""
    for name in keys:
        if name in item:
            return name, item[name]
    kind = item.get("type")
    if isinstance(kind, str) and kind in item and kind not in KINDS:
        return kind, item[kind]
    for name, value in item.items():
        if name not in NO_ANSWERS and _is_answer(name, value):
            return name, value
    return "", None


def _is_answer(key: str, value: Any) -> bool:
    """Whether a key and its value are an answer in other words, and do not hold answers."""
    if not is_value_key(key):
        return False
    nested = value if isinstance(value, list) else [value]
    return "nswer" in key or not any(isinstance(item, dict | list) for item in nested)


def is_value_key(key: str) -> bool:
    """Whether a key is a tool's word for what was typed: `val`, `raw_value`, `answerText`."""
    return len(key) <= LONGEST_KEY and _is_value_key(key)


@lru_cache(maxsize=4096)  # the same few keys with every post
def _is_value_key(key: str) -> bool:
    words = [word.lower() for word in WORD.findall(key)]
    is_one = not VALUE_WORDS.isdisjoint(words) and ABOUT_IT.isdisjoint(words)
    return key in VALUES or is_one


def _kind(item: Mapping[str, Any]) -> str:
    for name in KINDS:
        if isinstance(kind := item.get(name), str):
            return kind.lower()
    return ""


def opened_json(text: str) -> Any:
    """The object or list that a text is the JSON of, storable; None for any other text."""
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        inner = clean(read_json.parse(text, one_line=False, finite=False))
    except Unreadable:  # nested too deeply, too: it stays the text that it is
        return None
    return inner if isinstance(inner, dict | list) and inner else None
