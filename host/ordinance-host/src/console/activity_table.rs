//! A table of what happens, which a page shows with its chart and a file has.

use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::Id;
use ordinance_pages::charts::ChartBar;

use super::words::ConsoleWords;

/// A table that a page shows and a file has.
pub(super) struct ActivityTable {
    /// What its file is called.
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    /// What a table without rows says.
    pub(super) empty: &'static str,
    pub(super) columns: Vec<&'static str>,
    pub(super) rows: Vec<ActivityRow>,
    pub(super) whole: WholeHost,
}

/// Whether a table counts all services or all places, although the reader chose one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct WholeHost {
    /// Whether they are of all services, though one was chosen.
    pub(super) services: bool,
    /// Whether they are of all places, though one was chosen.
    pub(super) places: bool,
}

impl WholeHost {
    /// The marks of a table that counts all services and all places. `None` is what the reader didn't choose, or what
    /// the table does count by.
    pub(super) fn of(service: Option<&Id>, place: Option<&JurisdictionCode>) -> Self {
        Self { services: service.is_some(), places: place.is_some() }
    }

    /// What the page says of it.
    pub(super) fn words(self, words: &ConsoleWords) -> Option<&'static str> {
        match (self.services, self.places) {
            (false, false) => None,
            (true, false) => Some(words.of_all_services),
            (false, true) => Some(words.of_all_places),
            (true, true) => Some(words.of_whole_host),
        }
    }
}

/// A row of a table.
pub(super) struct ActivityRow {
    /// What it is of, by column.
    pub(super) names: Vec<String>,
    pub(super) number: RowNumber,
}

/// The number of a row.
pub(super) enum RowNumber {
    /// As words, and no bar.
    Words(String),
    Exactly(u64),
    /// So many of a hundred, which the text says.
    Percent(u64, String),
    /// At least so many, as the text says.
    AtLeast(u64, String),
    /// Between two, which are two columns.
    Between(u64, u64),
}

impl ActivityRow {
    /// Its cells, by column.
    pub(super) fn cells(&self) -> Vec<String> {
        let numbers = match &self.number {
            RowNumber::Words(text) | RowNumber::Percent(_, text) | RowNumber::AtLeast(_, text) => vec![text.clone()],
            RowNumber::Exactly(count) => vec![count.to_string()],
            RowNumber::Between(least, most) => vec![least.to_string(), most.to_string()],
        };
        self.names.iter().cloned().chain(numbers).collect()
    }

    /// Its bar; `None` of one without a number, or with nothing.
    fn bar(&self) -> Option<ChartBar> {
        let (amount, text, is_open) = match &self.number {
            RowNumber::Words(_) => return None,
            RowNumber::Exactly(count) => (*count, count.to_string(), false),
            RowNumber::Percent(share, text) => (*share, text.clone(), false),
            RowNumber::AtLeast(least, text) => (*least, text.clone(), true),
            RowNumber::Between(least, most) if least == most => (*least, least.to_string(), false),
            RowNumber::Between(least, most) => (*least, format!("{least}–{most}"), true),
        };
        let names: Vec<&str> = self.names.iter().map(String::as_str).filter(|name| !name.is_empty()).collect();
        (amount > 0).then(|| ChartBar { label: names.join(" · "), amount, text, is_open })
    }
}

impl ActivityTable {
    /// Its rows as bars.
    pub(super) fn bars(&self) -> impl Iterator<Item = ChartBar> {
        self.rows.iter().filter_map(ActivityRow::bar)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, number: RowNumber) -> ActivityRow {
        ActivityRow { names: vec!["a".to_owned(), String::new(), name.to_owned()], number }
    }

    #[test]
    fn a_bar_is_named_by_its_row_and_open_where_the_number_may_be_more() {
        let rows = [
            row("b", RowNumber::Between(12, 15)),
            row("c", RowNumber::Between(12, 12)),
            row("d", RowNumber::Exactly(0)),
            row("e", RowNumber::Words("nothing yet".to_owned())),
            row("f", RowNumber::AtLeast(20, "at least 20".to_owned())),
        ];
        let bars: Vec<ChartBar> = rows.iter().filter_map(ActivityRow::bar).collect();
        let told: Vec<_> = bars.iter().map(|bar| (bar.label.as_str(), bar.text.as_str(), bar.is_open)).collect();
        assert_eq!(told, [("a · b", "12–15", true), ("a · c", "12", false), ("a · f", "at least 20", true)]);
        assert_eq!(rows[0].cells(), ["a", "", "b", "12", "15"]);
        assert_eq!(rows[3].cells(), ["a", "", "e", "nothing yet"]);
    }
}
