//! What is wrong with a decision table as a whole: rows that match the same case where the hit policy forbids it, cases
//! that no row matches, and rows that are never reached.
//!
//! The answer is exact for conditions that compare the input with constants and parameters, in any number, with `and`,
//! `or` and `not`; a parameter counts with its last value. A row with any other condition, and what is left when the
//! bounded work is done, is told as not decided; a table is never called complete then.

mod columns;
mod conditions;
mod coverage;
mod overlaps;
mod ranges;

use std::collections::HashSet;

use ordinance_domain::manifest::Manifest;
use ordinance_feel_runtime::Value;

use self::columns::Column;
use self::conditions::Known;
use self::coverage::{Coverage, coverage};
use self::overlaps::{Boxes, overlaps};
use crate::source_text::{Place, SourceTexts};
use crate::tree::{Aggregation, Expr, ExprKind, HitPolicy, Program, Table};

/// The most findings of one kind on one table.
const FINDINGS_MAX: usize = 10;

/// What was found on a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableFinding {
    /// The name of the table.
    pub table: String,
    /// What it is.
    pub kind: TableFindingKind,
    /// Where to mend it: the later row of an overlap, the row that is never reached, or the table.
    pub place: Place,
    /// What is wrong, in words.
    pub message: String,
    /// How to mend it; empty if that is plain, or said at an earlier finding.
    pub help: &'static str,
    /// A case for which it is so: the text of each input column, and a value as authors write it. Empty if no case is
    /// known: for a row whose conditions no value passes, and for one whose conditions aren't of the decided form.
    pub example: Vec<(String, String)>,
}

/// The kinds of findings on tables. Rows count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableFindingKind {
    /// Two rows match the same case, and the hit policy forbids it: the table is refused.
    Overlap { first: usize, second: usize },
    /// No row matches, and there is no default.
    Gap,
    /// No case reaches the row.
    NeverReached { row: usize },
    /// It isn't known whether there is more of the other kinds.
    NotDecided,
}

impl TableFindingKind {
    /// Whether the table can't be built with it.
    #[must_use]
    pub fn is_refused(self) -> bool {
        match self {
            Self::Overlap { .. } => true,
            Self::Gap | Self::NeverReached { .. } | Self::NotDecided => false,
        }
    }
}

/// What an author may do about what no row matches. A rule fails there only if its answer needs the table.
const GAP_HELP: &str = "write a row for these values; or `default = ...` under the table, if the law gives what else holds; \
    or nothing, if a criterion excludes them: a rule fails there only where its answer needs the table";

/// The findings on all tables of a program.
#[must_use]
pub fn analyse_tables(program: &Program, texts: &SourceTexts, manifest: &Manifest) -> Vec<TableFinding> {
    let known = Known { inputs: &program.inputs, manifest: Some(manifest) };
    let tables = program.definitions.iter().filter_map(|definition| table_in(&definition.value));
    let mut found: Vec<TableFinding> =
        tables.flat_map(|(table, place)| Analysis::new(table, place, texts, &known).findings()).collect();
    if let Some(gap) = found.iter_mut().find(|finding| finding.kind == TableFindingKind::Gap) {
        gap.help = GAP_HELP;
    }
    found
}

/// Whether it is certain, whatever the values of parameters, that no two rows match the same case; or, with the hit
/// policy `any`, none but those with the same constant outputs.
pub(crate) fn are_rows_apart(table: &Table, place: Place) -> bool {
    let (texts, known) = (SourceTexts(Vec::new()), Known { inputs: &[], manifest: None });
    let analysis = Analysis::new(table, place, &texts, &known);
    let is_allowed = |one: usize, other: usize| table.hit == HitPolicy::Any && analysis.have_same_outputs(one, other);
    let (found, is_whole) = overlaps(&analysis.boxes, analysis.columns.len(), 1, &is_allowed);
    analysis.undecided.is_empty() && found.is_empty() && is_whole
}

/// The table that a definition is.
fn table_in(expr: &Expr) -> Option<(&Table, Place)> {
    match &expr.kind {
        ExprKind::Table(table) => Some((table, expr.place)),
        ExprKind::Required(inner) => table_in(inner),
        _ => None,
    }
}

/// A table with its rows as cells.
struct Analysis<'t> {
    table: &'t Table,
    place: Place,
    texts: &'t SourceTexts,
    columns: Vec<Column>,
    /// The rows that are decided, with their number in the table.
    boxes: Boxes,
    rows: Vec<usize>,
    /// The rows whose conditions are of another form.
    undecided: Vec<usize>,
    /// The cells of each column that a rule in force meets, if those of some column are fewer than all.
    in_force: Option<Vec<ranges::Ranges>>,
}

