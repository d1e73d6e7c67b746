"""Tables: every kind of frame and of column, what a bad one is told, and the same decisions as case by case."""

import json
import pickle
import threading
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from ordinance import InvalidTableError, Rulebook

DISTRIBUTIONS = (Path(__file__).parent.parent / "notebooks" / "distributions.toml").read_text()
WHERE = {"jurisdiction": "US-IN", "service": "cash-assistance", "as_of": "2026-01-15"}


def households(**columns):
    """Three households in Indiana, of which the second has too much."""
    base = {
        "household_size": [1, 2, 3],
        "earners": ["[]", "[]", '[{"earned_income": "40.00"}]'],
        "unearned_income": ["0", "5000", "10.50"],
        "liquid_assets": [0, 0, 0],
        "vehicle_equity": [0, 0, 0],
        "has_eligible_child": [True, True, True],
        "any_member_lawfully_present": [True, True, True],
        "already_enrolled": [False, False, False],
    }
    return {**base, **columns}


# The third: 513.00 less a quarter of 40.00 and 10.50.
AMOUNTS = [Decimal("248.00"), None, Decimal("492.50")]


def amounts(rulebook: Rulebook, table, **more):
    return rulebook.decide_batch(table, **{**WHERE, **more}).column("grant.amount").to_pylist()


def test_decisions_are_columns(rulebook):
    decided = rulebook.decide_batch(pa.table(households()), **WHERE)
    assert decided.column("outcome").to_pylist() == ["eligible", "ineligible", "eligible"]
    assert decided.column("grant.amount").to_pylist() == AMOUNTS
    assert decided.column("grant.amount").type == pa.decimal128(38, 2)
    assert decided.column("missing").to_pylist() == [[], [], []]
    assert any(criterion.startswith("US-IN ") for criterion in decided.column("refused_by").to_pylist()[1])
    assert decided.column("fault").null_count == 3
    assert decided.schema == rulebook.decision_schema("cash-assistance")


def test_frames_of_pandas_polars_and_duckdb_are_tables(rulebook):
    table = arrow_rows = pa.table(households())
    pandas, polars, duckdb = (pytest.importorskip(name) for name in ["pandas", "polars", "duckdb"])
    frame = pandas.DataFrame(households())
    assert amounts(rulebook, frame) == AMOUNTS
    assert amounts(rulebook, polars.DataFrame(households())) == AMOUNTS
    assert amounts(rulebook, duckdb.sql("select * from arrow_rows")) == AMOUNTS
    assert amounts(rulebook, table.to_batches()[0]) == AMOUNTS
    assert amounts(rulebook, pa.RecordBatchReader.from_batches(table.schema, table.to_batches())) == AMOUNTS


SIZES = [1, 2, 3]
INCOMES = ["0", "5000", "10.50"]


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("household_size", pa.array(SIZES, kind))
        for kind in [pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint64(), pa.float32(), pa.float64()]
    ]
    + [("household_size", pa.array(map(str, SIZES))), ("household_size", pa.array(SIZES).dictionary_encode())]
    + [
        ("unearned_income", pa.array([Decimal(income) for income in INCOMES], kind))
        for kind in [pa.decimal32(9, 2), pa.decimal64(18, 2), pa.decimal128(38, 4), pa.decimal256(76, 10)]
    ]
    + [
        ("unearned_income", pa.array(INCOMES, kind))
        for kind in [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int8(), pa.string())]
    ]
    + [
        ("unearned_income", pa.array([0.0, 5000.0, 10.5], kind)) for kind in [pa.float16(), pa.float32(), pa.float64()]
    ]
    + [
        ("earners", pa.array([[], [], [{"earned_income": 40}]], kind(pa.struct({"earned_income": pa.int64()}))))
        for kind in [pa.list_, pa.large_list, pa.list_view]
    ],
    ids=lambda value: str(value.type) if isinstance(value, pa.Array) else value,
)
def test_every_type_that_holds_the_value_gives_the_same(rulebook, column, values):
    assert amounts(rulebook, pa.table(households(**{column: values}))) == AMOUNTS


