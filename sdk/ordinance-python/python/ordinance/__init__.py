"""Regional law as code: decisions on cases and on tables of people, under a rulebook.

    >>> from ordinance import Rulebook
    >>> rulebook = Rulebook("rulebook")
    >>> decided = rulebook.decide_batch(people, service="cash-assistance", jurisdiction="US-FL", as_of="2026-03-01")

Amounts are exact decimals. A missing fact is null, never a guess: the outcome is then `undetermined`, or at least what
is certain. Errors name the place of the fault and show no value.
"""

from __future__ import annotations

import os

from ._ordinance import (
    Decision,
    Finding,
    Impact,
    InvalidCaseError,
    InvalidTableError,
    Level,
    OrdinanceError,
    Rulebook,
    RulebookError,
    __version__,
)

__all__ = [
    "Decision",
    "Finding",
    "Impact",
    "InvalidCaseError",
    "InvalidTableError",
    "Level",
    "OrdinanceError",
    "Rulebook",
    "RulebookError",
    "__version__",
]


def _load(path: str | os.PathLike[str], digest: str) -> Rulebook:
    """Loads a rulebook that another process sent by its folder and its digest."""
    return Rulebook(path, digest=digest)
