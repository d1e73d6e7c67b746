//! What two values have in common, and which of two values it is.

use std::rc::Rc;

use wasm_encoder::{Instruction as I, ValType};

use super::compiler::Compiler;
use super::error::Compiling;
use super::fixed::{fixed, fixed_at, power_of_ten};
use super::logic::Condition;
use super::node::{self, Node, both, either, equal, not, select};
use super::val::{self, ListVal, State, Val, is_failure, is_state};
use crate::types::{Type, TypeKind};

impl Compiler<'_> {
    /// Null in the form of another value.
    pub(super) fn null_like(&mut self, other: &Val) -> Val {
        let state = Some(Node::I32(val::NULL));
        match other {
            Val::Boolean { .. } => Val::Boolean { low: Node::I32(0), high: Some(Node::I32(1)), state },
            Val::Number { scale, .. } => Val::Number { low: Node::I64(0), high: None, scale: *scale, state },
            Val::Choice { words, .. } => Val::Choice { index: Node::I32(0), words: words.clone(), state },
            Val::Date { .. } => Val::Date { packed: Node::I32(0), state },
            Val::Text { .. } => Val::Text { address: Node::I32(0), bytes: Node::I32(0), state },
            Val::Record { fields, .. } => {
                Val::Record { fields: fields.iter().map(|field| self.null_like(field)).collect(), state }
            }
            Val::List(list) => Val::List(ListVal { address: Node::I32(0), count: Node::I32(0), state, ..list.clone() }),
            Val::Null | Val::Boxed(_) => Val::Null,
        }
    }

    /// A number in units of a smaller or equal scale. It has to fit.
    pub(super) fn rescaled(&mut self, found: &Val, wanted: u8) -> Val {
        let Val::Number { low, high, scale, state } = found else { return found.clone() };
        let power = Node::I64(wanted.checked_sub(*scale).and_then(power_of_ten).unwrap_or(1));
        Val::Number {
            low: node::multiply(low.clone(), power.clone()),
            high: high.clone().map(|high| node::multiply(high, power)),
            scale: wanted.max(*scale),
            state: state.clone(),
        }
    }

    /// The first of two values of one form if the condition isn't 0, else the second.
    pub(super) fn selected(&mut self, first: &Val, second: &Val, condition: &Node) -> Compiling<Val> {
        let condition = self.share(condition);
        let (first, second) = (self.share_doubled(first), self.share_doubled(second));
        let pick = |a: &Node, b: &Node| select(a.clone(), b.clone(), condition.clone());
        let state = match (first.state(), second.state()) {
            (None, None) => None,
            (one, other) => Some(pick(&one.unwrap_or(Node::I32(0)), &other.unwrap_or(Node::I32(0)))),
        };
        let upper =
            |(one, of_one): (&Node, &Option<Node>), (other, of_other): (&Node, &Option<Node>)| match (of_one, of_other)
            {
                (None, None) => None,
                (a, b) => Some(pick(a.as_ref().unwrap_or(one), b.as_ref().unwrap_or(other))),
            };
        Ok(match (&first, &second) {
            (Val::Boolean { low: a, high: c, .. }, Val::Boolean { low: b, high: d, .. }) => {
                Val::Boolean { low: pick(a, b), high: upper((a, c), (b, d)), state }
            }
            (Val::Number { low: a, high: c, scale, .. }, Val::Number { low: b, high: d, .. }) => {
                Val::Number { low: pick(a, b), high: upper((a, c), (b, d)), scale: *scale, state }
            }
            (Val::Choice { index: a, words, .. }, Val::Choice { index: b, .. }) => {
                Val::Choice { index: pick(a, b), words: words.clone(), state }
            }
            (Val::Date { packed: a, .. }, Val::Date { packed: b, .. }) => Val::Date { packed: pick(a, b), state },
            (Val::Text { address: a, bytes: c, .. }, Val::Text { address: b, bytes: d, .. }) => {
                Val::Text { address: pick(a, b), bytes: pick(c, d), state }
            }
            (Val::Record { fields: a, .. }, Val::Record { fields: b, .. }) => {
                let fields = a.iter().zip(b.iter()).map(|(a, b)| self.selected(a, b, &condition));
                Val::Record { fields: fields.collect::<Compiling<Rc<_>>>()?, state }
            }
            (Val::Boxed(a), Val::Boxed(b)) => Val::Boxed(pick(a, b)),
            (Val::Null, Val::Null) => Val::Null,
            _ => return self.inconsistent("two values aren't alike"),
        })
    }

    /// Shares the lower end of what has no upper one, which may stand for both.
    fn share_doubled(&mut self, found: &Val) -> Val {
        match found {
            Val::Boolean { high: None, .. } | Val::Number { high: None, .. } => self.share_val(found),
            other => other.clone(),
        }
    }

    /// Locals for a value that is one of two of one form.
    pub(super) fn result_like(&mut self, first: &Val, second: &Val, is_open: bool) -> Val {
        let has_state = first.state().is_some() || second.state().is_some() || is_open;
        let mut local = |kind| Node::Local(self.code.local(kind));
        let has_high = |one: &Option<Node>, other: &Option<Node>| one.is_some() || other.is_some() || is_open;
        match (first, second) {
            (Val::Boolean { high: one, .. }, Val::Boolean { high: other, .. }) => Val::Boolean {
                low: local(ValType::I32),
                high: has_high(one, other).then(|| local(ValType::I32)),
                state: has_state.then(|| local(ValType::I32)),
            },
            (Val::Number { high: one, scale, .. }, Val::Number { high: other, .. }) => Val::Number {
                low: local(ValType::I64),
                high: has_high(one, other).then(|| local(ValType::I64)),
                scale: *scale,
                state: has_state.then(|| local(ValType::I32)),
            },
            (Val::Choice { words, .. }, _) => Val::Choice {
                index: local(ValType::I32),
                words: words.clone(),
                state: has_state.then(|| local(ValType::I32)),
            },
            (Val::Date { .. }, _) => {
                Val::Date { packed: local(ValType::I32), state: has_state.then(|| local(ValType::I32)) }
            }
            (Val::Text { .. }, _) => Val::Text {
                address: local(ValType::I32),
                bytes: local(ValType::I32),
                state: has_state.then(|| local(ValType::I32)),
            },
            (Val::Record { fields: one, .. }, Val::Record { fields: other, .. }) => {
                let state = has_state.then(|| local(ValType::I32));
                let fields =
                    one.iter().zip(other.iter()).map(|(one, other)| self.result_like(one, other, is_open)).collect();
                Val::Record { fields, state }
            }
            (Val::Boxed(_), _) => Val::Boxed(local(ValType::I32)),
            _ => Val::Null,
        }
    }

    /// Sets the locals of a result.
    pub(super) fn set_result(&mut self, result: &Val, found: &Val) -> Compiling<()> {
        let found = &self.share_doubled(found);
        if let (Some(Node::Local(local)), state) = (result.state(), found.state()) {
            self.code.set(local, &state.unwrap_or(Node::I32(0)));
        }
        match (result, found) {
            (Val::Boolean { low: to, high: to_high, .. }, Val::Boolean { low, high, .. })
            | (Val::Number { low: to, high: to_high, .. }, Val::Number { low, high, .. }) => {
                if let Some(to_high) = to_high {
                    self.set_node(to_high, high.as_ref().unwrap_or(low));
                }
                self.set_node(to, low);
            }
            (Val::Choice { index: to, .. }, Val::Choice { index: from, .. })
            | (Val::Date { packed: to, .. }, Val::Date { packed: from, .. })
            | (Val::Boxed(to), Val::Boxed(from)) => self.set_node(to, from),
            (Val::Text { address, bytes, .. }, Val::Text { address: from, bytes: from_bytes, .. }) => {
                self.set_node(address, from);
                self.set_node(bytes, from_bytes);
            }
            (Val::Record { fields: to, .. }, Val::Record { fields: from, .. }) => {
                for (to, from) in to.iter().zip(from.iter()) {
                    self.set_result(to, from)?;
                }
            }
            (Val::Null, Val::Null) => {}
            _ => return self.inconsistent("a result has another form"),
        }
        Ok(())
    }

    fn set_node(&mut self, to: &Node, from: &Node) {
        if let Node::Local(local) = to {
            self.code.set(*local, from);
        }
    }

    /// What two values of one form have in common: where they differ, numbers have both, and anything else isn't known,
    /// or has failed if the condition has.
    pub(super) fn common(&mut self, condition: &Condition, first: &Val, second: &Val, ty: &Type) -> Compiling<Val> {
        let (first, second) = (self.share_val(first), self.share_val(second));
        let same_state = self.is_same_state(&first.state(), &second.state());
        let same_state = self.share(&same_state);
        let failed = self.share(&is_failure(&condition.state));
        let merged = match (&first, &second) {
            (Val::Boolean { low: a, high: c, state }, Val::Boolean { low: b, high: d, .. }) => {
                let (c, d) = (c.as_ref().unwrap_or(a), d.as_ref().unwrap_or(b));
                let alike = both(equal(a.clone(), b.clone()), equal(c.clone(), d.clone()));
                let has_state = state.as_ref().map_or(Node::I32(0), |state| not(not(state.clone())));
                let is_known = either(equal(a.clone(), c.clone()), has_state);
                let agree = both(same_state.clone(), both(alike, is_known));
                let low = both(a.clone(), b.clone());
                let high = either(c.clone(), d.clone());
                let own = select(state.clone().unwrap_or(Node::I32(0)), Node::I32(0), same_state.clone());
                let state = self.unless_agreed(own, &agree, &failed, condition);
                let has_state = !matches!(state, Node::I32(0));
                let low = if has_state { both(low, not(state.clone())) } else { low };
                let high = if has_state { either(high, not(not(state.clone()))) } else { high };
                Val::Boolean { low, high: Some(high), state: has_state.then_some(state) }
            }
            (Val::Number { .. }, Val::Number { .. }) => {
                self.common_number(condition, (&first, &second), (&same_state, &failed), ty)?
            }
            (Val::Record { fields: a, .. }, Val::Record { fields: b, .. }) => {
                let TypeKind::Context(types) = &ty.kind else {
                    return self.inconsistent("a context has another type");
                };
                let mut fields = Vec::new();
                for ((a, b), (_, ty)) in a.iter().zip(b.iter()).zip(types.iter()) {
                    fields.push(self.common(condition, a, b, ty)?);
                }
                let own = first.state().unwrap_or(Node::I32(0));
                let state = select(own, Node::I32(val::UNKNOWN), same_state);
                Val::Record { fields: fields.into(), state: Some(state) }
            }
            (Val::Boxed(a), Val::Boxed(b)) => self.boxed_common(condition, a, b, ty)?,
            (Val::Null, Val::Null) => Val::Null,
            _ => {
                let is_equal = self.same_scalars(&first, &second)?;
                let own = first.state().unwrap_or(Node::I32(0));
                let is_unknown = equal(own.clone(), Node::I32(val::UNKNOWN));
                let agreed = either(both(is_equal, not(own.clone())), both(not(not(own.clone())), not(is_unknown)));
                let agree = self.share(&both(same_state, agreed));
                let state = select(own, Node::I32(val::UNKNOWN), agree.clone());
                let state = self.unless_agreed(state, &agree, &failed, condition);
                first.with_state(Some(state))
            }
        };
        Ok(merged)
    }

    fn common_number(
        &mut self,
        condition: &Condition,
        (first, second): (&Val, &Val),
        (same_state, failed): (&Node, &Node),
        ty: &Type,
    ) -> Compiling<Val> {
        let (Val::Number { low: a, high: c, scale, state }, Val::Number { low: b, high: d, .. }) = (first, second)
        else {
            return self.inconsistent("two numbers aren't alike");
        };
        let (c, d) = (c.as_ref().unwrap_or(a), d.as_ref().unwrap_or(b));
        let mut low = select(a.clone(), b.clone(), node::compare(I::I64LtS, a.clone(), b.clone()));
        let mut high = select(c.clone(), d.clone(), node::compare(I::I64GtS, c.clone(), d.clone()));
        if !matches!(same_state, Node::I32(1)) {
            // One of them is no number, so that nothing is known but the type.
            let bounds = fixed(ty).and_then(|bounds| fixed_at(ty, bounds.scale.max(*scale)));
            let Some(bounds) = bounds else { return self.inconsistent("a number has no bounds") };
            low = select(low, Node::I64(bounds.min), same_state.clone());
            high = select(high, Node::I64(bounds.max), same_state.clone());
        }
        let differing = if ty.nullable { val::UNKNOWN } else { 0 };
        let own = select(state.clone().unwrap_or(Node::I32(0)), Node::I32(differing), same_state.clone());
        let is_equal =
            both(node::compare(I::I64Eq, a.clone(), b.clone()), node::compare(I::I64Eq, c.clone(), d.clone()));
        let mut agree = both(same_state.clone(), is_equal);
        if ty.nullable {
            agree = both(agree, not(is_state(state, val::UNKNOWN)));
        }
        let state = self.unless_agreed(own, &agree, failed, condition);
        let state = (!matches!(state, Node::I32(0))).then_some(state);
        Ok(Val::Number { low, high: Some(high), scale: *scale, state })
    }

    /// The state, or the condition's failure where the two ways don't agree.
    fn unless_agreed(&mut self, own: Node, agree: &Node, failed: &Node, condition: &Condition) -> Node {
        match &condition.state {
            Some(state) if !matches!(failed, Node::I32(0)) => {
                let fails = both(failed.clone(), not(agree.clone()));
                let state = select(state.clone(), own, fails);
                self.share(&state)
            }
            _ => self.share(&own),
        }
    }

    /// Whether two states are the same; failures are by their kind.
    fn is_same_state(&mut self, one: &State, other: &State) -> Node {
        match (one, other) {
            (None, None) => Node::I32(1),
            (None, Some(state)) | (Some(state), None) => not(state.clone()),
            (Some(one), Some(other)) => {
                let differ = node::narrow(I::I32Xor, vec![one.clone(), other.clone()]);
                let kinds = node::narrow(I::I32And, vec![differ, Node::I32((1 << val::FAILURE_BITS) - 1)]);
                let failed = equal(is_failure(&Some(one.clone())), is_failure(&Some(other.clone())));
                both(not(kinds), failed)
            }
        }
    }
}
