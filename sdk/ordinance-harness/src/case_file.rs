//! Cases as reviewers write them: TOML beside a rule, or JSON.

mod disclosure;

use std::collections::BTreeMap;

use ordinance_domain::manifest::About;
use ordinance_engine::diagnostic::line_and_column;
use ordinance_engine::untyped_value::UntypedValue;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::value::RawValue;
use toml::Spanned;

use crate::case_error::{CaseError, member_reader};
use crate::case_table::CaseDefaults;
use crate::test_case::{DecisionExpectation, DecisionTest, ProcessingContext, Test};

use self::disclosure::{DisclosureToml, parse_line};

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
    processed_on: Option<toml::value::Datetime>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectToml {
    outcome: String,
    grant: Option<toml::Value>,
    missing: Option<Vec<String>>,
    findings: Option<BTreeMap<String, bool>>,
    violations: Option<Vec<String>>,
    withheld: Option<Vec<String>>,
}

/// The cases of a file, each with its line.
fn read_toml<Case: DeserializeOwned>(text: &str) -> Result<Vec<(usize, Case)>, CaseError> {
    let file: Result<CaseFileToml<Case>, toml::de::Error> = toml::from_str(text);
    let file = file.map_err(|error| {
        let (line, column) = line_and_column(text, error.span().map_or(0, |span| span.start));
        CaseError { line, column, message: error.message().trim().to_owned() }
    })?;
    let with_line = |case: Spanned<Case>| (line_and_column(text, case.span().start).0, case.into_inner());
    Ok(file.cases.into_iter().map(with_line).collect())
}

/// Reads a file of cases beside a rule: cases of its service, or requests for facts if it is a privacy rule. A case that
/// names no place is about the rule's own.
///
/// # Errors
/// [`CaseError`] at the first fault.
pub fn parse_toml(text: &str, jurisdiction: &str, about: &About) -> Result<Vec<Test>, CaseError> {
    let About::Service(service) = about else {
        let cases: Vec<(usize, DisclosureToml)> = read_toml(text)?;
        return Ok(cases.into_iter().map(|(line, case)| Test::Disclosure(case.test(line, jurisdiction))).collect());
    };
    let case = |(line, case): (usize, CaseToml)| DecisionTest {
        name: case.name,
        line,
        jurisdiction: case.jurisdiction.unwrap_or_else(|| jurisdiction.to_owned()),
        service: service.to_string(),
        as_of: case.as_of.to_string(),
        known_at: case.known_at.map(|day| day.to_string()),
        facts: UntypedValue::from_toml(&case.facts),
        tolerance: case.tolerance.as_ref().map(UntypedValue::from_toml),
        claims: ProcessingContext {
            recipient: case.recipient.as_ref().map(UntypedValue::from_toml),
            basis: case.basis.as_ref().map(UntypedValue::from_toml),
            subject: case.subject.as_ref().map(UntypedValue::from_toml),
            processed_on: case.processed_on.map(|day| day.to_string()),
        },
        expect: DecisionExpectation {
            outcome: case.expect.outcome,
            grant: case.expect.grant.as_ref().map(UntypedValue::from_toml),
            missing: case.expect.missing,
            findings: case.expect.findings,
            violations: case.expect.violations,
            withheld: case.expect.withheld,
        },
    };
    Ok(read_toml(text)?.into_iter().map(|written| Test::Decision(case(written))).collect())
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
    processed_on: Option<String>,
}

/// Tells a case of a service from a request for facts.
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
    missing: Option<Vec<String>>,
    findings: Option<BTreeMap<String, bool>>,
    violations: Option<Vec<String>>,
    withheld: Option<Vec<String>>,
}

/// Reads one line of a file of people: a case of which nothing is expected. What it doesn't say is as in `defaults`.
///
/// # Errors
/// [`CaseError`] with the line and the column.
pub fn parse_person_line(text: &str, line: usize, defaults: &CaseDefaults) -> Result<Test, CaseError> {
    let person: PersonJson = serde_json::from_str(text).map_err(|error| CaseError::of_json(&error, line))?;
    let facts = member_reader(line, text)(&person.facts, "/facts")?;
    let or = |own: Option<String>, default: &Option<String>| own.or_else(|| default.clone()).unwrap_or_default();
    Ok(Test::Decision(DecisionTest {
        name: person.name.unwrap_or_else(|| format!("line {line}")),
        line,
        jurisdiction: or(person.jurisdiction, &defaults.jurisdiction),
        service: or(person.service, &defaults.service),
        as_of: or(person.as_of, &defaults.as_of),
        known_at: person.known_at,
        facts,
        tolerance: None,
        claims: ProcessingContext::default(),
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
    /// A file of cases is one of people too.
    #[serde(rename = "expect")]
    _expect: Option<IgnoredAny>,
    #[serde(rename = "tolerance")]
    _tolerance: Option<IgnoredAny>,
}

/// Reads a file that is one JSON array of cases, each as a line of NDJSON is.
///
/// # Errors
/// [`CaseError`] if it is no array; a case that can't be read is a fault of its own.
pub fn parse_json_array(text: &str) -> Result<Vec<Result<Test, CaseError>>, CaseError> {
    let items: Vec<&RawValue> = serde_json::from_str(text).map_err(|error| CaseError::of_json(&error, error.line()))?;
    let read = |item: &RawValue| {
        let before = (item.get().as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
        parse_json_line(item.get(), line_and_column(text, before).0)
    };
    Ok(items.into_iter().map(read).collect())
}

/// Reads one line of a file of cases; `line` is its number, from 1.
///
/// # Errors
/// [`CaseError`] with the line and the column.
pub fn parse_json_line(text: &str, line: usize) -> Result<Test, CaseError> {
    let kind: Option<CaseKind> = serde_json::from_str(text).ok();
    if kind.is_some_and(|kind| kind.service.is_none() && kind.purpose.is_some()) {
        return parse_line(text, line).map(Test::Disclosure);
    }
    let case: CaseJson = serde_json::from_str(text).map_err(|error| CaseError::of_json(&error, line))?;
    let tree = member_reader(line, text);
    Ok(Test::Decision(DecisionTest {
        name: case.name,
        line,
        jurisdiction: case.jurisdiction,
        service: case.service,
        as_of: case.as_of,
        known_at: case.known_at,
        facts: tree(&case.facts, "/facts")?,
        tolerance: case.tolerance.map(|raw| tree(&raw, "/tolerance")).transpose()?,
        claims: ProcessingContext {
            recipient: case.recipient.map(|raw| tree(&raw, "/recipient")).transpose()?,
            basis: case.basis.map(|raw| tree(&raw, "/basis")).transpose()?,
            subject: case.subject.map(|raw| tree(&raw, "/subject")).transpose()?,
            processed_on: case.processed_on,
        },
        expect: DecisionExpectation {
            outcome: case.expect.outcome,
            grant: case.expect.grant.map(|raw| tree(&raw, "/expect/grant")).transpose()?,
            missing: case.expect.missing,
            findings: case.expect.findings,
            violations: case.expect.violations,
            withheld: case.expect.withheld,
        },
    }))
}
