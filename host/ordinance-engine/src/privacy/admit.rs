//! The facts of a case that rules may use. Stage 5 of a decision.

use ordinance_domain::fact::{Fact, Field};
use ordinance_domain::facts::Facts;
use ordinance_domain::name::FieldName;
use ordinance_domain::privacy::PrivacyRulings;
use ordinance_domain::value::{Value, field};

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
        let mut add = |name: &FieldName| {
            if !undeclared.contains(name) && !is_source(law, name) {
                undeclared.push(name.clone());
            }
        };
        for (name, value) in &self.sent.0 {
            match law.contract().fact(name.as_str()) {
                Some(fact) if law.reads(name) => add_unread_parts(law, fact, value, &mut add),
                Some(_) | None if law.reads(name) => {}
                Some(_) | None => add(name),
            }
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

/// Adds the parts of a value that the law doesn't read, by their names in the catalogue.
fn add_unread_parts(law: &ApplicableLaw<'_>, whole: &Fact, value: &Value, add: &mut impl FnMut(&FieldName)) {
    for Field { name, part, .. } in whole.fact_type.fields() {
        let mut values = value.records().iter().filter_map(|record| field(record, name)).peekable();
        if values.peek().is_some() && !law.reads(&part.name) {
            add(&part.name);
        }
        values.for_each(|value| add_unread_parts(law, part, value, add));
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
