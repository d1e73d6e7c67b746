//! Decision tables in words.

use super::catalogue::Language;
use super::form::Prose;
use super::names::{Titles, Writer};
use super::phrase::Phrase;
use super::structure::Role;
use crate::rule_text::TableText;
use crate::source_text::{SourceTexts, TextId};
use crate::syntax::{Scope, parse_expression, parse_tests};
use crate::tree::{Aggregation, HitPolicy};

/// A decision table: which row counts, the inputs and outputs by their titles, and each cell in words. A cell that
/// can't be read is shown as it is written.
#[must_use]
pub fn explain_table(
    table: &TableText,
    texts: &SourceTexts,
    scope: &Scope,
    titles: &dyn Titles,
    language: Language,
) -> Prose {
    let mut teller = TableWriter { writer: Writer::new(titles, language), texts, scope };
    let lead = teller.writer.sentence(&language.say(phrase_of(table.hit), &[]));
    let columns: Vec<Column> = table.inputs.iter().map(|input| teller.column(*input)).collect();
    let outputs = table.outputs.iter().map(|output| {
        let path = format!("{}.{output}", table.name);
        let title = titles.title(&path, language).or_else(|| titles.title(output, language));
        title.unwrap_or_else(|| output.replace('_', " "))
    });
    let header = columns.iter().map(|column| column.words.clone()).chain(outputs).collect();
    let mut rows: Vec<Vec<String>> = table
        .rows
        .iter()
        .map(|row| {
            let tests = columns.iter().zip(&row.tests).map(|(column, test)| teller.tests(column, *test));
            let tests: Vec<String> = tests.collect();
            let outputs = row.outputs.iter().map(|output| teller.output(*output));
            tests.into_iter().chain(outputs.collect::<Vec<_>>()).collect()
        })
        .collect();
    if let Some(default) = &table.default {
        let otherwise = columns.iter().enumerate().map(|(index, _)| match index {
            0 => teller.writer.say(Phrase::Default, &[]),
            _ => String::new(),
        });
        let otherwise: Vec<String> = otherwise.collect();
        let outputs = default.iter().map(|output| teller.output(*output));
        rows.push(otherwise.into_iter().chain(outputs.collect::<Vec<_>>()).collect());
    }
    Prose::Table { lead, header, rows }
}

struct TableWriter<'t> {
    writer: Writer<'t>,
    texts: &'t SourceTexts,
    scope: &'t Scope,
}

/// An input column.
struct Column {
    words: String,
    path: Option<String>,
    is_day: bool,
}

impl<'t> TableWriter<'t> {
    fn text(&self, id: TextId) -> &'t str {
        self.texts.0.get(id.0).map_or("", |text| text.text.as_str())
    }

    fn column(&mut self, input: TextId) -> Column {
        match parse_expression(self.text(input), self.scope) {
            Ok(expression) => Column {
                words: self.writer.line(&expression, Role::Value),
                path: self.writer.path_of(&expression),
                is_day: self.writer.is_day(&expression),
            },
            Err(_) => Column { words: self.text(input).to_owned(), path: None, is_day: false },
        }
    }

    fn tests(&mut self, column: &Column, cell: TextId) -> String {
        match parse_tests(self.text(cell), self.scope) {
            Ok(tests) => self.writer.cell(&tests, column.path.as_deref(), column.is_day),
            Err(_) => self.text(cell).to_owned(),
        }
    }

    fn output(&mut self, cell: TextId) -> String {
        match parse_expression(self.text(cell), self.scope) {
            Ok(expression) => self.writer.value(&expression),
            Err(_) => self.text(cell).to_owned(),
        }
    }
}

fn phrase_of(hit: HitPolicy) -> Phrase {
    match hit {
        HitPolicy::Unique => Phrase::TableUnique,
        HitPolicy::Any => Phrase::TableAny,
        HitPolicy::Priority => Phrase::TablePriority,
        HitPolicy::First => Phrase::TableFirst,
        HitPolicy::RuleOrder => Phrase::TableRuleOrder,
        HitPolicy::OutputOrder => Phrase::TableOutputOrder,
        HitPolicy::Collect(None) => Phrase::TableCollect,
        HitPolicy::Collect(Some(Aggregation::Sum)) => Phrase::TableSum,
        HitPolicy::Collect(Some(Aggregation::Min)) => Phrase::TableMin,
        HitPolicy::Collect(Some(Aggregation::Max)) => Phrase::TableMax,
        HitPolicy::Collect(Some(Aggregation::Count)) => Phrase::TableCount,
    }
}
