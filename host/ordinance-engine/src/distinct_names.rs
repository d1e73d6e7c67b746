//! Names in the order in which they are found, each once.

use std::collections::HashSet;

use ordinance_domain::name::FieldName;

/// Names of facts or of parts of facts, each once. A list of people has hundreds.
#[derive(Debug, Default)]
pub(crate) struct DistinctNames {
    names: Vec<FieldName>,
    /// All of them, once there are more than [`SEARCHED_MAX`].
    known: HashSet<FieldName>,
}

/// Up to how many names are searched one after another, which is faster than to hash them.
const SEARCHED_MAX: usize = 16;

impl DistinctNames {
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self { names: Vec::with_capacity(capacity), known: HashSet::new() }
    }

    /// Adds a name that isn't there yet.
    pub(crate) fn add(&mut self, name: FieldName) {
        let is_known = match self.known.is_empty() {
            true => self.names.contains(&name),
            false => self.known.contains(&name),
        };
        if is_known {
            return;
        }
        if !self.known.is_empty() {
            self.known.insert(name.clone());
        }
        self.names.push(name);
        if self.known.is_empty() && self.names.len() > SEARCHED_MAX {
            self.known.extend(self.names.iter().cloned());
        }
    }

    pub(crate) fn into_names(self) -> Vec<FieldName> {
        self.names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_stands_once_in_the_order_in_which_it_was_found() {
        for count in [1, SEARCHED_MAX, SEARCHED_MAX + 1, 3 * SEARCHED_MAX] {
            let expected: Vec<FieldName> = (0..count).map(|index| name(count - index)).collect();
            let mut names = DistinctNames::with_capacity(1);
            for _ in 0..2 {
                expected.iter().cloned().for_each(|name| names.add(name));
            }
            assert_eq!(names.into_names(), expected);
        }
    }

    fn name(index: usize) -> FieldName {
        FieldName::new("members").unwrap().item(index)
    }
}
