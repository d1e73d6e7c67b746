//! The forms in which the rule of one level receives facts and their parts.

use std::borrow::Cow;

use ordinance_domain::calendar::Date;
use ordinance_domain::fact::{Fact, Holder};
use ordinance_domain::facts::Facts;
use ordinance_domain::mask::{Mask, MaskContext};
use ordinance_domain::name::FieldName;
use ordinance_domain::normalisation::Normalisation;
use ordinance_domain::privacy::{PrivacyRulings, Verdict};
use ordinance_domain::rule_type::{RuleField, ValueType};
use ordinance_domain::type_check::{coarse_form, takes_masked};
use ordinance_domain::value::{Record, Value, each_part, field, value_at};

use crate::law::ApplicableLaw;
use crate::rulebook::BoundEligibilityRule;

/// Facts in every form in which a rule may receive them. A name is that of a fact, or the path of a part of one in the
/// case.
#[derive(Debug, Clone, Default)]
pub(super) struct LevelForms<'c> {
    /// Facts that may be used as they are, without the parts that may not.
    plain: Cow<'c, Facts>,
    /// The coarser forms of plain facts that some rule's type declares in their place.
    coarse: Vec<MaskedFact>,
    /// Facts that may be used only in a masked form, in that form.
    masked: Vec<MaskedFact>,
    /// Parts of plain facts that a search assumes.
    assumed: Record,
}

/// A fact in a masked form.
#[derive(Debug, Clone)]
struct MaskedFact {
    name: FieldName,
    mask: Mask,
    form: Value,
}

/// How many facts of each form there are.
#[derive(Debug, Clone, Copy)]
pub(super) struct LevelFormCounts {
    plain: usize,
    coarse: usize,
    masked: usize,
    assumed: usize,
}

impl<'c> LevelForms<'c> {
    /// The facts in the forms in which the rule of a level may use them.
    pub(super) fn admit(law: &ApplicableLaw<'_>, rulings: &PrivacyRulings, level: usize, facts: &'c Facts) -> Self {
        let admission = Admission { law, rulings, level };
        if facts.0.iter().all(|(name, value)| admission.permits(name, value)) {
            return Self::all_plain(law, rulings.disclosure().on, facts);
        }
        let mut forms = Self::default();
        for (name, value) in &facts.0 {
            match admission.verdict_on(name) {
                Some(Verdict::Permit) => admission.add_permitted(&mut forms, name, value),
                Some(Verdict::Mask(mask)) => forms.add_masked(law, rulings, name, mask, value),
                Some(Verdict::Withhold) | None => {}
            }
        }
        forms
    }

    /// Unmasked facts. `processed_on` is the day for which ages are computed.
    pub(super) fn all_plain(law: &ApplicableLaw<'_>, processed_on: Date, facts: &'c Facts) -> Self {
        let mut forms = Self { plain: Cow::Borrowed(facts), ..Self::default() };
        if law.ready_rules().any(|rule| !rule.coarse.is_empty()) {
            facts.0.iter().for_each(|(name, value)| forms.add_coarse(law, processed_on, name, value));
        }
        forms
    }

    pub(super) fn plain(&self) -> impl Iterator<Item = &(FieldName, Value)> {
        self.plain.0.iter()
    }

    pub(super) fn masked_names(&self) -> impl Iterator<Item = &FieldName> {
        self.masked.iter().map(|masked| &masked.name)
    }

    /// Adds an unmasked fact, or an assumed part of one. `processed_on` is the day for which ages are computed.
    pub(super) fn add_plain(&mut self, law: &ApplicableLaw<'_>, processed_on: Date, name: FieldName, value: Value) {
        self.add_coarse(law, processed_on, &name, &value);
        if name.is_part() {
            self.assumed.push((name, value));
        } else {
            self.plain.to_mut().0.push((name, value));
        }
    }

    /// Adds the coarser forms of an unmasked fact, and of its parts, that rules declare.
    fn add_coarse(&mut self, law: &ApplicableLaw<'_>, processed_on: Date, name: &FieldName, value: &Value) {
        self.add_coarse_form(law, processed_on, name, value);
        if law.ready_rules().any(|rule| rule.coarse.iter().any(|(coarse, _)| coarse.is_part())) {
            each_part(name, value, &mut |part, value| self.add_coarse_form(law, processed_on, part, value));
        }
    }

    fn add_coarse_form(&mut self, law: &ApplicableLaw<'_>, processed_on: Date, name: &FieldName, value: &Value) {
        let catalogue_name = name.without_items();
        // The coarse forms are years and age bands; no form of a text is among them.
        let normalisation = Normalisation::default();
        let context = MaskContext { day: processed_on, normalisation, pseudonym: &|_| String::new() };
        for rule in law.ready_rules() {
            for (_, mask) in rule.coarse.iter().filter(|(coarse, _)| *coarse == catalogue_name) {
                if self.coarse_form(name, *mask).is_none() {
                    let form = mask.apply(value, context);
                    self.coarse.push(MaskedFact { name: name.clone(), mask: *mask, form });
                }
            }
        }
    }

