//! Compares two rulebooks on the rows of batches, on one thread.

use std::collections::{BTreeMap, HashMap};

use arrow_array::RecordBatch;
use ordinance_domain::contract::Contract;
use ordinance_domain::name::Id;
use ordinance_domain::value::Decimal;
use ordinance_engine::Engine;
use ordinance_harness::{
    Comparison, DecisionTest, ImpactGroup, OutcomeChange, PopulationImpact, WeightError, diff_case,
};

use crate::case_columns::{CaseColumns, CaseRows};
use crate::cell::CellColumn;
use crate::decider::Decider;
use crate::group_columns::GroupColumn;
use crate::outcome_columns::OutcomeColumns;
use crate::reason_sample::{ExplainedPerson, ReasonSample, number_of};
use crate::row_faults::RowFaults;
use crate::table_options::{FaultPolicy, TableError, TableOptions, row_error};
use crate::table_progress::TableProgress;

/// What two rulebooks are compared on.
#[derive(Clone, Copy)]
pub(crate) struct ComparedTable<'e> {
    /// The old and the new rulebook.
    pub(crate) engines: [&'e Engine; 2],
    pub(crate) columns: &'e CaseColumns,
    pub(crate) comparison: &'e Comparison,
    pub(crate) options: &'e TableOptions,
    pub(crate) progress: &'e TableProgress,
    /// In how many people whose outcome changes the reasons are looked for.
    pub(crate) explained_max: usize,
}

/// The impact on a part of a population.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "files", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct ComparedPart {
    /// Without reasons, which the sample has.
    pub(crate) impact: PopulationImpact,
    pub(crate) sample: ReasonSample,
    pub(crate) faults: RowFaults,
}

impl ComparedPart {
    pub(crate) fn new(explained_max: usize) -> Self {
        let (impact, faults) = (PopulationImpact::default(), RowFaults::default());
        Self { impact, sample: ReasonSample::new(explained_max), faults }
    }

    /// An empty part, which takes no more people into its sample than this one does by now.
    pub(crate) fn next_part(&self) -> Self {
        Self { impact: PopulationImpact::default(), sample: self.sample.without_people(), faults: RowFaults::default() }
    }

    pub(crate) fn merge(&mut self, other: Self) {
        self.impact.merge(&other.impact);
        self.sample.merge(other.sample);
        self.faults.merge(&other.faults);
    }

    /// The impact with the reasons, and the faults of rows.
    pub(crate) fn finish(mut self) -> (PopulationImpact, RowFaults) {
        self.sample.explain(&mut self.impact);
        (self.impact, self.faults)
    }
}

/// A row isn't compared.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct UncomparedRowError(String);

/// The outcomes of the rows of a batch under both rulebooks.
#[cfg_attr(not(feature = "files"), expect(dead_code, reason = "only files of rows have them"))]
pub(crate) struct ComparedRows {
    pub(crate) outcomes: [OutcomeColumns; 2],
    /// The change of each row, or why it isn't compared.
    pub(crate) rows: Vec<Result<OutcomeChange, UncomparedRowError>>,
}

/// Compares batches of one table.
pub(crate) struct Comparer<'e> {
    table: ComparedTable<'e>,
    deciders: [Decider<'e>; 2],
    /// The people of the part whose change may be explained.
    candidates: BTreeMap<u64, (DecisionTest, Decimal)>,
}

impl<'e> Comparer<'e> {
    /// `reported` are the options of the table with which rows that aren't cases are reported.
    pub(crate) fn new(table: ComparedTable<'e>, reported: &'e TableOptions) -> Self {
        let ComparedTable { columns, progress, .. } = table;
        let decider = |engine| Decider::new(engine, columns, reported, progress);
        Self { table, deciders: table.engines.map(decider), candidates: BTreeMap::new() }
    }

