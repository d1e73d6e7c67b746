//! A rulebook that an author begins with `ordinance new`, outside this repository: what its first rule needs until it
//! passes, and where each mistake in it is pointed at.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use crate::assertions::assert_contains;
use crate::country::only_file;
use crate::support::{edit, ordinance, run, scratch, text_of};

const RULE: &str = "CN-4403/old-age-allowance";

/// A rulebook with a new rule that was filled in, and what `test` said before and after that.
struct NewRulebook {
    dir: PathBuf,
    failing: Output,
    passing: Output,
}

impl NewRulebook {
    /// Begins a rulebook, tests its rule, fills the rule in, and tests it again.
    fn begin() -> Self {
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("new-rulebook");
        if dir.exists() {
            fs::remove_dir_all(&dir).unwrap();
        }
        let made = run(&["new", "--lang", "rust", RULE, "--dir", dir.to_str().unwrap()]);
        assert!(made.status.success(), "{}", text_of(&made));
        // What people keep beside their rules is no rule.
        fs::create_dir_all(dir.join(".git/hooks")).unwrap();
        fs::create_dir_all(dir.join("docs/notes")).unwrap();
        let failing = run(&["test", dir.to_str().unwrap()]);
        let rule = dir.join(RULE);
        edit(&rule.join("src/lib.rs"), "applicant.age.map(|_| true)", "applicant.age.map(|age| age >= 80)");
        edit(&rule.join("rule.toml"), "\"0.00\"", "\"120.00\"");
        edit(&rule.join("cases/first.toml"), "facts = {}", "facts = { age = 80 }");
        edit(
            &rule.join("cases/first.toml"),
            "expect = { outcome = \"ineligible\" }",
            "expect = { outcome = \"eligible\", grant = { amount = \"120\" } }",
        );
        let passing = run(&["test", dir.to_str().unwrap()]);
        Self { dir, failing, passing }
    }

    fn run(&self, command: &[&str]) -> Output {
        run(&[command, &["--dir", self.dir.to_str().unwrap()]].concat())
    }

    /// Runs a command while a file of the rule has another text, and puts that back.
    fn run_edited(&self, file: &str, from: &str, to: &str, command: impl FnOnce(&Self) -> Output) -> Output {
        let path = self.dir.join(RULE).join(file);
        edit(&path, from, to);
        let output = command(self);
        edit(&path, to, from);
        output
    }

    fn build(&self) -> Output {
        run(&["build", self.dir.to_str().unwrap()])
    }
}

/// The new rulebook of all tests, compiled once. A test has it for itself, since it may edit a file.
fn new_rulebook() -> MutexGuard<'static, NewRulebook> {
    static BEGUN: OnceLock<Mutex<NewRulebook>> = OnceLock::new();
    BEGUN.get_or_init(|| Mutex::new(NewRulebook::begin())).lock().unwrap_or_else(PoisonError::into_inner)
}

#[test]
fn a_rule_that_is_there_is_not_made_again() {
    let again = new_rulebook().run(&["new", "--lang", "rust", RULE]);
    assert_eq!(again.status.code(), Some(2), "{}", text_of(&again));
    assert_contains(&text_of(&again), "already exists");
}

#[test]
fn a_new_rule_of_an_unknown_place_is_refused() {
    let elsewhere = new_rulebook().run(&["new", "--lang", "rust", "CN-44/old-age-allowance"]);
    assert_contains(&text_of(&elsewhere), "`CN-44` is not in the rulebook");
}

#[test]
fn a_new_rule_builds_and_fails_its_first_case() {
    let rulebook = new_rulebook();
    let said = text_of(&rulebook.failing);
    assert_eq!(rulebook.failing.status.code(), Some(1), "{said}");
    assert_contains(&said, "FAIL CN-4403/old-age-allowance: REPLACE");
    assert_contains(&said, "0 passed, 1 failed");
    assert_contains(&said, "CN-4403/old-age-allowance/cases/first.toml:5");
}

#[test]
fn a_new_rule_passes_its_first_case_once_that_is_filled_in() {
    let rulebook = new_rulebook();
    assert!(rulebook.passing.status.success(), "{}", text_of(&rulebook.passing));
}

#[test]
fn a_rule_in_rust_is_built_again_and_gives_the_same_bytes() {
    let rulebook = new_rulebook();
    let rule = only_file(&rulebook.dir.join("target/rulebook/rules"));
    let again = || run(&["rebuild", rule.to_str().unwrap(), "--source", rulebook.dir.to_str().unwrap()]);
    let same = again();
    assert!(same.status.success(), "{}", text_of(&same));
    assert_contains(&text_of(&same), "the same: CN-4403/old-age-allowance 1.0.0 sha256:");
    let other = rulebook.run_edited("src/lib.rs", "age >= 80", "age >= 81", |_| again());
    assert_eq!(other.status.code(), Some(1), "{}", text_of(&other));
    assert_contains(&text_of(&other), "rule.toml is the same");
    assert_contains(&text_of(&other), "the code differs: other sources or tables");
}

