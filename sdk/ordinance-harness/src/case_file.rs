//! Cases as reviewers write them.

use std::collections::BTreeMap;
use std::fmt;

use ordinance_engine::diagnostic::line_and_column;
use ordinance_engine::tree::Tree;
use serde::Deserialize;
use serde_json::value::RawValue;

/// A case and what is expected of it.
#[derive(Debug, Clone)]
pub struct TestCase {
    /// Its name.
    pub name: String,
    /// The place it is about.
    pub jurisdiction: String,
    /// The service.
    pub service: String,
    /// The day, as YYYY-MM-DD.
    pub as_of: String,
    /// The day whose knowledge counts, as YYYY-MM-DD; none for all that is known now.
    pub known_at: Option<String>,
    /// What is known.
    pub facts: Tree,
    /// What is expected.
    pub expect: Expect,
    /// The largest difference allowed in a number of the grant, as a decimal; none means none.
    pub tolerance: Option<Tree>,
}

/// What is expected of a decision. What isn't written isn't compared.
#[derive(Debug, Clone)]
pub struct Expect {
    /// `eligible`, `ineligible` or `undetermined`.
    pub outcome: String,
    /// The grant, field by field; a field that no level sets is written `unset`.
    pub grant: Option<Tree>,
    /// The facts that are asked for, all of them, in any order.
    pub missing: Option<Vec<String>>,
    /// Findings by criterion, in any layer.
    pub findings: Option<BTreeMap<String, bool>>,
    /// Every violation, as `CODE outcome` or `CODE grant FIELD`; not written, none is expected.
    pub violations: Option<Vec<String>>,
}

/// A case file that can't be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseFault {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for CaseFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileToml {
    cases: Vec<CaseToml>,
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
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectToml {
    outcome: String,
    grant: Option<toml::Value>,
    missing: Option<Vec<String>>,
    findings: Option<BTreeMap<String, bool>>,
    violations: Option<Vec<String>>,
}

/// Reads a file of cases beside a rule. A case that names no place is about the rule's own.
///
/// # Errors
/// [`CaseFault`] at the first fault.
pub fn parse_toml(text: &str, jurisdiction: &str, service: &str) -> Result<Vec<TestCase>, CaseFault> {
    let file: FileToml = toml::from_str(text).map_err(|error| {
        let (line, column) = line_and_column(text, error.span().map_or(0, |span| span.start));
        CaseFault { line, column, message: error.message().trim().to_owned() }
    })?;
    let case = |case: CaseToml| TestCase {
        name: case.name,
        jurisdiction: case.jurisdiction.unwrap_or_else(|| jurisdiction.to_owned()),
        service: service.to_owned(),
        as_of: case.as_of.to_string(),
        known_at: case.known_at.map(|day| day.to_string()),
        facts: Tree::from_toml(&case.facts),
        tolerance: case.tolerance.as_ref().map(Tree::from_toml),
        expect: Expect {
            outcome: case.expect.outcome,
            grant: case.expect.grant.as_ref().map(Tree::from_toml),
            missing: case.expect.missing,
            findings: case.expect.findings,
            violations: case.expect.violations,
        },
    };
    Ok(file.cases.into_iter().map(case).collect())
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
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectJson {
    outcome: String,
    grant: Option<Box<RawValue>>,
    missing: Option<Vec<String>>,
    findings: Option<BTreeMap<String, bool>>,
    violations: Option<Vec<String>>,
}

/// Reads one line of a file of cases; `line` is its number, from 1.
///
/// # Errors
/// [`CaseFault`] with the line and the column.
pub fn parse_json_line(text: &str, line: usize) -> Result<TestCase, CaseFault> {
    let case: CaseJson = serde_json::from_str(text).map_err(|error| {
        let message = error.to_string();
        let message = message.split(" at line ").next().unwrap_or_default().to_owned();
        CaseFault { line, column: error.column(), message }
    })?;
    let tree = |raw: &RawValue, pointer: &str| {
        Tree::from_json(raw, pointer).map_err(|fault| CaseFault { line, column: 1, message: fault.to_string() })
    };
    Ok(TestCase {
        name: case.name,
        jurisdiction: case.jurisdiction,
        service: case.service,
        as_of: case.as_of,
        known_at: case.known_at,
        facts: tree(&case.facts, "/facts")?,
        tolerance: case.tolerance.map(|raw| tree(&raw, "/tolerance")).transpose()?,
        expect: Expect {
            outcome: case.expect.outcome,
            grant: case.expect.grant.map(|raw| tree(&raw, "/expect/grant")).transpose()?,
            missing: case.expect.missing,
            findings: case.expect.findings,
            violations: case.expect.violations,
        },
    })
}
