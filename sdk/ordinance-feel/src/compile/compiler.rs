//! What is known while the function of a rule is made.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

use ordinance_feel_runtime::Failure;
use wasm_encoder::ValType;

use super::code::{Body, Code, Step};
use super::error::{CompileError, Compiling};
use super::failures::Failures;
use super::helpers::Helper;
use super::link::{ALLOCATE, Library};
use super::node::{self, Node};
use super::val::{State, Val};
use crate::source_text::Place;
use crate::tree::{Expr, ExprKind, LocalId, Program};
use crate::types::TypeKind;

/// The first number of a called function of the rule itself that is no number of a helper: the rule's function.
pub(super) const FIRST_HELPER: u32 = 16;
/// The first number of a function of the runtime library.
pub(super) const FIRST_EXPORT: u32 = 1 << 20;

/// The state of the compiler.
pub(super) struct Compiler<'a> {
    pub(super) code: Code,
    pub(super) inputs: Vec<Val>,
    pub(super) locals: HashMap<LocalId, Val>,
    /// Those whose type isn't nullable.
    pub(super) certain_locals: HashSet<LocalId>,
    /// Whether what authors wrote is kept as they wrote it.
    pub(super) is_unoptimised: bool,
    /// Whether it is a model of DMN, whose expressions are of any type.
    pub(super) is_model: bool,
    /// The helpers that are called.
    pub(super) helpers: BTreeMap<Helper, u32>,
    /// The functions of the runtime library that are called, by name.
    pub(super) exports: Vec<&'static str>,
    pub(super) data: Data,
    /// Where the rule may fail, and how.
    pub(super) failures: Failures,
    /// Whether it calls the function that fails.
    pub(super) fails: bool,
    /// Whether it makes texts that may be longer than those that it is given, so that nobody knows their length.
    pub(super) lengthens_texts: bool,
    /// The run-time library.
    pub(super) library: &'a Library,
    /// What is done at the start of the function: constants of the library are made.
    pub(super) prologue: Vec<Step>,
    /// The locals of constants of the library.
    pub(super) constants: HashMap<String, Node>,
    /// Lists with a name that are gone through where they are used, and not made before.
    pub(super) lazy: HashMap<LocalId, Rc<Expr>>,
    /// The lists with a name that the library has to make.
    pub(super) made: HashSet<LocalId>,
    /// The addresses of expressions that were attempted without success.
    pub(super) given_up: HashSet<usize>,
}

/// The constant data of a rule.
#[derive(Debug, Default)]
pub(super) struct Data {
    /// The address of the first byte.
    pub(super) start: u32,
    pub(super) bytes: Vec<u8>,
    /// Bytes after them that are 0 at the start.
    pub(super) zeros: u32,
    texts: HashMap<String, u32>,
}

impl Data {
    pub(super) fn new(start: u32) -> Self {
        Self { start, ..Self::default() }
    }

    fn end(&self) -> u32 {
        self.start + u32::try_from(self.bytes.len()).unwrap_or(u32::MAX / 2)
    }

    /// Adds bytes at an address of this alignment, and returns it.
    pub(super) fn add(&mut self, bytes: &[u8], align: u32) -> u32 {
        while !self.end().is_multiple_of(align) {
            self.bytes.push(0);
        }
        let address = self.end();
        self.bytes.extend_from_slice(bytes);
        address
    }

    /// How much there is, for [`go_back`](Self::go_back).
    pub(super) fn mark(&self) -> (usize, u32) {
        (self.bytes.len(), self.zeros)
    }

    /// Forgets what was added since a mark.
    pub(super) fn go_back(&mut self, (bytes, zeros): (usize, u32)) {
        self.bytes.truncate(bytes);
        self.zeros = zeros;
        let end = self.end();
        self.texts.retain(|_, address| *address < end);
    }

    /// The address of a text.
    pub(super) fn text(&mut self, text: &str) -> u32 {
        if let Some(known) = self.texts.get(text) {
            return *known;
        }
        let address = self.add(text.as_bytes(), 1);
        self.texts.insert(text.to_owned(), address);
        address
    }
}

impl<'a> Compiler<'a> {
    /// The state at the start of a function.
    pub(super) fn new(parameters: &[ValType], is_unoptimised: bool, library: &'a Library, data_start: u32) -> Self {
        Self {
            code: Code::new(parameters),
            inputs: Vec::new(),
            locals: HashMap::new(),
            certain_locals: HashSet::new(),
            is_unoptimised,
            is_model: false,
            // `cabi_realloc` calls it.
            helpers: BTreeMap::from([(Helper::Allocate, FIRST_HELPER)]),
            exports: Vec::new(),
            data: Data::new(data_start),
            failures: Failures::default(),
            fails: false,
            lengthens_texts: false,
            library,
            prologue: Vec::new(),
            constants: HashMap::new(),
            lazy: HashMap::new(),
            made: HashSet::new(),
            given_up: HashSet::new(),
        }
    }

