//! Cases and people in tables: the same person in every format is the same case, what a cell means is read by stated
//! rules, and a fault is told once, at its first cell, with its count. The files of `data/tables` are as their tools
//! wrote them; see its README.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::assertions::{assert_contains, assert_lacks};
use crate::impact::rulebook_with;
use crate::support::{root, run, scratch, text_of};

const FACTS: [&str; 7] = ["age", "resident", "income", "number", "born", "area", "children"];

/// A rulebook whose benefit has a fact of each type.
pub(crate) fn book(folder: &Path) -> PathBuf {
    let common = root().join("tests/scenarios/common-privacy");
    let facts = fs::read_to_string(common.join("facts.toml")).unwrap();
    let more = r#"
[area]
type = "choice"
choices = ["urban", "rural"]
titles = { en = "Where the person lives" }
category = "dpv-pd:Location"
sensitivity = "personal"

[children]
type = "list"
items-max = 6
holder = "each-item"
titles = { en = "Children" }
category = "dpv-pd:Household"
sensitivity = "personal"

[children.fields.age]
type = "integer"
min = 0
max = 17
titles = { en = "Age of the child" }
category = "dpv-pd:Age"

[children.fields.income]
type = "decimal"
scale = 2
min = "0"
max = "100000"
titles = { en = "Income of the child" }
category = "dpv-pd:Income"
"#;
    let service = fs::read_to_string(common.join("services/benefit.toml")).unwrap();
    let service = service.replace("\"income\"]", "\"income\", \"number\", \"born\", \"area\", \"children\"]");
    let files = [("facts.toml", &format!("{facts}{more}")), ("services/benefit.toml", &service)];
    rulebook_with(folder, 65, "100.00", &files.map(|(name, text)| (name, text.as_str())))
}

fn data(name: &str) -> PathBuf {
    root().join("tests/data/tables").join(name)
}

/// Compares a rulebook with itself on the people of a file.
pub(crate) fn compare(book: &Path, people: &Path, flags: &[&str]) -> (Option<i32>, String) {
    let book = book.to_str().unwrap();
    let ran = run(&[&["impact", book, book, "--population", people.to_str().unwrap()], flags].concat());
    (ran.status.code(), text_of(&ran).split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" "))
}

/// The same on a table written here, with the place, the service and the day of all people.
fn compare_text(book: &Path, name: &str, text: &str) -> (Option<i32>, String) {
    let folder = scratch();
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    compare(book, &path, &["--jurisdiction", "N-1", "--service", "benefit", "--as-of", "2026-03-01"])
}

/// How many people of a file have each value of each fact.
#[track_caller]
fn values(book: &Path, people: &Path) -> Value {
    let by: Vec<&str> = FACTS.iter().flat_map(|fact| ["--by", fact]).collect();
    let path = book.to_str().unwrap();
    let ran = run(&[&["impact", path, path, "--population", people.to_str().unwrap(), "--json"], &by[..]].concat());
    assert_eq!(ran.status.code(), Some(0), "{} {}", people.display(), text_of(&ran));
    let mut said: Value = serde_json::from_slice(&ran.stdout).unwrap();
    json!([said["by_column"].take(), said["by_jurisdiction"].take(), said["all"].take()])
}

/// The people of `data/tables`, as JSON.
fn people() -> Vec<Value> {
    let as_of = "2026-03-01";
    let person = |name: &str, place: &str, facts: Value| json!({"name": name, "jurisdiction": place, "service": "benefit", "as_of": as_of, "facts": facts});
    vec![
        person(
            "Ana",
            "N-1",
            json!({"age": 70, "resident": true, "income": "217.5", "number": "0012", "born": "1955-12-31",
                "area": "urban", "children": [{"age": 8, "income": "0.3"}]}),
        ),
        person(
            "Béla",
            "N-1",
            json!({"age": 64, "resident": false, "income": "1234.56", "number": "0345", "born": "1961-07-01",
                "area": "rural", "children": []}),
        ),
        person(
            "陈明",
            "N-2",
            json!({"age": 65, "resident": true, "income": "0.1", "number": "X-1", "born": "1961-03-01",
                "area": "rural"}),
        ),
        person("Dor", "N-2", json!({})),
    ]
}

