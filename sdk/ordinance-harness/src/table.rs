//! Rows of tables, whatever the format of their file: CSV, a sheet or Parquet. A reader of a format says what a cell
//! holds; what it means is decided by the type of the fact.

use ordinance_domain::calendar::Date;
use ordinance_engine::untyped_value::UntypedValue;

/// The format of a table, as far as it tells how its cells are read and named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableForm {
    /// Text with a comma between cells: `1.234` has three digits after the point if its fact may have three.
    Text,
    /// Text with a tab between cells, as spreadsheets of any country copy it: `1.234` is ambiguous.
    TabText,
    /// Text with semicolons, as programs write it where a comma begins the decimals: `1.234` is ambiguous.
    SemicolonText,
    /// A sheet of a workbook. In a cell of text `1.234` is ambiguous.
    Sheet,
    /// A Parquet file.
    Parquet,
}

/// A row of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct TableRow {
    /// The line of a text, or the row of a sheet or of a Parquet file, from 1.
    pub line: usize,
    /// The cells, in the order of the columns. Missing ones at the end are empty.
    pub cells: Vec<Cell>,
}

/// What a cell holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing: the value is unknown.
    Empty,
    /// Text; whatever the type of its fact, since CSV has nothing else.
    Text(String),
    /// A number with all its digits, as `-217.50`.
    Number(String),
    /// A binary number of 64 bits.
    Double(f64),
    /// Yes or no.
    Bool(bool),
    /// A day.
    Date(Date),
    /// A list or a record.
    Nested(UntypedValue),
    /// Something that no fact can be.
    Unusable(UnusableCellError),
}

impl Cell {
    /// Text without the blanks around it; an empty cell if nothing is left.
    #[must_use]
    pub fn text(text: &str) -> Self {
        match text.trim() {
            "" => Self::Empty,
            text => Self::Text(text.to_owned()),
        }
    }

    /// A binary number; a whole one has no point.
    #[must_use]
    pub fn double(number: f64) -> Self {
        if number.is_finite() { Self::Double(number) } else { Self::Unusable(UnusableCellError::NoNumber) }
    }

    /// The cell as the name of a column. What is no text is the name of none.
    #[must_use]
    pub fn as_name(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.clone(),
            Self::Double(number) => number.to_string(),
            Self::Bool(yes) => yes.to_string(),
            Self::Date(day) => day.to_string(),
            Self::Nested(_) | Self::Unusable(_) => "?".to_owned(),
        }
    }
}

/// Why a cell can't be the value of a fact, whatever the fact's type; with what to write instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnusableCellError {
    /// A moment that isn't midnight.
    #[error("this is a day with a time of day; a fact is a day alone: write the day, as 2026-03-01")]
    TimeOfDay,
    /// A time of day or a length of time.
    #[error("this is a time or a duration, which no fact can be; write a number, or format the column as a date")]
    Duration,
    /// A day that doesn't exist, or out of the years from -9999 to 9999.
    #[error("this day doesn't exist")]
    NoDate,
    /// NaN or infinity.
    #[error("this is not a number (NaN or infinity); leave the cell empty if the value is unknown")]
    NoNumber,
    /// An error of a formula, such as `#REF!`.
    #[error("the formula of this cell failed, such as with #REF! or #N/A; mend it, or leave the cell empty")]
    FormulaFailed,
    /// A formula whose value the program that wrote the file didn't compute.
    #[error("this is a formula without a stored value; open the file in a spreadsheet program and save it")]
    FormulaWithoutValue,
    /// A type that no fact has.
    #[error("this has a type that no fact can have; use numbers, text, dates, yes-or-no, lists or records")]
    OtherType,
    /// Text in another encoding.
    #[error("this text is not UTF-8; save the file as UTF-8 (in Excel: \"CSV UTF-8 (Comma delimited)\")")]
    NotUtf8,
}
