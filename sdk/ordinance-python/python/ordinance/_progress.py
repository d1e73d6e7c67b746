"""The bar that `progress=True` shows, in a notebook or a terminal."""

from __future__ import annotations

import warnings
from collections.abc import Callable


def bar(rows: int) -> Callable[[int], None]:
    """A function that moves a bar of so many rows on by the rows that it is called with; the bar closes at its end."""
    with warnings.catch_warnings():
        # Without ipywidgets, a notebook has a bar of text, which is as good.
        warnings.simplefilter("ignore")
        from tqdm.auto import tqdm

    shown = tqdm(total=rows, unit="row", unit_scale=True)
    left = rows

    def move(done: int) -> None:
        nonlocal left
        shown.update(done)
        left -= done
        if left <= 0:
            shown.close()

    return move