#[test]
fn branches_are_counted_by_the_lines_of_the_rule() {
    // The one case is of somebody who is old enough.
    let branches = text_of(&run(&["test", new_rulebook().dir.to_str().unwrap(), "--branches"]));
    assert_contains(&branches, "branch directions taken");
    assert_contains(&branches, "     src/lib.rs:");
}

#[test]
fn a_trap_is_traced_to_its_line() {
    // 80 less 81 is no `u8`.
    let trace = |rulebook: &NewRulebook| rulebook.run(&["trace", "CN-4403", "--case", "REPLACE"]);
    let trapped = new_rulebook().run_edited("src/lib.rs", "age >= 80", "age - 81 > 80", trace);
    assert_contains(&text_of(&trapped), "the rule failed by overflow at src/lib.rs:");
}

#[test]
fn check_names_an_overflow_with_its_line_and_its_least_case() {
    // 200 and 55 fit into a `u8`, 200 and 56 don't.
    let check = |rulebook: &NewRulebook| run(&["check", rulebook.dir.to_str().unwrap()]);
    let checked = new_rulebook().run_edited("src/lib.rs", "age >= 80", "age + 200 >= 80", check);
    let said = text_of(&checked);
    assert_eq!(checked.status.code(), Some(1), "{said}");
    assert_contains(&said, "fails: overflow at src/lib.rs:");
    assert_contains(&said, "a number becomes too large");
    assert_contains(&said, "facts = { age = 56 }");
}

#[test]
fn a_type_that_does_not_hold_a_fact_is_pointed_at() {
    let built = new_rulebook().run_edited("wit/rule.wit", "option<u8>", "option<s8>", NewRulebook::build);
    assert_contains(&text_of(&built), "CN-4403/old-age-allowance/wit/rule.wit:9:9");
    assert_contains(&text_of(&built), "one that writes `u8` in its wit knows them");
}

#[test]
fn a_type_that_there_is_not_is_pointed_at() {
    let built = new_rulebook().run_edited("wit/rule.wit", "option<u8>", "option<u9>", NewRulebook::build);
    assert_contains(&text_of(&built), "CN-4403/old-age-allowance/wit/rule.wit:9:21");
    assert_contains(&text_of(&built), "u9");
}

#[test]
fn a_rule_that_does_not_compile_is_named_with_what_the_compiler_says() {
    let built = new_rulebook().run_edited("src/lib.rs", "age >= 80", "age >= eighty", NewRulebook::build);
    assert_eq!(built.status.code(), Some(1), "{}", text_of(&built));
    assert_contains(&text_of(&built), "`CN-4403/old-age-allowance` doesn't compile");
    assert_contains(&text_of(&built), "cannot find value `eighty`");
}

#[test]
fn a_new_privacy_rule_builds_fails_its_first_case_and_passes_once_that_is_filled_in() {
    let folder = scratch();
    let rulebook = folder.path().join("rules");
    let dir = rulebook.to_str().unwrap();
    let new = |rule: &str| text_of(&run(&["new", "--kind", "privacy", rule, "--dir", dir]));
    assert_contains(&new("CN-4403/data-protection"), "create the rulebook with an eligibility rule first");
    assert!(run(&["new", "--lang", "rust", "CN-4403/old-age-allowance", "--dir", dir]).status.success());
    assert_contains(&new("CN-4403/old-age-allowance"), "already");
    let told = new("CN-4403/data-protection");
    assert_contains(&told, "ordinance test");
    assert_contains(&told, "lists CN-4403 as `ungoverned`");
    let failing = text_of(&run(&["test", dir, "--filter", "data-protection"]));
    assert_contains(&failing, "FAIL CN-4403/data-protection: REPLACE");
    assert_contains(&failing, "0 passed, 1 failed");

    let case = rulebook.join("CN-4403/data-protection/cases/first.toml");
    edit(&case, "basis = \"contract\"", "basis = \"statutory-duty\"");
    let passing = run(&["test", dir, "--filter", "data-protection"]);
    assert!(passing.status.success(), "{}", text_of(&passing));
}