impl<'t> Analysis<'t> {
    fn new(table: &'t Table, place: Place, texts: &'t SourceTexts, known: &Known<'_>) -> Self {
        let mut analysis = Self {
            table,
            place,
            texts,
            columns: Vec::new(),
            boxes: Vec::new(),
            rows: Vec::new(),
            undecided: Vec::new(),
            in_force: None,
        };
        let mut is_divided = true;
        for (index, (local, input)) in table.inputs.iter().enumerate() {
            let mut keys = known.first_and_last_day(input);
            for condition in table.rows.iter().filter_map(|row| row.conditions.get(index)?.as_ref()) {
                // A condition of another form makes its row undecided below.
                let before = keys.len();
                if known.add_keys(condition, *local, &mut keys).is_none() {
                    keys.truncate(before);
                }
            }
            match Column::new(&input.ty, keys) {
                Some(column) => analysis.columns.push(column),
                None => is_divided = false,
            }
        }
        for row in 0..table.rows.len() {
            match analysis.cells(row, known).filter(|_| is_divided) {
                Some(cells) => {
                    analysis.boxes.push(cells);
                    analysis.rows.push(row);
                }
                None => analysis.undecided.push(row),
            }
        }
        if is_divided {
            let inputs = analysis.columns.iter().zip(&table.inputs);
            analysis.in_force = inputs.map(|(column, (_, input))| known.in_force(input, column)).collect();
        }
        analysis
    }

    fn cells(&self, row: usize, known: &Known<'_>) -> Option<Vec<ranges::Ranges>> {
        let conditions = self.table.rows.get(row)?.conditions.iter();
        let columns = conditions.zip(&self.table.inputs).zip(&self.columns);
        columns
            .map(|((condition, (local, _)), column)| match condition {
                None => Some(column.all()),
                Some(condition) => known.cells(condition, *local, column),
            })
            .collect()
    }

    fn findings(&self) -> Vec<TableFinding> {
        let mut found = self.overlaps();
        found.extend(self.regions());
        if !self.undecided.is_empty() {
            found.push(self.undecided_rows());
        }
        found
    }

    /// That some rows have conditions of another form, with a case that no other row matches, if there is one.
    fn undecided_rows(&self) -> TableFinding {
        let (name, rows) = (&self.table.name, listed_rows(&self.undecided));
        let alone = "don't compare with constants and parameters alone";
        let open = self.coverage().filter(|_| self.needs_a_row()).and_then(|covered| covered.gaps.into_iter().next());
        let example = open.map(|gap| self.example(gap.iter().map(|(from, _)| *from)));
        let message = match &example {
            Some(example) => format!(
                "`{name}` isn't decided: the conditions of {rows} {alone}, and no other row matches {}",
                in_words(example)
            ),
            None => format!("`{name}` isn't decided: the conditions of {rows} {alone}"),
        };
        let first = self.undecided.first().and_then(|row| self.table.rows.get(*row));
        let place = first.map_or(self.place, |row| row.place);
        self.finding(TableFindingKind::NotDecided, place, message, example.unwrap_or_default())
    }

    fn finding(
        &self,
        kind: TableFindingKind,
        place: Place,
        message: String,
        example: Vec<(String, String)>,
    ) -> TableFinding {
        TableFinding { table: self.table.name.clone(), kind, place, message, help: "", example }
    }

    fn overlaps(&self) -> Vec<TableFinding> {
        let is_any = match self.table.hit {
            HitPolicy::Unique => false,
            HitPolicy::Any => true,
            HitPolicy::Priority
            | HitPolicy::First
            | HitPolicy::RuleOrder
            | HitPolicy::OutputOrder
            | HitPolicy::Collect(_) => return Vec::new(),
        };
        let is_allowed = |one: usize, other: usize| is_any && !self.have_other_outputs(one, other);
        let (overlaps, is_whole) = overlaps(&self.boxes, self.columns.len(), FINDINGS_MAX, &is_allowed);
        let mut found: Vec<TableFinding> = Vec::new();
        for overlap in overlaps {
            let number = |index: usize| self.rows.get(index).copied().unwrap_or_default();
            let (first, second) = (number(overlap.rows.0), number(overlap.rows.1));
            let example = self.example(overlap.cells.iter().copied());
            let forbidden = if is_any { "with other outputs, which `any` forbids" } else { "which `unique` forbids" };
            let (one, other) = (first + 1, second + 1);
            let message = format!(
                "rows {one} and {other} of `{}` both match {}, {forbidden}",
                self.table.name,
                in_words(&example)
            );
            let place = self.table.rows.get(second).map_or(self.place, |row| row.place);
            found.push(self.finding(TableFindingKind::Overlap { first: one, second: other }, place, message, example));
        }
        say_if_many(&mut found);
        if !is_whole {
            let message =
                format!("whether rows of `{}` overlap isn't decided: too many meet in every column", self.table.name);
            found.push(self.finding(TableFindingKind::NotDecided, self.place, message, Vec::new()));
        }
        found
    }