#[test]
fn the_same_people_in_each_format_are_the_same_cases() {
    let folder = scratch();
    let book = book(&folder.path().join("book"));
    let lines = folder.path().join("people.ndjson");
    fs::write(&lines, people().iter().map(|person| format!("{person}\n")).collect::<String>()).unwrap();
    let expected = values(&book, &lines);
    assert_eq!(expected[0]["income"].as_object().unwrap().len(), 4, "{expected}");
    let array = folder.path().join("people.json");
    fs::write(&array, json!(people()).to_string()).unwrap();
    assert_eq!(values(&book, &array), expected, "a JSON array");
    let written: BTreeSet<PathBuf> =
        fs::read_dir(data("")).unwrap().map(|entry| entry.unwrap().path()).filter(|path| is_table(path)).collect();
    assert_eq!(written.len(), 16, "{written:?}");
    for path in written {
        assert_eq!(values(&book, &path), expected, "{}", path.display());
    }
}

/// Whether a file is a table that holds nothing ambiguous.
fn is_table(path: &Path) -> bool {
    let name = path.file_name().unwrap().to_str().unwrap();
    !name.starts_with("README") && !name.ends_with(".py") && name != "libreoffice-de.csv"
}

#[test]
fn a_table_of_a_german_spreadsheet_is_read_but_for_its_words_for_true_and_false() {
    let folder = scratch();
    let book = book(&folder.path().join("book"));
    let (code, said) = compare(&book, &data("libreoffice-de.csv"), &[]);
    assert_eq!(code, Some(2), "{said}");
    assert_contains(
        &said,
        "line 2, column 6 can't be compared: `resident`: this is neither TRUE nor FALSE; write one of them, or leave the \
         cell empty if it is unknown; expected TRUE or FALSE (and 2 more lines, to line 4)",
    );
    assert_eq!(said.matches("error:").count(), 1, "{said}");
    let text = fs::read_to_string(data("libreoffice-de.csv")).unwrap();
    let mended = folder.path().join("mended.csv");
    fs::write(&mended, text.replace("WAHR", "TRUE").replace("FALSCH", "FALSE")).unwrap();
    assert_eq!(values(&book, &mended), values(&book, &data("libreoffice.ods")));
}

#[test]
fn marks_at_the_beginning_and_any_separator_of_a_header_are_understood() {
    let folder = scratch();
    let book = book(&folder.path().join("book"));
    for text in [
        "age;resident;income\n70;TRUE;217,50\n",
        "\u{feff}age;resident;income\r\n70;TRUE;\"1.234,56\"\r\n;;\r\n",
        "sep=;\r\nage;resident;income\r\n70;True;1 234,5\r\n",
        "\u{feff}sep=,\r\nage,resident,income\r\n70,TRUE,\"1,234.56\"\r\n",
        "age\tresident\tincome\n70\ttrue\t1,234,567\t\n".replace("1,234,567", "12,345.6").as_str(),
        "age,resident,income,,\n\"=\"\"70\"\"\",TRUE\u{a0},'217.50,,\n",
        "age\n70\n",
    ] {
        let (code, said) = compare_text(&book, "people.csv", text);
        assert_eq!(code, Some(0), "{text:?}: {said}");
        assert_contains(&said, "0 of 1 people have a different outcome");
    }
    for (text, words) in [
        (
            "age;income,monthly\n70;1\n",
            "the header has commas and semicolons, of which only one can separate its names",
        ),
        ("sep=|\nage|income\n70|1\n", "the line `sep=` names no comma, semicolon or tab"),
        ("\u{feff}\n", "no person was compared"),
        ("age,age\n1,2\n", "line 1, column 2: the header has the column `age` twice; remove one"),
    ] {
        let (code, said) = compare_text(&book, "people.csv", text);
        assert_eq!(code, Some(2), "{text:?}: {said}");
        assert_contains(&said, words);
    }
    let utf16: Vec<u8> = "\u{feff}age\tincome\n70\t1\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let path = folder.path().join("unicode.txt");
    fs::write(&path, utf16).unwrap();
    let (code, said) = compare(&book, &path, &[]);
    assert_eq!(code, Some(2), "{said}");
    assert_contains(&said, "the text is UTF-16 (\"Unicode text\"), not UTF-8");
    assert_contains(&said, "in Excel: \"CSV UTF-8 (Comma delimited)\"");
}

