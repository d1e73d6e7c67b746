//! The facts of a case that rules may use. Stage 5 of a decision.

use ordinance_domain::facts::Facts;
use ordinance_domain::name::FieldName;
use ordinance_domain::privacy::PrivacyRulings;

use super::fact_forms::FactForms;
use crate::law::ApplicableLaw;

/// The facts of a case that rules may use, each as far as the law of every level lets it. Only [`admit`] and, for
/// searches on synthetic facts, [`study::admit_unchecked`](crate::study::admit_unchecked) make it.
#[derive(Debug, Clone)]
pub struct AdmittedFacts {
    rulings: PrivacyRulings,
    /// The names of everything that was sent.
    sent: Vec<FieldName>,
    forms: FactForms,
}

/// Admits the facts of a case according to the ruling on each. A fact that no rule of the chain declares has no ruling
/// and isn't admitted.
#[must_use]
pub fn admit(law: &ApplicableLaw<'_>, facts: &Facts, rulings: PrivacyRulings) -> AdmittedFacts {
    let mut forms = FactForms::for_levels_of(&rulings);
    for (name, value) in &facts.0 {
        forms.add(law, &rulings, name, value);
    }
    AdmittedFacts { rulings, sent: names_of(facts), forms }
}

impl AdmittedFacts {
    /// Admits every fact without consulting the rulings; only [`study`](crate::study) may call it.
    pub(crate) fn unchecked(law: &ApplicableLaw<'_>, facts: &Facts, rulings: PrivacyRulings) -> Self {
        let mut forms = FactForms::default();
        for (name, value) in &facts.0 {
            forms.add_plain(law, rulings.disclosure().on, name.clone(), value.clone());
        }
        Self { sent: names_of(facts), rulings, forms }
    }

    /// What privacy law rules on the facts.
    #[must_use]
    pub fn rulings(&self) -> &PrivacyRulings {
        &self.rulings
    }

    /// The names of everything that was sent.
    pub(crate) fn sent(&self) -> &[FieldName] {
        &self.sent
    }

    pub(crate) fn forms(&self) -> &FactForms {
        &self.forms
    }

    /// Those facts that the recipient may be shown.
    pub(crate) fn shown(&self) -> Self {
        let mut shown = self.clone();
        let is_shown = |name: &FieldName| !self.rulings.hides(name);
        shown.forms.retain(is_shown);
        shown
    }
}

fn names_of(facts: &Facts) -> Vec<FieldName> {
    facts.0.iter().map(|(name, _)| name.clone()).collect()
}
