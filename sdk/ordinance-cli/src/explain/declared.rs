//! The order in which a manifest declares its numbers. The rulebook holds them by their names.

use toml::de::{DeTable, DeValue};

/// The numbers of a manifest in the order of its text.
#[derive(Debug, Default)]
pub(super) struct DeclaredOrder(Vec<Declared>);

#[derive(Debug)]
struct Declared {
    name: String,
    /// The fields of the first record of its values, in the order of the text; none for a number without records.
    fields: Vec<String>,
}

impl DeclaredOrder {
    /// The order in the texts of a manifest and of that which it extends: the numbers of the first come first. A text
    /// that can't be read declares nothing.
    pub(super) fn of(manifests: &[&str]) -> Self {
        Self(manifests.iter().flat_map(|manifest| declared_in(manifest)).collect())
    }

    /// The place of a number; one that isn't declared here comes last.
    pub(super) fn position(&self, name: &str) -> usize {
        self.0.iter().position(|declared| declared.name == name).unwrap_or(self.0.len())
    }

    /// The fields of a number's records in the order in which its author wrote those of the first.
    pub(super) fn fields(&self, name: &str) -> &[String] {
        let has_fields = |declared: &&Declared| declared.name == name && !declared.fields.is_empty();
        self.0.iter().find(has_fields).map_or(&[], |declared| &declared.fields)
    }
}

fn declared_in(manifest: &str) -> Vec<Declared> {
    let Ok(manifest) = DeTable::parse(manifest) else { return Vec::new() };
    let numbers = manifest.get_ref().get("parameters").and_then(|found| table_of(found.get_ref()));
    let declared = numbers.map(in_order).unwrap_or_default().into_iter().map(|(name, number)| {
        let fields = table_of(number).and_then(|number| first_record(number.get("values")?.get_ref()));
        let fields = fields.map(in_order).unwrap_or_default();
        Declared { name: name.to_owned(), fields: fields.into_iter().map(|(field, _)| field.to_owned()).collect() }
    });
    declared.collect()
}

fn table_of<'a, 'i>(value: &'a DeValue<'i>) -> Option<&'a DeTable<'i>> {
    if let DeValue::Table(table) = value { Some(table) } else { None }
}

/// The first record in the first value with records.
fn first_record<'a, 'i>(values: &'a DeValue<'i>) -> Option<&'a DeTable<'i>> {
    let DeValue::Array(values) = values else { return None };
    values.iter().find_map(|dated| match table_of(dated.get_ref())?.get("value")?.get_ref() {
        DeValue::Array(records) => records.iter().find_map(|record| table_of(record.get_ref())),
        DeValue::Table(record) => Some(record),
        _ => None,
    })
}

/// The entries of a table in the order of the text.
fn in_order<'a, 'i>(table: &'a DeTable<'i>) -> Vec<(&'a str, &'a DeValue<'i>)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries.into_iter().map(|(key, value)| (key.get_ref().as_ref(), value.get_ref())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_their_fields_come_in_the_order_of_the_text() {
        let text = "[parameters.zeta]\nvalues = []\n[parameters.alpha]\nvalues = [{ from = 2026-01-01, value = \
                    [{ persons = 1, amount = 2 }] }]\n[parameters.mid]\nvalues = []\n";
        let declared = DeclaredOrder::of(&[text]);
        let places = ["zeta", "alpha", "mid", "elsewhere"].map(|name| declared.position(name));
        assert_eq!(places, [0, 1, 2, 3]);
        assert_eq!(declared.fields("alpha"), ["persons", "amount"]);
        assert_eq!(declared.fields("zeta"), [""; 0]);
        assert_eq!(DeclaredOrder::of(&["not toml"]).position("zeta"), 0);
        let own = "[parameters.mid]\nvalues = []\n[parameters.alpha]\nvalues = []\n";
        let extending = DeclaredOrder::of(&[own, text]);
        assert_eq!(["mid", "alpha", "zeta"].map(|name| extending.position(name)), [0, 1, 2]);
        assert_eq!(extending.fields("alpha"), ["persons", "amount"]);
    }
}
