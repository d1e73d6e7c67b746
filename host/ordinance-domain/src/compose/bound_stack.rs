//! The bounds that hold at one place of a chain on one day: the contract's, then those that each level above adds. It
//! owns which bound holds and which is named; what a bound does is said beside it.

use crate::bounds::{Bound, GrantBound, LevelBounds, OutcomeBound};
use crate::calendar::Date;
use crate::contract::{Contract, GrantField};
use crate::jurisdiction::JurisdictionCode;
use crate::name::FieldName;

/// A bound and who sets it; nobody if it is the contract.
#[derive(Debug)]
pub(super) struct AttributedBound<'a, Kind> {
    pub(super) set_by: Option<&'a JurisdictionCode>,
    pub(super) bound: &'a Bound<Kind>,
}

// Derived ones would ask the same of `Kind`.
impl<Kind> Clone for AttributedBound<'_, Kind> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<Kind> Copy for AttributedBound<'_, Kind> {}

/// The bounds on the level that is next, top first.
#[derive(Debug)]
pub(super) struct BoundStack<'a> {
    contract: &'a Contract,
    pub(super) day: Date,
    levels: Vec<&'a LevelBounds>,
}

impl<'a> BoundStack<'a> {
    pub(super) fn new(contract: &'a Contract, day: Date) -> Self {
        Self { contract, day, levels: Vec::new() }
    }

    /// Goes down one level.
    pub(super) fn below(&mut self, added: Option<&'a LevelBounds>) {
        self.levels.extend(added);
    }

    /// The bounds on the outcome, top first.
    pub(super) fn outcomes(&self) -> impl Iterator<Item = AttributedBound<'a, OutcomeBound>> {
        let day = self.day;
        let of_contract = self.contract.outcome.on(day).map(|bound| AttributedBound { set_by: None, bound });
        let of_level = move |level: &&'a LevelBounds| {
            let bound = level.outcome.on(day)?;
            Some(AttributedBound { set_by: Some(&level.jurisdiction), bound })
        };
        of_contract.into_iter().chain(self.levels.iter().filter_map(of_level))
    }

    /// The tightest bound on the outcome: the lowest, since a level may only tighten.
    pub(super) fn outcome(&self) -> OutcomeBound {
        self.outcomes().last().map_or(OutcomeBound::Delegated, |set| set.bound.kind)
    }

    /// The bounds on a grant field, top first.
    pub(super) fn field(&self, field: &'a GrantField) -> Vec<AttributedBound<'a, GrantBound>> {
        let of_contract = field.bound.on(self.day).map(|bound| AttributedBound { set_by: None, bound });
        let of_level = |level: &&'a LevelBounds| {
            let bound = level.grant.get(&field.name)?.on(self.day)?;
            Some(AttributedBound { set_by: Some(&level.jurisdiction), bound })
        };
        of_contract.into_iter().chain(self.levels.iter().filter_map(of_level)).collect()
    }

    /// The fields of the grant.
    pub(super) fn fields(&self) -> &'a [GrantField] {
        &self.contract.grant
    }

    /// Whether what a level gives in this field is added to what it inherits.
    pub(super) fn sums(&self, name: &FieldName) -> bool {
        let field = self.contract.grant_field(name);
        let last = field.and_then(|field| self.field(field).last().copied());
        last.is_some_and(|set| set.bound.kind == GrantBound::Sum)
    }
}
