//! Decision tables in sheets and text beside a rule: what their columns, days and cells mean, and what is refused at
//! its cell.

use std::fs;
use std::path::Path;

use crate::assertions::{assert_contains, assert_lacks};
use crate::expression_rules::book;
use crate::support::{run, scratch, text_of};
use crate::workbooks::{SHEET, row, sheet, with_part};

/// A rule whose amount comes from the table `band` in a file.
fn rule(table: &str) -> String {
    format!(
        r#"
[[criteria]]
id = "known"
when = "age < 140"
titles = {{ en = "Known" }}
provision = {{ document = "Act", article = "1" }}

[grant]
amount = "band"

[tables.band]
{table}
"#
    )
}

/// A case and what it expects.
fn case(day: &str, facts: &str, amount: &str) -> String {
    format!(
        "[[cases]]\nname = \"{amount}\"\nas_of = {day}\nfacts = {facts}\n\
         expect = {{ outcome = \"eligible\", grant = {{ amount = \"{amount}\" }} }}\n\n"
    )
}

fn write_book(folder: &Path, table: &str, file: &str, content: &[u8], cases: &str) -> String {
    let book = book(folder, &rule(table));
    fs::write(book.join("N/benefit").join(file), content).unwrap();
    fs::write(book.join("N/benefit/cases/a.toml"), cases).unwrap();
    book.to_str().unwrap().to_owned()
}

/// Checks that the cases pass with a table in a file.
fn check(table: &str, file: &str, content: &[u8], cases: &str) {
    let folder = scratch();
    let dir = write_book(folder.path(), table, file, content, cases);
    let tested = run(&["test", &dir]);
    assert!(tested.status.success(), "{}", text_of(&tested));
}

/// What a build says of a table in a file.
fn told(table: &str, file: &str, content: &[u8]) -> String {
    let folder = scratch();
    let dir = write_book(folder.path(), table, file, content, "cases = []\n");
    let built = run(&["build", &dir]);
    assert_eq!(built.status.code(), Some(1), "{}", text_of(&built));
    text_of(&built)
}

/// A workbook of Excel with these rows of texts.
fn workbook(rows: &[&[&str]]) -> Vec<u8> {
    let rows: String = (1..).zip(rows).map(|(number, texts)| row(number, texts)).collect();
    with_part("openpyxl.xlsx", SHEET, |_| sheet(&rows))
}

#[test]
fn a_table_in_text_has_its_expressions_in_the_header_and_its_output_last() {
    let table = "age,residence,# remark,amount\n\"[0..80)\",\"registered, living\",young,100.00\n>= 80,-,old,150.00\n\"[0..80)\",elsewhere,,0\n";
    let cases = case("2026-06-01", "{ age = 79, residence = \"living\" }", "100.00")
        + &case("2026-06-01", "{ age = 80 }", "150.00")
        + &case("2026-06-01", "{ age = 0, residence = \"elsewhere\" }", "0.00");
    check("file = \"band.csv\"", "band.csv", table.as_bytes(), &cases);
}

#[test]
fn a_table_in_a_workbook_gives_the_same() {
    let rows: [&[&str]; 3] = [&["age", "amount"], &["&lt; 80", "100.00"], &["[80..150]", "age + 70"]];
    let cases = case("2026-06-01", "{ age = 79 }", "100.00") + &case("2026-06-01", "{ age = 80 }", "150.00");
    check("file = \"band.xlsx\"", "band.xlsx", &workbook(&rows), &cases);
}

#[test]
fn columns_of_days_make_a_dated_table_whose_rows_end_where_the_next_begins() {
    let table = "from,until,age,amount\n2026-01-01,,< 80,100.00\n2026-07-01,,< 80,110.00\n2026-01-01,2026-03-01,>= 80,150.00\n2026-03-01,,>= 80,160.00\n";
    let cases = case("2026-06-30", "{ age = 79 }", "100.00")
        + &case("2026-07-01", "{ age = 79 }", "110.00")
        + &case("2026-02-28", "{ age = 80 }", "150.00")
        + &case("2026-03-01", "{ age = 80 }", "160.00");
    check("file = \"band.csv\"", "band.csv", table.as_bytes(), &cases);
}

#[test]
fn headings_for_people_stand_beside_expressions_in_the_manifest() {
    let rows: [&[&str]; 3] = [&["Alter", "Betrag"], &["&lt; 80", "100.00"], &["&gt;= 80", "150.00"]];
    let table = "file = \"band.xlsx\"\ninputs = [\"age\"]\noutputs = [\"amount\"]";
    check(table, "band.xlsx", &workbook(&rows), &case("2026-06-01", "{ age = 80 }", "150.00"));
}

