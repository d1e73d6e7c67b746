"""Households in two tables, as OpenFisca and PolicyEngine have them, as cases of a rulebook.

One table has the persons, one the households; a column of each says which household a person belongs to. A mapping says
of each fact how it follows from them:

    >>> import pyarrow.compute as pc
    >>> from ordinance.households import cases, count, each, exists, household, total
    >>> people = cases(
    ...     households,
    ...     persons,
    ...     key="household_id",
    ...     member_of="person_household_id",
    ...     facts={
    ...         "household_size": count(),
    ...         "earned_income": total("employment_income", per_month=True),
    ...         "has_eligible_child": exists(pc.field("age") < 18),
    ...         "liquid_assets": household("bank_account_assets"),
    ...         "earners": each({"earned_income": "employment_income"}, where=pc.field("employment_income") > 0),
    ...     },
    ... )

What isn't known of one person isn't known of the household: a sum with a null is null, and the decision then says which
fact is missing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Union

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["cases", "count", "each", "exists", "household", "total"]

MONTHS = 12
# A share of a year's amount has no end of digits; facts have at most four.
DIGITS = 4


@dataclass(frozen=True)
class _Count:
    where: pc.Expression | None


@dataclass(frozen=True)
class _Total:
    column: str
    where: pc.Expression | None
    per_month: bool


@dataclass(frozen=True)
class _Exists:
    where: pc.Expression


@dataclass(frozen=True)
class _Household:
    column: str
    per_month: bool


@dataclass(frozen=True)
class _Each:
    fields: Mapping[str, str]
    where: pc.Expression | None
    per_month: frozenset[str]


Measure = Union[_Count, _Total, _Exists, _Household, _Each]


def count(where: pc.Expression | None = None) -> Measure:
    """The number of persons of the household, or of those for whom a condition holds."""
    return _Count(where)


def total(column: str, where: pc.Expression | None = None, *, per_month: bool = False) -> Measure:
    """The sum of a column over the persons; with `per_month`, a twelfth of it, rounded to four digits."""
    return _Total(column, where, per_month)


def exists(where: pc.Expression) -> Measure:
    """Whether a condition holds for some person: null if that hangs on what isn't known."""
    return _Exists(where)


def household(column: str, *, per_month: bool = False) -> Measure:
    """A column of the household itself; with `per_month`, a twelfth of it, rounded to four digits."""
    return _Household(column, per_month)


def each(
    fields: Mapping[str, str],
    where: pc.Expression | None = None,
    *,
    per_month: tuple[str, ...] = (),
) -> Measure:
    """A list of records, one for each person: the columns of the table by the names of the record's fields. Of the fields
    in `per_month` a twelfth counts, rounded to four digits."""
    return _Each(dict(fields), where, frozenset(per_month))


def cases(
    households: Any,
    persons: Any,
    *,
    key: str,
    member_of: str | None = None,
    facts: Mapping[str, Measure],
    keep: tuple[str, ...] = (),
) -> pa.Table:
    """A table of cases, one for each household, in the order of `households`.

    `households` and `persons` are anything that hands out its rows by the C interface of Arrow. `key` is the column of
    `households` with its id, `member_of` the one of `persons` (the same name, unless it is given). `keep` names columns of
    `households` that are taken over, such as `jurisdiction` or a weight.

    Raises `ValueError` for a column that isn't there, a household that occurs twice, or a person of no household.
    """
    homes, people = _without_nan(pa.table(households)), _without_nan(pa.table(persons))
    member_of = member_of or key
    _require(homes, [key, *keep], "households")
    _require(people, [member_of], "persons")
    index = _index_of(homes.column(key))
    rows = [index.get(home) for home in people.column(member_of).to_pylist()]
    if None in rows:
        raise ValueError(f"person {rows.index(None)} of `persons` is of a household that `households` doesn't have")
    members = people.append_column("__row", pa.array(rows, pa.int64()))
    columns = {name: homes.column(name) for name in keep}
    for fact, measure in facts.items():
        columns[fact] = _values(homes, members, measure)
    return pa.table(columns)


def _without_nan(table: pa.Table) -> pa.Table:
    """The table with null where a number isn't known; NumPy and Polars have NaN there."""
    for index, field in enumerate(table.schema):
        if pa.types.is_floating(field.type):
            column = table.column(index)
            known = pc.if_else(pc.is_nan(column), pa.scalar(None, field.type), column)
            table = table.set_column(index, field, known)
    return table


