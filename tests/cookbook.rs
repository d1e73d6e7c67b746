//! The recipes of `sdk/COOKBOOK.md`, and the first rule of `sdk/README.md`: each is written into a new rule, as its
//! reader would, and its cases pass.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::assertions::assert_contains;
use crate::support::{edit, root, run, scratch, text_of};

/// A block of code of a recipe: the file that it belongs to, and its text.
struct Block<'t> {
    file: &'t str,
    text: &'t str,
}

/// The recipes of a page with their blocks.
fn recipes(page: &str) -> Vec<(&str, Vec<Block<'_>>)> {
    let sections = page.split("\n## ").skip(1);
    sections
        .map(|section| {
            let (title, rest) = section.split_once('\n').unwrap();
            let mut blocks = Vec::new();
            // What stands between fences is every second part. It begins with its language and its file.
            for part in rest.split("\n```").skip(1).step_by(2) {
                let (info, text) = part.split_once('\n').unwrap();
                let (_, file) = info.split_once(' ').unwrap();
                blocks.push(Block { file, text });
            }
            (title, blocks)
        })
        .collect()
}

/// A record of a world, from its first words up to its closing brace; `None` if there is none.
fn record<'t>(wit: &'t str, begin: &str) -> Option<&'t str> {
    const END: &str = "\n    }";
    let at = wit.find(begin)?;
    let end = wit[at..].find(END)?;
    Some(&wit[at..at + end + END.len()])
}

/// Writes the records and enums of a block in place of those of the same name, or as new ones.
fn write_wit(path: &Path, block: &str) {
    let mut wit = fs::read_to_string(path).unwrap();
    for new in block.split("\n\n") {
        let name = new.split('{').next().unwrap();
        match record(&wit, name).map(str::to_owned) {
            Some(old) => wit = wit.replace(&old, new),
            None => wit = wit.replace("record applicant {", &format!("{new}\n    record applicant {{")),
        }
    }
    fs::write(path, wit).unwrap();
}

fn apply(book: &Path, block: &Block<'_>) {
    let rule = book.join("NZ/benefit");
    let text = format!("{}\n", block.text);
    let before = |path: &Path, mark: &str| fs::read_to_string(path).unwrap().split(mark).next().unwrap().to_owned();
    match block.file {
        "facts.toml" => fs::write(book.join("facts.toml"), text).unwrap(),
        "services/benefit.toml" => {
            let path = book.join("services/benefit.toml");
            let service = fs::read_to_string(&path).unwrap();
            let lines = service.lines().map(|line| if line.starts_with("facts = ") { block.text } else { line });
            fs::write(&path, lines.collect::<Vec<_>>().join("\n")).unwrap();
        }
        "rule.toml" => {
            let path = rule.join("rule.toml");
            fs::write(&path, before(&path, "[[criteria]]") + &text).unwrap();
        }
        "wit/rule.wit" => write_wit(&rule.join("wit/rule.wit"), block.text),
        "src/lib.rs" => {
            let path = rule.join("src/lib.rs");
            fs::write(&path, before(&path, "    fn determine(") + &text + "}\n").unwrap();
        }
        file @ ("cases/first.toml" | "amounts.csv") => fs::write(rule.join(file), text).unwrap(),
        other => panic!("no recipe changes `{other}`"),
    }
}

