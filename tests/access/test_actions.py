"""The actions of the admin's lists: who is offered them, and whose choice does something."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth import get_user
from django.test import RequestFactory

from tests.access.addresses import registered
from tests.access.matrix import ACTIONS, MEAN_OTHERS, Entry
from tests.access.people import LOGGED_IN, ORDER
from tests.access.test_matrix import ask

CONFIRMED = {"confirmed": "yes", "post": "yes", "note": "spam"}


@pytest.mark.parametrize("label", registered())
def test_every_action_is_offered_to_whom_the_matrix_says(world: dict[str, Any], label: str) -> None:
    offered: dict[str, set[str]] = {}
    for who in LOGGED_IN:
        request = RequestFactory().get("/")
        request.user = get_user(world["people"][who])
        for name in admin.site.get_model_admin(apps.get_model(label)).get_actions(request):
            offered.setdefault(name, set()).add(who)

    assert offered == {name: set(people) for name, people in ACTIONS.get(label, {}).items()}


@pytest.mark.parametrize(
    ("label", "action"), [(label, action) for label in ACTIONS for action in ACTIONS[label]]
)
def test_an_action_that_is_not_offered_does_nothing(
    world: dict[str, Any], label: str, action: str
) -> None:
    address = f"/admin/{label.replace('.', '/')}/"
    data: dict[str, Any] = {"action": action, "_selected_action": [world["ids"][label]]}

    wrong = []
    for who in ORDER:
        answer, changed = ask(world["people"][who], "POST", address, Entry(), data | CONFIRMED)
        may = who in ACTIONS[label][action]
        if answer.status_code == 403 if may else bool(changed):
            wrong.append(f"{who}: {answer.status_code}, changed {changed}")
        if may and not changed and action not in MEAN_OTHERS:
            wrong.append(f"{who}: {answer.status_code}, changed {changed}")

    assert not wrong, "\n".join(wrong)