#[test]
fn a_cell_that_may_mean_two_things_is_refused_with_what_to_write() {
    let folder = scratch();
    let book = book(&folder.path().join("book"));
    for (name, cell, words) in [
        ("income", "\"1,234\"", "before exactly three digits may separate thousands or begin the decimals; write"),
        ("income", "1.2E+05", "this is a number in short, such as 1.2E+05, whose last digits are lost"),
        ("income", "217.50 €", "this has a sign of a currency or of per cent; write the number alone"),
        ("income", "1217.505", "this value is not allowed; expected a decimal number from 0.00 to 100000.00 with at"),
        ("income", "217.505", "before exactly three digits may separate thousands or begin the decimals; write"),
        ("age", "1.000", "may separate thousands; write a whole number without them, as 1000 or 1; expected a whole"),
        ("age", "121", "this value is not allowed; expected a whole number from 0 to 120"),
        ("age", "80.5", "this value is not allowed; expected a whole number from 0 to 120"),
        ("born", "03/01/2026", "may be a day of one month or of another; write it with the year first, as 2026-03-01"),
        ("born", "1.3.1961", "write it with the year first, as 2026-03-01"),
        ("born", "1961-02-29", "this day doesn't exist"),
        ("born", "1961-03-01 08:30", "this is a day with a time of day"),
        ("resident", "yes", "this is neither TRUE nor FALSE; write one of them"),
        ("area", "#REF!", "the formula of this cell failed, such as with #REF! or #N/A"),
        ("area", "suburb", "this value is not allowed; expected one of `urban`, `rural`"),
        ("children", "[", "this is not valid JSON; write a JSON object or array"),
        (
            "children",
            "\"[{\"\"age\"\": 18}]\"",
            "`/0/age`: this value is not allowed; expected a whole number from 0 to 17",
        ),
        ("height", "180", "service `benefit` has no fact `height`; name the column after one of `age`, `resident`"),
        ("", "x", "the column has no name; name it in the header, or remove it"),
    ] {
        let (code, said) = compare_text(
            &book,
            "people.csv",
            &format!("age,{name}\n").replace("age,age", "resident,age").replacen("\n", &format!("\n,{cell}\n"), 1),
        );
        assert_eq!(code, Some(2), "{name} {cell}: {said}");
        assert_contains(&said, "error: line 2, column 2 can't be compared: ");
        assert_contains(&said, words);
        // What a person's cell holds stays in the file.
        assert_lacks(&said, "suburb");
    }
}

#[test]
fn a_point_before_three_digits_is_refused_wherever_it_may_separate_thousands() {
    let folder = scratch();
    let book = book(&folder.path().join("book"));
    let whole = "line 2, column 1 can't be compared: `age`: a comma or a point before exactly three digits may separate \
                 thousands; write a whole number without them, as 1000 or 1; expected a whole number";
    let decimal = "line 2, column 2 can't be compared: `income`: a comma or a point before exactly three digits may \
                   separate thousands or begin the decimals; write thousands as 1234, decimals as 1.2340";
    for separator in ["\t", ",", ";"] {
        let (code, said) = compare_text(&book, "people.txt", &"age|income\n1.000|2.000\n".replace('|', separator));
        assert_eq!(code, Some(2), "{separator:?}: {said}");
        assert_contains(&said, whole);
        assert_contains(&said, decimal);
        let (code, said) = compare_text(&book, "people.txt", &"age|income\n70.0|0.10\n".replace('|', separator));
        assert_eq!(code, Some(0), "{separator:?}: {said}");
    }
    // A program that writes commas between cells writes a point before three decimals, if the fact has them.
    let three = folder.path().join("three");
    let facts = fs::read_to_string(root().join("tests/scenarios/common-privacy/facts.toml")).unwrap();
    let scale = "scale = 2\nmin = \"0\"";
    assert_contains(&facts, scale);
    let facts = facts.replace(scale, "scale = 3\nmin = \"0\"");
    let three = rulebook_with(&three, 65, "100.00", &[("facts.toml", facts.as_str())]);
    let (code, said) = compare_text(&three, "people.csv", "age,income\n70,217.500\n");
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = compare_text(&three, "people.tsv", "age\tincome\n70\t217.500\n");
    assert_eq!(code, Some(2), "{said}");
    assert_contains(&said, decimal);
}

