//! `some` and `every`.

use wasm_encoder::{BlockType, Instruction as I, ValType};

use super::compiler::Compiler;
use super::error::Compiling;
use super::iterate::domain_type;
use super::logic::Condition;
use super::node::{Node, not};
use super::val::Val;
use crate::tree::{Domain, Expr, LocalId};

/// The locals of a condition that is joined of those of the items.
struct Joined {
    low: u32,
    high: u32,
    state: u32,
}

impl Joined {
    fn condition(&self) -> Condition {
        let [low, high, state] = [self.low, self.high, self.state].map(Node::Local);
        Condition { low, high: Some(high), state: Some(state) }
    }
}

impl Compiler<'_> {
    /// `some` and `every`
    pub(super) fn quantified(
        &mut self,
        every: bool,
        local: LocalId,
        domain: &Domain,
        condition: &Expr,
        expr: &Expr,
    ) -> Compiling<Val> {
        if let Some(found) =
            self.attempt(expr, |compiler| compiler.walked_quantifier(every, local, domain, (condition, expr)))?
        {
            return Ok(found);
        }
        let list = self.domain(domain)?;
        let found = self.start(every);
        let of_list = list.state().map(|state| self.code.share(&state));
        let of_list = match (&list, of_list) {
            (Val::Boxed(address), _) => Some(self.boxed_state(address)?),
            (_, state) => state,
        };
        self.code.push(I::Block(BlockType::Empty));
        if let Some(of_list) = &of_list {
            self.code.begin_if(of_list, None);
            self.without_list(&found, of_list);
            self.code.push(I::Br(1));
            self.code.end();
        }
        let items = self.begin_items(&list, &domain_type(domain))?;
        self.locals.insert(local, items.item.clone());
        let decided = self.join_item(&found, every, condition, items.certain.as_ref())?;
        self.code.emit(&decided);
        self.code.push_at(I::BrIf(2), Some(expr.place).filter(|_| self.is_unoptimised));
        self.end_items(&items);
        self.code.end();
        Ok(found.condition().val())
    }

    /// A quantifier of a list that isn't made.
    fn walked_quantifier(
        &mut self,
        every: bool,
        local: LocalId,
        domain: &Domain,
        (condition, expr): (&Expr, &Expr),
    ) -> Compiling<Option<Val>> {
        let mut walk = self.new_walk();
        walk.ends_early = true;
        let found = self.start(every);
        let done = self.walk_all(domain, &mut walk, &mut |compiler, _, item| {
            compiler.locals.insert(local, item.value.clone());
            let certain = Some(&item.certain).filter(|certain| !matches!(certain, Node::I32(1)));
            let decided = compiler.join_item(&found, every, condition, certain)?;
            compiler.code.emit(&decided);
            let place = Some(expr.place).filter(|_| compiler.is_unoptimised);
            compiler.code.push_at(I::BrIf(item.depth), place);
            Ok(Some(()))
        })?;
        if walk.has_state {
            self.code.begin_if(&Node::Local(walk.state), None);
            self.without_list(&found, &Node::Local(walk.state));
            self.code.end();
        }
        Ok(done.map(|()| found.condition().val()))
    }

    /// The condition before the first item.
    fn start(&mut self, every: bool) -> Joined {
        let first = Node::I32(every.into());
        let found = Joined {
            low: self.code.local(ValType::I32),
            high: self.code.local(ValType::I32),
            state: self.code.local(ValType::I32),
        };
        self.code.set(found.low, &first);
        self.code.set(found.high, &first);
        self.code.set(found.state, &Node::I32(0));
        found
    }

    /// Without a list, the condition is what the list is.
    fn without_list(&mut self, found: &Joined, of_list: &Node) {
        self.code.set(found.low, &Node::I32(0));
        self.code.set(found.high, &Node::I32(1));
        let own = self.beyond_unknown(of_list).unwrap_or(Node::I32(0));
        self.code.set(found.state, &own);
    }

    /// Joins the condition of an item, and says whether it decides, so that the rest isn't looked at.
    fn join_item(&mut self, found: &Joined, every: bool, condition: &Expr, certain: Option<&Node>) -> Compiling<Node> {
        let truth = self.expr(condition)?;
        let truth = match certain {
            None => truth,
            // An item that the list may not have decides nothing.
            Some(certain) => {
                let unknown = Val::Boolean { low: Node::I32(0), high: Some(Node::I32(1)), state: None };
                let decided = self.joined(&truth, &unknown, !every)?;
                let (decided, truth) = (self.as_condition(&decided)?, self.as_condition(&truth)?);
                let (decided, truth) = (full(decided), full(truth));
                self.selected(&truth, &decided, certain)?
            }
        };
        let joined = self.joined(&found.condition().val(), &truth, every)?;
        let joined = self.share_val(&joined);
        let joined = self.as_condition(&joined)?;
        self.code.set(found.low, &joined.low);
        self.code.set(found.high, &joined.may_be());
        self.code.set(found.state, &joined.state.clone().unwrap_or(Node::I32(0)));
        Ok(if every { not(Node::Local(found.high)) } else { Node::Local(found.low) })
    }
}

/// A condition with an upper end.
fn full(condition: Condition) -> Val {
    let high = condition.may_be();
    let state = condition.state.unwrap_or(Node::I32(0));
    Val::Boolean { low: condition.low, high: Some(high), state: Some(state) }
}
