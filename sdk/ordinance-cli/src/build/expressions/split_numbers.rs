//! Numbers of a table in text whose comma made two cells of them: `115,50` for `115.50`. A row then has a cell more
//! than the header, or its decimals stand in a column of remarks, where no one reads them.

use ordinance_harness::{Cell, TableRow};

use super::sheet_columns::SheetColumns;

/// A row with more cells than the header.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SurplusCells {
    /// The column at which the row goes wrong, as far as it can be told, from 1.
    pub(super) column: usize,
    /// What stands there.
    pub(super) content: String,
    pub(super) message: String,
    pub(super) help: String,
}

/// Finds what is wrong with a row of a text whose cells are parted by `separator`, if it has more cells than the
/// header, empty ones included: an empty one at the end is what a comma within a number leaves of a row.
pub(super) fn surplus_cells(row: &TableRow, header: &TableRow, separator: char) -> Option<SurplusCells> {
    let (cells, width) = (row.cells.len(), header.cells.len());
    if cells <= width {
        return None;
    }
    let message = format!("the row has {cells} cells, and the header {width}");
    // The outputs are the last columns, and their numbers have decimals more often than conditions.
    let pair = (1..).zip(row.cells.windows(2)).filter_map(|(column, pair)| Some((column, split_number(pair)?))).last();
    Some(match pair {
        Some((column, (whole, decimals))) if separator == ',' => SurplusCells {
            column,
            content: format!("{whole},{decimals}"),
            message: format!("{message}: the comma in `{whole},{decimals}` may make two cells of one number"),
            help: format!(
                "{}; or put a cell that holds a comma in quotes, and remove cells beyond the last column",
                mend_of_number("", whole, decimals)
            ),
        },
        _ => SurplusCells {
            column: width + 1,
            content: row.cells.get(width).map(Cell::as_name).unwrap_or_default(),
            message: format!("{message}: a `{}` within a cell makes two cells of it", shown(separator)),
            help:
                "put a cell that holds the sign in quotes, write a number with a point before its decimals (115.50), \
                   and remove cells beyond the last column"
                    .to_owned(),
        },
    })
}

/// How to write a number that has a comma; three digits after it are thousands to some, and decimals to others.
pub(super) fn mend_of_number(sign: &str, whole: &str, decimals: &str) -> String {
    if decimals.contains('.') {
        format!("write {sign}{whole}{decimals}")
    } else if decimals.len() == 3 && whole.len() <= 3 {
        format!(
            "`{sign}{whole},{decimals}` may mean {sign}{whole}{decimals} or {sign}{whole}.{decimals}: write the one \
             that is meant"
        )
    } else {
        format!("write {sign}{whole}.{decimals}")
    }
}

/// The rows whose output is a whole number and whose remark behind it is a number, each with its line, the column and
/// both. Where more of the remarks are numbers than not, the author has numbers there.
pub(super) fn numbers_in_remarks(columns: &SheetColumns, rows: &[TableRow]) -> Vec<(usize, usize, String, String)> {
    let behind = columns.outputs.iter().map(|(column, _)| column + 1).max().filter(|at| columns.ignored.contains(at));
    let Some(column) = behind else { return Vec::new() };
    let text = |row: &TableRow, column: usize| {
        row.cells.get(column.saturating_sub(1)).map(Cell::as_name).unwrap_or_default().trim().to_owned()
    };
    let numbers: Vec<&TableRow> = rows.iter().filter(|row| is_number(&text(row, column))).collect();
    if numbers.len() > 1 && numbers.len() > rows.len() - numbers.len() {
        return Vec::new();
    }
    let told = numbers.into_iter().map(|row| (row.line, column, text(row, column - 1), text(row, column)));
    told.filter(|(_, _, output, _)| is_digits(output)).collect()
}

/// The digits before and after the comma of a number that two cells may be the parts of.
fn split_number(pair: &[Cell]) -> Option<(&str, &str)> {
    match pair {
        [Cell::Text(whole), Cell::Text(decimals)] if is_digits(whole) && is_number(decimals) => Some((whole, decimals)),
        _ => None,
    }
}

pub(super) fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether it is a number without a sign.
fn is_number(text: &str) -> bool {
    text.split_once('.').map_or_else(|| is_digits(text), |(whole, decimals)| is_digits(whole) && is_digits(decimals))
}

/// A separator, as it can be shown.
fn shown(separator: char) -> &'static str {
    match separator {
        '\t' => "tab",
        ';' => ";",
        _ => ",",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(text: &str) -> TableRow {
        TableRow { line: 2, cells: text.split(',').map(Cell::text).collect() }
    }

    fn told(text: &str) -> Option<(usize, String)> {
        surplus_cells(&row(text), &row("from,age,amount,#"), ',').map(|found| (found.column, found.content))
    }

    #[test]
    fn a_row_with_more_cells_than_the_header_is_told_at_the_number_that_its_comma_parts() {
        assert_eq!(told("2026-01-01,none,115,50,"), Some((3, "115,50".to_owned())));
        assert_eq!(told("2026-01-01,none,1,115.50,note"), Some((3, "1,115.50".to_owned())));
        assert_eq!(told("2026-01-01,none,115,a,b"), Some((5, "b".to_owned())));
        assert_eq!(told("2026-01-01,none,115,a,"), Some((5, String::new())));
        assert_eq!(told("2026-01-01,none,115,50"), None);
        assert_eq!(told("2026-01-01,none"), None);
    }

    #[test]
    fn the_mend_of_a_number_with_a_comma_has_its_point_or_asks_which_is_meant() {
        assert_eq!(mend_of_number("", "115", "50"), "write 115.50");
        assert_eq!(mend_of_number("", "1", "115.50"), "write 1115.50");
        assert_eq!(mend_of_number("-", "1", "000"), "`-1,000` may mean -1000 or -1.000: write the one that is meant");
    }
}
