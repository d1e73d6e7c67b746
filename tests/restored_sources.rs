//! A build is of the sources as they are, whatever the times of their files: who restores a file from an archive
//! restores its old time too, and cargo goes by times.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde_json::Value;

use crate::support::{copy_folder, edit, ordinance, run, scratch, text_of};

/// The rules of the rulebook, in the order of its index: the first has code, the second takes it, the third has code of
/// its own.
const VERSIONS: [&str; 3] = ["1.0.0", "2.0.0", "3.0.0"];

/// Writes a rulebook with three versions of a rule. The code of two depends on a crate beside the rulebook, and that
/// crate on another one, which reads a file of no crate.
fn write_rulebook(folder: &Path) -> PathBuf {
    let book = folder.join("book");
    let made = run(&["new", "--lang", "rust", "NZ/rates-rebate", "--dir", book.to_str().unwrap()]);
    assert!(made.status.success(), "{}", text_of(&made));
    for (name, manifest, source) in [
        ("thresholds", "\n[dependencies]\nnumbers = { path = \"../numbers\" }\n", "pub use numbers::MIN_AGE;\n"),
        ("numbers", "", "pub const MIN_AGE: u8 = include!(\"../../age.in\") + 1;\n"),
    ] {
        fs::create_dir_all(folder.join(name).join("src")).unwrap();
        let manifest = format!("[package]\nname = \"{name}\"\nversion = \"1.0.0\"\nedition = \"2024\"\n{manifest}");
        fs::write(folder.join(name).join("Cargo.toml"), manifest).unwrap();
        fs::write(folder.join(name).join("src/lib.rs"), format!("#![no_std]\n{source}")).unwrap();
    }
    fs::write(folder.join("age.in"), "64").unwrap();
    let rule = book.join("NZ/rates-rebate");
    let dependency = "[dependencies]\nthresholds = { path = \"../../../thresholds\" }\n";
    edit(&rule.join("Cargo.toml"), "[dependencies]\n", dependency);
    edit(&rule.join("src/lib.rs"), "|_| true", "|age| age >= thresholds::MIN_AGE");
    write_versions(&book, &rule);
    book
}

/// Adds a version on the code of the first one, and a version with code of its own.
fn write_versions(book: &Path, rule: &Path) {
    let code = rule.join("2028");
    for folder in ["src", "wit"] {
        copy_folder(&rule.join(folder), &code.join(folder));
    }
    let cargo = fs::read_to_string(rule.join("Cargo.toml")).unwrap();
    let cargo = cargo.replacen("name = \"", "name = \"later-", 1).replace("../../../", "../../../../");
    fs::write(code.join("Cargo.toml"), cargo).unwrap();
    edit(&book.join("Cargo.toml"), "src/..\"]", "src/..\", \"NZ/rates-rebate/2028\"]");
    let manifest = fs::read_to_string(rule.join("rule.toml")).unwrap();
    let version = |version: &str, dates: &str| {
        let manifest = manifest.replace("\"1.0.0\"", &format!("\"{version}\""));
        manifest.replace("in-force = { from = 2026-01-01 }", &format!("in-force = {{ {dates} }}"))
    };
    let extending = version("2.0.0", "from = 2027-01-01, until = 2028-01-01");
    let extending = extending.replace("service =", "extends = \"NZ@1.0.0\"\nservice =");
    fs::create_dir_all(rule.join("2027")).unwrap();
    fs::write(rule.join("rule.toml"), version("1.0.0", "from = 2026-01-01, until = 2027-01-01")).unwrap();
    fs::write(rule.join("2027/rule.toml"), extending).unwrap();
    fs::write(code.join("rule.toml"), version("3.0.0", "from = 2028-01-01")).unwrap();
}

/// Builds a rulebook, and returns its rules as its index has them.
fn build(book: &Path) -> Vec<Value> {
    // The compiler of untrusted sources reads no file outside a package.
    let built = run(&["build", book.to_str().unwrap(), "--trust-sources"]);
    assert!(built.status.success(), "{}", text_of(&built));
    let index = fs::read_to_string(book.join("target/rulebook/index.json")).unwrap();
    let index: Value = serde_json::from_str(&index).unwrap();
    let rules = index["rules"].as_array().unwrap().clone();
    assert_eq!(rules.iter().map(|rule| rule["version"].as_str().unwrap()).collect::<Vec<_>>(), VERSIONS);
    for rule in &rules {
        assert_eq!(rule["sources"].as_str().map(str::len), Some(64), "{rule}");
    }
    rules
}

