//! `host/TRUST.md`: its story runs command by command, and says what the page says. Keys, digests, ids, days, times and
//! sizes are others in each run. The commands need `curl`; the host of the page listens on free ports here.

use std::fs;
use std::net::TcpListener;
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

/// Whether a command goes on in the next line: after a backslash, or up to the line `END`.
fn goes_on(command: &str) -> bool {
    command.ends_with("\\\n") || command.contains("<< 'END'") && !command.ends_with("\nEND\n")
}

/// The steps of a block.
fn steps(block: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for line in block.lines() {
        match (line.strip_prefix("$ "), steps.last_mut()) {
            (Some(command), _) => steps.push(Step { command: format!("{command}\n"), output: String::new() }),
            (None, Some(step)) if goes_on(&step.command) => step.command.push_str(&format!("{line}\n")),
            (None, Some(step)) => step.output.push_str(&format!("{line}\n")),
            (None, None) => panic!("a block begins with `$ `: {line}"),
        }
    }
    steps
}

/// The text without the moments at the end of lines: `1 December 2026, 11:35:42, Asia/Shanghai (UTC+8)`.
fn without_moments(text: &str) -> String {
    let of_line = |line: &str| match line.strip_suffix(", Asia/Shanghai (UTC+8)") {
        Some(rest) => format!("{}\n", rest.rsplitn(5, ' ').last().unwrap()),
        None => format!("{line}\n"),
    };
    text.lines().map(of_line).collect()
}

/// The text with what differs from run to run replaced: words of hexadecimal digits, days and sizes.
fn normalised(text: &str) -> String {
    let text = without_moments(text);
    let mut words = String::new();
    let is_in_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' && !text.is_empty();
    let mut rest = text.as_str();
    while let Some(first) = rest.chars().next() {
        let length = if is_in_word(first) {
            rest.find(|letter| !is_in_word(letter)).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (word, after) = rest.split_at(length);
        let is_hex = word.chars().all(|letter| letter.is_ascii_hexdigit());
        // A day, a month, or a day with its hour.
        let is_day =
            word.len() >= 7 && word.contains('-') && word.chars().all(|letter| "0123456789-T".contains(letter));
        let is_id = word.len() == 36 && word.chars().filter(|letter| *letter == '-').count() == 4;
        let is_size = after.starts_with(" bytes") && word.chars().all(|letter| letter.is_ascii_digit());
        words.push_str(match word.len() {
            12 if is_hex => "KEY",
            64 if is_hex => "DIGEST",
            _ if is_id => "ID",
            _ if is_day => "DAY",
            _ if is_size => "SIZE",
            _ if word.starts_with("age1") => "RECIPIENT",
            _ => word,
        });
        rest = after;
    }
    words
}

/// The addresses of the page's host, each with a free one.
fn addresses() -> [(&'static str, String); 2] {
    let free = ["127.0.0.1:8080", "127.0.0.1:9090"].map(|shown| (shown, TcpListener::bind("127.0.0.1:0").unwrap()));
    free.map(|(shown, listener)| (shown, listener.local_addr().unwrap().to_string()))
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
    let addresses = addresses();
    let home = fs::canonicalize(country.path("")).unwrap();
    let mut parts = page.split(BLOCK);
    let mut written = parts.next().unwrap().to_owned();
    let mut faults = Vec::new();
    for part in parts {
        let (block, text) = part.split_once("```\n").unwrap();
        written.push_str(BLOCK);
        for step in steps(block) {
            let command =
                addresses.iter().fold(step.command.clone(), |command, (shown, free)| command.replace(shown, free));
            let ran = text_of(&country.shell(&command)).replace(home.to_str().unwrap(), "/home/me");
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
