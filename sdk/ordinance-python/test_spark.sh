#!/usr/bin/env bash
# Decides people on a Spark cluster of two workers on this machine, of which one loses its executor, and compares with one
# machine. Uses the package and the rulebook that test.sh made; takes the people of each state (default 500), or --full.
set -euo pipefail
cd "$(dirname "$0")"
rows=${1:-500}
[ "$rows" = --full ] && rows=200000
target=${CARGO_TARGET_DIR:-$(cd ../.. && pwd)/target}
work=$target/python
python=$work/venv/bin/python
[ -d "$work/rulebook" ] || { echo "run test.sh first: it builds the package and the rulebook" >&2; exit 1; }
command -v java > /dev/null || { apt-get update && apt-get install -y --no-install-recommends openjdk-17-jre-headless; }
"$python" -m pip install --quiet --disable-pip-version-check pyspark==4.3.0
export ORDINANCE_RULEBOOK=$work/rulebook PYSPARK_PYTHON=$python SPARK_LOCAL_IP=127.0.0.1
# Spark tells of the executor that the test kills in many lines.
if ! "$python" tests/spark_job.py "$rows" 2> "$work/spark.log"; then
    tail -n 60 "$work/spark.log" >&2
    exit 1
fi