#[test]
fn a_mistake_in_a_sheet_is_told_with_its_cell() {
    let table = "file = \"band.xlsx\"";
    let of =
        |cells: [&str; 2]| told(table, "band.xlsx", &workbook(&[&["age", "amount"], &["&lt; 80", "100.00"], &cells]));
    assert_contains(&of(["&gt;= eighty", "1"]), "N/benefit/band.xlsx, sheet 1, A3");
    assert_contains(&of(["&gt;= 80", "217,50"]), "a comma separates two values");
    assert_contains(&of(["&gt;= 80", "217,50"]), "N/benefit/band.xlsx, sheet 1, B3");
    assert_contains(&of(["&gt;= 80", "22 %"]), "a percentage is no number here");
    assert_contains(&of(["&gt;= 80", ""]), "the row has no output here");
}

#[test]
fn merged_cells_and_formulas_without_a_value_are_told_with_their_cell() {
    let rows = [row(1, &["age", "amount"]), row(2, &["&lt; 80", "100.00"]), row(3, &["&gt;= 80", "150.00"])].concat();
    let merged = with_part("openpyxl.xlsx", SHEET, |_| {
        sheet(&rows)
            .replace("</sheetData>", "</sheetData><mergeCells count=\"1\"><mergeCell ref=\"A2:A3\"/></mergeCells>")
    });
    let said = told("file = \"band.xlsx\"", "band.xlsx", &merged);
    assert_contains(&said, "these cells are merged");
    assert_contains(&said, "N/benefit/band.xlsx, sheet 1, A2");
    let formula = with_part("openpyxl.xlsx", SHEET, |_| {
        sheet(&[row(1, &["age", "amount"]), "<row r=\"2\"><c r=\"A2\"><f>1+1</f></c></row>".to_owned()].concat())
    });
    let said = told("file = \"band.xlsx\"", "band.xlsx", &formula);
    assert_contains(&said, "this is a formula without a stored value");
    assert_contains(&said, "N/benefit/band.xlsx, sheet 1, A2");
}

#[test]
fn a_file_that_is_no_table_is_told_at_the_manifest() {
    let said = |table: &str, file: &str, content: &[u8]| told(table, file, content);
    assert_contains(&said("file = \"none.csv\"", "band.csv", b""), "`none.csv` can't be read");
    assert_contains(&said("file = \"../band.csv\"", "band.csv", b""), "is no file beside rule.toml");
    assert_contains(
        &said("file = \"band.txt\"", "band.txt", b"a,b"),
        "a table is a workbook (.xlsx or .ods) or text (.csv)",
    );
    assert_contains(&said("file = \"band.xlsx\"", "band.xlsx", b"PK"), "it can't be unpacked");
    assert_contains(
        &said("file = \"band.csv\"\nsheet = \"A\"", "band.csv", b"a,b\n1,2\n"),
        "a file of text has no sheets",
    );
    let rows: [&[&str]; 2] = [&["age", "amount"], &["-", "1"]];
    assert_contains(
        &said("file = \"band.xlsx\"\nsheet = \"Other\"", "band.xlsx", &workbook(&rows)),
        "it has no visible sheet `Other`",
    );
    let many = format!("age,amount\n{}", "1,2\n".repeat(300_000));
    assert_contains(
        &said("file = \"band.csv\"", "band.csv", many.as_bytes()),
        "the table has more than 500000 cells with content",
    );
    assert_contains(
        &said("file = \"band.csv\"\ninputs = [\"age\", \"income\"]", "band.csv", b"a,b\n1,2\n"),
        "the table has 1 columns of conditions, and rule.toml has 2 inputs",
    );
}

/// What a build that succeeds says of a table in a file.
fn remarked(table: &str, file: &str, content: &[u8]) -> String {
    let folder = scratch();
    let dir = write_book(folder.path(), table, file, content, "cases = []\n");
    let built = run(&["build", &dir]);
    assert!(built.status.success(), "{}", text_of(&built));
    text_of(&built)
}

