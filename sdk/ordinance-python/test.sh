#!/usr/bin/env bash
# Builds the package and tests it: types, cases, tables, the notebook, and its numbers against those of the command.
# ORDINANCE_ROWS people of each state (default 2000) are in the notebook; --full takes 200,000.
set -euo pipefail
cd "$(dirname "$0")"
[ "${1:-}" = --full ] && export ORDINANCE_ROWS=200000
export ORDINANCE_ROWS=${ORDINANCE_ROWS:-2000} CARGO_INCREMENTAL=0
root=$(cd ../.. && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
export CARGO_TARGET_DIR=$target
work=$target/python
mkdir -p "$work"

if [ ! -x "$work/venv/bin/python" ]; then python3 -m venv "$work/venv"; fi
python=$work/venv/bin/python
"$python" -m pip install --quiet --disable-pip-version-check --requirement requirements-test.txt

# The wheel, as anybody would build it.
rm -rf "$work/wheel"
"$work/venv/bin/maturin" build --release --locked --quiet --interpreter "$python" --out "$work/wheel"
"$python" -m pip install --quiet --disable-pip-version-check --force-reinstall --no-deps "$work"/wheel/*.whl

# The law of the repository, and the same with more for who earns in Tennessee.
ordinance() { (cd "$root" && cargo run --quiet --locked -- "$@"); }
rm -rf "$work/changed"
mkdir -p "$work/changed"
(cd "$root/plugins" && tar --exclude=./target -cf - .) | tar -xf - -C "$work/changed"
sed -i "s#path = \"../sdk/#path = \"$root/sdk/#" "$work/changed/Cargo.toml"
rule=$work/changed/US-TN/cash-assistance/rule.toml
sed -i 's/value = "250.00"/value = "400.00"/' "$rule"
cmp -s "$rule" "$root/plugins/US-TN/cash-assistance/rule.toml" && { echo "the rule of Tennessee wasn't changed" >&2; exit 1; }
ordinance build plugins --out "$work/rulebook"
ordinance build "$work/changed" --out "$work/changed-rulebook"
export ORDINANCE_RULEBOOK=$work/rulebook ORDINANCE_NEW_RULEBOOK=$work/changed-rulebook

# The stubs say what the package has, and its own code and the tests of a user keep to them.
"$python" -m mypy.stubtest ordinance._ordinance --mypy-config-file pyproject.toml --allowlist stubtest-allowlist.txt
"$python" -m mypy python/ordinance
"$python" -m pytest -q

# The notebook from its first cell to its last, and its numbers by the command.
export ORDINANCE_RESULTS=$work/results.json
rm -f "$ORDINANCE_RESULTS"
"$work/venv/bin/jupyter-execute" --output="$work/cash_assistance.ipynb" notebooks/cash_assistance.ipynb
people=$work/people.ndjson
: > "$people"
for state in US-TN US-IN US-AR US-SD US-LA US-CT; do
    ordinance synth cash-assistance --dir plugins --jurisdiction "$state" --as-of 2026-03-01 --seed 7 --n "$ORDINANCE_ROWS" \
        --distributions sdk/ordinance-python/notebooks/distributions.toml >> "$people"
done
status=0
ordinance impact "$work/rulebook" "$work/changed-rulebook" --population "$people" --by household_size --json > "$work/command.json" || status=$?
# 1 says that outcomes change.
[ "$status" -le 1 ]
"$python" tests/compare_numbers.py "$ORDINANCE_RESULTS" "$work/command.json"
