//! Words of choices in the cells of tables, which need no quotes there: `registered` for `"registered"`.

use std::collections::BTreeSet;

use ordinance_domain::contract::Contract;
use ordinance_domain::fact::{Fact, FactType};
use ordinance_feel::rule_text::RuleText;

/// The words that stand for themselves.
pub(super) struct Words(BTreeSet<String>);

/// Words that mean something else in an expression.
const RESERVED: [&str; 4] = ["true", "false", "null", "not"];

impl Words {
    /// The words of the choices of a contract, but for those that are also names in the rule's expressions.
    pub(super) fn of(contract: &Contract, text: &RuleText, parameters: &[String]) -> Self {
        let mut words = BTreeSet::new();
        for fact in &contract.facts {
            fact.with_parts().for_each(|part: &Fact| collect(&part.fact_type, &mut words));
        }
        contract.grant.iter().for_each(|field| collect(&field.fact_type, &mut words));
        let defined = text.defines.iter().map(|(name, _)| name.as_str());
        let tables = text.tables.iter().map(|table| table.name.as_str());
        let facts = contract.facts.iter().map(|fact| fact.name.as_str());
        let criteria = text.criteria.iter().map(|criterion| criterion.id.replace('-', "_"));
        let names: BTreeSet<String> = (defined.chain(tables).chain(facts).map(str::to_owned))
            .chain(criteria)
            .chain(parameters.iter().cloned())
            .chain(RESERVED.map(str::to_owned))
            .collect();
        words.retain(|word| !names.contains(word) && !word.starts_with(|first: char| first.is_ascii_digit()));
        Self(words)
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
            if !self.0.contains(word) {
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
        let words = Words(["low".to_owned(), "dibao-margin".to_owned()].into());
        let quoted = |text: &str| words.quoted(text);
        assert_eq!(quoted("low"), Some(("\"low\"".to_owned(), vec![0, 0, 1, 2, 3, 3])));
        assert_eq!(quoted("low, dibao-margin").unwrap().0, "\"low\",\"dibao-margin\"");
        assert_eq!(quoted("not( low )").unwrap().0, "not(\"low\")");
        assert_eq!(quoted("low").unwrap().1.len(), "\"low\"".len() + 1);
        for other in ["\"low\"", "lower", "low + 1", "\"a, low\"", "-", ""] {
            assert_eq!(quoted(other), None, "{other}");
        }
    }
}
