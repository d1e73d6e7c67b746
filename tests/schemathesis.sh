#!/usr/bin/env bash
# Tests a host of the rulebook in plugins/ against its own /openapi.json: schemathesis, all checks, a fixed seed.
# Arguments: how many examples for each operation, and the seconds after which it is given up.
set -euo pipefail
export PYTHONDONTWRITEBYTECODE=1
cd "$(dirname "$0")/.."
examples=${1:-60}
seconds=${2:-300}
program=${CARGO_TARGET_DIR:-target}/debug/ordinance-under-test
test -x "$program" || cargo test --workspace --locked --no-run --test all

folder=$(mktemp -d)
server=
finish() {
    if [ -n "$server" ]; then kill "$server" 2>/dev/null && wait "$server" || true; fi
    rm -rf "$folder"
}
trap finish EXIT

python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check schemathesis==4.32.5

"$program" build plugins --out "$folder/rulebook"
key=schemathesis
cat > "$folder/host.toml" <<SETTINGS
[[callers]]
id = "schemathesis"
kind = "portal"
key-sha256 = "$(printf %s "$key" | sha256sum | cut -d ' ' -f 1)"
services = ["*"]
purposes = ["*"]
jurisdictions = ["*"]
may-ask-for-others = true

[rulebook]
unsigned = true

[decision-log]
path = "$folder/decisions.ndjson"
SETTINGS
"$program" serve "$folder/rulebook" --config "$folder/host.toml" --listen 127.0.0.1:0 --operations 127.0.0.1:0 \
    > "$folder/addresses" 2> "$folder/log" &
server=$!
for _ in $(seq 100); do
    address=$(sed -n 's/^decisions on \([^ ]*\).*/\1/p' "$folder/addresses")
    if [ -n "$address" ]; then break; fi
    kill -0 "$server" || { cat "$folder/log"; exit 1; }
    sleep 0.1
done

# Schemathesis leaves files where it runs.
mkdir "$folder/tests"
cp tests/schemathesis.toml tests/schemathesis_hooks.py "$folder/tests"
cd "$folder"
timeout "$seconds" "$folder/venv/bin/schemathesis" --no-color --config-file tests/schemathesis.toml run "$address/openapi.json" \
    --header "Authorization: Bearer $key" --checks all --seed 20260301 --max-examples "$examples" \
    --generation-database none --continue-on-failure
kill -0 "$server" || { echo "the host has ended:"; cat "$folder/log"; exit 1; }
