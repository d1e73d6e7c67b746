//! The code of one function while it is made: its instructions, each with the place at which an author wrote it, and
//! its locals.

use wasm_encoder::{BlockType, Encode, Instruction, ValType};

use super::node::{Node, Op};
use crate::source_text::Place;

/// An instruction of a function.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) instruction: Instruction<'static>,
    /// Where the author wrote it; `None` for what no author wrote.
    pub(super) place: Option<Place>,
    /// Of a loop: the most times that it runs; of a call of the library: how many times the fuel of the smallest values
    /// it takes at most. `None` if nobody knows; 1 of all else.
    pub(super) iterations: Option<u64>,
}

/// A function that is being made.
#[derive(Debug, Default)]
pub(super) struct Code {
    parameters: usize,
    locals: Vec<ValType>,
    steps: Vec<Step>,
}

/// A function that was made.
#[derive(Debug, Clone)]
pub(super) struct Body {
    /// The types of the locals, without the parameters.
    pub(super) locals: Vec<ValType>,
    pub(super) steps: Vec<Step>,
}

/// An instruction's offset in the encoded body, and where the author wrote it.
#[derive(Debug, Clone, Copy)]
pub(super) struct PlacedOffset {
    pub(super) offset: usize,
    pub(super) place: Option<Place>,
}

impl Code {
    pub(super) fn new(parameters: &[ValType]) -> Self {
        Self { parameters: parameters.len(), locals: parameters.to_vec(), steps: Vec::new() }
    }

    /// A new local.
    pub(super) fn local(&mut self, kind: ValType) -> u32 {
        self.locals.push(kind);
        u32::try_from(self.locals.len() - 1).unwrap_or(u32::MAX)
    }

    /// The type of a node's value.
    pub(super) fn kind(&self, node: &Node) -> ValType {
        match node {
            Node::I32(_) => ValType::I32,
            Node::I64(_) => ValType::I64,
            Node::Local(local) => {
                usize::try_from(*local).ok().and_then(|local| self.locals.get(local)).copied().unwrap_or(ValType::I32)
            }
            Node::Op(op) => {
                let is_wide_select = matches!(op.instruction, Instruction::Select)
                    && op.operands.first().is_some_and(|first| self.kind(first) == ValType::I64);
                if op.is_wide || is_wide_select { ValType::I64 } else { ValType::I32 }
            }
        }
    }

    /// Adds an instruction.
    pub(super) fn push(&mut self, instruction: Instruction<'static>) {
        self.push_at(instruction, None);
    }

    /// Adds an instruction that an author wrote.
    pub(super) fn push_at(&mut self, instruction: Instruction<'static>, place: Option<Place>) {
        self.steps.push(Step { instruction, place, iterations: Some(1) });
    }

    /// Adds the instructions of a node: its value is on the stack after them.
    pub(super) fn emit(&mut self, node: &Node) {
        match node {
            Node::I32(number) => self.push(Instruction::I32Const(*number)),
            Node::I64(number) => self.push(Instruction::I64Const(*number)),
            Node::Local(local) => self.push(Instruction::LocalGet(*local)),
            Node::Op(op) => {
                let Op { instruction, operands, place, .. } = op.as_ref();
                operands.iter().for_each(|operand| self.emit(operand));
                self.push_at(instruction.clone(), *place);
            }
        }
    }

    /// Sets a local.
    pub(super) fn set(&mut self, local: u32, node: &Node) {
        if matches!(node, Node::Local(same) if *same == local) {
            return;
        }
        self.emit(node);
        self.push(Instruction::LocalSet(local));
    }

    /// A new local with the value of a node.
    pub(super) fn keep(&mut self, node: &Node) -> Node {
        let local = self.local(self.kind(node));
        self.set(local, node);
        Node::Local(local)
    }

    /// A node with the same value that may be used twice.
    pub(super) fn share(&mut self, node: &Node) -> Node {
        if node.is_free() { node.clone() } else { self.keep(node) }
    }

    /// The same of a state. That of a fact stays what it is, so that it is seen to be nothing but unknown.
    pub(super) fn share_state(&mut self, state: &Node) -> Node {
        if state.is_absence() { state.clone() } else { self.share(state) }
    }

    /// Begins what runs only if the condition isn't 0.
    pub(super) fn begin_if(&mut self, condition: &Node, place: Option<Place>) {
        self.emit(condition);
        self.push_at(Instruction::If(BlockType::Empty), place);
    }

