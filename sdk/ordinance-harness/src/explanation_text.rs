//! An explanation as lines of text.

use crate::explanation::{ExplainedPart, ExplainedTable, Explanation};

/// The columns that the lines of a grid may take, where it can be divided.
const COLUMNS_MAX: usize = 80;

/// The blanks before what is said of a part.
const PART_INDENT: &str = "      ";

/// The blanks before an expression as its author wrote it, more than before what is said of it.
const CODE_INDENT: &str = "          ";

/// A line of an explanation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextLine {
    /// The words, without an end of line.
    pub text: String,
    /// Whether it is an expression as its author wrote it, and not words about the rule.
    pub is_code: bool,
}

impl Explanation {
    /// The explanation as lines for a terminal.
    #[must_use]
    pub fn lines(&self) -> Vec<TextLine> {
        let mut lines = Lines::default();
        lines.add("", &self.title);
        self.head.iter().for_each(|(word, what)| lines.add("  ", &format!("{word}: {what}")));
        for section in &self.sections {
            lines.add("", "");
            lines.add("", &section.heading);
            // The lines after its first have their own blanks.
            section.lead.iter().for_each(|lead| lines.add("", &format!("  {lead}")));
            section.code.iter().for_each(|code| lines.add_code(code));
            section.parts.iter().for_each(|part| lines.add_part(part));
        }
        lines.0
    }

    /// The explanation as text for a terminal.
    #[must_use]
    pub fn to_text(&self) -> String {
        self.lines().into_iter().map(|line| line.text + "\n").collect()
    }
}

#[derive(Default)]
struct Lines(Vec<TextLine>);

impl Lines {
    fn push(&mut self, indent: &str, line: &str, is_code: bool) {
        self.0.push(TextLine { text: format!("{indent}{line}").trim_end().to_owned(), is_code });
    }

    fn add(&mut self, indent: &str, text: &str) {
        match text.is_empty() {
            true => self.push("", "", false),
            false => text.lines().for_each(|line| self.push(indent, line, false)),
        }
    }

    fn add_code(&mut self, code: &str) {
        code.lines().for_each(|line| self.push(CODE_INDENT, line, true));
    }

    fn add_part(&mut self, part: &ExplainedPart) {
        let name = match part.name.is_empty() || part.name == part.title {
            true => String::new(),
            false => format!(" [{}]", part.name),
        };
        self.add("  ", &format!("- {}{name}", part.title));
        part.prose.iter().for_each(|line| self.add(PART_INDENT, line));
        part.code.iter().for_each(|code| self.add_code(code));
        if let Some(provision) = &part.provision {
            self.add(PART_INDENT, &format!("({})", provision.text));
        }
        for (index, block) in part.table.iter().flat_map(|table| table.blocks(is_narrow)).enumerate() {
            if index > 0 {
                self.add("", "");
            }
            block.lines().iter().for_each(|line| self.add(PART_INDENT, line));
        }
    }
}

fn is_narrow(table: &ExplainedTable) -> bool {
    table.lines().iter().all(|line| PART_INDENT.len() + shown_width(line) <= COLUMNS_MAX)
}

impl ExplainedTable {
    /// The table with its columns below each other; a grid with lines between them, and its numbers to the right.
    fn lines(&self) -> Vec<String> {
        let all = || std::iter::once(&self.columns).chain(&self.rows);
        let width = |column: usize| {
            let cells = all().filter_map(|row| row.get(column));
            cells.flat_map(|cell| cell.lines().map(shown_width)).max().unwrap_or_default()
        };
        let widths: Vec<usize> = (0..self.columns.len()).map(width).collect();
        let mut lines = Vec::new();
        for (index, row) in all().enumerate().filter(|(_, row)| row.iter().any(|cell| !cell.is_empty())) {
            lines.extend(self.row_lines(row, &widths));
            if let (0, Some(grid)) = (index, self.grid) {
                let rule = |(column, width): (usize, &usize)| match column < grid.keys {
                    true => format!("{}-", "-".repeat(*width + 1)),
                    false => format!("{}:", "-".repeat(*width + 1)),
                };
                let rules: Vec<String> = widths.iter().enumerate().map(rule).collect();
                lines.push(format!("|{}|", rules.join("|")));
            }
        }
        lines
    }

    /// A row as one line, or as many as the cell with the most has.
    fn row_lines(&self, row: &[String], widths: &[usize]) -> Vec<String> {
        let height = row.iter().map(|cell| cell.lines().count()).max().unwrap_or_default().max(1);
        let line = |at: usize| {
            let cells = row.iter().zip(widths).enumerate().map(|(column, (cell, width))| {
                let part = cell.lines().nth(at).unwrap_or_default();
                let blanks = " ".repeat(width.saturating_sub(shown_width(part)));
                match self.grid.is_some_and(|grid| column >= grid.keys) {
                    true => format!("{blanks}{part}"),
                    false => format!("{part}{blanks}"),
                }
            });
            let cells: Vec<String> = cells.collect();
            match self.grid {
                Some(_) => format!("| {} |", cells.join(" | ")),
                None => cells.join("  ").trim_end().to_owned(),
            }
        };
        (0..height).map(line).collect()
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
    use crate::explanation::{ExplainedSection, Grid};

    fn row(cells: &[&str]) -> Vec<String> {
        cells.iter().map(|cell| (*cell).to_owned()).collect()
    }

    #[test]
    fn columns_of_a_table_stand_below_each_other_in_any_script() {
        let table = ExplainedTable { columns: row(&["从", "value"]), rows: vec![row(&["2026", "80.00"])], grid: None };
        assert_eq!(table.lines(), ["从    value", "2026  80.00"]);
    }

    #[test]
    fn the_numbers_of_a_grid_stand_at_the_right_of_their_day() {
        let grid = Some(Grid { keys: 1, per_day: 1 });
        let columns = row(&["人数", "2026-01-01\nuntil 2027"]);
        let table = ExplainedTable { columns, rows: vec![row(&["1", "81.00"]), row(&["10", "–"])], grid };
        let expected = [
            "| 人数 | 2026-01-01 |",
            "|      | until 2027 |",
            "|------|-----------:|",
            "| 1    |      81.00 |",
            "| 10   |          – |",
        ];
        assert_eq!(table.lines(), expected);
    }

    #[test]
    fn expressions_stand_further_in_than_what_is_said_of_them() {
        let part = ExplainedPart {
            title: "Old".to_owned(),
            prose: vec!["Age is at least 80".to_owned()],
            code: Some("age\n  >= 80".to_owned()),
            ..ExplainedPart::default()
        };
        let section = ExplainedSection {
            heading: "Who".to_owned(),
            lead: Some("As follows:\n    Old applies".to_owned()),
            code: Some("old".to_owned()),
            parts: vec![part],
        };
        let told = Explanation { title: "T".to_owned(), sections: vec![section], ..Explanation::default() };
        assert_eq!(
            told.to_text(),
            "T\n\nWho\n  As follows:\n    Old applies\n          old\n  - Old\n      Age is at least 80\n          \
             age\n            >= 80\n"
        );
        let code: Vec<String> = told.lines().into_iter().filter(|line| line.is_code).map(|line| line.text).collect();
        assert_eq!(code.len(), 3);
    }
}
