//! Names of printed cases: cases that differ are named apart, so that each can be found and selected.

use std::collections::HashMap;

/// The names given so far.
#[derive(Debug, Default)]
pub(crate) struct CaseNames(HashMap<String, usize>);

impl CaseNames {
    /// The name itself the first time; later with a number.
    pub(crate) fn unique(&mut self, name: String) -> String {
        let count = self.0.entry(name.clone()).or_default();
        *count += 1;
        if *count == 1 { name } else { format!("{name} ({count})") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_was_given_gets_a_number() {
        let mut names = CaseNames::default();
        let given = ["age at 60", "age at 61", "age at 60", "age at 60"].map(|name| names.unique(name.to_owned()));
        assert_eq!(given, ["age at 60", "age at 61", "age at 60 (2)", "age at 60 (3)"]);
    }
}
