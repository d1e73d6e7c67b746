//! What the page gives: the types of the rules, which it can't read from components, and the way to call them.

use std::collections::HashMap;

/// Calls a rule by its digest (64 hexadecimal digits): the arguments and the result are JSON, as
/// [`crate::browser::json`] writes and reads them. `None` if the rule trapped.
pub type CallRule = fn(digest: &str, arguments: &str) -> Option<String>;

/// The rules that a page has, and its way to call them.
#[derive(Debug)]
pub struct Sandbox {
    /// The types as JSON, by the digests of the components.
    pub(crate) types: HashMap<String, String>,
    pub(crate) call_rule: CallRule,
}

impl Sandbox {
    /// `types` has the type of each component as `type_json` of a compiled rule tells it, by the SHA-256 of the
    /// component.
    #[must_use]
    pub fn in_browser(types: HashMap<String, String>, call_rule: CallRule) -> Self {
        Self { types, call_rule }
    }
}