    /// Adds a fact or a part that may be used only in the form that the mask makes.
    pub(super) fn add_masked(
        &mut self,
        law: &ApplicableLaw<'_>,
        rulings: &PrivacyRulings,
        name: &FieldName,
        mask: Mask,
        value: &Value,
    ) {
        // A fact that the catalogue doesn't have reaches no rule.
        let Some(fact) = law.engine.rulebook().fact_at(name) else { return };
        let form = law.engine.pseudonymiser().mask(mask, rulings.disclosure(), fact, value);
        self.masked.push(MaskedFact { name: name.clone(), mask, form });
    }

    /// Keeps the facts, and the parts of facts, whose name meets a condition.
    pub(super) fn retain(&mut self, is_kept: &impl Fn(&FieldName) -> bool) {
        let plain = self.plain.0.iter().filter(|(name, _)| is_kept(name));
        let plain = plain.map(|(name, value)| (name.clone(), with_parts(name, value, is_kept))).collect();
        self.plain = Cow::Owned(Facts(plain));
        self.coarse.retain(|fact| is_kept(&fact.name));
        self.masked.retain(|fact| is_kept(&fact.name));
    }

    /// Whether the rules that declare the fact or the part can receive it.
    pub(super) fn has(&self, law: &ApplicableLaw<'_>, name: &FieldName) -> bool {
        let is_plain = match name.is_part() {
            true => value_at(&self.plain.0, name).is_some() || field(&self.assumed, name).is_some(),
            false => self.plain.has(name),
        };
        is_plain || self.masked.iter().any(|masked| masked.name == *name && law.takes(name, masked.mask))
    }

    pub(super) fn counts(&self) -> LevelFormCounts {
        LevelFormCounts {
            plain: self.plain.0.len(),
            coarse: self.coarse.len(),
            masked: self.masked.len(),
            assumed: self.assumed.len(),
        }
    }

    /// Removes what was added after the counts were taken.
    pub(super) fn truncate(&mut self, before: LevelFormCounts) {
        if self.plain.0.len() > before.plain {
            self.plain.to_mut().0.truncate(before.plain);
        }
        self.coarse.truncate(before.coarse);
        self.masked.truncate(before.masked);
        self.assumed.truncate(before.assumed);
    }

    /// The facts that one rule may receive: each in the form that its type takes.
    pub(super) fn facts_for(&self, law: &ApplicableLaw<'_>, rule: &BoundEligibilityRule) -> Cow<'_, Facts> {
        if self.masked.is_empty() && self.assumed.is_empty() && rule.coarse.is_empty() {
            return Cow::Borrowed(&self.plain);
        }
        let mut facts = Record::new();
        for declared in &rule.compiled.rule_type().applicant {
            let Some(fact) = law.contract().fact(declared.name.as_str()) else { continue };
            let plain = field(&self.plain.0, &declared.name);
            let form = self.form_for(declared, fact, &declared.name, plain);
            facts.extend(form.map(|form| (declared.name.clone(), form)));
        }
        Cow::Owned(Facts(facts))
    }

    /// A fact or a part in the form that a rule's type takes; `plain` is its unmasked value.
    fn form_for(&self, declared: &RuleField, fact: &Fact, name: &FieldName, plain: Option<&Value>) -> Option<Value> {
        match (declared.value_type.inner(), plain) {
            (ValueType::Record(fields), Some(Value::Record(record))) => {
                Some(Value::Record(self.record_for(fields, fact, name, record)))
            }
            (ValueType::List(fields), Some(Value::List(items))) => {
                let item = |(index, item)| self.record_for(fields, fact, &name.item(index), item);
                Some(Value::List(items.iter().enumerate().map(item).collect()))
            }
            (_, plain) => {
                // A search assumes a fact by adding a form: the form that was added last counts.
                let assumed = self.assumed.iter().rev().find(|(assumed, _)| assumed == name).map(|(_, value)| value);
                match (plain.or(assumed), coarse_form(declared, fact)) {
                    (Some(value), None) => Some(value.clone()),
                    (Some(_), Some(mask)) => self.coarse_form(name, mask).cloned(),
                    (None, _) => {
                        let masked = self.masked.iter().rev().find(|masked| masked.name == *name)?;
                        takes_masked(declared, fact, masked.mask).then(|| masked.form.clone())
                    }
                }
            }
        }
    }

    fn record_for(&self, fields: &[RuleField], whole: &Fact, name: &FieldName, record: &Record) -> Record {
        let form = |declared: &RuleField| {
            let known = whole.fact_type.fields().iter().find(|known| known.name == declared.name)?;
            let plain = field(record, &declared.name);
            let value = self.form_for(declared, &known.part, &name.part(&declared.name), plain)?;
            Some((declared.name.clone(), value))
        };
        fields.iter().filter_map(form).collect()
    }

    fn coarse_form(&self, name: &FieldName, mask: Mask) -> Option<&Value> {
        self.coarse.iter().rev().find(|fact| fact.name == *name && fact.mask == mask).map(|fact| &fact.form)
    }
}

/// The admission of facts for the rule of a level, by the rulings on them.
struct Admission<'r> {
    law: &'r ApplicableLaw<'r>,
    rulings: &'r PrivacyRulings,
    level: usize,
}

