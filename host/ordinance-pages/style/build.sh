#!/usr/bin/env bash
# Compiles the style of the pages, which the crate embeds; needs Node.js and npm. `--check` fails if the file is not what it
# compiles to.
set -euo pipefail
cd "$(dirname "$0")"

npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
compiled=$(mktemp)
trap 'rm -f "$compiled"' EXIT
npx sass --load-path=node_modules/govuk-frontend/dist --style=compressed --no-source-map --no-charset --quiet-deps style.scss \
    >"$compiled"
if [ "${1:-}" = --check ]; then
    cmp "$compiled" ../src/style.css
else
    cat "$compiled" >../src/style.css
fi
