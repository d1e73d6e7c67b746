"""A job on a Spark cluster of two workers, of which one executor dies in the middle; its numbers are those of one machine.

`test_spark.sh` runs it. It takes the number of people of each state.
"""

import os
import sys
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import SparkSession
from pyspark.sql import functions as f

from ordinance import Rulebook
from ordinance.spark import decide

STATES = ["US-TN", "US-AR", "US-IN"]
DAY = "2026-03-01"
DISTRIBUTIONS = (Path(__file__).parent.parent / "notebooks" / "distributions.toml").read_text()


def people(rulebook: Rulebook, rows: int) -> pa.Table:
    table = pa.concat_tables(
        rulebook.synth(
            "cash-assistance", rows, jurisdiction=state, as_of=DAY, seed=13, distributions=DISTRIBUTIONS
        )
        for state in STATES
    )
    return table.append_column("id", pa.array(range(table.num_rows), pa.int64()))


def killing(marker: str):
    """A step of the job that kills the executor which first comes to it with the marked row."""

    def step(batches):
        for batch in batches:
            if 0 in batch.column("id").to_pylist() and not os.path.exists(marker):
                Path(marker).touch()
                # The executor is the parent of Spark's daemon of Python workers, which is this process's parent.
                daemon = os.getppid()
                with open(f"/proc/{daemon}/stat", encoding="ascii") as stat:
                    executor = int(stat.read().rsplit(")", 1)[1].split()[1])
                os.kill(executor, 9)
            yield batch

    return step


def main(rows: int) -> None:
    rulebook = Rulebook(os.environ["ORDINANCE_RULEBOOK"])
    table = people(rulebook, rows)
    days = {"known_at": "2026-06-01", "processed_on": "2026-06-01"}
    expected = rulebook.decide_batch(table.drop_columns(["id"]), **days)
    expected = expected.append_column("id", table.column("id"))
    with tempfile.TemporaryDirectory() as folder:
        source, marker = os.path.join(folder, "people.parquet"), os.path.join(folder, "killed")
        pq.write_table(table, source, row_group_size=max(1, table.num_rows // 12))
        spark = (
            SparkSession.builder.master("local-cluster[2,1,1024]")
            .appName("ordinance")
            .config("spark.ui.enabled", "false")
            .config("spark.ui.showConsoleProgress", "false")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.sql.files.maxPartitionBytes", str(max(1, os.path.getsize(source) // 8)))
            .config("spark.executorEnv.PYTHONPATH", os.pathsep.join(sys.path[1:]))
            .config("spark.sql.execution.arrow.maxRecordsPerBatch", "1000")
            .getOrCreate()
        )
        spark.sparkContext.setLogLevel("ERROR")
        try:
            frame = spark.read.parquet(source)
            frame = frame.mapInArrow(killing(marker), frame.schema)
            decided = decide(frame, rulebook, services=["cash-assistance"], keep=["id"], **days).orderBy("id").toArrow()
            if not os.path.exists(marker):
                sys.exit("no executor was killed")
            check(expected, decided)
            fails(spark, rulebook, source, days)
        finally:
            spark.stop()
    print(f"spark: {table.num_rows} people as on one machine, with one executor killed")


def check(expected: pa.Table, decided: pa.Table) -> None:
    if expected.num_rows != decided.num_rows:
        sys.exit(f"{expected.num_rows} people came, {decided.num_rows} were decided")
    for name in expected.column_names:
        if expected.column(name).to_pylist() != decided.column(name).to_pylist():
            sys.exit(f"the column `{name}` isn't that of one machine")


def fails(spark: SparkSession, rulebook: Rulebook, source: str, days: dict[str, str]) -> None:
    """A row that is no case fails the job with its fault, or has it in a column."""
    frame = spark.read.parquet(source).withColumn("household_size", f.when(f.col("id") == 5, -1).otherwise(3))
    reported = decide(frame, rulebook, services=["cash-assistance"], keep=["id"], faults="report", **days)
    faults = reported.where("fault is not null").select("id", "fault").collect()
    if [row.id for row in faults] != [5] or "household_size" not in faults[0].fault:
        sys.exit(f"the faults are {faults}")
    try:
        raised = ""
        decide(frame, rulebook, services=["cash-assistance"], keep=["id"], **days).toArrow()
    except Exception as error:  # noqa: BLE001 - whatever Spark makes of it, it must name the fault
        raised = str(error)
    if "InvalidTableError" not in raised or "household_size" not in raised:
        sys.exit(f"the job told {raised[:500]!r}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
