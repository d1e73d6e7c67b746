//! The facts of a case that rules may use. Stage 5 of a decision.

use ordinance_domain::fact::Fact;
use ordinance_domain::facts::Facts;
use ordinance_domain::name::FieldName;
use ordinance_domain::privacy::PrivacyRulings;
use ordinance_domain::value::each_part;

use super::fact_forms::FactForms;
use crate::law::ApplicableLaw;

/// The facts of a case that rules may use, each as far as the law of every level lets it. Only [`admit`] and, for
/// searches on synthetic facts, [`study::admit_unchecked`](crate::study::admit_unchecked) make it.
#[derive(Debug, Clone)]
pub struct AdmittedFacts<'c> {
    rulings: PrivacyRulings,
    /// Everything that was sent.
    sent: &'c Facts,
    forms: FactForms<'c>,
}

/// Admits the facts of a case according to the ruling on each. A fact that no rule of the chain declares has no ruling
/// and isn't admitted.
#[must_use]
pub fn admit<'c>(law: &ApplicableLaw<'_>, facts: &'c Facts, rulings: PrivacyRulings) -> AdmittedFacts<'c> {
    let forms = FactForms::admit(law, &rulings, facts);
    AdmittedFacts { rulings, sent: facts, forms }
}

impl<'c> AdmittedFacts<'c> {
    /// Admits every fact without consulting the rulings; only [`study`](crate::study) may call it.
    pub(crate) fn unchecked(law: &ApplicableLaw<'_>, facts: &'c Facts, rulings: PrivacyRulings) -> Self {
        let forms = FactForms::plain_of(law, rulings.disclosure().on, facts);
        Self { rulings, sent: facts, forms }
    }

    /// What privacy law rules on the facts.
    #[must_use]
    pub fn rulings(&self) -> &PrivacyRulings {
        &self.rulings
    }

    /// What was sent and no rule of the chain declares: facts, and parts of facts by their names in the catalogue.
    pub(crate) fn undeclared(&self, law: &ApplicableLaw<'_>) -> Vec<FieldName> {
        let mut undeclared: Vec<FieldName> = Vec::new();
        for (name, value) in &self.sent.0 {
            if !law.reads(name) && !is_source(law, name) {
                undeclared.push(name.clone());
            }
            if !law.reads(name) {
                continue;
            }
            each_part(name, value, &mut |part, _| {
                let part = part.without_items();
                if !undeclared.contains(&part) && !law.reads(&part) && !is_source(law, &part) {
                    undeclared.push(part);
                }
            });
        }
        undeclared
    }

    /// The names of everything that was sent.
    pub(crate) fn sent(&self) -> impl Iterator<Item = &'c FieldName> {
        self.sent.0.iter().map(|(name, _)| name)
    }

    pub(crate) fn forms(&self) -> &FactForms<'c> {
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

/// Whether a fact or part that the law reads follows from this one.
fn is_source(law: &ApplicableLaw<'_>, name: &FieldName) -> bool {
    let Some(source) = law.contract().fact_at(name) else { return false };
    let follows = |fact: &Fact| source.is_source_of(fact) && law.reads(&fact.name);
    match name.is_part() {
        false => law.contract().facts.iter().any(follows),
        true => law.contract().fact(name.fact_name()).is_some_and(|whole| any_part(whole, &follows)),
    }
}

fn any_part(whole: &Fact, holds: &impl Fn(&Fact) -> bool) -> bool {
    whole.fact_type.fields().iter().any(|field| holds(&field.part) || any_part(&field.part, holds))
}
