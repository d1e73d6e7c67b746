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
    /// The expression that `lead` says in words, as the author wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
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
    /// How its columns belong together, if it shows numbers by their keys and days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grid: Option<Grid>,
}

/// The columns of numbers by their keys and days: first those of the keys, then as many for each day, the newest day
/// last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Grid {
    /// The number of columns that name a row, such as the size of a household.
    pub keys: usize,
    /// The number of columns of each day; at least 1.
    pub per_day: usize,
}

impl ExplainedTable {
    /// The table in blocks of columns that each fit, in their order. Every block begins with the keys, and has at least
    /// one day, or one column of it where even a day doesn't fit. Only a grid has several.
    pub(crate) fn blocks(&self, fits: impl Fn(&Self) -> bool) -> Vec<Self> {
        let Some(grid) = self.grid else { return vec![self.clone()] };
        let keys: Vec<usize> = (0..grid.keys).collect();
        let days: Vec<usize> = (grid.keys..self.columns.len()).collect();
        let mut blocks = Vec::new();
        let mut block = keys.clone();
        for day in days.chunks(grid.per_day.max(1)) {
            let is_within = |columns: &[usize]| fits(&self.with_columns(columns));
            let step = if is_within(&[&keys, day].concat()) { day.len() } else { 1 };
            for columns in day.chunks(step) {
                let longer = [&block, columns].concat();
                if block.len() > keys.len() && !is_within(&longer) {
                    blocks.push(self.with_columns(&block));
                    block = [&keys, columns].concat();
                } else {
                    block = longer;
                }
            }
        }
        blocks.push(self.with_columns(&block));
        blocks
    }

    fn with_columns(&self, columns: &[usize]) -> Self {
        let chosen =
            |row: &Vec<String>| columns.iter().map(|at| row.get(*at).cloned().unwrap_or_default()).collect::<Vec<_>>();
        Self { columns: chosen(&self.columns), rows: self.rows.iter().map(chosen).collect(), grid: self.grid }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grid_that_is_too_wide_goes_on_in_further_blocks_with_its_keys_and_loses_nothing() {
        let row = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
        let table = |per_day| ExplainedTable {
            columns: row(&["size", "a", "b", "c", "d", "e"]),
            rows: vec![row(&["1", "10", "11", "12", "13", "14"])],
            grid: Some(Grid { keys: 1, per_day }),
        };
        let blocks = |per_day, most| -> Vec<String> {
            let blocks = table(per_day).blocks(|block: &ExplainedTable| block.columns.len() <= most);
            blocks.iter().map(|block| format!("{} {}", block.columns.concat(), block.rows.concat().concat())).collect()
        };
        assert_eq!(blocks(1, 9), ["sizeabcde 11011121314"]);
        assert_eq!(blocks(1, 3), ["sizeab 11011", "sizecd 11213", "sizee 114"]);
        // A day stays whole, unless it doesn't fit by itself.
        assert_eq!(blocks(2, 4), ["sizeab 11011", "sizecde 1121314"]);
        assert_eq!(blocks(2, 1), ["sizea 110", "sizeb 111", "sizec 112", "sized 113", "sizee 114"]);
    }
}
