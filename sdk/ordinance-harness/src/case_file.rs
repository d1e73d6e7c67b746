//! Reads case files: TOML beside a rule, and JSON objects, one per line or in an array.

mod disclosure;

use std::collections::BTreeMap;

use ordinance_domain::manifest::RuleScope;
use ordinance_domain::name::Id;
use ordinance_engine::diagnostic::line_and_column;
use ordinance_engine::untyped_value::UntypedValue;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::value::RawValue;
use toml::Spanned;

use crate::case_error::{CaseError, JsonLine};
use crate::case_table::CaseDefaults;
use crate::render::plain;
use crate::test_case::{DecisionExpectation, DecisionTest, ProcessingInput, Test};

use self::disclosure::{DisclosureToml, parse_disclosure_line};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseFileToml<Case> {
    cases: Vec<Spanned<Case>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseToml {
    name: String,
    jurisdiction: Option<String>,
    as_of: toml::value::Datetime,
    known_at: Option<toml::value::Datetime>,
    facts: toml::Value,
    expect: ExpectToml,
    tolerance: Option<toml::Value>,
    recipient: Option<toml::Value>,
    basis: Option<toml::Value>,
    subject: Option<toml::Value>,
    people: Option<toml::Value>,
    processed_on: Option<toml::value::Datetime>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectToml {
    outcome: String,
    grant: Option<toml::Value>,
    at_least: Option<toml::Value>,
    intermediates: Option<toml::Value>,
    missing: Option<Vec<String>>,
    findings: Option<BTreeMap<String, bool>>,
    violations: Option<Vec<String>>,
    withheld: Option<Vec<String>>,
}

/// The cases of a file, each with the line on which it begins.
fn parse_cases<Case: DeserializeOwned>(text: &str) -> Result<Vec<(usize, Case)>, CaseError> {
    let file: Result<CaseFileToml<Case>, toml::de::Error> = toml::from_str(text);
    let file = file.map_err(|error| {
        let (line, column) = line_and_column(text, error.span().map_or(0, |span| span.start));
        CaseError::in_text(line, column, error.message().trim())
    })?;
    let mut cases = Vec::with_capacity(file.cases.len());
    for case in file.cases {
        let (line, _) = line_and_column(text, case.span().start);
        cases.push((line, case.into_inner()));
    }
    Ok(cases)
}

impl CaseToml {
    fn into_test(self, line: usize, jurisdiction: &str, service: &Id) -> DecisionTest {
        DecisionTest {
            name: self.name,
            line,
            jurisdiction: self.jurisdiction.unwrap_or_else(|| jurisdiction.to_owned()),
            service: service.to_string(),
            as_of: self.as_of.to_string(),
            known_at: self.known_at.map(|day| day.to_string()),
            facts: UntypedValue::from_toml(&self.facts),
            tolerance: self.tolerance.as_ref().map(UntypedValue::from_toml),
            processing: ProcessingInput {
                recipient: self.recipient.as_ref().map(UntypedValue::from_toml),
                basis: self.basis.as_ref().map(UntypedValue::from_toml),
                subject: self.subject.as_ref().map(UntypedValue::from_toml),
                people: self.people.as_ref().map(UntypedValue::from_toml),
                processed_on: self.processed_on.map(|day| day.to_string()),
            },
            columns: Box::default(),
            expect: DecisionExpectation {
                outcome: self.expect.outcome,
                grant: self.expect.grant.as_ref().map(UntypedValue::from_toml),
                at_least: self.expect.at_least.as_ref().map(UntypedValue::from_toml),
                intermediates: self.expect.intermediates.as_ref().map(UntypedValue::from_toml).map(Box::new),
                missing: self.expect.missing,
                findings: self.expect.findings,
                violations: self.expect.violations,
                withheld: self.expect.withheld,
            },
        }
    }
}

/// Parses a TOML file of cases beside a rule: decision tests of the rule's service, or disclosure tests if it is a
/// privacy rule. `jurisdiction` is the place of a case that names none.
///
/// # Errors
/// The first [`CaseError`].
pub fn parse_toml(text: &str, jurisdiction: &str, scope: &RuleScope) -> Result<Vec<Test>, CaseError> {
    match scope {
        RuleScope::Service(service) => {
            let cases: Vec<(usize, CaseToml)> = parse_cases(text)?;
            let tests = cases.into_iter().map(|(line, case)| case.into_test(line, jurisdiction, service));
            Ok(tests.map(Test::Decision).collect())
        }
        RuleScope::Privacy => {
            let cases: Vec<(usize, DisclosureToml)> = parse_cases(text)?;
            let tests = cases.into_iter().map(|(line, case)| case.into_test(line, jurisdiction));
            Ok(tests.map(Test::Disclosure).collect())
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseJson {
    name: String,
    jurisdiction: String,
    service: String,
    as_of: String,
    known_at: Option<String>,
    facts: Box<RawValue>,
    expect: ExpectJson,
    tolerance: Option<Box<RawValue>>,
    recipient: Option<Box<RawValue>>,
    basis: Option<Box<RawValue>>,
    subject: Option<Box<RawValue>>,
    people: Option<Box<RawValue>>,
    processed_on: Option<String>,
}

/// The members that distinguish a case of a service from a request for facts.
#[derive(Deserialize)]
struct CaseKind {
    service: Option<IgnoredAny>,
    purpose: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectJson {
    outcome: String,
    grant: Option<Box<RawValue>>,
    at_least: Option<Box<RawValue>>,
    intermediates: Option<Box<RawValue>>,
    missing: Option<Vec<String>>,
    findings: Option<BTreeMap<String, bool>>,
    violations: Option<Vec<String>>,
    withheld: Option<Vec<String>>,
}

/// Parses one line of a file of people: a case without an expectation. `defaults` gives missing members.
///
/// # Errors
/// [`CaseError`] with the line and the column.
pub fn parse_person_line(text: &str, line: usize, defaults: &CaseDefaults) -> Result<Test, CaseError> {
    let person: PersonJson = serde_json::from_str(text).map_err(|error| CaseError::from_json(&error, line))?;
    let object = JsonLine { line, text };
    let facts = object.member(&person.facts, "/facts")?;
    let member = |written: Option<String>, default: &Option<String>, name: &str| {
        let message = || format!("`{name}` is missing; write it in the line, or name it for all people by a flag");
        written.or_else(|| default.clone()).ok_or_else(|| CaseError::in_text(line, 1, message()))
    };
    let claim = |written: Option<Box<RawValue>>, default: &Option<UntypedValue>, pointer: &str| {
        Ok(object.optional(written.as_deref(), pointer)?.or_else(|| default.clone()))
    };
    Ok(Test::Decision(DecisionTest {
        name: person.name.unwrap_or_else(|| format!("line {line}")),
        line,
        jurisdiction: member(person.jurisdiction, &defaults.jurisdiction, "jurisdiction")?,
        service: member(person.service, &defaults.service, "service")?,
        as_of: person.as_of.or_else(|| defaults.as_of.clone()).unwrap_or_default(),
        known_at: person.known_at.or_else(|| defaults.known_at.clone()),
        facts,
        tolerance: None,
        processing: ProcessingInput {
            recipient: claim(person.recipient, &defaults.processing.recipient, "/recipient")?,
            basis: claim(person.basis, &defaults.processing.basis, "/basis")?,
            subject: claim(person.subject, &defaults.processing.subject, "/subject")?,
            people: claim(person.people, &defaults.processing.people, "/people")?,
            processed_on: person.processed_on.or_else(|| defaults.processing.processed_on.clone()),
        },
        columns: Box::new(object.optional(person.columns.as_deref(), "/columns")?.map(texts_of).unwrap_or_default()),
        expect: DecisionExpectation::default(),
    }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PersonJson {
    name: Option<String>,
    jurisdiction: Option<String>,
    service: Option<String>,
    as_of: Option<String>,
    known_at: Option<String>,
    facts: Box<RawValue>,
    recipient: Option<Box<RawValue>>,
    basis: Option<Box<RawValue>>,
    subject: Option<Box<RawValue>>,
    people: Option<Box<RawValue>>,
    processed_on: Option<String>,
    columns: Option<Box<RawValue>>,
    /// Ignored, so that a file of cases can be used as a file of people.
    #[serde(rename = "expect")]
    _expect: Option<IgnoredAny>,
    #[serde(rename = "tolerance")]
    _tolerance: Option<IgnoredAny>,
}

/// The members of an object as texts, but those that are null.
fn texts_of(columns: UntypedValue) -> BTreeMap<String, String> {
    let UntypedValue::Object(members) = columns else { return BTreeMap::new() };
    let known = members.into_iter().filter(|(_, value)| *value != UntypedValue::Null);
    known.map(|(name, value)| (name, plain(&value))).collect()
}

/// The items of a file that is one JSON array of cases or people, each with the line on which it begins.
///
/// # Errors
/// [`CaseError`] if the text isn't an array.
pub fn json_array_items(text: &str) -> Result<Vec<(usize, String)>, CaseError> {
    let items: Vec<&RawValue> =
        serde_json::from_str(text).map_err(|error| CaseError::from_json(&error, error.line()))?;
    let mut lines = Vec::with_capacity(items.len());
    let (mut line, mut read) = (1, 0);
    for item in items {
        let offset = (item.get().as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
        line += text.get(read..offset).unwrap_or_default().matches('\n').count();
        read = offset;
        lines.push((line, item.get().to_owned()));
    }
    Ok(lines)
}

/// Parses one line of a file of cases; `line` is its number, from 1.
///
/// # Errors
/// [`CaseError`] with the line and the column.
pub fn parse_json_line(text: &str, line: usize) -> Result<Test, CaseError> {
    let kind: Option<CaseKind> = serde_json::from_str(text).ok();
    if kind.is_some_and(|kind| kind.service.is_none() && kind.purpose.is_some()) {
        return parse_disclosure_line(text, line).map(Test::Disclosure);
    }
    let case: CaseJson = serde_json::from_str(text).map_err(|error| CaseError::from_json(&error, line))?;
    let object = JsonLine { line, text };
    Ok(Test::Decision(DecisionTest {
        name: case.name,
        line,
        jurisdiction: case.jurisdiction,
        service: case.service,
        as_of: case.as_of,
        known_at: case.known_at,
        facts: object.member(&case.facts, "/facts")?,
        tolerance: object.optional(case.tolerance.as_deref(), "/tolerance")?,
        processing: ProcessingInput {
            recipient: object.optional(case.recipient.as_deref(), "/recipient")?,
            basis: object.optional(case.basis.as_deref(), "/basis")?,
            subject: object.optional(case.subject.as_deref(), "/subject")?,
            people: object.optional(case.people.as_deref(), "/people")?,
            processed_on: case.processed_on,
        },
        columns: Box::default(),
        expect: DecisionExpectation {
            outcome: case.expect.outcome,
            grant: object.optional(case.expect.grant.as_deref(), "/expect/grant")?,
            at_least: object.optional(case.expect.at_least.as_deref(), "/expect/at_least")?,
            intermediates: object
                .optional(case.expect.intermediates.as_deref(), "/expect/intermediates")?
                .map(Box::new),
            missing: case.expect.missing,
            findings: case.expect.findings,
            violations: case.expect.violations,
            withheld: case.expect.withheld,
        },
    }))
}
