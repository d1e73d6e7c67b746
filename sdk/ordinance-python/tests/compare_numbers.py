"""Compares the numbers of the notebook with those of the command, on the same people and rulebooks."""

import json
import sys
from decimal import Decimal
from pathlib import Path


def main(notebook_file: str, command_file: str) -> None:
    notebook = json.loads(Path(notebook_file).read_text())
    command = json.loads(Path(command_file).read_text())
    if "explained" in notebook["impact"]:
        # The command looks for reasons in everybody, the package in a sample.
        for impact in (notebook["impact"], command):
            for member in ("explained", "criteria", "numbers"):
                impact.pop(member, None)
    if notebook["impact"] != command:
        sys.exit("the impact of the notebook isn't that of the command")
    states = notebook["states"]
    compared = 0
    for state, numbers in states.items():
        total = command["by_jurisdiction"][state]["totals"].get("amount", {"old": "0"})["old"]
        people = sum(command["by_jurisdiction"][state]["people"].values())
        if (Decimal(numbers["amount"]), numbers["people"]) != (Decimal(total), people):
            sys.exit(f"{state}: the notebook has {numbers}, the command {total} for {people} people")
        compared += 1
    if compared != 6 or command["all"]["people"].get("gains", 0) == 0:
        sys.exit("nothing was compared")
    people = sum(command["all"]["people"].values())
    print(f"the notebook and the command agree on {people} people in {compared} states")


if __name__ == "__main__":
    main(*sys.argv[1:])
