//! Rows of a dated sheet that a later day leaves out. A row without an end holds until another with the same conditions
//! begins, so a row that the author forgot keeps its old amount, and nothing tells.

use std::collections::{BTreeMap, BTreeSet};

use ordinance_domain::calendar::Date;

/// The days of a row.
pub(super) struct RowPeriod {
    /// Where the row stands, from 1.
    pub(super) line: usize,
    /// Its conditions, as they are written.
    pub(super) conditions: Vec<String>,
    /// What its conditions mean: the same for rows that are written in another way.
    pub(super) meaning: Vec<String>,
    pub(super) from: Option<Date>,
    pub(super) until: Option<Date>,
}

/// A row that goes on past a day on which most others are renewed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct LeftOutRow {
    /// Where the row stands, from 1.
    pub(super) line: usize,
    /// The day on which the others are renewed.
    pub(super) day: Date,
    /// How many rows that hold before that day are renewed on it.
    pub(super) renewed: usize,
}

/// The rows that a day leaves out on which more than half of the rows in force are renewed, each with the first such
/// day. Where each row has days of its own, no day renews most of them; a row with an end was given it on purpose.
pub(super) fn left_out_rows(rows: &[RowPeriod]) -> Vec<LeftOutRow> {
    let days: BTreeSet<Date> = rows.iter().filter_map(|row| row.from).collect();
    let mut found: BTreeMap<usize, LeftOutRow> = BTreeMap::new();
    for day in days {
        // The last row of each key that holds up to this day without an end.
        let mut before: BTreeMap<&[String], &RowPeriod> = BTreeMap::new();
        for row in rows.iter().filter(|row| row.from.is_some_and(|from| from < day)) {
            let last = before.entry(&row.meaning).or_insert(row);
            if last.from < row.from {
                *last = row;
            }
        }
        before.retain(|_, row| row.until.is_none());
        let is_renewed =
            |row: &RowPeriod| rows.iter().any(|other| other.from == Some(day) && other.meaning == row.meaning);
        let (renewed, left_out): (Vec<&RowPeriod>, Vec<&RowPeriod>) = before.values().partition(|row| is_renewed(row));
        if left_out.len() < renewed.len() {
            let renewed = renewed.len();
            left_out.into_iter().for_each(|row| {
                found.entry(row.line).or_insert(LeftOutRow { line: row.line, day, renewed });
            });
        }
    }
    found.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left_out(rows: &[(&str, &str, &str)]) -> Vec<(usize, String)> {
        let day = |text: &str| (!text.is_empty()).then(|| text.parse().unwrap());
        let period = |(line, (from, until, key)): (usize, &(&str, &str, &str))| RowPeriod {
            line,
            conditions: vec![(*key).to_owned()],
            meaning: vec![(*key).to_owned()],
            from: day(from),
            until: day(until),
        };
        let rows: Vec<RowPeriod> = (2..).zip(rows).map(period).collect();
        left_out_rows(&rows).into_iter().map(|row| (row.line, row.day.to_string())).collect()
    }

    const OLD: &str = "2026-01-01";
    const NEW: &str = "2027-01-01";

    #[test]
    fn a_row_that_a_day_leaves_out_is_found_and_one_that_is_repeated_or_ends_is_not() {
        let rows = [(OLD, "", "1"), (OLD, "", "2"), (OLD, "", "3"), (NEW, "", "1"), (NEW, "", "2")];
        assert_eq!(left_out(&rows), [(4, NEW.to_owned())]);
        let with = |row| rows.iter().copied().chain([row]).collect::<Vec<_>>();
        assert_eq!(left_out(&with((NEW, "", "3"))), []);
        assert_eq!(left_out(&[rows[0], rows[1], (OLD, NEW, "3"), rows[3], rows[4]]), []);
        assert_eq!(left_out(&with(("", "", "4"))), [(4, NEW.to_owned())], "a row without days always holds");
    }

    #[test]
    fn a_row_that_two_days_leave_out_is_told_with_the_first() {
        let later = "2028-01-01";
        let rows = [(OLD, "", "1"), (OLD, "", "2"), (OLD, "", "3"), (NEW, "", "1"), (NEW, "", "2")];
        let rows: Vec<_> = rows.into_iter().chain([(later, "", "1"), (later, "", "2")]).collect();
        assert_eq!(left_out(&rows), [(4, NEW.to_owned())]);
    }

    #[test]
    fn rows_with_days_of_their_own_are_left_alone() {
        assert_eq!(left_out(&[(OLD, "", "1"), (OLD, "", "2"), (NEW, "", "1")]), [], "half of them is not most");
        let rows = [(OLD, "", "1"), ("2026-02-01", "", "2"), ("2026-03-01", "", "3"), (NEW, "", "2")];
        assert_eq!(left_out(&rows), []);
    }
}
