//! The end of the help of commands that read tables: examples, and how cells are read.

macro_rules! table_rules {
    () => {
        "\n\n\
         The ending tells the format: .csv, .tsv and .txt text, .xlsx and .ods a sheet (the first visible one with\n\
         content; feature `sheets` of the command), .parquet (feature `parquet`), .json an array; any other is NDJSON.\n\
         Cells are read by the types of their columns:\n  \
         separator  the comma, semicolon or tab that the header contains, or that a line `sep=;` above it names\n  \
         yes or no  TRUE or FALSE, in any case\n  \
         number     217.50, 217,50, 1,234.50, 1.234,50, 1 234,50; refused, since it may be two: 1,234,\n  \
                    and 1.234 unless commas separate cells and the fact has three decimals\n  \
         day        2026-03-01, 2026/3/1, also with the time of midnight; refused: 03/01/2026, 1.3.2026\n  \
         list       JSON; in Parquet also a column of lists\n  \
         unknown    an empty cell, or null\n\
         A fault is printed once, at the first cell that has it, with what to write and the number of further rows.\n\
         sdk/README.md has the whole table."
    };
}

pub(super) const TEST: &str = concat!(
    "Examples:\n  ordinance test plugins\n  ordinance test rulebook --cases cases.csv\n  \
     ordinance test plugins --filter CN-31 --threshold 80 --report html=report.html --report junit=junit.xml\n\n\
     A file of cases is NDJSON (one case per line), a JSON array of cases, or a table (columns jurisdiction, service,\n\
     as_of, outcome, grant.FIELD, missing, finding.CRITERION, and one column for each fact). A table in CODE/SERVICE/cases\n\
     (.csv, .tsv, .tab, .xlsx, .xlsm, .ods) is run as the cases in TOML there; the rule gives its place and its service.",
    table_rules!()
);

pub(super) const DIFF: &str = concat!(
    "Examples:\n  ordinance diff old-rulebook new-rulebook --population people.csv --by age\n  \
     ordinance diff plugins changed --population people.ndjson --service disability-care-subsidy \\\n    \
     --as-of 2026-03-01 --html impact.html --changed changed.ndjson\n  \
     ordinance diff --explain plugins changed --rule CN-37 --language zh\n  \
     ordinance diff --explain plugins/US-OR/cash-assistance plugins/US-OR/cash-assistance/2027\n\n\
     The people are NDJSON ({\"jurisdiction\": ..., \"facts\": {...}} per line; a file of cases works too), a JSON array\n\
     of such objects, or a table (a column for each fact).\n\
     --explain compiles nothing and needs no people: it tells conditions, amounts, numbers with their days, tables and\n\
     articles; of rules in another language what their rule.toml says.\n\
     Exit codes: 0 no outcome changes (with --explain: nothing does), 1 an outcome changes, 2 some people could not be\n\
     compared.",
    table_rules!()
);
