"""Every address × everybody × every method, as the matrix says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection, transaction
from django.forms import MultiWidget
from django.test import Client
from django.test.client import ClientHandler

from tests.access.addresses import filled, registered, routes
from tests.access.matrix import MATRIX, Entry
from tests.access.people import ANYBODY, ORDER, SEEING, SUPERUSER, SUPPORT, WORK, asking, by_turns
from tests.access.world import MARKS
from tests.responses import Response

CHANGES = re.compile(
    r'\b(?:INSERT INTO|UPDATE|DELETE FROM) "'
    r'(?!django_session"|usersessions_usersession"|leads_unknownpost"|'
    r'leads_wallboard" SET "(?:counted_at|figures)"|'
    r'leads_sitekey" SET "last_used_at" = \S+ WHERE)(\w+)"',
    re.I,
)
"""What a statement changes. A session and when its owner was there, when a key was last seen,
how often one was tried that nobody has, and what a wallboard counted last, may be written."""
PREPARED = re.compile(r"^EXECUTE (insert_\w+)")
"""What `leads.store` prepared for this connection before bears the names of its rows."""
ODD = ("PUT", "PATCH", "DELETE", "OPTIONS")


def test_every_address_has_an_entry() -> None:
    known = set(routes())

    assert known - set(MATRIX) == set(), "new addresses: say in tests/access/matrix.py who may"
    assert set(MATRIX) - known == set(), "entries of addresses that are gone"


def test_whoever_is_answered_at_all_is_among_those_who_ask_a_second_database() -> None:
    answered = {route: entry.see | entry.press for route, entry in MATRIX.items()}

    assert [route for route, who in answered.items() if who and not who & {*SEEING}] == []


@pytest.mark.parametrize("route", MATRIX)
def test_only_who_may_gets_an_answer_and_it_changes_nothing_and_tells_of_nobody(
    world: dict[str, Any], route: str
) -> None:
    entry, address = MATRIX[route], filled(route, world["ids"])

    wrong = []
    for who in asking():
        answer, changed = ask(world["people"][who], "GET", address, entry)
        seen = is_answer(answer, entry.redirects)
        told = [] if who in WORK else marks_in(answer)
        if changed or told or seen != (who in entry.see):
            wrong.append(f"{who}: {answer.status_code}, changed {changed}, told {told}")

    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("route", MATRIX)
def test_only_who_may_changes_something(world: dict[str, Any], route: str) -> None:
    entry, address = MATRIX[route], filled(route, world["ids"])
    # Nobody is shown a form where a superuser is not; who is shown none knows it all the same.
    known = shown(world["people"][SUPERUSER], address, entry)

    wrong = []
    for who in asking():
        client = world["people"][who]
        has_own = known and who in entry.see and who != SUPERUSER
        fields = shown(client, address, entry) if has_own else known
        data = fields | wanted(entry, world["ids"])
        answer, changed = ask(client, "POST", address, entry, data)
        pressed = changed or (not entry.writes and is_answer(answer, True))
        if bool(pressed) != (who in entry.press) and not (
            # Who may look at a page may also post to it: it answers, and nothing happens.
            who in entry.see - entry.press and not changed
        ):
            wrong.append(f"{who}: {answer.status_code}, changed {changed}")

    assert not wrong, "\n".join(wrong)


def test_the_marks_of_a_person_are_there_to_be_found(world: dict[str, Any]) -> None:
    address = filled("admin/leads/lead/<path:object_id>/change/", world["ids"])

    assert marks_in(world["people"][SUPPORT].get(address)) == [*MARKS]


@pytest.mark.one_database
@pytest.mark.parametrize("route", MATRIX)
def test_no_other_method_changes_anything(world: dict[str, Any], route: str) -> None:
    entry, address = MATRIX[route], filled(route, world["ids"])

    wrong = []
    for who in (ANYBODY, SUPPORT, SUPERUSER):
        for method in by_turns(ODD, f"{who} {route}"):
            answer, changed = ask(world["people"][who], method, address, entry)
            if changed or answer.status_code >= 500:
                wrong.append(f"{who}: {method} {answer.status_code}, changed {changed}")

    assert not wrong, "\n".join(wrong)


@pytest.mark.one_database
@pytest.mark.parametrize("route", [r for r in MATRIX if r.startswith("admin/")])
def test_no_page_is_pressed_from_another_site(world: dict[str, Any], route: str) -> None:
    entry, address = MATRIX[route], filled(route, world["ids"])
    client = world["people"][SUPERUSER]
    client.handler = ClientHandler(enforce_csrf_checks=True)

    answer, changed = ask(client, "POST", address, entry, entry.data)

    assert (answer.status_code in (403, 404, 405), changed) == (True, [])


@pytest.mark.one_database
@pytest.mark.parametrize("label", registered())
def test_pop_ups_and_their_choices_ask_for_the_same_right(
    world: dict[str, Any], label: str
) -> None:
    base = f"admin/{label.replace('.', '/')}/"
    entry = MATRIX[base]

    for who in ORDER:
        for tail in ("?_popup=1", "?_to_field=id&_popup=1"):
            answer, _changed = ask(world["people"][who], "GET", f"/{base}{tail}", entry)
            assert is_answer(answer, entry.redirects) == (who in entry.see), (who, tail)


def ask(
    client: Client, method: str, address: str, entry: Entry, data: Any = None
) -> tuple[Response, list[str]]:
    """The answer, and the tables that were changed; both are undone."""
    with undone(), watched() as changed:
        if method == "POST":
            body, kind = urlencode(data or {}, doseq=True), "application/x-www-form-urlencoded"
            answer = client.post(address, body, content_type=kind, headers=entry.headers)
        else:
            answer = client.generic(method, address, headers=entry.headers)
    return answer, changed


def form(client: Client, address: str, entry: Entry, ids: dict[str, Any]) -> dict[str, Any]:
    """What a person's browser would post: the form as it is shown, changed as the entry says."""
    return shown(client, address, entry) | wanted(entry, ids)


