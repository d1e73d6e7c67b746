#!/usr/bin/env bash
# Measures decisions from Parquet to Parquet beside OpenFisca, in one run. Uses the package and the rulebook that
# sdk/ordinance-python/test.sh made. Arguments go to populations.py: --rows N, --rounds N.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=${CARGO_TARGET_DIR:-$root/target}/python
[ -d "$work/rulebook" ] || { echo "run sdk/ordinance-python/test.sh first: it builds the package and the rulebook" >&2; exit 1; }
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check openfisca-core==46.0.1
"$work/venv/bin/python" "$root/tests/benchmarks/populations.py" --rulebook "$work/rulebook" "$@"
