//! Words of choices in the cells of tables, which need no quotes there: `registered` for `"registered"`.

use std::collections::{BTreeMap, BTreeSet};

use ordinance_domain::contract::Contract;
use ordinance_domain::fact::{Fact, FactType};
use ordinance_domain::value::Decimal;
use ordinance_feel::rule_text::RuleText;
use ordinance_feel::syntax::NumberColumn;

use super::rule_texts::{Gathered, Layer};

/// The words that stand for themselves, and what the facts are that a column may test.
#[derive(Default)]
pub(super) struct Words {
    /// The words of all choices of a contract, but for those that are also names in the rule's expressions.
    free: BTreeSet<String>,
    /// The words of each choice among the facts and their parts, by its path in expressions.
    choices: BTreeMap<String, BTreeSet<String>>,
    /// The numbers among them, by their paths.
    numbers: BTreeMap<String, NumberColumn>,
    /// The defined values that are another path, with that.
    aliases: BTreeMap<String, String>,
}

/// The words that stand for themselves in one column.
pub(super) struct ColumnWords<'w> {
    words: &'w Words,
    /// Those of the choice that the column tests, which no name hides.
    own: Option<&'w BTreeSet<String>>,
    /// What the numbers are that the column tests.
    pub(super) numbers: Option<&'w NumberColumn>,
}

/// Words that mean something else in an expression.
const RESERVED: [&str; 4] = ["true", "false", "null", "not"];
/// Of these, what a cell that tests a choice means by them.
const RESERVED_FOR_CHOICES: [&str; 2] = ["null", "not"];
/// How many defined values may stand for one another.
const ALIASES_MAX: usize = 100;

impl Words {
    /// The words of the choices of a contract. `text` has all of the rule but its tables, whose names are in `layers`.
    pub(super) fn of(
        contract: &Contract,
        layers: &[Layer],
        text: &RuleText,
        parameters: &[String],
        gathered: &Gathered,
    ) -> Self {
        let (mut words, mut found) = (BTreeSet::new(), Self::default());
        for fact in &contract.facts {
            fact.with_parts().for_each(|part: &Fact| collect(&part.fact_type, &mut words));
            for path in [fact.name.to_string(), format!("facts.{}", fact.name)] {
                found.add(&path, &fact.fact_type);
            }
        }
        contract.grant.iter().for_each(|field| collect(&field.fact_type, &mut words));
        let defined = text.defines.iter().map(|(name, _)| name.as_str());
        let tables = layers.iter().flat_map(|layer| &layer.expressions.tables).map(|table| table.name.text.as_str());
        let facts = contract.facts.iter().map(|fact| fact.name.as_str());
        let criteria = text.criteria.iter().map(|criterion| criterion.id.replace('-', "_"));
        let names: BTreeSet<String> = (defined.chain(tables).chain(facts).map(str::to_owned))
            .chain(criteria)
            .chain(parameters.iter().cloned())
            .chain(RESERVED.map(str::to_owned))
            .collect();
        words.retain(|word| !names.contains(word) && !word.starts_with(|first: char| first.is_ascii_digit()));
        let aliases = text.defines.iter().map(|(name, id)| (name.clone(), gathered.text(*id).trim().to_owned()));
        Self { free: words, aliases: aliases.collect(), ..found }
    }

    /// Adds a fact or a part of one by its path, and the parts of a record.
    fn add(&mut self, path: &str, fact_type: &FactType) {
        match fact_type {
            FactType::Choice(words) => {
                self.choices.insert(path.to_owned(), words.iter().cloned().collect());
            }
            FactType::Integer { min, max } => {
                let numbers = NumberColumn { least: i128::from(*min), most: i128::from(*max), scale: 0 };
                self.numbers.insert(path.to_owned(), numbers);
            }
            FactType::Decimal { min, max, scale } => {
                self.numbers.extend(numbers_of(*min, *max, *scale).map(|numbers| (path.to_owned(), numbers)));
            }
            FactType::Record(fields) => {
                for field in fields {
                    self.add(&format!("{path}.{}", field.name), &field.part.fact_type);
                }
            }
            FactType::Bool | FactType::Date | FactType::Text { .. } | FactType::List { .. } => {}
        }
    }