#[test]
fn a_rulebook_is_begun_only_where_nothing_is_in_the_way() {
    let folder = scratch();
    let new = |dir: &Path| run(&["new", "--lang", "rust", "CN-4403/old-age-allowance", "--dir", dir.to_str().unwrap()]);
    let (taken, crated) = (folder.path().join("taken"), folder.path().join("crated"));
    fs::create_dir_all(taken.join("CN-4403/old-age-allowance")).unwrap();
    fs::create_dir_all(&crated).unwrap();
    fs::write(crated.join("Cargo.toml"), "").unwrap();
    for dir in [&taken, &crated] {
        let refused = new(dir);
        assert_eq!(refused.status.code(), Some(2));
        assert_contains(&text_of(&refused), "nothing was changed");
        assert_eq!(fs::read_dir(dir).unwrap().count(), 1);
    }
}

/// Facts of every compound kind, with names and choices that are words of WIT or of Rust.
const FACTS: &str = r#"
[type]
type = "choice"
choices = ["type", "own", "self_employed"]
titles = { en = "Kind" }
category = "dpv-pd:Income"
sensitivity = "personal"

[self]
type = "bool"
titles = { en = "Self" }
category = "dpv-pd:Income"
sensitivity = "personal"

[members]
type = "list"
items-max = 10
titles = { en = "Members" }
category = "dpv-pd:Income"
sensitivity = "personal"
fields = { age = { type = "integer", min = 0, max = 150 }, record = { type = "choice", choices = ["list", "world"] } }

[home]
type = "record"
titles = { en = "Home" }
category = "dpv-pd:Income"
sensitivity = "personal"
fields = { from = { type = "date" }, rent = { type = "decimal", min = "0", max = "100", scale = 2 } }
"#;

#[test]
fn a_new_rule_builds_whatever_its_facts_are_and_whatever_words_they_are_named_by() {
    let folder = scratch();
    let rulebook = folder.path().join("rulebook");
    let dir = rulebook.to_str().unwrap();
    assert!(run(&["new", "--lang", "rust", "N/benefit", "--dir", dir]).status.success());
    edit(
        &rulebook.join("services/benefit.toml"),
        "facts = [\"age\"]",
        "facts = [\"type\", \"self\", \"members\", \"home\", \"age\"]",
    );
    let facts = rulebook.join("facts.toml");
    let written = fs::read_to_string(&facts).unwrap();
    fs::write(&facts, written + FACTS).unwrap();
    fs::remove_dir_all(rulebook.join("N")).unwrap();
    let made = run(&["new", "--lang", "rust", "N/benefit", "--dir", dir]);
    assert!(made.status.success(), "{}", text_of(&made));
    // The author takes every fact that the comment offers.
    let wit = rulebook.join("N/benefit/wit/rule.wit");
    let scaffold = fs::read_to_string(&wit).unwrap();
    let offered = |mark: &str| -> Vec<String> {
        scaffold.lines().filter_map(|line| line.strip_prefix(mark)).map(str::to_owned).collect()
    };
    let fields: Vec<String> =
        offered("    //   ").into_iter().filter(|line| !line.trim_start().starts_with("with ")).collect();
    assert_eq!(fields.len(), 4, "{scaffold}");
    let declared = offered("    //     with  ").join("\n");
    edit(&wit, "    record applicant {\n", &format!("{declared}\n    record applicant {{\n{}\n", fields.join("\n")));
    let built = run(&["build", dir]);
    assert!(built.status.success(), "{}", text_of(&built));
    let with_choices = |choices: &str| {
        edit(&facts, "[\"type\", \"own\", \"self_employed\"]", choices);
        let refused = text_of(&run(&["build", dir]));
        edit(&facts, choices, "[\"type\", \"own\", \"self_employed\"]");
        refused
    };
    assert_contains(&with_choices("[\"age_1\", \"age1\"]"), "the choices `age_1` and `age1` differ by `_` alone");
    assert_contains(&with_choices("[\"self\", \"other\"]"), "the choice `self` can't be a word of a rule's code");
}

#[test]
fn the_same_sources_give_the_same_bytes_wherever_they_stand() {
    let index = |name: &str| {
        let folder = scratch();
        let rulebook = folder.path().join(name);
        let dir = rulebook.to_str().unwrap();
        assert!(run(&["new", "--lang", "rust", "NZ/rates-rebate", "--dir", dir]).status.success());
        assert!(run(&["new", "--kind", "privacy", "NZ/privacy", "--dir", dir]).status.success());
        // Cargo tells a crate beside the workspace by its place.
        let beside = folder.path().join(format!("{name}-beside"));
        fs::rename(rulebook.join(".ordinance"), &beside).unwrap();
        edit(&rulebook.join("Cargo.toml"), "\".ordinance/", &format!("\"{}/", beside.display()));
        // With a cache of its own, or the second build would take the first one's rules.
        let cache = folder.path().join("cache");
        let built = ordinance().args(["build", dir]).env("XDG_CACHE_HOME", cache).output().unwrap();
        assert!(built.status.success(), "{}", text_of(&built));
        fs::read_to_string(rulebook.join("target/rulebook/index.json")).unwrap()
    };
    assert_eq!(index("one"), index("another-and-longer-name"));
}

