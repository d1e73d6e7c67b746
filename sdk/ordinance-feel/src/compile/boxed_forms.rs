//! Expressions whose values are always those of the library: ranges, `instance of`, what may have failed.

use ordinance_feel_runtime::Failure;

use super::boxed::LIBRARY_FAILURE;
use super::compiler::Compiler;
use super::error::Compiling;
use super::logic::Condition;
use super::node::{Node, equal, select};
use super::val::{self, Val};
use crate::source_text::Place;
use crate::tree::Expr;
use crate::types::Type;

impl Compiler<'_> {
    /// A range; an end that is left out is `None`.
    pub(super) fn range(
        &mut self,
        (low, low_included): End<'_>,
        (high, high_included): End<'_>,
        place: Place,
    ) -> Compiling<Val> {
        let low = self.end_of_range(low)?;
        let high = self.end_of_range(high)?;
        let included = |yes: bool| Node::I32(yes.into());
        let ends = vec![low, included(low_included), high, included(high_included)];
        self.library_at("make.range", ends, place).map(Val::Boxed)
    }

    fn end_of_range(&mut self, end: Option<&Expr>) -> Compiling<Node> {
        let Some(end) = end else { return Ok(Node::I32(0)) };
        let found = self.expr(end)?;
        self.boxed(&found, &end.ty)
    }

    /// A context of its fields. In a model of DMN, where what takes it knows nothing of its fields, it is one value.
    pub(super) fn context(&mut self, fields: Vec<Val>, ty: &Type) -> Compiling<Val> {
        let context = Val::Record { fields: fields.into(), state: None };
        match self.is_model {
            true => self.boxed(&context, ty).map(Val::Boxed),
            false => Ok(context),
        }
    }

    /// `value instance of type`
    pub(super) fn instance_of(&mut self, value: &Expr, of: &Type) -> Compiling<Val> {
        let found = self.expr(value)?;
        let address = self.boxed(&found, &value.ty)?;
        let mut shape = Vec::new();
        of.shape().encode(&mut shape);
        let at = Node::I32(self.data.add(&shape, 1).cast_signed());
        let bytes = Node::I32(i32::try_from(shape.len()).unwrap_or_default());
        let known =
            self.library_sized("value.is_instance", vec![address, at, bytes], super::weight::parts(&value.ty))?;
        self.unboxed_condition(&known).map(Condition::val)
    }

    /// The condition that a value of another type is: what it is where it has no value, else a failure.
    pub(super) fn misfit_condition(&mut self, found: &Val) -> Compiling<Condition> {
        let misfit = Node::I32(LIBRARY_FAILURE | Failure::TypesDontFit as i32);
        let state = match found.state() {
            None => misfit,
            Some(state) => {
                let state = self.share(&state);
                let unknown = equal(state.clone(), Node::I32(val::UNKNOWN));
                let own = select(Node::I32(0), state.clone(), unknown);
                let state = select(own, misfit, state);
                self.share(&state)
            }
        };
        Ok(Condition { low: Node::I32(0), high: Some(Node::I32(1)), state: Some(state) })
    }

    /// The value; null if it has failed, but for types that don't fit.
    pub(super) fn or_null(&mut self, value: &Expr) -> Compiling<Val> {
        let found = self.expr(value)?;
        if found.state().is_none() && !matches!(found, Val::Boxed(_) | Val::Record { .. }) {
            return Ok(found);
        }
        let address = self.boxed(&found, &value.ty)?;
        self.library("operator.or_null", vec![address]).map(Val::Boxed)
    }
}

/// An end of a range, and whether it belongs to the range.
type End<'a> = (Option<&'a Expr>, bool);
