//! Rules as expressions and their tables with input of every bad kind, and what the tools say of a case in which an
//! expression fails.

use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::assertions::{assert_contains, assert_lacks};
use crate::expression_rules::book;
use crate::support::{edit, run, scratch, text_of};
use crate::workbooks::{SHEET, row, sheet, with_part};

/// A rule of one criterion.
fn rule(when: &str, more: &str) -> String {
    format!(
        "\n[[criteria]]\nid = \"met\"\nwhen = '''{when}'''\ntitles = {{ en = \"Met\" }}\n\
         provision = {{ document = \"Act\", article = \"1\" }}\n{more}"
    )
}

/// What a build says of a rule with files beside it; the build fails, and ends by itself.
fn told(rule: &str, files: &[(&str, &[u8])]) -> String {
    let folder = scratch();
    let book = book(folder.path(), rule);
    for (name, content) in files {
        fs::write(book.join("N/benefit").join(name), content).unwrap();
    }
    let built = run(&["build", book.to_str().unwrap()]);
    assert_eq!(built.status.code(), Some(1), "{}", text_of(&built));
    text_of(&built)
}

/// A rule whose amount is a table in a file.
fn with_table(file: &str) -> String {
    rule("age < 140", &format!("\n[grant]\namount = \"band\"\n\n[tables.band]\nfile = \"{file}\"\n"))
}

#[test]
fn characters_of_an_input_method_are_told_with_the_one_to_type() {
    let said = told(&rule("age ＞= 80", "\n[grant]\namount = \"1\"\n"), &[]);
    assert_contains(&said, "N/benefit/rule.toml:10:15");
    assert_contains(&said, "`＞=` is written in characters of full width");
    assert_contains(&said, "type `>=`");
    let said = told(&rule("age >= ８０", "\n[grant]\namount = \"1\"\n"), &[]);
    assert_contains(&said, "type `80`");
    let said = told(&rule("residence = “living”", "\n[grant]\namount = \"1\"\n"), &[]);
    assert_contains(&said, "type `\"living\"`");
    let said = told(&rule("not（age ≥ 80）", "\n[grant]\namount = \"1\"\n"), &[]);
    assert_contains(&said, "type `(`");
    assert_contains(&said, "type `>=`");
    let table = "age,amount\n\"[0，80)\",1\n>= 80,2\n";
    let said = told(&with_table("band.csv"), &[("band.csv", table.as_bytes())]);
    assert_contains(&said, "N/benefit/band.csv, row 2, column 1");
    assert_contains(&said, "type `,`");
}

#[test]
fn a_decimal_comma_is_told_in_an_expression_and_in_a_cell() {
    let said = told(&rule("income < 217,50", "\n[grant]\namount = \"1\"\n"), &[]);
    assert_contains(&said, "N/benefit/rule.toml:10:20");
    assert_contains(&said, "type `217.50`");
    let said = told(&with_table("band.csv"), &[("band.csv", b"age;amount\n-;217,50\n")]);
    assert_contains(&said, "N/benefit/band.csv, row 2, column 2");
}

#[test]
fn an_expression_nested_ten_thousand_deep_is_refused_in_a_moment() {
    let nested = "more than 128 deep one within another";
    let deep = |open: &str, middle: &str, close: &str, words: &str| {
        let nested = format!("{}{middle}{}", open.repeat(10_000), close.repeat(10_000));
        let said = told(&rule(&nested, "\n[grant]\namount = \"1\"\n"), &[]);
        assert_contains(&said, words);
    };
    deep("(", "age > 1", ")", nested);
    deep("if age > 1 then ", "true", " else false", "at most 65536 are read");
    deep("not(", "age > 1", ")", nested);
    deep("[", "1", "]", nested);
    // A chain of as many operators isn't nested.
    let folder = scratch();
    let chain = format!("age{} > 1", " + 1".repeat(10_000));
    let book = book(folder.path(), &rule(&chain, "\n[grant]\namount = \"1\"\n"));
    let built = run(&["build", book.to_str().unwrap()]);
    assert_lacks(&text_of(&built), "panicked");
    assert!(matches!(built.status.code(), Some(0 | 1)), "{}", text_of(&built));
}

#[test]
fn values_that_are_defined_by_each_other_are_told() {
    let cycle = "\n[define]\na = \"b + 1\"\nb = \"c\"\nc = \"a * 2\"\n\n[grant]\namount = \"1\"\n";
    let said = told(&rule("a > 1", cycle), &[]);
    assert_contains(&said, "N/benefit/rule.toml:16:");
    assert_contains(&said, "`c` needs itself: c -> a -> b -> c");
    assert_lacks(&said, "panicked");
}

