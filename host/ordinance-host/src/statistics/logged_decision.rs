//! What the statistics read of a line of the decision log. The log is written by this host, by earlier versions of it,
//! and perhaps by later ones: a line of a kind that isn't counted is passed over, and so is one that was cut off.

use ordinance_domain::calendar::Timestamp;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::statistics::attribute::{Attribute, DECIDED_ANEW, Dimension, OUTCOMES};
use crate::statistics::cells::CHAIN_SEPARATOR;
use crate::statistics::month::Month;

/// The most attributes of one decision that are counted.
const ATTRIBUTES_MAX: usize = 64;
/// The most levels of a chain that are taken from a line: no rulebook has more.
const LEVELS_MAX: usize = 8;

/// An official decision, as it is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LoggedDecision {
    pub(crate) month: Month,
    pub(crate) service: String,
    /// The codes of the chain by which it was decided, top first, joined.
    pub(crate) chain: String,
    /// In order, each once; the first is the outcome.
    pub(crate) attributes: Vec<Attribute>,
    /// Whether an earlier version of the host wrote it, which recorded fewer dimensions.
    pub(crate) is_older: bool,
}

/// What a line is to the statistics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LogLine {
    Decision(LoggedDecision),
    /// A record of another kind, or of a decision that binds nobody.
    Uncounted,
    /// No record: cut off, or damaged.
    Damaged,
}

#[derive(Deserialize)]
struct DecisionLine {
    mode: Option<String>,
    time: Timestamp,
    service: Option<String>,
    outcome: Option<String>,
    reason: Option<String>,
    #[serde(default)]
    missing: Vec<String>,
    layers: Option<Vec<LayerLine>>,
    #[serde(default)]
    withheld: Vec<RulingLine>,
    undeclared: Option<Vec<String>>,
    /// The objection after which it was decided anew.
    objection: Option<IgnoredAny>,
    #[serde(default)]
    privacy: Vec<PrivacyLine>,
}

#[derive(Deserialize)]
struct LayerLine {
    jurisdiction: String,
    rule: Option<String>,
    failure: Option<String>,
    #[serde(default)]
    violations: Vec<String>,
    #[serde(default)]
    refused_by: Vec<String>,
}

#[derive(Deserialize)]
struct RulingLine {
    fact: String,
}

#[derive(Deserialize)]
struct PrivacyLine {
    jurisdiction: String,
    rule: String,
    failure: Option<String>,
}

/// The month of a line, found without reading the rest; `None` if it has none at the usual place.
pub(crate) fn month_of(line: &[u8]) -> Option<Month> {
    const TIME: &[u8] = b"\"time\":\"";
    // Quotes within a text are escaped, so this is a member; the first is that of the record.
    let at = line.windows(TIME.len()).position(|window| window == TIME)? + TIME.len();
    Month::parse(std::str::from_utf8(line.get(at..at + "2026-01".len())?).ok()?)
}

/// Reads a line, without its end.
pub(crate) fn read_line(line: &[u8]) -> LogLine {
    let Ok(line) = serde_json::from_slice::<DecisionLine>(line) else { return LogLine::Damaged };
    let binds = line.mode.as_deref().is_none_or(|mode| mode == "official");
    let DecisionLine { service: Some(service), outcome: Some(outcome), layers: Some(layers), .. } = &line else {
        return LogLine::Uncounted;
    };
    if !binds {
        return LogLine::Uncounted;
    }
    if layers.is_empty() || layers.len() > LEVELS_MAX || !OUTCOMES.contains(&outcome.as_str()) {
        return LogLine::Damaged;
    }
    let chain: Vec<&str> = layers.iter().map(|layer| layer.jurisdiction.as_str()).collect();
    LogLine::Decision(LoggedDecision {
        month: Month::of(line.time),
        service: service.clone(),
        chain: chain.join(CHAIN_SEPARATOR.encode_utf8(&mut [0; 4])),
        attributes: attributes(&line, outcome, layers),
        is_older: line.undeclared.is_none(),
    })
}

fn attributes(line: &DecisionLine, outcome: &str, layers: &[LayerLine]) -> Vec<Attribute> {
    let reason = line.reason.iter().map(|reason| Attribute::new(Dimension::Reasons, reason.as_str()));
    let withheld = line.withheld.iter().map(|ruling| Attribute::new(Dimension::Withheld, without_items(&ruling.fact)));
    let missing = line.missing.iter().map(|fact| Attribute::new(Dimension::Missing, without_items(fact)));
    let undeclared = line.undeclared.iter().flatten();
    let undeclared = undeclared.map(|fact| Attribute::new(Dimension::Undeclared, without_items(fact)));
    let privacy = line.privacy.iter().filter_map(|rule| {
        Some(of_rule(Dimension::Failures, &rule.jurisdiction, Some(&rule.rule), rule.failure.as_ref()?))
    });
    let mut attributes: Vec<Attribute> = [Attribute::new(Dimension::Outcomes, outcome)]
        .into_iter()
        .chain(reason)
        .chain(line.objection.iter().map(|_| Attribute::new(Dimension::Objections, DECIDED_ANEW)))
        .chain(layers.iter().flat_map(of_layer))
        .chain(missing)
        .chain(withheld)
        .chain(undeclared)
        .chain(privacy)
        .collect();
    attributes.sort_unstable();
    attributes.dedup();
    attributes.truncate(ATTRIBUTES_MAX);
    attributes
}

fn of_layer(layer: &LayerLine) -> Vec<Attribute> {
    let of = |dimension, name: &String| of_rule(dimension, &layer.jurisdiction, layer.rule.as_ref(), name);
    let refused = layer.refused_by.iter().map(|criterion| of(Dimension::RefusedBy, criterion));
    let failed = layer.failure.iter().map(|code| of(Dimension::Failures, code));
    let violated = layer.violations.iter().map(|subject| of(Dimension::Violations, subject));
    refused.chain(failed).chain(violated).collect()
}

/// Something that a rule did, in whichever of its versions.
fn of_rule(dimension: Dimension, jurisdiction: &str, rule: Option<&String>, name: &str) -> Attribute {
    let rule = rule.map(|rule| rule.split('@').next().unwrap_or(rule).to_owned());
    Attribute { jurisdiction: Some(jurisdiction.to_owned()), rule, ..Attribute::new(dimension, name) }
}

/// The name of a fact in the catalogue: `members.age` for `members[1].age`.
fn without_items(path: &str) -> String {
    path.split('.').map(|step| step.split('[').next().unwrap_or(step)).collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests;
