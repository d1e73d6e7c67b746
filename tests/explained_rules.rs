//! A rule in words: on the terminal and as a page, with its articles, numbers, days and tables.

use std::fs;

use std::path::Path;

use serde_json::{Value, json};

use crate::assertions::{assert_contains, assert_includes, assert_lacks};
use crate::expression_rules::book;
use crate::support::{edit, root, run, scratch, text_of};

#[test]
fn a_rule_as_expressions_is_said_in_words_in_the_language_that_is_wanted() {
    let plugins = root().join("plugins");
    let dir = plugins.to_str().unwrap();
    let told = text_of(&run(&["explain", "CN-3706/disability-living-subsidy", "--dir", dir, "--language", "zh"]));
    for words in [
        "烟台市困难残疾人生活补贴",
        "烟台市 (CN-3706)",
        "符合国家规定的补贴条件 [national-conditions]",
        "残疾等级不大于2",
        "disability_grade <= 2",
        "2026-01-01  214.00",
        "下级可以扩大对象范围",
    ] {
        assert_contains(&told, words);
    }
    let english = text_of(&run(&["explain", "CN-3706/disability-living-subsidy", "--dir", dir]));
    assert_contains(&english, "Who is eligible");
    assert_contains(&english, "214.00 from 2026-01-01");
}

#[test]
fn a_language_that_there_is_not_is_refused() {
    let plugins = root().join("plugins");
    let dir = plugins.to_str().unwrap();
    for language in ["cn", "中文"] {
        let explain = ["explain", "CN-3706/disability-living-subsidy", "--dir", dir, "--language", language];
        for command in [&explain[..], &["diff", dir, dir, "--language", language]] {
            let refused = run(command);
            assert_eq!(refused.status.code(), Some(2), "{}", text_of(&refused));
            assert_contains(&text_of(&refused), &format!("there is no language `{language}`"));
            assert_contains(&text_of(&refused), "write en or zh");
        }
    }
}

#[test]
fn a_rule_in_rust_is_explained_as_far_as_its_manifest_goes() {
    let plugins = root().join("plugins");
    let told = text_of(&run(&["explain", "US-FL/cash-assistance", "--dir", plugins.to_str().unwrap()]));
    assert_contains(&told, "code in another language");
    assert_contains(&told, "Numbers and their days");
}

#[test]
fn a_page_is_one_file_about_one_rule() {
    let folder = scratch();
    let page = folder.path().join("rule.html");
    let path = page.to_str().unwrap();
    let plugins = root().join("plugins");
    let dir = plugins.to_str().unwrap();
    let several = run(&["explain", "CN-3706", "--dir", dir, "--html", path]);
    assert_eq!(several.status.code(), Some(2));
    assert_contains(&text_of(&several), "a page is about one");
    let one = run(&["explain", "CN-3706/disability-living-subsidy", "--dir", dir, "--html", path]);
    assert!(one.status.success(), "{}", text_of(&one));
    let html = fs::read_to_string(page).unwrap();
    assert_contains(&html, "<td>214.00</td>");
    assert_lacks(&html, "<script");
    let none = run(&["explain", "CN-99/nothing", "--dir", dir]);
    assert_contains(&text_of(&none), "there is no rule `CN-99/nothing`");
    for slip in ["US-TN/cash-asistance", "cash-asistance"] {
        let near = run(&["explain", slip, "--dir", dir]);
        assert_contains(&text_of(&near), "cash-assistance`?");
    }
}

/// A rule of which one criterion decides, one steers the amount and one does neither. Its numbers aren't in the order
/// of their names.
const RULE: &str = r#"
[define]
entitled = "old_enough"

[[criteria]]
id = "old-enough"
when = "age >= min_age"
titles = { en = "Old enough", zh = "达到年龄" }
provision = { document = "Act", article = "1" }

[[criteria]]
id = "poor"
when = "income < limit"
titles = { en = "Poor", zh = "困难" }
provision = { document = "Act", article = "2" }

[[criteria]]
id = "local"
when = "residence = \"registered\""
titles = { en = "Registered", zh = "本地户籍" }
provision = { document = "Act", article = "3" }

[eligible]
when = "entitled"

[grant]
amount = """if poor
then standards[from_age <= age][-1].amount
else band"""

[tables.band]
inputs = ["residence"]
rows = [
    ["registered", "120.00"],
    ["living, elsewhere", "100.00"],
]

[parameters.min_age]
titles = { en = "Least age", zh = "最低年龄" }
values = [{ from = 2026-01-01, value = 80 }, { from = 2028-01-01, value = 75 }]

