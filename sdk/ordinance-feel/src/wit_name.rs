//! Names in the text of WIT.

/// The words that WIT reads otherwise than as names, unless `%` stands before them.
const KEYWORDS: [&str; 46] = [
    "as",
    "async",
    "bool",
    "borrow",
    "char",
    "constructor",
    "enum",
    "error-context",
    "export",
    "f32",
    "f64",
    "flags",
    "from",
    "func",
    "future",
    "import",
    "include",
    "interface",
    "list",
    "map",
    "option",
    "own",
    "package",
    "record",
    "resource",
    "result",
    "s16",
    "s32",
    "s64",
    "s8",
    "static",
    "stream",
    "string",
    "tuple",
    "type",
    "u16",
    "u32",
    "u64",
    "u8",
    "use",
    "variant",
    "with",
    "world",
    "float32",
    "float64",
    "default",
];

/// A name of the rulebook, or of WIT, as it stands in the text of WIT: words joined by `-`, with `%` before a word that
/// WIT reads otherwise.
#[must_use]
pub fn wit_text(name: &str) -> String {
    let name = name.replace('_', "-");
    if KEYWORDS.contains(&name.as_str()) { format!("%{name}") } else { name }
}