#[test]
fn a_build_warns_of_gaps_rows_never_reached_and_what_it_could_not_decide_at_their_cells() {
    let table = "file = \"band.xlsx\"\nhit = \"first\"";
    let of = |rows: &[&[&str]]| remarked(table, "band.xlsx", &workbook(rows));
    let gap = of(&[&["age", "amount"], &["&lt; 18", "1"], &["&gt; 18", "2"]]);
    assert_contains(&gap, "warning: N/benefit/rule.toml:17:9: no row of `band` matches `age = 18`");
    let two = of(&[&["age", "amount"], &["&lt; 18", "1"], &["19", "2"]]);
    assert_eq!(two.matches("no row of `band`").count(), 2, "{two}");
    assert_eq!(two.matches("write a row for these values; or `default = ...`").count(), 1, "{two}");
    let lost = of(&[&["age", "amount"], &["-", "1"], &["&gt; 18", "2"]]);
    let words = "warning: N/benefit/band.xlsx, sheet 1, A3: row 2 of `band` is never reached: others match first \
                 whatever it matches, such as row 1 for `age = 19`";
    assert_contains(&lost, words);
    let open =
        of(&[&["age", "residence", "amount"], &["? &gt; 1 + 1 * min([2, 3])", "-", "1"], &["&gt; 18", "-", "2"]]);
    assert_contains(&open, "warning: N/benefit/band.xlsx, sheet 1, A2: `band` isn't decided");
    assert_contains(&open, "no other row matches `age = 0, residence = \"registered\"`");
}

#[test]
fn a_table_that_several_rules_share_is_remarked_upon_once_and_one_that_covers_every_case_not_at_all() {
    let whole = "age,amount\n< 18,1\n>= 18,2\n";
    assert!(!remarked("file = \"band.csv\"", "band.csv", whole.as_bytes()).contains("warning: N/"));
    let folder = scratch();
    let gap = b"age,amount\n< 18,1\n> 18,2\n";
    let dir = write_book(folder.path(), "file = \"band.csv\"", "band.csv", gap, "cases = []\n");
    let lower = Path::new(&dir).join("N-1/benefit");
    fs::create_dir_all(&lower).unwrap();
    let own = fs::read_to_string(Path::new(&dir).join("N/benefit/rule.toml")).unwrap();
    let head = own.split("[[criteria]]").next().unwrap();
    fs::write(lower.join("rule.toml"), head.replace("\"N\"", "\"N-1\"\nextends = \"N\"")).unwrap();
    let said = text_of(&run(&["check", &dir]));
    assert_eq!(said.matches("no row of `band` matches `age = 18`").count(), 1, "{said}");
}

#[test]
fn rows_that_overlap_are_refused_at_the_cell_of_the_later_one_with_a_case() {
    let rows: [&[&str]; 3] = [&["age", "amount"], &["&lt;= 18", "1"], &["&gt;= 18", "2"]];
    let said = told("file = \"band.xlsx\"", "band.xlsx", &workbook(&rows));
    assert_contains(&said, "rows 1 and 2 of `band` both match `age = 18`, which `unique` forbids");
    assert_contains(&said, "N/benefit/band.xlsx, sheet 1, A3");
}

#[test]
fn a_build_warns_of_a_row_that_a_later_day_leaves_out_at_its_cell() {
    let table = "from,until,age,amount\n2026-01-01,,< 20,100.00\n2026-01-01,,[20..40),150.00\n\
                 2026-01-01,,>= 40,160.00\n2027-01-01,,< 20,110.00\n2027-01-01,,>= 40,170.00\n";
    let text = |table: &str| remarked("file = \"band.csv\"", "band.csv", table.as_bytes());
    let said = text(table);
    assert_contains(
        &said,
        "warning: N/benefit/band.csv, row 3, column 1: no row from 2027-01-01 has `[20..40)` of `age`, though 2 others \
         begin anew that day: this row still holds (write a row from 2027-01-01 for it, with this row's output if that \
         stays; or end this row in a column `until`)",
    );
    assert_lacks(&text(&format!("{table}2027-01-01,,[20..40),150.00\n")), "this row still holds");
    let ended = table.replace("2026-01-01,,[20..40)", "2026-01-01,2030-01-01,[20..40)");
    assert_lacks(&text(&ended), "this row still holds");
    let own_days = "from,age,amount\n2026-01-01,< 20,100.00\n2026-01-01,>= 20,150.00\n2027-01-01,< 20,110.00\n";
    assert_lacks(&text(own_days), "this row still holds");
    let rows: [&[&str]; 6] = [
        &["from", "age", "amount"],
        &["2026-01-01", "&lt; 20", "100"],
        &["2026-01-01", "[20..40)", "150"],
        &["2026-01-01", "&gt;= 40", "160"],
        &["2027-01-01", "&lt; 20", "110"],
        &["2027-01-01", "&gt;= 40", "170"],
    ];
    let said = remarked("file = \"band.xlsx\"", "band.xlsx", &workbook(&rows));
    assert_contains(&said, "warning: N/benefit/band.xlsx, sheet 1, A3: no row from 2027-01-01 has `[20..40)` of `age`");
}