    /// Those of a column of conditions on an expression.
    pub(super) fn of_column(&self, input: &str) -> ColumnWords<'_> {
        let mut path = input.trim();
        for _ in 0..ALIASES_MAX {
            match self.aliases.get(path) {
                Some(next) => path = next,
                None => break,
            }
        }
        ColumnWords { words: self, own: self.choices.get(path), numbers: self.numbers.get(path) }
    }

    /// Those of a column of outputs.
    pub(super) fn of_outputs(&self) -> ColumnWords<'_> {
        ColumnWords { words: self, own: None, numbers: None }
    }
}

impl ColumnWords<'_> {
    /// Whether a name stands for the word that it is.
    pub(super) fn has(&self, word: &str) -> bool {
        let is_own = |own: &BTreeSet<String>| own.contains(word) && !RESERVED_FOR_CHOICES.contains(&word);
        self.own.is_some_and(is_own) || self.words.free.contains(word)
    }

    /// The text with quotes around each word, and for each of its bytes and for its end the byte of `text`. `None` if
    /// there is no word in it.
    pub(super) fn quoted(&self, text: &str) -> Option<(String, Vec<usize>)> {
        let mut found = String::new();
        let mut bytes = Vec::new();
        let mut has_words = false;
        for (start, part) in parts(text) {
            let word = part.trim();
            let at = start + (part.len() - part.trim_start().len());
            if !self.has(word) {
                found.push_str(part);
                bytes.extend(start..start + part.len());
                continue;
            }
            has_words = true;
            found.push_str(&format!("\"{word}\""));
            bytes.push(at);
            bytes.extend(at..at + word.len());
            bytes.push(at + word.len());
        }
        bytes.push(text.len());
        has_words.then_some((found, bytes))
    }
}

fn collect(fact_type: &FactType, words: &mut BTreeSet<String>) {
    if let FactType::Choice(choices) = fact_type {
        words.extend(choices.iter().cloned());
    }
}

/// What the numbers of a fact are; `None` if they have more digits than are counted.
fn numbers_of(min: Decimal, max: Decimal, scale: u32) -> Option<NumberColumn> {
    let digits = |number: Decimal| {
        let number = number.normalize();
        number.mantissa().checked_mul(10_i128.checked_pow(scale.checked_sub(number.scale())?)?)
    };
    Some(NumberColumn { least: digits(min)?, most: digits(max)?, scale: u8::try_from(scale).ok()? })
}

/// The parts of a cell between commas and parentheses, and these signs themselves, each with its byte. What is between
/// quotes is one part.
fn parts(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut is_quoted = false;
    for (at, letter) in text.char_indices() {
        match letter {
            '"' => is_quoted = !is_quoted,
            ',' | '(' | ')' if !is_quoted => {
                found.extend(text.get(start..at).map(|part| (start, part)));
                found.extend(text.get(at..at + 1).map(|sign| (at, sign)));
                start = at + 1;
            }
            _ => {}
        }
    }
    found.extend(text.get(start..).map(|part| (start, part)));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_alone_get_quotes_and_keep_their_places() {
        let free = ["low".to_owned(), "dibao-margin".to_owned()].into();
        let words = Words { free, ..Words::default() };
        let quoted = |text: &str| words.of_outputs().quoted(text);
        assert_eq!(quoted("low"), Some(("\"low\"".to_owned(), vec![0, 0, 1, 2, 3, 3])));
        assert_eq!(quoted("low, dibao-margin").unwrap().0, "\"low\",\"dibao-margin\"");
        assert_eq!(quoted("not( low )").unwrap().0, "not(\"low\")");
        assert_eq!(quoted("low").unwrap().1.len(), "\"low\"".len() + 1);
        for other in ["\"low\"", "lower", "low + 1", "\"a, low\"", "-", ""] {
            assert_eq!(quoted(other), None, "{other}");
        }
    }

    #[test]
    fn a_word_of_the_choice_of_a_column_is_that_word_though_a_name_is_the_same() {
        let choices = [("home.kind".to_owned(), ["rent".to_owned(), "null".to_owned()].into())].into();
        let aliases = [("kind".to_owned(), "home.kind".to_owned()), ("round".to_owned(), "round".to_owned())].into();
        let words = Words { choices, aliases, ..Words::default() };
        let quoted = |input: &str, text: &str| words.of_column(input).quoted(text).map(|(quoted, _)| quoted);
        assert_eq!(quoted("home.kind", "rent, other"), Some("\"rent\", other".to_owned()));
        assert_eq!(quoted(" kind ", "not(rent)"), Some("not(\"rent\")".to_owned()));
        assert_eq!(quoted("kind", "null"), None);
        assert_eq!(quoted("income", "rent"), None);
        assert_eq!(quoted("round", "rent"), None);
    }
}
