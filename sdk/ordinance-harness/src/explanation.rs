//! A rule in words, for those who vote on it and those who compare it with the text of the law.

use serde::Serialize;

/// A rule in words.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Explanation {
    /// The language of its words (BCP 47).
    pub language: String,
    /// The title of the rule.
    pub title: String,
    /// What is said of the whole rule: a word, and what it is.
    pub head: Vec<(String, String)>,
    /// The parts, in the order of reading.
    pub sections: Vec<ExplainedSection>,
}

/// A part of an explanation.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ExplainedSection {
    /// The heading.
    pub heading: String,
    /// What stands before its parts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lead: Option<String>,
    /// Its parts.
    pub parts: Vec<ExplainedPart>,
}

/// A criterion, a value, a number over time or a table.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ExplainedPart {
    /// Its title for people.
    pub title: String,
    /// Its name in the rule.
    pub name: String,
    /// What the rule says of it, in words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub prose: Vec<String>,
    /// The expression as the author wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The article.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provision: Option<ExplainedProvision>,
    /// Its values or rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<ExplainedTable>,
}

/// The citation of an article.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExplainedProvision {
    /// The document and the article.
    pub text: String,
    /// Where it can be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// Values in rows.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ExplainedTable {
    /// The heading of each column.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<String>>,
}

impl Explanation {
    /// The explanation as text for a terminal.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = format!("{}\n", self.title);
        for (word, what) in &self.head {
            text.push_str(&format!("  {word}: {what}\n"));
        }
        for section in &self.sections {
            text.push_str(&format!("\n{}\n", section.heading));
            if let Some(line) = &section.lead {
                text.push_str(&format!("  {line}\n"));
            }
            section.parts.iter().for_each(|part| part.write(&mut text));
        }
        text
    }
}

impl ExplainedPart {
    fn write(&self, text: &mut String) {
        text.push_str(&format!("  - {}", self.title));
        if !self.name.is_empty() && self.name != self.title {
            text.push_str(&format!(" [{}]", self.name));
        }
        text.push('\n');
        for line in self.prose.iter().chain(&self.code).flat_map(|part| part.lines()) {
            text.push_str(&format!("      {line}\n"));
        }
        if let Some(provision) = &self.provision {
            text.push_str(&format!("      ({})\n", provision.text));
        }
        if let Some(table) = &self.table {
            table.write(text);
        }
    }
}

impl ExplainedTable {
    /// The table with its columns below each other.
    fn write(&self, text: &mut String) {
        let lines = || std::iter::once(&self.columns).chain(&self.rows);
        let width = |column: usize| lines().filter_map(|row| row.get(column)).map(|cell| shown_width(cell)).max();
        let widths: Vec<usize> = (0..self.columns.len()).map(|column| width(column).unwrap_or_default()).collect();
        for row in lines().filter(|row| row.iter().any(|cell| !cell.is_empty())) {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths) {
                line.push_str(cell);
                line.push_str(&" ".repeat(width.saturating_sub(shown_width(cell)) + 2));
            }
            text.push_str(&format!("      {}\n", line.trim_end()));
        }
    }
}

/// The columns that a terminal takes for a text: two for each character of Chinese, Japanese or Korean.
fn shown_width(text: &str) -> usize {
    let is_wide = |letter: char| {
        matches!(letter, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}' | '\u{ffe0}'..='\u{ffe6}')
    };
    text.chars().map(|letter| if is_wide(letter) { 2 } else { 1 }).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_a_table_stand_below_each_other_in_any_script() {
        let table = ExplainedTable {
            columns: vec!["从".to_owned(), "value".to_owned()],
            rows: vec![vec!["2026".to_owned(), "80.00".to_owned()]],
        };
        let mut text = String::new();
        table.write(&mut text);
        assert_eq!(text, "      从    value\n      2026  80.00\n");
    }
}
