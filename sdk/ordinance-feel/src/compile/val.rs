//! What an expression is while a rule runs: the nodes that compute it.

use std::rc::Rc;

use ordinance_domain::rule_type::ValueType;
use ordinance_feel_runtime::Date;

use super::node::{self, Node};
use crate::types::Type;

/// What a value is where it isn't one: `None` if it always is, else an `i32` that is 0, or one of these.
pub(super) type State = Option<Node>;

/// It isn't known. Conditions are intervals instead, and so are numbers, but for one that may be null as well.
pub(super) const UNKNOWN: i32 = 1;
/// There is none.
pub(super) const NULL: i32 = 2;
/// The bits of the state of what has failed that hold the code of the failure; those above hold one more than the
/// number of the place at which it failed.
pub(super) const FAILURE_BITS: u32 = 3;

/// A value.
#[derive(Debug, Clone)]
pub(super) enum Val {
    /// A condition: whether it is certainly true, and whether it may be. Without `high` it is known. What has a state
    /// is `low` 0 and `high` 1.
    Boolean { low: Node, high: Option<Node>, state: State },
    /// A number, in units of 10^-scale, from `low` to `high`; without `high` it is known.
    Number { low: Node, high: Option<Node>, scale: u8, state: State },
    /// The index of a word.
    Choice { index: Node, words: Rc<[String]>, state: State },
    /// A day: `year << 9 | month << 5 | day`.
    Date { packed: Node, state: State },
    /// A text in memory.
    Text { address: Node, bytes: Node, state: State },
    /// A context, by its fields. Its fields have its state too.
    Record { fields: Rc<[Val]>, state: State },
    /// A list of an argument, as it lies in memory.
    List(ListVal),
    /// Null, where the type says nothing else.
    Null,
    /// A value of the runtime library: its address.
    Boxed(Node),
}

/// A list of an argument.
#[derive(Debug, Clone)]
pub(super) struct ListVal {
    pub(super) address: Node,
    pub(super) count: Node,
    /// The type of an item in memory.
    pub(super) item: ValueType,
    /// The type of an item.
    pub(super) item_type: Type,
    pub(super) items_max: Option<u64>,
    pub(super) state: State,
}

impl Val {
    /// A known condition.
    pub(super) fn condition(low: Node) -> Self {
        Self::Boolean { low, high: None, state: None }
    }

    pub(super) fn boolean(yes: bool) -> Self {
        Self::condition(Node::I32(yes.into()))
    }

    /// A known number.
    pub(super) fn number(low: Node, scale: u8) -> Self {
        Self::Number { low, high: None, scale, state: None }
    }

    /// The state; `None` of a value that has none, or whose state the runtime library knows.
    pub(super) fn state(&self) -> State {
        match self {
            Self::Boolean { state, .. }
            | Self::Number { state, .. }
            | Self::Choice { state, .. }
            | Self::Date { state, .. }
            | Self::Text { state, .. }
            | Self::Record { state, .. }
            | Self::List(ListVal { state, .. }) => state.clone(),
            Self::Null => Some(Node::I32(NULL)),
            Self::Boxed(_) => None,
        }
    }

    /// The same value with another state.
    pub(super) fn with_state(&self, new: State) -> Self {
        let mut changed = self.clone();
        match &mut changed {
            Self::Boolean { state, .. }
            | Self::Number { state, .. }
            | Self::Choice { state, .. }
            | Self::Date { state, .. }
            | Self::Text { state, .. }
            | Self::Record { state, .. }
            | Self::List(ListVal { state, .. }) => *state = new,
            Self::Null | Self::Boxed(_) => {}
        }
        changed
    }
}

/// A day as one number; `None` of one whose year is too far away.
pub(super) fn packed(date: Date) -> Option<i32> {
    let packed = date.year << 9 | i32::from(date.month) << 5 | i32::from(date.day);
    (date.year.abs() < 1 << 20).then_some(packed)
}

/// Whether a state says that there is a value.
pub(super) fn is_value(state: &State) -> Node {
    state.as_ref().map_or(Node::I32(1), |state| node::not(state.clone()))
}

/// Whether a state is a certain one.
pub(super) fn is_state(state: &State, wanted: i32) -> Node {
    state.as_ref().map_or(Node::I32(0), |state| node::equal(state.clone(), Node::I32(wanted)))
}

/// Whether a state is a failure.
pub(super) fn is_failure(state: &State) -> Node {
    match state {
        None => Node::I32(0),
        Some(Node::I32(known)) => Node::I32((*known > NULL).into()),
        Some(state) => node::narrow(wasm_encoder::Instruction::I32GtS, vec![state.clone(), Node::I32(NULL)]),
    }
}