#[test]
fn a_table_in_an_open_document_gives_its_rows_and_tells_its_cells() {
    let cell = |text: &str| {
        format!("<table:table-cell office:value-type=\"string\"><text:p>{text}</text:p></table:table-cell>")
    };
    let number = |value: &str| {
        format!(
            "<table:table-cell office:value-type=\"float\" office:value=\"{value}\"><text:p>{value}</text:p></table:table-cell>"
        )
    };
    let document = |rows: &[String]| {
        let rows: String = rows.iter().map(|cells| format!("<table:table-row>{cells}</table:table-row>")).collect();
        with_part("libreoffice.ods", "content.xml", |text| {
            let start = text.find("<table:table-row").unwrap();
            let end = text.find("</table:table>").unwrap();
            format!("{}{rows}{}", &text[..start], &text[end..])
        })
    };
    let head = cell("age") + &cell("amount");
    let rows = [head.clone(), cell("&lt; 80") + &number("100"), cell("&gt;= 80") + &number("150.5")];
    let folder = scratch();
    let book = book(folder.path(), &with_table("band.ods"));
    fs::write(book.join("N/benefit/band.ods"), document(&rows)).unwrap();
    let case = "[[cases]]\nname = \"old\"\nas_of = 2026-06-01\nfacts = { age = 80 }\n\
                expect = { outcome = \"eligible\", grant = { amount = \"150.50\" } }\n";
    fs::write(book.join("N/benefit/cases/a.toml"), case).unwrap();
    let tested = run(&["test", book.to_str().unwrap()]);
    assert!(tested.status.success(), "{}", text_of(&tested));
    let said = told(&with_table("band.ods"), &[("band.ods", &document(&[head, cell("&gt;= eighty") + &number("1")]))]);
    assert_contains(&said, "N/benefit/band.ods, sheet 1, A2");
}

#[test]
fn a_sheet_of_a_million_cells_is_refused_and_so_is_one_that_unpacks_without_end() {
    let cells: String = (2..=62_501)
        .map(|number| {
            let cells: String = ('A'..='P').map(|column| format!("<c r=\"{column}{number}\"><v>1</v></c>")).collect();
            format!("<row r=\"{number}\">{cells}</row>")
        })
        .collect();
    let header: Vec<String> = (1..=16).map(|column| format!("c{column}")).collect();
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    let million = with_part("openpyxl.xlsx", SHEET, |_| sheet(&(row(1, &header) + &cells)));
    let said = told(&with_table("band.xlsx"), &[("band.xlsx", &million)]);
    assert_contains(&said, "has more than 500000 cells with content");
    let mut bomb = ZipWriter::new(Cursor::new(Vec::new()));
    bomb.start_file("xl/worksheets/sheet1.xml", SimpleFileOptions::default()).unwrap();
    let zeros = vec![b'0'; 1 << 20];
    (0..1_025).for_each(|_| bomb.write_all(&zeros).unwrap());
    let bomb = bomb.finish().unwrap().into_inner();
    assert!(bomb.len() < 2 << 20, "it is small while packed: {}", bomb.len());
    let said = told(&with_table("band.xlsx"), &[("band.xlsx", &bomb)]);
    assert_contains(&said, "the workbook takes more than 1024 MiB unpacked");
}

#[test]
fn a_formula_counts_with_its_stored_value() {
    let folder = scratch();
    let book = book(folder.path(), &with_table("band.xlsx"));
    let rows = row(1, &["age", "amount"])
        + "<row r=\"2\"><c r=\"A2\" t=\"inlineStr\"><is><t>-</t></is></c><c r=\"B2\"><f>100*2</f><v>200</v></c></row>";
    fs::write(book.join("N/benefit/band.xlsx"), with_part("openpyxl.xlsx", SHEET, |_| sheet(&rows))).unwrap();
    let case = "[[cases]]\nname = \"a\"\nas_of = 2026-06-01\nfacts = { age = 80 }\n\
                expect = { outcome = \"eligible\", grant = { amount = \"200.00\" } }\n";
    fs::write(book.join("N/benefit/cases/a.toml"), case).unwrap();
    let tested = run(&["test", book.to_str().unwrap()]);
    assert!(tested.status.success(), "{}", text_of(&tested));
}

/// A rulebook whose only case is one in which the rule fails.
fn failing(folder: &Path, rule: &str, facts: &str) -> String {
    let book = book(folder, rule);
    let case = format!(
        "[[cases]]\nname = \"failing\"\nas_of = 2026-06-01\nfacts = {facts}\nexpect = {{ outcome = \"ineligible\" }}\n"
    );
    fs::write(book.join("N/benefit/cases/a.toml"), case).unwrap();
    book.to_str().unwrap().to_owned()
}

