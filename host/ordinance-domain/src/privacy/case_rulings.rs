//! What privacy law rules on the facts of one case: for the rules of each level, and for the recipient.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{
    Disclosure, GivenRulings, Obligation, PersonPlace, PrivacyLayer, PrivacyRulings, RuledPeople, Rulings, Verdict,
};
use crate::calendar::Date;
use crate::name::FieldName;

impl PrivacyRulings {
    /// The rulings of one chain on the same facts, for rules and for the recipient. `for_upper_rules` are those for the
    /// rules of the uppermost levels, top first, where the law of lower levels doesn't bind them; else it is empty.
    #[must_use]
    pub fn new(
        disclosure: Disclosure,
        for_rules: Rulings,
        for_upper_rules: Vec<Rulings>,
        for_recipient: Rulings,
    ) -> Self {
        let mut hidden = Vec::new();
        for rulings in for_upper_rules.iter().chain([&for_rules]) {
            for used in &rulings.facts {
                let shown = for_recipient.ruling_on(&used.fact);
                let is_shown_less = shown.is_some_and(|shown| !used.verdict.is_as_strict_as(shown.verdict));
                // No rule gets a part of what it may not use, so nothing rests on the part.
                if is_shown_less && rulings.permit_around(&used.fact) {
                    hidden.push(used.fact.clone());
                }
            }
        }
        hidden.sort_unstable();
        hidden.dedup();
        let differ_by_level = for_upper_rules.iter().any(|upper| !upper.has_verdicts_of(&for_rules));
        let given = GivenRulings {
            disclosure,
            for_rules,
            for_upper_rules,
            for_recipient,
            hidden,
            differ_by_level,
            also_on: None,
        };
        Self { given: Arc::new(given), age_neutral: None, people: Vec::new() }
    }

    /// These rulings with those on the facts of other people of the same case, each under its name in the case.
    fn joined_with<'p>(&self, people: impl Iterator<Item = (&'p PersonPlace, &'p Self)> + Clone) -> Self {
        let given = self.given.as_ref();
        let of_others =
            |of: fn(&'p Self) -> &'p Rulings| people.clone().map(move |(place, others)| (place, of(others)));
        let levels = people.clone().map(|(_, others)| others.given.for_upper_rules.len());
        let levels = levels.max().unwrap_or_default().max(given.for_upper_rules.len());
        let of_level = |level: usize| {
            self.for_rule_of(level)
                .with_people(people.clone().map(|(place, others)| (place, others.for_rule_of(level))))
        };
        let for_upper_rules = (0..levels).map(of_level).collect();
        let for_rules = given.for_rules.with_people(of_others(Self::for_rules));
        let for_recipient = given.for_recipient.with_people(of_others(Self::for_recipient));
        let all = Self::new(given.disclosure.clone(), for_rules, for_upper_rules, for_recipient);
        all.also_ruled_on(given.also_on)
    }

