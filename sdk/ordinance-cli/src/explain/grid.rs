//! Tables of numbers by their keys and days: a row for each key, such as the size of a household, and a column for each
//! day from which values hold.

use std::collections::HashMap;

use ordinance_domain::parameters::DatedValue;
use ordinance_domain::value::{Record, Value};
use ordinance_harness::{ExplainedTable, Grid};

use super::words::Words;

/// What stands where a day has no number for a key.
const NONE: &str = "–";

/// Lists or records of numbers as a grid; `None` if a value is a single one. `fields` are those of the records in the
/// order in which they are written: the first of them that tell the records of each list apart are its keys.
pub(super) fn grid(values: &[&DatedValue], fields: &[String], words: &Words) -> Option<ExplainedTable> {
    let shape = Shape::of(values, fields)?;
    let days: Vec<Vec<Row>> = values.iter().map(|dated| shape.rows(&dated.value)).collect();
    let per_day = shape.value_names().len().max(1);
    let columns = values.iter().flat_map(|dated| shape.headings(dated, words));
    let columns = shape.key_names(words).into_iter().chain(columns).collect();
    let cells: Vec<HashMap<&[String], &[String]>> =
        days.iter().map(|day| day.iter().map(|row| (row.key.as_slice(), row.cells.as_slice())).collect()).collect();
    let none = vec![NONE.to_owned(); per_day];
    let rows = keys_of(&days).into_iter().map(|key| {
        let numbers = cells.iter().flat_map(|day| day.get(key).copied().unwrap_or(&none)).cloned();
        key.iter().cloned().chain(numbers).collect()
    });
    let rows = rows.collect();
    Some(ExplainedTable { columns, rows, grid: Some(Grid { keys: shape.key_names(words).len(), per_day }) })
}

/// A row of one day.
struct Row {
    key: Vec<String>,
    cells: Vec<String>,
}

/// The keys of all days, each where the first day that has it has it.
fn keys_of(days: &[Vec<Row>]) -> Vec<&[String]> {
    let mut keys: Vec<&[String]> = Vec::new();
    for day in days {
        let mut next = 0;
        for row in day {
            next = match keys.iter().position(|key| *key == row.key) {
                Some(at) => at + 1,
                None => {
                    keys.insert(next, &row.key);
                    next + 1
                }
            };
        }
    }
    keys
}

/// What the rows of a grid are.
enum Shape {
    /// The numbers of a list by their places.
    Numbers,
    /// The fields of a record by their names.
    Fields(Vec<String>),
    /// The records of a list by their first fields, or by their places.
    Records { keys: Vec<String>, values: Vec<String> },
}

impl Shape {
    fn of(values: &[&DatedValue], fields: &[String]) -> Option<Self> {
        let all = |is: fn(&Value) -> bool| values.iter().all(|dated| is(&dated.value));
        if values.is_empty() {
            return None;
        }
        if all(|value| matches!(value, Value::Decimals(_))) {
            return Some(Self::Numbers);
        }
        let lists: Vec<&[Record]> = values.iter().map(|dated| dated.value.records()).collect();
        let mut names: Vec<String> = fields.to_vec();
        for (name, _) in lists.iter().copied().flatten().flatten() {
            if !names.iter().any(|known| name.as_str() == known) {
                names.push(name.to_string());
            }
        }
        if all(|value| matches!(value, Value::Record(_))) {
            return Some(Self::Fields(names));
        }
        if !all(|value| matches!(value, Value::List(_))) {
            return None;
        }
        let count = (1..names.len()).find(|count| {
            let keys = names.get(..*count).unwrap_or_default();
            lists.iter().all(|list| are_different(list, keys))
        });
        let values = names.split_off(count.unwrap_or_default());
        Some(Self::Records { keys: names, values })
    }

    fn rows(&self, value: &Value) -> Vec<Row> {
        let records = value.records();
        match (self, value) {
            (Self::Numbers, Value::Decimals(numbers)) => {
                let row = |(at, number): (usize, &_)| Row { key: vec![place(at)], cells: vec![format!("{number}")] };
                numbers.iter().enumerate().map(row).collect()
            }
            (Self::Numbers, _) => Vec::new(),
            (Self::Fields(names), _) => {
                let row = |name: &String| Row {
                    key: vec![words_of(name)],
                    cells: records.iter().map(|record| text_of(record, name)).collect(),
                };
                names.iter().map(row).collect()
            }
            (Self::Records { keys, values }, _) => {
                let row = |(at, record): (usize, &Record)| Row {
                    key: if keys.is_empty() { vec![place(at)] } else { texts_of(record, keys) },
                    cells: texts_of(record, values),
                };
                records.iter().enumerate().map(row).collect()
            }
        }
    }

    fn key_names(&self, words: &Words) -> Vec<String> {
        match self {
            Self::Numbers => vec![words.position.to_owned()],
            Self::Fields(_) => vec![words.name.to_owned()],
            Self::Records { keys, .. } if keys.is_empty() => vec![words.position.to_owned()],
            Self::Records { keys, .. } => keys.iter().map(|name| words_of(name)).collect(),
        }
    }

    /// The names of the numbers that each key has on a day; none if there is one.
    fn value_names(&self) -> &[String] {
        match self {
            Self::Records { values, .. } if values.len() > 1 => values,
            Self::Records { .. } | Self::Numbers | Self::Fields(_) => &[],
        }
    }

    /// The headings of the columns of a day: the day on which its values begin, and which of them it is.
    fn headings(&self, dated: &DatedValue, words: &Words) -> Vec<String> {
        let mut day = dated.from.to_string();
        if let Some(until) = dated.until {
            day.push_str(&format!("\n{}\n{until}", words.until));
        }
        if let Some(published) = dated.published {
            day.push_str(&format!("\n{}", words.published.replace("{0}", &published.to_string())));
        }
        match self.value_names() {
            [] => vec![day],
            names => names.iter().map(|name| format!("{day}\n{}", words_of(name))).collect(),
        }
    }
}

/// Whether no two records have the same in these fields.
fn are_different(records: &[Record], fields: &[String]) -> bool {
    let mut seen = std::collections::HashSet::new();
    records.iter().all(|record| seen.insert(texts_of(record, fields)))
}

fn texts_of(record: &Record, fields: &[String]) -> Vec<String> {
    fields.iter().map(|name| text_of(record, name)).collect()
}

fn text_of(record: &Record, name: &str) -> String {
    let found = record.iter().find(|(field, _)| field.as_str() == name);
    found.map_or_else(|| NONE.to_owned(), |(_, value)| value.to_plain())
}

/// A name as prose says it.
fn words_of(name: &str) -> String {
    name.replace('_', " ")
}

fn place(index: usize) -> String {
    (index + 1).to_string()
}
