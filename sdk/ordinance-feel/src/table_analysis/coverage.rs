//! What no row matches, and which rows are reached: the table is divided column by column into regions in which the
//! same rows match, until one row has all of a region, or none has any of it.

use std::collections::HashSet;

use super::overlaps::Boxes;
use super::ranges::is_all;

/// The most rows that are looked at, each in each region.
const WORK_MAX: u64 = 20_000_000;
/// The most regions that are remembered.
const KEPT_MAX: usize = 100_000;

/// What a search has found.
#[derive(Debug, Default)]
pub(crate) struct Coverage {
    /// Regions that no row matches: the first and the last cell of each column, the last one included.
    pub(crate) gaps: Vec<Vec<(u32, u32)>>,
    /// The rows that are the first to match some case.
    pub(crate) reached: HashSet<usize>,
    /// The region at which the search stopped, if its work was too much.
    pub(crate) undecided: Option<Vec<(u32, u32)>>,
}

struct Search<'b> {
    boxes: &'b Boxes,
    counts: &'b [u32],
    gaps_max: usize,
    /// Whether the first of the rows that match is the one that counts.
    is_first: bool,
    work: u64,
    seen: HashSet<(usize, Vec<usize>)>,
    found: Coverage,
}

/// Searches the whole table. `order` is that in which rows count; if `is_first`, only the first that matches does.
pub(crate) fn coverage(boxes: &Boxes, counts: &[u32], order: &[usize], is_first: bool, gaps_max: usize) -> Coverage {
    let is_matching =
        |row: &&usize| boxes.get(**row).is_some_and(|cells| cells.iter().all(|ranges| !ranges.is_empty()));
    let rows: Vec<usize> = order.iter().filter(is_matching).copied().collect();
    let found = Coverage {
        reached: if is_first { HashSet::new() } else { rows.iter().copied().collect() },
        ..Coverage::default()
    };
    let mut search = Search { boxes, counts, gaps_max, is_first, work: 0, seen: HashSet::new(), found };
    search.region(0, rows, &mut Vec::new());
    search.found
}

impl Search<'_> {
    /// Searches a region, in which these rows match as far as the columns before say.
    fn region(&mut self, column: usize, mut rows: Vec<usize>, region: &mut Vec<(u32, u32)>) {
        if self.found.undecided.is_some() {
            return;
        }
        if let Some(whole) = rows.iter().position(|row| self.has_all(*row, column)) {
            if !self.is_first {
                return;
            }
            // Those after it are never the first here.
            rows.truncate(whole + 1);
        }
        let Some(count) = self.counts.get(column).copied().filter(|_| !rows.is_empty()) else {
            match rows.first() {
                Some(first) => {
                    self.found.reached.insert(*first);
                }
                None => self.gap(region),
            }
            return;
        };
        if let ([only], true) = (rows.as_slice(), self.is_first)
            && self.has_all(*only, column)
        {
            self.found.reached.insert(*only);
            return;
        }
        self.work += rows.len() as u64;
        if self.work > WORK_MAX {
            self.found.undecided = Some(self.whole(region));
            return;
        }
        if self.seen.contains(&(column, rows.clone())) {
            return;
        }
        let gaps = self.found.gaps.len();
        for ((from, to), rows) in self.segments(column, count, &rows) {
            region.push((from, to - 1));
            self.region(column + 1, rows, region);
            region.pop();
        }
        if self.found.gaps.len() == gaps && self.seen.len() < KEPT_MAX {
            self.seen.insert((column, rows));
        }
    }

    /// Whether a row matches in all cells of this column and those after it.
    fn has_all(&self, row: usize, column: usize) -> bool {
        let cells = self.boxes.get(row).into_iter().flatten().skip(column);
        cells.zip(self.counts.iter().skip(column)).all(|(ranges, count)| is_all(ranges, *count))
    }

    /// The column in parts within which the same rows match, in the order of `rows`.
    fn segments(&self, column: usize, count: u32, rows: &[usize]) -> Vec<((u32, u32), Vec<usize>)> {
        // A change is a position in `rows` that begins or ends to match.
        let mut changes: Vec<(u32, bool, usize)> = Vec::new();
        for (position, row) in rows.iter().enumerate() {
            let ranges = self.boxes.get(*row).and_then(|cells| cells.get(column));
            for (from, to) in ranges.into_iter().flatten() {
                changes.extend([(*from, true, position), (*to, false, position)]);
            }
        }
        changes.sort_unstable();
        let mut open = std::collections::BTreeSet::new();
        let mut parts = Vec::new();
        let mut start = 0_u32;
        let here = |open: &std::collections::BTreeSet<usize>| {
            open.iter().filter_map(|position| rows.get(*position).copied()).collect::<Vec<usize>>()
        };
        for (at, begins, position) in changes {
            if at > start {
                parts.push(((start, at), here(&open)));
                start = at;
            }
            if begins {
                open.insert(position);
            } else {
                open.remove(&position);
            }
        }
        if start < count {
            parts.push(((start, count), here(&open)));
        }
        parts
    }

    fn gap(&mut self, region: &[(u32, u32)]) {
        if self.found.gaps.len() < self.gaps_max {
            let whole = self.whole(region);
            self.found.gaps.push(whole);
        }
    }

    /// The region with all cells of the columns that aren't divided.
    fn whole(&self, region: &[(u32, u32)]) -> Vec<(u32, u32)> {
        let rest = self.counts.iter().skip(region.len()).map(|count| (0, count.saturating_sub(1)));
        region.iter().copied().chain(rest).collect()
    }
}
