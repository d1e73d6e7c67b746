//! Names as WIT writes them: the same words as elsewhere, with `-` in the place of `_`.

use ordinance_domain::name::{FieldName, NameError};

/// A name as WIT writes it.
#[must_use]
pub fn to_wit(name: &FieldName) -> String {
    name.as_str().replace('_', "-")
}

/// Reads a name that WIT writes.
///
/// # Errors
/// [`NameError`] if the WIT name has upper-case words (WIT allows `HTTP-code`; names of facts don't).
pub fn from_wit(name: &str) -> Result<FieldName, NameError> {
    FieldName::new(&name.replace('-', "_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_maps_to_wit_and_back() {
        let name = FieldName::new("household_scheme").unwrap();
        assert_eq!(to_wit(&name), "household-scheme");
        assert_eq!(from_wit("household-scheme").unwrap(), name);
        assert!(from_wit("HTTP-code").is_err());
    }
}
