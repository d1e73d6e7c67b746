//! The facts of a case that passed the gate.

use std::borrow::Cow;

use ordinance_domain::facts::Facts;
use ordinance_domain::mask::Mask;
use ordinance_domain::name::FieldName;
use ordinance_domain::privacy::{PrivacyRulings, Verdict};
use ordinance_domain::rule_type::takes_masked;
use ordinance_domain::value::{Record, Value, field};

use crate::decide::ApplicableLaw;
use crate::rulebook::BoundEligibilityRule;

/// The facts of a case that rules may use, each as far as the law of every level lets it. Only [`ApplicableLaw::admit`] and, to try
/// the law itself, [`ApplicableLaw::admit_all`] build it.
#[derive(Debug, Clone)]
pub struct AdmittedFacts {
    gate: PrivacyRulings,
    /// The names of everything that was sent.
    sent: Vec<FieldName>,
    /// What may be used as it is.
    plain: Facts,
    /// What may be used only in a masked form, in that form.
    masked: Vec<Masked>,
}

#[derive(Debug, Clone)]
struct Masked {
    name: FieldName,
    mask: Mask,
    form: Value,
}

impl ApplicableLaw<'_> {
    /// Lets the facts of a case past the gate, as it is ruled on each. A fact that no rule of the chain declares is ruled on
    /// by nobody and reaches nobody.
    #[must_use]
    pub fn admit(&self, facts: &Facts, gate: PrivacyRulings) -> AdmittedFacts {
        let mut permitted = AdmittedFacts {
            gate,
            sent: facts.0.iter().map(|(name, _)| name.clone()).collect(),
            plain: Facts::default(),
            masked: Vec::new(),
        };
        for (name, value) in &facts.0 {
            match permitted.verdict(name) {
                Some(Verdict::Permit) => permitted.plain.0.push((name.clone(), value.clone())),
                Some(Verdict::Mask(mask)) => self.add_masked(&mut permitted, name, mask, value),
                Some(Verdict::Withhold) | None => {}
            }
        }
        permitted
    }

    /// Lets every fact past, whatever is ruled: for who searches the law for mistakes with facts of nobody.
    #[must_use]
    pub fn admit_all(&self, facts: &Facts, gate: PrivacyRulings) -> AdmittedFacts {
        let sent = facts.0.iter().map(|(name, _)| name.clone()).collect();
        AdmittedFacts { gate, sent, plain: facts.clone(), masked: Vec::new() }
    }

    fn add_masked(&self, permitted: &mut AdmittedFacts, name: &FieldName, mask: Mask, value: &Value) {
        let form = self.rulebook.pseudonyms.mask(mask, &permitted.gate.disclosure, name, value);
        permitted.masked.push(Masked { name: name.clone(), mask, form });
    }

    /// Adds facts that are made up to try the law: masked ones in their form, where every rule takes that; others as if they
    /// were permitted.
    pub(crate) fn add_for_trial(&self, permitted: &mut AdmittedFacts, set: Record) {
        for (name, value) in set {
            match permitted.verdict(&name) {
                Some(Verdict::Mask(mask)) if self.takes(&name, mask) => {
                    self.add_masked(permitted, &name, mask, &value);
                }
                Some(Verdict::Permit | Verdict::Mask(_) | Verdict::Withhold) | None => {
                    permitted.plain.0.push((name, value));
                }
            }
        }
    }

    /// Whether every rule of the chain that reads the fact takes it in this form.
    pub(crate) fn takes(&self, name: &FieldName, mask: Mask) -> bool {
        let fact = self.contract.fact(name.as_str());
        fact.is_some_and(|fact| self.declarations(name).all(|field| takes_masked(field, fact, mask)))
    }

    /// Whether every rule that reads the fact can be told it, as it was sent.
    pub(crate) fn knows(&self, permitted: &AdmittedFacts, name: &FieldName) -> bool {
        permitted.plain.has(name)
            || permitted.masked.iter().any(|masked| masked.name == *name && self.takes(name, masked.mask))
    }

    /// What one rule may be told: each fact in the form that its type takes.
    pub(crate) fn facts_for<'f>(&self, rule: &BoundEligibilityRule, permitted: &'f AdmittedFacts) -> Cow<'f, Facts> {
        if permitted.masked.is_empty() && rule.coarse.is_empty() {
            return Cow::Borrowed(&permitted.plain);
        }
        let mut facts = Record::new();
        for declared in &rule.checked.rule_type().applicant {
            let (name, fact) = (&declared.name, self.contract.fact(declared.name.as_str()));
            let coarse = rule.coarse.iter().find(|(coarse, _)| coarse == name).map(|(_, mask)| *mask);
            let masked = permitted.masked.iter().rev().find(|masked| masked.name == *name);
            let told = match (field(&permitted.plain.0, name), masked) {
                (Some(value), _) => match coarse {
                    Some(mask) => Some(self.rulebook.pseudonyms.mask(mask, &permitted.gate.disclosure, name, value)),
                    None => Some(value.clone()),
                },
                (None, Some(masked)) if fact.is_some_and(|fact| takes_masked(declared, fact, masked.mask)) => {
                    Some(masked.form.clone())
                }
                (None, Some(_) | None) => None,
            };
            facts.extend(told.map(|value| (name.clone(), value)));
        }
        Cow::Owned(Facts(facts))
    }
}

/// How many facts there were; see [`AdmittedFacts::back_to`].
#[derive(Clone, Copy)]
pub(crate) struct Mark {
    plain: usize,
    masked: usize,
}

impl AdmittedFacts {
    /// What privacy law makes of the case.
    #[must_use]
    pub fn gate(&self) -> &PrivacyRulings {
        &self.gate
    }

    /// Those that the recipient may be shown.
    pub(crate) fn shown(&self) -> Self {
        let mut shown = self.clone();
        shown.plain.0.retain(|(name, _)| !self.gate.hides(name));
        shown.masked.retain(|masked| !self.gate.hides(&masked.name));
        shown
    }

    /// The names of everything that was sent.
    pub(crate) fn sent(&self) -> &[FieldName] {
        &self.sent
    }

    /// What may be used as it is.
    pub(crate) fn plain(&self) -> &Record {
        &self.plain.0
    }

    /// The facts that were sent and may be used only in a masked form.
    pub(crate) fn masked(&self) -> Vec<FieldName> {
        self.masked.iter().map(|masked| masked.name.clone()).collect()
    }

    pub(crate) fn mark(&self) -> Mark {
        Mark { plain: self.plain.0.len(), masked: self.masked.len() }
    }

    /// Takes away what was added since.
    pub(crate) fn back_to(&mut self, mark: Mark) {
        self.plain.0.truncate(mark.plain);
        self.masked.truncate(mark.masked);
    }

    fn verdict(&self, name: &FieldName) -> Option<Verdict> {
        self.gate.for_rules.of(name).map(|ruled| ruled.verdict)
    }
}
