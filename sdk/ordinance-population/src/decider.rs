//! Decides the rows of batches, on one thread.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use ordinance_domain::contract::Contract;
use ordinance_domain::name::{FieldName, Id};
use ordinance_engine::Engine;
use ordinance_harness::{CaseError, ColumnRole};

use crate::batch_keys::KeyColumns;
use crate::case_columns::{CaseColumns, CaseRows};
use crate::decision_sink::DecisionSink;
use crate::plain_column::PlainColumn;
use crate::runs::{RunIndex, Runs};
use crate::table_options::{FaultPolicy, TableError, TableOptions, in_one_line, row_error};
use crate::table_progress::TableProgress;

/// The most groups of rows of one batch that are kept apart; rows beyond them are decided one by one.
const GROUPS_MAX: usize = 32;

/// How many rows are decided between two looks at whether to stop.
const ROWS_BETWEEN_LOOKS: usize = 256;

/// Decides batches of one table.
pub(crate) struct Decider<'e> {
    columns: &'e CaseColumns,
    options: &'e TableOptions,
    progress: &'e TableProgress,
    runs: Runs<'e>,
    /// `None` if a column tells of cases something else than facts, places, services and days.
    plain: Option<Arc<PlainColumns>>,
}

/// The columns that are read as a whole.
struct PlainColumns {
    /// The facts, each with the index of its column.
    facts: Vec<(usize, FieldName)>,
    /// The columns of the query.
    query: Vec<usize>,
}

/// Rows of a batch with one place, service and days.
struct Group {
    /// The first of them.
    row: usize,
    /// Where its cases are decided; `None` before there is a case.
    begun: Option<GroupRun>,
}

/// The run of a group.
struct GroupRun {
    index: RunIndex,
    /// The facts, in the order of the given ones; `None` if each row is read and decided by itself.
    columns: Option<Rc<[PlainColumn]>>,
}

impl<'e> Decider<'e> {
    pub(crate) fn new(
        engine: &'e Engine,
        columns: &'e CaseColumns,
        options: &'e TableOptions,
        progress: &'e TableProgress,
    ) -> Self {
        let plain = plain_columns(columns).filter(|_| options.defaults.processing.people.is_none());
        Self { columns, options, progress, runs: Runs::new(engine), plain: plain.map(Arc::new) }
    }

    /// Decides the rows of a batch, before which the table has so many.
    ///
    /// # Errors
    /// [`TableError`].
    pub(crate) fn decide(
        &mut self,
        batch: &RecordBatch,
        rows_before: usize,
        decided: &mut impl DecisionSink,
    ) -> Result<(), TableError> {
        self.runs.begin_batch();
        let rows = self.columns.rows(batch, rows_before);
        let plain = self.plain.clone();
        let mut batch_rows = plain.as_ref().and_then(|plain| BatchRows::new(batch, plain));
        for row in 0..batch.num_rows() {
            if row % ROWS_BETWEEN_LOOKS == 0 && self.progress.is_stopped() {
                return Err(TableError::Stopped);
            }
            if let Some(batch_rows) = &mut batch_rows
                && self.decide_plainly(&rows, row, batch_rows, decided)
            {
                continue;
            }
            match (self.decide_row(&rows, row, decided), self.options.faults) {
                (Ok(()), _) => {}
                (Err(faults), FaultPolicy::Report) => decided.add_fault(&in_one_line(&faults)),
                (Err(faults), FaultPolicy::Fail) => return Err(row_error(self.columns, rows_before + row, faults)),
            }
        }
        Ok(())
    }

    /// Decides a row whose cells are read as a whole, by the answer of one rule; false if that can't be done.
    fn decide_plainly(
        &mut self,
        rows: &CaseRows<'_>,
        row: usize,
        batch: &mut BatchRows<'_>,
        decided: &mut impl DecisionSink,
    ) -> bool {
        let Some(group) = batch.groups.of_row(row) else { return false };
        if group.begun.is_none() {
            group.begun = self.begin_group(rows, row, &mut batch.columns);
        }
        let Some(GroupRun { index, columns: Some(columns) }) = &group.begun else { return false };
        let Some(run) = self.runs.plain(*index) else { return false };
        if !columns.iter().all(|column| column.is_read(row)) {
            return false;
        }
        let answer = run.decide(|index| columns.get(index).and_then(|column| column.value(row)));
        let Some(answer) = answer else { return false };
        decided.add_plain(run, &answer);
        true
    }

