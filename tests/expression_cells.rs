//! The cells of decision tables: rows that mean the same though they are written in another way, words of choices that
//! are also names, quotes that don't close, characters that nobody sees, and numbers with marks.

use std::fs;
use std::path::Path;

use crate::assertions::{assert_contains, assert_lacks};
use crate::expression_rules::book;
use crate::support::{edit, run, scratch, text_of};

/// A rule whose amount comes from the table `band`, with more at its end.
fn rule(table: &str, more: &str) -> String {
    format!(
        "\n[[criteria]]\nid = \"known\"\nwhen = \"age < 140\"\ntitles = {{ en = \"Known\" }}\n\
         provision = {{ document = \"Act\", article = \"1\" }}\n\n[grant]\namount = \"band\"\n\n[tables.band]\n{table}\n\
         {more}"
    )
}

/// What `build` says of a rule whose table is in a file of text, and whether it succeeds.
fn built(folder: &Path, rule: &str, content: &[u8]) -> (bool, String) {
    let book = book(folder, rule);
    fs::write(book.join("N/benefit/band.csv"), content).unwrap();
    let built = run(&["build", book.to_str().unwrap()]);
    (built.status.success(), text_of(&built))
}

/// What `build` says of a table in a file of text that it refuses.
fn told(hit: &str, content: impl AsRef<[u8]>) -> String {
    let folder = scratch();
    let table = format!("file = \"band.csv\"\nhit = \"{hit}\"");
    let (is_built, said) = built(folder.path(), &rule(&table, ""), content.as_ref());
    assert!(!is_built, "{said}");
    said
}

/// Checks what a rule grants in a case.
fn check(folder: &Path, rule: &str, content: &str, day: &str, facts: &str, amount: &str) {
    let (is_built, said) = built(folder, rule, content.as_bytes());
    assert!(is_built, "{said}");
    let book = folder.join("book");
    let case = format!(
        "[[cases]]\nname = \"a\"\nas_of = {day}\nfacts = {facts}\n\
         expect = {{ outcome = \"eligible\", grant = {{ amount = \"{amount}\" }} }}\n"
    );
    fs::write(book.join("N/benefit/cases/a.toml"), case).unwrap();
    let tested = run(&["test", book.to_str().unwrap()]);
    assert!(tested.status.success(), "{content} {}", text_of(&tested));
}

fn check_dated(hit: &str, old: &str, new: &str, facts: &str, amount: &str) {
    let folder = scratch();
    let quoted = |cell: &str| format!("\"{}\"", cell.replace('"', "\"\""));
    let table = format!(
        "from,age,residence,amount\n2026-01-01,{},10\n2027-01-01,{},12\n",
        old.split('|').map(quoted).collect::<Vec<_>>().join(","),
        new.split('|').map(quoted).collect::<Vec<_>>().join(",")
    );
    let rule = rule(&format!("file = \"band.csv\"\nhit = \"{hit}\""), "");
    check(folder.path(), &rule, &table, "2027-06-01", facts, amount);
}

#[test]
fn a_later_row_renews_one_whose_conditions_are_written_in_another_way() {
    let facts = "{ age = 5, residence = \"living\" }";
    for (old, new) in [
        (">= 5|-", ">=5|"),
        ("5|-", "5.0|-"),
        ("[1..5]|-", "[1 .. 5]|-"),
        ("-|living, registered", "-|registered,living"),
        ("-|living", "-|\"living\""),
        ("not(1)|-", "not( 1 )|-"),
        // No age is less than 0, and none is between two years.
        ("[0..5]|-", "< 6|-"),
    ] {
        check_dated("collect sum", old, new, facts, "12.00");
        check_dated("first", old, new, facts, "12.00");
    }
}

#[test]
fn a_row_with_other_conditions_is_not_renewed() {
    let facts = "{ age = 5, residence = \"living\" }";
    check_dated("collect sum", ">= 5|-", "> 3|-", facts, "22.00");
    check_dated("collect sum", "-|living", "-|living, registered", facts, "22.00");
}

#[test]
fn rows_of_a_dated_sheet_that_overlap_are_told_how_a_row_is_renewed() {
    let said = told("unique", "from,age,amount\n2026-01-01,[0..5],10\n2027-01-01,<= 6,12\n");
    assert_contains(&said, "rows 1 and 2 of `band` both match");
    assert_contains(&said, "help: write the conditions as in the older row to renew it from a later day");
    assert_lacks(&said, "`first`");
}

