//! Cases of privacy law as reviewers write them: a request for facts, and what is ruled on each.

use std::collections::BTreeMap;

use ordinance_domain::calendar::Date;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::privacy::{
    Activity, DataSubject, Disclosure, Obligation, RuledFact, RulingReason, Rulings, Verdict,
};
use ordinance_engine::case::unknown_to_rulebook;
use ordinance_engine::claims::{read_basis, read_names, read_purpose, read_recipient, read_subject};
use ordinance_engine::input_error::InputError;
use ordinance_engine::literals::read_date;
use ordinance_engine::untyped_value::UntypedValue;
use ordinance_engine::{DisclosureCase, Engine, Rulebook, disclose};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::case_file::{CaseFault, tree_on};
use crate::compare::in_words;
use crate::difference::{CaseResult, Difference, Failure, reasons_of_rulings};

/// A request for facts and what is expected of the law.
#[derive(Debug, Clone)]
pub struct DisclosureTest {
    /// Its name.
    pub name: String,
    /// The line of its file on which it stands, from 1.
    pub line: usize,
    /// The place whose law rules.
    pub jurisdiction: String,
    /// The day of processing, as YYYY-MM-DD; none for today.
    pub on: Option<String>,
    /// What is to be done with the facts: `decide`, `explain` or `disclose`.
    pub activity: String,
    /// Who asks.
    pub recipient: UntypedValue,
    /// What for.
    pub purpose: UntypedValue,
    /// On which basis.
    pub basis: UntypedValue,
    /// What is known of the person.
    pub subject: Option<UntypedValue>,
    /// Which facts.
    pub facts: UntypedValue,
    /// What is expected.
    pub expect: RulingsExpected,
}

/// What is expected of the rulings. What isn't written isn't compared.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RulingsExpected {
    /// By fact: `permit`, `withhold`, or a mask such as `mask year-only`.
    pub rulings: BTreeMap<String, String>,
    /// By fact: a criterion that decided it, or a word such as `no-ruling`.
    #[serde(default)]
    pub criteria: BTreeMap<String, String>,
    /// By fact: all obligations, in any order.
    #[serde(default)]
    pub obligations: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DisclosureToml {
    name: String,
    jurisdiction: Option<String>,
    on: Option<toml::value::Datetime>,
    activity: Option<String>,
    recipient: toml::Value,
    purpose: toml::Value,
    basis: toml::Value,
    subject: Option<toml::Value>,
    facts: toml::Value,
    expect: RulingsExpected,
}