impl Admission<'_> {
    /// The verdict on a fact or a part, by its name in the case.
    fn verdict_on(&self, name: &FieldName) -> Option<Verdict> {
        self.rulings.for_rule_of(self.level).verdict_on(name)
    }

    /// Whether a fact may be used whole, with all its parts.
    fn permits(&self, name: &FieldName, value: &Value) -> bool {
        self.verdict_on(name) == Some(Verdict::Permit)
            && self.law.contract().fact(name.as_str()).is_none_or(|fact| self.permits_parts(fact, name, value))
    }

    fn permits_parts(&self, whole: &Fact, name: &FieldName, value: &Value) -> bool {
        let record = |record: &Record, name: &FieldName| {
            record.iter().all(|(field, value)| {
                let Some(known) = whole.fact_type.fields().iter().find(|known| known.name == *field) else {
                    return true;
                };
                let part = name.part(field);
                let is_permitted = !known.is_ruled_on || self.verdict_on_part(whole, &part) == Some(Verdict::Permit);
                is_permitted && self.permits_parts(&known.part, &part, value)
            })
        };
        match value {
            Value::Record(fields) => record(fields, name),
            Value::List(items) => items.iter().enumerate().all(|(index, item)| record(item, &name.item(index))),
            _ => true,
        }
    }

    /// The verdict on a part of a fact: for a person of a list that on this person's, else the one on the part of every
    /// item.
    fn verdict_on_part(&self, whole: &Fact, name: &FieldName) -> Option<Verdict> {
        let is_in_list_of_people = self.law.contract().fact(whole.name.fact_name());
        match is_in_list_of_people.map(|fact| &fact.holder) {
            Some(Holder::EachItem) => self.rulings.for_rule_of(self.level).verdict_on_own_part(name),
            _ => self.verdict_on(&name.without_items()),
        }
    }

    /// Adds a fact that may be used, with those of its parts that may.
    fn add_permitted<'c>(&self, forms: &mut LevelForms<'c>, name: &FieldName, value: &'c Value) {
        let processed_on = self.rulings.disclosure().on;
        let admitted = match self.law.contract().fact(name.as_str()) {
            Some(fact) => self.admitted(forms, fact, name, value),
            None => value.clone(),
        };
        forms.add_plain(self.law, processed_on, name.clone(), admitted);
    }

    /// A value without the parts that may not be used; the masked ones are added to the forms.
    fn admitted(&self, forms: &mut LevelForms<'_>, whole: &Fact, name: &FieldName, value: &Value) -> Value {
        match value {
            Value::Record(record) => Value::Record(self.admitted_record(forms, whole, name, record)),
            Value::List(items) => {
                let item = |(index, item)| self.admitted_record(forms, whole, &name.item(index), item);
                Value::List(items.iter().enumerate().map(item).collect())
            }
            other => other.clone(),
        }
    }

    fn admitted_record(&self, forms: &mut LevelForms<'_>, whole: &Fact, name: &FieldName, record: &Record) -> Record {
        let mut admitted = Record::with_capacity(record.len());
        for (field, value) in record {
            let Some(known) = whole.fact_type.fields().iter().find(|known| known.name == *field) else { continue };
            let part = name.part(field);
            let verdict = match known.is_ruled_on {
                true => self.verdict_on_part(whole, &part),
                false => Some(Verdict::Permit),
            };
            match verdict {
                Some(Verdict::Permit) => {
                    admitted.push((field.clone(), self.admitted(forms, &known.part, &part, value)));
                }
                Some(Verdict::Mask(mask)) => forms.add_masked(self.law, self.rulings, &part, mask, value),
                Some(Verdict::Withhold) | None => {}
            }
        }
        admitted
    }
}

/// A value with those of its parts whose name meets a condition.
fn with_parts(name: &FieldName, value: &Value, is_kept: &impl Fn(&FieldName) -> bool) -> Value {
    let record = |name: &FieldName, record: &Record| -> Record {
        let kept = record.iter().filter_map(|(field, value)| {
            let part = name.part(field);
            is_kept(&part).then(|| (field.clone(), with_parts(&part, value, is_kept)))
        });
        kept.collect()
    };
    match value {
        Value::Record(fields) => Value::Record(record(name, fields)),
        Value::List(items) => {
            Value::List(items.iter().enumerate().map(|(index, item)| record(&name.item(index), item)).collect())
        }
        other => other.clone(),
    }
}