#[test]
fn a_quote_that_does_not_close_where_its_cell_ends_is_refused_at_its_cell() {
    let said = told("first", "age,# note,amount\n< 5,\"see order,1\n5,9,2\n> 5,x,3\n");
    assert_contains(&said, "N/benefit/band.csv, row 2, column 2");
    assert_contains(&said, "the quote that opens in this cell isn't closed");
    assert_contains(&said, "\"the \"\"new\"\" order\"");
    let said = told("first", "age,amount,# note\n-,1,plain\n-,2,\"the \"new");
    assert_contains(&said, "N/benefit/band.csv, row 3, column 3");
    assert_contains(&said, "is closed in line 3, and `new` stands after it");
    let said = told("first", "age,# note,amount\n< 5,\"see order,1\n5,\"a note\",2\n");
    assert_contains(&said, "N/benefit/band.csv, row 2, column 2");
    assert_contains(&said, "is closed in line 3, and `a note\"` stands after it");
}

#[test]
fn a_cell_in_quotes_may_go_over_several_lines() {
    let folder = scratch();
    let table = "age,# note,amount\n\"[0..80)\",\"see the \"\"new\"\" order,\nof May\",1\n>= 80,-,2\n";
    check(folder.path(), &rule("file = \"band.csv\"", ""), table, "2026-06-01", "{ age = 80 }", "2.00");
}

#[test]
fn a_word_of_a_choice_is_that_word_though_something_else_has_its_name() {
    let words = "residence,amount\nliving,1\n\"not(living, registered)\",2\nregistered,3\n";
    let defined = "[define]\nregistered = 'if living = \"living\" then age else age + 1'\n\n[parameters.living]\ntitles = { en = \"Living\" }\n\
                   values = [{ from = 2026-01-01, value = \"elsewhere\" }]\n";
    for (residence, amount) in [("living", "1.00"), ("elsewhere", "2.00"), ("registered", "3.00")] {
        let folder = scratch();
        let facts = format!("{{ age = 5, residence = \"{residence}\" }}");
        check(folder.path(), &rule("file = \"band.csv\"", defined), words, "2026-06-01", &facts, amount);
    }
    // The same where the choice is computed, and for names that are no words of it.
    let table = "inputs = [\"if age > 9 then residence else \\\"living\\\"\"]\nhit = \"first\"\n\
                 rows = [[\"[living]\", \"1\"], [\"!= other\", \"2\"], [\"-\", \"3\"]]";
    let defined = "[define]\nliving = \"age + 1\"\n\n[parameters.other]\ntitles = { en = \"Other\" }\n\
                   values = [{ from = 2026-01-01, value = \"elsewhere\" }]\n";
    for (age, residence, amount) in [(5, "elsewhere", "1.00"), (50, "registered", "2.00"), (50, "elsewhere", "3.00")] {
        let folder = scratch();
        let facts = format!("{{ age = {age}, residence = \"{residence}\" }}");
        check(folder.path(), &rule(table, defined), "", "2026-06-01", &facts, amount);
    }
}

#[test]
fn a_name_where_a_text_belongs_is_told_with_the_quotes_that_a_word_needs() {
    let of = |table: &str| {
        let folder = scratch();
        let more = "[define]\nold = \"age + 1\"\nkind = 'if age > 9 then string(age) else \"a\"'\n";
        let (is_built, said) = built(folder.path(), &rule(table, more), b"");
        assert!(!is_built, "{said}");
        said
    };
    let said = of("inputs = [\"kind\"]\nrows = [[\"old\", \"1\"]]");
    assert_contains(&said, "`old` is a value of `[define]` here");
    assert_contains(&said, "put the word in quotes if it is meant: `\"old\"`");
    assert_lacks(&said, "without quotes");
    let said = of("inputs = [\"age\"]\nrows = [[\"1\", \"old\"], [\"2\", \"\\\"young\\\"\"]]");
    assert_contains(&said, "put the word in quotes if it is meant: `\"old\"`");
    let said = of("inputs = [\"residence\"]\nrows = [[\"Living\", \"1\"]]");
    assert_contains(&said, "`Living` is none of the words");
    assert_contains(&said, "did you mean `living`? the words are `registered`, `living`");
}

#[test]
fn characters_that_nobody_sees_and_texts_of_another_encoding_are_told() {
    let said = told("first", "age,amount\n< 5\u{200b},1\n-,2\n");
    assert_contains(&said, "N/benefit/band.csv, row 2, column 1");
    assert_contains(&said, "the cell holds the hidden character U+200B");
    let said = told("first", "age\u{200b},amount\n< 5,1\n-,2\n");
    assert_contains(&said, "N/benefit/band.csv, row 1, column 1");
    let wide: Vec<u8> = "age,amount\n-,1\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let said = told("first", wide);
    assert_contains(&said, "the text is UTF-16 (\"Unicode text\") or holds NUL characters");
    assert_contains(&said, "CSV UTF-8");
}