    /// Compares the rows of a batch, before which the table has `rows_before` and the population `people_before`.
    ///
    /// # Errors
    /// [`TableError`].
    pub(crate) fn compare(
        &mut self,
        batch: &RecordBatch,
        rows_before: usize,
        people_before: u64,
        part: &mut ComparedPart,
    ) -> Result<ComparedRows, TableError> {
        let mut outcomes = [OutcomeColumns::default(), OutcomeColumns::default()];
        for (decider, outcomes) in self.deciders.iter_mut().zip(&mut outcomes) {
            decider.decide(batch, rows_before, outcomes)?;
        }
        let ComparedTable { engines, columns, comparison, .. } = self.table;
        let rows = columns.rows(batch, rows_before);
        let mut batch_groups = BatchGroups::new(batch, comparison);
        let fields = fields_of(&outcomes);
        let mut compared_rows = Vec::with_capacity(batch.num_rows());
        for row in 0..batch.num_rows() {
            let compared = self.compare_row(&outcomes, &fields, row, &batch_groups.weights);
            let (change, weight) = match compared {
                Ok(compared) => compared,
                Err(fault) if self.table.options.faults == FaultPolicy::Fail => {
                    return Err(row_error(columns, rows_before + row, rows.fault(row, fault.0)));
                }
                Err(fault) => {
                    part.impact.unusable += 1;
                    part.faults.add(people_before + row as u64, &fault.0);
                    compared_rows.push(Err(fault));
                    continue;
                }
            };
            compared_rows.push(Ok(change));
            let group = batch_groups.group_of(&rows, row, &outcomes[0], engines[0], comparison);
            let amounts = fields.iter().filter_map(|field| field.amounts(&outcomes, row));
            if let Some(group) = group {
                group.add(change, weight, amounts);
            }
            let withheld = outcomes.iter().filter_map(|outcomes| outcomes.withheld(row)).flatten().cloned().collect();
            part.impact.add_withheld(&withheld, weight);
            if change != OutcomeChange::Same {
                self.keep_candidate(&rows, row, number_of(people_before + row as u64), weight, part);
            }
        }
        batch_groups.tell(&outcomes[0], &mut part.impact);
        Ok(ComparedRows { outcomes, rows: compared_rows })
    }

    /// The change of a row and its weight, or why it isn't compared.
    fn compare_row(
        &self,
        outcomes: &[OutcomeColumns; 2],
        fields: &[ComparedField<'_>],
        row: usize,
        weights: &Weights,
    ) -> Result<(OutcomeChange, Decimal), UncomparedRowError> {
        let [old, new] = outcomes;
        for (outcomes, which) in [(old, "old"), (new, "new")] {
            if let Some(fault) = outcomes.fault(row) {
                return Err(UncomparedRowError(format!("under the {which} rulebook: {fault}")));
            }
        }
        let weight = weights.of(row).map_err(|error| UncomparedRowError(error.to_string()))?;
        if old.kind(row) == new.kind(row) && fields.iter().all(|field| field.is_same(outcomes, row)) {
            return Ok((OutcomeChange::Same, weight));
        }
        let rulebook = self.table.engines[1].rulebook();
        let contract: Option<&Contract> = new
            .query(row)
            .and_then(|(_, service)| Id::new(service).ok())
            .and_then(|service| rulebook.contract(&service))
            .map(AsRef::as_ref);
        match (old.outcome(row), new.outcome(row), contract) {
            (Some(old), Some(new), Some(contract)) => Ok((OutcomeChange::between(&old, &new, contract), weight)),
            // Each row has an outcome or a fault under each rulebook.
            _ => Err(UncomparedRowError("the row has no outcome".to_owned())),
        }
    }

    fn keep_candidate(
        &mut self,
        rows: &CaseRows<'_>,
        row: usize,
        number: u64,
        weight: Decimal,
        part: &mut ComparedPart,
    ) {
        if !part.sample.takes(number) {
            return;
        }
        if let Ok(test) = rows.test(row, self.table.engines[0].rulebook()) {
            self.candidates.insert(number, (test, weight));
        }
        while self.candidates.len() > self.table.explained_max {
            part.sample.halve_to(part.sample.halvings() + 1);
            self.candidates.retain(|number, _| part.sample.takes(*number));
        }
    }

    /// Looks for the reasons of the people of a part that is at its end.
    ///
    /// # Errors
    /// [`TableError::Stopped`].
    pub(crate) fn explain(&mut self, part: &mut ComparedPart) -> Result<(), TableError> {
        let plain = Comparison::at(self.table.comparison.now);
        for (number, (test, weight)) in std::mem::take(&mut self.candidates) {
            if self.table.progress.is_stopped() {
                return Err(TableError::Stopped);
            }
            // Both rulebooks decided the case already.
            if let Ok(diff) = diff_case(self.table.engines, &test, &plain) {
                part.sample.add(number, ExplainedPerson { reasons: diff.reasons, weight: weight.to_string() });
            }
        }
        Ok(())
    }
}

/// A field of the grant under both rulebooks.
struct ComparedField<'f> {
    name: &'f str,
    numbers: [Option<usize>; 2],
}

