//! What privacy law rules on the facts of one case: for the rules of each level, and for the recipient.

use std::sync::Arc;

use super::{Disclosure, GivenRulings, Obligation, PrivacyLayer, PrivacyRulings, Rulings, Verdict};
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
        for used in for_upper_rules.iter().chain([&for_rules]).flat_map(|rulings| &rulings.facts) {
            let shown = for_recipient.ruling_on(&used.fact);
            let is_hidden = shown.is_some_and(|shown| !used.verdict.is_as_strict_as(shown.verdict));
            if is_hidden && !hidden.contains(&used.fact) {
                hidden.push(used.fact.clone());
            }
        }
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
        Self { given: Arc::new(given), age_neutral: None }
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
        for ruled in ruled.filter(|ruled| used.contains(&ruled.fact) && ruled.verdict != Verdict::Withhold) {
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

    /// Whether rules may use the fact and it must not influence the recipient's view of the decision.
    #[must_use]
    pub fn hides(&self, fact: &FieldName) -> bool {
        self.given.hidden.contains(fact)
    }
}
