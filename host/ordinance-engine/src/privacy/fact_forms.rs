//! The forms in which the rules of a chain receive facts: plain, coarser where a rule declares that, or masked. Where
//! lower privacy law doesn't bind upper rules, they differ from level to level.

use std::borrow::Cow;

use ordinance_domain::calendar::Date;
use ordinance_domain::facts::Facts;
use ordinance_domain::minimise::missing_paths;
use ordinance_domain::name::FieldName;
use ordinance_domain::privacy::{PrivacyRulings, Verdict};
use ordinance_domain::value::Value;

use super::level_forms::{LevelFormCounts, LevelForms};
use crate::distinct_names::DistinctNames;
use crate::law::ApplicableLaw;
use crate::rulebook::BoundEligibilityRule;

/// Facts of a case in every form, for the rules of every level. What rules may use as it was sent is borrowed.
#[derive(Debug, Clone, Default)]
pub(crate) struct FactForms<'c> {
    /// For the rules of the uppermost levels, top first, where the law of lower levels doesn't bind them.
    upper: Vec<LevelForms<'c>>,
    /// For the rules of all other levels.
    lower: LevelForms<'c>,
}

/// How many facts of each form there are; see [`FactForms::truncate`].
#[derive(Debug, Clone)]
pub(crate) struct FormCounts {
    upper: Vec<LevelFormCounts>,
    lower: LevelFormCounts,
}

impl<'c> FactForms<'c> {
    /// The facts in the forms in which the rules of each level may use them.
    pub(crate) fn admit(law: &ApplicableLaw<'_>, rulings: &PrivacyRulings, facts: &'c Facts) -> Self {
        let of_level = |level| LevelForms::admit(law, rulings, level, facts);
        let upper = rulings.levels_told_apart();
        Self { upper: (0..upper).map(of_level).collect(), lower: of_level(upper) }
    }

    /// The facts as they are, for the rules of all levels. `processed_on` is the day for which ages are computed.
    pub(crate) fn plain_of(law: &ApplicableLaw<'_>, processed_on: Date, facts: &'c Facts) -> Self {
        Self { upper: Vec::new(), lower: LevelForms::all_plain(law, processed_on, facts) }
    }

    /// Adds an unmasked fact for the rules of all levels. `processed_on` is the day for which ages are computed.
    pub(crate) fn add_plain(&mut self, law: &ApplicableLaw<'_>, processed_on: Date, name: FieldName, value: Value) {
        for (_, forms) in self.by_level() {
            forms.add_plain(law, processed_on, name.clone(), value.clone());
        }
    }

    /// Adds an assumed fact for the rules that lack it: masked where every rule takes it so, else as if it were
    /// permitted.
    pub(crate) fn add_assumed(
        &mut self,
        law: &ApplicableLaw<'_>,
        rulings: &PrivacyRulings,
        name: &FieldName,
        value: &Value,
    ) {
        for (level, forms) in self.by_level().filter(|(_, forms)| !forms.has(law, name)) {
            let mask = rulings.for_rule_of(level).verdict_on(name).and_then(Verdict::mask);
            match mask.filter(|mask| law.takes(name, *mask)) {
                Some(mask) => forms.add_masked(law, rulings, name, mask, value),
                None => forms.add_plain(law, rulings.disclosure().on, name.clone(), value.clone()),
            }
        }
    }

    /// The forms for each level that is distinguished, with its index.
    fn by_level(&mut self) -> impl Iterator<Item = (usize, &mut LevelForms<'c>)> {
        self.upper.iter_mut().chain([&mut self.lower]).enumerate()
    }

    fn of_level(&self, level: usize) -> &LevelForms<'c> {
        self.upper.get(level).unwrap_or(&self.lower)
    }

    /// The facts that the rules of some level may use unmasked. A fact comes once for each level whose rules may.
    pub(crate) fn plain(&self) -> impl Iterator<Item = &(FieldName, Value)> {
        self.upper.iter().chain([&self.lower]).flat_map(LevelForms::plain)
    }

    /// The names of the facts that the rules of the lowest level may use only in a masked form.
    pub(crate) fn masked_names(&self) -> Vec<FieldName> {
        self.lower.masked_names().cloned().collect()
    }

    /// The parts of facts that some rule takes and doesn't get, by their paths in the case.
    pub(crate) fn missing_parts(&self, law: &ApplicableLaw<'_>) -> Vec<FieldName> {
        let mut missing = DistinctNames::default();
        for (index, level) in law.levels().iter().enumerate() {
            let Some(rule) = level.ready().filter(|rule| rule.has_parts()) else { continue };
            let facts = self.facts_for(law, index, rule);
            let paths = missing_paths(rule.compiled.rule_type(), &facts);
            let parts = paths.iter().filter_map(|path| FieldName::path(path).ok()).filter(FieldName::is_part);
            parts.for_each(|part| missing.add(part));
        }
        missing.into_names()
    }

    /// Whether every rule that declares the fact can receive it.
    pub(crate) fn is_available(&self, law: &ApplicableLaw<'_>, name: &FieldName) -> bool {
        if self.upper.is_empty() {
            return self.lower.has(law, name);
        }
        let mut reading = law.levels().iter().enumerate().filter(|(_, level)| level.reads(name)).peekable();
        match reading.peek() {
            Some(_) => reading.all(|(index, _)| self.of_level(index).has(law, name)),
            None => self.lower.has(law, name),
        }
    }

    /// Keeps the facts, and the parts of facts, whose name meets a condition.
    pub(crate) fn retain(&mut self, is_kept: impl Fn(&FieldName) -> bool) {
        for (_, forms) in self.by_level() {
            forms.retain(&is_kept);
        }
    }

    pub(crate) fn counts(&self) -> FormCounts {
        FormCounts { upper: self.upper.iter().map(LevelForms::counts).collect(), lower: self.lower.counts() }
    }

    /// Removes what was added after the counts were taken.
    pub(crate) fn truncate(&mut self, before: &FormCounts) {
        for (forms, before) in self.upper.iter_mut().zip(&before.upper) {
            forms.truncate(*before);
        }
        self.lower.truncate(before.lower);
    }

    /// The facts that the rule of a level may receive: each in the form that its type takes.
    pub(crate) fn facts_for(
        &self,
        law: &ApplicableLaw<'_>,
        level: usize,
        rule: &BoundEligibilityRule,
    ) -> Cow<'_, Facts> {
        self.of_level(level).facts_for(law, rule)
    }
}