#[test]
fn a_trace_names_the_expression_that_failed_its_line_and_the_values_on_the_way() {
    let folder = scratch();
    let defined = "\n[define]\nhalf = \"income / 2\"\nshare = \"half / (age - 80)\"\n\n[grant]\namount = \"1\"\n";
    let dir = failing(folder.path(), &rule("share > 5", defined), "{ age = 80, income = \"10.00\" }");
    let tested = run(&["test", &dir]);
    assert_eq!(tested.status.code(), Some(1), "{}", text_of(&tested));
    let traced = text_of(&run(&["trace", "N/benefit", "--dir", &dir, "--case", "failing"]));
    assert_contains(&traced, "the rule failed by a division by zero at rule.toml:16: `half / (age - 80)`");
    assert_contains(&traced, "  computed   half = 5");
    assert_contains(&traced, "  computed   share = failed: a division by zero");
    let json = text_of(&run(&["trace", "N/benefit", "--dir", &dir, "--case", "failing", "--json"]));
    assert_contains(&json, "\"trapped_at\":\"rule.toml:16\"");
    assert_contains(&json, "\"half\":\"5\"");
    let checked = text_of(&run(&["check", &dir]));
    assert_contains(&checked, "a division by zero at rule.toml:16");
}

#[test]
fn a_trace_names_the_cell_of_an_output_that_failed_and_the_table_without_a_row() {
    let folder = scratch();
    let dir = failing(folder.path(), &with_table("band.csv"), "{ age = 80 }");
    let table = Path::new(&dir).join("N/benefit/band.csv");
    fs::write(&table, "age,amount\n< 80,1\n>= 80,\"round half up(100 / (age - 80), 2)\"\n").unwrap();
    let trace = || text_of(&run(&["trace", "N/benefit", "--dir", &dir, "--case", "failing"]));
    let traced = trace();
    assert_contains(&traced, "a division by zero at band.csv, row 3, column 2: `100 / (age - 80)`");
    fs::write(&table, "age,amount\n< 80,1\n> 80,2\n").unwrap();
    let traced = trace();
    assert_contains(&traced, "no value: the list has no such item, or no row of the table matches at rule.toml:");
    assert_contains(&traced, "computed   met = true");
}

#[test]
fn a_test_and_a_decision_name_the_expression_that_failed_as_a_trace_does() {
    let folder = scratch();
    let dir = failing(folder.path(), &with_table("band.csv"), "{ age = 80 }");
    let table = Path::new(&dir).join("N/benefit/band.csv");
    fs::write(&table, "age,amount\n< 80,1\n> 80,2\n").unwrap();
    let why = "by no value: the list has no such item, or no row of the table matches at rule.toml:15: `band`";
    let tested = run(&["test", &dir]);
    assert_eq!(tested.status.code(), Some(1), "{}", text_of(&tested));
    assert_contains(&text_of(&tested), &format!("       N/benefit failed {why}\n"));
    let json = text_of(&run(&["test", &dir, "--json"]));
    assert_contains(&json, &format!("\"failed_rules\":[\"N/benefit failed {why}\"]"));
    let decide = |more: &[&str]| {
        let words = ["decide", "N/benefit", "age=80", "--as-of", "2026-06-01", "--dir", &dir];
        text_of(&run(&[&words[..], more].concat()))
    };
    assert_contains(&decide(&[]), &format!("  {why}\n"));
    assert_contains(&decide(&["--json"]), &format!("note: N/benefit failed {why}\n"));
    let page = folder.path().join("report.html");
    run(&["test", &dir, "--report", &format!("html={}", page.display())]);
    assert_contains(&fs::read_to_string(&page).unwrap(), "N/benefit failed by no value");
    // A built rulebook has no sources to say where.
    let built = Path::new(&dir).join("target/rulebook");
    let tested = run(&["test", built.to_str().unwrap()]);
    assert_eq!(tested.status.code(), Some(1), "{}", text_of(&tested));
    assert_lacks(&text_of(&tested), "rule.toml:15");
}

#[test]
fn a_trace_names_a_number_that_becomes_too_large() {
    let folder = scratch();
    let defined = "\n[define]\nhuge = \"(income + 10) ** (income * 100)\"\n\n[grant]\namount = \"1\"\n";
    let dir = failing(folder.path(), &rule("huge > 5", defined), "{ age = 80, income = \"99999.00\" }");
    let traced = text_of(&run(&["trace", "N/benefit", "--dir", &dir, "--case", "failing"]));
    assert_contains(&traced, "an overflow: a number becomes too large at rule.toml:15");
}

