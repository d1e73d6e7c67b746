//! The parts of a population: rows of one file that one thread compares at once.

/// The most rows of a part of a Parquet file: few enough that all cores have work, and that an interrupted run repeats
/// little; so many that a part takes longer than to write what was found in it.
pub(super) const PART_ROWS: usize = 131_072;

/// Rows of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    /// The number of the file.
    pub(super) file: usize,
    /// The row group of Parquet, or the batch of Arrow.
    pub(super) group: usize,
    /// The rows of the file before the first one.
    pub(super) rows_before: usize,
    /// The rows of the group before the first one.
    pub(super) start: usize,
    /// The number of rows.
    pub(super) rows: usize,
}

/// The parts of a row group, each with at most so many rows.
pub(super) fn parts_of(
    (file, group): (usize, usize),
    rows_before: usize,
    rows: usize,
    rows_max: usize,
) -> impl Iterator<Item = Part> {
    (0..rows).step_by(rows_max).map(move |start| Part {
        file,
        group,
        rows_before: rows_before + start,
        start,
        rows: rows_max.min(rows - start),
    })
}
