"""The classes of the package, which are written in Rust."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, Self, Unpack, final

import pyarrow as pa

from .types import ArrowStream, Case, CaseFault, FactDescription, Faults, Progress, RowDefaults, RowFault

__version__: str

class OrdinanceError(Exception):
    """An error of this package."""

class RulebookError(OrdinanceError):
    """A folder can't be loaded as a rulebook."""

class InvalidCaseError(OrdinanceError):
    """A case can't be read."""

    faults: list[CaseFault]

class InvalidTableError(OrdinanceError):
    """A table has no cases. `row` counts from 0."""

    row: int | None
    column: str | None
    faults: list[RowFault]

@final
class Finding:
    """What a rule finds on one criterion."""

    criterion: str
    title: str
    provision: str
    satisfied: bool | None
    item: int | None

@final
class Level:
    """One level of law and what its rule answered."""

    jurisdiction: str
    title: str | None
    status: str
    determination: str | None
    findings: list[Finding]
    violations: list[str]
    failure: str | None
    intermediates: dict[str, Any]

@final
class Decision:
    """What the law gives in a case, as its recipient may see it."""

    @property
    def jurisdiction(self) -> str: ...
    @property
    def service(self) -> str: ...
    @property
    def as_of(self) -> date: ...
    @property
    def known_at(self) -> date: ...
    @property
    def outcome(self) -> Literal["eligible", "ineligible", "undetermined"]: ...
    @property
    def open(self) -> str | None: ...
    @property
    def missing(self) -> list[str]: ...
    @property
    def grant(self) -> dict[str, Any] | None: ...
    @property
    def at_least(self) -> dict[str, Any] | None: ...
    @property
    def levels(self) -> list[Level]: ...
    @property
    def decided_by(self) -> list[str]: ...
    @property
    def withheld(self) -> list[str]: ...
    @property
    def hidden(self) -> list[str]: ...
    @property
    def unread(self) -> list[str]: ...
    def explain(self, language: str = "en") -> str: ...

@final
class Impact:
    """How many people gain or lose under a new rulebook, and by how much."""

    @property
    def size(self) -> int: ...
    @property
    def changed(self) -> int: ...
    @property
    def people(self) -> dict[str, int]: ...
    @property
    def totals(self) -> dict[str, tuple[Decimal, Decimal]]: ...
    @property
    def unusable(self) -> int: ...
    @property
    def open_by_privacy(self) -> int: ...
    def groups(self, by: str) -> pa.Table: ...
    def to_dict(self) -> dict[str, Any]: ...
    def to_html(self, language: str = "en") -> str: ...

@final
class Rulebook:
    """A built rulebook: the law of all its places and services."""

    def __new__(cls, path: str | os.PathLike[str], *, digest: str | None = None) -> Self: ...
    @property
    def path(self) -> Path: ...
    @property
    def digest(self) -> str: ...
    @property
    def services(self) -> list[tuple[str, str]]: ...
    @property
    def broken(self) -> list[str]: ...
    def places(self, service: str) -> list[str]: ...
    def facts(self, service: str) -> list[FactDescription]: ...
    def decide(self, case: Case | Mapping[str, Any]) -> Decision: ...
    def explain(self, case: Case | Mapping[str, Any], language: str = "en") -> str: ...
    def decide_batch(
        self,
        table: ArrowStream,
        *,
        keep: Sequence[str] | None = None,
        faults: Faults = "raise",
        progress: Progress = None,
        threads: int | None = None,
        **defaults: Unpack[RowDefaults],
    ) -> pa.Table: ...
    def decision_schema(self, *services: str) -> pa.Schema: ...
    def diff(
        self,
        other: Rulebook,
        population: ArrowStream,
        *,
        by: Sequence[str] | None = None,
        weight: str | None = None,
        ignore: Sequence[str] | None = None,
        reasons: int = 1000,
        faults: Faults = "raise",
        progress: Progress = None,
        **defaults: Unpack[RowDefaults],
    ) -> Impact: ...
    def synth(
        self,
        service: str,
        n: int,
        *,
        jurisdiction: str,
        as_of: date | str | None = None,
        seed: int = 1,
        distributions: str | None = None,
    ) -> pa.Table: ...