#[test]
fn a_number_with_marks_is_not_mended_to_one_of_two_that_may_be_meant() {
    let said = told("first", "age;amount\n-;1,000\n");
    assert_contains(&said, "`1,000` may mean 1000 or 1.000: write the one that is meant");
    assert_lacks(&said, "write 1.000;");
    let said = told("first", "age;amount\n-;1.234.5\n");
    assert_contains(&said, "a number has at most one point");
    assert_lacks(&said, "12345");
    let said = told("first", "age;amount\n-;1 234.5\n");
    assert_contains(&said, "type `1234.5` if it is one number");
}

#[test]
fn a_fact_more_changes_no_cell_of_a_choice() {
    let folder = scratch();
    let rule = rule("inputs = [\"residence\"]\nrows = [[\"living\", \"1\"], [\"-\", \"2\"]]\nhit = \"first\"", "");
    let book = book(folder.path(), &rule);
    let facts = fs::read_to_string(book.join("facts.toml")).unwrap();
    let more = facts.split("[residence]").nth(1).unwrap().split("[income]").next().unwrap();
    fs::write(book.join("facts.toml"), format!("{facts}\n[living]{more}")).unwrap();
    edit(&book.join("services/benefit.toml"), "[\"age\", ", "[\"age\", \"living\", ");
    let case = "[[cases]]\nname = \"a\"\nas_of = 2026-06-01\n\
                facts = { age = 5, residence = \"living\", living = \"elsewhere\" }\n\
                expect = { outcome = \"eligible\", grant = { amount = \"1.00\" } }\n";
    fs::write(book.join("N/benefit/cases/a.toml"), case).unwrap();
    let tested = run(&["test", book.to_str().unwrap()]);
    assert!(tested.status.success(), "{}", text_of(&tested));
}

#[test]
fn a_number_whose_comma_makes_two_cells_is_refused_where_the_row_has_more_cells_than_the_header() {
    let said = told("first", "residence,age,amount,# remark\nliving,-,115,50,\n-,-,2,\n");
    assert_contains(&said, "N/benefit/band.csv, row 2, column 3");
    assert_contains(&said, "the row has 5 cells, and the header 4: the comma in `115,50` may make two cells");
    assert_contains(&said, "write 115.50; or put a cell that holds a comma in quotes");
    let said = told("first", "age,amount,# remark\n-,1,115.50,old\n");
    assert_contains(&said, "write 1115.50");
    let said = told("first", "age,amount\n< 5,1\n-,2,\n");
    assert_contains(&said, "N/benefit/band.csv, row 3, column 3");
    assert_contains(&said, "the row has 3 cells, and the header 2: a `,` within a cell makes two cells of it");
    let said = told("first", "age;amount\n< 5;1;\n-;2\n");
    assert_contains(&said, "a `;` within a cell");
}

#[test]
fn a_table_whose_header_and_rows_are_padded_alike_is_read() {
    let folder = scratch();
    let table = "age,amount,# remark,,\n< 5,115.50,,,\n-,\"116.50\",new,,\n";
    check(
        folder.path(),
        &rule("file = \"band.csv\"\nhit = \"first\"", ""),
        table,
        "2026-06-01",
        "{ age = 3 }",
        "115.50",
    );
}

#[test]
fn a_number_alone_in_a_remark_behind_the_output_is_warned_of() {
    let warned = |table: &str| {
        let folder = scratch();
        let (is_built, said) =
            built(folder.path(), &rule("file = \"band.csv\"\nhit = \"first\"", ""), table.as_bytes());
        assert!(is_built, "{said}");
        said
    };
    let said = warned("age,amount,# remark\n< 5,1,115.50\n< 9,2,\n-,3,new since May\n");
    assert_contains(&said, "warning: N/benefit/band.csv, row 2, column 3: the remark is only the number `115.50`");
    assert_contains(&said, "is it a part of the number before it, `1`, parted by a comma? (write 1115.50 if it is");
    assert_contains(&warned("age,amount,# remark\n< 5,115,50\n-,3,\n"), "write 115.50 if it is");
    for other in [
        "age,amount,# remark\n< 5,115.50,50\n-,3,\n",
        "age,amount,# row\n< 5,115,1\n< 9,116,2\n-,3,3\n",
        "age,# remark,amount\n< 5,50,115\n-,,3\n",
        "age,amount,# remark\n< 5,115,see article 5\n-,3,\n",
    ] {
        assert_lacks(&warned(other), "is it a part of the number");
    }
}