def _index_of(ids: pa.ChunkedArray) -> dict[Any, int]:
    index: dict[Any, int] = {}
    for row, home in enumerate(ids.to_pylist()):
        if home is None or home in index:
            raise ValueError(f"household {row} of `households` has no id, or that of another one")
        index[home] = row
    return index


def _require(table: pa.Table, columns: list[str], name: str) -> None:
    for column in columns:
        if column not in table.column_names:
            raise ValueError(f"`{name}` has no column `{column}`; it has {', '.join(table.column_names)}")


def _values(homes: pa.Table, members: pa.Table, measure: Measure) -> pa.ChunkedArray | pa.Array:
    if isinstance(measure, _Household):
        _require(homes, [measure.column], "households")
        column = homes.column(measure.column)
        return _per_month(column) if measure.per_month else column
    if isinstance(measure, _Each):
        return _records(homes.num_rows, members, measure)
    if isinstance(measure, _Count):
        counted = _condition(members, measure.where)
        # A person of whom it isn't known whether to count leaves the number open.
        return _by_household(homes.num_rows, members, pc.cast(counted, pa.int64()), "sum", 0)
    if isinstance(measure, _Exists):
        return _by_household(homes.num_rows, members, _condition(members, measure.where), "any", False)
    _require(members, [measure.column], "persons")
    amounts = members.column(measure.column)
    if measure.where is not None:
        holds = _condition(members, measure.where)
        amounts = pc.if_else(holds, amounts, pa.scalar(0).cast(amounts.type))
    summed = _by_household(homes.num_rows, members, amounts, "sum", 0)
    return _per_month(summed) if measure.per_month else summed


def _per_month(amounts: pa.ChunkedArray | pa.Array) -> pa.ChunkedArray | pa.Array:
    return pc.round(pc.divide(pc.cast(amounts, pa.float64()), float(MONTHS)), ndigits=DIGITS)


def _condition(members: pa.Table, where: pc.Expression | None) -> pa.ChunkedArray | pa.Array:
    """Whether a condition holds, for each person; null if that isn't known."""
    if where is None:
        return pa.array([True] * members.num_rows, pa.bool_())
    # The table as an expression sees it: a projection keeps nulls apart from what is false.
    import pyarrow.acero as acero

    source = acero.Declaration("table_source", acero.TableSourceNodeOptions(members))
    project = acero.Declaration("project", acero.ProjectNodeOptions([where], ["holds"]), inputs=[source])
    return project.to_table(use_threads=False).column("holds")


def _by_household(
    count: int,
    members: pa.Table,
    values: pa.ChunkedArray | pa.Array,
    how: str,
    empty: int | bool,
) -> pa.Array:
    grouped = pa.table({"row": members.column("__row"), "value": values}).group_by("row")
    # Without `skip_nulls`, what isn't known of one person isn't known of all.
    result = grouped.aggregate([("value", how, pc.ScalarAggregateOptions(skip_nulls=False, min_count=0))])
    found = dict(zip(result.column("row").to_pylist(), result.column(f"value_{how}").to_pylist(), strict=True))
    kind = result.schema.field(f"value_{how}").type
    return pa.array([found.get(row, empty) for row in range(count)], kind)


def _records(count: int, members: pa.Table, measure: _Each) -> pa.Array:
    _require(members, list(measure.fields.values()), "persons")
    holds = _condition(members, measure.where).to_pylist()
    columns = {}
    for field, column in measure.fields.items():
        values = members.column(column)
        columns[field] = (_per_month(values) if field in measure.per_month else values).to_pylist()
    lists: list[list[dict[str, Any]] | None] = [[] for _ in range(count)]
    for person, row in enumerate(members.column("__row").to_pylist()):
        known = lists[row]
        if known is None or holds[person] is False:
            continue
        if holds[person] is None:
            # Whether this person belongs to the list isn't known, so the list isn't.
            lists[row] = None
        else:
            # A null is a field that isn't known.
            record = {field: values[person] for field, values in columns.items()}
            known.append({field: value for field, value in record.items() if value is not None})
    return pa.array([None if known is None else json.dumps(known, default=str) for known in lists], pa.string())
