//! The expressions of a rule in words: names by the titles of facts, parameters, criteria and values.

use std::collections::BTreeSet;

use ordinance_domain::calendar::LawDay;
use ordinance_domain::contract::Contract;
use ordinance_domain::fact::{Fact, FactType};
use ordinance_domain::manifest::Manifest;
use ordinance_domain::parameters::DatedValue;
use ordinance_domain::titles::Titles as DomainTitles;
use ordinance_domain::value::Value;
use ordinance_feel::prose::{
    Language, Prose, Titles, criteria_used, explain_condition, explain_difference, explain_expression, explain_table,
};
use ordinance_feel::rule_text::TableText;
use ordinance_feel::source_text::TextId;
use ordinance_feel::syntax::ast::Expr;
use ordinance_feel::syntax::{Scope, parse_expression};
use ordinance_harness::ExplainedTable;

use super::subject::View;
use super::words::Words;
use crate::build::expressions::RuleTexts;
use crate::source::MANIFEST_FILE;

/// Says the expressions of a rule.
pub(super) struct Teller<'a> {
    texts: &'a RuleTexts,
    scope: Scope,
    titles: RuleTitles<'a>,
    language: Language,
    view: View,
}

impl<'a> Teller<'a> {
    pub(super) fn new(texts: &'a RuleTexts, contract: &'a Contract, manifest: &'a Manifest, language: &str) -> Self {
        let facts = contract.facts.iter().map(|fact| fact.name.as_str());
        let parameters = manifest.parameters.iter().map(|parameter| parameter.name.as_str());
        let defines = texts.text.defines.iter().map(|(name, _)| name.as_str());
        let tables = texts.text.tables.iter().map(|table| table.name.as_str());
        let criteria: Vec<String> =
            texts.text.criteria.iter().map(|criterion| criterion.id.replace('-', "_")).collect();
        let names = facts.chain(parameters).chain(defines).chain(tables).chain(["as_of", "jurisdiction", "inherited"]);
        let scope = Scope::new(names.chain(criteria.iter().map(String::as_str)));
        let titles = RuleTitles { texts, contract, manifest, languages: vec![language.to_owned()], day: None };
        Self { texts, scope, titles, language: Language::of_code(language), view: View::Whole }
    }

    /// The same for another view of the rule.
    pub(super) fn with_view(self, view: View) -> Self {
        Self { view, titles: RuleTitles { day: view.day(), ..self.titles }, ..self }
    }

    /// The ids of the criteria that an expression uses, by itself or through what it names; `None` if it can't be read.
    pub(super) fn criteria_used(&self, text: TextId) -> Option<BTreeSet<String>> {
        self.parsed(text).map(|_| criteria_used(&self.texts.text, text, &self.scope))
    }

    /// A condition in words, as lines; nothing if it can't be read.
    pub(super) fn condition(&self, text: TextId) -> Vec<String> {
        self.lines(text, |expression| explain_condition(expression, &self.titles, self.language))
    }

    /// How a value is computed, as lines; nothing if it can't be read.
    pub(super) fn value(&self, text: TextId) -> Vec<String> {
        self.lines(text, |expression| explain_expression(expression, &self.titles, self.language))
    }

    /// What is said of a table's rows, the table, and how many rows are left out.
    pub(super) fn table(&self, table: &TableText) -> (String, ExplainedTable, usize) {
        let rows_max = match self.view {
            View::Page { rows_max } => rows_max,
            View::Whole | View::On(_) | View::Compared => usize::MAX,
        };
        let left_out = table.rows.len().saturating_sub(rows_max);
        let (lead, rows) = match left_out {
            0 => self.whole_table(table),
            _ => {
                let rows = table.rows.iter().take(rows_max).cloned().collect();
                self.whole_table(&TableText { rows, ..table.clone() })
            }
        };
        (lead, rows, left_out)
    }

    /// The cells of a table as its author wrote them, a line for each row; `None` for a table in a file of its own,
    /// which is at hand itself, and where rules are compared or are told in a file of bounded size.
    pub(super) fn written_rows(&self, table: &TableText) -> Option<String> {
        let texts = &self.texts.text.texts.0;
        let cells = table.rows.iter().flat_map(|row| row.tests.iter().chain(&row.outputs));
        let is_in_manifest = |cell: &TextId| texts.get(cell.0).is_some_and(|text| text.file.ends_with(MANIFEST_FILE));
        let is_told = match self.view {
            View::Whole | View::On(_) => cells.into_iter().all(is_in_manifest),
            View::Page { .. } | View::Compared => false,
        };
        let written = |id: &TextId| texts.get(id.0).map_or("", |text| text.text.trim()).to_owned();
        let line = |cells: Vec<String>| cells.join(" | ");
        let header = line(table.inputs.iter().map(written).chain(table.outputs.iter().cloned()).collect());
        let rows = table.rows.iter().map(|row| line(row.tests.iter().chain(&row.outputs).map(written).collect()));
        let default = table.default.iter().map(|outputs| {
            let empty = vec![String::new(); table.inputs.len()];
            line(empty.into_iter().chain(outputs.iter().map(written)).collect())
        });
        is_told.then(|| std::iter::once(header).chain(rows).chain(default).collect::<Vec<_>>().join("\n"))
    }

