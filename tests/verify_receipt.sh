#!/usr/bin/env bash
# Checks the receipts that the tests wrote by a second implementation, in Python: the good one holds, and no forged one does.
set -euo pipefail
export PYTHONDONTWRITEBYTECODE=1
cd "$(dirname "$0")/.."
receipts=${CARGO_TARGET_DIR:-target}/tmp/receipts
test -f "$receipts/receipt.json" && test -f "$receipts-of-lapsed-law/kept.json" || cargo test --workspace --locked --test all -- receipts:: lapsing_law::

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check cryptography==46.0.3
check() { "$folder/venv/bin/python" tests/verify_receipt.py "$1" "${2:-$receipts/root.json}"; }

check "$receipts/receipt.json"
check "$receipts/listed.json"
check "$receipts/lapsed.json"
# What hosts hand out whose authorities lapsed while they ran.
for receipt in "$receipts"-of-lapsed-law/*.json; do
    check "$receipt" "${receipt%.json}.root"
done
checked=0
for receipt in "$receipts"/forged/*.json; do
    if reason=$(check "$receipt"); then
        echo "the forged receipt $(basename "$receipt") holds" >&2
        exit 1
    fi
    echo "$(basename "$receipt" .json): $reason"
    checked=$((checked + 1))
done
test "$checked" -ge 88
echo "all receipts of hosts hold, $checked forged ones don't"