/// The versions with another component, and those with another digest of sources.
fn differing<'r>(before: &'r [Value], after: &[Value]) -> [Vec<&'r str>; 2] {
    ["state", "sources"].map(|member| {
        let pairs = before.iter().zip(after).filter(|(before, after)| before[member] != after[member]);
        pairs.map(|(before, _)| before["version"].as_str().unwrap()).collect()
    })
}

/// Changes a file, builds, restores the file with its old time, and builds again: the last build must equal the first.
fn check_restored(book: &Path, file: &Path, from: &str, to: &str, changed: &[&str]) {
    let first = build(book);
    let text = fs::read(file).unwrap();
    let time = fs::metadata(file).unwrap().modified().unwrap();
    edit(file, from, to);
    let other = build(book);
    assert_eq!(differing(&first, &other), [changed, changed], "changed: {}", file.display());
    fs::write(file, text).unwrap();
    File::options().write(true).open(file).unwrap().set_modified(time).unwrap();
    assert_eq!(build(book), first, "restored: {}", file.display());
}

/// The files that cargo made, each with its time.
fn compiled(book: &Path) -> Vec<(PathBuf, SystemTime)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(book.join("target/wasm32-unknown-unknown/release/deps")).unwrap().map(Result::unwrap) {
        files.push((entry.path(), entry.metadata().unwrap().modified().unwrap()));
    }
    files.sort();
    files
}

#[test]
fn a_restored_file_with_its_old_time_is_built_anew() {
    let folder = scratch();
    let book = write_rulebook(folder.path());
    let rule = book.join("NZ/rates-rebate");
    check_restored(&book, &rule.join("src/lib.rs"), ">=", ">", &["1.0.0", "2.0.0"]);
    check_restored(&book, &rule.join("2028/src/lib.rs"), ">=", ">", &["3.0.0"]);
    check_restored(&book, &folder.path().join("numbers/src/lib.rs"), "+ 1", "+ 2", &VERSIONS);
    check_restored(&book, &folder.path().join("age.in"), "64", "60", &VERSIONS);
    check_restored(&book, &rule.join("2027/rule.toml"), "\"0.00\"", "\"1.00\"", &["2.0.0"]);
    let before = compiled(&book);
    build(&book);
    assert_eq!(compiled(&book), before, "nothing changed, so nothing is compiled");
}

#[test]
fn a_copy_of_a_rulebook_takes_its_rules_from_the_users_cache_and_another_rulebook_does_not() {
    let folder = scratch();
    let cache = folder.path().join("cache");
    let book = folder.path().join("book");
    assert!(run(&["new", "--lang", "rust", "NZ/benefit", "--dir", book.to_str().unwrap()]).status.success());
    assert!(run(&["new", "--kind", "privacy", "NZ/privacy", "--dir", book.to_str().unwrap()]).status.success());
    let build = |book: &Path| {
        let built = ordinance().arg("build").arg(book).env("XDG_CACHE_HOME", &cache).output().unwrap();
        assert!(built.status.success(), "{}", text_of(&built));
        fs::read_to_string(book.join("target/rulebook/index.json")).unwrap()
    };
    // The folders of the user's builds in which something was compiled.
    let compiled = || {
        let builds = fs::read_dir(cache.join("ordinance-builds")).unwrap();
        builds.filter(|build| build.as_ref().unwrap().path().join("wasm32-unknown-unknown").is_dir()).count()
    };
    let copy = |name: &str| {
        let to = folder.path().join(name);
        copy_folder(&book, &to);
        fs::remove_dir_all(to.join("target")).unwrap();
        to
    };
    let first = build(&book);
    assert_eq!(compiled(), 1);
    assert_eq!(build(&copy("copy")), first);
    assert_eq!(compiled(), 1);
    // Cargo compiles the rules of a workspace together, so one with another rule takes none from the cache.
    let changed = copy("changed");
    let code = changed.join("NZ/benefit/src/lib.rs");
    fs::write(&code, fs::read_to_string(&code).unwrap() + "// a remark\n").unwrap();
    build(&changed);
    assert_eq!(compiled(), 2);
    let modules = || -> Vec<PathBuf> {
        fs::read_dir(cache.join("ordinance-modules")).unwrap().map(|entry| entry.unwrap().path()).collect()
    };
    assert_eq!(modules().len(), 4);
    // Damaged files are compiled anew, and replaced.
    for path in modules() {
        let mut bytes = fs::read(&path).unwrap();
        bytes[100] ^= 1;
        fs::write(&path, bytes).unwrap();
    }
    assert_eq!(build(&copy("beside damage")), first);
    assert_eq!(compiled(), 3);
    assert_eq!(build(&copy("after damage")), first);
    assert_eq!(compiled(), 3);
}

