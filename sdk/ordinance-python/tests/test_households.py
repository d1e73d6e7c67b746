"""Persons and households in two tables become cases."""

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from ordinance.households import cases, count, each, exists, household, total

HOUSEHOLDS = pa.table({"id": ["a", "b", "c"], "savings": [120.0, None, 0.0], "weight": [1.5, 1.0, 2.0]})
PERSONS = pa.table(
    {
        "home": ["b", "a", "a", "b"],
        "age": [40, 30, 5, None],
        "wage": [1200.0, 2400.0, 0.0, 100.0],
    }
)


def made(**facts):
    return cases(HOUSEHOLDS, PERSONS, key="id", member_of="home", facts=facts)


def test_persons_are_counted_and_summed_by_household():
    table = made(size=count(), income=total("wage"), monthly=total("wage", per_month=True), savings=household("savings"))
    assert table.to_pydict() == {
        "size": [2, 2, 0],
        "income": [2400.0, 1300.0, 0.0],
        "monthly": [200.0, 108.3333, 0.0],
        "savings": [120.0, None, 0.0],
    }


def test_what_is_not_known_of_one_is_not_known_of_all():
    table = made(
        children=count(pc.field("age") < 18),
        has_child=exists(pc.field("age") < 18),
        has_adult=exists(pc.field("age") >= 18),
        wage_of_adults=total("wage", where=pc.field("age") >= 18),
    )
    assert table.to_pydict() == {
        "children": [1, None, 0],
        "has_child": [True, None, False],
        # One known adult is enough.
        "has_adult": [True, True, False],
        "wage_of_adults": [2400.0, None, 0.0],
    }


def test_nan_is_not_known():
    persons = pa.table({"id": ["a", "a"], "age": [40.0, float("nan")]})
    facts = {"child": exists(pc.field("age") < 18), "adults": count(pc.field("age") >= 18)}
    assert cases(HOUSEHOLDS.slice(0, 1), persons, key="id", facts=facts).to_pydict() == {"child": [None], "adults": [None]}


def test_records_are_those_of_the_persons_for_whom_the_condition_holds():
    table = made(
        earners=each({"earned": "wage"}, where=pc.field("wage") > 0, per_month=("earned",)),
        adults=each({"age": "age", "wage": "wage"}, where=pc.field("age") >= 18),
    )
    assert table.to_pydict() == {
        "earners": ['[{"earned": 200.0}]', '[{"earned": 100.0}, {"earned": 8.3333}]', "[]"],
        "adults": ['[{"age": 30, "wage": 2400.0}]', None, "[]"],
    }


def test_columns_may_be_kept():
    table = cases(HOUSEHOLDS, PERSONS, key="id", member_of="home", facts={"size": count()}, keep=("weight",))
    assert table.column("weight").to_pylist() == [1.5, 1.0, 2.0]


def test_faults_are_told():
    with pytest.raises(ValueError, match="person 0 of `persons` is of a household that `households` doesn't have"):
        cases(HOUSEHOLDS.slice(0, 1), PERSONS, key="id", member_of="home", facts={})
    with pytest.raises(ValueError, match="household 1 of `households` has no id, or that of another one"):
        cases(pa.table({"id": [1, 1]}), pa.table({"id": [1]}), key="id", facts={})
    with pytest.raises(ValueError, match="`persons` has no column `wages`; it has home, age, wage"):
        made(income=total("wages"))
    with pytest.raises(ValueError, match="`households` has no column `saving`"):
        made(savings=household("saving"))


def test_households_are_decided(rulebook):
    families = cases(
        HOUSEHOLDS.slice(0, 2),
        PERSONS,
        key="id",
        member_of="home",
        facts={
            "household_size": count(),
            "earned_income": total("wage", per_month=True),
            "has_eligible_child": exists(pc.field("age") < 18),
            "liquid_assets": household("savings"),
        },
    )
    families = families.append_column("unearned_income", pa.array([0, 0]))
    families = families.append_column("any_member_lawfully_present", pa.array([True, True]))
    families = families.append_column("already_enrolled", pa.array([False, False]))
    decided = rulebook.decide_batch(families, jurisdiction="US-AR", service="cash-assistance", as_of="2026-03-01")
    assert decided.column("outcome").to_pylist() == ["eligible", "undetermined"]
    assert set(decided.column("missing").to_pylist()[1]) == {"has_eligible_child", "liquid_assets"}