def wanted(entry: Entry, ids: dict[str, Any]) -> dict[str, Any]:
    """What the entry says is posted, with the ids of this world."""
    return {name: ids.get(str(value), value) for name, value in entry.data.items()}


def shown(client: Client, address: str, entry: Entry) -> dict[str, Any]:
    """The fields of the form as it is shown; nothing where there is none."""
    data: dict[str, Any] = {}
    answer, _changed = ask(client, "GET", address, entry)
    if answer.context and "adminform" in answer.context:
        sets = [one.formset for one in answer.context["inline_admin_formsets"]]
        forms = [answer.context["adminform"].form, *(one.management_form for one in sets)]
        for one in [*forms, *(form for formset in sets for form in formset.forms)]:
            data |= {name: value for field in one for name, value in posted(field)}
    return data


def posted(field: Any) -> list[tuple[str, Any]]:
    """The names and values that a field of a form is posted as."""
    value, widget = field.value(), field.field.widget
    if value is None or value is False or value == []:
        return []
    if isinstance(widget, MultiWidget):
        names: list[str] = vars(widget)["widgets_names"]
        parts = zip(names, widget.decompress(value) or [], strict=True)
        return [(field.html_name + name, part) for name, part in parts if part is not None]
    if isinstance(value, list | tuple | set):
        return [(field.html_name, [getattr(one, "pk", one) for one in value])]
    return [(field.html_name, field.field.prepare_value(value))]


@contextmanager
def undone() -> Iterator[None]:
    """Nothing of what happens inside stays, the login included."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def watched() -> Iterator[list[str]]:
    """The tables that are changed inside."""
    tables: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        tables.extend(CHANGES.findall(sql) + PREPARED.findall(sql))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield tables


def marks_in(answer: Response) -> list[str]:
    """What an answer tells of the person behind the lead."""
    text = b"".join(answer).decode(errors="replace")
    return [mark for mark in MARKS if mark in text]


def is_answer(answer: Response, redirects: bool) -> bool:
    """Whether the asker got what the address is for, not a refusal or the login page."""
    if answer.status_code == 302 or answer.status_code == 301:
        return redirects and not answer["Location"].startswith("/admin/login/")
    return answer.status_code < 400
