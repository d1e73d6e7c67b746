//! The words of the grammar, and what people type for them.

/// The words that are no names by themselves.
const KEYWORDS: &[&str] = &[
    "and",
    "between",
    "else",
    "every",
    "external",
    "false",
    "for",
    "function",
    "if",
    "in",
    "instance",
    "null",
    "of",
    "or",
    "return",
    "satisfies",
    "some",
    "then",
    "true",
];

/// The words of other languages, each with what FEEL has for it.
const SYNONYMS: &[(&str, &str)] = &[
    ("elseif", "else if"),
    ("elsif", "else if"),
    ("elif", "else if"),
    ("is", "="),
    ("equals", "="),
    ("eq", "="),
    ("ne", "!="),
    ("lt", "<"),
    ("le", "<="),
    ("gt", ">"),
    ("ge", ">="),
    ("satisfy", "satisfies"),
    ("where", "satisfies"),
    ("mod", "modulo(a, b)"),
    ("div", "/"),
    ("nil", "null"),
    ("none", "null"),
    ("yes", "true"),
    ("no", "false"),
    ("如果", "if"),
    ("若", "if"),
    ("那么", "then"),
    ("则", "then"),
    ("否则", "else"),
    ("且", "and"),
    ("并且", "and"),
    ("而且", "and"),
    ("和", "and"),
    ("与", "and"),
    ("或", "or"),
    ("或者", "or"),
    ("属于", "in"),
    ("等于", "="),
    ("不等于", "!="),
    ("大于", ">"),
    ("大于等于", ">="),
    ("小于", "<"),
    ("小于等于", "<="),
    ("不小于", ">="),
    ("不大于", "<="),
    ("真", "true"),
    ("是", "="),
    ("假", "false"),
    ("加", "+"),
    ("减", "-"),
    ("乘", "*"),
    ("除以", "/"),
];

pub(crate) fn is_keyword(word: &str) -> bool {
    KEYWORDS.contains(&word)
}

/// What FEEL has for a word of another language.
pub(crate) fn synonym(word: &str) -> Option<&'static str> {
    let lower = word.to_lowercase();
    SYNONYMS.iter().find(|(other, _)| *other == lower).map(|(_, feel)| *feel)
}

/// Which of some words a word was meant to be: one in other case, with another meaning the same, or one that is almost
/// the same.
pub(crate) fn meant<'w>(word: &str, candidates: &[&'w str]) -> Option<&'w str> {
    let lower = word.to_lowercase();
    let same = candidates.iter().find(|candidate| **candidate == lower || synonym(word) == Some(**candidate));
    same.copied().or_else(|| nearest(&lower, candidates.iter().copied()))
}

/// The candidate that a word is almost the same as: one letter is wrong, or two of more than five.
pub(crate) fn nearest<'w>(word: &str, candidates: impl Iterator<Item = &'w str>) -> Option<&'w str> {
    let length = word.chars().count();
    let most = match length {
        0 | 1 | 65.. => 0,
        2..=5 => 1,
        6..=64 => 2,
    };
    candidates
        .filter(|candidate| candidate.chars().count().abs_diff(length) <= most)
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= most && *distance > 0)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}
