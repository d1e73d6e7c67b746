//! Pure expressions of WebAssembly: trees of instructions without effects, which are written out where their value is
//! used. What is known at build is computed at build.

use std::rc::Rc;

use wasm_encoder::{Instruction, MemArg};

use crate::source_text::Place;

/// An expression whose value is one `i32` or `i64`.
#[derive(Debug, Clone)]
pub(super) enum Node {
    I32(i32),
    I64(i64),
    /// A local of the function, which isn't set again while the node is in use.
    Local(u32),
    /// An instruction that takes its operands from the stack.
    Op(Rc<Op>),
}

/// An instruction with its operands.
#[derive(Debug)]
pub(super) struct Op {
    pub(super) instruction: Instruction<'static>,
    pub(super) operands: Vec<Node>,
    /// Where the author wrote it.
    pub(super) place: Option<Place>,
    /// Whether its value is an `i64`.
    pub(super) is_wide: bool,
}

impl Node {
    /// Whether to compute it twice costs no more than to keep its value.
    pub(super) fn is_free(&self) -> bool {
        match self {
            Self::I32(_) | Self::I64(_) | Self::Local(_) => true,
            Self::Op(_) => false,
        }
    }

    /// Whether it says that a fact isn't there: the state of what is known or not, and never null or a failure.
    pub(super) fn is_absence(&self) -> bool {
        match self {
            Self::Op(op) => matches!(op.instruction, Instruction::I32Eqz) && op.operands.iter().all(Self::is_free),
            Self::I32(_) | Self::I64(_) | Self::Local(_) => false,
        }
    }

    /// Whether two nodes are known to have the same value.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::I32(a), Self::I32(b)) => a == b,
            (Self::I64(a), Self::I64(b)) => a == b,
            (Self::Local(a), Self::Local(b)) => a == b,
            (Self::Op(a), Self::Op(b)) => Rc::ptr_eq(a, b),
            _ => false,
        }
    }
}

/// An instruction whose value is an `i32`.
pub(super) fn narrow(instruction: Instruction<'static>, operands: Vec<Node>) -> Node {
    Node::Op(Rc::new(Op { instruction, operands, place: None, is_wide: false }))
}

/// An instruction whose value is an `i64`.
pub(super) fn wide(instruction: Instruction<'static>, operands: Vec<Node>) -> Node {
    Node::Op(Rc::new(Op { instruction, operands, place: None, is_wide: true }))
}

/// The same node, as the author wrote it at a place.
pub(super) fn at(node: &Node, place: Option<Place>) -> Node {
    let (instruction, operands, is_wide) = match node {
        Node::I32(number) => (Instruction::I32Const(*number), Vec::new(), false),
        Node::I64(number) => (Instruction::I64Const(*number), Vec::new(), true),
        Node::Local(_) => return node.clone(),
        Node::Op(op) => (op.instruction.clone(), op.operands.clone(), op.is_wide),
    };
    if place.is_none() {
        return node.clone();
    }
    Node::Op(Rc::new(Op { instruction, operands, place, is_wide }))
}

/// Both of two conditions, each 0 or 1.
pub(super) fn both(a: Node, b: Node) -> Node {
    match (&a, &b) {
        (Node::I32(0), _) | (_, Node::I32(0)) => Node::I32(0),
        (Node::I32(_), _) => b,
        (_, Node::I32(_)) => a,
        _ if a.is_same(&b) => a,
        _ => narrow(Instruction::I32And, vec![a, b]),
    }
}

/// One of two conditions, each 0 or 1.
pub(super) fn either(a: Node, b: Node) -> Node {
    match (&a, &b) {
        (Node::I32(0), _) => b,
        (_, Node::I32(0)) => a,
        (Node::I32(_), _) | (_, Node::I32(_)) => Node::I32(1),
        _ if a.is_same(&b) => a,
        _ => narrow(Instruction::I32Or, vec![a, b]),
    }
}

/// Not a condition, which is 0 or 1, or any number.
pub(super) fn not(a: Node) -> Node {
    match &a {
        Node::I32(number) => Node::I32((*number == 0).into()),
        Node::Op(op) if op.place.is_none() => match opposite(&op.instruction) {
            Some(instruction) => narrow(instruction, op.operands.clone()),
            None => narrow(Instruction::I32Eqz, vec![a]),
        },
        Node::I64(_) | Node::Local(_) | Node::Op(_) => narrow(Instruction::I32Eqz, vec![a]),
    }
}