#[test]
fn a_boundary_names_the_conditions_that_turn_with_their_line_and_the_row_of_the_table() {
    let folder = scratch();
    let table = "\n[grant]\namount = \"band\"\n\n[tables.band]\nfile = \"band.csv\"\n";
    let dir = failing(folder.path(), &rule("income < 300.00 + 20 or age >= 90", table), "{ age = 1 }");
    let sheet = Path::new(&dir).join("N/benefit/band.csv");
    fs::write(sheet, "age,amount\n< 60,1\n>= 60,2\n").unwrap();
    let found = text_of(&run(&["boundary", "N/benefit", "--dir", &dir]));
    assert_contains(&found, "changes where `income` goes from 319.99 to 320.");
    assert_contains(&found, "# rule.toml:10, `income < 300.00 + 20`");
    assert_contains(&found, "changes where `age` goes from 89 to 90.");
    assert_contains(&found, "# rule.toml:10, `age >= 90`");
    assert_contains(&found, "changes where `age` goes from 59 to 60.");
    assert_contains(&found, "# band.csv, row 2, column 1, `< 60`");
    assert_contains(&found, "# band.csv, row 3, column 1, `>= 60`");
    let json = text_of(&run(&["boundary", "N/benefit", "--dir", &dir, "--json"]));
    assert_contains(&json, "\"turned\":[\"rule.toml:10, `age >= 90`\"]");
}

const AMOUNT: &str = "\n[grant]\namount = \"1\"\n";

#[test]
fn a_defined_value_or_a_table_with_a_name_of_the_language_is_refused_at_its_line() {
    for (name, kind) in [
        ("max", "a built-in function"),
        ("less", "a built-in function"),
        ("null", "a word of the language"),
        ("true", "a word of the language"),
        ("if", "a word of the language"),
        ("and", "a word of the language"),
        ("in", "a word of the language"),
        ("facts", "a word with a meaning of its own in expressions"),
    ] {
        let said = told(&rule("age < 140", &format!("\n[define]\n{name} = \"age + 1\"\n{AMOUNT}")), &[]);
        assert_contains(&said, &format!("`{name}` is {kind}, and can't be the name of a value"));
        assert_contains(&said, "N/benefit/rule.toml:15:");
        assert_contains(&said, "help: give the value another name");
    }
    let table = "\n[tables.min]\ninputs = [\"age\"]\nrows = [[\"-\", \"1\"]]\n";
    let said = told(&rule("age < 140", &format!("{AMOUNT}{table}")), &[]);
    assert_contains(&said, "`min` is a built-in function");
    // Also where a rule adds it to that of another place.
    let folder = scratch();
    let book = book(folder.path(), &rule("age < 140", AMOUNT));
    let lower = book.join("N-1/benefit");
    fs::create_dir_all(&lower).unwrap();
    let head = fs::read_to_string(book.join("N/benefit/rule.toml")).unwrap();
    let head = head.split("[[criteria]]").next().unwrap().replace("\"N\"", "\"N-1\"\nextends = \"N\"");
    fs::write(lower.join("rule.toml"), format!("{head}\n[define]\nmax = \"age + 1\"\n\n[grant]\namount = \"max\"\n"))
        .unwrap();
    let said = text_of(&run(&["build", book.to_str().unwrap()]));
    assert_contains(&said, "`max` is a built-in function");
    assert_contains(&said, "N-1/benefit/rule.toml:11:");
}

#[test]
fn a_fact_and_a_parameter_with_a_name_of_the_language_are_told_with_their_long_names() {
    let with_fact = |when: &str| {
        let folder = scratch();
        let parameter = "\n[parameters.true]\ntitles = { en = \"Least age\" }\n\
                         values = [{ from = 2026-01-01, value = 80 }]\n";
        let book = book(folder.path(), &rule(when, &format!("{AMOUNT}{parameter}")));
        let facts = fs::read_to_string(book.join("facts.toml")).unwrap();
        let age = facts.split("[age]").nth(1).unwrap().split("[residence]").next().unwrap();
        fs::write(book.join("facts.toml"), format!("{facts}\n[in]{age}\n[max]{age}")).unwrap();
        edit(&book.join("services/benefit.toml"), "[\"age\", ", "[\"age\", \"in\", \"max\", ");
        run(&["build", book.to_str().unwrap()])
    };
    let said = text_of(&with_fact("in < parameters.true"));
    assert_contains(&said, "`in` is a word of the language; the fact of that name is `facts.in`");
    assert_lacks(&said, "`parameters.true`");
    let said = text_of(&with_fact("age < true"));
    assert_contains(&said, "`true` is a word of the language; the parameter of that name is `parameters.true`");
    let built = with_fact("facts.in < parameters.true and facts.max < max([max, 1])");
    assert!(!text_of(&built).contains("is a word of the language"), "{}", text_of(&built));
    let built = with_fact("facts.in < parameters.true and max(max, 9) > 8");
    assert!(built.status.success(), "{}", text_of(&built));
}

