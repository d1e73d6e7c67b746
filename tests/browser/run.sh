#!/usr/bin/env bash
# Walks the pages of a host of the rulebook in plugins/ in Chromium: by keyboard and mouse, in both languages, with and
# without scripts, on a narrow screen, signed in by a real identity provider (oidc-provider), and with the rules in the page;
# and the reports of reviews.
# axe-core checks each page.
# Needs Node.js, npm and Chromium. With --pictures it writes the pictures of the READMEs.
set -euo pipefail
cd "$(dirname "$0")/../.."
program=$(realpath -m "${CARGO_TARGET_DIR:-target}/debug/ordinance-under-test")
test -x "$program" || cargo test --workspace --locked --no-run --test all
(cd tests/browser && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)

folder=$(mktemp -d)
processes=()
finish() {
    for process in "${processes[@]}"; do kill "$process" 2>/dev/null && wait "$process" 2>/dev/null || true; done
    rm -rf "$folder"
}
trap finish EXIT

# The provider must know the address of the host and the host that of the provider before either runs.
free_port() {
    node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })'
}
host_port=$(free_port)
provider_port=$(free_port)
console_port=$(free_port)
address=http://127.0.0.1:$host_port
node tests/browser/provider.mjs "$provider_port" "$address" >"$folder/provider.log" 2>&1 &
processes+=($!)

# The rulebook, with a service that takes objections.
cp -r plugins "$folder/plugins"
rm -rf "$folder/plugins/target"
sed -i "s#\"\.\./sdk#\"$PWD/sdk#" "$folder/plugins/Cargo.toml"
cat >>"$folder/plugins/services/disability-care-subsidy.toml" <<TERMS

[objections]
by = "CN-37"
within-days = 60
answer-days = 30
keep-days = 365
provision = { document = "An act of the tests", article = "12" }
TERMS
echo 'a passphrase of the tests' >"$folder/passphrase"
"$program" objections key "$folder/key" --passphrase-file "$folder/passphrase" >/dev/null
"$program" build "$folder/plugins" --out "$folder/rulebook"
# A copy in which the rule of a county is damaged, which a supervisor finds.
cp -r "$folder/rulebook" "$folder/damaged"
damaged=$(node -e 'const { rules } = JSON.parse(require("fs").readFileSync(process.argv[1]));
    console.log(rules.find((rule) => rule.jurisdiction === "US-MD-001").state.built)' "$folder/damaged/index.json")
echo 'damaged' >"$folder/damaged/rules/$damaged.wasm"
cargo build --quiet --locked --manifest-path sdk/ordinance-try-out/Cargo.toml --target-dir "${CARGO_TARGET_DIR:-target}/try-out"
"${CARGO_TARGET_DIR:-target}/try-out/debug/ordinance-try-out" "$folder/rulebook" --to "$folder/try-out"
printf 'a secret of the tests' >"$folder/secret"
export CONSOLE_KEY=ord_key_of_the_tests
cat >"$folder/host.toml" <<SETTINGS
[decision-log]
path = "$folder/decisions.ndjson"

[objections]
folder = "$folder/objections"
recipients = { CN-37 = "$(tr -d '\n' <"$folder/key.pub")" }

[portal]
try-out = "$folder/try-out"

[portal.login]
issuer = "http://127.0.0.1:$provider_port"
client-id = "ordinance"
client-secret = "$folder/secret"
SETTINGS
cat >"$folder/console.toml" <<SETTINGS
[decision-log]
path = "$folder/console.ndjson"

[[callers]]
id = "supervisor"
kind = "auditor"
key-sha256 = "$(printf %s "$CONSOLE_KEY" | sha256sum | cut -d ' ' -f 1)"
services = []
purposes = []
jurisdictions = ["*"]
console = true
SETTINGS

# Serves a rulebook with the settings of a name, and waits until it does.
serve() {
    "$program" serve "$2" --config "$folder/$1.toml" --open-door --listen "127.0.0.1:$3" --operations 127.0.0.1:0 \
        >"$folder/$1.addresses" 2>"$folder/$1.log" &
    local host=$!
    processes+=("$host")
    for _ in $(seq 100); do
        if grep -q '^decisions on' "$folder/$1.addresses"; then return; fi
        kill -0 "$host" || { cat "$folder/$1.log"; exit 1; }
        sleep 0.1
    done
}
serve host "$folder/rulebook" "$host_port"
serve console "$folder/damaged" "$console_port"

if [ "${1:-}" = --pictures ]; then
    ADDRESS=$address CONSOLE=http://127.0.0.1:$console_port node tests/browser/pictures.mjs
else
    tests/browser/reports.sh "$program" "$folder/reports"
    ADDRESS=$address LOG=$folder RULEBOOK=$folder/rulebook TRY_OUT=$folder/try-out REPORTS=$folder/reports node --test \
        --test-reporter=spec tests/browser/{journeys,signing_in,try_out,reports}.mjs
    ADDRESS=http://127.0.0.1:$console_port node --test --test-reporter=spec tests/browser/console.mjs
fi
for host in "${processes[@]:1}"; do
    kill -0 "$host" || { echo "a host has ended:"; cat "$folder"/*.log; exit 1; }
done
