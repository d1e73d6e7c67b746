//! Rows of tables whose conditions have failed: such a row may match, and the table has failed where what comes after
//! it has other outputs; but where it isn't known whether a row before it matches, the table isn't known either.

use wasm_encoder::ValType;

use super::compiler::Compiler;
use super::error::Compiling;
use super::logic::Condition;
use super::node::{Node, both, not, select};
use super::val::{Val, is_failure};
use crate::types::Type;

/// The outputs of the rows so far, while a table is computed.
pub(super) struct Merged<'m> {
    pub(super) result: &'m Val,
    pub(super) form: &'m Val,
    /// Whether a row may match; `None` where all are known.
    pub(super) open: Option<u32>,
    /// `None` where no condition may fail.
    pub(super) failing: Option<&'m FailingRow>,
}

/// The first row whose condition has failed, while a table is computed.
pub(super) struct FailingRow {
    /// The state of its condition; 0 if there is none so far.
    pending: u32,
    /// Whether rows before it may match.
    has_before: u32,
    /// What these have in common.
    before: Val,
}

impl FailingRow {
    pub(super) fn new(compiler: &mut Compiler<'_>, form: &Val) -> Self {
        let [pending, has_before] = [compiler.code.local(ValType::I32), compiler.code.local(ValType::I32)];
        compiler.code.set(pending, &Node::I32(0));
        compiler.code.set(has_before, &Node::I32(0));
        Self { pending, has_before, before: compiler.result_like(form, form, true) }
    }
}

impl Compiler<'_> {
    /// What a row that may match has in common with those before it.
    pub(super) fn merge_possible(
        &mut self,
        matches: &Condition,
        outputs: &Val,
        merged: &Merged<'_>,
        ty: &Type,
    ) -> Compiling<()> {
        let Merged { result, open, .. } = *merged;
        let (Some(failing), Some(open)) = (merged.failing, open) else {
            return self.merge_row(matches, outputs, (result, open), ty);
        };
        let pending = Node::Local(failing.pending);
        let failed = self.share(&is_failure(&matches.state));
        let state = matches.state.clone().unwrap_or(Node::I32(0));
        let is_first = both(failed.clone(), not(pending.clone()));
        let may_be_first = !matches!(is_first, Node::I32(0));
        self.code.begin_if(&Node::Local(open), None);
        if may_be_first {
            self.code.begin_if(&is_first, None);
            self.set_result(&failing.before, result)?;
            self.code.set(failing.has_before, &Node::I32(1));
            self.set_result(result, outputs)?;
            self.code.set(failing.pending, &state);
            self.code.begin_else();
        }
        let condition = Condition { low: Node::I32(0), high: Some(Node::I32(1)), state: Some(pending) };
        let common = self.common(&condition, result, outputs, ty)?;
        let common = self.share_val(&common);
        self.set_result(result, &common)?;
        if may_be_first {
            self.code.end();
        }
        self.code.begin_else();
        self.set_result(result, outputs)?;
        if may_be_first {
            self.code.set(failing.pending, &select(state, Node::I32(0), failed));
        }
        self.code.end();
        self.code.set(open, &Node::I32(1));
        Ok(())
    }

    /// Joins the rows before the first that has failed with the others, unless a row counts alone (`is_sure`).
    pub(super) fn join_first(&mut self, failing: &FailingRow, result: &Val, is_sure: Node, ty: &Type) -> Compiling<()> {
        self.code.begin_if(&both(Node::Local(failing.has_before), not(is_sure)), None);
        let unknown = Condition { low: Node::I32(0), high: Some(Node::I32(1)), state: None };
        let common = self.common(&unknown, &failing.before, result, ty)?;
        let common = self.share_val(&common);
        self.set_result(result, &common)?;
        self.code.end();
        Ok(())
    }
}