#[test]
fn a_row_with_too_many_or_too_few_cells_is_told_with_the_likely_reason() {
    let folder = scratch();
    let book = book(&folder.path().join("book"));
    for (row, words) in [
        (
            "70,217,50",
            "line 3 can't be compared: the row has 3 cells, the header has 2; put a cell that holds the separator",
        ),
        ("70", "line 3 can't be compared: the row has 1 cell, the header has 2; write an empty cell"),
        (
            "\"70,217.50\n71,1\"",
            "line 3 can't be compared: the row has 1 cell, the header has 2; a quote (\") may be opened",
        ),
    ] {
        let (code, said) = compare_text(&book, "people.csv", &format!("age,income\n70,1\n{row}\n"));
        assert_eq!(code, Some(2), "{row}: {said}");
        assert_contains(&said, words);
    }
    let path = folder.path().join("latin.csv");
    fs::write(&path, b"age,area\n70,urban\n70,Z\xfcrich\n70,Z\xfcrich\n").unwrap();
    let (code, said) = compare(&book, &path, &["--jurisdiction", "N", "--service", "benefit", "--as-of", "2026-03-01"]);
    assert_eq!(code, Some(2), "{said}");
    assert_contains(
        &said,
        "line 3, column 2 can't be compared: `area`: this text is not UTF-8; save the file as UTF-8",
    );
    assert_contains(&said, "(and 1 more line, to line 4)");
}

#[test]
fn a_quote_that_is_not_closed_is_refused_with_its_line_and_takes_no_rows_along() {
    let folder = scratch();
    let book = book(&folder.path().join("book"));
    for (text, line, column) in [
        ("age,number\n70,\"ab\n71,b\n72,c\n", 2, 2),
        ("age,number\r\n70,a\r\n71,\"b\r\n72,c\r\n", 3, 2),
        ("\u{feff}sep=,\nage,number\n\n70,\"b", 4, 2),
        ("age,number\n\"70\n\",\"b\n\"\"\n\n", 3, 2),
        ("number\n\"", 2, 1),
    ] {
        let (code, said) = compare_text(&book, "people.csv", text);
        assert_eq!(code, Some(2), "{text:?}: {said}");
        let words =
            format!("line {line}, column {column} can't be compared: a quote (\") is opened at line {line} and not");
        assert_contains(&said, &words);
        assert_lacks(&said, "may be opened");
    }
    let (code, said) = compare_text(&book, "people.csv", "age,\"number\n70,a\n");
    assert_eq!(code, Some(2), "{said}");
    assert_contains(&said, "people.csv`: a quote (\") is opened at line 1 and not closed");
    // A closed one that ends with line breaks is part of its text.
    for text in ["age,number\n70,\"a\n\n\"", "age,number\r\n70,\"a\r\n\r\n\"\r\n", "age,number\n70,a\n\n\n"] {
        let (code, said) = compare_text(&book, "people.csv", text);
        assert_eq!(code, Some(0), "{text:?}: {said}");
    }
}

#[test]
fn the_line_of_a_fault_counts_as_an_editor_counts() {
    let folder = scratch();
    let book = book(&folder.path().join("book"));
    for (text, line) in [
        ("age,area\r\n70,urban\r\nx,rural\r\n", 3),
        ("age,area\r\nx,rural", 2),
        ("\u{feff}sep=,\r\nage,area\r\nx,rural\r\n", 3),
        ("age,area\n\n\n70,urban\n\nx,rural\n", 6),
        ("age,area\r\n\r\n,\r\nx,rural\r\n", 4),
        ("age,children\n70,\"[\n]\"\nx,\"[\n]\"\n", 4),
    ] {
        let (code, said) = compare_text(&book, "people.csv", text);
        assert_eq!(code, Some(2), "{text:?}: {said}");
        assert_contains(&said, &format!("line {line}, column 1 can't be compared: `age`: this is no number"));
    }
}

