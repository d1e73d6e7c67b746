//! Makes generated facts agree, so that the host accepts them as those of one person: a number that follows from a day,
//! and what nobody has without something else.

use ordinance_domain::calendar::Date;
use ordinance_domain::contract::Contract;
use ordinance_domain::fact::Fact;
use ordinance_domain::facts::Facts;
use ordinance_domain::name::FieldName;
use ordinance_domain::value::{Record, Value, field};

/// Whether facts of the contract may contradict each other.
pub(crate) fn may_contradict(contract: &Contract) -> bool {
    let is_derived = |fact: &Fact| fact.with_parts().any(|part| part.derivation.is_some());
    contract.facts.iter().any(|fact| is_derived(fact) || !fact.implied_by.is_empty())
}

/// Makes facts agree on a day. A number becomes what follows from its day where `keeps_day` says so of the day; else
/// the day goes, and so does a day from which no number of the type follows. What implies a fact that is denied goes.
pub(crate) fn make_agree(contract: &Contract, facts: &mut Facts, as_of: Date, keeps_day: &dyn Fn(&Fact) -> bool) {
    let known: Vec<&Fact> = contract.facts.iter().collect();
    settle_numbers(&known, &mut facts.0, as_of, keeps_day);
    while let Some((_, implying)) = contract.contradiction(facts) {
        let implying = implying.clone();
        facts.0.retain(|(name, _)| *name != implying);
    }
}

/// Removes those of the facts that would keep a value of `name` from staying as it is: the day from which it would
/// follow, and the no of a fact that it implies.
pub(crate) fn give_way_to(contract: &Contract, facts: &mut Facts, name: &FieldName) {
    let Some(fact) = contract.fact(name.as_str()) else { return };
    if let Some(derivation) = &fact.derivation {
        facts.0.retain(|(known, _)| *known != derivation.from);
    }
    let is_denied = |known: &FieldName, value: &Value| {
        *value == Value::Bool(false) && contract.fact(known.as_str()).is_some_and(|fact| fact.implied_by.contains(name))
    };
    facts.0.retain(|(known, value)| !is_denied(known, value));
}

fn settle_numbers(known: &[&Fact], record: &mut Record, as_of: Date, keeps_day: &dyn Fn(&Fact) -> bool) {
    for fact in known {
        let source = known.iter().find(|source| source.is_source_of(fact));
        if let Some(source) = source {
            settle_number(fact, record, as_of, keeps_day(source));
        }
        let parts: Vec<&Fact> = fact.fact_type.fields().iter().map(|field| &field.part).collect();
        let Some(name) = fact.short_name().filter(|_| !parts.is_empty()) else { continue };
        match record.iter_mut().find(|(known, _)| *known == name).map(|(_, value)| value) {
            Some(Value::Record(fields)) => settle_numbers(&parts, fields, as_of, keeps_day),
            Some(Value::List(items)) => {
                items.iter_mut().for_each(|item| settle_numbers(&parts, item, as_of, keeps_day));
            }
            _ => {}
        }
    }
}

/// Makes one number agree with its day, or removes the day.
fn settle_number(fact: &Fact, record: &mut Record, as_of: Date, keeps_day: bool) {
    let (Some(derivation), Some(name)) = (&fact.derivation, fact.short_name()) else { return };
    let Some(Value::Date(from)) = field(record, &derivation.from) else { return };
    match fact.derived_number(*from, as_of).filter(|_| keeps_day) {
        None => record.retain(|(known, _)| *known != derivation.from),
        Some(number) => match record.iter_mut().find(|(known, _)| *known == name) {
            Some((_, value)) => *value = number,
            None => record.push((name, number)),
        },
    }
}
