//! A build of somebody else's sources runs nothing that they wrote: it refuses, by name, whatever would run, and the
//! compiler is confined. What a build runs all the same leaves a mark in these tests, which must not appear.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Output;

use crate::assertions::{assert_contains, assert_lacks};
use crate::faults::write_rulebook;
use crate::hostile_guests::Guest;
use crate::support::{copy_folder, edit, ordinance, run, scratch, text_of};

/// A rulebook as `ordinance new` writes it.
fn sources(folder: &Path) -> PathBuf {
    let book = folder.join("book");
    let made = run(&["new", "--lang", "rust", "NZ/benefit", "--dir", book.to_str().unwrap()]);
    assert!(made.status.success(), "{}", text_of(&made));
    book
}

/// Runs a command with a cache of its own.
fn ordered(folder: &Path, arguments: &[&str]) -> Output {
    ordinance().args(arguments).env("XDG_CACHE_HOME", folder.join("cache")).output().unwrap()
}

/// Each command refuses the sources, names what would run, and runs nothing of them.
#[track_caller]
fn assert_refused(folder: &Path, book: &Path, commands: &[&str], words: &[&str]) {
    let mark = folder.join("mark");
    for command in commands {
        let book = book.to_str().unwrap();
        let output = match *command {
            "review" => {
                ordered(folder, &["review", book, "--against", book, "--out", folder.join("out").to_str().unwrap()])
            }
            command => ordered(folder, &[command, book]),
        };
        let text = text_of(&output);
        assert_eq!(output.status.code(), Some(2), "{command}: {text}");
        for words in words {
            assert_contains(&text, words);
        }
        assert_contains(&text, "--trust-sources");
        assert!(!mark.exists(), "{command} ran code of the author: {text}");
    }
}