#[test]
fn more_defined_values_than_an_answer_can_tell_are_refused_at_their_line() {
    let of = |count: usize| {
        // The longest names, and numbers that grow.
        let name = |index: usize| format!("v{index:04}_{}", "x".repeat(58));
        let mut more = format!("\n[define]\n{} = \"age * 1.01\"\n", name(0));
        (1..count).for_each(|index| more += &format!("{} = \"{} + 1000.01\"\n", name(index), name(index - 1)));
        rule("age < 140", &format!("{more}\n[grant]\namount = \"floor(min(100, {}))\"\n", name(count - 1)))
    };
    let said = told(&of(2_000), &[]);
    assert_contains(&said, "a rule has at most 250 defined values, since an answer tells each");
    assert_contains(&said, "N/benefit/rule.toml:265:");
    assert_lacks(&said, "the compiler process");
    let folder = scratch();
    let book = book(folder.path(), &of(250));
    let case =
        "[[cases]]\nname = \"a\"\nas_of = 2026-06-01\nfacts = { age = 5 }\nexpect = { outcome = \"eligible\" }\n";
    fs::write(book.join("N/benefit/cases/a.toml"), case).unwrap();
    let tested = run(&["test", book.to_str().unwrap()]);
    assert!(tested.status.success(), "{}", text_of(&tested));
}

#[test]
fn a_parameter_that_is_a_text_for_the_marks_in_its_number_is_told_at_its_value() {
    for value in ["5,5", " 5", "1 000"] {
        let more = format!(
            "\n[grant]\namount = \"base\"\n\n[parameters.base]\ntitles = {{ en = \"Base\" }}\n\
             values = [{{ from = 2026-01-01, value = \"{value}\" }}]\n"
        );
        let said = told(&rule("age < 140", &more), &[]);
        assert_contains(&said, "this value of `base` is a text and no number");
        assert_contains(&said, "N/benefit/rule.toml:19:40");
        assert_contains(&said, "write a number with a point before its decimals");
        assert_lacks(&said, "rule.toml:15:");
    }
}

#[test]
fn a_letter_of_another_script_in_a_name_is_told() {
    let said = told(&rule("a\u{433}e < 140", AMOUNT), &[]);
    assert_lacks(&said, "look alike");
    let said = told(&rule("ag\u{435} < 140", AMOUNT), &[]);
    assert_contains(&said, "type `age`: the names differ though they look alike");
    assert_contains(&said, "U+0435");
}

#[test]
fn a_title_of_a_table_or_of_nothing_in_intermediates_is_told_at_its_own_line_with_where_it_belongs() {
    let table = "\n[grant]\namount = \"care\"\n\n[tables.care]\ninputs = [\"age\"]\nrows = [[\"-\", \"1\"]]\n";
    let named = |name: &str| {
        format!("{table}\n[define]\nold = \"age > 80\"\n\n[intermediates.{name}]\ntitles = {{ en = \"T\" }}\n")
    };
    let said = told(&rule("age < 140", &named("care")), &[]);
    assert_contains(&said, "give the table a title with `titles = { en = \"...\" }` under `[tables.care]`");
    assert_contains(&said, "N/benefit/rule.toml:24:");
    let said = told(&rule("age < 140", &named("olds")), &[]);
    assert_contains(&said, "`olds` in `[intermediates]` isn't in `[define]`");
    assert_contains(&said, "did you mean `old`?");
    assert_contains(&said, "N/benefit/rule.toml:24:");
}

#[test]
fn a_currency_by_another_name_is_told_with_its_code() {
    for name in ["RMB", "yuan", "元", "人民币"] {
        let number = format!(
            "\n[grant]\namount = \"monthly\"\n\n[parameters.monthly]\ntitles = {{ en = \"Monthly\" }}\n\
             unit = \"{name} per month\"\nvalues = [{{ from = 2026-01-01, value = \"1.00\" }}]\n"
        );
        assert_contains(&told(&rule("age < 140", &number), &[]), "did you mean `CNY`?");
    }
}
