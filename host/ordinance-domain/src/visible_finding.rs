//! The findings of a layer that a recipient may see.

use crate::answer::Finding;
use crate::name::{FieldName, Id};
use crate::redaction::{LayerVisibility, RedactedLayer};

/// What a finding on a criterion may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FindingState {
    Found(Option<bool>),
    /// It rests on a fact that the recipient may not be shown.
    Hidden,
}

impl FindingState {
    pub const ALL: [Self; 4] = [Self::Found(Some(true)), Self::Found(Some(false)), Self::Found(None), Self::Hidden];

    /// Whether the criterion is met; `None` if that is open, or hidden.
    #[must_use]
    pub fn satisfied(self) -> Option<bool> {
        match self {
            Self::Found(satisfied) => satisfied,
            Self::Hidden => None,
        }
    }
}

/// A finding that the recipient may see.
#[derive(Debug)]
pub struct VisibleFinding<'a> {
    pub criterion: &'a Id,
    /// The item of a list that it is on.
    pub item: Option<FieldName>,
    pub state: FindingState,
}

impl<'a> RedactedLayer<'a> {
    /// The findings of the layer that the recipient may see, in their order, and then each redacted criterion: whether
    /// the rule has a finding on it could reveal something, too.
    pub fn visible_findings(&self) -> impl Iterator<Item = VisibleFinding<'_>> {
        let (full, redacted, redacted_criteria): (&[Finding], &[&Finding], &[&Id]) = match &self.status {
            LayerVisibility::Full(status) => (status.answer().map_or(&[], |answer| &answer.findings), &[], &[]),
            LayerVisibility::Redacted { findings, redacted_criteria } => (&[], findings, redacted_criteria),
        };
        let visible = full.iter().chain(redacted.iter().copied());
        let item = |finding: &Finding| self.rule?.criterion(&finding.criterion)?.item_of(finding);
        let visible = visible.map(move |finding| VisibleFinding {
            criterion: &finding.criterion,
            item: item(finding),
            state: FindingState::Found(finding.satisfied),
        });
        let hidden = |id: &&'a Id| VisibleFinding { criterion: id, item: None, state: FindingState::Hidden };
        visible.chain(redacted_criteria.iter().map(hidden))
    }
}
