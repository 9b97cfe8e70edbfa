"""What became of leads, for programs: figures, and one lead; masked and limited as at the desk."""

from __future__ import annotations

import pytest

from leads.counters.sales.record import Deal
from leads.models import Site
from tests.factories import make_site, make_user
from tests.leadops.api.conftest import Program
from tests.leads.desk.sales.test_sales import sold

USD = Deal(stage="Closed Won", amount=99_000, currency="USD", won=True)


def test_figures_by_campaign_add_up_to_the_total(chief: Program) -> None:
    sold()
    sold(deal=USD)
    sold("(none)", None)

    found = chief.get("stats/sales/", by="campaign").json()

    spring, none = found["groups"]
    assert spring == {
        "key": "spring",
        "name": "spring",
        "leads": 2,
        "delivered": 2,
        "converted": 2,
        "won": 2,
        "amounts": [
            {"currency": "EUR", "won": 1, "amount": "1200.500"},
            {"currency": "USD", "won": 1, "amount": "99.000"},
        ],
    }
    assert (none["name"], none["converted"], none["amounts"]) == ("no campaign", 1, [])
    assert found["total"] | {"leads": 2} == {k: spring[k] for k in found["total"]} | {
        "delivered": 3,
        "converted": 3,
    }
    assert chief.get("stats/sales/").json()["groups"] == []
    crossed = chief.get("stats/sales/", by="crossed").json()
    assert [row["name"] for row in crossed["groups"]] == ["API · spring", "API · no campaign"]
    assert (crossed["groups"][0]["amounts"], crossed["total"]) == (
        spring["amounts"],
        found["total"],
    )


@pytest.mark.parametrize("query", [{"by": "page"}, {"by": "hour"}, {"since": "x"}])
def test_what_is_not_understood_is_refused(chief: Program, query: dict[str, str]) -> None:
    assert chief.get("stats/sales/", **query).status_code == 422


def test_a_limited_account_counts_its_own_sites(site: Site) -> None:
    sold()
    limited = Program(make_user("limited", role="Administrator", sites=[make_site()]))

    assert limited.get("stats/sales/").json()["total"]["converted"] == 0


@pytest.mark.parametrize(
    ("role", "owner"), [("Manager", "M… L…"), ("Administrator", "Mara Lindqvist")]
)
def test_a_lead_tells_what_became_of_it(site: Site, role: str, owner: str) -> None:
    lead = sold()

    row = Program(make_user("one", role=role)).get(f"leads/{lead.pk}/").json()["crm_record"]

    assert (row["owner"], row["stage"], row["won"]) == (owner, "Closed Won", True)
    assert (row["state"], row["amount"], row["currency"]) == ("converted", "1200.500", "EUR")
