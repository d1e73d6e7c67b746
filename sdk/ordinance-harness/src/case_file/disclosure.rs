//! Reads disclosure tests: requests for facts with the expected rulings.

use ordinance_domain::privacy::Activity;
use ordinance_engine::untyped_value::UntypedValue;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::case_error::{CaseError, JsonLine};
use crate::test_case::{DisclosureTest, RulingsExpectation};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DisclosureToml {
    name: String,
    jurisdiction: Option<String>,
    on: Option<toml::value::Datetime>,
    activity: Option<String>,
    recipient: toml::Value,
    purpose: toml::Value,
    basis: toml::Value,
    party: Option<String>,
    subject: Option<toml::Value>,
    facts: toml::Value,
    expect: RulingsExpectation,
}

impl DisclosureToml {
    pub(super) fn into_test(self, line: usize, jurisdiction: &str) -> DisclosureTest {
        DisclosureTest {
            name: self.name,
            line,
            jurisdiction: self.jurisdiction.unwrap_or_else(|| jurisdiction.to_owned()),
            on: self.on.map(|day| day.to_string()),
            activity: self.activity.unwrap_or_else(|| Activity::Disclose.as_str().to_owned()),
            recipient: UntypedValue::from_toml(&self.recipient),
            purpose: UntypedValue::from_toml(&self.purpose),
            basis: UntypedValue::from_toml(&self.basis),
            party: self.party,
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
    party: Option<String>,
    subject: Option<Box<RawValue>>,
    facts: Box<RawValue>,
    expect: RulingsExpectation,
}

/// Parses one line; `line` is its number, from 1.
pub(super) fn parse_disclosure_line(text: &str, line: usize) -> Result<DisclosureTest, CaseError> {
    let case: DisclosureJson = serde_json::from_str(text).map_err(|error| CaseError::from_json(&error, line))?;
    let object = JsonLine { line, text };
    Ok(DisclosureTest {
        name: case.name,
        line,
        jurisdiction: case.jurisdiction,
        on: case.on,
        activity: case.activity.unwrap_or_else(|| Activity::Disclose.as_str().to_owned()),
        recipient: object.member(&case.recipient, "/recipient")?,
        purpose: object.member(&case.purpose, "/purpose")?,
        basis: object.member(&case.basis, "/basis")?,
        party: case.party,
        subject: object.optional(case.subject.as_deref(), "/subject")?,
        facts: object.member(&case.facts, "/facts")?,
        expect: case.expect,
    })
}
