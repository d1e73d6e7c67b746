//! Findings on each item of a list: how many there are is known when the rule runs.

use std::rc::Rc;

use wasm_encoder::{BlockType, Instruction as I, ValType};

use super::compiler::Compiler;
use super::error::Compiling;
use super::helpers::Helper;
use super::node::{self, Node, not};
use super::val::Val;
use crate::tree::{Domain, Expr, ExprKind, Finding};
use crate::types::TypeKind;

/// `record finding { criterion: string, satisfied: option<bool>, item: option<u32> }`
const FINDING_BYTES: i32 = 20;

/// The findings on a criterion.
enum Findings {
    /// One, on the whole case.
    Case(Val),
    /// On each item of a list of an argument.
    Items { list: Rc<Expr>, count: Node },
    /// On each item of a list of the library.
    List { list: Node, is_there: Node, count: Node },
}

impl Compiler<'_> {
    /// Makes the list of findings, some of which are on each item of a list: its address, and how many there are.
    pub(super) fn findings_of_items(&mut self, findings: &[Finding]) -> Compiling<(Node, Node)> {
        let single = findings.iter().filter(|finding| !finding.each).count();
        let mut total = Node::I32(i32::try_from(single).unwrap_or_default());
        let mut lists = Vec::new();
        for finding in findings {
            let findings = self.findings_of(finding)?;
            match &findings {
                Findings::Case(_) => {}
                Findings::Items { count, .. } | Findings::List { count, .. } => {
                    total = node::add_narrow(total, count.clone());
                }
            }
            lists.push((finding, findings));
        }
        let total = self.share(&total);
        let bytes = node::narrow(I::I32Mul, vec![total.clone(), Node::I32(FINDING_BYTES)]);
        let start = self.call(Helper::Allocate, vec![bytes]);
        let start = self.code.keep(&start);
        let at = self.code.local(ValType::I32);
        self.code.set(at, &start);
        for (finding, findings) in lists {
            match findings {
                Findings::Case(found) => self.next_finding(at, finding, &found, None)?,
                Findings::Items { list, .. } => self.findings_of_walk(at, finding, &list)?,
                Findings::List { list, is_there, count } => {
                    self.findings_of_list(at, finding, (&list, &is_there, &count))?;
                }
            }
        }
        Ok((start, total))
    }

    fn findings_of(&mut self, finding: &Finding) -> Compiling<Findings> {
        if !finding.each {
            return Ok(Findings::Case(self.locals.get(&finding.local).cloned().unwrap_or(Val::Null)));
        }
        if let Some(list) = self.lazy.get(&finding.local).cloned()
            && let Some(count) = self.count_of_items(&list)?
        {
            return Ok(Findings::Items { list, count });
        }
        let found = self.local(finding.local)?;
        self.list_of_findings(&found)
    }

    /// How many findings there are on the items of a list of an argument: of a list that isn't known one, on the whole
    /// case. `None` if the list is another one.
    fn count_of_items(&mut self, conditions: &Expr) -> Compiling<Option<Node>> {
        let ExprKind::For { iterations, partial: None, .. } = &conditions.kind else { return Ok(None) };
        let [(_, Domain::List(list))] = iterations.as_slice() else { return Ok(None) };
        if !matches!(list.kind, ExprKind::Input(_) | ExprKind::Field { .. }) {
            return Ok(None);
        }
        let Val::List(list) = self.expr(list)? else { return Ok(None) };
        let count = match list.state {
            None => list.count,
            Some(state) => node::select(Node::I32(1), list.count, state),
        };
        Ok(Some(self.share(&count)))
    }

    fn findings_of_walk(&mut self, at: u32, finding: &Finding, list: &Expr) -> Compiling<()> {
        let index = self.code.local(ValType::I32);
        self.code.set(index, &Node::I32(0));
        let mut walk = self.new_walk();
        let done = self.walk(list, &mut walk, &mut |compiler, _, item| {
            compiler.next_finding(at, finding, &item.value, Some((Node::Local(index), Node::I32(1))))?;
            compiler.code.set(index, &node::add_narrow(Node::Local(index), Node::I32(1)));
            Ok(Some(()))
        })?;
        if done.is_none() {
            return self.inconsistent("a list of an argument isn't gone through");
        }
        if walk.has_state {
            self.code.begin_if(&Node::Local(walk.state), None);
            let unknown = Val::Boolean { low: Node::I32(0), high: Some(Node::I32(1)), state: None };
            self.next_finding(at, finding, &unknown, None)?;
            self.code.end();
        }
        Ok(())
    }

    /// The conditions of a criterion on each item; whether the list is known; and how many findings there are: of a
    /// list that isn't known one, on the whole case.
    fn list_of_findings(&mut self, found: &Val) -> Compiling<Findings> {
        let list = self.boxed(found, &TypeKind::Boolean.into())?;
        let state = self.boxed_state(&list)?;
        self.fail_if(&Some(state.clone()));
        let is_there = self.share(&not(state));
        let count = self.library("get.length", vec![list.clone()])?;
        Ok(Findings::List { list, is_there, count })
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
