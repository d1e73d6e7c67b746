"""Pictures of decisions and of comparisons, by Altair (`pip install ordinance[charts]`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    import altair as alt

    from . import Impact, Rulebook

__all__ = ["amount_over", "amount_over_table", "gains_and_losses"]

GAIN, LOSS, CLIFF = "#1f7a4d", "#b3261e", "#b3261e"


def amount_over_table(
    rulebook: Rulebook,
    case: Mapping[str, Any],
    fact: str,
    values: Iterable[Any],
    *,
    amount: str = "amount",
) -> pa.Table:
    """The amount that a case is granted for each value of one fact, in ascending order: `fact`, `outcome`, `amount`
    (0 for who isn't eligible, null while it is open), and `cliff`: whether the amount falls from the value before by
    more than the fact rises, so that who earns more has less."""
    given = dict(case)
    facts = dict(given.pop("facts", {}))
    if not isinstance(given.get("jurisdiction"), str) or not isinstance(given.get("service"), str):
        raise ValueError("the case needs its `jurisdiction` and its `service`")
    wanted = sorted(values)
    columns: dict[str, Any] = {name: [value] * len(wanted) for name, value in facts.items() if name != fact}
    columns[fact] = wanted
    defaults = {name: value for name, value in given.items() if value is not None}
    decided = rulebook.decide_batch(pa.table(columns), **defaults)
    if f"grant.{amount}" not in decided.column_names:
        raise ValueError(f"the service doesn't grant `{amount}`")
    # Exact numbers: a taper of one for one is no cliff.
    amounts = [
        Decimal(0) if outcome == "ineligible" else granted
        for outcome, granted in zip(
            decided.column("outcome").to_pylist(), decided.column(f"grant.{amount}").to_pylist(), strict=True
        )
    ]
    cliffs = [False] * len(wanted)
    for index in range(1, len(wanted)):
        before, after = amounts[index - 1], amounts[index]
        if before is not None and after is not None:
            cliffs[index] = before - after > Decimal(str(wanted[index])) - Decimal(str(wanted[index - 1]))
    exact = decided.column(f"grant.{amount}").type
    return pa.table(
        {fact: wanted, "outcome": decided.column("outcome"), amount: pa.array(amounts, exact), "cliff": cliffs}
    )


def amount_over(
    rulebook: Rulebook,
    case: Mapping[str, Any],
    fact: str,
    values: Iterable[Any],
    *,
    amount: str = "amount",
) -> alt.LayerChart | alt.FacetChart:
    """The amount that a case is granted over one fact, such as an income, with its cliffs as points."""
    import altair as alt

    table = amount_over_table(rulebook, case, fact, values, amount=amount)
    rows = [
        {**row, fact: float(row[fact]), amount: None if row[amount] is None else float(row[amount])}
        for row in table.to_pylist()
    ]
    described = {known["name"]: known for known in rulebook.facts(case["service"])}[fact]
    title = described["title"] or fact
    unit = f" ({described['unit']})" if described["unit"] else ""
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        x=alt.X(f"{fact}:Q", title=f"{title}{unit}"),
        y=alt.Y(f"{amount}:Q", title=amount),
    )
    line = base.mark_line(interpolate="step-after")
    cliffs = (
        base.transform_filter("datum.cliff")
        .mark_point(color=CLIFF, filled=True, size=60)
        .encode(tooltip=[f"{fact}:Q", f"{amount}:Q"])
    )
    return alt.layer(line, cliffs).properties(width=480, height=280)


def gains_and_losses(impact: Impact, by: str) -> alt.Chart:
    """How many people of each group gain (to the right) and lose (to the left)."""
    import altair as alt

    rows = []
    for group in impact.groups(by).to_pylist():
        rows.append({"group": group["group"], "change": "gain", "people": group["gains"]})
        rows.append({"group": group["group"], "change": "lose", "people": -group["loses"]})
    order = list(dict.fromkeys(row["group"] for row in rows))
    chart: alt.Chart = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_bar()
        .encode(
            x=alt.X("people:Q", title="people who lose (left) and gain (right)"),
            y=alt.Y("group:N", title=by, sort=order),
            color=alt.Color("change:N", scale=alt.Scale(domain=["gain", "lose"], range=[GAIN, LOSS]), title=None),
            tooltip=["group:N", "change:N", "people:Q"],
        )
        .properties(width=480)
    )
    return chart