    pub(super) fn begin_else(&mut self) {
        self.push(Instruction::Else);
    }

    pub(super) fn end(&mut self) {
        self.push(Instruction::End);
    }

    /// Begins a loop that runs at most so many times.
    pub(super) fn begin_loop(&mut self, iterations: Option<u64>) {
        self.steps.push(Step { instruction: Instruction::Loop(BlockType::Empty), place: None, iterations });
    }

    /// Says how many times the fuel of the smallest values the last call takes at most.
    pub(super) fn weigh(&mut self, size: Option<u64>) {
        let is_call = |step: &&mut Step| matches!(step.instruction, Instruction::Call(_));
        if let Some(call) = self.steps.iter_mut().rev().find(is_call) {
            call.iterations = size;
        }
    }

    /// Puts the instructions aside that are added from now on; [`release`](Self::release) gives them.
    pub(super) fn hold(&mut self) -> Vec<Step> {
        std::mem::take(&mut self.steps)
    }

    /// Takes the instructions since [`hold`](Self::hold), and goes on after those before it.
    pub(super) fn release(&mut self, before: Vec<Step>) -> Vec<Step> {
        std::mem::replace(&mut self.steps, before)
    }

    /// Adds instructions that were put aside.
    pub(super) fn append(&mut self, steps: Vec<Step>) {
        self.steps.extend(steps);
    }

    /// Ends the function.
    pub(super) fn finish(self) -> Body {
        self.finish_after(Vec::new())
    }

    /// Ends the function, which begins with other instructions.
    pub(super) fn finish_after(mut self, mut first: Vec<Step>) -> Body {
        self.push(Instruction::End);
        first.append(&mut self.steps);
        self.steps = first;
        Body { locals: self.locals.split_off(self.parameters), steps: self.steps }
    }
}

impl Body {
    /// The bytes of the function's body, without their count, and the place of each instruction. `resolve` gives the
    /// index of a called function.
    pub(super) fn encode(&self, resolve: impl Fn(u32) -> u32) -> (Vec<u8>, Vec<PlacedOffset>) {
        let mut bytes = Vec::new();
        let mut groups: Vec<(u32, ValType)> = Vec::new();
        for kind in &self.locals {
            match groups.last_mut() {
                Some((count, last)) if last == kind => *count += 1,
                _ => groups.push((1, *kind)),
            }
        }
        groups.len().encode(&mut bytes);
        for (count, kind) in groups {
            count.encode(&mut bytes);
            kind.encode(&mut bytes);
        }
        let mut offsets = Vec::new();
        for step in &self.steps {
            offsets.push(PlacedOffset { offset: bytes.len(), place: step.place });
            match &step.instruction {
                Instruction::Call(function) => Instruction::Call(resolve(*function)).encode(&mut bytes),
                instruction => instruction.encode(&mut bytes),
            }
        }
        (bytes, offsets)
    }

    /// The most fuel that a call takes; `None` if a loop has no bound. `fuel_of` is that of a called function.
    pub(super) fn fuel(&self, fuel_of: impl Fn(u32) -> Option<u64>) -> Option<u64> {
        // For each open block: the fuel so far, that of the way before `else`, and how often it runs.
        let mut blocks: Vec<(u64, u64, u64)> = vec![(0, 0, 1)];
        for step in &self.steps {
            let (cost, opens) = match &step.instruction {
                Instruction::Block(_) => (0, Some(1)),
                Instruction::Loop(_) => (0, Some(step.iterations?.max(1))),
                Instruction::If(_) => (1, Some(1)),
                Instruction::Else => {
                    let open = blocks.last_mut()?;
                    *open = (0, open.0, open.2);
                    (0, None)
                }
                Instruction::End => {
                    let (second, first, times) = blocks.pop()?;
                    let fuel = first.max(second).saturating_mul(times);
                    match blocks.last_mut() {
                        Some(outer) => outer.0 = outer.0.saturating_add(fuel),
                        // One is charged for the call itself.
                        None => return Some(fuel.saturating_add(1)),
                    }
                    (0, None)
                }
                Instruction::Call(function) => {
                    let fuel = fuel_of(*function)?.saturating_mul(step.iterations?.max(1));
                    (fuel.saturating_add(1), None)
                }
                _ => (1, None),
            };
            let open = blocks.last_mut()?;
            open.0 = open.0.saturating_add(cost);
            if let Some(times) = opens {
                blocks.push((0, 0, times));
            }
        }
        None
    }
}
