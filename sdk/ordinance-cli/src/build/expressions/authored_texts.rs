//! The lines on which the author of expressions wrote them, for commands that show a line of source.

use std::collections::BTreeMap;

use ordinance_feel::source_text::Origin;
use ordinance_harness::{AuthoredCode, AuthoredLine};

use super::rule_texts::RuleTexts;

/// The text of each line of a manifest and of each row of a table, by the file and the number of the line or row.
pub(crate) struct AuthoredTexts(BTreeMap<(String, u32), AuthoredLine>);

impl AuthoredTexts {
    pub(crate) fn of(texts: &RuleTexts) -> Self {
        let mut found: BTreeMap<(String, u32), AuthoredLine> = BTreeMap::new();
        let mut add = |file: &str, line: u32, text: &str, code: AuthoredCode| {
            let key = (file.to_owned(), line);
            match found.get_mut(&key) {
                Some(known) => {
                    known.text.push_str(" | ");
                    known.text.push_str(text);
                }
                None => {
                    let line = AuthoredLine { place: format!("{file}:{line}"), text: text.to_owned(), code };
                    found.insert(key, line);
                }
            }
        };
        let rows = texts.text.tables.iter().flat_map(|table| &table.rows);
        let cells: Vec<usize> = rows.flat_map(|row| row.tests.iter().chain(&row.outputs)).map(|cell| cell.0).collect();
        let is_cell = cells.into_iter().collect::<std::collections::BTreeSet<_>>();
        for (index, text) in texts.text.texts.0.iter().enumerate() {
            let code = if is_cell.contains(&index) { AuthoredCode::TableRow } else { AuthoredCode::Expression };
            match &text.origin {
                Origin::Cell { row, .. } => add(&text.file, *row, &text.text, code),
                Origin::Text { lines, .. } => {
                    for (line, part) in parts_by_line(&text.text, lines) {
                        add(&text.file, line, &part, code);
                    }
                }
            }
        }
        Self(found)
    }

    /// The line of source for a file and a line as the debug information names them; the file may have the rule's
    /// folder before it.
    pub(crate) fn line(&self, file: &str, line: u32) -> Option<&AuthoredLine> {
        let file = file.trim_start_matches("./").trim_start_matches('/');
        self.0.get(&(file.to_owned(), line))
    }

    /// Whether a file of the debug information is one of the author.
    pub(crate) fn has_file(&self, file: &str) -> bool {
        let file = file.trim_start_matches("./").trim_start_matches('/');
        self.0.range((file.to_owned(), 0)..).next().is_some_and(|((known, _), _)| known == file)
    }
}

/// The parts of a text on each line of its file.
fn parts_by_line(text: &str, lines: &[u32]) -> Vec<(u32, String)> {
    let mut parts: Vec<(u32, String)> = Vec::new();
    for (at, letter) in text.char_indices() {
        let line = lines.get(at).copied().unwrap_or_default();
        match parts.last_mut() {
            Some((last, part)) if *last == line => part.push(letter),
            Some(_) | None => parts.push((line, letter.to_string())),
        }
    }
    parts
}
