//! `sort`: each item is put in its place among those before it, as the evaluator does.

use wasm_encoder::{Instruction as I, ValType};

use super::compiler::Compiler;
use super::error::Compiling;
use super::iterate::item_type;
use super::node::{self, Node, both, not};
use super::val::{Val, is_failure, is_value};
use crate::tree::{Domain, Expr, LocalId};
use crate::types::TypeKind;

/// How many blocks are left to leave the whole from within the comparison's `if`.
const TO_WHOLE: u32 = 5;

impl Compiler<'_> {
    /// `sort(list, function(first, second) before)`
    pub(super) fn sort(&mut self, list: &Expr, (first, second): (LocalId, LocalId), before: &Expr) -> Compiling<Val> {
        let found = self.domain(&Domain::List(Box::new(list.clone())))?;
        let [whole, count, at] = std::array::from_fn(|_| self.code.local(ValType::I32));
        self.code.push(I::Block(wasm_encoder::BlockType::Empty));
        let there = self.begin_list(&found, &list.ty, whole)?;
        let sorted = self.library("list.new", vec![Node::I32(0)])?;
        self.code.set(count, &Node::I32(0));
        let items = self.begin_items(&there, &list.ty)?;
        if let Some(certain) = &items.certain {
            // Where it isn't known whether the list has an item, nothing is known of its order.
            self.code.begin_if(&not(certain.clone()), None);
            let unknown = self.unknown()?;
            self.code.set(whole, &unknown);
            self.code.push(I::Br(3));
            self.code.end();
        }
        let item = self.boxed(&items.item, &item_type(&list.ty))?;
        self.locals.insert(first, items.item.clone());
        self.code.set(at, &Node::Local(count));
        self.code.push(I::Block(wasm_encoder::BlockType::Empty));
        self.code.begin_loop(super::iterate::items_max(&list.ty));
        self.code.emit(&not(Node::Local(at)));
        self.code.push(I::BrIf(1));
        let previous = node::add_narrow(Node::Local(at), Node::I32(-1));
        let other = self.library("list.get", vec![sorted.clone(), previous.clone()])?;
        self.locals.insert(second, Val::Boxed(other));
        self.leave_unless_before(before, whole)?;
        self.code.set(at, &previous);
        self.code.push(I::Br(0));
        self.code.end();
        self.code.end();
        self.library_effect("list.insert", &[sorted.clone(), Node::Local(at), item])?;
        self.code.weigh(super::iterate::items_max(&list.ty));
        self.code.set(count, &node::add_narrow(Node::Local(count), Node::I32(1)));
        self.end_items(&items);
        let finished = self.library_call("list.finish", vec![sorted], false)?;
        self.code.set(whole, &finished);
        self.code.end();
        Ok(Val::Boxed(Node::Local(whole)))
    }

    /// Leaves the inner loop unless the first has to stand before the second, and the whole if that isn't known or has
    /// failed.
    fn leave_unless_before(&mut self, before: &Expr, whole: u32) -> Compiling<()> {
        let truth = self.expr(before)?;
        let truth = self.as_condition(&truth)?;
        let failed = is_failure(&truth.state);
        if !matches!(failed, Node::I32(0)) {
            self.code.begin_if(&failed, None);
            let failure = Val::Boolean { low: Node::I32(0), high: Some(Node::I32(1)), state: truth.state.clone() };
            let failure = self.boxed(&failure, &TypeKind::Boolean.into())?;
            self.code.set(whole, &failure);
            self.code.push(I::Br(TO_WHOLE));
            self.code.end();
        }
        let open = both(both(truth.may_be(), not(truth.low.clone())), is_value(&truth.state));
        if !matches!(open, Node::I32(0)) {
            self.code.begin_if(&open, None);
            let unknown = self.unknown()?;
            self.code.set(whole, &unknown);
            self.code.push(I::Br(TO_WHOLE));
            self.code.end();
        }
        self.code.emit(&not(truth.low));
        self.code.push(I::BrIf(1));
        Ok(())
    }
}
