//! The bounds that bind one level of a chain on one day: those of the contract, then those that each level above
//! adds. This module owns which bounds hold; the modules beside it own what a bound does.

use crate::bounds::{Bound, GrantBound, LevelBounds, OutcomeBound};
use crate::calendar::LawDay;
use crate::contract::{Contract, GrantField};
use crate::jurisdiction::JurisdictionCode;
use crate::name::FieldName;

/// A bound and the place that sets it; `None` if the contract sets it.
#[derive(Debug)]
pub(super) struct AttributedBound<'a, Kind> {
    pub(super) set_by: Option<&'a JurisdictionCode>,
    pub(super) bound: &'a Bound<Kind>,
}

// A derive would require `Kind: Clone`.
impl<Kind> Clone for AttributedBound<'_, Kind> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<Kind> Copy for AttributedBound<'_, Kind> {}

/// The bounds on the next level, top first.
#[derive(Debug)]
pub(super) struct BoundStack<'a> {
    contract: &'a Contract,
    pub(super) day: LawDay,
    levels: Vec<&'a LevelBounds>,
}

impl<'a> BoundStack<'a> {
    pub(super) fn new(contract: &'a Contract, day: LawDay) -> Self {
        Self { contract, day, levels: Vec::new() }
    }

    /// Goes down one level, with the bounds that it adds.
    pub(super) fn descend(&mut self, added: Option<&'a LevelBounds>) {
        self.levels.extend(added);
    }

    /// The bounds on the outcome, top first.
    pub(super) fn outcomes(&self) -> impl Iterator<Item = AttributedBound<'a, OutcomeBound>> {
        let day = self.day;
        let contract = self.contract.outcome.on(day).map(|bound| AttributedBound { set_by: None, bound });
        let levels = self.levels.iter().filter_map(move |level| {
            let bound = level.outcome.on(day)?;
            Some(AttributedBound { set_by: Some(&level.jurisdiction), bound })
        });
        contract.into_iter().chain(levels)
    }

    /// The tightest bound on the outcome: the lowest, since a level may only tighten.
    pub(super) fn outcome(&self) -> OutcomeBound {
        self.outcomes().last().map_or(OutcomeBound::Delegated, |attributed| attributed.bound.kind)
    }

    /// The bounds on a grant field.
    pub(super) fn field(&self, field: &'a GrantField) -> FieldBounds<'_, 'a> {
        FieldBounds { stack: self, field }
    }

    /// The fields of the contract's grant.
    pub(super) fn fields(&self) -> &'a [GrantField] {
        &self.contract.grant
    }

    /// Whether a level adds its value of this field to the one that it inherits.
    pub(super) fn sums(&self, name: &FieldName) -> bool {
        let field = self.contract.grant_field(name);
        field.is_some_and(|field| self.field(field).tightest_is(&GrantBound::Sum))
    }
}

/// The bounds on one grant field of the next level.
#[derive(Debug, Clone, Copy)]
pub(super) struct FieldBounds<'s, 'a> {
    stack: &'s BoundStack<'a>,
    field: &'a GrantField,
}

impl<'s, 'a> FieldBounds<'s, 'a> {
    /// The bounds, top first.
    pub(super) fn iter(self) -> impl DoubleEndedIterator<Item = AttributedBound<'a, GrantBound>> + use<'s, 'a> {
        let Self { stack, field } = self;
        let contract = field.bound.on(stack.day).map(|bound| AttributedBound { set_by: None, bound });
        let levels = stack.levels.iter().filter_map(move |level| {
            let bound = level.grant.get(&field.name)?.on(stack.day)?;
            Some(AttributedBound { set_by: Some(&level.jurisdiction), bound })
        });
        contract.into_iter().chain(levels)
    }

    /// Whether the lowest bound is of this kind. A level may only tighten, so the lowest is the tightest and says how
    /// values combine.
    pub(super) fn tightest_is(self, kind: &GrantBound) -> bool {
        self.iter().next_back().is_some_and(|attributed| attributed.bound.kind == *kind)
    }
}
