//! Findings on each item of a list: how many there are is known when the rule runs.

use wasm_encoder::{BlockType, Instruction as I, ValType};

use super::compiler::Compiler;
use super::error::Compiling;
use super::helpers::Helper;
use super::node::{self, Node, not};
use super::val::Val;
use crate::tree::Finding;
use crate::types::TypeKind;

/// `record finding { criterion: string, satisfied: option<bool>, item: option<u32> }`
const FINDING_BYTES: i32 = 20;

impl Compiler<'_> {
    /// Makes the list of findings, some of which are on each item of a list: its address, and how many there are.
    pub(super) fn findings_of_items(&mut self, findings: &[Finding]) -> Compiling<(Node, Node)> {
        let single = findings.iter().filter(|finding| !finding.each).count();
        let mut total = Node::I32(i32::try_from(single).unwrap_or_default());
        let mut lists = Vec::new();
        for finding in findings {
            let found = self.locals.get(&finding.local).cloned().unwrap_or(Val::Null);
            let list = if finding.each { Some(self.list_of_findings(&found)?) } else { None };
            if let Some((_, _, count)) = &list {
                total = node::add_narrow(total, count.clone());
            }
            lists.push((finding, found, list));
        }
        let total = self.share(&total);
        let bytes = node::narrow(I::I32Mul, vec![total.clone(), Node::I32(FINDING_BYTES)]);
        let start = self.call(Helper::Allocate, vec![bytes]);
        let start = self.code.keep(&start);
        let at = self.code.local(ValType::I32);
        self.code.set(at, &start);
        for (finding, found, list) in lists {
            match list {
                None => self.next_finding(at, finding, &found, None)?,
                Some((list, is_there, count)) => self.findings_of_list(at, finding, (&list, &is_there, &count))?,
            }
        }
        Ok((start, total))
    }

    /// The conditions of a criterion on each item; whether the list is known; and how many findings there are: of a
    /// list that isn't known one, on the whole case.
    fn list_of_findings(&mut self, found: &Val) -> Compiling<(Node, Node, Node)> {
        let list = self.boxed(found, &TypeKind::Boolean.into())?;
        let state = self.boxed_state(&list)?;
        self.fail_if(&Some(state.clone()));
        let is_there = self.share(&not(state));
        let count = self.library("get.length", vec![list.clone()])?;
        Ok((list, is_there, count))
    }

    /// Writes the findings on all items. A list that isn't known counts as one item that isn't known.
    fn findings_of_list(
        &mut self,
        at: u32,
        finding: &Finding,
        (list, is_there, count): (&Node, &Node, &Node),
    ) -> Compiling<()> {
        let index = self.code.local(ValType::I32);
        self.code.set(index, &Node::I32(0));
        self.code.push(I::Block(BlockType::Empty));
        self.code.begin_loop(None);
        self.code.emit(&node::narrow(I::I32GeS, vec![Node::Local(index), count.clone()]));
        self.code.push(I::BrIf(1));
        let raw = self.library("get.item", vec![list.clone(), Node::Local(index)])?;
        self.next_finding(at, finding, &Val::Boxed(raw), Some((Node::Local(index), is_there.clone())))?;
        self.code.set(index, &node::add_narrow(Node::Local(index), Node::I32(1)));
        self.code.push(I::Br(0));
        self.code.end();
        self.code.end();
        Ok(())
    }

    /// Writes a finding, and goes on to the next place.
    fn next_finding(&mut self, at: u32, finding: &Finding, found: &Val, item: Option<(Node, Node)>) -> Compiling<()> {
        let address = Node::Local(at);
        let text = self.data.text(&finding.criterion).cast_signed();
        self.store(I::I32Store, &address, 0, &Node::I32(text));
        let bytes = i32::try_from(finding.criterion.len()).unwrap_or_default();
        self.store(I::I32Store, &address, 4, &Node::I32(bytes));
        self.store_finding(&address, found)?;
        let (index, has_item) = item.unwrap_or((Node::I32(0), Node::I32(0)));
        self.store(I::I32Store8, &address, 12, &has_item);
        self.store(I::I32Store, &address, 16, &index);
        self.code.set(at, &node::add_narrow(address, Node::I32(FINDING_BYTES)));
        Ok(())
    }
}