impl DisclosureToml {
    pub(crate) fn test(self, line: usize, jurisdiction: &str) -> DisclosureTest {
        DisclosureTest {
            name: self.name,
            line,
            jurisdiction: self.jurisdiction.unwrap_or_else(|| jurisdiction.to_owned()),
            on: self.on.map(|day| day.to_string()),
            activity: self.activity.unwrap_or_else(|| Activity::Disclose.as_str().to_owned()),
            recipient: UntypedValue::from_toml(&self.recipient),
            purpose: UntypedValue::from_toml(&self.purpose),
            basis: UntypedValue::from_toml(&self.basis),
            subject: self.subject.as_ref().map(UntypedValue::from_toml),
            facts: UntypedValue::from_toml(&self.facts),
            expect: self.expect,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DisclosureJson {
    name: String,
    jurisdiction: String,
    on: Option<String>,
    activity: Option<String>,
    recipient: Box<RawValue>,
    purpose: Box<RawValue>,
    basis: Box<RawValue>,
    subject: Option<Box<RawValue>>,
    facts: Box<RawValue>,
    expect: RulingsExpected,
}

/// Reads one line; `line` is its number, from 1.
pub(crate) fn parse_line(text: &str, line: usize) -> Result<DisclosureTest, CaseFault> {
    let case: DisclosureJson = serde_json::from_str(text).map_err(|error| CaseFault::of_json(&error, line))?;
    let tree = tree_on(line, text);
    Ok(DisclosureTest {
        name: case.name,
        line,
        jurisdiction: case.jurisdiction,
        on: case.on,
        activity: case.activity.unwrap_or_else(|| Activity::Disclose.as_str().to_owned()),
        recipient: tree(&case.recipient, "/recipient")?,
        purpose: tree(&case.purpose, "/purpose")?,
        basis: tree(&case.basis, "/basis")?,
        subject: case.subject.map(|raw| tree(&raw, "/subject")).transpose()?,
        facts: tree(&case.facts, "/facts")?,
        expect: case.expect,
    })
}

/// Puts one request to the law of its place and compares.
#[must_use]
pub fn run_disclosure(engine: &Engine, test: &DisclosureTest, today: Date) -> CaseResult {
    let case = match read(engine.rulebook(), test, today) {
        Ok(case) => case,
        Err(why) => return CaseResult::Unusable(why),
    };
    match disclose(engine, &case) {
        Ok(disclosed) => {
            let differences = differences(&test.expect, &disclosed.rulings);
            if differences.is_empty() {
                return CaseResult::Passed;
            }
            CaseResult::Failed(Failure { differences, reasons: reasons_of_rulings(&disclosed.rulings) })
        }
        Err(error) => CaseResult::Unusable(error.to_string()),
    }
}

fn read(rulebook: &Rulebook, test: &DisclosureTest, today: Date) -> Result<DisclosureCase, String> {
    let said = |faults: Vec<InputError>| in_words(&faults);
    let jurisdiction = JurisdictionCode::new(&test.jurisdiction).map_err(|error| error.to_string())?;
    let on = match &test.on {
        Some(text) => read_date(text).ok_or("`on` is no date as YYYY-MM-DD that exists")?,
        None => today,
    };
    let activity =
        Activity::parse(&test.activity).ok_or_else(|| format!("`activity` is one of {}", Activity::words()))?;
    let purpose = read_purpose(&test.purpose, "/purpose").map_err(said)?;
    let basis = read_basis(&test.basis, "/basis", &purpose, |name| rulebook.fact(name).is_some()).map_err(said)?;
    let recipient = read_recipient(&test.recipient, "/recipient").map_err(said)?;
    let subject = test.subject.as_ref().map(|tree| read_subject(tree, "/subject")).transpose().map_err(said)?;
    let facts = read_names(&test.facts, "/facts").map_err(said)?;
    if let Some(index) = facts.iter().position(|name| rulebook.fact(name.as_str()).is_none()) {
        return Err(unknown_to_rulebook(&format!("/facts/{index}")).to_string());
    }
    let expected = test.expect.rulings.keys().chain(test.expect.criteria.keys()).chain(test.expect.obligations.keys());
    for name in expected {
        if !facts.iter().any(|fact| fact.as_str() == name) {
            return Err(format!("the case expects a ruling on `{name}`, which it doesn't ask for"));
        }
    }
    let subject: DataSubject = subject.unwrap_or_default();
    let disclosure = Disclosure { recipient, purpose, basis, subject, on };
    Ok(DisclosureCase { jurisdiction, disclosure, activity, facts, values: Default::default(), is_dry_run: true })
}

fn differences(expected: &RulingsExpected, rulings: &Rulings) -> Vec<Difference> {
    let mut found = Vec::new();
    for ruled in &rulings.facts {
        let name = ruled.fact.as_str();
        let verdict = verdict_in_words(ruled.verdict);
        let because: Vec<String> = ruled.because.iter().map(|because| because_in_words(because, rulings)).collect();
        if let Some(expected) = expected.rulings.get(name).filter(|expected| **expected != verdict) {
            found.push(Difference::new(format!("`{name}`"), expected, format!("{verdict} ({})", because.join(", "))));
        }
        let is_named = |wanted: &String| ruled.because.iter().any(|because| reason(because) == wanted);
        if let Some(expected) = expected.criteria.get(name).filter(|expected| !is_named(expected)) {
            found.push(Difference::new(format!("why `{name}`"), expected, because.join(", ")));
        }
        if let Some(expected) = expected.obligations.get(name) {
            found.extend(obligation_difference(ruled, expected));
        }
    }
    found
}

fn obligation_difference(ruled: &RuledFact, expected: &[String]) -> Option<Difference> {
    let mut expected = expected.to_vec();
    let mut obligations: Vec<String> = ruled.obligations.iter().map(obligation_in_words).collect();
    expected.sort_unstable();
    obligations.sort_unstable();
    (expected != obligations).then(|| {
        let what = format!("obligations of `{}`", ruled.fact);
        Difference::new(what, format!("[{}]", expected.join(", ")), format!("[{}]", obligations.join(", ")))
    })
}

fn verdict_in_words(verdict: Verdict) -> String {
    match verdict.mask() {
        Some(mask) => format!("mask {mask}"),
        None => verdict.as_str().to_owned(),
    }
}

fn obligation_in_words(obligation: &Obligation) -> String {
    match obligation {
        Obligation::RetainAtMostDays(days) => format!("{} {days}", obligation.as_str()),
        Obligation::NotifySubject
        | Obligation::LogAccess
        | Obligation::NoOnwardTransfer
        | Obligation::AskSeparateConsent => obligation.as_str().to_owned(),
    }
}

/// The criterion, or why there is none.
fn reason(because: &RulingReason) -> &str {
    match because {
        RulingReason::Ruled { criterion, .. } => criterion.as_str(),
        RulingReason::Silent { .. }
        | RulingReason::Failed { .. }
        | RulingReason::Catalogue(_)
        | RulingReason::NoLaw
        | RulingReason::Ungoverned => because.as_str(),
    }
}

fn because_in_words(because: &RulingReason, rulings: &Rulings) -> String {
    let layer = match because {
        RulingReason::Ruled { layer, .. } | RulingReason::Silent { layer } | RulingReason::Failed { layer } => {
            Some(*layer)
        }
        RulingReason::Catalogue(_) | RulingReason::NoLaw | RulingReason::Ungoverned => None,
    };
    let Some(layer) = layer.and_then(|layer| rulings.layers.get(layer)) else { return reason(because).to_owned() };
    let detail = layer.result.as_ref().err().map(|failed| format!(": {}", failed.detail)).unwrap_or_default();
    format!("{} {}/{}{detail}", reason(because), layer.jurisdiction, layer.rule.id)
}