@pytest.mark.parametrize(
    "days",
    [
        pa.array([date(2026, 1, 15)] * 3),
        pa.array([date(2026, 1, 15)] * 3, pa.date64()),
        pa.array(["2026-01-15"] * 3),
        pa.array([datetime(2026, 1, 15)] * 3, pa.timestamp("s")),
        pa.array([datetime(2026, 1, 15)] * 3, pa.timestamp("ns")),
        pa.array([datetime(2026, 1, 14, 16)] * 3, pa.timestamp("us", "Asia/Shanghai")),
        pa.array([datetime(2026, 1, 14, 16)] * 3, pa.timestamp("us", "+08:00")),
    ],
    ids=lambda days: str(days.type),
)
def test_days_of_every_type(rulebook, days):
    assert amounts(rulebook, pa.table(households(as_of=days)), as_of=None) == AMOUNTS


def test_a_null_is_a_missing_fact(rulebook):
    sizes = pa.array([1, None, 3], pa.int64())
    decided = rulebook.decide_batch(pa.table(households(household_size=sizes, unearned_income=["0", "0", "0"])), **WHERE)
    assert decided.column("outcome").to_pylist() == ["eligible", "undetermined", "eligible"]
    assert decided.column("open").to_pylist() == [None, "missing-facts", None]
    assert decided.column("missing").to_pylist() == [[], ["household_size"], []]
    empty = pa.array([None] * 3).dictionary_encode()
    decided = rulebook.decide_batch(pa.table(households(household_size=empty)), **WHERE)
    assert decided.column("missing").to_pylist()[0] == ["household_size"]


def test_a_column_that_is_missing_is_missing_facts(rulebook):
    columns = households()
    del columns["household_size"]
    decided = rulebook.decide_batch(pa.table(columns), **WHERE)
    assert decided.column("missing").to_pylist()[0] == ["household_size"]


@pytest.mark.parametrize(
    ("columns", "row", "column", "words"),
    [
        ({"household_size": [1, 2, 99999]}, 2, "household_size", "whole number"),
        ({"household_size": [1.0, 2.5, 3.0]}, 1, "household_size", "whole number"),
        ({"unearned_income": [0.0, float("nan"), 1.0]}, 1, "unearned_income", "NaN"),
        ({"unearned_income": [0.0, 1.0, float("inf")]}, 2, "unearned_income", "NaN"),
        ({"unearned_income": [Decimal("0.000001"), Decimal(1), Decimal(2)]}, 0, "unearned_income", "digits"),
        ({"has_eligible_child": ["yes", "no", "no"]}, 0, "has_eligible_child", "TRUE or FALSE"),
        ({"has_eligible_child": [1, 0, 0]}, 0, "has_eligible_child", "TRUE or FALSE"),
        ({"household_size": pa.array([b"1", b"2", b"3"])}, 0, "household_size", "no fact can have"),
        ({"household_size": pa.array([1, 2, 3], pa.duration("s"))}, 0, "household_size", "duration"),
        ({"as_of": [datetime(2026, 1, 1, 9)] * 3}, 0, "as_of", "time of day"),
        ({"service": ["cash-assistance", "cash-asistance", "x"]}, 1, None, "did you mean `cash-assistance`"),
        ({"jurisdiction": ["US-IN", "US-IN", "US-XX"]}, 2, None, "US-XX"),
    ],
    ids=str,
)
def test_a_fault_of_a_table_has_its_row_and_column(rulebook, columns, row, column, words):
    table = pa.table(households(**columns))
    defaults = {name: value for name, value in WHERE.items() if name not in columns}
    with pytest.raises(InvalidTableError) as error:
        rulebook.decide_batch(table, **defaults)
    assert error.value.row == row
    assert error.value.column == column or column is None
    assert words in str(error.value)
    assert len(error.value.faults) >= 1
    reported = rulebook.decide_batch(table, faults="report", **defaults)
    assert reported.num_rows == 3
    assert words in reported.column("fault").to_pylist()[row]


def test_a_table_without_a_place_or_with_a_column_twice_is_told(rulebook):
    with pytest.raises(InvalidTableError, match="no column `jurisdiction`"):
        rulebook.decide_batch(pa.table(households()), service="cash-assistance", as_of="2026-01-15")
    twice = pa.table([pa.array([1]), pa.array([1])], names=["household_size", "household_size"])
    with pytest.raises(InvalidTableError, match="twice"):
        rulebook.decide_batch(twice, **WHERE)


