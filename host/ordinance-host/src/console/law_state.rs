//! How the law of a place for a service stands on a day, as supervisors see it.

use maud::{Markup, html};
use ordinance_engine::rulebook::RuleLoadError;
use ordinance_engine::{Rule, RuleState};
use ordinance_pages::charts::{CellKind, cell_sample};

use super::words::ConsoleWords;
use crate::rulebook::coverage::{CoverageStatus, LawCoverage};

/// How the law of a place stands, what is worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum LawState {
    /// Its rule or one above it can't run.
    Broken,
    /// A number of its rule or of one above it lies outside a bound of upper law, so that the rule can't run.
    BreaksBounds,
    /// It is between two versions of its own.
    Gap,
    /// It has law of its own.
    Own,
    /// The law of a level above decides.
    Inherits,
    /// No level has law.
    None,
}

impl LawState {
    pub(super) const ALL: [Self; 6] =
        [Self::Own, Self::Inherits, Self::Gap, Self::Broken, Self::BreaksBounds, Self::None];

    pub(super) fn of(coverage: &LawCoverage<'_>) -> Self {
        match coverage.status {
            CoverageStatus::Own => Self::Own,
            CoverageStatus::Inherits => Self::Inherits,
            CoverageStatus::Gap => Self::Gap,
            CoverageStatus::None => Self::None,
            CoverageStatus::Broken if coverage.nearest.is_some_and(breaks_bounds) => Self::BreaksBounds,
            CoverageStatus::Broken => Self::Broken,
        }
    }

    /// Of a rule that can't run.
    pub(super) fn of_broken(rule: &Rule) -> Self {
        if breaks_bounds(rule) { Self::BreaksBounds } else { Self::Broken }
    }

    /// Whether somebody has to act.
    pub(super) fn is_fault(self) -> bool {
        matches!(self, Self::Broken | Self::BreaksBounds | Self::Gap)
    }

    pub(super) fn words(self, words: &ConsoleWords) -> &'static str {
        match self {
            Self::Broken => words.state_broken,
            Self::BreaksBounds => words.state_breaks_bounds,
            Self::Gap => words.state_gap,
            Self::Own => words.state_own,
            Self::Inherits => words.state_inherits,
            Self::None => words.state_none,
        }
    }

    /// The sign that says it without a colour.
    pub(super) fn mark(self) -> &'static str {
        match self {
            Self::Broken => "✕",
            Self::BreaksBounds => "!",
            Self::Gap => "?",
            Self::Own => "●",
            Self::Inherits => "↑",
            Self::None => "○",
        }
    }

    pub(super) fn kind(self) -> CellKind {
        match self {
            Self::Broken => CellKind::Crossed,
            Self::BreaksBounds => CellKind::Dotted,
            Self::Gap => CellKind::Striped,
            Self::Own => CellKind::Strong,
            Self::Inherits => CellKind::Calm,
            Self::None => CellKind::Empty,
        }
    }

    /// The sample of the map and the words of it. Samples of one page have different ids.
    pub(super) fn sampled(self, id: &str, words: &ConsoleWords) -> Markup {
        html! {
            (cell_sample(id, self.kind(), self.mark()))
            " " span class="app-state" { (self.words(words)) }
        }
    }
}

fn breaks_bounds(rule: &Rule) -> bool {
    matches!(rule.state, RuleState::Broken(RuleLoadError::ParameterOutOfBounds(_)))
}