fn fields_of(outcomes: &[OutcomeColumns; 2]) -> Vec<ComparedField<'_>> {
    let [old, new] = outcomes;
    let others = new.fields().filter(|name| old.field(name).is_none());
    let field = |name| ComparedField { name, numbers: [old.field(name), new.field(name)] };
    old.fields().chain(others).map(field).collect()
}

impl ComparedField<'_> {
    fn is_same(&self, outcomes: &[OutcomeColumns; 2], row: usize) -> bool {
        let [old, new] = outcomes;
        let [of_old, of_new] = self.numbers;
        old.amount(of_old, row) == new.amount(of_new, row) && old.text(of_old, row) == new.text(of_new, row)
    }

    /// What is granted, if either rulebook grants something.
    fn amounts(&self, outcomes: &[OutcomeColumns; 2], row: usize) -> Option<(&str, [Decimal; 2])> {
        let [old, new] = outcomes;
        match (old.amount(self.numbers[0], row), new.amount(self.numbers[1], row)) {
            (None, None) => None,
            (old, new) => Some((self.name, [old.unwrap_or_default(), new.unwrap_or_default()])),
        }
    }
}

/// How many people the rows of a batch stand for.
enum Weights<'c> {
    One,
    Column(&'c Comparison, CellColumn),
}

impl Weights<'_> {
    fn of(&self, row: usize) -> Result<Decimal, WeightError> {
        match self {
            Self::One => Ok(Decimal::ONE),
            Self::Column(comparison, column) => comparison.weight_of_cell(&column.cell(row)),
        }
    }
}

/// The groups of the rows of a batch.
struct BatchGroups<'c> {
    weights: Weights<'c>,
    columns: Vec<GroupColumn<'c>>,
    /// Each with the numbers of the row's query and of its group of each column.
    groups: Vec<(Vec<usize>, ImpactGroup)>,
    /// The places of those among them.
    known: HashMap<Vec<usize>, usize>,
    /// The key of the row at hand, kept for its memory.
    key: Vec<usize>,
}

impl<'c> BatchGroups<'c> {
    fn new(batch: &RecordBatch, comparison: &'c Comparison) -> Self {
        let column = |name: &str| batch.column_by_name(name);
        let weights = match comparison.weight.as_deref().and_then(column) {
            Some(array) => Weights::Column(comparison, CellColumn::new(array)),
            None => Weights::One,
        };
        let columns = comparison.by.iter().map(|by| GroupColumn::new(by, column(by.name()))).collect();
        Self { weights, columns, groups: Vec::new(), known: HashMap::new(), key: Vec::new() }
    }

    fn group_of(
        &mut self,
        rows: &CaseRows<'_>,
        row: usize,
        outcomes: &OutcomeColumns,
        engine: &Engine,
        comparison: &Comparison,
    ) -> Option<&mut ImpactGroup> {
        let query = outcomes.query_number(row)?;
        self.key.clear();
        self.key.push(query);
        for column in &mut self.columns {
            self.key.push(column.group_of(rows, row, query, engine, comparison));
        }
        let index = match self.known.get(&self.key) {
            Some(index) => *index,
            None => {
                self.groups.push((self.key.clone(), ImpactGroup::default()));
                self.known.insert(self.key.clone(), self.groups.len() - 1);
                self.groups.len() - 1
            }
        };
        self.groups.get_mut(index).map(|(_, group)| group)
    }

    /// Counts the groups.
    fn tell(self, outcomes: &OutcomeColumns, impact: &mut PopulationImpact) {
        for (key, group) in &self.groups {
            let Some((query, of_columns)) = key.split_first() else { continue };
            let Some((place, service)) = outcomes.query_of(*query) else { continue };
            let by = self.columns.iter().zip(of_columns).map(|(column, number)| column.named(*number)).collect();
            impact.add_group(place, service, &by, group);
        }
    }
}
