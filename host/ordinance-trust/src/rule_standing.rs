//! Whether a rule that an authority published may be used.

use jiff::Timestamp;
use ordinance_domain::jurisdiction::JurisdictionCode;

use crate::approvals::approvals;
use crate::published_rule::PublishedRule;
use crate::report::{Authorities, AuthorityReport, AuthorityState};

impl Authorities {
    /// Why a rule that an authority published may not be used at a moment; `None` if it may. It may as long as the
    /// word of its publisher holds, of all who delegate that one, and of all who must approve the rule. The publisher
    /// needn't list the rule any longer.
    #[must_use]
    pub fn why_unusable(
        &self,
        rule: &PublishedRule<'_>,
        publisher: &JurisdictionCode,
        now: Timestamp,
    ) -> Option<String> {
        let Some(report) = self.find(publisher) else {
            return Some(format!("{publisher}, which published it, isn't delegated any longer"));
        };
        if let Some(reason) = self.why_silent(report, now) {
            return Some(reason);
        }
        match self.maker_of(rule.place) {
            Some(maker) if maker != publisher => Some(format!("{maker} publishes the law of {}", rule.place)),
            Some(_) | None => approvals(self, rule, now).err().map(|missing| missing.to_string()),
        }
    }

    /// Why the word of an authority doesn't hold at a moment; `None` if it does.
    fn why_silent(&self, report: &AuthorityReport, now: Timestamp) -> Option<String> {
        let own = &report.jurisdiction;
        match &report.state {
            AuthorityState::Lapsed(why) => return Some(format!("the publication of {own} has lapsed: {why}")),
            AuthorityState::Unknown(why) => return Some(format!("nothing of what {own} published is known: {why}")),
            AuthorityState::Current | AuthorityState::Kept(_) => {}
        }
        let delegators = std::iter::successors(Some(report), |lower| self.find(lower.delegated_by.as_ref()?));
        delegators.filter_map(|report| Some((report, report.repository.as_ref()?))).find_map(|(report, repository)| {
            let expired = repository.check_fresh(now).err()?;
            Some(format!("the publication of {} has lapsed: {expired}", report.jurisdiction))
        })
    }
}
