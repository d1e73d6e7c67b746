//! Where the law of a place for a service comes from on a day: its own rule, one above it, or none.

use ordinance_domain::calendar::{DateRange, LawDay};
use ordinance_domain::jurisdiction::{Chain, JurisdictionCode};
use ordinance_domain::name::Id;
use ordinance_engine::{Rule, RuleState, Rulebook};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where a place's law for a service comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum CoverageStatus {
    /// It has a rule in force.
    Own,
    /// One above it has.
    Inherits,
    /// It is between two versions of its own, and inherits.
    Gap,
    /// Its own rule or one above it can't run, so that no case of it is decided.
    Broken,
    /// No level has a rule.
    None,
}

/// Where a place's law for a service comes from, with the rules.
pub(crate) struct LawCoverage<'a> {
    pub(crate) status: CoverageStatus,
    /// The rule that decides there: its own, or the nearest above; where one can't run, that.
    pub(crate) nearest: Option<&'a Rule>,
    /// The days of the gap.
    pub(crate) gap: Option<DateRange>,
}

impl<'a> LawCoverage<'a> {
    /// Of the last place of a chain.
    pub(crate) fn of(
        rulebook: &'a Rulebook,
        service: &Id,
        (place, chain): (&JurisdictionCode, &Chain),
        day: LawDay,
    ) -> Self {
        let rule_of = |code: &JurisdictionCode| rulebook.in_force(code, service, day);
        let own = rule_of(place);
        let gap = rulebook.gap_on(place, service, day).filter(|_| own.is_none());
        let rules: Vec<&Rule> = chain.iter().filter_map(rule_of).collect();
        let broken = rules.iter().rev().find(|rule| matches!(rule.state, RuleState::Broken(_)));
        let nearest = rules.last();
        let status = match (broken, own, gap, nearest) {
            (Some(_), _, _, _) => CoverageStatus::Broken,
            (None, Some(_), _, _) => CoverageStatus::Own,
            (None, None, Some(_), _) => CoverageStatus::Gap,
            (None, None, None, Some(_)) => CoverageStatus::Inherits,
            (None, None, None, None) => CoverageStatus::None,
        };
        Self { status, nearest: broken.or(nearest).copied(), gap }
    }
}
