//! Names that mean something else in an expression: words of the language and built-in functions.

use ordinance_domain::contract::Contract;
use ordinance_domain::manifest::Manifest;
use ordinance_feel_runtime::Builtin;

use super::checker::Checker;
use crate::rule_text::RuleText;
use crate::source_text::{ExpressionError, TextId};
use crate::syntax::is_keyword;
use crate::syntax::mentions::words_alone;

/// What stands before the point of a long name, and the name of an item of a list.
const OTHERS: [&str; 4] = ["criteria", "facts", "parameters", "item"];

impl Checker<'_> {
    /// Tells a value or a table of the author whose name means something else.
    pub(crate) fn check_reserved(&mut self, name: &str, text: TextId) {
        let kind = if is_keyword(name) {
            "a word of the language"
        } else if Builtin::named(name).is_some() {
            "a built-in function"
        } else if OTHERS.contains(&name) {
            "a word with a meaning of its own in expressions"
        } else {
            return;
        };
        let message = format!("`{name}` is {kind}, and can't be the name of a value");
        self.fault::<()>(self.place_of(text), message, "give the value another name");
    }
}

/// The faults, each with the long names of the facts and parameters that its text can't name by one word.
pub(super) fn with_long_names(
    faults: Vec<ExpressionError>,
    rule: &RuleText,
    contract: &Contract,
    manifest: &Manifest,
) -> Vec<ExpressionError> {
    let facts = contract.facts.iter().map(|fact| (fact.name.as_str(), "fact", "facts"));
    let parameters = manifest.parameters.iter().map(|named| (named.name.as_str(), "parameter", "parameters"));
    let hidden: Vec<_> = facts.chain(parameters).filter(|(name, ..)| is_keyword(name)).collect();
    let with_names = |mut fault: ExpressionError| {
        let words = rule.texts.0.get(fault.place.text.0).map(|text| words_alone(&text.text)).unwrap_or_default();
        for (name, one, all) in hidden.iter().filter(|(name, ..)| words.iter().any(|word| word == name)) {
            let note = format!("`{name}` is a word of the language; the {one} of that name is `{all}.{name}`");
            fault.help = Some(fault.help.map_or_else(|| note.clone(), |help| format!("{help}; {note}")));
        }
        fault
    };
    faults.into_iter().map(with_names).collect()
}
