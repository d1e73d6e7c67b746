//! An author's words reach terminals, pages and build servers. None of them shows as something else there: not by
//! escape sequences, not by marks that reorder text, not by markup, and not by characters that make a report
//! unreadable.

use std::fs;
use std::path::{Path, PathBuf};

use crate::assertions::{assert_contains, assert_lacks};
use crate::faults::write_rulebook;
use crate::hostile_guests::Guest;
use crate::support::{Server, edit, run, scratch, text_of};

/// An escape sequence, a mark of direction, a character that XML forbids, and markup.
const HOSTILE: &str = "\u{1b}[2J\u{202e}\u{9b}1m\u{1}]]><script>alert(1)</script>";

fn sources(folder: &Path) -> PathBuf {
    write_rulebook(&folder.join("book"), &[("GOOD", Guest::default().component())])
}

/// Nothing of the hostile text but plain characters is in a text.
#[track_caller]
fn assert_plain(text: &str) {
    for hidden in ["\u{1b}", "\u{202e}", "\u{9b}", "\u{1}"] {
        assert_lacks(text, hidden);
    }
}

#[test]
fn titles_names_and_citations_with_hidden_characters_are_refused_with_file_and_line() {
    let folder = scratch();
    let book = sources(folder.path());
    fs::create_dir(book.join("places")).unwrap();
    fs::write(book.join("places/x.csv"), "code,parent,name:en\nXX-T,XX,Table\n").unwrap();
    edit(&book.join("rulebook.toml"), "[privacy]", "[[jurisdiction-tables]]\nfile = \"places/x.csv\"\n[privacy]");
    for (file, line, from) in [
        ("rulebook.toml", 1, "Hostile"),
        ("rulebook.toml", 4, "Top"),
        ("places/x.csv", 2, "Table"),
        ("facts.toml", 5, "A number"),
        ("services/probe.toml", 6, "Probe"),
        ("XX-GOOD/probe/rule.toml", 6, "Probe"),
        ("XX-GOOD/probe/rule.toml", 9, "Known"),
        ("XX-GOOD/probe/rule.toml", 10, "Probe Act"),
    ] {
        let path = book.join(file);
        let kept = fs::read_to_string(&path).unwrap();
        // As it is, and as TOML escapes it.
        for hidden in ["\u{202e}", "\\u202E", "\\u001B", "\\n"] {
            if file.ends_with("csv") && hidden.starts_with('\\') {
                continue;
            }
            fs::write(&path, kept.replacen(from, &format!("{hidden}{from}"), 1)).unwrap();
            let built = run(&["build", book.to_str().unwrap()]);
            let text = text_of(&built);
            assert_eq!(built.status.code(), Some(1), "{file} {text}");
            assert_contains(&text, &format!("{file}:{line}:"));
            assert_contains(&text, "hidden character U+");
            assert_plain(&text);
        }
        fs::write(path, kept).unwrap();
    }
}

#[test]
fn a_built_rulebook_with_hidden_characters_in_its_definitions_is_refused() {
    let folder = scratch();
    let book = sources(folder.path());
    let built = run(&["build", book.to_str().unwrap()]);
    assert!(built.status.success(), "{}", text_of(&built));
    let rulebook = book.join("target/rulebook");
    let facts = rulebook.join("facts.toml");
    let digest = |path: &Path| {
        let output = std::process::Command::new("sha256sum").arg(path).output().unwrap();
        text_of(&output).split(' ').next().unwrap().to_owned()
    };
    let before = digest(&facts);
    edit(&facts, "A number", "A\\u202E number");
    edit(&rulebook.join("index.json"), &before, &digest(&facts));
    let checked = run(&["serve", rulebook.to_str().unwrap(), "--open-door", "--check-config"]);
    assert!(!checked.status.success(), "{}", text_of(&checked));
    assert_contains(&text_of(&checked), "hidden character U+202E");
}

#[test]
fn hostile_names_of_cases_change_no_report_and_no_terminal() {
    let folder = scratch();
    let book = sources(folder.path());
    let cases = book.join("XX-GOOD/probe/cases");
    fs::create_dir(&cases).unwrap();
    let name = serde_json::to_string(HOSTILE).unwrap().replace('\u{9b}', "\\u009b").replace('\u{202e}', "\\u202e");
    let case = format!(
        "[[cases]]\nname = {name}\nas_of = 2026-01-01\nfacts = {{ n = 7 }}\nexpect = {{ outcome = \"eligible\" }}\n"
    );
    fs::write(cases.join("a.toml"), case).unwrap();
    let (html, junit) = (folder.path().join("report.html"), folder.path().join("junit.xml"));
    let (to_html, to_junit) = (format!("html={}", html.display()), format!("junit={}", junit.display()));
    let output = run(&["test", book.to_str().unwrap(), "--report", &to_html, "--report", &to_junit]);
    let text = text_of(&output);
    assert_contains(&text, "\\u001b[2J\\u202e");
    assert_plain(&text);
    let page = fs::read_to_string(html).unwrap();
    assert_plain(&page);
    assert_lacks(&page, "<script");
    assert_contains(&page, "http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-");
    let xml = fs::read_to_string(junit).unwrap();
    assert_plain(&xml);
    assert_lacks(&xml, "<script");
    let json = run(&["test", book.to_str().unwrap(), "--json"]);
    assert_plain(&text_of(&json));
}

#[test]
fn a_failed_rule_tells_nobody_what_its_code_wrote_but_as_plain_text() {
    let folder = scratch();
    // The name of a criterion that the guest makes up, in its memory at 2048.
    let bytes: String = HOSTILE.bytes().map(|byte| format!("\\{byte:02x}")).collect();
    let body = format!(
        "(i32.store8 (i32.const 1024) (i32.const 1)) (i32.store (i32.const 1056) (i32.const 1100)) (i32.store (i32.const 1060) (i32.const 1))
         (i32.store (i32.const 1100) (i32.const 2048)) (i32.store (i32.const 1104) (i32.const {})) (i32.const 1024)",
        HOSTILE.len()
    );
    let guest = Guest { data: format!("(data (i32.const 2048) \"{bytes}\")"), ..Guest::with_body(body) };
    let book = write_rulebook(&folder.path().join("book"), &[("EVIL", guest.component())]);
    let built = run(&["build", book.to_str().unwrap()]);
    assert!(built.status.success(), "{}", text_of(&built));
    let server = Server::start(&book.join("target/rulebook"), "");
    let reply = server.decide("XX-EVIL", "probe", "2026-01-01", &serde_json::json!({"n": 7}));
    reply.assert_status(200);
    assert_plain(&reply.text);
    assert_plain(&server.said());
}