/// The comparison that is true where this one is false.
fn opposite(instruction: &Instruction<'_>) -> Option<Instruction<'static>> {
    Some(match instruction {
        Instruction::I32Eq => Instruction::I32Ne,
        Instruction::I32Ne => Instruction::I32Eq,
        Instruction::I32LtS => Instruction::I32GeS,
        Instruction::I32GeS => Instruction::I32LtS,
        Instruction::I32GtS => Instruction::I32LeS,
        Instruction::I32LeS => Instruction::I32GtS,
        Instruction::I64Eq => Instruction::I64Ne,
        Instruction::I64Ne => Instruction::I64Eq,
        Instruction::I64LtS => Instruction::I64GeS,
        Instruction::I64GeS => Instruction::I64LtS,
        Instruction::I64GtS => Instruction::I64LeS,
        Instruction::I64LeS => Instruction::I64GtS,
        _ => return None,
    })
}

/// The first node if the condition isn't 0, else the second.
pub(super) fn select(a: Node, b: Node, condition: Node) -> Node {
    match &condition {
        Node::I32(0) => b,
        Node::I32(_) => a,
        _ if a.is_same(&b) => a,
        _ => {
            let is_wide = is_wide(&a) || is_wide(&b);
            let make = if is_wide { wide } else { narrow };
            // Of two conditions, a logical instruction is shorter.
            match (&a, &b) {
                (Node::I32(1), Node::I32(0)) => not(not(condition)),
                (Node::I32(0), Node::I32(1)) => not(condition),
                _ => make(Instruction::Select, vec![a, b, condition]),
            }
        }
    }
}

/// Whether the node itself says that it is an `i64`; a local doesn't.
fn is_wide(node: &Node) -> bool {
    match node {
        Node::I64(_) => true,
        Node::Op(op) => op.is_wide,
        Node::I32(_) | Node::Local(_) => false,
    }
}

/// Whether two `i32` are equal.
pub(super) fn equal(a: Node, b: Node) -> Node {
    match (&a, &b) {
        (Node::I32(a), Node::I32(b)) => Node::I32((a == b).into()),
        (_, Node::I32(0)) => not(a),
        _ if a.is_same(&b) => Node::I32(1),
        _ => narrow(Instruction::I32Eq, vec![a, b]),
    }
}

/// A comparison of two signed `i64`.
pub(super) fn compare(comparison: Instruction<'static>, a: Node, b: Node) -> Node {
    if let (Node::I64(a), Node::I64(b)) = (&a, &b) {
        let known = match comparison {
            Instruction::I64Eq => a == b,
            Instruction::I64Ne => a != b,
            Instruction::I64LtS => a < b,
            Instruction::I64LeS => a <= b,
            Instruction::I64GtS => a > b,
            _ => a >= b,
        };
        return Node::I32(known.into());
    }
    narrow(comparison, vec![a, b])
}

/// The sum of two `i64`.
pub(super) fn add(a: Node, b: Node) -> Node {
    match (&a, &b) {
        (Node::I64(a), Node::I64(b)) => Node::I64(a.wrapping_add(*b)),
        (Node::I64(0), _) => b,
        (_, Node::I64(0)) => a,
        _ => wide(Instruction::I64Add, vec![a, b]),
    }
}

/// The difference of two `i64`.
pub(super) fn subtract(a: Node, b: Node) -> Node {
    match (&a, &b) {
        (Node::I64(a), Node::I64(b)) => Node::I64(a.wrapping_sub(*b)),
        (_, Node::I64(0)) => a,
        _ => wide(Instruction::I64Sub, vec![a, b]),
    }
}

/// The product of two `i64`.
pub(super) fn multiply(a: Node, b: Node) -> Node {
    match (&a, &b) {
        (Node::I64(a), Node::I64(b)) => Node::I64(a.wrapping_mul(*b)),
        (Node::I64(1), _) => b,
        (_, Node::I64(1)) => a,
        (Node::I64(0), _) | (_, Node::I64(0)) => Node::I64(0),
        _ => wide(Instruction::I64Mul, vec![a, b]),
    }
}

/// The sum of two `i32`.
pub(super) fn add_narrow(a: Node, b: Node) -> Node {
    match (&a, &b) {
        (Node::I32(a), Node::I32(b)) => Node::I32(a.wrapping_add(*b)),
        (Node::I32(0), _) => b,
        (_, Node::I32(0)) => a,
        _ => narrow(Instruction::I32Add, vec![a, b]),
    }
}

/// Where a value lies in memory.
pub(super) fn memory(offset: u32) -> MemArg {
    MemArg { offset: offset.into(), align: 0, memory_index: 0 }
}
