//! The facts of a case that rules may use. Stage 5 of a decision.

use std::borrow::Cow;

use ordinance_domain::calendar::Date;
use ordinance_domain::facts::Facts;
use ordinance_domain::mask::{Mask, MaskContext};
use ordinance_domain::name::FieldName;
use ordinance_domain::privacy::{PrivacyRulings, Verdict};
use ordinance_domain::type_check::takes_masked;
use ordinance_domain::value::{Record, Value, field};

use crate::law::ApplicableLaw;
use crate::rulebook::BoundEligibilityRule;

/// The facts of a case that rules may use, each as far as the law of every level lets it. Only [`admit`] and, for
/// searches on synthetic facts, [`study::admit_unchecked`](crate::study::admit_unchecked) make it.
#[derive(Debug, Clone)]
pub struct AdmittedFacts {
    rulings: PrivacyRulings,
    /// The names of everything that was sent.
    sent: Vec<FieldName>,
    forms: FactForms,
}

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

/// Admits the facts of a case according to the ruling on each. A fact that no rule of the chain declares has no ruling
/// and isn't admitted.
#[must_use]
pub fn admit(law: &ApplicableLaw<'_>, facts: &Facts, rulings: PrivacyRulings) -> AdmittedFacts {
    let mut forms = FactForms::default();
    for (name, value) in &facts.0 {
        match verdict_on(&rulings, name) {
            Some(Verdict::Permit) => forms.add_plain(law, rulings.disclosure().on, name.clone(), value.clone()),
            Some(Verdict::Mask(mask)) => forms.add_masked(law, &rulings, name, mask, value),
            Some(Verdict::Withhold) | None => {}
        }
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
        shown.forms.plain.0.retain(|(name, _)| is_shown(name));
        shown.forms.coarse.retain(|fact| is_shown(&fact.name));
        shown.forms.masked.retain(|fact| is_shown(&fact.name));
        shown
    }
}

/// The verdict on what rules may do with a fact; `None` if no rule of the chain declares it.
pub(crate) fn verdict_on(rulings: &PrivacyRulings, name: &FieldName) -> Option<Verdict> {
    rulings.for_rules().ruling_on(name).map(|ruled| ruled.verdict)
}

fn names_of(facts: &Facts) -> Vec<FieldName> {
    facts.0.iter().map(|(name, _)| name.clone()).collect()
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
