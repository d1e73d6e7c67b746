//! Decision tables: their conditions, outputs and hit policies.

use std::rc::Rc;

use ordinance_feel_runtime::Value;

use super::cell_words::with_words;
use super::checked::{self, Checked, Units, bounds_of};
use super::checker::{Bound, Checker};
use super::joins::{as_text, converted};
use crate::bounds::Bounds;
use crate::exact::Exact;
use crate::rule_text::{RowText, TableText};
use crate::source_text::{Place, Span, TextId};
use crate::syntax::ast::{self, TestKind};
use crate::tree::{Aggregation, Expr, ExprKind, HitPolicy, Row, Table};
use crate::types::{Type, TypeKind};

/// The outputs of a row, or of the default.
type Outputs = Vec<Checked>;

impl Checker<'_> {
    pub(crate) fn table(&mut self, text: &TableText) -> Option<Checked> {
        let place = self.place_of(text.place);
        self.check_shape(text)?;
        let inputs: Vec<Option<(Bound, Expr)>> = text.inputs.iter().map(|input| self.input_of(*input)).collect();
        let inputs: Vec<(Bound, Expr)> = inputs.into_iter().collect::<Option<_>>()?;
        let bounds: Vec<&Bound> = inputs.iter().map(|(bound, _)| bound).collect();
        let rows: Vec<Option<(Vec<Option<Expr>>, Outputs)>> =
            text.rows.iter().map(|row| self.row(row, &bounds)).collect();
        let default: Option<Option<Outputs>> = text.default.as_ref().map(|default| self.outputs(default));
        let rows: Vec<(Vec<Option<Expr>>, Outputs)> = rows.into_iter().collect::<Option<_>>()?;
        let default = match default {
            None => self.default_of(text, place)?,
            Some(default) => Some(default?),
        };
        let all: Vec<&Outputs> = rows.iter().map(|(_, outputs)| outputs).chain(&default).collect();
        let columns: Vec<Option<(Type, Units)>> =
            (0..text.outputs.len()).map(|column| self.column(text, column, &all, place)).collect();
        let columns: Vec<(Type, Units)> = columns.into_iter().collect::<Option<_>>()?;
        let priorities = self.priorities(text, &columns, &all)?;
        let alike = |outputs: Outputs| -> Vec<Expr> {
            outputs.into_iter().zip(&columns).map(|(output, (ty, _))| converted(output.expr, ty)).collect()
        };
        let starts: Vec<Place> = text.rows.iter().map(|row| self.place_of_row(row, place)).collect();
        let rows: Vec<Row> = rows
            .into_iter()
            .zip(starts)
            .map(|((conditions, outputs), place)| Row { conditions, outputs: alike(outputs), place })
            .collect();
        let has_default = default.is_some();
        let (output, units) = output_of(text, &columns);
        let table = Table {
            name: text.name.clone(),
            hit: text.hit,
            inputs: inputs.into_iter().map(|(bound, value)| (bound.local, value)).collect(),
            rows,
            default: default.map(alike),
            priorities,
            output: output.clone(),
        };
        Some(result_of(table, has_default, output, units, place))
    }

    fn check_shape(&mut self, text: &TableText) -> Option<()> {
        let place = self.place_of(text.place);
        let name = &text.name;
        if text.rows.is_empty() || text.outputs.is_empty() {
            return self.fault(
                place,
                format!("the table `{name}` has no {}", if text.rows.is_empty() { "rows" } else { "outputs" }),
                "",
            );
        }
        let is_number = matches!(text.hit, HitPolicy::Collect(Some(_)));
        if is_number && text.outputs.len() > 1 {
            let help = "make a table for each of them";
            return self.fault(place, format!("the table `{name}` makes one number of several outputs"), help);
        }
        let mut is_right = Some(());
        for row in &text.rows {
            let at = self.place_of_row(row, place);
            let (tests, outputs) = (row.tests.len(), row.outputs.len());
            if tests != text.inputs.len() || outputs != text.outputs.len() {
                let message = format!(
                    "this row has {tests} conditions and {outputs} outputs, and the table `{name}` has {} and {}",
                    text.inputs.len(),
                    text.outputs.len()
                );
                is_right = self.fault(at, message, "write `-` for a condition that always holds");
            }
        }
        if text.default.as_ref().is_some_and(|default| default.len() != text.outputs.len()) {
            return self.fault(place, format!("the default of the table `{name}` has another number of outputs"), "");
        }
        is_right
    }

    /// The whole of a text.
    pub(crate) fn place_of(&self, text: TextId) -> Place {
        let end = self.texts.0.get(text.0).map_or(0, |source| source.text.len());
        Place { text, span: Span { start: 0, end } }
    }

    fn place_of_row(&self, row: &RowText, table: Place) -> Place {
        row.tests.first().or(row.outputs.first()).map_or(table, |first| self.place_of(*first))
    }

    fn input_of(&mut self, input: TextId) -> Option<(Bound, Expr)> {
        let expr = self.parsed.expression(input)?;
        let mut value = self.in_text(input, |checker| checker.value(&expr))?;
        if matches!(value.kind(), TypeKind::Choice(words) if words.len() < 2) {
            value.expr = as_text(value.expr);
        }
        Some((self.bind(&value), value.expr))
    }

    fn row(&mut self, row: &RowText, inputs: &[&Bound]) -> Option<(Vec<Option<Expr>>, Outputs)> {
        let conditions: Vec<Option<Option<Expr>>> =
            row.tests.iter().zip(inputs).map(|(test, input)| self.cell(*test, input)).collect();
        let outputs = self.outputs(&row.outputs);
        let conditions: Vec<Option<Expr>> = conditions.into_iter().collect::<Option<_>>()?;
        Some((conditions, outputs?))
    }

    fn cell(&mut self, text: TextId, input: &Bound) -> Option<Option<Expr>> {
        let parsed = self.parsed.tests(text)?;
        let tests = with_words(&parsed, &input.ty);
        let place = self.place_of(text);
        self.in_text(text, |checker| checker.tests(&tests, input, place))
    }

    fn outputs(&mut self, texts: &[TextId]) -> Option<Outputs> {
        let outputs: Vec<Option<Checked>> = texts
            .iter()
            .map(|text| {
                let expr = self.parsed.expression(*text)?;
                self.in_text(*text, |checker| checker.value(&expr))
            })
            .collect();
        outputs.into_iter().collect()
    }

    /// A sum of no rows is 0.
    fn default_of(&mut self, text: &TableText, place: Place) -> Option<Option<Outputs>> {
        match text.hit {
            HitPolicy::Collect(Some(Aggregation::Sum)) => Some(Some(vec![checked::number(Exact::ZERO, place)?])),
            HitPolicy::Unique
            | HitPolicy::Any
            | HitPolicy::Priority
            | HitPolicy::First
            | HitPolicy::RuleOrder
            | HitPolicy::OutputOrder
            | HitPolicy::Collect(_) => Some(None),
        }
    }

    /// The type and the unit of an output column.
    fn column(&mut self, text: &TableText, column: usize, rows: &[&Outputs], place: Place) -> Option<(Type, Units)> {
        let cells: Vec<&Checked> = rows.iter().filter_map(|row| row.get(column)).collect();
        let first = cells.first()?;
        let mut joined = first.expr.ty.clone();
        let mut units = first.units.clone();
        for cell in cells.iter().skip(1) {
            let Some(ty) = super::joins::join(&joined, &cell.expr.ty) else {
                self.no_word(&cells)?;
                let message = format!("the outputs of one column are of two kinds: {joined} and {}", cell.expr.ty);
                return self.fault(cell.expr.place, message, "give all of them the same kind");
            };
            joined = ty;
            units = self.same_unit(
                &Checked::clone(cell).with_units(units),
                cell,
                cell.expr.place,
                "outputs of one column",
            )?;
        }
        if matches!(text.hit, HitPolicy::Collect(Some(Aggregation::Sum | Aggregation::Min | Aggregation::Max)))
            && !matches!(joined.kind, TypeKind::Number(_))
        {
            return self.fault(place, format!("the table `{}` makes a number of {joined}", text.name), "");
        }
        Some((joined, units))
    }

    /// The values of each output in the order of their priority.
    fn priorities(
        &mut self,
        text: &TableText,
        columns: &[(Type, Units)],
        rows: &[&Outputs],
    ) -> Option<Vec<Vec<Value>>> {
        let needed = matches!(text.hit, HitPolicy::Priority | HitPolicy::OutputOrder);
        if needed && text.priorities.iter().all(Option::is_none) {
            let message = format!("the table `{}` doesn't say which output goes before which", text.name);
            let help = "give the output's values in the order of their priority, such as `\"high\", \"low\"`";
            return self.fault(self.place_of(text.place), message, help);
        }
        let mut all = Vec::new();
        for column in 0..columns.len() {
            let Some(Some(order)) = text.priorities.get(column) else {
                all.push(Vec::new());
                continue;
            };
            let values = self.constants(*order)?;
            for output in rows.iter().filter_map(|row| row.get(column)) {
                if let ExprKind::Constant(value) = &output.expr.kind
                    && !values.contains(value)
                {
                    let message = "this output isn't among those in the order of priority";
                    return self.fault(output.expr.place, message, "add it to the order, or mend it");
                }
            }
            all.push(values);
        }
        Some(all)
    }

    /// Values that are written one after the other.
    fn constants(&mut self, text: TextId) -> Option<Vec<Value>> {
        let tests = self.parsed.tests(text)?;
        let mut written: Vec<&ast::Expr> = Vec::new();
        for test in tests.iter() {
            match &test.kind {
                TestKind::Expr(ast::Expr { kind: ast::ExprKind::List(items), .. }) => written.extend(items),
                TestKind::Expr(expr) => written.push(expr),
                TestKind::Any | TestKind::Not(_) | TestKind::Compare { .. } => {
                    let place = Place { text, span: test.span };
                    return self.fault(place, "this is no value", "write the values, with commas between them");
                }
            }
        }
        let mut values = Vec::new();
        for expr in written {
            let checked = self.in_text(text, |checker| checker.value(expr))?;
            let ExprKind::Constant(value) = checked.expr.kind else {
                let help = "write the values, with commas between them";
                return self.fault(Place { text, span: expr.span }, "the order of priority has written values", help);
            };
            values.push(value);
        }
        Some(values)
    }
}

