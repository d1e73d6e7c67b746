//! What `test` and `review` found of each rule, beside its page in the rulebook that was built from the sources.

use std::collections::BTreeMap;

use ordinance_domain::rule_head::RuleHead;
use ordinance_engine::index::PageKind;
use ordinance_harness::{Coverage, ImpactReport, PopulationImpact, RuleCoverage};
use serde_json::{Value as Json, json};

use crate::build::write_result;
use crate::exit::CommandError;
use crate::rulebook::LoadedRulebook;

/// The impact on the people of each place and service.
pub(crate) type ImpactByRule = BTreeMap<(String, String), PopulationImpact>;

/// Writes the coverage of each rule that cases reached.
///
/// # Errors
/// If it can't be written.
pub(crate) fn write_coverage(loaded: &LoadedRulebook, coverage: &Coverage) -> Result<(), CommandError> {
    let rulebook = loaded.rulebook().digest();
    for rule in coverage.rules() {
        if let Some(digest) = rule.head.digest {
            write_result(&loaded.folder, rulebook, digest, PageKind::Coverage, &coverage_json(rule))?;
        }
    }
    Ok(())
}

fn coverage_json(rule: &RuleCoverage) -> Json {
    let criteria: Vec<Json> = (rule.criteria())
        .map(|(criterion, [satisfied, not_satisfied, unknown])| {
            json!({"id": criterion.id.as_str(), "satisfied": satisfied, "not_satisfied": not_satisfied,
                "unknown": unknown})
        })
        .collect();
    let numbers: Vec<Json> = (rule.numbers())
        .map(|number| {
            json!({"name": number.name, "value": number.value, "from": number.from.to_string(),
                "from_below": number.from_below, "from_above": number.from_above})
        })
        .collect();
    json!({"percent": rule.covered().percent(), "gaps": rule.gaps(), "criteria": criteria, "numbers": numbers})
}

/// Writes what changes for the people of each rule against the rulebook of this digest.
///
/// # Errors
/// If it can't be written.
pub(crate) fn write_impact(loaded: &LoadedRulebook, against: &str, impacts: &ImpactByRule) -> Result<(), CommandError> {
    let rulebook = loaded.rulebook().digest();
    for rule in loaded.rulebook().rules() {
        let Some(digest) = rule.head.digest else { continue };
        let Some(impact) = impacts.get(&place_and_service(&rule.head)) else { continue };
        let result = json!({"against": against, "changed": impact.changed(), "people": ImpactReport::new(impact, 1)});
        write_result(&loaded.folder, rulebook, digest, PageKind::Impact, &result)?;
    }
    Ok(())
}

fn place_and_service(head: &RuleHead) -> (String, String) {
    (head.jurisdiction.to_string(), head.folder().to_string())
}
