//! Goes through the items of a list without making it: a list of an argument, what filters leave of it, and what `for`
//! makes of each item.

use wasm_encoder::{BlockType, Instruction as I, ValType};

use super::compiler::Compiler;
use super::error::Compiling;
use super::fixed::steps_max;
use super::node::{self, Node, both, not};
use super::val::{self, ListVal, Val, is_failure, is_state};
use crate::tree::{Domain, Expr, ExprKind, LocalId};

/// How a list is gone through.
#[derive(Debug)]
pub(super) struct Walk {
    /// From the last item to the first.
    pub(super) is_reversed: bool,
    /// Whether what goes through it ends before the last item. A condition that fails later would be overlooked then.
    pub(super) ends_early: bool,
    /// The local with the state of the whole list: 0 once it has been gone through.
    pub(super) state: u32,
    /// Whether that may be another one.
    pub(super) has_state: bool,
}

/// An item that the list has or may have.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) value: Val,
    /// Whether the list certainly has it.
    pub(super) certain: Node,
    /// How many blocks are open in that of the walk.
    pub(super) depth: u32,
}

/// What is done with each item; `None` if it can't be done without the run-time library.
pub(super) type Visit<'v> = &'v mut dyn FnMut(&mut Compiler<'_>, &mut Walk, Item) -> Compiling<Option<()>>;

impl Compiler<'_> {
    /// Tries to compile something; what was added meanwhile is taken back if it gives `None`.
    pub(super) fn attempt<T>(
        &mut self,
        of: &Expr,
        make: impl FnOnce(&mut Self) -> Compiling<Option<T>>,
    ) -> Compiling<Option<T>> {
        let key = std::ptr::from_ref(of).addr();
        if self.given_up.contains(&key) {
            return Ok(None);
        }
        let (exports, failures, prologue) = (self.exports.len(), self.failures.count(), self.prologue.len());
        let (helpers, constants, data) = (self.helpers.clone(), self.constants.clone(), self.data.mark());
        let (fails, lengthens_texts) = (self.fails, self.lengthens_texts);
        let before = self.code.hold();
        let made = make(self);
        let steps = self.code.release(before);
        let made = made?;
        if made.is_some() {
            self.code.append(steps);
            return Ok(made);
        }
        self.given_up.insert(key);
        self.exports.truncate(exports);
        self.failures.truncate(failures);
        self.prologue.truncate(prologue);
        (self.helpers, self.constants) = (helpers, constants);
        (self.fails, self.lengthens_texts) = (fails, lengthens_texts);
        self.data.go_back(data);
        Ok(None)
    }

    /// Goes through a list, within a block of its own; `None` if the library has to make the list.
    pub(super) fn walk(&mut self, list: &Expr, walk: &mut Walk, visit: Visit<'_>) -> Compiling<Option<()>> {
        self.within_walk(walk, |compiler, walk| compiler.walk_list(list, walk, (&Node::I32(1), 0), visit))
    }

    fn within_walk<T>(
        &mut self,
        walk: &mut Walk,
        make: impl FnOnce(&mut Self, &mut Walk) -> Compiling<T>,
    ) -> Compiling<T> {
        self.code.set(walk.state, &Node::I32(0));
        self.code.push(I::Block(BlockType::Empty));
        let made = make(self, walk);
        self.code.end();
        made
    }

    /// The same of what a quantifier goes through.
    pub(super) fn walk_all(&mut self, domain: &Domain, walk: &mut Walk, visit: Visit<'_>) -> Compiling<Option<()>> {
        self.within_walk(walk, |compiler, walk| compiler.walk_domain(domain, walk, (&Node::I32(1), 0), visit))
    }

    /// A walk from the first item to the last.
    pub(super) fn new_walk(&mut self) -> Walk {
        let state = self.code.local(ValType::I32);
        Walk { is_reversed: false, ends_early: false, state, has_state: false }
    }

    fn walk_list(
        &mut self,
        list: &Expr,
        walk: &mut Walk,
        (certain, depth): (&Node, u32),
        visit: Visit<'_>,
    ) -> Compiling<Option<()>> {
        match &list.kind {
            ExprKind::Filter { list, local, condition } => {
                self.walk_list(list, walk, (certain, depth), &mut |compiler, walk, item| {
                    compiler.locals.insert(*local, item.value.clone());
                    compiler.keep_item(condition, walk, item, visit)
                })
            }
            ExprKind::For { iterations, partial: None, result } => {
                self.walk_iterations(iterations, result, walk, (certain, depth), visit)
            }
            ExprKind::Let { local, value, body } => {
                self.bind(*local, value)?;
                self.walk_list(body, walk, (certain, depth), visit)
            }
            ExprKind::Local(local) if let Some(list) = self.lazy.get(local).cloned() => {
                self.walk_list(&list, walk, (certain, depth), visit)
            }
            _ => match self.expr(list)? {
                Val::List(list) => self.walk_own(&list, walk, (certain, depth), visit),
                _ => Ok(None),
            },
        }
    }

    /// Goes on with an item that a condition keeps, or may keep.
    fn keep_item(&mut self, condition: &Expr, walk: &mut Walk, item: Item, visit: Visit<'_>) -> Compiling<Option<()>> {
        let Item { value, certain, depth } = item;
        let truth = self.expr(condition)?;
        let truth = self.as_condition(&truth)?;
        if truth.state.is_some() {
            if walk.ends_early {
                return Ok(None);
            }
            // A failure is that of the whole list; null counts as false.
            walk.has_state = true;
            self.code.begin_if(&is_failure(&truth.state), None);
            self.code.set(walk.state, &truth.state.clone().unwrap_or(Node::I32(0)));
            self.code.push(I::Br(depth + 1));
            self.code.end();
        }
        let is_null = is_state(&truth.state, val::NULL);
        let may_be = self.share(&both(truth.may_be(), not(is_null)));
        self.code.begin_if(&may_be, Some(condition.place).filter(|_| self.is_unoptimised));
        let is_kept = if truth.high.is_none() { Node::I32(1) } else { truth.low.clone() };
        let certain = self.share(&both(certain, is_kept));
        let done = visit(self, walk, Item { value, certain, depth: depth + 1 })?;
        self.code.end();
        Ok(done)
    }

    fn walk_iterations(
        &mut self,
        iterations: &[(LocalId, Domain)],
        result: &Expr,
        walk: &mut Walk,
        (certain, depth): (&Node, u32),
        visit: Visit<'_>,
    ) -> Compiling<Option<()>> {
        let Some(((local, domain), rest)) = iterations.split_first() else {
            let value = self.expr(result)?;
            return visit(self, walk, Item { value, certain: certain.clone(), depth });
        };
        // Where the second list isn't known, the whole isn't, whatever the first items gave.
        if walk.ends_early && !rest.is_empty() {
            return Ok(None);
        }
        self.walk_domain(domain, walk, (certain, depth), &mut |compiler, walk, item| {
            compiler.locals.insert(*local, item.value);
            compiler.walk_iterations(rest, result, walk, (&item.certain, item.depth), visit)
        })
    }

    fn walk_domain(
        &mut self,
        domain: &Domain,
        walk: &mut Walk,
        at: (&Node, u32),
        visit: Visit<'_>,
    ) -> Compiling<Option<()>> {
        match domain {
            Domain::List(list) => self.walk_list(list, walk, at, visit),
            Domain::Steps { from, to } => self.walk_steps((from, to), walk, at, visit),
        }
    }

    /// Goes through the whole numbers from one to another, where both are known.
    fn walk_steps(
        &mut self,
        (from, to): (&Expr, &Expr),
        walk: &mut Walk,
        (certain, depth): (&Node, u32),
        visit: Visit<'_>,
    ) -> Compiling<Option<()>> {
        let (first, last) = (self.expr(from)?, self.expr(to)?);
        let (
            Val::Number { low: first, high: None, scale: 0, state: None },
            Val::Number { low: last, high: None, scale: 0, state: None },
        ) = (&first, &last)
        else {
            return Ok(None);
        };
        let Some(most) = steps_max(from, to) else { return Ok(None) };
        let (first, last) = (self.share(first), self.share(last));
        let (first, last) = if walk.is_reversed { (last, first) } else { (first, last) };
        let at = self.code.local(ValType::I64);
        self.code.set(at, &first);
        let step = node::select(Node::I64(1), Node::I64(-1), node::compare(I::I64LeS, first, last.clone()));
        let step = self.share(&step);
        self.code.push(I::Block(BlockType::Empty));
        self.code.begin_loop(Some(most));
        let item = Item { value: Val::number(Node::Local(at), 0), certain: certain.clone(), depth: depth + 2 };
        let done = visit(self, walk, item)?;
        self.code.emit(&node::compare(I::I64Eq, Node::Local(at), last));
        self.code.push(I::BrIf(1));
        self.code.set(at, &node::add(Node::Local(at), step));
        self.code.push(I::Br(0));
        self.code.end();
        self.code.end();
        Ok(done)
    }

    /// Goes through a list of an argument.
    fn walk_own(
        &mut self,
        list: &ListVal,
        walk: &mut Walk,
        (certain, depth): (&Node, u32),
        visit: Visit<'_>,
    ) -> Compiling<Option<()>> {
        if let Some(state) = &list.state {
            let state = self.share(state);
            walk.has_state = true;
            self.code.begin_if(&state, None);
            self.code.set(walk.state, &state);
            self.code.push(I::Br(depth + 1));
            self.code.end();
        }
        let (at, left) = (self.code.local(ValType::I32), self.code.local(ValType::I32));
        let bytes = Self::item_bytes(list).cast_signed();
        let step = |bytes: i32| node::add_narrow(Node::Local(at), Node::I32(bytes));
        self.code.set(left, &list.count);
        self.code.set(at, &list.address);
        if walk.is_reversed {
            let whole = node::narrow(I::I32Mul, vec![Node::Local(left), Node::I32(bytes)]);
            self.code.set(at, &node::add_narrow(Node::Local(at), whole));
        }
        self.code.push(I::Block(BlockType::Empty));
        self.code.begin_loop(list.items_max.map(|most| most.saturating_add(1)));
        self.code.emit(&not(Node::Local(left)));
        self.code.push(I::BrIf(1));
        if walk.is_reversed {
            self.code.set(at, &step(-bytes));
        }
        let value = self.load_item(list, &Node::Local(at))?;
        let done = visit(self, walk, Item { value, certain: certain.clone(), depth: depth + 2 })?;
        if !walk.is_reversed {
            self.code.set(at, &step(bytes));
        }
        self.code.set(left, &node::add_narrow(Node::Local(left), Node::I32(-1)));
        self.code.push(I::Br(0));
        self.code.end();
        self.code.end();
        Ok(done)
    }
}