def test_arguments_are_checked(rulebook):
    table = pa.table(households())
    with pytest.raises(TypeError, match="did you mean `jurisdiction`"):
        rulebook.decide_batch(table, juristiction="US-IN")
    with pytest.raises(ValueError, match='faults is "raise" or "report"'):
        rulebook.decide_batch(table, faults="ignore", **WHERE)
    with pytest.raises(ValueError, match="as_of is no day"):
        rulebook.decide_batch(table, **{**WHERE, "as_of": "yesterday"})
    with pytest.raises(TypeError, match="is no table"):
        rulebook.decide_batch(households(), **WHERE)


def test_places_and_days_may_differ_from_row_to_row(rulebook):
    table = households(
        jurisdiction=["US-IN", "US-IN", "US-IN"],
        as_of=[date(2023, 6, 30), date(2023, 7, 1), date(2025, 7, 1)],
        household_size=[3, 3, 3],
        unearned_income=[0, 0, 0],
        earners=["[]"] * 3,
    )
    decided = rulebook.decide_batch(pa.table(table), service="cash-assistance")
    assert decided.column("grant.amount").to_pylist() == [Decimal("288.00"), Decimal("320.00"), Decimal("513.00")]


def test_a_table_is_decided_as_its_rows_are(rulebook):
    people = pa.concat_tables(
        rulebook.synth(
            "cash-assistance", 150, jurisdiction=place, as_of="2026-03-01", seed=3, distributions=DISTRIBUTIONS
        )
        for place in ["US-TN", "US-IN", "US-SD", "US-LA", "US-CT"]
    )
    decided = rulebook.decide_batch(people)
    for row, (person, columns) in enumerate(zip(people.to_pylist(), decided.to_pylist(), strict=True)):
        case = {name: person.pop(name) for name in ["jurisdiction", "service", "as_of"]}
        if person["earners"] is not None:
            person["earners"] = json.loads(person["earners"])
        one = rulebook.decide({**case, "facts": {name: value for name, value in person.items() if value is not None}})
        assert columns["outcome"] == one.outcome, row
        assert columns["open"] == one.open, row
        assert columns["missing"] == one.missing, row
        assert columns["grant.amount"] == (one.grant or {}).get("amount"), row


def test_columns_that_are_no_facts_are_named_or_kept(rulebook, changed_rulebook):
    table = pa.table({**households(), "id": ["a", "b", "c"], "weight": [1.5, 2.0, 3.0]})
    for faults in ["raise", "report"]:
        with pytest.raises(InvalidTableError, match="the column `id` is no fact of cash-assistance") as error:
            rulebook.decide_batch(table, faults=faults, **WHERE)
        assert (error.value.row, error.value.column) == (None, "id")
    with pytest.raises(InvalidTableError, match="did you mean `household_size`"):
        rulebook.decide_batch(pa.table({"houshold_size": [1]}), **WHERE)
    with pytest.raises(InvalidTableError, match="no column `ids` to keep"):
        rulebook.decide_batch(table, keep=["ids"], **WHERE)
    chunked = pa.concat_tables([table, table.slice(0, 0), table.slice(1)])
    decided = rulebook.decide_batch(chunked, keep=["id", "weight", "household_size"], **WHERE)
    assert decided.column_names[:4] == ["id", "weight", "household_size", "outcome"]
    assert decided.column("id").to_pylist() == ["a", "b", "c", "b", "c"]
    assert decided.column("household_size").to_pylist() == [1, 2, 3, 2, 3]
    assert decided.column("grant.amount").to_pylist() == AMOUNTS + AMOUNTS[1:]
    with pytest.raises(InvalidTableError, match="in `ignore`"):
        rulebook.diff(changed_rulebook, table, **WHERE)
    assert rulebook.diff(changed_rulebook, table, ignore=["id", "weight"], **WHERE).size == 3