[parameters.limit]
titles = { en = "Limit of income", zh = "收入限额" }
values = [{ from = 2026-01-01, until = 2027-01-01, value = "80.00" }]
pending = "the council has to set the limit of 2027"

[parameters.standards]
titles = { en = "Amount by age", zh = "分年龄标准" }
values = [
    { from = 2026-01-01, value = [{ from_age = 60, amount = "10.00" }, { from_age = 90, amount = "20.00" }] },
    { from = 2027-01-01, value = [
        { from_age = 60, amount = "11.00" },
        { from_age = 80, amount = "15.00" },
        { from_age = 90, amount = "21.00" },
    ], provision = { document = "Act", article = "4" } },
]
"#;

/// What `explain` says of the only rule of a rulebook.
fn explained(book: &Path, more: &[&str]) -> String {
    let explain = ["explain", "N/benefit", "--dir", book.to_str().unwrap()];
    let output = run(&[&explain, more].concat());
    assert!(output.status.success(), "{}", text_of(&output));
    text_of(&output)
}

/// What stands from one text to another.
fn between<'t>(told: &'t str, from: &str, to: &str) -> &'t str {
    let (_, after) = told.split_once(from).unwrap_or_else(|| panic!("no `{from}` in {told}"));
    after.split_once(to).unwrap_or_else(|| panic!("no `{to}` in {after}")).0
}

#[test]
fn findings_that_decide_nothing_stand_apart_with_what_depends_on_them() {
    let folder = scratch();
    let book = book(folder.path(), RULE);
    let told = explained(&book, &[]);
    let deciding = between(&told, "Who is eligible", "Stated, without deciding who is eligible");
    assert_contains(deciding, "[old-enough]");
    assert_lacks(deciding, "[poor]");
    let others = between(&told, "Stated, without deciding who is eligible", "What is granted");
    assert_contains(others, "who is eligible doesn't depend on them");
    assert_contains(others, "Poor [poor]\n      Used for: ");
    assert_contains(others, "Registered [local]\n      It is only stated");
    let chinese = explained(&book, &["--language", "zh"]);
    let others = between(&chinese, "列明但不决定享受资格的事项", "待遇\n");
    assert_contains(others, "困难 [poor]\n      用于：");
    assert_contains(others, "本地户籍 [local]\n      仅作列明");
    // Where every criterion has to be met, each decides.
    edit(&book.join("N/benefit/rule.toml"), "[eligible]\nwhen = \"entitled\"\n", "");
    assert_lacks(&explained(&book, &[]), "Stated, without deciding");
}

#[test]
fn numbers_come_in_the_order_of_the_manifest() {
    let folder = scratch();
    let told = explained(&book(folder.path(), RULE), &[]);
    let numbers = between(&told, "Numbers and their days", "What lower levels may change");
    let places: Vec<_> = ["[min_age]", "[limit]", "[standards]"].map(|name| numbers.find(name).unwrap()).to_vec();
    assert!(places.is_sorted(), "{numbers}");
}

#[test]
fn lists_of_numbers_are_a_grid_with_a_row_for_each_key_and_a_column_for_each_day() {
    let folder = scratch();
    let book = book(folder.path(), RULE);
    let grid = [
        "      from 2027-01-01: Act 4",
        "      | from age | 2026-01-01 | 2027-01-01 |",
        "      |----------|-----------:|-----------:|",
        "      | 60       |      10.00 |      11.00 |",
        "      | 80       |          – |      15.00 |",
        "      | 90       |      20.00 |      21.00 |",
    ];
    assert_contains(&explained(&book, &[]), &grid.join("\n"));
    let page = folder.path().join("page.html");
    explained(&book, &["--html", page.to_str().unwrap()]);
    let html = fs::read_to_string(&page).unwrap();
    assert_contains(&html, "<th scope=\"row\">80</th><td>–</td><td>15.00</td>");
    // A longer history goes on in further blocks, the newest day last, and nothing is lost.
    let more: Vec<String> = (2028..2038)
        .map(|year| format!("    {{ from = {year}-01-01, value = [{{ from_age = 60, amount = \"{year}.00\" }}] }},\n"))
        .collect();
    let end = "article = \"4\" } },\n]";
    edit(&book.join("N/benefit/rule.toml"), end, &end.replace("]", &format!("{}]", more.concat())));
    let told = explained(&book, &[]);
    let numbers = between(&told, "Amount by age", "What lower levels may change");
    assert_eq!(numbers.matches("| from age |").count(), 3, "{numbers}");
    for line in numbers.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    let places: Vec<_> = (2028..2038).map(|year| numbers.find(&format!("{year}.00")).unwrap()).collect();
    assert!(places.is_sorted(), "{numbers}");
    explained(&book, &["--html", page.to_str().unwrap()]);
    assert_eq!(fs::read_to_string(&page).unwrap().matches("table class=\"grid\"").count(), 2);
}

