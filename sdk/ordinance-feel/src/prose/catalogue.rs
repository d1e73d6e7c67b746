//! The words of a phrase or of a function in a language.

use ordinance_feel_runtime::Builtin;

use super::phrase::Phrase;
use super::{chinese, english};

/// A language in which expressions are explained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English, also where a language isn't known.
    English,
    /// Chinese in simplified characters.
    Chinese,
}

impl Language {
    /// The language of a code such as `zh`; of one that isn't known, English.
    #[must_use]
    pub fn of_code(code: &str) -> Self {
        let primary = code.split(['-', '_']).next().unwrap_or_default();
        if primary.eq_ignore_ascii_case("zh") { Self::Chinese } else { Self::English }
    }

    /// The words for a phrase, with `{0}` where its first part stands.
    pub(super) fn words(self, phrase: Phrase) -> &'static str {
        let phrases = match self {
            Self::English => english::PHRASES,
            Self::Chinese => chinese::PHRASES,
        };
        phrases.iter().find(|(other, _)| *other == phrase).map_or("{0}", |(_, words)| *words)
    }

    /// The words for the call of a built-in function with so many arguments.
    pub(super) fn function(self, function: Builtin, arguments: usize) -> Option<&'static str> {
        let functions = match self {
            Self::English => english::FUNCTIONS,
            Self::Chinese => chinese::FUNCTIONS,
        };
        functions.iter().find(|(other, count, _)| *other == function && *count == arguments).map(|(_, _, words)| *words)
    }

    /// The words for a property of a day, a time, a duration or a range.
    pub(super) fn property(self, name: &str) -> Option<&'static str> {
        let properties = match self {
            Self::English => english::PROPERTIES,
            Self::Chinese => chinese::PROPERTIES,
        };
        properties.iter().find(|(other, _)| *other == name).map(|(_, words)| *words)
    }

    /// The words for a month from 1 to 12.
    pub(super) fn month(self, month: usize) -> Option<&'static str> {
        let months = match self {
            Self::English => english::MONTHS,
            Self::Chinese => chinese::MONTHS,
        };
        months.get(month.checked_sub(1)?).copied()
    }

    /// A phrase with its parts.
    pub(super) fn say(self, phrase: Phrase, parts: &[&str]) -> String {
        fill(self.words(phrase), parts)
    }
}

/// A template with its parts in the places of `{0}`, `{1}` and so on.
pub(super) fn fill(template: &str, parts: &[&str]) -> String {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let Some((index, after)) = after.split_once('}') else { break };
        let part = index.parse().ok().and_then(|index: usize| parts.get(index));
        text.push_str(part.copied().unwrap_or_default());
        rest = after;
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// The parts that a template takes, sorted.
    fn parts(template: &str) -> Vec<&str> {
        let mut parts: Vec<&str> = template.split('{').skip(1).filter_map(|part| part.split('}').next()).collect();
        parts.sort_unstable();
        parts.dedup();
        parts
    }

    fn phrases(list: &'static [(Phrase, &'static str)]) -> BTreeMap<String, Vec<&'static str>> {
        let found: BTreeMap<_, _> = list.iter().map(|(key, words)| (format!("{key:?}"), parts(words))).collect();
        assert_eq!(found.len(), list.len(), "no phrase stands twice");
        found
    }

    fn functions(list: &'static [(Builtin, usize, &'static str)]) -> BTreeMap<String, Vec<&'static str>> {
        let found: BTreeMap<_, _> =
            list.iter().map(|(key, count, words)| (format!("{key:?}/{count}"), parts(words))).collect();
        assert_eq!(found.len(), list.len(), "no function stands twice");
        found
    }

    #[test]
    fn both_languages_have_the_same_phrases_with_the_same_parts() {
        assert_eq!(phrases(english::PHRASES), phrases(chinese::PHRASES));
        assert_eq!(functions(english::FUNCTIONS), functions(chinese::FUNCTIONS));
        let keys = |list: &[(&'static str, &str)]| list.iter().map(|(key, _)| *key).collect::<Vec<_>>();
        assert_eq!(keys(english::PROPERTIES), keys(chinese::PROPERTIES));
        assert_eq!(english::MONTHS.len(), 12);
        assert_eq!(chinese::MONTHS.len(), 12);
        assert!(english::PHRASES.iter().any(|(phrase, _)| *phrase == Phrase::All));
        assert!(english::PHRASES.iter().any(|(phrase, _)| *phrase == Phrase::ThisValue));
        assert_eq!(english::PHRASES.len(), Phrase::ThisValue as usize + 1, "every phrase has its words");
    }

    #[test]
    fn every_function_has_words_that_name_all_its_arguments() {
        for function in Builtin::ALL {
            assert!(english::FUNCTIONS.iter().any(|(other, _, _)| other == function), "{function:?}");
        }
        for (function, count, words) in english::FUNCTIONS {
            assert_eq!(parts(words).len(), *count, "{function:?}");
        }
    }

    #[test]
    fn a_code_names_a_language() {
        assert_eq!(Language::of_code("zh-Hans"), Language::Chinese);
        assert_eq!(Language::of_code("en"), Language::English);
        assert_eq!(Language::of_code("de"), Language::English);
    }
}
