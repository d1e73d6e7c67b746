//! The expressions of a rule in words: names by the titles of facts, parameters, criteria and values.

use ordinance_domain::contract::Contract;
use ordinance_domain::fact::{Fact, FactType};
use ordinance_domain::manifest::Manifest;
use ordinance_domain::parameters::DatedValue;
use ordinance_domain::titles::Titles as DomainTitles;
use ordinance_domain::value::Value;
use ordinance_feel::prose::{
    Language, Prose, Titles, explain_condition, explain_difference, explain_expression, explain_table,
};
use ordinance_feel::rule_text::TableText;
use ordinance_feel::source_text::TextId;
use ordinance_feel::syntax::ast::Expr;
use ordinance_feel::syntax::{Scope, parse_expression};
use ordinance_harness::ExplainedTable;

use crate::build::expressions::RuleTexts;

/// Says the expressions of a rule.
pub(super) struct Teller<'a> {
    texts: &'a RuleTexts,
    scope: Scope,
    titles: RuleTitles<'a>,
    language: Language,
    /// How many rows of a table are told.
    rows_max: usize,
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
        let titles = RuleTitles { texts, contract, manifest, languages: vec![language.to_owned()] };
        Self { texts, scope, titles, language: Language::of_code(language), rows_max: usize::MAX }
    }

    /// The same, which tells at most so many rows of a table.
    pub(super) fn with_rows_max(self, rows_max: usize) -> Self {
        Self { rows_max, ..self }
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
        let left_out = table.rows.len().saturating_sub(self.rows_max);
        let (lead, rows) = match left_out {
            0 => self.whole_table(table),
            _ => {
                let rows = table.rows.iter().take(self.rows_max).cloned().collect();
                self.whole_table(&TableText { rows, ..table.clone() })
            }
        };
        (lead, rows, left_out)
    }

    fn whole_table(&self, table: &TableText) -> (String, ExplainedTable) {
        let told = explain_table(table, &self.texts.text.texts, &self.scope, &self.titles, self.language);
        match told {
            Prose::Table { lead, header, rows } => (lead, ExplainedTable { columns: header, rows }),
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
        if let Some(fact) = self.fact(name) {
            return self.best(&fact.titles);
        }
        let parameter = self.manifest.parameters.iter().find(|known| known.name.as_str() == name);
        let told = self.manifest.intermediates.iter().find(|known| known.name.as_str() == name);
        let criterion = self.manifest.criteria.iter().find(|known| known.id.as_str().replace('-', "_") == name);
        let granted = || {
            let field = name.strip_prefix("inherited.")?;
            self.contract.grant.iter().find(|known| known.name.as_str() == field).map(|known| &known.titles)
        };
        let titles = parameter.map(|known| &known.titles).or(told.map(|known| &known.titles));
        let titles = titles.or(criterion.map(|known| &known.titles)).or(self.texts.titles.get(name)).or_else(granted);
        titles.and_then(|titles| self.best(titles))
    }

    fn value_text(&self, name: &str, language: Language) -> Option<String> {
        let parameter = self.manifest.parameters.iter().find(|known| known.name.as_str() == name)?;
        // A page of a built rulebook must not depend on the day, so each value stands with the day from which it holds.
        let told: Vec<String> =
            parameter.values.iter().rev().take(VALUES_TOLD_MAX).map(|dated| dated_text(dated, language)).collect();
        // A table of numbers stands with the numbers, once.
        let is_table =
            |dated: &DatedValue| matches!(dated.value, Value::List(_) | Value::Record(_) | Value::Decimals(_));
        let is_told = !told.is_empty() && !parameter.values.iter().any(is_table);
        is_told.then(|| told.into_iter().rev().collect::<Vec<_>>().join(SEPARATOR))
    }

    fn word(&self, _: &str, _: &str, _: Language) -> Option<String> {
        // A word of a choice has no titles in the catalogue.
        None
    }

    fn is_day(&self, name: &str) -> bool {
        name == "as_of" || self.fact(name).is_some_and(|fact| matches!(fact.fact_type, FactType::Date))
    }
}