#[test]
fn a_build_warns_of_rows_that_a_later_day_leaves_out_which_renews_as_many_others() {
    let old = "from,age,amount\n2026-01-01,< 20,100\n2026-01-01,[20..40),150\n2026-01-01,[40..60),160\n2026-01-01,>= 60,170\n";
    let said_of = |new: &str| remarked("file = \"band.csv\"", "band.csv", format!("{old}{new}").as_bytes());
    let said = said_of("2027-01-01,< 20,110\n2027-01-01,[40..60),165\n");
    assert_contains(
        &said,
        "band.csv, row 3, column 1: no row from 2027-01-01 has `[20..40)` of `age`, though 2 others",
    );
    assert_contains(&said, "band.csv, row 5, column 1: no row from 2027-01-01 has `>= 60` of `age`, though 2 others");
    assert_lacks(&said_of("2027-01-01,< 20,110\n"), "this row still holds");
}

#[test]
fn days_of_rows_are_read_in_the_forms_of_sheets_of_cases() {
    let cases = case("2026-06-30", "{ age = 79 }", "100.00") + &case("2026-07-01", "{ age = 79 }", "110.00");
    for (old, new) in [("2026/1/1", "2026/7/1"), ("2026年1月1日", "2026年7月1日"), ("2026.1.1", "2026-07-01 00:00:00")]
    {
        let table = format!("from,age,amount\n{old},-,100.00\n{new},-,110.00\n");
        check("file = \"band.csv\"", "band.csv", table.as_bytes(), &cases);
    }
    let said = |day: &str| {
        told("file = \"band.csv\"", "band.csv", format!("from,age,amount\n{day},-,1\n{day},5,1\n").as_bytes())
    };
    assert_contains(&said("1/7/2026"), "this may be a day of one month or of another");
    assert_contains(&said("1/7/2026"), "N/benefit/band.csv, row 2, column 1");
    assert_contains(&said("2026/2/30"), "this day doesn't exist");
    assert_contains(&said("soon"), "this is no day with the year first");
}

#[test]
fn a_last_column_of_remarks_without_its_sign_is_told_once() {
    let told_of = |rows: &str| told("file = \"band.csv\"", "band.csv", rows.as_bytes());
    let said = told_of("age,amount,remark\n< 18,1,\n[18..60),2,see order 2025\n>= 60,3,since 2024\n");
    let words = "the last column, `remark`, is taken as the output, and no cell of it gives one";
    assert_contains(&said, words);
    assert_contains(&said, "head it `# remark` if it is a remark");
    assert_contains(&said, "N/benefit/band.csv, row 1, column 3");
    assert_lacks(&said, "without its unit");
    assert_lacks(&said, "no output here");
    assert_contains(&told_of("age,amount,why\n< 18,1,\n>= 18,2,the law of 2025\n"), "head it `# why`");
    assert_contains(&told_of("age,amount,remark\n< 18,1,new\n>= 18,2,old\n"), "head it `# remark`");
    assert_contains(&told_of("age,amount\n< 18,\n>= 18,150 USD\n"), "the row has no output here");
}

#[test]
fn a_build_warns_of_a_list_of_a_parameter_that_becomes_shorter_at_its_line() {
    let said = |values: &str| {
        let folder = scratch();
        let parameter =
            format!("[parameters.steps]\ntitles = {{ en = \"Steps\" }}\nunit = \"USD\"\nvalues = [\n{values}]\n");
        let rule = rule("inputs = [\"age\"]\nrows = [[\"-\", \"steps[1].amount\"]]");
        let book = book(folder.path(), &(rule + &parameter));
        text_of(&run(&["build", book.to_str().unwrap()]))
    };
    let row = |size: u32| format!("{{ size = {size}, amount = \"{size}.00\" }}");
    let list = |day: &str, sizes: &[u32]| {
        let rows: Vec<String> = sizes.iter().map(|size| row(*size)).collect();
        format!("    {{ from = {day}, value = [{}] }},\n", rows.join(", "))
    };
    let old = list("2026-01-01", &[1, 2, 3]);
    let new = |sizes: &[u32]| list("2027-01-01", sizes);
    let said_of = |sizes: &[u32]| said(&format!("{old}{}", new(sizes)));
    let shorter = said_of(&[1, 3]);
    let lost = "the list `steps` of 2027-01-01 has no `size = 2`, which that of 2026-01-01 has: from 2027-01-01 on";
    assert_contains(&shorter, lost);
    assert_contains(&shorter, "warning: N/benefit/rule.toml:25:34: ");
    assert_contains(&shorter, "repeat there what the law still has");
    assert_contains(&said_of(&[1, 2]), "has no `size = 3`");
    for sizes in [&[1, 2, 3][..], &[1, 4], &[1]] {
        assert_lacks(&said_of(sizes), "which that of");
    }
    let ended = old.replace("value =", "until = 2026-12-01, value =");
    assert_lacks(&said(&format!("{ended}{}", new(&[1, 3]))), "which that of");
}