/// Writes a recipe into a new rulebook in a folder.
fn write_recipe(book: &Path, blocks: &[Block<'_>]) {
    let _ = fs::remove_dir_all(book);
    let is_rust = blocks.iter().any(|block| block.file == "src/lib.rs");
    let language = if is_rust { "rust" } else { "table" };
    assert!(run(&["new", "--lang", language, "NZ/benefit", "--dir", book.to_str().unwrap()]).status.success());
    blocks.iter().for_each(|block| apply(book, block));
}

#[test]
fn every_recipe_builds_and_its_cases_pass() {
    let page = fs::read_to_string(root().join("sdk/COOKBOOK.md")).unwrap();
    let recipes = recipes(&page);
    assert!(recipes.len() >= 5, "{} recipes", recipes.len());
    let folder = scratch();
    let book = folder.path().join("book");
    let dir = book.to_str().unwrap();
    for (title, blocks) in recipes {
        write_recipe(&book, &blocks);
        let tested = run(&["test", "--dir", dir]);
        let said = text_of(&tested);
        assert!(tested.status.success(), "{title}:\n{said}");
        let cases = blocks.iter().map(|block| block.text.matches("[[cases]]").count()).sum::<usize>();
        assert!(cases >= 2, "{title} has {cases} cases");
        assert_contains(&said, &format!("{cases} passed, 0 failed"));
    }
}

/// The blocks of the guide's first rule: a case, a rule, a fact, and a criterion on that fact.
fn first_rule(guide: &str) -> [&str; 4] {
    let section = guide.split("\n## ").find(|section| section.starts_with("The first rule")).unwrap();
    let blocks = section.split("\n```toml\n").skip(1).map(|part| part.split("\n```").next().unwrap());
    // Behind them is the file of another service.
    blocks.take(4).collect::<Vec<_>>().try_into().unwrap()
}

/// Writes a text in place of everything from a mark on.
fn replace_from(path: &Path, mark: &str, text: &str) {
    let old = fs::read_to_string(path).unwrap();
    let (head, _) = old.split_once(mark).unwrap();
    fs::write(path, format!("{head}{text}\n")).unwrap();
}

#[test]
fn the_first_rule_of_the_guide_fails_then_passes_and_takes_a_fact_more() {
    let guide = fs::read_to_string(root().join("sdk/README.md")).unwrap();
    let [case, rule, fact, criterion] = first_rule(&guide);
    let folder = scratch();
    let book = folder.path().join("my-rulebook");
    let dir = book.to_str().unwrap();
    let tested = || text_of(&run(&["test", dir]));
    assert!(run(&["new", "CN-4403/old-age-allowance", "--dir", dir]).status.success());
    assert_contains(&tested(), "0 passed, 1 failed");
    let of_rule = |file: &str| book.join("CN-4403/old-age-allowance").join(file);
    replace_from(&of_rule("cases/first.toml"), "[[cases]]", case);
    assert_contains(&tested(), "expected 120.00, decided 0.00");
    replace_from(&of_rule("rule.toml"), "[[criteria]]", rule);
    assert_contains(&tested(), "1 passed, 0 failed");
    let facts = book.join("facts.toml");
    fs::write(&facts, format!("{}\n{fact}\n", fs::read_to_string(&facts).unwrap())).unwrap();
    edit(&of_rule("rule.toml"), "[grant]\n", &format!("{criterion}\n\n[grant]\n"));
    assert_contains(&tested(), "nothing has the name `years_here`");
    edit(&book.join("services/old-age-allowance.toml"), "facts = [\"age\"]", "facts = [\"age\", \"years_here\"]");
    assert_contains(&tested(), "missing years_here");
    edit(&of_rule("cases/first.toml"), "{ age = 80 }", "{ age = 80, years_here = 5 }");
    assert_contains(&tested(), "1 passed, 0 failed");
}

#[test]
fn the_numbers_of_a_list_are_numbers_of_the_law_in_every_command() {
    let page = fs::read_to_string(root().join("sdk/COOKBOOK.md")).unwrap();
    let (_, blocks) = recipes(&page).into_iter().find(|(title, _)| *title == "In Rust: a list of numbers").unwrap();
    let folder = scratch();
    let book = folder.path().join("book");
    let dir = book.to_str().unwrap();
    write_recipe(&book, &blocks);
    let said = |arguments: &[&str]| text_of(&run(&[arguments, &["--dir", dir]].concat()));
    let decide = ["decide", "NZ/benefit", "children=2", "--as-of", "2026-06-01", "--json", "--dir", dir];
    let decided: Value = serde_json::from_slice(&run(&decide).stdout).unwrap();
    assert_eq!(decided["layers"][0]["parameters"][0]["value"], json!(["100.00", "120.00", "150.00"]));
    assert_contains(
        &said(&["trace", "NZ/benefit", "--case", "fifth"]),
        "by_order = [\"100.00\", \"120.00\", \"150.00\"]",
    );
    let rules = fs::read_dir(book.join("target/rulebook/rules")).unwrap();
    let rule = rules.map(|rule| rule.unwrap().path()).next().unwrap();
    let inspected = said(&["inspect", rule.to_str().unwrap()]);
    assert_contains(&inspected, "by_order");
    assert_contains(&inspected, "\"120.00\"");
    // Only the second number of 2026 is moved where no case has two children then.
    let cases = book.join("NZ/benefit/cases/first.toml");
    edit(&cases, "children = 2", "children = 1");
    edit(&cases, "\"220.00\"", "\"100.00\"");
    edit(&cases, "children = 5", "children = 1");
    edit(&cases, "\"670.00\"", "\"100.00\"");
    let mutants = said(&["mutate", "NZ/benefit"]);
    assert_contains(&mutants, "by_order.2");
    assert!(!mutants.contains("by_order.1"), "{mutants}");
    let manifest = book.join("NZ/benefit/rule.toml");
    edit(&manifest, "[\"100.00\", \"125.00\"]", "[\"100.00\", \"much\"]");
    assert_contains(&said(&["build"]), "a list of numbers as [\"1.00\", \"2.50\"]");
    edit(&manifest, "[\"100.00\", \"much\"]", "[{ amount = \"100.00\" }]");
    assert_contains(&said(&["build"]), "doesn't fit the type list<decimal>: it is a table");
}

#[test]
fn a_trace_says_that_a_table_has_two_rows_of_one_size_and_that_a_number_is_too_large() {
    let page = fs::read_to_string(root().join("sdk/COOKBOOK.md")).unwrap();
    let (_, blocks) = recipes(&page).into_iter().find(|(title, _)| *title == "In Rust: a table by size").unwrap();
    let folder = scratch();
    let book = folder.path().join("book");
    write_recipe(&book, &blocks);
    let trace = || text_of(&run(&["trace", "NZ/benefit", "--case", "two persons", "--dir", book.to_str().unwrap()]));
    let manifest = book.join("NZ/benefit/rule.toml");
    edit(&manifest, "persons = 3, amount = \"850.00\"", "persons = 2, amount = \"850.00\"");
    assert_contains(&trace(), "a table in rule.toml has two rows of one size");
    edit(&manifest, "persons = 2, amount = \"850.00\"", "persons = 3, amount = \"850.00\"");
    edit(&book.join("NZ/benefit/src/lib.rs"), "times(beyond)", "times(i64::MAX - beyond)");
    assert_contains(&trace(), "a number becomes too large");
}
