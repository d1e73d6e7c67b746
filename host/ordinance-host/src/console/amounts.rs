//! The amounts of a place's law: the numbers of its rule in the unit of what the service grants. What a person gets may
//! depend on the case; these are the numbers that the law states.

use ordinance_domain::calendar::LawDay;
use ordinance_domain::contract::{Contract, GrantField};
use ordinance_domain::parameters::Parameter;
use ordinance_domain::rule_head::RuleHead;
use ordinance_domain::unit::Unit;
use ordinance_domain::value::{Decimal, Value};
use ordinance_pages::{ReadingLanguage, quantity, unit_label};

use ordinance_dialogue::values::value_text;

/// The field of a service's grant whose amounts are compared, with its unit.
#[derive(Clone, Copy)]
pub(super) struct AmountField<'a> {
    pub(super) field: &'a GrantField,
    unit: &'a Unit,
}

/// The least and the greatest number of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct AmountRange {
    pub(super) least: Decimal,
    pub(super) most: Decimal,
}

impl<'a> AmountField<'a> {
    /// The first field that is a number with a unit; `None` if the service grants none.
    pub(super) fn of(contract: &'a Contract) -> Option<Self> {
        contract.grant.iter().find_map(|field| Some(Self { field, unit: field.unit.as_ref()? }))
    }

    /// The numbers of a rule on a day: the parameter with the name of the field, or else all in its unit.
    pub(super) fn amounts(self, rule: &RuleHead, day: LawDay) -> Option<AmountRange> {
        let named = rule.parameters.iter().find(|parameter| parameter.name == self.field.name);
        let in_unit = rule.parameters.iter().filter(|parameter| parameter.unit.as_ref() == Some(self.unit));
        let wanted: Vec<_> = named.map_or_else(|| in_unit.collect(), |named| vec![named]);
        let numbers = wanted.into_iter().filter_map(|parameter| number_of(&parameter.on(day)?.value));
        numbers.fold(None, |range: Option<AmountRange>, number| {
            let range = range.unwrap_or(AmountRange { least: number, most: number });
            Some(AmountRange { least: range.least.min(number), most: range.most.max(number) })
        })
    }

    /// In what the amounts stand.
    pub(super) fn unit_words(self, language: ReadingLanguage) -> String {
        unit_label(language, self.unit)
    }

    pub(super) fn words(self, amounts: AmountRange, language: ReadingLanguage) -> String {
        quantity(language, &amounts.numbers(), Some(self.unit), false)
    }
}

impl AmountRange {
    /// One number, or the least and the greatest.
    pub(super) fn numbers(self) -> String {
        if self.least == self.most { self.least.to_string() } else { format!("{}–{}", self.least, self.most) }
    }
}

/// The number of a parameter, which a manifest writes as a number or, if it is exact, as a text.
pub(super) fn number_of(value: &Value) -> Option<Decimal> {
    match value {
        Value::Text(text) => text.parse().ok(),
        value => value.number(),
    }
}

/// A value of a parameter in words.
pub(super) fn parameter_text(parameter: &Parameter, value: &Value, language: ReadingLanguage) -> String {
    match (value, number_of(value)) {
        (Value::Text(_), Some(number)) => quantity(language, &number.to_string(), parameter.unit.as_ref(), false),
        (value, _) => value_text(value, None, parameter.unit.as_ref(), language),
    }
}

/// The shade of each amount by its greatest number, 0 the lightest and 4 the darkest, so that each shade has about as
/// many.
pub(super) fn shades(amounts: impl Iterator<Item = AmountRange>) -> Vec<(AmountRange, u8)> {
    let mut known: Vec<AmountRange> = amounts.collect();
    known.sort_unstable_by_key(|amount| (amount.most, amount.least));
    known.dedup();
    let mut greatest: Vec<Decimal> = known.iter().map(|amount| amount.most).collect();
    greatest.dedup();
    let count = greatest.len().max(1);
    let shade = |amount: &AmountRange| {
        let at = greatest.iter().position(|most| *most == amount.most).unwrap_or_default();
        u8::try_from(at * 5 / count).unwrap_or(4).min(4)
    };
    known.iter().map(|amount| (*amount, shade(amount))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shades_go_from_the_least_to_the_greatest_amount() {
        let amount = |number: i64| AmountRange { least: number.into(), most: number.into() };
        let found = shades([30, 10, 20, 10, 50, 40].map(amount).into_iter());
        let shown: Vec<(String, u8)> = found.iter().map(|(amount, shade)| (amount.numbers(), *shade)).collect();
        let expected = [("10", 0), ("20", 1), ("30", 2), ("40", 3), ("50", 4)];
        assert_eq!(shown, expected.map(|(number, shade)| (number.to_owned(), shade)));
        assert!(shades(std::iter::empty()).is_empty());
    }
}
