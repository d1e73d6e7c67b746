"""The numbers behind the pictures, and that the pictures are made."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from ordinance.charts import amount_over, amount_over_table, gains_and_losses

DISTRIBUTIONS = (Path(__file__).parent.parent / "notebooks" / "distributions.toml").read_text()
FAMILY = {
    "jurisdiction": "US-TN",
    "service": "cash-assistance",
    "as_of": "2026-03-01",
    "facts": {
        "household_size": 3,
        "unearned_income": 0,
        "liquid_assets": 0,
        "vehicle_equity": 0,
        "child_care_costs": 0,
        "dependants_under_2": 0,
        "dependants_from_2": 2,
        "has_eligible_child": True,
        "any_member_lawfully_present": True,
    },
}


def test_an_amount_over_an_income_has_its_cliffs(rulebook):
    # By Tennessee's law a family of three gets 387 until the gap to 1,549 plus the 250 disregarded is less; below 10
    # nothing is paid. So 1,412 keeps 387, and from 1,790 on there is nothing.
    table = amount_over_table(rulebook, FAMILY, "earned_income", [1412, 1413, 1789, 1790, 0])
    assert table.column("earned_income").to_pylist() == [0, 1412, 1413, 1789, 1790]
    assert list(map(str, table.column("amount").to_pylist())) == ["387.00", "387.00", "386.00", "10.00", "0.00"]
    assert table.column("cliff").to_pylist() == [False, False, False, False, True]


def test_a_taper_of_one_for_one_is_no_cliff(rulebook):
    facts = {
        "household_size": 3,
        "earners": [],
        "liquid_assets": 0,
        "has_eligible_child": True,
        "any_member_lawfully_present": True,
        "already_enrolled": False,
        "poverty_guideline_annual": 27320,
        "receives_housing_assistance": False,
        "child_support_received": 0,
    }
    case = {"jurisdiction": "US-CT", "service": "cash-assistance", "as_of": "2026-03-01", "facts": facts}
    for values in [range(0, 800, 10), [Decimal("0.3") * step for step in range(400)]]:
        table = amount_over_table(rulebook, case, "unearned_income", values)
        assert table.column("amount")[0].as_py() > table.column("amount")[-1].as_py()
        assert True not in table.column("cliff").to_pylist()


def test_the_pictures_are_made(rulebook, changed_rulebook):
    pytest.importorskip("altair")
    chart = amount_over(rulebook, FAMILY, "earned_income", range(0, 2500, 100))
    assert "(USD per month)" in json.dumps(chart.to_dict())
    people = rulebook.synth(
        "cash-assistance", 500, jurisdiction="US-TN", as_of="2026-03-01", distributions=DISTRIBUTIONS
    )
    impact = rulebook.diff(changed_rulebook, people, by=["household_size"])
    drawn = gains_and_losses(impact, "household_size").to_dict()
    rows = drawn["datasets"][drawn["data"]["name"]]
    assert sum(row["people"] for row in rows if row["change"] == "gain") == impact.people["gains"]


def test_a_wrong_picture_is_refused(rulebook):
    with pytest.raises(ValueError, match="doesn't grant `sum`"):
        amount_over_table(rulebook, FAMILY, "earned_income", [1], amount="sum")
    with pytest.raises(ValueError, match="needs its `jurisdiction`"):
        amount_over_table(rulebook, {}, "earned_income", [1])
