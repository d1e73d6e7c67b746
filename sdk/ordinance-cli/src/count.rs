//! A count with its noun.

/// A count with the singular or the plural of its noun: `1 rule`, `2 rules`.
pub(crate) fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
