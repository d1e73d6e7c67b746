//! Whether a viewer may see how a decision came about: today's privacy law must let the viewer receive, for the purpose
//! of the service, every fact that the decision may rest on. What a level said would otherwise tell of a hidden fact.

use std::collections::BTreeSet;

use ordinance_domain::contract::Contract;
use ordinance_domain::facts::Facts;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::mask::AgeBand;
use ordinance_domain::name::FieldName;
use ordinance_domain::privacy::{Activity, DataSubject, Disclosure, Recipient, Verdict};
use ordinance_engine::processing::disclosure_of_unknown;
use ordinance_engine::{DisclosureCase, Engine, disclose};

use crate::clock::now;

/// To whom which facts of a decision would be disclosed.
pub(super) struct FactAudience<'a> {
    pub(super) engine: &'a Engine,
    pub(super) viewer: &'a Recipient,
    pub(super) contract: &'a Contract,
    pub(super) place: &'a JurisdictionCode,
}

impl FactAudience<'_> {
    /// Whether the viewer may receive each of these facts, with all its parts, as it is. A record doesn't tell how old
    /// the people of a case are, so the law must permit it for every age, of the applicant and of another person. A
    /// fact that the catalogue no longer has is permitted to nobody.
    pub(super) fn may_receive_all(&self, paths: &BTreeSet<&str>) -> bool {
        let rulebook = self.engine.rulebook();
        let whole = |path: &&str| Some(rulebook.fact(FieldName::path(path).ok()?.fact_name())?.name.clone());
        let Some(names) = paths.iter().map(whole).collect::<Option<Vec<FieldName>>>() else { return false };
        let on = rulebook.day_at(self.place, now());
        let of_applicant = self.contract.disclosure(self.viewer.clone(), on);
        let of_other = disclosure_of_unknown(&of_applicant);
        [of_applicant, of_other].into_iter().all(|disclosure| self.permits(disclosure, names.clone()))
    }

    fn permits(&self, disclosure: Disclosure, facts: Vec<FieldName>) -> bool {
        let aged = |age_band| {
            let subject = DataSubject { age_band: Some(age_band), ..disclosure.subject };
            Disclosure { subject, ..disclosure.clone() }
        };
        let case = DisclosureCase {
            jurisdiction: self.place.clone(),
            alternatives: AgeBand::ALL.into_iter().map(aged).collect(),
            disclosure,
            others: Vec::new(),
            activity: Activity::Disclose,
            facts,
            values: Facts::default(),
            is_dry_run: true,
        };
        let is_permitted = |verdict: Verdict| verdict == Verdict::Permit;
        // Where the law can't be asked, it permits nothing.
        disclose(self.engine, &case)
            .is_ok_and(|decision| decision.rulings.facts().iter().all(|ruled| is_permitted(ruled.verdict)))
    }
}