/// The type of one row's output.
fn output_of(text: &TableText, columns: &[(Type, Units)]) -> (Type, Units) {
    match columns {
        [(ty, units)] => (ty.clone(), units.clone()),
        columns => {
            let fields: Rc<[(String, Type)]> =
                text.outputs.iter().zip(columns).map(|(name, (ty, _))| (name.clone(), ty.clone())).collect();
            let units = columns.iter().map(|(_, units)| units.clone()).collect();
            (TypeKind::Context(fields).into(), Units::Fields(units))
        }
    }
}

/// What the table gives, by its hit policy.
fn result_of(table: Table, has_default: bool, output: Type, units: Units, place: Place) -> Checked {
    let rows = u64::try_from(table.rows.len()).ok();
    let hit = table.hit;
    let kind = ExprKind::Table(Box::new(table));
    let one = |ty: Type, units: Units| Checked::new(kind.clone(), ty, place).with_units(units);
    let or_null = |checked: Checked| if has_default { checked } else { checked.looked_up() };
    match hit {
        HitPolicy::Unique | HitPolicy::Any | HitPolicy::Priority | HitPolicy::First => or_null(one(output, units)),
        HitPolicy::RuleOrder | HitPolicy::OutputOrder | HitPolicy::Collect(None) => {
            one(output.list(rows), units.list())
        }
        HitPolicy::Collect(Some(Aggregation::Sum)) => one(bounds_of(&output).sum(rows).into(), units),
        HitPolicy::Collect(Some(Aggregation::Min | Aggregation::Max)) => or_null(one(output, units)),
        HitPolicy::Collect(Some(Aggregation::Count)) => {
            one(Bounds::whole(0, rows.unwrap_or(u64::MAX)).into(), Units::Plain)
        }
    }
}