#[test]
fn a_rule_is_told_as_it_is_on_one_day() {
    let folder = scratch();
    let book = book(folder.path(), RULE);
    let told = explained(&book, &["--as-of", "2027-06-01"]);
    assert_contains(&told, "As it is on: 2027-06-01");
    assert_contains(&told, "Age is at least Least age [80]");
    assert_lacks(&told, "2028-01-01");
    assert_contains(&told, "no value on 2027-06-01\n      still to be set: the council has to set the limit of 2027");
    assert_contains(&told, "| from age | 2027-01-01 |\n");
    assert_contains(&told, "(Act 4)");
    assert_contains(&explained(&book, &["--as-of", "2027-06-01", "--language", "zh"]), "2027-06-01无数值");
    let dir = book.to_str().unwrap();
    let early = run(&["explain", "N/benefit", "--dir", dir, "--as-of", "1990-01-01"]);
    assert_eq!(early.status.code(), Some(2));
    assert_contains(&text_of(&early), "`N/benefit` isn't in force on 1990-01-01: N/benefit is in force from");
    let plugins = root().join("plugins");
    let states = run(&["explain", "cash-assistance", "--dir", plugins.to_str().unwrap(), "--as-of", "2016-03-01"]);
    assert_contains(&text_of(&states), "Arkansas: Transitional Employment Assistance");
    assert_contains(&text_of(&states), "left out on 2016-03-01: US-FL/cash-assistance is in force from 2026-01-01");
    let wrong = run(&["explain", "N/benefit", "--dir", dir, "--as-of", "1 May"]);
    assert_contains(&text_of(&wrong), "--as-of is `1 May`, which is not a date");
}

#[test]
fn expressions_stand_below_what_is_said_of_them_as_their_author_wrote_them() {
    let folder = scratch();
    let book = book(folder.path(), RULE);
    let told = explained(&book, &[]);
    assert_contains(
        &told,
        "      Age is at least Least age [80 from 2026-01-01; 75 from 2028-01-01]\n          age >= min_age\n",
    );
    assert_contains(&told, "applies\n          entitled\n");
    assert_contains(&told, "          if poor\n          then standards[from_age <= age][-1].amount\n");
    assert_contains(&told, "          residence | band\n          \"registered\" | 120.00\n");
    assert_lacks(&told, "\u{1b}");
    let page = folder.path().join("page.html");
    explained(&book, &["--html", page.to_str().unwrap()]);
    let html = fs::read_to_string(page).unwrap();
    assert_contains(&html, "<pre class=\"written\"><code>age &gt;= min_age</code></pre>");
    assert_contains(&html, "<code>entitled</code>");
}

#[test]
fn pages_of_a_built_rulebook_hold_the_expressions_and_the_grids() {
    let folder = scratch();
    let book = book(folder.path(), RULE);
    let rule = book.join("N/benefit/rule.toml");
    edit(&rule, "until = 2027-01-01, ", "");
    edit(&rule, "pending = \"the council has to set the limit of 2027\"\n", "");
    let built = run(&["build", book.to_str().unwrap()]);
    assert!(built.status.success(), "{}", text_of(&built));
    let mut pages = fs::read_dir(book.join("target/rulebook/pages")).unwrap();
    let page: Value = serde_json::from_slice(&fs::read(pages.next().unwrap().unwrap().path()).unwrap()).unwrap();
    let sections = &page["prose"]["en"]["sections"];
    assert_eq!(sections[0]["code"], "entitled");
    assert_eq!(sections[0]["parts"][0]["code"], "age >= min_age");
    let numbers = sections.as_array().unwrap().iter().find(|section| section["heading"] == "Numbers and their days");
    let standards = &numbers.unwrap()["parts"][2];
    assert_includes(
        standards,
        json!({"name": "standards", "table": {"grid": {"keys": 1, "per_day": 1},
            "columns": ["from age", "2026-01-01", "2027-01-01"]}}),
    );
}

#[test]
fn a_criterion_that_is_named_with_its_kind_has_its_own_title() {
    let plugins = root().join("plugins");
    let told = text_of(&run(&["explain", "US-AR/cash-assistance", "--dir", plugins.to_str().unwrap()]));
    assert_contains(&told, "“Countable income is within the income limit” applies");
    assert_contains(&told, "Stated, without deciding who is eligible");
    assert_contains(&told, "| 9       |        457 |");
}