#[test]
fn a_new_rule_of_a_service_whose_only_fact_is_a_list_names_it() {
    let folder = scratch();
    let book = folder.path().join("book");
    let dir = book.to_str().unwrap();
    assert!(run(&["new", "--lang", "rust", "NZ/benefit", "--dir", dir]).status.success());
    let facts = fs::read_to_string(book.join("facts.toml")).unwrap();
    let list = "\n[earners]\ntype = \"list\"\nitems-max = 20\ntitles = { en = \"Earners\" }\n\
                category = \"dpv-pd:Household\"\nsensitivity = \"personal\"\n\n[earners.fields.pay]\ntype = \"decimal\"\n\
                scale = 2\nmin = \"0\"\nmax = \"100000\"\ntitles = { en = \"Pay\" }\ncategory = \"dpv-pd:Income\"\n";
    fs::write(book.join("facts.toml"), facts + list).unwrap();
    let service = fs::read_to_string(book.join("services/benefit.toml")).unwrap();
    let lines = service.lines().map(|line| match line {
        line if line.starts_with("id = ") => "id = \"family\"",
        line if line.starts_with("facts = ") => "facts = [\"earners\"]",
        line => line,
    });
    fs::write(book.join("services/family.toml"), lines.collect::<Vec<_>>().join("\n")).unwrap();
    assert!(run(&["new", "--lang", "rust", "NZ/family", "--dir", dir]).status.success());
    let wit = fs::read_to_string(book.join("NZ/family/wit/rule.wit")).unwrap();
    assert_contains(&wit, "//   earners: option<list<earners-item>>,");
    assert_contains(&wit, "//     with  record earners-item { pay: option<decimal> }");
    assert!(run(&["build", dir]).status.success());
}

#[test]
fn a_rule_of_a_service_that_the_rulebook_does_not_have_brings_the_file_of_the_service() {
    let folder = scratch();
    let book = folder.path().join("book");
    let dir = book.to_str().unwrap();
    let new = |command: &[&str]| run(&[&["new"], command, &["--dir", dir]].concat());
    assert!(new(&["CN-35/care"]).status.success());
    let facts = fs::read_to_string(book.join("facts.toml")).unwrap();
    fs::write(book.join("facts.toml"), facts.replace("[age]", "[years]") + "\n" + &facts.replace("[age]", "[heated]"))
        .unwrap();
    edit(&book.join("services/care.toml"), "\"age\"", "\"years\"");
    let made = new(&["CN-35/heating-subsidy"]);
    assert!(made.status.success(), "{}", text_of(&made));
    assert_contains(&text_of(&made), "The rulebook had no service `heating-subsidy`, so");
    let service = fs::read_to_string(book.join("services/heating-subsidy.toml")).unwrap();
    for part in ["id = \"heating-subsidy\"", "facts.toml has: heated, years\nfacts = [\"heated\"]", "REPLACE"] {
        assert_contains(&service, part);
    }
    assert_contains(&text_of(&run(&["test", dir])), "FAIL CN-35/heating-subsidy: REPLACE");
    assert_contains(
        &text_of(&new(&["CN-35/heating-subsidi"])),
        "did you mean `heating-subsidy`? else write services/heating-subsidi.toml first",
    );
}

#[test]
fn the_file_of_a_service_is_written_alone_for_a_rule_that_is_imported() {
    let folder = scratch();
    let book = folder.path().join("book");
    let dir = book.to_str().unwrap();
    let model = crate::support::root().join("tests/data/allowance.dmn");
    let import = || {
        let file = model.to_str().unwrap();
        text_of(&run(&["import", file, "--service", "allowance", "--jurisdiction", "XX-1", "--dir", dir]))
    };
    assert_contains(&import(), "begin one: `ordinance new XX-1/allowance --kind service");
    let new = |rule: &str| run(&["new", rule, "--kind", "service", "--dir", dir]);
    assert!(new("XX-1/other").status.success());
    assert_contains(&import(), "`ordinance new CODE/allowance --kind service` begins it");
    assert_contains(&text_of(&new("XX-1/allowance")), "ordinance import MODEL.dmn --service allowance");
    assert!(!book.join("XX-1").exists());
    assert_contains(&text_of(&new("XX-1/allowance")), "already in the rulebook");
    let told = import();
    assert_contains(&told, "The service has no fact for the input");
    assert_contains(&told, "Add these facts to facts.toml and services/allowance.toml");
}