    /// The run of a group, by the first row that is a case.
    fn begin_group(&mut self, rows: &CaseRows<'_>, row: usize, columns: &mut FactColumns<'_>) -> Option<GroupRun> {
        let given: Vec<FieldName> = self.plain.as_ref()?.facts.iter().map(|(_, name)| name.clone()).collect();
        let case = rows.case(row, self.runs.engine().rulebook(), self.options.now).ok()?;
        let index = self.runs.run_of(&case, Some(&given)).ok()??;
        let is_plain = self.runs.is_plain_for(index, &case);
        let contract = self.runs.engine().rulebook().contract(&case.query.service)?;
        Some(GroupRun { index, columns: if is_plain { columns.of(contract) } else { None } })
    }

    fn decide_row(
        &mut self,
        rows: &CaseRows<'_>,
        row: usize,
        decided: &mut impl DecisionSink,
    ) -> Result<(), Vec<CaseError>> {
        let case = rows.case(row, self.runs.engine().rulebook(), self.options.now)?;
        let decision = self.runs.decide(&case).map_err(|error| rows.fault(row, error.to_string()))?;
        decided.add(&case, &decision);
        Ok(())
    }
}

/// The columns of facts and those of the query; `None` if a column tells something else of cases.
fn plain_columns(columns: &CaseColumns) -> Option<PlainColumns> {
    let (mut facts, mut query) = (Vec::new(), Vec::new());
    for (index, role) in columns.roles().enumerate() {
        match role {
            ColumnRole::Fact(name) => facts.push((index, FieldName::new(name).ok()?)),
            ColumnRole::Query => query.push(index),
            ColumnRole::Nothing => {}
            ColumnRole::Other => return None,
        }
    }
    Some(PlainColumns { facts, query })
}

/// The rows of a batch whose columns are read as a whole.
struct BatchRows<'b> {
    groups: Groups,
    columns: FactColumns<'b>,
}

impl<'b> BatchRows<'b> {
    /// `None` if a column of the query can't be compared.
    fn new(batch: &'b RecordBatch, plain: &'b PlainColumns) -> Option<Self> {
        let arrays = batch.columns();
        let keys = KeyColumns::new(plain.query.iter().filter_map(|index| arrays.get(*index)))?;
        let columns = FactColumns { arrays, facts: &plain.facts, of_service: HashMap::new() };
        Some(Self { groups: Groups { keys, groups: Vec::new() }, columns })
    }
}

/// The groups of the rows of a batch.
struct Groups {
    keys: KeyColumns,
    groups: Vec<Group>,
}

impl Groups {
    /// The group of a row, of which it may be the first. `None` if there are too many groups.
    fn of_row(&mut self, row: usize) -> Option<&mut Group> {
        // Rows of one group are often together.
        let index = match self.groups.iter().rposition(|group| self.keys.are_same(group.row, row)) {
            Some(index) => index,
            None if self.groups.len() == GROUPS_MAX => return None,
            None => {
                self.groups.push(Group { row, begun: None });
                self.groups.len() - 1
            }
        };
        self.groups.get_mut(index)
    }
}

/// The columns of facts, read by the types of a service.
struct FactColumns<'b> {
    arrays: &'b [ArrayRef],
    facts: &'b [(usize, FieldName)],
    of_service: HashMap<Id, Option<Rc<[PlainColumn]>>>,
}

impl FactColumns<'_> {
    /// The columns in the order of the given facts; `None` if one can't be read as a whole.
    fn of(&mut self, contract: &Contract) -> Option<Rc<[PlainColumn]>> {
        if !self.of_service.contains_key(&contract.service) {
            let read = |(index, name): &(usize, FieldName)| {
                PlainColumn::read(self.arrays.get(*index)?, &contract.fact(name.as_str())?.fact_type)
            };
            let columns = self.facts.iter().map(read).collect();
            self.of_service.insert(contract.service.clone(), columns);
        }
        self.of_service.get(&contract.service)?.clone()
    }
}
