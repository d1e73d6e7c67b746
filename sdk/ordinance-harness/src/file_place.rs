//! Where a case, or a fault of it, stands in its file.

use std::fmt;

use crate::table::TableForm;

/// A place in a file of cases, as a reader finds it there: `line 3`, `line 3, column 2`, `cell C3`, `row 3`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FilePlace {
    /// The table's format; `None` for JSON.
    pub form: Option<TableForm>,
    /// The line, or the row of a sheet or of a Parquet file, from 1.
    pub line: usize,
    /// The column, from 1, if the fault is in one. In text that is no table it counts characters.
    pub column: Option<usize>,
}

impl FilePlace {
    /// What the file has of which a case is one: `line` or `row`.
    #[must_use]
    pub fn unit(&self) -> &'static str {
        match self.form {
            None | Some(TableForm::Text | TableForm::TabText | TableForm::SemicolonText) => "line",
            Some(TableForm::Sheet | TableForm::Parquet) => "row",
        }
    }
}

impl fmt::Display for FilePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.form, self.column) {
            // The header of a Parquet file is no row of it.
            (Some(TableForm::Parquet), Some(column)) if self.line == 0 => write!(f, "column {column} of the schema"),
            (Some(TableForm::Parquet), None) if self.line == 0 => f.write_str("the schema"),
            (Some(TableForm::Sheet), Some(column)) => write!(f, "cell {}{}", column_letters(column), self.line),
            (_, Some(column)) => write!(f, "{} {}, column {column}", self.unit(), self.line),
            (_, None) => write!(f, "{} {}", self.unit(), self.line),
        }
    }
}

/// The name of a column of a sheet by its number from 1: A to Z, then AA and so on.
#[must_use]
pub fn column_letters(column: usize) -> String {
    let mut letters = Vec::new();
    let mut left = column;
    while let Some(above) = left.checked_sub(1) {
        letters.push(char::from(b'A' + u8::try_from(above % 26).unwrap_or(0)));
        left = above / 26;
    }
    letters.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_sheets_have_letters() {
        let names =
            [(1, "A"), (26, "Z"), (27, "AA"), (52, "AZ"), (53, "BA"), (702, "ZZ"), (703, "AAA"), (16384, "XFD")];
        for (column, letters) in names {
            assert_eq!(column_letters(column), letters);
        }
        let place = FilePlace { form: Some(TableForm::Sheet), line: 7, column: Some(3) };
        assert_eq!(place.to_string(), "cell C7");
        assert_eq!(FilePlace { form: Some(TableForm::Text), ..place }.to_string(), "line 7, column 3");
        assert_eq!(FilePlace { form: Some(TableForm::Parquet), column: None, ..place }.to_string(), "row 7");
    }
}