    /// The outputs of a row that is decided.
    fn outputs(&self, index: usize) -> &[Expr] {
        let row = self.rows.get(index).and_then(|row| self.table.rows.get(*row));
        row.map(|row| row.outputs.as_slice()).unwrap_or_default()
    }

    /// Whether the outputs of two rows are the same constants.
    fn have_same_outputs(&self, one: usize, other: usize) -> bool {
        self.outputs(one).iter().zip(self.outputs(other)).all(|(one, other)| match (&one.kind, &other.kind) {
            (ExprKind::Constant(one), ExprKind::Constant(other)) => one == other,
            (_, _) => false,
        })
    }

    /// Whether the outputs of two rows are known to differ.
    fn have_other_outputs(&self, one: usize, other: usize) -> bool {
        self.outputs(one).iter().zip(self.outputs(other)).any(|(one, other)| match (&one.kind, &other.kind) {
            (ExprKind::Constant(one), ExprKind::Constant(other)) => one != other,
            (_, _) => false,
        })
    }

    /// Whether a case that no row matches has no value.
    fn needs_a_row(&self) -> bool {
        let may_be_empty = matches!(
            self.table.hit,
            HitPolicy::RuleOrder | HitPolicy::OutputOrder | HitPolicy::Collect(None | Some(Aggregation::Count))
        );
        self.table.default.is_none() && !may_be_empty
    }

    /// What no row matches on the days on which the rule is in force, and which rows are reached. `None` if a column
    /// can't be divided.
    fn coverage(&self) -> Option<Coverage> {
        let counts: Vec<u32> = self.columns.iter().map(Column::count).collect();
        if counts.len() < self.table.inputs.len() {
            return None;
        }
        let (mut order, is_first) = self.order();
        let outside = self.in_force.as_deref().into_iter().flatten().zip(&counts).enumerate();
        let outside: Boxes = outside
            .filter(|(_, (cells, count))| !ranges::is_all(cells, **count))
            .map(|(at, (cells, count))| {
                let mut columns: Vec<ranges::Ranges> = self.columns.iter().map(Column::all).collect();
                columns.iter_mut().skip(at).take(1).for_each(|own| *own = ranges::complement(cells, *count));
                columns
            })
            .collect();
        if outside.is_empty() {
            return Some(coverage(&self.boxes, &counts, &order, is_first, FINDINGS_MAX));
        }
        // What no case meets counts as matched, by rows behind all others.
        order.extend(self.boxes.len()..self.boxes.len() + outside.len());
        let boxes = self.boxes.iter().cloned().chain(outside).collect();
        Some(coverage(&boxes, &counts, &order, is_first, FINDINGS_MAX))
    }

    fn regions(&self) -> Vec<TableFinding> {
        let Some(covered) = self.coverage() else { return Vec::new() };
        let table = self.table;
        let mut found = Vec::new();
        // A row that isn't decided may match what the others don't.
        for gap in covered.gaps.iter().filter(|_| self.needs_a_row() && self.undecided.is_empty()) {
            let example = self.example(gap.iter().map(|(from, _)| *from));
            let message = format!("no row of `{}` matches {}", table.name, in_words(&example));
            found.push(self.finding(TableFindingKind::Gap, self.place, message, example));
        }
        say_if_many(&mut found);
        match &covered.undecided {
            Some(region) => {
                let from = self.example(region.iter().map(|(from, _)| *from));
                let message = format!(
                    "`{}` isn't decided from {} on: the search for gaps and rows never reached stopped there",
                    table.name,
                    in_words(&from)
                );
                found.push(self.finding(TableFindingKind::NotDecided, self.place, message, from));
            }
            None => found.extend(self.never_reached(&covered.reached)),
        }
        found
    }

    fn never_reached(&self, reached: &HashSet<usize>) -> Vec<TableFinding> {
        let lost = (0..self.boxes.len()).filter(|index| !reached.contains(index)).take(FINDINGS_MAX);
        let (order, _) = self.order();
        let mut found: Vec<TableFinding> =
            lost.filter_map(|index| self.lost_row(*self.rows.get(index)?, self.boxes.get(index)?, &order)).collect();
        say_if_many(&mut found);
        found
    }

