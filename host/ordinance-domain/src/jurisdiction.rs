//! Jurisdictions and the chain from a nation down to a county. It owns the tree and must never own what a place's
//! rules say.

use std::collections::BTreeMap;
use std::fmt;

use crate::name::shortened;
use crate::text::Titles;

/// The code of a place that makes law: GB/T 2260 behind `CN-`, ISO 3166-2, NUTS and the like.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JurisdictionCode(Box<str>);

/// Text that can't be a code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a jurisdiction code: use upper-case ASCII letters, digits and single hyphens, at most 32, such as `CN-4403`"
)]
pub struct CodeError(String);

impl JurisdictionCode {
    /// Takes the code if it is well formed.
    ///
    /// # Errors
    /// [`CodeError`] says what a code looks like.
    pub fn new(code: &str) -> Result<Self, CodeError> {
        let part_ok =
            |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        if code.len() <= 32 && code.split('-').all(part_ok) {
            Ok(Self(code.into()))
        } else {
            Err(CodeError(shortened(code)))
        }
    }

    /// The code as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for JurisdictionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A place that makes law.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jurisdiction {
    /// Its code.
    pub code: JurisdictionCode,
    /// The place above it; none for the top of a tree.
    pub parent: Option<JurisdictionCode>,
    /// Its names by language.
    pub names: Titles,
}

/// Several trees of jurisdictions. Every parent is there and there is no cycle.
#[derive(Debug, Clone, Default)]
pub struct Jurisdictions {
    by_code: BTreeMap<JurisdictionCode, Jurisdiction>,
    children: BTreeMap<JurisdictionCode, Vec<JurisdictionCode>>,
}

/// Why a list of places is no tree.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// Two places with one code.
    #[error("jurisdiction `{0}` is listed twice")]
    Twice(JurisdictionCode),
    /// A parent that isn't listed.
    #[error("the parent `{parent}` of jurisdiction `{code}` is not listed")]
    NoParent {
        /// The place.
        code: JurisdictionCode,
        /// Its parent.
        parent: JurisdictionCode,
    },
    /// A place that is its own ancestor, or a chain longer than [`LEVELS_MAX`].
    #[error("jurisdiction `{0}` has a cycle above it, or more than {LEVELS_MAX} levels")]
    Cycle(JurisdictionCode),
}

impl TreeError {
    /// The place the error is about.
    #[must_use]
    pub fn code(&self) -> &JurisdictionCode {
        match self {
            Self::Twice(code) | Self::NoParent { code, .. } | Self::Cycle(code) => code,
        }
    }
}

/// The most levels a chain may have, the top included.
pub const LEVELS_MAX: usize = 8;

/// The places whose law binds one case, top first. Only [`Jurisdictions::chain`] builds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain(Vec<JurisdictionCode>);

impl Chain {
    /// The codes, top first.
    pub fn iter(&self) -> impl Iterator<Item = &JurisdictionCode> {
        self.0.iter()
    }
}

impl Jurisdictions {
    /// Builds the trees.
    ///
    /// # Errors
    /// [`TreeError`] on a duplicate, an unknown parent or a cycle.
    pub fn new(list: Vec<Jurisdiction>) -> Result<Self, TreeError> {
        let mut trees = Self::default();
        for jurisdiction in list {
            let code = jurisdiction.code.clone();
            if let Some(parent) = &jurisdiction.parent {
                trees.children.entry(parent.clone()).or_default().push(code.clone());
            }
            if trees.by_code.insert(code.clone(), jurisdiction).is_some() {
                return Err(TreeError::Twice(code));
            }
        }
        for children in trees.children.values_mut() {
            children.sort_unstable();
        }
        for jurisdiction in trees.by_code.values() {
            trees.check_ancestors(jurisdiction)?;
        }
        Ok(trees)
    }

    /// The place with this code.
    #[must_use]
    pub fn get(&self, code: &JurisdictionCode) -> Option<&Jurisdiction> {
        self.by_code.get(code)
    }

    /// The chain of a place, top first, the place itself last; none if it isn't known.
    #[must_use]
    pub fn chain(&self, code: &JurisdictionCode) -> Option<Chain> {
        let mut codes = Vec::with_capacity(LEVELS_MAX);
        let mut at = Some(self.get(code)?);
        while let Some(jurisdiction) = at {
            codes.push(jurisdiction.code.clone());
            at = jurisdiction.parent.as_ref().and_then(|parent| self.get(parent));
        }
        codes.reverse();
        Some(Chain(codes))
    }

    /// The places right below, by code.
    #[must_use]
    pub fn children(&self, code: &JurisdictionCode) -> &[JurisdictionCode] {
        self.children.get(code).map_or(&[], Vec::as_slice)
    }

    /// Every place, by code.
    pub fn iter(&self) -> impl Iterator<Item = &Jurisdiction> {
        self.by_code.values()
    }

    fn check_ancestors(&self, jurisdiction: &Jurisdiction) -> Result<(), TreeError> {
        let mut at = jurisdiction;
        for _ in 0..LEVELS_MAX {
            let Some(parent) = &at.parent else { return Ok(()) };
            at = self
                .get(parent)
                .ok_or_else(|| TreeError::NoParent { code: at.code.clone(), parent: parent.clone() })?;
        }
        Err(TreeError::Cycle(jurisdiction.code.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> JurisdictionCode {
        JurisdictionCode::new(text).unwrap()
    }

    fn trees(list: &[(&str, &str)]) -> Result<Jurisdictions, TreeError> {
        let place = |(own, parent): &(&str, &str)| Jurisdiction {
            code: code(own),
            parent: (!parent.is_empty()).then(|| code(parent)),
            names: Titles::default(),
        };
        Jurisdictions::new(list.iter().map(place).collect())
    }

    #[test]
    fn a_chain_runs_from_the_nation_to_the_county() {
        let trees =
            trees(&[("CN", ""), ("NZ", ""), ("CN-370602", "CN-3706"), ("CN-3706", "CN-37"), ("CN-37", "CN")]).unwrap();
        let chain = trees.chain(&code("CN-370602")).unwrap();
        let codes: Vec<&str> = chain.iter().map(JurisdictionCode::as_str).collect();
        assert_eq!(codes, ["CN", "CN-37", "CN-3706", "CN-370602"]);
        assert_eq!(trees.chain(&code("FR")), None);
        assert_eq!(trees.children(&code("CN")), [code("CN-37")]);
    }

    #[test]
    fn a_list_that_is_no_tree_is_refused_naming_the_place() {
        assert_eq!(trees(&[("A", ""), ("A", "")]).unwrap_err(), TreeError::Twice(code("A")));
        assert_eq!(trees(&[("A", "B")]).unwrap_err().to_string(), "the parent `B` of jurisdiction `A` is not listed");
        assert!(matches!(trees(&[("A", "B"), ("B", "A")]), Err(TreeError::Cycle(_))));
    }

    #[test]
    fn a_code_is_upper_case_with_hyphens() {
        for bad in ["", "cn", "CN--1", "CN-", "中国", "CN/../x", &"A".repeat(33)] {
            assert!(JurisdictionCode::new(bad).is_err(), "{bad}");
        }
    }
}
