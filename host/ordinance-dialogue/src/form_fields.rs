//! The forms of the pages, as browsers send them; whoever sends one may have written anything.

/// The most fields of a form; a page has fewer than ten.
const FIELDS_MAX: usize = 32;

/// The fields of a form, as they were sent.
#[derive(Debug)]
pub struct FormFields(Vec<(String, String)>);

impl FormFields {
    /// The fields of a body; `None` if it has too many.
    #[must_use]
    pub fn read(body: &[u8]) -> Option<Self> {
        let fields = form_urlencoded::parse(body).take(FIELDS_MAX + 1);
        let fields: Vec<(String, String)> =
            fields.map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
        (fields.len() <= FIELDS_MAX).then_some(Self(fields))
    }

    /// All of them, in their order.
    pub fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The field of a name, empty if there is none; of several the last one, as a button that was pressed comes after
    /// what is hidden.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().rfind(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_bounded_and_the_last_of_a_name_counts() {
        let fields = FormFields::read(b"a=1&action=start&action=next&b=%E8%8A%9D+%26").unwrap();
        assert_eq!(fields.get("action"), "next");
        assert_eq!(fields.get("b"), "芝 &");
        assert_eq!(fields.get("c"), "");
        assert!(FormFields::read("a=1&".repeat(FIELDS_MAX + 1).as_bytes()).is_none());
    }
}