    /// Computes what has a name.
    pub(super) fn definitions(&mut self, program: &Program) -> Compiling<()> {
        for definition in &program.definitions {
            self.bind(definition.local, &definition.value)?;
        }
        Ok(())
    }

    /// Ends the function.
    pub(super) fn finish_body(&mut self) -> Body {
        let prologue = std::mem::take(&mut self.prologue);
        std::mem::take(&mut self.code).finish_after(prologue)
    }
}

impl Compiler<'_> {
    /// Gives a value a name. A list that is made of others is computed where it is used.
    pub(super) fn bind(&mut self, local: LocalId, value: &Expr) -> Compiling<()> {
        let is_list = matches!(value.ty.kind, TypeKind::List { .. })
            && matches!(value.kind, ExprKind::Filter { .. } | ExprKind::For { .. });
        if is_list && !self.made.contains(&local) {
            self.lazy.insert(local, Rc::new(value.clone()));
            return Ok(());
        }
        self.insert_local(local, value)
    }

    /// Computes what a name stands for.
    pub(super) fn insert_local(&mut self, local: LocalId, value: &Expr) -> Compiling<()> {
        if !value.ty.nullable {
            self.certain_locals.insert(local);
        }
        let value = self.expr(value)?;
        let value = self.share_val(&value);
        self.locals.insert(local, value);
        Ok(())
    }

    /// A call of a helper.
    pub(super) fn call(&mut self, helper: Helper, operands: Vec<Node>) -> Node {
        let next = FIRST_HELPER + u32::try_from(self.helpers.len()).unwrap_or_default();
        let number = *self.helpers.entry(helper).or_insert(next);
        let make = if helper.result() == wasm_encoder::ValType::I64 { node::wide } else { node::narrow };
        make(wasm_encoder::Instruction::Call(number), operands)
    }

    /// The state of a failure at a place.
    pub(super) fn failure(&mut self, place: Place, failure: Failure) -> i32 {
        self.failures.state(place, Some(failure))
    }

    /// The state of a failure at a place, of which only running tells the kind: without a code.
    pub(super) fn failure_place(&mut self, place: Place) -> i32 {
        self.failures.state(place, None)
    }

    /// A node that may be used twice.
    pub(super) fn share(&mut self, node: &Node) -> Node {
        self.code.share(node)
    }

    fn share_some(&mut self, node: Option<&Node>) -> Option<Node> {
        node.map(|node| self.code.share(node))
    }

    fn share_state(&mut self, state: &State) -> State {
        state.as_ref().map(|state| self.code.share_state(state))
    }

    /// The value with nodes that may be used twice.
    pub(super) fn share_val(&mut self, val: &Val) -> Val {
        match val {
            Val::Boolean { low, high, state } => Val::Boolean {
                low: self.share(low),
                high: self.share_some(high.as_ref()),
                state: self.share_state(state),
            },
            Val::Number { low, high, scale, state } => Val::Number {
                low: self.share(low),
                high: self.share_some(high.as_ref()),
                scale: *scale,
                state: self.share_state(state),
            },
            Val::Choice { index, words, state } => {
                Val::Choice { index: self.share(index), words: words.clone(), state: self.share_state(state) }
            }
            Val::Date { packed, state } => Val::Date { packed: self.share(packed), state: self.share_state(state) },
            Val::Text { address, bytes, state } => {
                Val::Text { address: self.share(address), bytes: self.share(bytes), state: self.share_state(state) }
            }
            Val::Record { fields, state } => Val::Record {
                fields: fields.iter().map(|field| self.share_val(field)).collect(),
                state: self.share_state(state),
            },
            Val::List(list) => {
                let mut list = list.clone();
                list.address = self.share(&list.address);
                list.count = self.share(&list.count);
                list.state = self.share_state(&list.state);
                Val::List(list)
            }
            Val::Null => Val::Null,
            Val::Boxed(address) => Val::Boxed(self.share(address)),
        }
    }

    /// Makes the allocator that of the library.
    pub(super) fn link_allocator(&mut self) {
        if !self.exports.contains(&ALLOCATE) {
            self.exports.push(ALLOCATE);
        }
    }

    /// The state of what takes several values: a failure wins, then null, then unknown.
    pub(super) fn strictest(&mut self, states: impl IntoIterator<Item = State>) -> State {
        let mut found: State = None;
        for state in states.into_iter().flatten() {
            found = Some(match found {
                None => state,
                Some(one) if one.is_same(&state) => one,
                Some(one) => {
                    let (one, other) = (self.share(&one), self.share(&state));
                    let is_greater = node::narrow(wasm_encoder::Instruction::I32GtS, vec![one.clone(), other.clone()]);
                    node::select(one, other, is_greater)
                }
            });
        }
        found
    }

    /// An inconsistency of the tree.
    pub(super) fn inconsistent<T>(&self, what: &str) -> Compiling<T> {
        Err(CompileError::Inconsistent(what.to_owned()))
    }
}