def test_columns_that_are_not_what_their_type_says_are_refused(rulebook):
    import io

    import pyarrow.csv

    options = pyarrow.csv.ConvertOptions(check_utf8=False, column_types={"service": pa.string(), "as_of": pa.string()})
    for column in ["service", "as_of", "jurisdiction"]:
        text = b"service,jurisdiction,as_of,household_size\ncaf\xe9,caf\xe9,caf\xe9,3\n"
        table = pyarrow.csv.read_csv(io.BytesIO(text), convert_options=options).select([column, "household_size"])
        with pytest.raises(InvalidTableError, match=f"column `{column}` holds what its type doesn't allow"):
            rulebook.decide_batch(table, faults="report", **{**WHERE, column: None})
    keys = pa.DictionaryArray.from_arrays(pa.array([0, 9, 1]), pa.array(["0", "1"]), safe=False)
    with pytest.raises(InvalidTableError, match="column `unearned_income`"):
        rulebook.decide_batch(pa.table(households(unearned_income=keys)), **WHERE)


def test_a_float_is_the_same_number_in_a_case_and_in_a_table(rulebook):
    for number in [0.1 + 0.2, 100 * 1.1, 1e-3, 12345.6789, 99.995]:
        table = pa.table(households(unearned_income=[number] * 3))
        facts = {name: values[0] for name, values in households(unearned_income=[number]).items()}
        facts["earners"] = []
        one = rulebook.decide({**WHERE, "facts": facts})
        decided = rulebook.decide_batch(table, **WHERE)
        assert decided.column("outcome")[0].as_py() == one.outcome
        assert decided.column("grant.amount")[0].as_py() == (one.grant or {}).get("amount")


