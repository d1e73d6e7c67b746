//! The forms in which the rules of a chain receive facts: plain, coarser where a rule declares that, or masked. Where
//! lower privacy law doesn't bind upper rules, they differ from level to level.

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

/// Facts of a case in every form, for the rules of every level. What rules may use as it was sent is borrowed.
#[derive(Debug, Clone, Default)]
pub(crate) struct FactForms<'c> {
    /// For the rules of the uppermost levels, top first, where the law of lower levels doesn't bind them.
    upper: Vec<LevelForms<'c>>,
    /// For the rules of all other levels.
    lower: LevelForms<'c>,
}

/// Facts in every form in which a rule may receive them.
#[derive(Debug, Clone, Default)]
struct LevelForms<'c> {
    /// Facts that may be used as they are.
    plain: Cow<'c, Facts>,
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
#[derive(Debug, Clone)]
pub(crate) struct FormCounts {
    upper: Vec<LevelFormCounts>,
    lower: LevelFormCounts,
}

#[derive(Debug, Clone, Copy)]
struct LevelFormCounts {
    plain: usize,
    coarse: usize,
    masked: usize,
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
        self.upper.iter().chain([&self.lower]).flat_map(|forms| &forms.plain.0)
    }

    /// The names of the facts that the rules of the lowest level may use only in a masked form.
    pub(crate) fn masked_names(&self) -> Vec<FieldName> {
        self.lower.masked.iter().map(|masked| masked.name.clone()).collect()
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

    /// Keeps the facts whose name meets a condition.
    pub(crate) fn retain(&mut self, is_kept: impl Fn(&FieldName) -> bool) {
        for (_, forms) in self.by_level() {
            forms.plain.to_mut().0.retain(|(name, _)| is_kept(name));
            forms.coarse.retain(|fact| is_kept(&fact.name));
            forms.masked.retain(|fact| is_kept(&fact.name));
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

impl<'c> LevelForms<'c> {
    /// The facts in the forms in which the rule of a level may use them.
    fn admit(law: &ApplicableLaw<'_>, rulings: &PrivacyRulings, level: usize, facts: &'c Facts) -> Self {
        let processed_on = rulings.disclosure().on;
        let verdict_on = |name: &FieldName| rulings.for_rule_of(level).verdict_on(name);
        if facts.0.iter().all(|(name, _)| verdict_on(name) == Some(Verdict::Permit)) {
            return Self::all_plain(law, processed_on, facts);
        }
        let mut forms = Self::default();
        for (name, value) in &facts.0 {
            match verdict_on(name) {
                Some(Verdict::Permit) => forms.add_plain(law, processed_on, name.clone(), value.clone()),
                Some(Verdict::Mask(mask)) => forms.add_masked(law, rulings, name, mask, value),
                Some(Verdict::Withhold) | None => {}
            }
        }
        forms
    }

    /// Unmasked facts. `processed_on` is the day for which ages are computed.
    fn all_plain(law: &ApplicableLaw<'_>, processed_on: Date, facts: &'c Facts) -> Self {
        let mut forms = Self { plain: Cow::Borrowed(facts), ..Self::default() };
        if law.ready_rules().any(|rule| !rule.coarse.is_empty()) {
            facts.0.iter().for_each(|(name, value)| forms.add_coarse(law, processed_on, name, value));
        }
        forms
    }

    /// Adds an unmasked fact. `processed_on` is the day for which ages are computed.
    fn add_plain(&mut self, law: &ApplicableLaw<'_>, processed_on: Date, name: FieldName, value: Value) {
        self.add_coarse(law, processed_on, &name, &value);
        self.plain.to_mut().0.push((name, value));
    }

    /// Adds the coarser forms of an unmasked fact that rules declare.
    fn add_coarse(&mut self, law: &ApplicableLaw<'_>, processed_on: Date, name: &FieldName, value: &Value) {
        // The coarse forms are years and age bands; no pseudonym is among them.
        let context = MaskContext { day: processed_on, pseudonym: &|_| String::new() };
        for rule in law.ready_rules() {
            for (_, mask) in rule.coarse.iter().filter(|(coarse, _)| coarse == name) {
                if self.coarse_form(name, *mask).is_none() {
                    let form = mask.apply(value, context);
                    self.coarse.push(MaskedFact { name: name.clone(), mask: *mask, form });
                }
            }
        }
    }

    /// Adds a fact that may be used only in the form that the mask makes.
    fn add_masked(
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

    /// Whether the rules that declare the fact can receive it.
    fn has(&self, law: &ApplicableLaw<'_>, name: &FieldName) -> bool {
        self.plain.has(name) || self.masked.iter().any(|masked| masked.name == *name && law.takes(name, masked.mask))
    }

    fn counts(&self) -> LevelFormCounts {
        LevelFormCounts { plain: self.plain.0.len(), coarse: self.coarse.len(), masked: self.masked.len() }
    }

    fn truncate(&mut self, before: LevelFormCounts) {
        if self.plain.0.len() > before.plain {
            self.plain.to_mut().0.truncate(before.plain);
        }
        self.coarse.truncate(before.coarse);
        self.masked.truncate(before.masked);
    }

    /// The facts that one rule may receive: each in the form that its type takes.
    fn facts_for(&self, law: &ApplicableLaw<'_>, rule: &BoundEligibilityRule) -> Cow<'_, Facts> {
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
                    let fact = law.contract().fact(name.as_str());
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
