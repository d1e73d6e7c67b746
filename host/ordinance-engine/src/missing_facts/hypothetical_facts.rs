//! The admitted facts of a case together with facts that a search assumes.

use ordinance_domain::calendar::Date;
use ordinance_domain::name::FieldName;
use ordinance_domain::privacy::PrivacyRulings;
use ordinance_domain::value::Record;

use crate::law::ApplicableLaw;
use crate::privacy::{AdmittedFacts, FactForms, FormCounts};

/// Facts for a search: the admitted facts, and assumed facts that are added and removed again. The type doesn't prove
/// that the gate admitted them, so no decision can use them.
pub(crate) struct HypotheticalFacts<'c> {
    /// `None` without a case: every fact is then assumed to be permitted.
    rulings: Option<PrivacyRulings>,
    /// The day for which ages are computed without a case.
    day: Date,
    forms: FactForms<'c>,
}

impl<'c> HypotheticalFacts<'c> {
    pub(crate) fn new(admitted: &AdmittedFacts<'c>) -> Self {
        Self {
            day: admitted.rulings().disclosure().on,
            rulings: Some(admitted.rulings().clone()),
            forms: admitted.forms().clone(),
        }
    }

    /// No facts of any case.
    pub(crate) fn without_case(day: Date) -> Self {
        Self { rulings: None, day, forms: FactForms::default() }
    }

    pub(crate) fn forms(&self) -> &FactForms<'c> {
        &self.forms
    }

    /// Assumes facts, for the rules that lack them.
    ///
    /// Returns what [`HypotheticalFacts::retract`] takes to remove them again.
    pub(crate) fn assume(&mut self, law: &ApplicableLaw<'_>, assumed: Record) -> FormCounts {
        let before = self.forms.counts();
        for (name, value) in assumed {
            match &self.rulings {
                Some(rulings) => self.forms.add_assumed(law, rulings, &name, &value),
                None => self.forms.add_plain(law, self.day, name, value),
            }
        }
        before
    }

    /// Removes the facts that were assumed after `before`.
    pub(crate) fn retract(&mut self, before: &FormCounts) {
        self.forms.truncate(before);
    }

    /// Whether every rule that declares the fact can receive it.
    pub(crate) fn is_available(&self, law: &ApplicableLaw<'_>, name: &FieldName) -> bool {
        self.forms.is_available(law, name)
    }
}
