#!/usr/bin/env bash
# Writes the reports that the browser reads: of rules as expressions, which need no compiler, of five places of plugins/. Two
# amounts change, and one case is wrong. Takes the program and the folder of the reports.
set -euo pipefail
program=$1
out=$2
plugins=$(cd "$(dirname "$0")/../.." && pwd)/plugins
service=disability-care-subsidy

mkdir -p "$out/old"
cd "$out"
cp -r "$plugins"/{rulebook.toml,facts.toml,services,places} old/
sed -i 's/^ungoverned = .*/ungoverned = ["CN", "EU", "US", "NZ"]/' old/rulebook.toml
for place in CN CN-11 CN-14 CN-31 CN-36 CN-50; do
    mkdir -p "old/$place"
    cp -r "$plugins/$place/$service" "old/$place/"
done
cp -r old new
# Appends a value from 2027 on to the last parameter of a rule.
change() {
    local rule=new/$1/$service/rule.toml
    sed -i "s/^\( *\){ from = $2, value = \"$3\".*/&\n\1{ from = 2027-01-01, value = \"$4\", provision = { document = \"A decision of the tests\", article = \"2\" } },/" "$rule"
    grep -q "value = \"$4\"" "$rule"
}
change CN-31 2025-07-01 350.00 380.00
change CN-50 2026-01-01 100.00 90.00
cat >new/CN-36/$service/cases/wrong.toml <<'CASE'
[[cases]]
name = "grade 2 <b>gets</b> more"
as_of = 2026-03-01
facts = { disability_grade = 2, needs_long_term_care = true, work_injury_care_payment = false, destitute_support = false, draws_elderly_care_subsidy = false }
expect = { outcome = "eligible", grant = { amount = "120.00" } }
CASE
for place in CN-31 CN-36 CN-50; do
    "$program" synth $service --dir old --jurisdiction "$place" --n 200 --seed 1 --as-of 2027-03-01 --out "$place.ndjson" >synth.log 2>&1
done
cat CN-*.ndjson >people.ndjson

# A command that finds something ends with 1.
found() {
    local status=0
    "$program" "$@" >command.log 2>&1 || status=$?
    [ "$status" -le 1 ] || { cat command.log; exit "$status"; }
}
for language in zh en; do
    found review new --against old --population people.ndjson --by disability_grade --language $language --out review-$language
    found test new --language $language --report "html=tests-$language.html"
done
found review old --out first --language zh
found review new --against old --out without-people --threshold 99
found impact old new --population people.ndjson --out impact --smallest-cell 1
