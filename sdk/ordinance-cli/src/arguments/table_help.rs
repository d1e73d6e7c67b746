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

pub(super) const IMPACT: &str = concat!(
    "Examples:\n  ordinance impact old-rulebook new-rulebook --population people.csv --by age\n  \
     ordinance impact plugins changed --population people.ndjson --service disability-care-subsidy \\\n    \
     --as-of 2026-03-01 --out impact --changed changed.ndjson\n  \
     ordinance impact before plugins --population census/ --weight weight --by region --budget amount=120000000 \\\n    \
     --out impact --rows --keep id\n\n\
     The people are NDJSON ({\"jurisdiction\": ..., \"facts\": {...}, \"columns\": {\"weight\": 2.5}} per line; a file of cases\n\
     works too), a JSON array of such objects, or a table (a column for each fact). Parquet and Arrow are read part by part\n\
     on all cores, also a folder of such files.\n\
     The terminal and --json have all numbers. The files in --out are for others: groups and changes of few people are\n\
     joined with others. DIR/people has what is known of single people and of the run, and is not for publication.\n\
     Exit codes: 0 no outcome changes, 1 an outcome changes, 2 some people could not be compared.",
    table_rules!()
);
