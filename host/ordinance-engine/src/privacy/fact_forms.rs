//! The forms in which the rules of a chain receive facts: plain, coarser where a rule declares that, or masked.

use std::borrow::Cow;

use ordinance_domain::calendar::Date;
use ordinance_domain::facts::Facts;
use ordinance_domain::mask::{Mask, MaskContext};
use ordinance_domain::name::FieldName;
use ordinance_domain::privacy::PrivacyRulings;
use ordinance_domain::type_check::takes_masked;
use ordinance_domain::value::{Record, Value, field};

use crate::law::ApplicableLaw;
use crate::rulebook::BoundEligibilityRule;

/// Facts in every form in which a rule may receive them.
#[derive(Debug, Clone, Default)]
pub(crate) struct FactForms {
    /// Facts that may be used as they are.
    plain: Facts,
    /// The coarser forms of plain facts that some rule's type declares in their place.
    coarse: Vec<MaskedFact>,
    /// Facts that may be used only in a masked form, in that form.
    masked: Vec<MaskedFact>,
}

/// A fact in a masked form.
#[derive(Debug, Clone)]
pub(crate) struct MaskedFact {
    name: FieldName,
    mask: Mask,
    form: Value,
}

/// How many facts of each form there are; see [`FactForms::truncate`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct FormCounts {
    plain: usize,
    coarse: usize,
    masked: usize,
}

impl FactForms {
    /// Adds an unmasked fact. `processed_on` is the day for which ages are computed.
    pub(crate) fn add_plain(&mut self, law: &ApplicableLaw<'_>, processed_on: Date, name: FieldName, value: Value) {
        // The coarse forms are years and age bands; no pseudonym is among them.
        let context = MaskContext { day: processed_on, pseudonym: &|_| String::new() };
        for rule in law.ready_rules() {
            for (_, mask) in rule.coarse.iter().filter(|(coarse, _)| *coarse == name) {
                if self.coarse_form(&name, *mask).is_none() {
                    let form = mask.apply(&value, context);
                    self.coarse.push(MaskedFact { name: name.clone(), mask: *mask, form });
                }
            }
        }
        self.plain.0.push((name, value));
    }

    /// Adds a fact that may be used only in the form that the mask makes.
    pub(crate) fn add_masked(
        &mut self,
        law: &ApplicableLaw<'_>,
        rulings: &PrivacyRulings,
        name: &FieldName,
        mask: Mask,
        value: &Value,
    ) {
        let form = law.engine.pseudonymiser().mask(mask, rulings.disclosure(), name, value);
        self.masked.push(MaskedFact { name: name.clone(), mask, form });
    }

    /// The facts that may be used as they are.
    pub(crate) fn plain(&self) -> &Record {
        &self.plain.0
    }

    /// The names of the facts that may be used only in a masked form.
    pub(crate) fn masked_names(&self) -> Vec<FieldName> {
        self.masked.iter().map(|masked| masked.name.clone()).collect()
    }

    /// Whether every rule that declares the fact can receive it.
    pub(crate) fn is_available(&self, law: &ApplicableLaw<'_>, name: &FieldName) -> bool {
        self.plain.has(name) || self.masked.iter().any(|masked| masked.name == *name && law.takes(name, masked.mask))
    }

    /// Keeps the facts whose name meets a condition.
    pub(crate) fn retain(&mut self, is_kept: impl Fn(&FieldName) -> bool) {
        self.plain.0.retain(|(name, _)| is_kept(name));
        self.coarse.retain(|fact| is_kept(&fact.name));
        self.masked.retain(|fact| is_kept(&fact.name));
    }

    pub(crate) fn counts(&self) -> FormCounts {
        FormCounts { plain: self.plain.0.len(), coarse: self.coarse.len(), masked: self.masked.len() }
    }

    /// Removes what was added after the counts were taken.
    pub(crate) fn truncate(&mut self, counts: FormCounts) {
        self.plain.0.truncate(counts.plain);
        self.coarse.truncate(counts.coarse);
        self.masked.truncate(counts.masked);
    }

    /// The facts that one rule may receive: each in the form that its type takes.
    pub(crate) fn facts_for(&self, law: &ApplicableLaw<'_>, rule: &BoundEligibilityRule) -> Cow<'_, Facts> {
        if self.masked.is_empty() && rule.coarse.is_empty() {
            return Cow::Borrowed(&self.plain);
        }
        let mut facts = Record::new();
        for declared in &rule.compiled.rule_type().applicant {
            let name = &declared.name;
            let coarse = rule.coarse.iter().find(|(coarse, _)| coarse == name).map(|(_, mask)| *mask);
            // A search assumes a fact by adding a form: the form that was added last counts.
            let masked = self.masked.iter().rev().find(|masked| masked.name == *name);
            let form = match (field(&self.plain.0, name), coarse, masked) {
                (Some(value), None, _) => Some(value),
                (Some(_), Some(mask), _) => self.coarse_form(name, mask),
                (None, _, Some(masked)) => {
                    let fact = law.contract.fact(name.as_str());
                    fact.filter(|fact| takes_masked(declared, fact, masked.mask)).map(|_| &masked.form)
                }
                (None, _, None) => None,
            };
            facts.extend(form.map(|form| (name.clone(), form.clone())));
        }
        Cow::Owned(Facts(facts))
    }

    fn coarse_form(&self, name: &FieldName, mask: Mask) -> Option<&Value> {
        self.coarse.iter().find(|fact| fact.name == *name && fact.mask == mask).map(|fact| &fact.form)
    }
}
