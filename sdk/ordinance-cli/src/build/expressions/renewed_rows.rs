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

/// The least rows that a day renews so that it is taken for one on which all should be, if it renews half of them.
const RENEWED_MIN: usize = 2;

/// A row that goes on past a day on which others are renewed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct LeftOutRow {
    /// Where the row stands, from 1.
    pub(super) line: usize,
    /// The day on which the others are renewed.
    pub(super) day: Date,
    /// How many rows that hold before that day are renewed on it.
    pub(super) renewed: usize,
}

/// The rows that a day leaves out on which more than half of the rows in force are renewed, or half and at least two,
/// each with the first such day. Where each row has days of its own, a day renews one of them; a row with an end
/// was given it on purpose.
pub(super) fn left_out_rows(rows: &[RowPeriod]) -> Vec<LeftOutRow> {
    let mut by_day: BTreeMap<Date, Vec<&RowPeriod>> = BTreeMap::new();
    for row in rows {
        if let Some(from) = row.from {
            by_day.entry(from).or_default().push(row);
        }
    }
    // The last row of each conditions, if it goes on without an end.
    let mut open: BTreeMap<&[String], &RowPeriod> = BTreeMap::new();
    let mut found: BTreeMap<usize, LeftOutRow> = BTreeMap::new();
    for (day, beginning) in by_day {
        let renewed_meanings: BTreeSet<&[String]> = beginning.iter().map(|row| row.meaning.as_slice()).collect();
        let renewed = renewed_meanings.iter().filter(|meaning| open.contains_key(*meaning)).count();
        // Only where few are left out are they looked for, so that many days cost no more than their own rows.
        let left_out = open.len() - renewed;
        if left_out < renewed || (renewed >= RENEWED_MIN && left_out == renewed) {
            let left_out = open.iter().filter(|(meaning, _)| !renewed_meanings.contains(*meaning));
            for (_, row) in left_out {
                found.entry(row.line).or_insert(LeftOutRow { line: row.line, day, renewed });
            }
        }
        for row in beginning {
            match row.until {
                None => open.insert(&row.meaning, row),
                Some(_) => open.remove(row.meaning.as_slice()),
            };
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
    fn rows_that_a_day_leaves_out_which_renews_as_many_others_are_found() {
        let old = [(OLD, "", "1"), (OLD, "", "2"), (OLD, "", "3"), (OLD, "", "4")];
        let with = |new: &[(&'static str, &'static str, &'static str)]| left_out(&[&old[..], new].concat());
        let told = [(2, NEW.to_owned()), (4, NEW.to_owned())];
        assert_eq!(with(&[(NEW, "", "2"), (NEW, "", "4")]), told);
        assert_eq!(with(&[(NEW, "", "2")]), [], "three are left out, and one is renewed");
        assert_eq!(left_out(&[&old[..], &[(OLD, "", "5"), (NEW, "", "2"), (NEW, "", "4")]].concat()), []);
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
        assert_eq!(left_out(&[(OLD, "", "1"), (OLD, "", "2"), (NEW, "", "1")]), [], "one is renewed on its own");
        let rows = [(OLD, "", "1"), ("2026-02-01", "", "2"), ("2026-03-01", "", "3"), (NEW, "", "2")];
        assert_eq!(left_out(&rows), []);
    }
}