    fn lost_row(&self, row: usize, cells: &[ranges::Ranges], order: &[usize]) -> Option<TableFinding> {
        let (why, example) = match cells.iter().position(Vec::is_empty) {
            Some(column) => {
                let input = self.table.inputs.get(column).map(|(_, input)| self.written(input.place))?;
                (format!("no value of `{input}` passes its condition"), Vec::new())
            }
            None => self.taken_by_others(cells, order),
        };
        let message = format!("row {} of `{}` is never reached: {why}", row + 1, self.table.name);
        let place = self.table.rows.get(row).map_or(self.place, |row| row.place);
        Some(self.finding(TableFindingKind::NeverReached { row: row + 1 }, place, message, example))
    }

    /// That rows before one of these cells match whatever it matches, with a case and the row that takes it.
    fn taken_by_others(&self, cells: &[ranges::Ranges], order: &[usize]) -> (String, Vec<(String, String)>) {
        let case: Vec<u32> = cells.iter().filter_map(|ranges| ranges.first().map(|(from, _)| *from)).collect();
        let has = |ranges: &ranges::Ranges, cell: &u32| ranges.iter().any(|(from, to)| (from..to).contains(&cell));
        let matches = |row: &&usize| {
            self.boxes.get(**row).is_some_and(|row| row.iter().zip(&case).all(|(ranges, cell)| has(ranges, cell)))
        };
        let example = self.example(case.iter().copied());
        let taker = order.iter().find(matches).and_then(|row| self.rows.get(*row));
        let why = match taker {
            Some(row) => {
                format!("others match first whatever it matches, such as row {} for {}", row + 1, in_words(&example))
            }
            None => "others match first whatever it matches".to_owned(),
        };
        (why, example)
    }

    /// The rows in the order in which they count, and whether only the first that matches does.
    fn order(&self) -> (Vec<usize>, bool) {
        let mut order: Vec<usize> = (0..self.boxes.len()).collect();
        match self.table.hit {
            HitPolicy::First => (order, true),
            HitPolicy::Priority => {
                let ranks: Option<Vec<Vec<usize>>> = order.iter().map(|index| self.rank(*index)).collect();
                let Some(ranks) = ranks else { return (order, false) };
                order.sort_by_key(|index| ranks.get(*index).cloned());
                (order, true)
            }
            HitPolicy::Unique
            | HitPolicy::Any
            | HitPolicy::RuleOrder
            | HitPolicy::OutputOrder
            | HitPolicy::Collect(_) => (order, false),
        }
    }

    /// The priority of a row's outputs; `None` if they aren't constants.
    fn rank(&self, index: usize) -> Option<Vec<usize>> {
        let row = self.table.rows.get(*self.rows.get(index)?)?;
        let ranked = row.outputs.iter().zip(&self.table.priorities).filter(|(_, order)| !order.is_empty());
        let position = |value: &Value, order: &[Value]| order.iter().position(|known| known == value);
        ranked
            .map(|(output, order)| match &output.kind {
                ExprKind::Constant(value) => position(value, order),
                _ => None,
            })
            .collect()
    }

    /// The columns with a value of these cells.
    fn example(&self, cells: impl Iterator<Item = u32>) -> Vec<(String, String)> {
        let columns = self.columns.iter().zip(&self.table.inputs).zip(cells);
        let value = |column: &Column, cell: u32| column.samples.get(usize::try_from(cell).ok()?).cloned();
        columns
            .map(|((column, (_, input)), cell)| (self.written(input.place), value(column, cell).unwrap_or_default()))
            .collect()
    }

    fn written(&self, place: Place) -> String {
        let source = self.texts.0.get(place.text.0);
        let text = source.and_then(|source| source.text.get(place.span.start..place.span.end));
        text.unwrap_or_default().to_owned()
    }
}

/// Says at the last of as many findings of a kind as are told that there may be more.
fn say_if_many(found: &mut [TableFinding]) {
    let is_full = found.len() >= FINDINGS_MAX;
    if let Some(last) = found.last_mut().filter(|_| is_full) {
        last.message.push_str("; there may be more");
    }
}

/// `age = 18, works = true`
fn in_words(example: &[(String, String)]) -> String {
    let parts: Vec<String> = example.iter().map(|(input, value)| format!("{input} = {value}")).collect();
    if parts.is_empty() { "every case".to_owned() } else { format!("`{}`", parts.join(", ")) }
}

/// `row 3`, or `rows 3, 5 and 4 more`
fn listed_rows(rows: &[usize]) -> String {
    let shown: Vec<String> = rows.iter().take(FINDINGS_MAX).map(|row| (row + 1).to_string()).collect();
    let more = rows.len().saturating_sub(FINDINGS_MAX);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{} {}{more}", if rows.len() == 1 { "row" } else { "rows" }, shown.join(", "))
}
