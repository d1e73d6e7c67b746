//! What every command of authors and reviewers prints, word for word. Each file of `snapshots/` is a test: a transcript
//! of commands on a small rulebook and of what they print. `UPDATE=1 cargo test -p ordinance-tests snapshots` writes
//! the transcripts anew.

use std::env;
use std::fs;
use std::path::Path;

use crate::planted::rulebook;
use crate::support::{edit, ordinance, root, scratch, text_of};

include!(concat!(env!("OUT_DIR"), "/snapshots.rs"));

/// What begins the line of a command.
const PROMPT: &str = "$ ";

/// Runs the commands of a transcript in a folder of their own: what they print is what the transcript has.
fn assert_snapshot(name: &str) {
    let path = root().join(format!("tests/snapshots/{name}.txt"));
    let expected = fs::read_to_string(&path).unwrap();
    let commands: Vec<&str> = expected.lines().filter_map(|line| line.strip_prefix(PROMPT)).collect();
    assert!(commands.iter().any(|command| command.starts_with("ordinance ")), "`{name}` runs no command of ordinance");
    let folder = scratch();
    let found: String = commands.iter().map(|command| transcript(folder.path(), command)).collect();
    if env::var_os("UPDATE").is_some() {
        fs::write(&path, found).unwrap();
    } else {
        assert!(
            found == expected,
            "tests/snapshots/{name}.txt differs; UPDATE=1 writes it anew\n{}",
            changes(&expected, &found)
        );
    }
}

/// A command and what it prints.
fn transcript(folder: &Path, command: &str) -> String {
    let words = words_of(command);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let printed = match words.as_slice() {
        // The rulebook of a nation and of its county, whose rule makes a mistake, in the folder of that name.
        ["plant", mistake] => {
            rulebook(folder, mistake);
            String::new()
        }
        // Exchanges a text of a file.
        ["edit", file, from, to] => {
            edit(&folder.join(file), from, to);
            String::new()
        }
        // A file of `snapshots/input/`.
        ["copy", file] => {
            fs::copy(root().join("tests/snapshots/input").join(file), folder.join(file)).unwrap();
            String::new()
        }
        ["ordinance", arguments @ ..] => printed_by(folder, arguments),
        _ => panic!("`{command}` is no command of a transcript"),
    };
    assert!(!printed.lines().any(|line| line.starts_with(PROMPT)), "a printed line reads as a command: {printed}");
    format!("{PROMPT}{command}\n{printed}")
}

/// The words of a command; single quotes keep one together.
fn words_of(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (at, part) in command.split('\'').enumerate() {
        if at % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}

/// What a command prints, with stable words for what differs from run to run and from machine to machine. `DIGEST` in
/// an argument stands for the digest of the last rule of the sound rulebook.
fn printed_by(folder: &Path, arguments: &[&str]) -> String {
    let index = fs::read_to_string(folder.join("none/target/rulebook/index.json")).unwrap_or_default();
    let digest = index.split('"').rfind(|word| word.len() == 64).unwrap_or_default();
    let arguments = arguments.iter().map(|argument| argument.replace("DIGEST", digest));
    let output = ordinance().args(arguments).current_dir(folder).output().unwrap();
    let text = text_of(&output).replace(folder.to_str().unwrap(), "FOLDER");
    let mut lines: Vec<String> = text.lines().map(without_times).collect();
    lines.dedup();
    let lines = lines.into_iter().filter(|line| !line.starts_with("compiling the rules"));
    let text: String = lines.map(|line| line.trim_end().to_owned() + "\n").collect();
    format!("{text}exit {}\n", output.status.code().unwrap())
}
/// A line without digests, times and the day of the run.
fn without_times(line: &str) -> String {
    let today = jiff::tz::TimeZone::UTC.to_datetime(jiff::Timestamp::now()).date().to_string();
    let line = line.replace(&today, "TODAY");
    if line.contains("time (microseconds)") {
        return "time (microseconds) ...".to_owned();
    }
    // Where code stands, and how long it is, is the compiler's affair.
    if line.contains("     function ") || line.contains("sha256:") && line.contains(" bytes") {
        return "     ...".to_owned();
    }
    let mut words: Vec<String> = Vec::new();
    for word in line.split(' ') {
        let is_time =
            words.last().is_some_and(|last| last == "bytes,") && word.bytes().all(|byte| byte.is_ascii_digit());
        words.push(if is_time { "N".to_owned() } else { without_digest(word) });
    }
    words.join(" ")
}

fn without_digest(word: &str) -> String {
    let is_hex = |part: &str| part.len() == 64 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    let part = word.split(|letter: char| !letter.is_ascii_hexdigit()).find(|part| is_hex(part));
    let word = part.map_or_else(|| word.to_owned(), |digest| word.replace(digest, "DIGEST"));
    match word.split_once("0x") {
        Some((before, after)) => {
            format!("{before}0x...{}", after.trim_start_matches(|letter: char| letter.is_ascii_hexdigit()))
        }
        None => word,
    }
}

/// The lines that two texts don't share, between the lines that they begin and end with alike.
fn changes(expected: &str, found: &str) -> String {
    let (expected, found): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), found.lines().collect());
    let begin = expected.iter().zip(&found).take_while(|(one, other)| one == other).count();
    let rest = expected[begin..].iter().rev().zip(found[begin..].iter().rev());
    let end = rest.take_while(|(one, other)| one == other).count();
    let mut lines = vec![format!("  from line {}", begin + 1)];
    lines.extend(expected[begin..expected.len() - end].iter().map(|line| format!("- {line}")));
    lines.extend(found[begin..found.len() - end].iter().map(|line| format!("+ {line}")));
    lines.join("\n")
}
