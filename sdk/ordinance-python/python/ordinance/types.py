"""The types of arguments and of faults, for type checkers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Literal, Optional, Protocol, TypedDict, Union

__all__ = [
    "ArrowStream",
    "Case",
    "CaseFault",
    "FactDescription",
    "Faults",
    "Progress",
    "RowDefaults",
    "RowFault",
]


class ArrowStream(Protocol):
    """Anything that hands out its rows by the C interface of Arrow: a table or a batch of PyArrow, a frame of pandas
    (2.2 or later) or of Polars, a relation of DuckDB."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...


class RowDefaults(TypedDict, total=False):
    """The members of a case beside its facts; of a table, where a row has none of its own."""

    jurisdiction: str
    service: str
    as_of: date | str
    known_at: date | str
    recipient: Mapping[str, str]
    basis: str | Mapping[str, Any]
    subject: Mapping[str, Any]
    people: Sequence[Mapping[str, Any]]
    processed_on: date | str


class Case(RowDefaults, total=False):
    """The members of a case. Facts are by their names in `facts.toml`."""

    facts: Mapping[str, Any]


class FactDescription(TypedDict):
    """A fact of a service."""

    name: str
    title: str | None
    type: str
    unit: str | None


class CaseFault(TypedDict):
    """A fault of a case; `pointer` is its place (RFC 6901)."""

    pointer: str
    message: str
    expected: str | None


class RowFault(TypedDict):
    """A fault of a row of a table, from 0, in a column, from 0."""

    row: int | None
    column_number: int | None
    message: str

Faults = Literal["raise", "report"]
Progress = Optional[Union[bool, Callable[[int], object]]]
