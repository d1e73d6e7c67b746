"""Decides the same families from Parquet to Parquet by this project and by OpenFisca, one after the other in several rounds,
and compares their answers. The law is Arkansas' cash assistance: one level, its conditions and a flat grant by size.

`tests/benchmarks/populations.sh` runs it and installs both.
"""

import argparse
import os
import shutil
import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from openfisca_core.entities import build_entity
from openfisca_core.periods import MONTH
from openfisca_core.simulations import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

from ordinance import Rulebook

DAY, PERIOD = "2026-03-01", "2026-03"
WHERE = {"jurisdiction": "US-AR", "service": "cash-assistance", "as_of": DAY}
THREADS = 2

Person = build_entity(key="person", plural="persons", label="", is_person=True)
Household = build_entity(
    key="household", plural="households", label="", roles=[{"key": "member", "plural": "members", "label": ""}]
)

PAYMENTS = np.array([81, 162, 204, 247, 286, 331, 373, 415, 457], dtype=np.float64)


def given(name, kind):
    return type(name, (Variable,), {"value_type": kind, "entity": Household, "definition_period": MONTH})


class gross_income(Variable):
    value_type = float
    entity = Household
    definition_period = MONTH

    def formula(household, period):
        return household("earned_income", period) + household("unearned_income", period)


class countable_income(Variable):
    value_type = float
    entity = Household
    definition_period = MONTH

    def formula(household, period):
        share = np.where(household("already_enrolled", period), 0.32, 0.8)
        return household("earned_income", period) * share + household("unearned_income", period)


class eligible(Variable):
    value_type = bool
    entity = Household
    definition_period = MONTH

    def formula(household, period):
        return (
            household("has_eligible_child", period)
            * household("any_member_lawfully_present", period)
            * (household("countable_income", period) <= 513)
            * (household("liquid_assets", period) <= 3000)
        )


class amount(Variable):
    value_type = float
    entity = Household
    definition_period = MONTH

    def formula(household, period):
        size = np.minimum(household("household_size", period), len(PAYMENTS))
        payment = PAYMENTS[size - 1]
        paid = np.where(household("gross_income", period) < 1026, payment, payment / 2)
        return np.where(household("eligible", period), paid, 0)


INPUTS = {
    "household_size": int,
    "earned_income": float,
    "unearned_income": float,
    "liquid_assets": float,
    "has_eligible_child": bool,
    "any_member_lawfully_present": bool,
    "already_enrolled": bool,
}


def openfisca_system():
    system = TaxBenefitSystem([Person, Household])
    for name, kind in INPUTS.items():
        system.add_variable(given(name, kind))
    for variable in [gross_income, countable_income, eligible, amount]:
        system.add_variable(variable)
    return system


def by_openfisca(system, table):
    simulation = SimulationBuilder().build_default_simulation(system, table.num_rows)
    for name in INPUTS:
        column = table.column(name)
        if pa.types.is_decimal(column.type):
            column = pc.cast(column, pa.float64())
        simulation.set_input(name, PERIOD, column.to_numpy())
    is_eligible = simulation.calculate("eligible", PERIOD)
    paid = simulation.calculate("amount", PERIOD)
    return pa.table({"eligible": is_eligible, "amount": paid})


def each_row_group(source, target, work):
    """Reads, computes and writes the row groups of a file on all cores; a part for each."""
    shutil.rmtree(target, ignore_errors=True)
    os.makedirs(target)
    groups = pq.ParquetFile(source).num_row_groups

    def run(group):
        rows = pq.ParquetFile(source).read_row_group(group, use_threads=False)
        pq.write_table(work(rows), os.path.join(target, f"part-{group:05}.parquet"))

    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(run, range(groups)))


def families(rows, file):
    """Synthetic families with every fact, a share of whom is eligible."""
    random = np.random.default_rng(17)

    def cents(low, high):
        # Decimal numbers of 16 bytes each, from their units.
        units = np.zeros((rows, 2), dtype=np.int64)
        units[:, 0] = random.integers(low * 100, high * 100, rows)
        return pa.Array.from_buffers(pa.decimal128(18, 2), rows, [None, pa.py_buffer(units)])

    table = pa.table(
        {
            "household_size": pa.array(random.integers(1, 10, rows), pa.int64()),
            "earned_income": cents(0, 1800),
            "unearned_income": cents(0, 500),
            "liquid_assets": cents(0, 4000),
            "has_eligible_child": random.random(rows) < 0.95,
            "any_member_lawfully_present": random.random(rows) < 0.95,
            "already_enrolled": random.random(rows) < 0.5,
        }
    )
    pq.write_table(table, file, row_group_size=100_000)


def differences(ours, theirs):
    """The rows in which the two differ by more than a cent."""
    decided, computed = pq.read_table(ours), pq.read_table(theirs)
    is_eligible = pc.equal(decided.column("outcome"), "eligible")
    paid = pc.fill_null(pc.cast(decided.column("grant.amount"), pa.float64()), 0.0)
    off = np.abs(paid.to_numpy() - computed.column("amount").to_numpy()) > 0.01
    return int((off | (is_eligible.to_numpy() != computed.column("eligible").to_numpy())).sum())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rulebook", required=True, type=Path)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    rulebook, system = Rulebook(options.rulebook), openfisca_system()
    seconds = {"ordinance": [], "OpenFisca": []}
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "families.parquet")
        families(options.rows, source)
        targets = {name: os.path.join(folder, name) for name in seconds}
        works = {
            "ordinance": lambda rows: rulebook.decide_batch(rows, threads=1, **WHERE),
            "OpenFisca": lambda rows: by_openfisca(system, rows),
        }
        for _ in range(options.rounds):
            for name, work in works.items():
                begun = time.perf_counter()
                each_row_group(source, targets[name], work)
                seconds[name].append(time.perf_counter() - begun)
        differing = differences(targets["ordinance"], targets["OpenFisca"])
    print(f"{options.rows} families, Parquet to Parquet, {THREADS} threads, median of {options.rounds} alternating rounds")
    medians = {name: statistics.median(times) for name, times in seconds.items()}
    for name, median in medians.items():
        print(f"{name:>10}  {options.rows / median:>12,.0f} decisions/s")
    print(f"ratio {medians['OpenFisca'] / medians['ordinance']:.2f}; {differing} families differ by more than a cent")


if __name__ == "__main__":
    main()
