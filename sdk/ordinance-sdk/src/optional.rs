//! Amounts of which not every part is known, and tables of law by size.

use core::cmp::Ordering;
use core::iter::Sum;
use core::ops::Sub;

use crate::decimal::Decimal;

/// The sum of facts or amounts. Unknown if one of them is.
pub fn sum<N: Sum, const COUNT: usize>(parts: [Option<N>; COUNT]) -> Option<N> {
    parts.into_iter().sum()
}

/// What is left of an amount when another is taken from it; below zero if that is more. Unknown if one of them is.
pub fn difference<N: Sub<Output = N>>(whole: Option<N>, taken: Option<N>) -> Option<N> {
    Some(whole? - taken?)
}

/// An amount less another, and never below zero, as income less a disregard. Unknown if one of them is.
pub fn less<N: Ord + Sub<Output = N> + From<Decimal>>(whole: Option<N>, taken: Option<N>) -> Option<N> {
    Some((whole? - taken?).max(N::from(Decimal::ZERO)))
}

/// The row of a table of law that counts for a size, such as the persons of a household: the row with the greatest size
/// that isn't above it, in whatever order the rows stand. `None` if each row is above it. A size beyond the table
/// counts as its last row; what the law adds for it is `size - row.persons` times that.
///
/// # Panics
/// If two rows have that greatest size: the law would say two things.
pub fn row_for<Row, Size: Ord + Copy>(table: &[Row], size: Size, size_of: impl Fn(&Row) -> Size) -> Option<&Row> {
    let mut found: Option<&Row> = None;
    let mut is_double = false;
    for row in table.iter().filter(|row| size_of(row) <= size) {
        let order = found.map_or(Ordering::Greater, |best| size_of(row).cmp(&size_of(best)));
        match order {
            Ordering::Less => {}
            Ordering::Equal => is_double = true,
            Ordering::Greater => (found, is_double) = (Some(row), false),
        }
    }
    if is_double {
        two_rows_of_one_size();
    }
    found
}

/// A table has two rows for one size. The name of this function is what a trace of the trap shows.
#[cold]
#[inline(never)]
fn two_rows_of_one_size() -> ! {
    panic!("a table has two rows of one size")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unrounded::Unrounded;

    fn money(units: i64) -> Decimal {
        Decimal::new(units, 2)
    }

    #[test]
    fn what_rests_on_an_unknown_part_is_unknown() {
        assert_eq!(sum([Some(money(150)), Some(money(250))]), Some(money(400)));
        assert_eq!(sum([Some(money(150)), None]), None);
        assert_eq!(sum::<Decimal, 0>([]), Some(Decimal::ZERO));
        assert_eq!(sum([Some(2), Some(3)]), Some(5));
        assert_eq!(difference(Some(money(100)), Some(money(250))), Some(money(-150)));
        assert_eq!(difference(None, Some(money(250))), None);
        assert_eq!(less(Some(money(100)), None), None);
    }

    #[test]
    #[should_panic(expected = "two rows of one size")]
    fn two_rows_of_one_size_are_no_table() {
        let _ = row_for(&[(1, "a"), (2, "b"), (2, "c")], 3, |row| row.0);
    }

    #[test]
    fn two_rows_of_a_size_below_do_no_harm() {
        assert_eq!(row_for(&[(1, "a"), (1, "b"), (2, "c")], 3, |row| row.0), Some(&(2, "c")));
    }

    #[test]
    fn an_amount_less_a_greater_one_is_zero() {
        assert_eq!(less(Some(money(250)), Some(money(100))), Some(money(150)));
        assert_eq!(less(Some(money(100)), Some(money(250))), Some(Decimal::ZERO));
        let third = Unrounded::from(money(100)) / Decimal::from(3);
        assert_eq!(less(Some(third), Some(Unrounded::from(money(100)))), Some(Unrounded::ZERO));
        assert_eq!(money(100).less(money(250)), Decimal::ZERO);
        assert_eq!(third.less(money(10)), third - Unrounded::from(money(10)));
    }

    #[test]
    fn the_row_of_a_size_is_the_last_that_is_not_above_it() {
        // In no order, as an author may write it.
        let table = [(3_u8, "three"), (1, "one"), (10, "ten")];
        let row = |size| row_for(&table, size, |row| row.0).map(|row| row.1);
        assert_eq!(row(0), None);
        assert_eq!([1, 2, 3, 9, 10, 50].map(row), ["one", "one", "three", "three", "ten", "ten"].map(Some));
    }
}