#[test]
fn a_fault_of_ten_thousand_rows_is_told_once_at_its_first_cell_by_each_command() {
    let folder = scratch();
    let book = book(&folder.path().join("book"));
    let header = "name,jurisdiction,service,as_of,age,income,outcome\n";
    let row = "p,N-1,benefit,2026-03-01,70,\"1,234\",eligible\n";
    let other = "p,N-1,benefit,2026-03-01,x,1,eligible\n";
    let path = folder.path().join("cases.csv");
    fs::write(&path, format!("{header}{other}{}", row.repeat(10_000))).unwrap();
    let once = "`income`: a comma or a point before exactly three digits";
    let count = "(and 9999 more lines, to line 10002)";
    let (code, said) = compare(&book, &path, &[]);
    assert_eq!(code, Some(2), "{said}");
    let ran = run(&["test", book.to_str().unwrap(), "--cases", path.to_str().unwrap()]);
    assert_eq!(ran.status.code(), Some(1));
    let tested = text_of(&ran);
    assert_contains(&tested, "0 passed, 10001 failed");
    for said in [said, tested] {
        assert_eq!(said.matches(once).count(), 1, "{said}");
        assert_contains(&said, "line 3, column 6");
        assert_contains(&said, "line 2, column 5");
        assert_contains(&said, count);
        assert!(said.len() < 3000, "{said}");
    }
}

#[test]
fn each_fault_of_a_row_and_at_most_twenty_kinds_are_told() {
    let folder = scratch();
    let book = book(&folder.path().join("book"));
    let (code, said) = compare_text(&book, "people.csv", "age,resident,born\nx,maybe,1.3.1961\n");
    assert_eq!(code, Some(2), "{said}");
    for column in ["column 1", "column 2", "column 3"] {
        assert_contains(&said, &format!("line 2, {column} can't be compared"));
    }
    let rows: String = (0..50).map(|place| format!("X-{place},70\n")).collect();
    let path = folder.path().join("places.csv");
    fs::write(&path, format!("jurisdiction,age\n{rows}")).unwrap();
    let (code, said) = compare(&book, &path, &["--service", "benefit", "--as-of", "2026-03-01"]);
    assert_eq!(code, Some(2), "{said}");
    assert_contains(&said, "line 2, column 1 can't be compared: the rulebook has no place `X-0`");
    assert_lacks(&said, "X-20`");
    assert_contains(&said, "30 faults of further kinds");
}

#[test]
fn a_table_of_places_may_have_excels_marks_and_separators() {
    let folder = scratch();
    let source = folder.path().join("source");
    fs::create_dir_all(source.join("services")).unwrap();
    fs::write(source.join("facts.toml"), "").unwrap();
    fs::write(source.join("Cargo.toml"), "[workspace]\nmembers = []\n").unwrap();
    let table = "titles = { en = \"T\" }\n[[jurisdiction-tables]]\nfile = \"places.csv\"\n";
    fs::write(source.join("rulebook.toml"), table).unwrap();
    let build = |text: &str| {
        fs::write(source.join("places.csv"), text).unwrap();
        let built = run(&["build", source.to_str().unwrap()]);
        assert!(!built.status.success());
        text_of(&built)
    };
    for text in [
        "\u{feff}sep=;\r\ncode;parent;name:en;time-zone\r\nP;;Place;UTC\r\n",
        "code\tparent\tname:en\ttime-zone\nP\t\tPlace, a town\tUTC\n",
    ] {
        // There is no rule in it, so nothing else is built.
        let said = build(text);
        assert_contains(&said, "error: no rule was found");
        assert_lacks(&said, "places.csv");
    }
    let said = build("\u{feff}sep=;\r\ncode;parent;name:en;from\r\nP;;Place;01.03.2026\r\n");
    assert_contains(&said, "places.csv:3:1");
    assert_contains(&said, "`from` is not a date; write it as 2026-01-01");
    let said = build("code;parent,name:en\nP;,Place\n");
    assert_contains(&said, "the header has commas and semicolons");
}