def test_thousands_of_places_and_days_need_no_more_than_the_machine_has(rulebook):
    service = "disability-care-subsidy"
    places, rows = rulebook.places(service), 9_000
    person = rulebook.synth(service, 1, jurisdiction="CN").drop_columns(["jurisdiction", "service", "as_of"])
    table = person.take(pa.array([0] * rows))
    days = [date.fromordinal(date(2022, 1, 1).toordinal() + row // len(places)) for row in range(rows)]
    table = table.append_column("jurisdiction", pa.array([places[row % len(places)] for row in range(rows)]))
    table = table.append_column("as_of", pa.array(days))
    decided = rulebook.decide_batch(pa.concat_tables([table, table]), service=service, threads=16)
    assert decided.slice(0, rows).equals(decided.slice(rows))


def test_names_of_columns_may_have_blanks_around_them(rulebook):
    table = households(**{"service ": ["cash-assistance"] * 3})
    decided = rulebook.decide_batch(pa.table(table), jurisdiction="US-IN", as_of="2026-01-15")
    assert decided.column("grant.amount").to_pylist() == AMOUNTS


def test_many_places_and_days_may_be_mixed(rulebook):
    places, days = rulebook.places("cash-assistance"), [date(2026, 1, 1) for _ in range(1)]
    days += [date(2025, month, 1) for month in range(1, 13)]
    rows = [(place, day) for day in days for place in places] * 2
    table = pa.table(
        {
            "jurisdiction": [place for place, _ in rows],
            "as_of": [day for _, day in rows],
            "household_size": pa.array([3] * len(rows)),
            "earned_income": pa.array([100] * len(rows)),
            "unearned_income": pa.array([0] * len(rows)),
        }
    )
    decided = rulebook.decide_batch(table, service="cash-assistance")
    for row in range(0, len(rows), 7):
        place, day = rows[row]
        facts = {"household_size": 3, "earned_income": 100, "unearned_income": 0}
        one = rulebook.decide({"jurisdiction": place, "service": "cash-assistance", "as_of": day, "facts": facts})
        assert decided.column("outcome")[row].as_py() == one.outcome
        assert decided.column("missing")[row].as_py() == one.missing


def test_an_empty_table_has_no_decisions(rulebook):
    table = pa.table(households()).slice(0, 0)
    decided = rulebook.decide_batch(table, **WHERE)
    assert decided.num_rows == 0
    assert decided.schema == rulebook.decision_schema("cash-assistance")


def test_slices_and_chunks_keep_their_rows(rulebook):
    table = pa.table(households())
    assert amounts(rulebook, table.slice(1)) == AMOUNTS[1:]
    assert amounts(rulebook, pa.concat_tables([table, table.slice(2)])) == [*AMOUNTS, AMOUNTS[2]]


def test_other_threads_run_while_a_table_is_decided(rulebook):
    people = rulebook.synth("cash-assistance", 30_000, jurisdiction="US-TN", as_of="2026-03-01")
    counted, done = 0, threading.Event()

    def decide():
        rulebook.decide_batch(people)
        done.set()

    thread = threading.Thread(target=decide)
    thread.start()
    while not done.is_set():
        counted += 1
        done.wait(0.001)
    thread.join()
    # With the lock held, this thread would have had no turn at all.
    assert counted > 3


def test_progress_counts_every_row(rulebook):
    people = rulebook.synth("cash-assistance", 20_000, jurisdiction="US-TN", as_of="2026-03-01")
    told = []
    rulebook.decide_batch(people, progress=told.append)
    assert sum(told) == 20_000
    with pytest.raises(ZeroDivisionError):
        rulebook.decide_batch(people, progress=lambda rows: 1 / 0)


def test_synthetic_people_are_the_same_for_a_seed(rulebook):
    def synth(seed):
        return rulebook.synth("cash-assistance", 50, jurisdiction="US-CT", as_of="2026-03-01", seed=seed)

    assert synth(5) == synth(5)
    assert synth(5) != synth(6)
    distributions = "[facts.household_size]\nvalues = { 4 = 1 }\n"
    people = rulebook.synth("cash-assistance", 50, jurisdiction="US-CT", distributions=distributions)
    assert set(people.column("household_size").to_pylist()) == {4}
    with pytest.raises(ValueError, match="no place `US-XX`"):
        rulebook.synth("cash-assistance", 1, jurisdiction="US-XX")


def test_rulebooks_are_compared_on_a_table(rulebook, changed_rulebook):
    people = rulebook.synth(
        "cash-assistance", 2_000, jurisdiction="US-TN", as_of="2026-03-01", seed=11, distributions=DISTRIBUTIONS
    )
    impact = rulebook.diff(changed_rulebook, people, by=["household_size"])
    assert impact.size == 2_000
    assert impact.changed == impact.people["gains"] > 0
    old, new = impact.totals["amount"]
    assert new > old
    before = pc.sum(rulebook.decide_batch(people).column("grant.amount")).as_py()
    after = pc.sum(changed_rulebook.decide_batch(people).column("grant.amount")).as_py()
    assert (before, after) == (old, new)
    groups = impact.groups("household_size")
    assert pc.sum(groups.column("people")).as_py() == 2_000
    assert pc.sum(groups.column("amount.new")).as_py() == new
    assert impact.to_dict()["all"]["people"]["gains"] == impact.people["gains"]
    assert "<html" in impact.to_html()
    assert "granted in all" in impact._repr_html_()
    with pytest.raises(ValueError, match="neither rulebook has a fact `size`, and the table has no such column"):
        rulebook.diff(changed_rulebook, people, by=["size"])
    with pytest.raises(ValueError, match="no groups by `earners`"):
        impact.groups("earners")


def test_people_stand_for_others_and_are_grouped_by_columns(rulebook, changed_rulebook):
    people = rulebook.synth(
        "cash-assistance", 600, jurisdiction="US-TN", as_of="2026-03-01", seed=11, distributions=DISTRIBUTIONS
    )
    regions = pa.array([f"R{row % 3}" for row in range(600)])
    weighted = people.append_column("region", regions).append_column("weight", pa.array([2.5] * 600))
    once = rulebook.diff(changed_rulebook, people)
    impact = rulebook.diff(changed_rulebook, weighted, by=["region"], weight="weight")
    assert impact.size == 1_500
    assert impact.totals["amount"] == tuple(total * Decimal("2.5") for total in once.totals["amount"])
    assert impact.groups("region").column("people").to_pylist() == [500, 500, 500]
    assert impact.to_dict()["all"]["rows"] == 600
    few = rulebook.diff(changed_rulebook, people, reasons=10).to_dict()
    assert few["explained"] <= 10
    assert few["all"] == once.to_dict()["all"]
    broken = weighted.set_column(weighted.column_names.index("weight"), "weight", pa.array([-1.0] * 600))
    with pytest.raises(InvalidTableError, match="the weight `weight` is `-1`"):
        rulebook.diff(changed_rulebook, broken, by=["region"], weight="weight")
    with pytest.raises(InvalidTableError, match="there is no column `weights`"):
        rulebook.diff(changed_rulebook, weighted, by=["region"], ignore=["weight"], weight="weights")


def test_a_rulebook_travels_by_its_folder_and_digest(rulebook):
    again = pickle.loads(pickle.dumps(rulebook))
    assert again.digest == rulebook.digest
