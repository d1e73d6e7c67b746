//! The numbers and dates in a rule's parameters, each with its path, and the same numbers one step lower or higher.

use ordinance_domain::calendar::LawDay;
use ordinance_domain::name::FieldName;
use ordinance_domain::value::{Decimal, Value, field};
use ordinance_engine::{Rule, RuleState};

/// A step of a path: to a field of a record, to a cell of a table, by its row and field, or to a number of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PathStep {
    Field(FieldName),
    Cell(usize, FieldName),
    Number(usize),
}

/// The name of a number: its parameter and its path, such as `scheme.2.amount`. Rows and the numbers of a
/// list count from 1.
pub(crate) fn number_name(parameter: &FieldName, path: &[PathStep]) -> String {
    path.iter().fold(parameter.to_string(), |name, step| match step {
        PathStep::Field(field) => format!("{name}.{field}"),
        PathStep::Cell(row, field) => format!("{name}.{}.{field}", row + 1),
        PathStep::Number(index) => format!("{name}.{}", index + 1),
    })
}

/// Each value of each parameter of a rule, with the day from which it holds and is known. Empty for a rule that can't
/// run.
pub(crate) fn dated_values(rule: &Rule) -> Vec<(FieldName, LawDay, Value)> {
    let RuleState::Ready(ready) = &rule.state else { return Vec::new() };
    let names = rule.head.parameters.iter().map(|parameter| &parameter.name);
    let dated = names.flat_map(|name| rule.days_of(name).into_iter().map(move |day| (name, day)));
    dated.filter_map(|(name, day)| Some((name.clone(), day, field(&ready.parameters_on(day), name)?.clone()))).collect()
}

/// Every number and date in a value, with its path.
pub(crate) fn numbers_in(value: &Value) -> Vec<(Vec<PathStep>, Value)> {
    match value {
        Value::Integer(_) | Value::Decimal(_) | Value::Date(_) => vec![(Vec::new(), value.clone())],
        Value::Record(record) => {
            record.iter().flat_map(|(name, value)| numbers_below(&PathStep::Field(name.clone()), value)).collect()
        }
        Value::List(rows) => {
            let cells = rows.iter().enumerate().flat_map(|(row, cells)| cells.iter().map(move |cell| (row, cell)));
            cells.flat_map(|(row, (name, value))| numbers_below(&PathStep::Cell(row, name.clone()), value)).collect()
        }
        Value::Decimals(numbers) => {
            let numbers = numbers.iter().enumerate();
            numbers.map(|(index, number)| (vec![PathStep::Number(index)], Value::Decimal(*number))).collect()
        }
        Value::Bool(_) | Value::Text(_) | Value::Choice(_) => Vec::new(),
    }
}

fn numbers_below(step: &PathStep, value: &Value) -> Vec<(Vec<PathStep>, Value)> {
    numbers_in(value).into_iter().map(|(path, number)| ([vec![step.clone()], path].concat(), number)).collect()
}

/// The value with the number at the end of the path one step higher or lower. A step is 1 for an integer, a day for a
/// date, and for a decimal a unit of its last digit, but at least a hundredth.
pub(crate) fn step_number(value: &Value, path: &[PathStep], is_up: bool) -> Option<Value> {
    let mut value = value.clone();
    let mut at = &mut value;
    for step in path {
        if let (PathStep::Number(index), Value::Decimals(numbers)) = (step, &mut *at) {
            let number = numbers.get_mut(*index)?;
            *number = stepped_decimal(*number, is_up);
            return Some(value);
        }
        let (record, field) = match (step, at) {
            (PathStep::Field(field), Value::Record(record)) => (record, field),
            (PathStep::Cell(row, field), Value::List(rows)) => (rows.get_mut(*row)?, field),
            (PathStep::Field(_) | PathStep::Cell(..) | PathStep::Number(_), _) => return None,
        };
        at = &mut record.iter_mut().find(|(name, _)| name == field)?.1;
    }
    *at = match at {
        Value::Integer(number) => Value::Integer(if is_up { number.checked_add(1)? } else { number.checked_sub(1)? }),
        Value::Decimal(number) => Value::Decimal(stepped_decimal(*number, is_up)),
        Value::Date(day) => Value::Date(if is_up { day.tomorrow().ok()? } else { day.yesterday().ok()? }),
        Value::Bool(_) | Value::Text(_) | Value::Choice(_) | Value::Record(_) | Value::List(_) | Value::Decimals(_) => {
            return None;
        }
    };
    Some(value)
}

fn stepped_decimal(number: Decimal, is_up: bool) -> Decimal {
    let step = Decimal::new(1, number.scale().min(2));
    if is_up { number + step } else { number - step }
}
