//! How to mend what a TOML file doesn't say as TOML, or as the file's kind, has it. The parser's own messages speak to
//! programmers.

use crate::spelling::nearest;

/// How to mend an error of the parser. `text` is the whole file, and `at` the byte of the error.
pub(crate) fn help_for(message: &str, text: &str, at: usize) -> Option<String> {
    // TOML parses a text, a version or an amount without quotes as an incomplete number or date.
    let bare =
        || is_bare_value(text, at).then(|| "write texts, versions and amounts in quotes: key = \"...\"".to_owned());
    help_for_message(message, text, at).or_else(bare)
}

fn help_for_message(message: &str, text: &str, at: usize) -> Option<String> {
    let value = written_value(text, at);
    let quoted = |help: &str| Some(help.to_owned());
    if message.contains("expected a TOML datetime") {
        return quoted("write a day without quotes, the year first: 2026-01-31");
    }
    if message.contains("struct ProvisionToml") {
        return quoted("write which article of which document: { document = \"...\", article = \"...\" }");
    }
    if let Some(field) = between(message, "missing field `", "`") {
        return Some(format!("add it, such as {}", example(field)));
    }
    if message.contains("duplicate key") && is_single_table(text, at) {
        return quoted("each criterion begins with [[criteria]], each place with [[jurisdictions]], in two brackets");
    }
    if let (Some(found), Some(known)) =
        (between(message, "unknown field `", "`"), message.split_once("expected ").map(|(_, known)| known))
    {
        let known = known.split('`').skip(1).step_by(2);
        return nearest(found, known).map(|near| format!("did you mean `{near}`?"));
    }
    if !is_syntax(message) {
        return None;
    }
    if is_foreign_day(&value) {
        return quoted("write a day as 2026-01-31, without quotes");
    }
    if value.starts_with(|c: char| "“”„‘’«「".contains(c)) {
        return quoted("type straight quotes: key = \"...\"");
    }
    if value.chars().next().is_some_and(|c| c.is_ascii_digit()) && value.contains([',', '%', ' ', '$']) {
        return quoted(
            "write an amount in quotes, with a point before its decimals and no other marks: value = \"12880.50\"",
        );
    }
    if message.contains("key with no value") {
        return quoted("write key = value; a name of several words has `_` or `-` between them");
    }
    quoted(
        "write texts, versions and amounts in quotes: key = \"...\"; a text that has quotes itself in single ones: key = '...'",
    )
}

/// Whether a message is of the syntax of TOML, not of what a file of this kind has.
fn is_syntax(message: &str) -> bool {
    ["must be quoted", "invalid literal string", "invalid basic string", "unexpected key or value", "key with no value"]
        .iter()
        .any(|known| message.contains(known))
        || message.contains("expected newline")
}

fn between<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    text.split_once(before).and_then(|(_, rest)| rest.split_once(after)).map(|(found, _)| found)
}

fn line_of(text: &str, at: usize) -> &str {
    let start = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |found| found + 1);
    text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default()
}

/// Whether a byte belongs to a value without quotes after a key.
fn is_bare_value(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    let value = line.split_once('=').map(|(_, value)| value.trim_start()).unwrap_or_default();
    !value.is_empty() && value.chars().all(|c| c.is_alphanumeric() || ".-_".contains(c))
}

/// The value of the last key at or before a byte, up to the end of its line.
fn written_value(text: &str, at: usize) -> String {
    let line = line_of(text, at);
    let start = at.saturating_sub(text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |found| found + 1));
    let key = line.get(..start).and_then(|before| before.rfind('=')).or_else(|| line.find('='));
    key.and_then(|key| line.get(key + 1..)).unwrap_or_default().trim().to_owned()
}

/// Whether the error is within `[criteria]` or another list of tables that has one bracket.
fn is_single_table(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default();
    let header = before.lines().rev().chain([line_of(text, at)]).find(|line| line.trim_start().starts_with('['));
    let own = line_of(text, at).trim();
    [header.unwrap_or_default().trim(), own].iter().any(|line| matches!(*line, "[criteria]" | "[jurisdictions]"))
}

/// Whether it begins as a day with slashes or points.
fn is_foreign_day(value: &str) -> bool {
    let day: String = value.chars().take_while(|c| c.is_ascii_digit() || "/.".contains(*c)).collect();
    let parts: Vec<&str> = day.split(['/', '.']).collect();
    parts.len() == 3 && parts.iter().all(|part| matches!(part.len(), 1 | 2 | 4))
}

/// How a key that is missing is written.
fn example(field: &str) -> String {
    match field {
        "in-force" => "in-force = { from = 2026-01-01 }".to_owned(),
        "provision" => "provision = { document = \"...\", article = \"...\" }".to_owned(),
        "titles" => "titles = { en = \"...\" }".to_owned(),
        "from" => "from = 2026-01-01".to_owned(),
        "values" => "values = [{ from = 2026-01-01, value = \"100.00\" }]".to_owned(),
        "version" => "version = \"1.0.0\"".to_owned(),
        field => format!("{field} = \"...\""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn help(text: &str) -> String {
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct File {
            #[expect(dead_code, reason = "only its form is read")]
            from: toml::value::Datetime,
            #[expect(dead_code, reason = "only its form is read")]
            value: Option<String>,
        }
        let error = toml::from_str::<File>(text).unwrap_err();
        help_for(error.message(), text, error.span().unwrap_or(0..0).start).unwrap_or_default()
    }

    #[test]
    fn mistakes_of_people_who_write_no_toml_are_told_what_to_write() {
        for (text, wanted) in [
            ("from = \"2026-01-01\"", "without quotes"),
            ("from = 01/31/2026", "2026-01-31"),
            ("from = 2026-01-01\nvalue = 12,880", "no other marks"),
            ("from = 2026-01-01\nvalue = 55 %", "no other marks"),
            ("from = 2026-01-01\nvalue = “x”", "straight quotes"),
            ("from = 2026-01-01\nvalue = a > 3", "in quotes"),
            ("from = 2026-01-01\nneed standard = 3", "`_`"),
            ("from = 2026-01-01\nvalu = \"3\"", "did you mean `value`?"),
            ("value = \"3\"", "from = 2026-01-01"),
        ] {
            let told = help(text);
            assert!(told.contains(wanted), "{text}: {told}");
        }
    }
}
