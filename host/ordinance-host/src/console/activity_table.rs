//! A table of what happens, which a page shows with its chart and a file has.

use ordinance_pages::charts::ChartBar;

/// A table that a page shows and a file has.
pub(super) struct ActivityTable {
    /// What its file is called.
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    /// What a table without rows says.
    pub(super) empty: &'static str,
    /// How many of the columns name a row; the others have its numbers.
    pub(super) names: usize,
    pub(super) columns: Vec<&'static str>,
    pub(super) rows: Vec<ActivityRow>,
    /// Whether it is of the whole host, whichever service and place were asked for.
    pub(super) is_of_whole_host: bool,
}

/// A row of a table.
pub(super) struct ActivityRow {
    pub(super) cells: Vec<String>,
    /// What a bar shows of it; `None` of a row that has no number.
    amount: Option<RowAmount>,
}

/// How much a bar shows.
#[derive(Debug, Clone, Copy)]
struct RowAmount {
    at_least: u64,
    /// Whether it may be more.
    is_open: bool,
}

impl ActivityRow {
    /// A row without a bar.
    pub(super) fn of_words(cells: Vec<String>) -> Self {
        Self { cells, amount: None }
    }

    /// A row whose number is this.
    pub(super) fn counted(names: Vec<String>, count: u64) -> Self {
        let amount = Some(RowAmount { at_least: count, is_open: false });
        Self { cells: names.into_iter().chain([count.to_string()]).collect(), amount }
    }

    /// A row whose number lies between two.
    pub(super) fn between(names: Vec<String>, at_least: u64, at_most: u64) -> Self {
        let amount = Some(RowAmount { at_least, is_open: at_least < at_most });
        Self { cells: names.into_iter().chain([at_least.to_string(), at_most.to_string()]).collect(), amount }
    }

    /// A row whose number is at least this, as the text says.
    pub(super) fn at_least(names: Vec<String>, at_least: u64, text: String) -> Self {
        let amount = Some(RowAmount { at_least, is_open: true });
        Self { cells: names.into_iter().chain([text]).collect(), amount }
    }

    /// A row whose number is this, as the text says.
    pub(super) fn exactly(names: Vec<String>, amount: u64, text: String) -> Self {
        let amount = Some(RowAmount { at_least: amount, is_open: false });
        Self { cells: names.into_iter().chain([text]).collect(), amount }
    }
}

impl ActivityTable {
    /// The rows as bars: those with a number that isn't nothing.
    pub(super) fn bars(&self) -> Vec<ChartBar> {
        let bar = |row: &ActivityRow| {
            let RowAmount { at_least, is_open } = row.amount.filter(|amount| amount.at_least > 0)?;
            let (names, numbers) = row.cells.split_at_checked(self.names)?;
            let names: Vec<&str> = names.iter().map(String::as_str).filter(|name| !name.is_empty()).collect();
            let text = match numbers {
                [least, most] if least != most => format!("{least}–{most}"),
                numbers => numbers.first().cloned().unwrap_or_default(),
            };
            Some(ChartBar { label: names.join(" · "), amount: at_least, text, is_open })
        };
        self.rows.iter().filter_map(bar).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bars_of(names: usize, rows: Vec<ActivityRow>) -> Vec<ChartBar> {
        let (name, title, empty) = ("t", "T", "none");
        ActivityTable { name, title, empty, names, columns: Vec::new(), rows, is_of_whole_host: false }.bars()
    }

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn a_bar_is_named_by_its_row_and_open_where_the_number_may_be_more() {
        let rows = vec![
            ActivityRow::between(words(&["a", "", "b"]), 12, 15),
            ActivityRow::between(words(&["a", "", "c"]), 12, 12),
            ActivityRow::counted(words(&["a", "", "d"]), 0),
            ActivityRow::of_words(words(&["a", "", "e", "nothing yet"])),
        ];
        let bars = bars_of(3, rows);
        let told: Vec<_> = bars.iter().map(|bar| (bar.label.as_str(), bar.text.as_str(), bar.is_open)).collect();
        assert_eq!(told, [("a · b", "12–15", true), ("a · c", "12", false)]);
    }
}
