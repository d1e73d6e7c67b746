"""Tables of HTML that notebooks show."""

from __future__ import annotations

from decimal import Decimal
from html import escape


def impact(people: dict[str, int], totals: dict[str, tuple[Decimal, Decimal]]) -> str:
    """The people by change, and the totals before and after."""
    counts = "".join(f"<tr><th>{escape(change)}</th><td>{count:,}</td></tr>" for change, count in people.items())
    amounts = "".join(
        f"<tr><th>{escape(name)}</th><td>{old:,}</td><td>{new:,}</td><td>{new - old:+,}</td></tr>"
        for name, (old, new) in totals.items()
    )
    tables = f"<table><caption>people</caption>{counts}</table>"
    if amounts:
        head = "<tr><th></th><th>before</th><th>after</th><th>difference</th></tr>"
        tables += f"<table><caption>granted in all</caption>{head}{amounts}</table>"
    return tables
