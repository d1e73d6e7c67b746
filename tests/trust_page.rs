//! `host/TRUST.md`: its story runs command by command, and says what the page says. Keys, digests, days and sizes are
//! others in each run.

use std::fs;
use std::path::Path;

use crate::country::Country;
use crate::support::{root, text_of};

/// A block of commands with what they print.
const BLOCK: &str = "```console\n";

/// A command of the page: its text, perhaps on several lines, and what it prints.
struct Step {
    command: String,
    output: String,
}

/// The steps of a block.
fn steps(block: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut is_continued = false;
    for line in block.lines() {
        match (line.strip_prefix("$ "), steps.last_mut()) {
            (Some(command), _) => {
                steps.push(Step { command: format!("{command}\n"), output: String::new() });
                is_continued = command.ends_with('\\');
            }
            (None, Some(step)) if is_continued => {
                step.command.push_str(&format!("{line}\n"));
                is_continued = line.ends_with('\\');
            }
            (None, Some(step)) => step.output.push_str(&format!("{line}\n")),
            (None, None) => panic!("a block begins with `$ `: {line}"),
        }
    }
    steps
}

/// The text with what differs from run to run replaced: words of hexadecimal digits, days and sizes.
fn normalised(text: &str) -> String {
    let mut words = String::new();
    let is_in_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' && !text.is_empty();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if is_in_word(first) {
            rest.find(|letter| !is_in_word(letter)).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (word, after) = rest.split_at(length);
        let is_hex = word.chars().all(|letter| letter.is_ascii_hexdigit());
        let is_day = word.len() == 10 && word.chars().filter(|letter| *letter == '-').count() == 2;
        let is_size = after.starts_with(" bytes") && word.chars().all(|letter| letter.is_ascii_digit());
        words.push_str(match word.len() {
            12 if is_hex => "KEY",
            64 if is_hex => "DIGEST",
            10 if is_day => "DAY",
            _ if is_size => "SIZE",
            _ if word.starts_with("age1") => "RECIPIENT",
            _ => word,
        });
        rest = after;
    }
    words
}

/// Runs the steps of the page in one folder. The page with what they printed.
fn run_page(page: &str) -> (String, Vec<String>) {
    let country = Country::new();
    // The page takes the definitions over by a command.
    for name in ["shandong", "yantai"] {
        fs::remove_dir_all(country.path(name).join("services")).unwrap();
        fs::remove_file(country.path(name).join("rulebook.toml")).unwrap();
        fs::remove_file(country.path(name).join("facts.toml")).unwrap();
    }
    let home = fs::canonicalize(country.path("")).unwrap();
    let mut parts = page.split(BLOCK);
    let mut written = parts.next().unwrap().to_owned();
    let mut faults = Vec::new();
    for part in parts {
        let (block, text) = part.split_once("```\n").unwrap();
        written.push_str(BLOCK);
        for step in steps(block) {
            let ran = text_of(&country.shell(&step.command)).replace(home.to_str().unwrap(), "/home/me");
            let ran: String = ran.trim_end().lines().map(|line| format!("{}\n", line.trim_end())).collect();
            if normalised(&ran) != normalised(&step.output) {
                faults.push(format!("$ {}the page says:\n{}it printed:\n{ran}", step.command, step.output));
            }
            written.push_str(&format!("$ {}{ran}", step.command));
        }
        written.push_str(&format!("```\n{text}"));
    }
    (written, faults)
}

#[test]
fn every_command_of_the_page_prints_what_the_page_says() {
    let path: &Path = &root().join("host/TRUST.md");
    let page = fs::read_to_string(path).unwrap();
    let (written, faults) = run_page(&page);
    assert!(page.matches(BLOCK).count() > 5, "the page has no story");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(path, written).unwrap();
        return;
    }
    assert!(faults.is_empty(), "UPDATE=1 writes what the commands print:\n{}", faults.join("\n"));
}
