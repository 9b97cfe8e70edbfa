"""An insert that stored everything and is answered oddly: each lead gets its own record's id."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from leads.models import ApiLog, Lead, Site
from tests.factories import make_lead
from tests.zoho.delivery.test_outage import Answer, Zoho, known
from tests.zoho.delivery.test_outage import site as site_of_outage
from tests.zoho.delivery.test_outage import zoho as zoho_of_outage
from zoho.api.answers import each_its_own, read_answer

zoho, site, read_before = zoho_of_outage, site_of_outage, known

Items = list[dict[str, Any]]


def with_id(value: Any) -> Callable[[Items], Answer]:
    """The answer, in which the last record has this id."""

    def answer(items: Items) -> Answer:
        last = {**items[-1], "details": {"id": value}}
        return 201, {"data": [*items[:-1], last]}

    return answer


ODD: dict[str, Callable[[Items], Answer]] = {
    "the first result again and again": lambda items: (201, {"data": [items[0]] * len(items)}),
    "one result twice": lambda items: (201, {"data": [*items[:-1], items[0]]}),
    "one too few": lambda items: (201, {"data": items[:-1]}),
    "one too many": lambda items: (201, {"data": [*items, items[0]]}),
    "one for all": lambda items: (201, {"data": items[:1]}),
    "none": lambda _items: (201, {"data": []}),
    "no list": lambda items: (201, {"data": items[0]}),
    "a list of lists": lambda items: (201, {"data": [items]}),
    "a null among them": lambda items: (201, {"data": [*items[:-1], None]}),
    "results alone": lambda items: (201, items),
    "success of all": lambda _items: (200, {"code": "SUCCESS", "details": {"id": "1"}}),
    "a page": lambda _items: (200, "<html>OK</html>"),
    "nothing": lambda _items: (204, None),
    "accepted": lambda _items: (202, {"status": "accepted"}),
    "a redirect": lambda _items: (302, None),
    "no id": with_id(None),
    "an empty id": with_id(""),
    "an id that is a list": with_id(["1"]),
    "the id of another": with_id("1"),
    "a place of another": lambda items: (
        201,
        {"data": [*items[:-1], {**items[-1], "details": {"id": "3", "json_path": "$.data[0]"}}]},
    ),
    "a word of failure": lambda items: (500, {"data": items[:1]}),
}


@pytest.mark.usefixtures("read_before")
@pytest.mark.parametrize("odd", ODD)
def test_an_odd_answer_costs_no_lead_and_gives_none_anothers_record(
    zoho: Zoho, site: Site, odd: str
) -> None:
    sensible = zoho.sensible
    played: list[str] = []

    def play(kind: str, content: dict[str, Any]) -> Answer:
        answer = sensible(kind, content)
        if kind == "insert" and not played:
            played.append(kind)
            return ODD[odd](answer[1]["data"])
        return answer

    zoho.sensible = play  # type: ignore[method-assign]
    for _ in range(3):
        make_lead(site=site)

    zoho.run(until=900)

    assert len(zoho.stored) == len(set(zoho.stored)) == 3
    held = {reference: str(number) for number, reference in enumerate(zoho.stored, 1)}
    assert {str(lead.reference): lead.zoho_id for lead in Lead.objects.all()} == held
    assert set(Lead.objects.values_list("status", flat=True)) == {"delivered"}
    assert ApiLog.objects.filter(response_code=13003).count() == 3


def test_an_id_that_only_refusals_share_speaks_against_nobody() -> None:
    taken = {"code": "DUPLICATE_DATA", "details": {"api_name": "Email", "id": "7"}}
    body = b'{"data": [%s, %s]}' % ((str(taken).replace("'", '"').encode(),) * 2)
    outcomes = read_answer(400, body, 2, "Lead_Ref")

    assert each_its_own(outcomes) == outcomes