    /// These rulings with those on the facts of other people of the same case, and with the reasons that the recipient
    /// may see, of people of unknown age where that is hidden.
    #[must_use]
    pub fn with_people<'p>(&self, people: impl Iterator<Item = (&'p PersonPlace, &'p Self)> + Clone) -> Self {
        let hides_age = |rulings: &Self| rulings.age_neutral.is_some();
        let age_neutral = (hides_age(self) || people.clone().any(|(_, others)| hides_age(others)))
            .then(|| self.explained().joined_with(people.clone().map(|(place, others)| (place, others.explained()))));
        let groups = RuledPeople::groups_of(people.clone().map(|(place, others)| (place, others.disclosure())));
        Self { people: groups, ..self.joined_with(people).with_age_neutral(age_neutral) }
    }

    /// The other people of the case whose facts are among these.
    #[must_use]
    pub fn people(&self) -> &[RuledPeople] {
        &self.people
    }

    /// The rulings with another day, which counted as well.
    pub(super) fn also_ruled_on(self, day: Option<Date>) -> Self {
        let given = GivenRulings { also_on: day, ..Arc::unwrap_or_clone(self.given) };
        Self { given: Arc::new(given), ..self }
    }

    /// Another day than that of the processing, whose law counts as well.
    #[must_use]
    pub fn also_on(&self) -> Option<Date> {
        self.given.also_on
    }

    /// The recipient, the purpose and the legal basis.
    #[must_use]
    pub fn disclosure(&self) -> &Disclosure {
        &self.given.disclosure
    }

    /// The rulings of all levels on the use of facts by rules.
    #[must_use]
    pub fn for_rules(&self) -> &Rulings {
        &self.given.for_rules
    }

    /// The rulings on the use of facts by the rule of a level; `level` is its index in the chain of the law, from the
    /// top.
    #[must_use]
    pub fn for_rule_of(&self, level: usize) -> &Rulings {
        self.given.for_upper_rules.get(level).unwrap_or(&self.given.for_rules)
    }

    /// The verdict on the use, by the rule of a level, of a fact or of the part that a path names in the case: that on
    /// the part itself, else on what is around it.
    #[must_use]
    pub fn verdict_for_rule_of(&self, level: usize, path: &FieldName) -> Option<Verdict> {
        let rulings = self.for_rule_of(level);
        let mut verdict = None;
        let mut name: Option<FieldName> = None;
        for (step, index) in path.steps() {
            let Ok(step) = FieldName::new(step) else { return None };
            let whole = name.as_ref().map_or_else(|| step.clone(), |whole| whole.part(&step));
            let ruled = rulings.verdict_on_part(&whole);
            verdict = match (verdict, ruled) {
                (Some(around), Some(own)) => Some(Verdict::join(around, own)),
                (around, own) => own.or(around),
            };
            name = Some(index.map_or_else(|| whole.clone(), |index| whole.item(index)));
        }
        verdict
    }

    /// How many of the uppermost levels have rules that receive other facts, or other forms of them, than those of the
    /// levels below.
    #[must_use]
    pub fn levels_told_apart(&self) -> usize {
        if self.given.differ_by_level { self.given.for_upper_rules.len() } else { 0 }
    }

    /// The rulings on what the recipient may see of the facts, and of what follows from them.
    #[must_use]
    pub fn for_recipient(&self) -> &Rulings {
        &self.given.for_recipient
    }

    /// The same rulings, with those on a person of unknown age where these are the ones to be explained.
    #[must_use]
    pub fn with_age_neutral(self, age_neutral: Option<Self>) -> Self {
        Self { age_neutral: age_neutral.map(Arc::new), ..self }
    }

    /// Whether other rulings are the same, with the same reasons, whatever the processing on which they are.
    #[must_use]
    pub fn rule_as(&self, other: &Self) -> bool {
        let (own, theirs) = (self.given.as_ref(), other.given.as_ref());
        own.for_rules == theirs.for_rules
            && own.for_upper_rules == theirs.for_upper_rules
            && own.for_recipient == theirs.for_recipient
    }

    /// The rulings whose reasons the recipient may see.
    #[must_use]
    pub fn explained(&self) -> &Self {
        self.age_neutral.as_deref().unwrap_or(self)
    }

    /// Each obligation on the facts in `used`, with these facts, in the order of the rulings. Two retention times give
    /// two entries.
    #[must_use]
    pub fn obligations_on(&self, used: &[FieldName]) -> Vec<(Obligation, Vec<&FieldName>)> {
        let mut all: Vec<(Obligation, Vec<&FieldName>)> = Vec::new();
        let given = self.given.as_ref();
        let upper = given.for_upper_rules.iter().flat_map(|rulings| &rulings.facts);
        let ruled = upper.chain(&given.for_rules.facts).chain(&given.for_recipient.facts);
        let used: BTreeSet<&FieldName> = used.iter().collect();
        for ruled in ruled.filter(|ruled| ruled.verdict != Verdict::Withhold && used.contains(&ruled.fact)) {
            for obligation in &ruled.obligations {
                match all.iter_mut().find(|(known, _)| known == obligation) {
                    Some((_, facts)) if facts.contains(&&ruled.fact) => {}
                    Some((_, facts)) => facts.push(&ruled.fact),
                    None => all.push((*obligation, vec![&ruled.fact])),
                }
            }
        }
        all
    }

    /// The results of every privacy rule of the chain, top first. A rule that failed for either purpose counts as
    /// failed.
    pub fn layers(&self) -> impl Iterator<Item = &PrivacyLayer> {
        // The chain and the day are the same for both, and so are the rules.
        let pairs = self.given.for_rules.layers.iter().zip(&self.given.for_recipient.layers);
        pairs.map(
            |(for_rules, for_recipient)| {
                if for_rules.result.is_ok() && for_recipient.result.is_err() { for_recipient } else { for_rules }
            },
        )
    }

    /// Whether the recipient may see the whole decision.
    #[must_use]
    pub fn hides_nothing(&self) -> bool {
        self.given.hidden.is_empty()
    }

    /// Whether rules may use the fact, or the part of a fact that a path names in the case, and it must not influence
    /// the recipient's view of the decision. What is around a part hides the part too.
    #[must_use]
    pub fn hides(&self, path: &FieldName) -> bool {
        let is_hidden_as = |name: &FieldName| self.given.hidden.binary_search(name).is_ok();
        // In the case, as one person's part, and in the catalogue.
        let is_hidden = |name: &FieldName| {
            let is_part_hidden =
                || name.in_first_item().is_some_and(|name| is_hidden_as(&name)) || is_hidden_as(&name.without_items());
            is_hidden_as(name) || (name.has_items() && is_part_hidden())
        };
        !self.given.hidden.is_empty() && path.with_wholes().any(|name| is_hidden(&name))
    }

    /// Whether the recipient may be told which parts a fact has: each fact or part around this path may be shown as it
    /// is. Else the path itself would tell how many items a list has, or what is in a record.
    #[must_use]
    pub fn tells_parts_around(&self, path: &FieldName) -> bool {
        self.given.for_recipient.permit_around(path)
    }

    /// Whether the rule of some level may use each fact or part around this path.
    #[must_use]
    pub fn let_rules_use_around(&self, path: &FieldName) -> bool {
        let given = self.given.as_ref();
        given.for_upper_rules.iter().chain([&given.for_rules]).any(|rulings| rulings.permit_around(path))
    }

    /// The facts that rules may use and that must not influence the recipient's view of the decision, in the order of
    /// their names.
    #[must_use]
    pub fn hidden(&self) -> &[FieldName] {
        &self.given.hidden
    }
}
