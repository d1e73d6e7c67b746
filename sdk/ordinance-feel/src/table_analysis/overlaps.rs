//! Pairs of rows that match the same case: a sweep over one column, which compares each row with those that are open.

use super::ranges::{Ranges, common};

/// The rows of a table: for each row the cells of each column.
pub(crate) type Boxes = Vec<Vec<Ranges>>;

/// Two rows, and a cell of each column in which both match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Overlap {
    pub(crate) rows: (usize, usize),
    pub(crate) cells: Vec<u32>,
}

/// The most comparisons of two rows.
const WORK_MAX: u64 = 20_000_000;

/// The overlaps, at most so many, and whether all were looked for.
pub(crate) fn overlaps(
    boxes: &Boxes,
    columns: usize,
    most: usize,
    is_allowed: &dyn Fn(usize, usize) -> bool,
) -> (Vec<Overlap>, bool) {
    let Some(column) = best_column(boxes, columns) else { return (Vec::new(), true) };
    let mut starts: Vec<(u32, u32, usize)> = Vec::new();
    for (row, cells) in boxes.iter().enumerate() {
        // A row that matches nothing meets no other.
        if cells.iter().all(|ranges| !ranges.is_empty()) {
            starts.extend(cells.get(column).into_iter().flatten().map(|(from, to)| (*from, *to, row)));
        }
    }
    starts.sort_unstable();
    let mut open: Vec<(u32, usize)> = Vec::new();
    let (mut found, mut work): (Vec<Overlap>, u64) = (Vec::new(), 0);
    for (from, to, row) in starts {
        open.retain(|(end, _)| *end > from);
        work += open.len() as u64;
        if work > WORK_MAX {
            return (found, false);
        }
        for (_, other) in &open {
            if *other == row || is_allowed(*other, row) {
                continue;
            }
            if let (Some(one), Some(two)) = (boxes.get(*other), boxes.get(row))
                && let Some(cells) = common_cells(one, two)
            {
                let rows = ((*other).min(row), (*other).max(row));
                if !found.iter().any(|overlap| overlap.rows == rows) {
                    found.push(Overlap { rows, cells });
                }
                if found.len() >= most {
                    return (found, true);
                }
            }
        }
        open.push((to, row));
    }
    (found, true)
}

fn common_cells(one: &[Ranges], other: &[Ranges]) -> Option<Vec<u32>> {
    one.iter().zip(other).map(|(one, other)| common(one, other)).collect()
}

/// The column in whose sweep the fewest rows are open at once.
fn best_column(boxes: &Boxes, columns: usize) -> Option<usize> {
    let open = |column: usize| -> u64 {
        let mut ends: Vec<(u32, i64)> = Vec::new();
        for (from, to) in boxes.iter().filter_map(|cells| cells.get(column)).flatten() {
            ends.extend([(*from, 1), (*to, -1)]);
        }
        ends.sort_unstable();
        let (mut count, mut sum) = (0_i64, 0_u64);
        for (_, change) in ends {
            count += change;
            if change > 0 {
                sum = sum.saturating_add(count.unsigned_abs());
            }
        }
        sum
    };
    (0..columns).min_by_key(|column| open(*column))
}
