//! What repeats: quantifiers, `for`, filters and sorting.

use ordinance_feel_runtime::{Builtin, Value};
use wasm_encoder::{BlockType, Instruction as I, ValType};

use super::aggregate::EmptySum;
use super::compiler::Compiler;
use super::error::Compiling;
use super::fixed::steps_max;
use super::node::{self, Node, both, equal, not};
use super::val::{self, ListVal, Val};
use crate::tree::{Domain, Expr, ExprKind, LocalId};
use crate::types::{Type, TypeKind};

/// A loop over a list that is being made.
pub(super) struct Loop {
    /// The item, and whether the list certainly has it.
    pub(super) item: Val,
    pub(super) certain: Option<Node>,
    /// What goes on to the next item.
    next: Vec<(u32, Node)>,
}

impl Compiler<'_> {
    /// What a variable goes through, as a list.
    pub(super) fn domain(&mut self, domain: &Domain) -> Compiling<Val> {
        match domain {
            Domain::List(list) => {
                let found = self.expr(list)?;
                Ok(match &found {
                    Val::List(_) => self.share_val(&found),
                    _ => Val::Boxed(self.boxed(&found, &list.ty)?),
                })
            }
            Domain::Steps { from, to } => self.steps(from, to),
        }
    }

    /// The whole numbers or days from one to another, as a list of the library.
    fn steps(&mut self, from: &Expr, to: &Expr) -> Compiling<Val> {
        let (first, last) = (self.expr(from)?, self.expr(to)?);
        let ends = vec![self.boxed(&first, &from.ty)?, self.boxed(&last, &to.ty)?];
        let list = self.library_sized("list.steps", ends, steps_max(from, to))?;
        self.note_place(&list, from.place)?;
        Ok(Val::Boxed(list))
    }

    /// Begins a loop over the items of a list that is there. Two blocks are open within it.
    pub(super) fn begin_items(&mut self, list: &Val, ty: &Type) -> Compiling<Loop> {
        match list {
            Val::List(list) => self.begin_own_items(list),
            Val::Boxed(address) => self.begin_boxed_items(address, items_max(ty)),
            _ => self.inconsistent("what is gone through is no list"),
        }
    }

    fn begin_own_items(&mut self, list: &ListVal) -> Compiling<Loop> {
        let (at, left) = (self.code.local(ValType::I32), self.code.local(ValType::I32));
        self.code.set(at, &list.address);
        self.code.set(left, &list.count);
        self.code.push(I::Block(BlockType::Empty));
        self.code.begin_loop(list.items_max.map(|most| most.saturating_add(1)));
        self.code.emit(&not(Node::Local(left)));
        self.code.push(I::BrIf(1));
        let item = self.load_item(list, &Node::Local(at))?;
        let bytes = Node::I32(Self::item_bytes(list).cast_signed());
        let next = vec![
            (at, node::add_narrow(Node::Local(at), bytes)),
            (left, node::add_narrow(Node::Local(left), Node::I32(-1))),
        ];
        Ok(Loop { item, certain: None, next })
    }

    fn begin_boxed_items(&mut self, address: &Node, most: Option<u64>) -> Compiling<Loop> {
        let count = self.library("get.length", vec![address.clone()])?;
        let at = self.code.local(ValType::I32);
        self.code.set(at, &Node::I32(0));
        self.code.push(I::Block(BlockType::Empty));
        self.code.begin_loop(most.map(|most| most.saturating_add(1)));
        let is_end = node::narrow(I::I32GeS, vec![Node::Local(at), count]);
        self.code.emit(&is_end);
        self.code.push(I::BrIf(1));
        let raw = self.library("get.item", vec![address.clone(), Node::Local(at)])?;
        let certain = self.library("get.certain", vec![raw.clone()])?;
        let item = self.library("get.possible", vec![raw])?;
        let next = vec![(at, node::add_narrow(Node::Local(at), Node::I32(1)))];
        Ok(Loop { item: Val::Boxed(item), certain: Some(certain), next })
    }

    /// Goes on to the next item, and ends the loop.
    pub(super) fn end_items(&mut self, items: &Loop) {
        for (local, next) in &items.next {
            self.code.set(*local, next);
        }
        self.code.push(I::Br(0));
        self.code.end();
        self.code.end();
    }

    /// A list of the library, or what there is in its place: a local, which is set, and the code goes on after the
    /// block.
    pub(super) fn begin_list(&mut self, list: &Val, ty: &Type, result: u32) -> Compiling<Val> {
        let state = match list {
            Val::Boxed(address) => Some(self.boxed_state(address)?),
            other => other.state(),
        };
        let Some(state) = state else { return Ok(list.clone()) };
        self.code.begin_if(&state, None);
        let whole = self.boxed(list, ty)?;
        self.code.set(result, &whole);
        self.code.push(I::Br(1));
        self.code.end();
        Ok(match list {
            Val::List(_) => list.with_state(None),
            other => other.clone(),
        })
    }

    /// `list[condition]`
    pub(super) fn filter(&mut self, list: &Expr, local: LocalId, condition: &Expr) -> Compiling<Val> {
        let found = self.domain(&Domain::List(Box::new(list.clone())))?;
        let result = self.code.local(ValType::I32);
        self.code.push(I::Block(BlockType::Empty));
        let there = self.begin_list(&found, &list.ty, result)?;
        let kept = self.library("list.new", vec![Node::I32(0)])?;
        let items = self.begin_items(&there, &list.ty)?;
        self.locals.insert(local, items.item.clone());
        let truth = self.expr(condition)?;
        let truth = self.as_condition(&truth)?;
        if truth.state.is_some() {
            // A failure is that of the whole list; null counts as false.
            let failed = super::val::is_failure(&truth.state);
            self.code.begin_if(&failed, None);
            let whole = Val::Boolean { low: Node::I32(0), high: Some(Node::I32(1)), state: truth.state.clone() };
            let whole = self.boxed(&whole, &TypeKind::Boolean.into())?;
            self.code.set(result, &whole);
            self.code.push(I::Br(3));
            self.code.end();
        }
        let is_null = val::is_state(&truth.state, val::NULL);
        let may_be = self.share(&both(truth.may_be(), not(is_null)));
        self.code.begin_if(&may_be, Some(condition.place).filter(|_| self.is_unoptimised));
        let item = self.boxed(&items.item, &item_type(&list.ty))?;
        let certain = both(truth.low.clone(), items.certain.clone().unwrap_or(Node::I32(1)));
        self.push_item(&kept, &item, &certain)?;
        self.code.end();
        self.end_items(&items);
        let finished = self.library_call("list.finish", vec![kept], false)?;
        self.code.set(result, &finished);
        self.code.end();
        Ok(Val::Boxed(Node::Local(result)))
    }

    /// Adds an item that the list has, or may have.
    pub(super) fn push_item(&mut self, list: &Node, item: &Node, certain: &Node) -> Compiling<()> {
        if matches!(certain, Node::I32(1)) {
            return self.library_effect("list.push", &[list.clone(), item.clone()]);
        }
        let kept = self.code.local(ValType::I32);
        self.code.set(kept, item);
        self.code.begin_if(&not(certain.clone()), None);
        let perhaps = self.library_call("make.perhaps", vec![item.clone()], false)?;
        self.code.set(kept, &perhaps);
        self.code.end();
        self.library_effect("list.push", &[list.clone(), Node::Local(kept)])
    }

    /// `for ... return result`
    pub(super) fn repeat(
        &mut self,
        iterations: &[(LocalId, Domain)],
        partial: Option<LocalId>,
        result: &Expr,
        ty: &Type,
    ) -> Compiling<Val> {
        let partial = partial.map(|partial| (partial, ty));
        let whole = self.code.local(ValType::I32);
        let list = self.library("list.new", vec![Node::I32(0)])?;
        self.code.push(I::Block(BlockType::Empty));
        self.combine(iterations, (&list, &Node::I32(1)), (partial, result), (whole, 1))?;
        let finished = self.library_call("list.finish", vec![list], false)?;
        self.code.set(whole, &finished);
        self.code.end();
        Ok(Val::Boxed(Node::Local(whole)))
    }

    /// Adds the results of what is left to go through. `depth` is how many blocks are open, with that of the whole.
    fn combine(
        &mut self,
        iterations: &[(LocalId, Domain)],
        (list, certain): (&Node, &Node),
        (partial, result): (Option<(LocalId, &Type)>, &Expr),
        (whole, depth): (u32, u32),
    ) -> Compiling<()> {
        let Some(((local, domain), rest)) = iterations.split_first() else {
            if let Some(partial) = partial {
                self.bind_partial(partial, (list, certain), (whole, depth))?;
            }
            let found = self.expr(result)?;
            let item = self.boxed(&found, &result.ty)?;
            return self.push_item(list, &item, certain);
        };
        let found = self.domain(domain)?;
        let ty = domain_type(domain);
        let state = match &found {
            Val::Boxed(address) => Some(self.boxed_state(address)?),
            other => other.state(),
        };
        if let Some(state) = state {
            self.code.begin_if(&state, None);
            let early = self.boxed(&found, &ty)?;
            self.code.set(whole, &early);
            self.code.push(I::Br(depth));
            self.code.end();
        }
        let items = self.begin_items(&found.with_state(None), &ty)?;
        self.locals.insert(*local, items.item.clone());
        let certain = both(certain.clone(), items.certain.clone().unwrap_or(Node::I32(1)));
        let certain = self.share(&certain);
        self.combine(rest, (list, &certain), (partial, result), (whole, depth + 2))?;
        self.end_items(&items);
        Ok(())
    }

    /// Binds the list of the results so far; unknown in place of all if it isn't known whether there is this one.
    fn bind_partial(
        &mut self,
        (partial, ty): (LocalId, &Type),
        (list, certain): (&Node, &Node),
        (whole, depth): (u32, u32),
    ) -> Compiling<()> {
        if !matches!(certain, Node::I32(1)) {
            self.code.begin_if(&not(certain.clone()), None);
            let unknown = self.unknown()?;
            self.code.set(whole, &unknown);
            self.code.push(I::Br(depth));
            self.code.end();
        }
        let so_far = self.library_sized("list.copy", vec![list.clone()], items_max(ty))?;
        self.locals.insert(partial, Val::Boxed(so_far));
        Ok(())
    }

    /// A function of a list.
    pub(super) fn list_function(&mut self, function: Builtin, arguments: &[Expr], expr: &Expr) -> Compiling<Val> {
        if let [list] = arguments
            && let Some(found) = self.walked(function, list, &expr.ty)?
        {
            return Ok(found);
        }
        let found = arguments.iter().map(|argument| self.expr(argument)).collect::<Compiling<Vec<_>>>()?;
        if let (Builtin::Count, [Val::List(list)]) = (function, found.as_slice())
            && let Some(bounds) = super::fixed::fixed(&expr.ty).filter(|bounds| bounds.scale == 0)
        {
            let low = node::wide(I::I64ExtendI32U, vec![list.count.clone()]);
            let low = self.share(&low);
            let Some(state) = list.state.clone() else { return Ok(Val::number(low, 0)) };
            let state = self.code.share_state(&state);
            let is_unknown = equal(state.clone(), Node::I32(val::UNKNOWN));
            let high = node::select(Node::I64(bounds.max), low.clone(), is_unknown.clone());
            let low = node::select(Node::I64(bounds.min), low, is_unknown);
            let state = self.beyond_unknown(&state);
            return Ok(Val::Number { low, high: Some(high), scale: 0, state });
        }
        self.boxed_function(function, found, arguments, expr)
    }

    /// A function of a list that isn't made; `None` if the library has to compute it.
    fn walked(&mut self, function: Builtin, list: &Expr, ty: &Type) -> Compiling<Option<Val>> {
        match (function, &list.kind) {
            // Its length is at hand.
            (Builtin::Count, ExprKind::Input(_) | ExprKind::Field { .. }) => Ok(None),
            (Builtin::Count, _) => self.walked_count(list, ty),
            (Builtin::Sum, _) => self.walked_sum(list, ty, EmptySum::Null),
            (Builtin::Min | Builtin::Max, _) => self.walked_extreme(list, ty, function == Builtin::Min),
            _ => Ok(None),
        }
    }

    /// Calls a function of the library.
    pub(super) fn boxed_function(
        &mut self,
        function: Builtin,
        found: Vec<Val>,
        arguments: &[Expr],
        expr: &Expr,
    ) -> Compiling<Val> {
        let given: Vec<(Val, Type)> =
            found.into_iter().zip(arguments).map(|(found, argument)| (found, argument.ty.clone())).collect();
        self.call_builtin(function, &given, expr)
    }

    /// An expression that the library computes.
    pub(super) fn boxed_expr(&mut self, expr: &Expr) -> Compiling<Val> {
        match &expr.kind {
            ExprKind::Call { function, arguments } => {
                let found = arguments.iter().map(|argument| self.expr(argument)).collect::<Compiling<Vec<_>>>()?;
                let called = self.boxed_function(*function, found, arguments, expr)?;
                match (&expr.ty.kind, called) {
                    (TypeKind::Boolean, Val::Boxed(address)) => Ok(self.unboxed_condition(&address)?.val()),
                    (_, called) => Ok(called),
                }
            }
            ExprKind::List(items) => {
                let mut boxed = Vec::new();
                for item in items {
                    let found = self.expr(item)?;
                    boxed.push(self.boxed(&found, &item.ty)?);
                }
                self.list_of(&boxed).map(Val::Boxed)
            }
            ExprKind::For { iterations, partial, result } => self.repeat(iterations, *partial, result, &expr.ty),
            ExprKind::Filter { list, local, condition } => self.filter(list, *local, condition),
            ExprKind::Range { low, low_included, high, high_included } => {
                self.range((low.as_deref(), *low_included), (high.as_deref(), *high_included), expr.place)
            }
            ExprKind::Sort { list, first, second, before } => self.sort(list, (*first, *second), before),
            ExprKind::InstanceOf { value, of } => self.instance_of(value, of),
            _ => self.inconsistent("an expression has no code"),
        }
    }

    /// `list[number]`
    pub(super) fn item(&mut self, list: &Expr, number: &Expr, expr: &Expr) -> Compiling<Val> {
        if let Some(found) = self.walked_item((list, number), None, expr)? {
            return Ok(found);
        }
        let (found, at) = (self.expr(list)?, self.expr(number)?);
        let (found, at) = (self.boxed(&found, &list.ty)?, self.boxed(&at, &number.ty)?);
        let item = self.library_sized("operator.item", vec![found, at], super::weight::parts(&list.ty))?;
        self.typed(item, &expr.ty)
    }

    /// A constant of nothing known.
    pub(super) fn unknown(&mut self) -> Compiling<Node> {
        self.boxed_constant_node(&Value::Unknown)
    }
}

/// The type of what a variable goes through, as a list.
pub(super) fn domain_type(domain: &Domain) -> Type {
    match domain {
        Domain::List(list) => list.ty.clone(),
        Domain::Steps { from, to } => from.ty.clone().list(steps_max(from, to)),
    }
}

/// The type of a list's items.
pub(super) fn item_type(list: &Type) -> Type {
    match &list.kind {
        TypeKind::List { item, .. } => item.as_ref().clone(),
        _ => list.clone(),
    }
}

/// The most items of a list of a type; `None` if nobody knows.
pub(super) fn items_max(list: &Type) -> Option<u64> {
    match &list.kind {
        TypeKind::List { items_max, .. } => *items_max,
        _ => None,
    }
}
