//! The conditions of a row as sets of cells.

use ordinance_domain::manifest::Manifest;
use ordinance_domain::value as domain;
use ordinance_feel_runtime::{Builtin, Date, Decimal, Value};

use super::columns::{Column, Key, key_of};
use super::ranges::{Ranges, complement, intersection, union};
use crate::tree::{Argument, Comparison, Expr, ExprKind, Input, LocalId};
use crate::types::TypeKind;

/// What the values of parameters are.
pub(crate) struct Known<'p> {
    pub(crate) inputs: &'p [Input],
    /// `None` if parameters have no value that could be counted on.
    pub(crate) manifest: Option<&'p Manifest>,
}

impl Known<'_> {
    /// The days between which the rule is in force, for a column of days of decisions; nothing for any other.
    pub(crate) fn first_and_last_day(&self, input: &Expr) -> Vec<Key> {
        let in_force = self.manifest.map(|manifest| manifest.in_force);
        let days = in_force.map(|in_force| [Some(in_force.from()), in_force.until()]);
        let days = days.into_iter().flatten().flatten().filter(|_| self.is_day_of_decision(input));
        days.filter_map(|day| key_of(&Value::Date(Date::parse(&day.to_string())?))).collect()
    }

    /// The cells of a column that a rule in force meets.
    pub(crate) fn in_force(&self, input: &Expr, column: &Column) -> Option<Ranges> {
        let mut cells = column.all();
        let Some(manifest) = self.manifest.filter(|_| self.is_day_of_decision(input)) else { return Some(cells) };
        let (from, until) = (manifest.in_force.from(), manifest.in_force.until());
        for (operator, day) in [(Comparison::GreaterOrEqual, Some(from)), (Comparison::Less, until)] {
            if let Some(day) = day {
                cells = intersection(&cells, &column.compared(operator, &Value::Date(Date::parse(&day.to_string())?))?);
            }
        }
        Some(cells)
    }

    fn is_day_of_decision(&self, input: &Expr) -> bool {
        let ExprKind::Input(input) = &input.kind else { return false };
        self.inputs.get(input.0).is_some_and(|input| matches!(input.argument, Argument::AsOf))
    }

    /// The value of an expression that names no fact: a constant, or a parameter's last value.
    fn value(&self, expr: &Expr) -> Option<Value> {
        match &expr.kind {
            ExprKind::Constant(value) => Some(value.clone()),
            ExprKind::Required(inner) => self.value(inner),
            ExprKind::Negate(inner) => match self.value(inner)? {
                Value::Number(number) => Some(Value::Number(number.negate())),
                _ => None,
            },
            ExprKind::Input(_) | ExprKind::Field { .. } => parameter(self.domain_value(expr)?, &expr.ty.kind),
            _ => None,
        }
    }

    fn domain_value(&self, expr: &Expr) -> Option<&domain::Value> {
        match &expr.kind {
            ExprKind::Required(inner) => self.domain_value(inner),
            ExprKind::Input(input) => {
                let Argument::Parameter(name) = &self.inputs.get(input.0)?.argument else { return None };
                let parameter = self.manifest?.parameters.iter().find(|parameter| parameter.name.is(name))?;
                parameter.values.last().map(|dated| &dated.value)
            }
            ExprKind::Field { context, index } => {
                let TypeKind::Context(fields) = &context.ty.kind else { return None };
                let (name, _) = fields.get(*index)?;
                let domain::Value::Record(record) = self.domain_value(context)? else { return None };
                record.iter().find(|(known, _)| known.is(name)).map(|(_, value)| value)
            }
            _ => None,
        }
    }

    /// Adds the values that a condition compares a local with. `None` if it isn't made of such comparisons.
    pub(crate) fn add_keys(&self, condition: &Expr, local: LocalId, keys: &mut Vec<Key>) -> Option<()> {
        match &condition.kind {
            ExprKind::And(left, right) | ExprKind::Or(left, right) => {
                self.add_keys(left, local, keys)?;
                self.add_keys(right, local, keys)
            }
            ExprKind::Call { function: Builtin::Not, arguments } => {
                arguments.iter().try_for_each(|inner| self.add_keys(inner, local, keys))
            }
            ExprKind::Constant(Value::Boolean(_)) => Some(()),
            ExprKind::Local(named) if *named == local => Some(()),
            ExprKind::Compare { operator, left, right } => {
                let (_, value) = self.compared(*operator, left, right, local)?;
                keys.extend(key_of(&value));
                Some(())
            }
            _ => None,
        }
    }

    fn compared(&self, operator: Comparison, left: &Expr, right: &Expr, local: LocalId) -> Option<(Comparison, Value)> {
        if is_local(left, local) {
            return Some((operator, self.value(right)?));
        }
        is_local(right, local).then_some(())?;
        Some((operator.mirrored(), self.value(left)?))
    }

    /// The cells for which a condition holds.
    pub(crate) fn cells(&self, condition: &Expr, local: LocalId, column: &Column) -> Option<Ranges> {
        match &condition.kind {
            ExprKind::And(left, right) => {
                Some(intersection(&self.cells(left, local, column)?, &self.cells(right, local, column)?))
            }
            ExprKind::Or(left, right) => {
                let mut both = self.cells(left, local, column)?;
                both.extend(self.cells(right, local, column)?);
                Some(union(both))
            }
            ExprKind::Call { function: Builtin::Not, arguments } => match arguments.as_slice() {
                [inner] => Some(complement(&self.cells(inner, local, column)?, column.count())),
                _ => None,
            },
            ExprKind::Constant(Value::Boolean(value)) => Some(if *value { column.all() } else { Vec::new() }),
            ExprKind::Local(named) if *named == local => column.compared(Comparison::Equal, &Value::Boolean(true)),
            ExprKind::Compare { operator, left, right } => {
                let (operator, value) = self.compared(*operator, left, right, local)?;
                column.compared(operator, &value)
            }
            _ => None,
        }
    }
}

/// Whether it is the local, or the text of the word that it is.
fn is_local(expr: &Expr, local: LocalId) -> bool {
    match &expr.kind {
        ExprKind::Local(named) => *named == local,
        ExprKind::Call { function: Builtin::String, arguments } => {
            matches!(arguments.as_slice(), [inner] if is_local(inner, local))
        }
        _ => false,
    }
}

/// A value of the manifest as one of an expression.
fn parameter(value: &domain::Value, kind: &TypeKind) -> Option<Value> {
    match (value, kind) {
        (domain::Value::Bool(value), _) => Some(Value::Boolean(*value)),
        (domain::Value::Integer(number), _) => Some(Value::integer(*number)),
        (domain::Value::Decimal(number), _) => Decimal::parse(&number.to_string()).ok().map(Value::Number),
        (domain::Value::Text(text), TypeKind::Number(_)) => Decimal::parse(text).ok().map(Value::Number),
        (domain::Value::Text(text) | domain::Value::Choice(text), _) => Some(Value::text(text)),
        (domain::Value::Date(day), _) => Date::parse(&day.to_string()).map(Value::Date),
        (domain::Value::Record(_) | domain::Value::List(_) | domain::Value::Decimals(_), _) => None,
    }
}
