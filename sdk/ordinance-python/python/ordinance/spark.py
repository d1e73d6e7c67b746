"""Decisions on a Spark frame (`pip install ordinance[spark]`; every worker needs the package too).

Spark schedules, shuffles and repeats what failed; each task decides its rows as one machine would, by a rulebook that is
sent once to each executor and known by its digest:

    >>> from ordinance import Rulebook
    >>> from ordinance.spark import decide
    >>> decided = decide(frame, Rulebook("rulebook"), services=["cash-assistance"], keep=["id"], as_of="2026-03-01")
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from . import Rulebook

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["decide"]

# The rulebook that this process has loaded, by its digest. A worker serves many tasks.
_loaded: dict[str, Rulebook] = {}


def decide(
    frame: DataFrame,
    rulebook: Rulebook,
    *,
    services: Sequence[str],
    keep: Sequence[str] = (),
    faults: str = "raise",
    **defaults: Any,
) -> DataFrame:
    """The decisions on the rows of a frame, in columns as `Rulebook.decide_batch` has them, after the columns in `keep`.

    `services` are those that rows name in a column `service`; a single one counts for all rows if there is no such
    column. A row that isn't a case fails the job with its fault, or with `faults="report"` has it in the column `fault`.
    A row that names no `known_at` has that of today, as it is where this function is called, and so has a row without
    `processed_on`: a job that runs over midnight decides all rows alike.
    """
    from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema

    today = date.today().isoformat()
    defaults = {"known_at": today, "processed_on": today} | {k: v for k, v in defaults.items() if v is not None}
    if "service" not in frame.columns and "service" not in defaults:
        if len(services) != 1:
            raise ValueError("the frame has no column `service`, so `services` must name one service")
        defaults["service"] = services[0]
    missing = [column for column in keep if column not in frame.columns]
    if missing:
        raise ValueError(f"the frame has no column {', '.join(missing)}; it has {', '.join(frame.columns)}")
    kept = to_arrow_schema(frame.select(*keep).schema)
    decisions = rulebook.decision_schema(*services)
    schema = pa.schema([*kept, *decisions])
    digest = rulebook.digest
    _send(frame, rulebook)
    decide_rows = _decider(digest, list(keep), schema.names, faults, defaults)
    return frame.mapInArrow(decide_rows, from_arrow_schema(schema))


def _decider(
    digest: str,
    keep: list[str],
    names: list[str],
    faults: str,
    defaults: dict[str, Any],
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """The function that Spark sends to its workers. It holds no rulebook: that is there already."""

    def decide_rows(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        rulebook = _worker_rulebook(digest)
        for batch in batches:
            if batch.num_rows == 0:
                continue
            # Spark runs as many tasks as it has cores.
            decided = rulebook.decide_batch(batch, keep=keep, faults=faults, threads=1, **defaults)  # type: ignore[arg-type]
            columns = []
            for name in names:
                # A table without the rows of some service has fewer columns.
                found = decided.column(name) if name in decided.column_names else pa.nulls(batch.num_rows)
                columns.append(found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found)
            yield pa.RecordBatch.from_arrays(columns, names=names)

    return decide_rows


def _name(digest: str) -> str:
    return "ordinance-" + digest.replace(":", "-")


def _send(frame: DataFrame, rulebook: Rulebook) -> None:
    """Sends the folder of a rulebook to the executors, once for each session."""
    context = frame.sparkSession.sparkContext
    name = _name(rulebook.digest)
    if any(archive.endswith(f"#{name}") for archive in _archives(context)):
        return
    folder = tempfile.mkdtemp(prefix="ordinance-")
    archive = shutil.make_archive(os.path.join(folder, name), "zip", rulebook.path)
    context.addArchive(f"{archive}#{name}")
    _archives(context).append(f"{archive}#{name}")


def _archives(context: Any) -> list[str]:
    sent: list[str] = context.__dict__.setdefault("_ordinance_archives", [])
    return sent


def _worker_rulebook(digest: str) -> Rulebook:
    if digest not in _loaded:
        from pyspark import SparkFiles

        _loaded.clear()
        _loaded[digest] = Rulebook(SparkFiles.get(_name(digest)), digest=digest)
    return _loaded[digest]
