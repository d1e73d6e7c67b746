//! Conditions: three-valued logic, comparisons, `if`.

use ordinance_feel_runtime::Builtin;
use wasm_encoder::{Instruction as I, ValType};

use super::code::Step;
use super::compiler::Compiler;
use super::error::Compiling;
use super::form::form_of;
use super::node::{self, Node, both, either, equal, not, select};
use super::val::{self, State, Val, is_failure, is_state, is_value};
use crate::source_text::Place;
use crate::tree::Expr;
use crate::types::Type;

/// A condition, apart.
#[derive(Debug, Clone)]
pub(super) struct Condition {
    pub(super) low: Node,
    pub(super) high: Option<Node>,
    pub(super) state: State,
}

impl Condition {
    /// Whether it may be true.
    pub(super) fn may_be(&self) -> Node {
        self.high.clone().unwrap_or_else(|| self.low.clone())
    }

    pub(super) fn val(self) -> Val {
        Val::Boolean { low: self.low, high: self.high, state: self.state }
    }
}

impl Compiler<'_> {
    /// A condition with nodes that may be used twice.
    pub(super) fn as_condition(&mut self, found: &Val) -> Compiling<Condition> {
        match found {
            Val::Boolean { low, high, state } => {
                let low = self.share(low);
                let high = high.as_ref().map(|high| self.share(high));
                let state = state.as_ref().map(|state| self.share(state));
                Ok(Condition { low, high, state })
            }
            Val::Null => {
                Ok(Condition { low: Node::I32(0), high: Some(Node::I32(1)), state: Some(Node::I32(val::NULL)) })
            }
            Val::Boxed(address) => self.unboxed_condition(address),
            // Only a model of DMN has such a condition: its types don't fit.
            Val::Number { .. }
            | Val::Choice { .. }
            | Val::Date { .. }
            | Val::Text { .. }
            | Val::Record { .. }
            | Val::List(_) => self.misfit_condition(found),
        }
    }

    /// `not(x)`
    pub(super) fn negation(&mut self, found: &Val) -> Compiling<Val> {
        let Condition { low, high, state } = self.as_condition(found)?;
        Ok(match high {
            None => Val::condition(not(low)),
            Some(high) => Val::Boolean { low: not(high), high: Some(not(low)), state },
        })
    }

    /// `left and right`, or `left or right`.
    pub(super) fn logic(&mut self, left: &Expr, right: &Expr, is_and: bool, expr: &Expr) -> Compiling<Val> {
        let first = self.expr(left)?;
        let (second, steps) = self.aside(right)?;
        if steps.is_empty() && !self.is_unoptimised {
            return self.joined(&first, &second, is_and);
        }
        // The second is computed only if the first doesn't decide.
        let first = self.as_condition(&first)?;
        let is_open = if is_and { first.may_be() } else { not(first.low.clone()) };
        let (low, high) = (self.code.local(ValType::I32), self.code.local(ValType::I32));
        let state = self.code.local(ValType::I32);
        let may_fail = first.state.is_some() || second.state().is_some() || matches!(second, Val::Boxed(_));
        let is_known = first.high.is_none() && is_known_condition(&second);
        let decided = Node::I32((!is_and).into());
        self.code.begin_if(&is_open, Some(left.place).filter(|_| self.is_unoptimised));
        self.code.append(steps);
        let joined = self.joined(&first.clone().val(), &second, is_and)?;
        let Condition { low: joined_low, high: joined_high, state: joined_state } = self.as_condition(&joined)?;
        self.code.set(low, &joined_low);
        if !is_known {
            self.code.set(high, &joined_high.unwrap_or_else(|| joined_low.clone()));
        }
        if may_fail {
            self.code.set(state, &joined_state.unwrap_or(Node::I32(0)));
        }
        self.code.begin_else();
        self.code.set(low, &decided);
        if !is_known {
            self.code.set(high, &decided);
        }
        if may_fail {
            self.code.set(state, &Node::I32(0));
        }
        self.code.end();
        let _ = expr;
        Ok(Val::Boolean {
            low: Node::Local(low),
            high: (!is_known).then_some(Node::Local(high)),
            state: may_fail.then_some(Node::Local(state)),
        })
    }

    /// Both of two conditions, or one of them.
    pub(super) fn joined(&mut self, first: &Val, second: &Val, is_and: bool) -> Compiling<Val> {
        let (first, second) = (self.as_parts(first)?, self.as_parts(second)?);
        let join = if is_and { both } else { either };
        let is_known = first.high.is_none() && second.high.is_none();
        if first.state.is_none() && second.state.is_none() {
            let high = (!is_known).then(|| join(first.may_be(), second.may_be()));
            return Ok(Val::Boolean { low: join(first.low, second.low), high, state: None });
        }
        let (first, second) = (self.as_condition(&first.val())?, self.as_condition(&second.val())?);
        let low = join(first.low.clone(), second.low.clone());
        let high = join(first.may_be(), second.may_be());
        let (low, high) = (self.share(&low), self.share(&high));
        let state = self.open_state(&first, &second);
        let is_open = both(high.clone(), not(low.clone()));
        let state = select(state, Node::I32(0), is_open);
        let state = self.share(&state);
        Ok(Val::Boolean { low, high: Some(high), state: Some(state) })
    }

    /// The parts of a condition as they are, each of which is used once.
    fn as_parts(&mut self, found: &Val) -> Compiling<Condition> {
        match found {
            Val::Boolean { low, high: None, state } => {
                // The one node is used for both.
                Ok(Condition { low: self.share(low), high: None, state: state.clone() })
            }
            Val::Boolean { low, high, state } => {
                Ok(Condition { low: low.clone(), high: high.clone(), state: state.clone() })
            }
            other => self.as_condition(other),
        }
    }

    /// The state of two conditions that together decide nothing: a failure wins, then unknown, then null.
    fn open_state(&mut self, first: &Condition, second: &Condition) -> Node {
        let unknown = |condition: &Condition| {
            let is_open = both(condition.may_be(), not(condition.low.clone()));
            both(is_open, is_value(&condition.state))
        };
        let is_unknown = either(unknown(first), unknown(second));
        let strictest = self.strictest([first.state.clone(), second.state.clone()]);
        let Some(strictest) = strictest else { return Node::I32(0) };
        let strictest = self.share(&strictest);
        let is_null = equal(strictest.clone(), Node::I32(val::NULL));
        select(Node::I32(0), strictest, both(is_null, is_unknown))
    }

    /// `if condition then a else b`
    pub(super) fn if_then(
        &mut self,
        condition: Condition,
        then: &Expr,
        otherwise: &Expr,
        ty: &Type,
        place: Place,
    ) -> Compiling<Val> {
        let (first, first_steps) = self.aside(then)?;
        let (second, second_steps) = self.aside(otherwise)?;
        self.choose(condition, (first, first_steps), (second, second_steps), ty, place)
    }

    /// One of two values, or what both have in common where the condition isn't known.
    pub(super) fn choose(
        &mut self,
        condition: Condition,
        (first, first_steps): (Val, Vec<Step>),
        (second, second_steps): (Val, Vec<Step>),
        ty: &Type,
        place: Place,
    ) -> Compiling<Val> {
        // Null counts as false.
        let condition = match &condition.state {
            None => condition,
            Some(_) => {
                let is_null = is_state(&condition.state, val::NULL);
                let may_be = condition.may_be();
                let high = self.share(&both(may_be, not(is_null)));
                Condition { low: condition.low, high: Some(high), state: condition.state }
            }
        };
        let form = form_of(&[&first, &second], ty);
        let (first, first_steps) = self.conformed_aside(&first, first_steps, &form, ty)?;
        let (second, second_steps) = self.conformed_aside(&second, second_steps, &form, ty)?;
        let is_plain = first_steps.is_empty() && second_steps.is_empty() && !self.is_unoptimised;
        if is_plain && condition.high.is_none() {
            return self.selected(&first, &second, &condition.low);
        }
        let place = Some(place).filter(|_| self.is_unoptimised);
        let result = self.result_like(&form, &form, condition.high.is_some());
        if condition.high.is_none() {
            self.code.begin_if(&condition.low, place);
            self.code.append(first_steps);
            self.set_result(&result, &first)?;
            self.code.begin_else();
            self.code.append(second_steps);
            self.set_result(&result, &second)?;
            self.code.end();
            return Ok(result);
        }
        let may_be = condition.may_be();
        self.code.begin_if(&may_be, None);
        self.code.append(first_steps);
        self.set_result(&result, &first)?;
        self.code.end();
        self.code.begin_if(&not(condition.low.clone()), place);
        self.code.append(second_steps);
        self.code.begin_if(&may_be, None);
        // Kept first, since it reads the locals that are set.
        let common = self.common(&condition, &result, &second, ty)?;
        let common = self.share_val(&common);
        self.set_result(&result, &common)?;
        self.code.begin_else();
        self.set_result(&result, &second)?;
        self.code.end();
        self.code.end();
        Ok(result)
    }

    /// `first known(x, y, ...)`: the first value that is known; if none is, the first.
    pub(super) fn first_known(&mut self, arguments: &[Expr], expr: &Expr) -> Compiling<Val> {
        let found = arguments.iter().map(|argument| self.expr(argument)).collect::<Compiling<Vec<_>>>()?;
        let form = form_of(&found.iter().collect::<Vec<_>>(), &expr.ty);
        if matches!(form, Val::Boxed(_) | Val::Null | Val::List(_)) {
            return self.boxed_function(Builtin::FirstKnown, found, arguments, expr);
        }
        let mut conformed = Vec::new();
        for found in &found {
            let found = self.conformed(found, &form, &expr.ty)?;
            conformed.push(self.share_val(&found));
        }
        let Some(mut best) = conformed.first().cloned() else { return self.inconsistent("nothing is given") };
        for found in conformed.iter().rev() {
            let is_known = self.is_known(found);
            best = self.selected(found, &best, &is_known)?;
            best = self.share_val(&best);
        }
        Ok(best)
    }

    /// Whether a value is known: null and what has failed are.
    fn is_known(&mut self, found: &Val) -> Node {
        let has_state = |state: &State| state.as_ref().map_or(Node::I32(0), |state| not(not(state.clone())));
        match found {
            Val::Boolean { low, high: Some(high), state } => either(equal(low.clone(), high.clone()), has_state(state)),
            Val::Number { low, high: Some(high), state, .. } => {
                let is_known = either(node::compare(I::I64Eq, low.clone(), high.clone()), has_state(state));
                both(is_known, not(is_state(state, val::UNKNOWN)))
            }
            other => not(is_state(&other.state(), val::UNKNOWN)),
        }
    }

    /// Whether a value is known; else the answer is unknown.
    pub(super) fn is_given(&mut self, found: &Val) -> Compiling<Val> {
        let is_known = match found {
            Val::Boolean { low, high: Some(high), .. } => {
                let (low, high) = (self.share(low), self.share(high));
                equal(low, high)
            }
            Val::Number { low, high: Some(high), state, .. } => {
                let (low, high) = (self.share(low), self.share(high));
                both(node::compare(I::I64Eq, low, high), not(is_state(state, val::UNKNOWN)))
            }
            Val::Boxed(address) => {
                let (known, state) = self.boxed_is_known(address)?;
                let state = self.beyond_unknown(&state).unwrap_or(Node::I32(0));
                let state = self.share(&state);
                let low = self.share(&both(known, not(state.clone())));
                return Ok(Val::Boolean { low, high: Some(Node::I32(1)), state: Some(state) });
            }
            other => not(is_state(&other.state(), val::UNKNOWN)),
        };
        let state = found.state();
        let may_fail = is_failure(&state);
        let low = self.share(&both(is_known, not(may_fail.clone())));
        let failed = state.map(|state| select(state.clone(), Node::I32(0), may_fail));
        Ok(Val::Boolean { low, high: Some(Node::I32(1)), state: failed })
    }
}

fn is_known_condition(found: &Val) -> bool {
    matches!(found, Val::Boolean { high: None, .. })
}
