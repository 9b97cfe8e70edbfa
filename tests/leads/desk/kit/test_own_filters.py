"""No list answers a guess about a column: its address names its own filters alone."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.db.models import Field
from django.test import Client
from django.urls import reverse

from leads.desk.kit.lists.own_filters import OwnFilters
from leads.models import FailedLead, Lead, Site
from tests.factories import make_failed_lead, make_site
from tests.responses import Response


def shown(answer: Response) -> tuple[int, set[Any]]:
    """The status, and which rows there are."""
    assert answer.context is not None
    return answer.status_code, {row.pk for row in answer.context["cl"].result_list}


@pytest.mark.parametrize("model", admin.site._registry, ids=lambda model: str(model._meta.label))
def test_every_list_is_narrowed_by_its_own_filters_alone(rf: Any, boss: Client, model: Any) -> None:
    kind = admin.site._registry[model].get_changelist(rf.get("/"))

    assert issubclass(kind, OwnFilters)


@pytest.mark.parametrize("model", [Lead, FailedLead, Site])
@pytest.mark.parametrize("how", ["", "__exact", "__startswith", "__contains", "__regex", "__in"])
def test_a_right_guess_is_answered_like_a_wrong_one(boss: Client, model: Any, how: str) -> None:
    lead = make_failed_lead(idempotency_key="order-17")
    row = lead.site if model is Site else lead
    own = {"site", "reason", "status"}
    columns = [
        field.name
        for field in model._meta.get_fields()
        if isinstance(field, Field) and field.name not in own
    ]
    right = {f"{name}{how}": str(getattr(row, name)) for name in columns}
    table = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")

    answers = [shown(boss.get(table, asked)) for asked in (right, dict.fromkeys(right, "0"))]

    assert answers[0] == answers[1]
    assert answers[0] in ((200, {row.pk}), (400, set()))


@pytest.mark.parametrize("table", ["auth_user", "auth_group", "leads_site", "accounts_auditentry"])
def test_what_a_link_was_given_on_its_way_is_ignored(boss: Client, table: str) -> None:
    make_site()

    answer = boss.get(reverse(f"admin:{table}_changelist"), {"utm_source": "x", "fbclid": "1"})

    assert answer.status_code == 200