#[test]
fn a_build_with_trust_neither_fills_the_cache_nor_takes_from_it() {
    let folder = scratch();
    let cache = folder.path().join("cache");
    let book = folder.path().join("book");
    assert!(run(&["new", "--lang", "rust", "NZ/benefit", "--dir", book.to_str().unwrap()]).status.success());
    let build = |more: &[&str]| {
        let built = ordinance().arg("build").arg(&book).args(more).env("XDG_CACHE_HOME", &cache).output().unwrap();
        assert!(built.status.success(), "{}", text_of(&built));
    };
    build(&["--trust-sources"]);
    assert!(!cache.join("ordinance-modules").exists());
    assert!(book.join("target/wasm32-unknown-unknown").is_dir());
    fs::remove_dir_all(book.join("target")).unwrap();
    build(&[]);
    assert!(cache.join("ordinance-modules").is_dir());
    build(&["--trust-sources"]);
    assert!(book.join("target/wasm32-unknown-unknown").is_dir());
}

/// Builds a rulebook with a cache of its own, and returns the digest of the sources of its one rule.
fn sources_of(book: &Path, cache: &Path, locale: Option<&str>) -> String {
    let mut command = ordinance();
    command.arg("build").arg(book).env("XDG_CACHE_HOME", cache).env_remove("LC_ALL");
    let built = command.envs(locale.map(|locale| ("LC_ALL", locale))).output().unwrap();
    assert!(built.status.success(), "{}", text_of(&built));
    let index = fs::read_to_string(book.join("target/rulebook/index.json")).unwrap();
    let index: Value = serde_json::from_str(&index).unwrap();
    index["rules"][0]["sources"].as_str().unwrap().to_owned()
}

#[test]
fn a_dependency_in_the_place_of_another_changes_the_sources_though_both_were_there() {
    let folder = scratch();
    let (book, cache) = (folder.path().join("book"), folder.path().join("cache"));
    assert!(run(&["new", "--lang", "rust", "NZ/benefit", "--dir", book.to_str().unwrap()]).status.success());
    let write_crate = |name: &str, package: &str, version: &str, dependencies: &str| {
        let helper = book.join("helpers").join(name);
        fs::create_dir_all(helper.join("src")).unwrap();
        let package = format!("[package]\nname = \"{package}\"\nversion = \"{version}\"\nedition = \"2024\"\n");
        fs::write(helper.join("Cargo.toml"), package + "[dependencies]\n" + dependencies).unwrap();
        fs::write(helper.join("src/lib.rs"), format!("#![no_std]\npub const LIMIT: &str = \"{version}\";\n")).unwrap();
    };
    write_crate("h1", "helper", "1.0.0", "");
    write_crate("h2", "helper", "2.0.0", "");
    write_crate("one", "one", "1.0.0", "helper = { path = \"../h1\" }\n");
    write_crate("two", "two", "1.0.0", "helper = { path = \"../h2\" }\n");
    edit(&book.join("Cargo.toml"), "exclude = [", "exclude = [\"helpers\", ");
    let manifest = book.join("NZ/benefit/Cargo.toml");
    let helpers = ["one", "two"].map(|name| format!("{name} = {{ path = \"../../helpers/{name}\" }}\n")).concat();
    let helpers = format!("[dependencies]\nhelper = {{ path = \"../../helpers/h1\" }}\n{helpers}");
    edit(&manifest, "[dependencies]\n", &helpers);
    let first = sources_of(&book, &cache, None);
    edit(&manifest, "helper = { path = \"../../helpers/h1\" }", "helper = { path = \"../../helpers/h2\" }");
    assert_ne!(sources_of(&book, &cache, None), first);
}

#[test]
fn a_rule_that_reads_the_environment_is_not_cached_and_says_so_in_its_sources() {
    let folder = scratch();
    let (book, cache) = (folder.path().join("book"), folder.path().join("cache"));
    assert!(run(&["new", "--lang", "rust", "NZ/benefit", "--dir", book.to_str().unwrap()]).status.success());
    let code = book.join("NZ/benefit/src/lib.rs");
    let text = fs::read_to_string(&code).unwrap();
    fs::write(
        &code,
        text + "\n/// What the build was told.\npub const TOLD: Option<&str> = option_env!(\"LC_ALL\");\n",
    )
    .unwrap();
    let first = sources_of(&book, &cache, None);
    assert_eq!(fs::read_dir(cache.join("ordinance-modules")).unwrap().count(), 0);
    assert_ne!(sources_of(&book, &cache, Some("C")), first);
}
