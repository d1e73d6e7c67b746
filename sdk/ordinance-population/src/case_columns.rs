//! The columns of a table of people, and the cases in its rows. The columns have the names that they have in every
//! other format of tables: `jurisdiction`, `service`, `as_of` and so on, and facts by their names.

use arrow_array::RecordBatch;
use arrow_schema::Schema;
use ordinance_domain::calendar::Timestamp;
use ordinance_engine::{Case, Rulebook};
use ordinance_harness::{
    CaseDefaults, CaseError, ColumnRole, Columns, DecisionTest, FilePlace, TableForm, TableHeader, TableRow, Test,
    bind_case,
};

use crate::cell::CellColumn;

/// The columns of a table, and the values of those that it doesn't have.
#[derive(Debug, Clone)]
pub struct CaseColumns(Columns);

impl CaseColumns {
    /// Reads the columns of a schema.
    ///
    /// # Errors
    /// [`CaseError`] if a column that every case needs is missing and has no default, or a column occurs twice.
    pub fn new(schema: &Schema, defaults: CaseDefaults) -> Result<Self, CaseError> {
        let names = schema.fields().iter().map(|field| field.name().clone()).collect();
        let header = TableHeader { form: TableForm::Parquet, line: 0, names };
        Columns::of_people(&header, defaults).map(Self)
    }

    /// The name of a column by its number from 1.
    #[must_use]
    pub fn name(&self, column: usize) -> Option<&str> {
        self.0.header().names.get(column.checked_sub(1)?).map(String::as_str)
    }

    pub(crate) fn roles(&self) -> impl Iterator<Item = ColumnRole<'_>> {
        self.0.roles()
    }

    /// The reader of the rows of a batch of this schema. `rows_before` counts those of the table before it, so that
    /// errors name rows by their numbers in the table, from 1.
    #[must_use]
    pub fn rows<'b>(&'b self, batch: &RecordBatch, rows_before: usize) -> CaseRows<'b> {
        let columns = batch.columns().iter().map(CellColumn::new).collect();
        CaseRows { columns: &self.0, cells: columns, rows_before }
    }
}

/// The cases of a batch.
pub struct CaseRows<'b> {
    columns: &'b Columns,
    cells: Vec<CellColumn>,
    rows_before: usize,
}

impl CaseRows<'_> {
    /// The case of a row of the batch, from 0. A case without a day of knowledge has the day that it is in its place
    /// at `now`.
    ///
    /// # Errors
    /// Each cell of the row that can't be read.
    pub fn case(&self, row: usize, rulebook: &Rulebook, now: Timestamp) -> Result<Case, Vec<CaseError>> {
        let test = self.test(row, rulebook)?;
        bind_case(rulebook, &test, now).map_err(|error| self.fault(row, error.to_string()))
    }

    /// The case of a row as a test without an expectation, for a comparison of rulebooks.
    ///
    /// # Errors
    /// As [`case`](Self::case).
    pub(crate) fn test(&self, row: usize, rulebook: &Rulebook) -> Result<DecisionTest, Vec<CaseError>> {
        let cells = self.cells.iter().map(|column| column.cell(row)).collect();
        let line = self.rows_before + row + 1;
        match self.columns.case(&TableRow { line, cells }, rulebook)? {
            Test::Decision(test) => Ok(test),
            // A table has no column that makes one.
            Test::Disclosure(_) => Err(self.fault(row, "the row requests a disclosure, not a decision".to_owned())),
        }
    }

    /// A fault of a row as a whole.
    pub(crate) fn fault(&self, row: usize, message: String) -> Vec<CaseError> {
        let line = self.rows_before + row + 1;
        vec![CaseError { place: FilePlace { form: Some(TableForm::Parquet), line, column: None }, message }]
    }
}
