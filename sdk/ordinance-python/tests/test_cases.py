"""Single cases: decisions, explanations, and the faults of what isn't a case."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from ordinance import InvalidCaseError, Rulebook, RulebookError


def test_a_decision_has_exact_amounts_and_names_its_articles(rulebook, family):
    decision = rulebook.decide(family)
    assert (decision.outcome, decision.open, decision.missing) == ("eligible", None, [])
    assert decision.grant == {"amount": Decimal("513.00")}
    assert str(decision.grant["amount"]) == "513.00"
    assert (decision.as_of, decision.decided_by) == (date(2026, 1, 15), ["US-IN"])
    level = next(level for level in decision.levels if level.jurisdiction == "US-IN")
    assert level.determination == "eligible"
    assert all(finding.satisfied and finding.provision for finding in level.findings)
    text = decision.explain()
    assert "US-IN/cash-assistance on 2026-01-15: eligible" in text
    assert "amount 513.00 USD per month" in text
    assert rulebook.explain(family) == text == str(decision)


def test_a_missing_fact_is_named_and_not_guessed(rulebook, family):
    del family["facts"]["household_size"]
    decision = rulebook.decide(family)
    assert (decision.outcome, decision.open, decision.missing) == ("undetermined", "missing-facts", ["household_size"])
    assert decision.grant is None
    assert "missing: household_size" in decision.explain()


@pytest.mark.parametrize("amount", [513, 513.0, Decimal("513.00"), "513.00"])
def test_a_number_may_be_of_any_kind_that_python_has(rulebook, family, amount):
    family["facts"]["unearned_income"] = amount
    decision = rulebook.decide(family)
    assert (decision.outcome, decision.grant) == ("ineligible", None)


def test_days_are_dates_or_midnights_or_texts(rulebook, family):
    for day in [date(2026, 1, 15), datetime(2026, 1, 15), "2026-01-15"]:
        assert rulebook.decide({**family, "as_of": day}).as_of == date(2026, 1, 15)


def test_scalars_of_other_libraries_are_values(rulebook, family):
    numpy = pytest.importorskip("numpy")
    family["facts"]["household_size"] = numpy.int32(3)
    family["facts"]["has_eligible_child"] = numpy.bool_(True)
    assert rulebook.decide(family).grant == {"amount": Decimal("513.00")}


@pytest.mark.parametrize(
    ("change", "pointer", "words"),
    [
        ({"jurisdiction": None}, "/jurisdiction", "missing"),
        ({"jurisdiction": "US-ZZ"}, "", "US-ZZ"),
        ({"service": "cash-asistance"}, "/service", "cash-asistance"),
        ({"as_of": "15.1.2026"}, "/as_of", "YYYY-MM-DD"),
        ({"as_of": datetime(2026, 1, 15, 9)}, "/as_of", "time of day"),
        ({"fact": {}}, "/fact", "did you mean `facts`"),
        ({"facts": [1]}, "/facts", ""),
        ({"facts": {"household_sise": 3}}, "/facts/household_sise", ""),
        ({"facts": {"household_size": "three"}}, "/facts/household_size", ""),
        ({"facts": {"unearned_income": float("nan")}}, "/facts/unearned_income", "NaN"),
        ({"facts": {"unearned_income": object()}}, "/facts/unearned_income", "no fact"),
        ({"facts": {"earners": [{"earned_income": b"1"}]}}, "/facts/earners/0/earned_income", "no fact"),
        ({"basis": 3}, "/basis", ""),
    ],
)
def test_a_fault_of_a_case_has_its_place(rulebook, family, change, pointer, words):
    with pytest.raises(InvalidCaseError) as error:
        rulebook.decide({**family, **change})
    assert [fault["pointer"] for fault in error.value.faults] == [pointer]
    assert words in str(error.value)


def test_a_fault_shows_no_value(rulebook, family):
    family["facts"]["household_size"] = "secret-4711"
    with pytest.raises(InvalidCaseError) as error:
        rulebook.decide(family)
    assert "4711" not in str(error.value)


def test_values_without_an_end_are_refused(rulebook, family):
    itself: list = []
    itself.append(itself)

    class Endless:
        def item(self):
            return Other()

    class Other:
        def item(self):
            return Endless()

    for value, words in [
        (itself, "too deep"),
        (Endless(), "too deep"),
        (10**5000, "too many digits"),
        (Decimal("1E+999999999"), "too many digits"),
        (Decimal("1E-999999999"), "too many digits"),
        ("secret\ud800", "not Unicode"),
    ]:
        family["facts"]["unearned_income"] = value
        with pytest.raises(InvalidCaseError, match=words) as error:
            rulebook.decide(family)
        assert error.value.faults[0]["pointer"].startswith("/facts/unearned_income")
        assert "secret" not in str(error.value)


def test_a_case_that_is_no_mapping_is_refused(rulebook):
    with pytest.raises(InvalidCaseError, match="a case is a dict"):
        rulebook.decide([1, 2])


def test_a_folder_that_is_no_rulebook_is_told(tmp_path, rulebook):
    with pytest.raises(RulebookError, match="ordinance build"):
        Rulebook(tmp_path)
    (tmp_path / "rulebook.toml").write_text("")
    with pytest.raises(RulebookError, match="has the sources of a rulebook"):
        Rulebook(tmp_path)
    with pytest.raises(RulebookError, match="not sha256:00"):
        Rulebook(rulebook.path, digest="sha256:00")


def test_a_rulebook_says_what_it_has(rulebook):
    assert ("cash-assistance", "Cash assistance for families (TANF)") in rulebook.services
    assert {"US-TN", "US-IN", "US-AR", "US-SD", "US-LA", "US-CT"} <= set(rulebook.places("cash-assistance"))
    facts = {fact["name"]: fact for fact in rulebook.facts("cash-assistance")}
    assert facts["household_size"]["type"].startswith("a whole number from 1")
    assert facts["liquid_assets"]["unit"] == "USD"
    assert rulebook.broken == []
    with pytest.raises(InvalidCaseError, match="did you mean `cash-assistance`"):
        rulebook.facts("cash-assistence")
