#!/usr/bin/env bash
# Prints how many bytes a decision takes on the wire and in the log: three layers, the care subsidy of a district of Yantai.
# host/SCALE.md counts with them. Argument: the program `ordinance`.
set -euo pipefail
cd "$(dirname "$0")/../.."
program=$(realpath "${1:-target/release/ordinance}")
folder=$(mktemp -d)
server=
finish() {
    if [ -n "$server" ]; then kill "$server" 2>/dev/null && wait "$server" 2>/dev/null || true; fi
    rm -rf "$folder"
}
trap finish EXIT

"$program" build plugins --out "$folder/rulebook" --trust-sources >"$folder/build.log" 2>&1
printf '[rulebook]\nunsigned = true\n[decision-log]\npath = "%s/decisions.ndjson"\n' "$folder" >"$folder/host.toml"
"$program" serve "$folder/rulebook" --config "$folder/host.toml" --open-door --listen 127.0.0.1:0 --operations 127.0.0.1:0 \
    >"$folder/said" 2>&1 &
server=$!
until grep -q '^operations on ' "$folder/said"; do sleep 0.1; done
address=$(sed -n 's/^decisions on \([^ ]*\).*/\1/p' "$folder/said")

facts='{"disability_grade":1,"needs_long_term_care":true,"work_injury_care_payment":false,"destitute_support":false,"draws_elderly_care_subsidy":false}'
case='{"jurisdiction":"CN-370602","service":"disability-care-subsidy","as_of":"2026-03-01","facts":'$facts
ask() {
    curl --silent --show-error --fail -H 'content-type: application/json' -d "$case$1}" "$address/v1/decisions" | wc -c
}

echo "| what | bytes |"
echo "|---|---|"
echo "| request | $(printf '%s}' "$case" | wc -c) |"
for explain in full short none; do
    echo "| reply, \`explain\` $explain | $(ask ",\"mode\":\"simulation\",\"explain\":\"$explain\"") |"
done
echo "| reply with a receipt of a rulebook that nobody signed | $(ask ',"receipt":true') |"
before=$(wc -c <"$folder/decisions.ndjson")
lines=20000
for _ in $(seq "$lines"); do printf '%s}\n' "$case"; done >"$folder/batch.ndjson"
curl --silent --show-error --fail -H 'content-type: application/x-ndjson' --data-binary "@$folder/batch.ndjson" \
    "$address/v1/decisions/batch" >"$folder/answers.ndjson"
sleep 2
bytes=$(($(wc -c <"$folder/decisions.ndjson") - before))
echo "| record in the log | $((bytes / lines)) |"
tree=$(find "$folder/decisions.ndjson.tree" -type f -printf '%s\n' | awk '{sum += $1} END {print sum}')
echo "| tree, each record | $((tree / lines)) |"
echo "| files of the tree for $lines records | $(find "$folder/decisions.ndjson.tree" -type f | wc -l) |"