    fn whole_table(&self, table: &TableText) -> (String, ExplainedTable) {
        let told = explain_table(table, &self.texts.text.texts, &self.scope, &self.titles, self.language);
        match told {
            Prose::Table { lead, header, rows } => (lead, ExplainedTable { columns: header, rows, grid: None }),
            other @ (Prose::Sentence(_) | Prose::List { .. } | Prose::Sequence(_)) => {
                (other.to_text(), ExplainedTable::default())
            }
        }
    }

    /// How one expression differs from that of another rule, as lines. `None` if they say the same, or one can't be
    /// read.
    pub(super) fn difference(
        &self,
        text: TextId,
        old: (&Teller<'_>, TextId),
        is_condition: bool,
    ) -> Option<Vec<String>> {
        let (before, now) = (old.0.parsed(old.1)?, self.parsed(text)?);
        let titles: (&dyn Titles, &dyn Titles) = (&old.0.titles, &self.titles);
        let told = explain_difference((&before, titles.0), (&now, titles.1), self.language, is_condition)?;
        Some(told.to_text().lines().map(str::to_owned).collect())
    }

    fn parsed(&self, text: TextId) -> Option<Expr> {
        let written = self.texts.text.texts.0.get(text.0).map_or("", |text| text.text.as_str());
        parse_expression(written, &self.scope).ok()
    }

    fn lines(&self, text: TextId, tell: impl Fn(&Expr) -> Prose) -> Vec<String> {
        let Some(expression) = self.parsed(text) else { return Vec::new() };
        tell(&expression).to_text().lines().map(str::to_owned).collect()
    }
}

/// What stands between two values of a number in a sentence.
const SEPARATOR: &str = "; ";

/// How many values of a number stand in a sentence, the latest; all stand with the numbers.
const VALUES_TOLD_MAX: usize = 2;

fn dated_text(dated: &DatedValue, language: Language) -> String {
    let (value, from) = (dated.value.to_plain(), dated.from);
    match language {
        Language::English => format!("{value} from {from}"),
        Language::Chinese => format!("自{from}起{value}"),
    }
}

/// The titles of what a rule names.
struct RuleTitles<'a> {
    texts: &'a RuleTexts,
    contract: &'a Contract,
    manifest: &'a Manifest,
    languages: Vec<String>,
    /// The day whose values are told; `None` tells the latest with their days.
    day: Option<LawDay>,
}

impl RuleTitles<'_> {
    fn fact(&self, path: &str) -> Option<&Fact> {
        let mut names = path.split('.');
        let mut fact = self.contract.fact(names.next()?)?;
        for name in names {
            fact = &fact.fact_type.fields().iter().find(|field| field.name.as_str() == name)?.part;
        }
        Some(fact)
    }

    fn best(&self, titles: &DomainTitles) -> Option<String> {
        titles.best(&self.languages).map(str::to_owned)
    }
}

impl Titles for RuleTitles<'_> {
    fn title(&self, name: &str, _: Language) -> Option<String> {
        let (kind, name) = match name.split_once('.') {
            Some((kind @ ("criteria" | "facts" | "parameters"), name)) => (Some(kind), name),
            Some(_) | None => (None, name),
        };
        let is_of = |of: &str| kind.is_none_or(|kind| kind == of);
        if let Some(fact) = self.fact(name).filter(|_| is_of("facts")) {
            return self.best(&fact.titles);
        }
        let parameter = self.manifest.parameters.iter().find(|known| known.name.as_str() == name);
        let parameter = parameter.filter(|_| is_of("parameters")).map(|known| &known.titles);
        let criterion = self.manifest.criteria.iter().find(|known| known.id.as_str().replace('-', "_") == name);
        let criterion = criterion.filter(|_| is_of("criteria")).map(|known| &known.titles);
        if kind.is_some() {
            return parameter.or(criterion).and_then(|titles| self.best(titles));
        }
        let told = self.manifest.intermediates.iter().find(|known| known.name.as_str() == name);
        let granted = || {
            let field = name.strip_prefix("inherited.")?;
            self.contract.grant.iter().find(|known| known.name.as_str() == field).map(|known| &known.titles)
        };
        let titles = parameter.or(told.map(|known| &known.titles)).or(criterion);
        titles.or(self.texts.titles.get(name)).or_else(granted).and_then(|titles| self.best(titles))
    }

    fn value_text(&self, name: &str, language: Language) -> Option<String> {
        let parameter = self.manifest.parameters.iter().find(|known| known.name.as_str() == name)?;
        // A table of numbers stands with the numbers, once.
        let is_table =
            |dated: &DatedValue| matches!(dated.value, Value::List(_) | Value::Record(_) | Value::Decimals(_));
        if parameter.values.iter().any(is_table) {
            return None;
        }
        if let Some(day) = self.day {
            let value = parameter.on(day).map(|dated| dated.value.to_plain());
            return Some(
                value.unwrap_or_else(|| Words::of_prose(language).no_value_on.replace("{0}", &day.as_of.to_string())),
            );
        }
        // A page of a built rulebook must not depend on the day, so each value stands with the day from which it holds.
        let told: Vec<String> =
            parameter.values.iter().rev().take(VALUES_TOLD_MAX).map(|dated| dated_text(dated, language)).collect();
        (!told.is_empty()).then(|| told.into_iter().rev().collect::<Vec<_>>().join(SEPARATOR))
    }

    fn word(&self, _: &str, _: &str, _: Language) -> Option<String> {
        // A word of a choice has no titles in the catalogue.
        None
    }

    fn is_day(&self, name: &str) -> bool {
        name == "as_of" || self.fact(name).is_some_and(|fact| matches!(fact.fact_type, FactType::Date))
    }
}