/// A program that leaves the mark.
fn write_program(folder: &Path, path: &Path) {
    fs::write(path, format!("#!/bin/sh\ntouch {}\nexit 1\n", folder.join("mark").display())).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn settings_of_cargo_and_toolchains_by_path_are_refused_by_name_and_run_nothing() {
    let folder = scratch();
    let book = sources(folder.path());
    write_program(folder.path(), &folder.path().join("evil"));
    let commands = ["build", "test", "check", "review"];
    // Beside the sources, and above them: a repository holds the folder of the rulebook.
    for place in [&book, folder.path()] {
        fs::create_dir(place.join(".cargo")).unwrap();
        for name in ["config.toml", "config"] {
            let settings = place.join(".cargo").join(name);
            let evil = folder.path().join("evil");
            fs::write(&settings, format!("[build]\nrustc = {evil:?}\nrustc-wrapper = {evil:?}\n")).unwrap();
            assert_refused(folder.path(), &book, &commands, &[settings.to_str().unwrap(), "settings of cargo"]);
            fs::remove_file(settings).unwrap();
        }
        fs::remove_dir(place.join(".cargo")).unwrap();
    }
    let toolchain = folder.path().join("toolchain");
    fs::create_dir_all(toolchain.join("bin")).unwrap();
    for program in ["cargo", "rustc"] {
        write_program(folder.path(), &toolchain.join("bin").join(program));
    }
    fs::write(book.join("rust-toolchain.toml"), format!("[toolchain]\npath = {toolchain:?}\n")).unwrap();
    assert_refused(folder.path(), &book, &commands, &["rust-toolchain.toml", "a toolchain by its path"]);
}

#[test]
fn build_scripts_and_foreign_macros_are_refused_by_name_and_run_nothing() {
    let folder = scratch();
    let book = sources(folder.path());
    let rule = book.join("NZ/benefit");
    let mark = folder.path().join("mark");
    let touch = format!("std::fs::write({mark:?}, \"\").unwrap();");
    fs::write(rule.join("build.rs"), format!("fn main() {{ {touch} }}\n")).unwrap();
    assert_refused(folder.path(), &book, &["build", "test", "review"], &["nz-benefit", "a build script"]);
    fs::remove_file(rule.join("build.rs")).unwrap();
    // A macro of a well-known name.
    let evil = book.join("wit-bindgen-rust-macro");
    fs::create_dir_all(evil.join("src")).unwrap();
    let manifest = "[package]\nname = \"wit-bindgen-rust-macro\"\nversion = \"0.60.0\"\nedition = \"2024\"\n[lib]\nproc-macro = true\n";
    fs::write(evil.join("Cargo.toml"), manifest).unwrap();
    let expand = format!(
        "#[proc_macro]\npub fn evil(_: proc_macro::TokenStream) -> proc_macro::TokenStream {{ {touch} Default::default() }}\n"
    );
    fs::write(evil.join("src/lib.rs"), expand).unwrap();
    edit(&book.join("Cargo.toml"), "\".ordinance\"]", "\".ordinance\", \"wit-bindgen-rust-macro\"]");
    let kept = fs::read_to_string(rule.join("Cargo.toml")).unwrap();
    let dependency =
        "[dependencies]\nevil = { package = \"wit-bindgen-rust-macro\", path = \"../../wit-bindgen-rust-macro\" }\n";
    edit(&rule.join("Cargo.toml"), "[dependencies]\n", dependency);
    edit(&rule.join("src/lib.rs"), "ordinance_sdk::rule!(Rule);", "ordinance_sdk::rule!(Rule);\nevil::evil!();");
    assert_refused(folder.path(), &book, &["build"], &["wit-bindgen-rust-macro", "a procedural macro"]);
    fs::write(rule.join("Cargo.toml"), kept).unwrap();
    edit(&rule.join("Cargo.toml"), "[package]", "cargo-features = [\"profile-rustflags\"]\n[package]");
    let refused = ordered(folder.path(), &["build", book.to_str().unwrap()]);
    assert!(!refused.status.success(), "{}", text_of(&refused));
}

#[test]
fn a_package_outside_the_sources_whose_files_a_rule_could_include_is_refused_by_name() {
    let folder = scratch();
    let book = sources(folder.path());
    let private = folder.path().join("private");
    fs::create_dir_all(private.join("src")).unwrap();
    fs::write(private.join("Cargo.toml"), "[package]\nname = \"private\"\nversion = \"1.0.0\"\nedition = \"2024\"\n")
        .unwrap();
    fs::write(private.join("src/lib.rs"), "").unwrap();
    let dependency = format!("[dependencies]\nprivate = {{ path = {private:?} }}\n");
    edit(&book.join("NZ/benefit/Cargo.toml"), "[dependencies]\n", &dependency);
    assert_refused(folder.path(), &book, &["build"], &["private", "a package outside the folder of the sources"]);
}

#[test]
fn a_target_folder_that_comes_with_the_sources_is_not_used() {
    let folder = scratch();
    let book = sources(folder.path());
    let target = book.join("target/wasm32-unknown-unknown/release");
    fs::create_dir_all(&target).unwrap();
    fs::write(target.join("planted"), "").unwrap();
    let built = ordered(folder.path(), &["build", book.to_str().unwrap()]);
    assert!(built.status.success(), "{}", text_of(&built));
    let used: Vec<_> = fs::read_dir(&target).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(used, ["planted"], "the build wrote into a folder that the author made");
}

#[test]
fn the_compiler_of_untrusted_sources_reads_no_file_outside_them_and_no_variable() {
    let folder = scratch();
    let book = sources(folder.path());
    let rule = book.join("NZ/benefit/src/lib.rs");
    let secret = folder.path().join("secret");
    fs::write(&secret, "secret-7f3a").unwrap();
    let kept = fs::read_to_string(&rule).unwrap();
    let build = |line: &str| {
        fs::write(&rule, format!("{kept}\n{line}\n")).unwrap();
        let output = ordinance()
            .args(["build", book.to_str().unwrap()])
            .env("XDG_CACHE_HOME", folder.path().join("cache"))
            .env("SECRET_OF_CI", "secret-7f3a")
            .output()
            .unwrap();
        let text = text_of(&output);
        assert_eq!(output.status.code(), Some(1), "{text}");
        text
    };
    let text = build("pub const SECRET: &str = env!(\"SECRET_OF_CI\");");
    assert_contains(&text, "not defined");
    // An older system can't confine the compiler, and the command says so.
    if text.contains("can't confine the compiler") {
        return;
    }
    for included in ["include_str!", "include_bytes!"] {
        let text = build(&format!("#[used]\nstatic SECRET: &[u8] = {included}({secret:?}).as_slice();"));
        assert_contains(&text, "ermission denied");
    }
    let text = build(&format!("#[path = {secret:?}]\nmod secret;"));
    assert_lacks(&text, "secret-7f3a");
}

#[test]
fn untrusted_sources_are_not_built_with_the_settings_of_the_users_cargo_in_them() {
    let folder = scratch();
    let book = sources(folder.path());
    let home = folder.path().join("cargo-home");
    fs::create_dir_all(&home).unwrap();
    // The compiler may open the home of cargo, where the registry is.
    let settings = home.join("config.toml");
    fs::write(&settings, "[term]\nquiet = true\n").unwrap();
    let rule = book.join("NZ/benefit/src/lib.rs");
    let kept = fs::read_to_string(&rule).unwrap();
    let line = format!("#[used]\nstatic SETTINGS: &[u8] = include_bytes!({settings:?}).as_slice();");
    fs::write(&rule, format!("{kept}\n{line}\n")).unwrap();
    let mut command = ordinance();
    command.args(["build", book.to_str().unwrap()]).env("XDG_CACHE_HOME", folder.path().join("cache"));
    let built = command.env("CARGO_HOME", &home).output().unwrap();
    assert_contains(&text_of(&built), "outside the folder of the sources");
    assert!(!book.join("target/rulebook").exists(), "{}", text_of(&built));
}

#[test]
fn a_review_takes_built_components_that_fit_the_sources() {
    let folder = scratch();
    let book = write_rulebook(&folder.path().join("book"), &[("GOOD", Guest::default().component())]);
    let built = folder.path().join("built");
    let output = run(&["build", book.to_str().unwrap(), "--out", built.to_str().unwrap()]);
    assert!(output.status.success(), "{}", text_of(&output));
    // The sources of the same rule, which run code if they are built.
    let rule = book.join("XX-GOOD/probe");
    fs::remove_file(rule.join("rule.wasm")).unwrap();
    fs::write(rule.join("Cargo.toml"), "[package]\nname = \"evil\"\nversion = \"1.0.0\"\nbuild = \"build.rs\"\n")
        .unwrap();
    let review = |against: &Path| {
        let (book, built, against) = (book.to_str().unwrap(), built.to_str().unwrap(), against.to_str().unwrap());
        let out = folder.path().join("out");
        ordered(
            folder.path(),
            &["review", book, "--prebuilt", built, "--against", against, "--out", out.to_str().unwrap()],
        )
    };
    let reviewed = review(&built);
    assert_contains(&text_of(&reviewed), "check       ");
    assert!(folder.path().join("out/report.html").is_file());
    // The manifest says other law than the component that was built.
    edit(&rule.join("rule.toml"), "article = \"3\"", "article = \"4\"");
    let other = text_of(&review(&built));
    assert_contains(&other, "wasn't built from these sources: the rule `XX-GOOD/probe` or its rule.toml differs");
    edit(&book.join("facts.toml"), "max = 200", "max = 150");
    assert_contains(&text_of(&review(&built)), "`facts.toml` differs");
}

#[test]
fn sources_that_pass_are_built_alike_with_and_without_trust() {
    let folder = scratch();
    let book = sources(folder.path());
    let trusted = folder.path().join("trusted/book");
    copy_folder(&book, &trusted);
    let index = |book: &Path, flags: &[&str]| {
        let output = ordered(folder.path(), &[&["build", book.to_str().unwrap()], flags].concat());
        assert!(output.status.success(), "{}", text_of(&output));
        fs::read_to_string(book.join("target/rulebook/index.json")).unwrap()
    };
    assert_eq!(index(&book, &[]), index(&trusted, &["--trust-sources"]));
}

#[test]
fn bindings_of_an_author_are_replaced_by_those_that_the_wit_gives() {
    let folder = scratch();
    let book = sources(folder.path());
    let bindings = book.join("NZ/benefit/wit/bindings.rs");
    let sound = fs::read_to_string(&bindings).unwrap();
    fs::write(&bindings, "compile_error!(\"the author's own bindings\");").unwrap();
    let built = ordered(folder.path(), &["build", book.to_str().unwrap()]);
    assert!(built.status.success(), "{}", text_of(&built));
    assert_eq!(fs::read_to_string(&bindings).unwrap(), sound);
}

#[test]
fn types_that_would_fill_the_memory_of_a_build_are_refused_before_code_is_made_from_them() {
    let folder = scratch();
    let book = sources(folder.path());
    let mut records = "    record r0 { a: u8 }\n".to_owned();
    for number in 1..40 {
        records.push_str(&format!("    record r{number} {{ a: r{0}, b: r{0} }}\n", number - 1));
    }
    let wit = book.join("NZ/benefit/wit/rule.wit");
    edit(&wit, "world rule {\n", &format!("world rule {{\n{records}    import f: func(a: r39);\n"));
    let built = ordered(folder.path(), &["build", book.to_str().unwrap()]);
    assert_eq!(built.status.code(), Some(1), "{}", text_of(&built));
    assert_contains(&text_of(&built), "the types of the world have more than");
}
