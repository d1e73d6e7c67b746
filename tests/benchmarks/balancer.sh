#!/usr/bin/env bash
# Prints the CPU time that HAProxy, by host/deploy/haproxy.cfg without TLS, and a host behind it use for a simulation of three layers.
# Needs haproxy and ab (apache2-utils). Argument: the program `ordinance`.
set -euo pipefail
cd "$(dirname "$0")/../.."
program=$(realpath "${1:-target/release/ordinance}")
folder=$(mktemp -d)
processes=()
finish() {
    for process in "${processes[@]}"; do kill "$process" 2>/dev/null && wait "$process" 2>/dev/null || true; done
    rm -rf "$folder"
}
trap finish EXIT

"$program" build plugins --out "$folder/rulebook" --trust-sources >"$folder/build.log" 2>&1
printf '[rulebook]\nunsigned = true\n[decision-log]\npath = "%s/decisions.ndjson"\n' "$folder" >"$folder/host.toml"
"$program" serve "$folder/rulebook" --config "$folder/host.toml" --open-door --listen 127.0.0.1:0 --operations 127.0.0.1:0 \
    >"$folder/said" 2>&1 &
host=$!
processes+=("$host")
until grep -q '^operations on ' "$folder/said"; do sleep 0.1; done
public=$(sed -n 's/^decisions on http:..\([^ ]*\).*/\1/p' "$folder/said")
operations=$(sed -n 's/^operations on http:..[^:]*:\([0-9]*\).*/\1/p' "$folder/said")
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
sed -e "s#bind :443 ssl.*#bind 127.0.0.1:$port#; s#check port 9090#check#; s#maxconn 10000#maxconn 1000#; s#gt 200#gt 10000000#" \
    -e "s#10.0.0.[123]:8080#$public port $operations#" host/deploy/haproxy.cfg >"$folder/haproxy.cfg"
haproxy -db -f "$folder/haproxy.cfg" >"$folder/haproxy.log" 2>&1 &
balancer=$!
processes+=("$balancer")
sleep 3

cat >"$folder/case.json" <<'CASE'
{"jurisdiction":"CN-370602","service":"disability-care-subsidy","as_of":"2026-03-01","mode":"simulation","facts":{"disability_grade":1,"needs_long_term_care":true,"work_injury_care_payment":false,"destitute_support":false,"draws_elderly_care_subsidy":false}}
CASE
requests=60000
ticks() {
    awk '{print $14 + $15}' "/proc/$1/stat"
}
# Hundredths of a second to microseconds of a request.
each() {
    awk -v ticks="$1" -v requests="$requests" 'BEGIN {printf "%.1f", ticks * 10000 / requests}'
}
echo "| round | requests/s | balancer (us) | host (us) | failed |"
echo "|---|---|---|---|---|"
for round in 1 2 3; do
    for way in "host $public" "balancer 127.0.0.1:$port"; do
        read -r name address <<<"$way"
        of_balancer=$(ticks "$balancer")
        of_host=$(ticks "$host")
        ab -q -k -c 32 -n "$requests" -p "$folder/case.json" -T application/json "http://$address/v1/decisions" >"$folder/ab" 2>&1
        rate=$(awk '/Requests per second/ {print $4}' "$folder/ab")
        failed=$(awk '/Failed requests/ {print $3}' "$folder/ab")
        echo "| $round, $name | $rate | $(each $(($(ticks "$balancer") - of_balancer))) | $(each $(($(ticks "$host") - of_host))) | $failed |"
    done
done
