//! The answer of a rule: what the expressions come to, as it lies in memory.

use ordinance_domain::rule_type::{IntegerType, RuleField, ValueType};
use wasm_encoder::Instruction as I;

use super::compiler::Compiler;
use super::error::Compiling;
use super::failures::FAIL;
use super::interface::{INTERMEDIATE_SCALE_MAX, Interface};
use super::layout::{Layout, Offsets, integer_bytes, layout, payload_offset, record_layout};
use super::node::{self, Node, both, either, equal, memory, not};
use super::val::{self, State, Val, is_failure, is_state, is_value};
use crate::source_text::Place;
use crate::tree::{Determination, Finding};

/// `record finding { criterion: string, satisfied: option<bool>, item: option<u32> }`
const FINDING_BYTES: u32 = 20;

/// Where the parts of the answer lie.
#[derive(Debug)]
struct AnswerPlace {
    address: u32,
    grant: u32,
    findings: u32,
    intermediates: u32,
}

/// Where the findings lie, and how many there are.
#[derive(Debug)]
enum FindingsPlace {
    /// Known at build.
    Fixed { address: u32, count: u32 },
    /// A list that the rule makes.
    Made { address: Node, count: Node },
}

impl Compiler<'_> {
    /// Computes the answer, and leaves its address on the stack.
    pub(super) fn answer(&mut self, answer: &Determination, interface: &Interface) -> Compiling<()> {
        let findings = self.findings(&answer.findings)?;
        let known = match &findings {
            FindingsPlace::Fixed { address, count } => Some((*address, *count)),
            FindingsPlace::Made { .. } => None,
        };
        let place = self.answer_place(interface, known);
        if let FindingsPlace::Made { address, count } = findings {
            self.store(I::I32Store, &Node::I32(place.findings.cast_signed()), 0, &address);
            self.store(I::I32Store, &Node::I32(place.findings.cast_signed()), 4, &count);
        }
        let base = Node::I32(place.intermediates.cast_signed());
        let mut offsets = Offsets::default();
        for (told, field) in answer.intermediates.iter().zip(&interface.intermediates) {
            let offset = offsets.add(layout(&field.value_type));
            let found = self.locals.get(&told.local).cloned().unwrap_or(Val::Null);
            let found = self.told(&found, field, answer.eligible.place)?;
            self.store_option(&base, offset, &field.value_type, &found, true)?;
        }
        self.determination(answer, interface, &place)?;
        self.code.push(I::I32Const(place.address.cast_signed()));
        Ok(())
    }

    /// Lays out the answer in the rule's data.
    fn answer_place(&mut self, interface: &Interface, findings: Option<(u32, u32)>) -> AnswerPlace {
        let grant = record_layout(&interface.grant);
        let mut variant = Offsets::default();
        variant.add(Layout { size: 1, align: 1 });
        let grant_offset = variant.add(grant);
        let mut parts = Offsets::default();
        parts.add(variant.layout());
        let findings_offset = parts.add(Layout { size: 8, align: 4 });
        let intermediates_offset = parts.add(record_layout(&interface.intermediates));
        let whole = parts.layout();
        let mut bytes = vec![0; usize::try_from(whole.size).unwrap_or_default()];
        let (address, count) = findings.unwrap_or_default();
        let list = [address.to_le_bytes(), count.to_le_bytes()].concat();
        let at = usize::try_from(findings_offset).unwrap_or_default();
        bytes.iter_mut().skip(at).zip(list).for_each(|(to, from)| *to = from);
        let address = self.data.add(&bytes, whole.align.max(8));
        AnswerPlace {
            address,
            grant: address + grant_offset,
            findings: address + findings_offset,
            intermediates: address + intermediates_offset,
        }
    }

    /// Stores the determination.
    fn determination(&mut self, answer: &Determination, interface: &Interface, place: &AnswerPlace) -> Compiling<()> {
        let eligible = self.expr(&answer.eligible)?;
        let eligible = self.as_condition(&eligible)?;
        let state = eligible.state.clone();
        self.fail_if(&state);
        let base = Node::I32(place.address.cast_signed());
        self.code.begin_if(&eligible.low, None);
        let mut granted = Vec::new();
        // Where a value isn't known, the rule hasn't determined the grant.
        let mut is_open = Node::I32(0);
        for value in &answer.grant {
            let found = match &value.value {
                Some(value) => self.expr(value)?,
                None => Val::Null,
            };
            let fact_type = super::interface::field_type(interface, &value.name);
            let found = match fact_type {
                Some(value_type) => {
                    let place = value.value.as_ref().map_or(answer.eligible.place, |value| value.place);
                    self.granted(&found, value_type, &value.fact_type, place)?
                }
                None => found,
            };
            let found = self.share_val(&found);
            self.fail_if(&found.state());
            is_open = either(is_open, self.is_open(&found)?);
            granted.push(found);
        }
        let is_open = self.share(&is_open);
        if !matches!(is_open, Node::I32(0)) {
            self.code.begin_if(&is_open, None);
            self.store(I::I32Store8, &base, 0, &Node::I32(2));
            self.code.begin_else();
        }
        let grant = Node::I32(place.grant.cast_signed());
        let mut offsets = Offsets::default();
        for (found, field) in granted.iter().zip(&interface.grant) {
            let offset = offsets.add(layout(&field.value_type));
            self.store_value(&grant, offset, &field.value_type, found)?;
        }
        if !matches!(is_open, Node::I32(0)) {
            self.code.end();
        }
        self.code.begin_else();
        // 1: ineligible; 2: undetermined.
        let case = node::add_narrow(Node::I32(1), eligible.may_be());
        self.store(I::I32Store8, &base, 0, &case);
        self.code.end();
        Ok(())
    }

    /// Whether a value isn't known.
    pub(super) fn is_open(&mut self, found: &Val) -> Compiling<Node> {
        Ok(match found {
            Val::Boolean { low, high: Some(high), state } => {
                both(not(equal(low.clone(), high.clone())), is_value(state))
            }
            Val::Number { low, high: Some(high), state, .. } => {
                let is_between = both(node::compare(I::I64Ne, low.clone(), high.clone()), is_value(state));
                either(is_between, is_state(state, val::UNKNOWN))
            }
            Val::Record { fields, state } => {
                let mut open = is_state(state, val::UNKNOWN);
                for field in fields.iter() {
                    open = either(open, self.is_open(field)?);
                }
                open
            }
            other => is_state(&other.state(), val::UNKNOWN),
        })
    }

    /// Fails if the state is a failure.
    pub(super) fn fail_if(&mut self, state: &State) {
        let failed = is_failure(state);
        let Some(state) = state else { return };
        if matches!(failed, Node::I32(0)) {
            return;
        }
        self.fails = true;
        self.code.begin_if(&failed, None);
        self.code.emit(state);
        self.code.push(I::Call(FAIL));
        self.code.end();
    }

    fn findings(&mut self, findings: &[Finding]) -> Compiling<FindingsPlace> {
        if findings.iter().any(|finding| finding.each) {
            let (address, count) = self.findings_of_items(findings)?;
            return Ok(FindingsPlace::Made { address, count });
        }
        let mut bytes = Vec::new();
        for finding in findings {
            let text = self.data.text(&finding.criterion);
            bytes.extend(text.to_le_bytes());
            bytes.extend(u32::try_from(finding.criterion.len()).unwrap_or_default().to_le_bytes());
            bytes.extend([0; 12]);
        }
        let start = self.data.add(&bytes, 4);
        let mut address = start;
        for finding in findings {
            let found = self.locals.get(&finding.local).cloned().unwrap_or(Val::Null);
            self.store_finding(&Node::I32(address.cast_signed()), &found)?;
            address += FINDING_BYTES;
        }
        Ok(FindingsPlace::Fixed { address: start, count: u32::try_from(findings.len()).unwrap_or_default() })
    }

    /// Stores whether a criterion is satisfied.
    pub(super) fn store_finding(&mut self, address: &Node, found: &Val) -> Compiling<()> {
        let found = self.as_condition(found)?;
        self.fail_if(&found.state);
        let is_known = match &found.high {
            None => Node::I32(1),
            Some(high) => equal(found.low.clone(), high.clone()),
        };
        self.store(I::I32Store8, address, 8, &is_known);
        self.store(I::I32Store8, address, 9, &found.low);
        Ok(())
    }

    /// Stores a core value at an address.
    pub(super) fn store(
        &mut self,
        store: fn(wasm_encoder::MemArg) -> I<'static>,
        base: &Node,
        offset: u32,
        value: &Node,
    ) {
        // A known address is part of the instruction.
        let (base, offset) = match base {
            Node::I32(known) => (Node::I32(0), known.cast_unsigned() + offset),
            other => (other.clone(), offset),
        };
        self.code.emit(&base);
        self.code.emit(value);
        self.code.push(store(memory(offset)));
    }

    /// Stores a value, where it may be none in an option.
    fn store_option(
        &mut self,
        base: &Node,
        offset: u32,
        value_type: &ValueType,
        found: &Val,
        unknown_is_none: bool,
    ) -> Compiling<()> {
        let found = self.share_val(found);
        self.fail_if(&found.state());
        let open = if unknown_is_none { self.is_open(&found)? } else { Node::I32(0) };
        let is_none = either(is_state(&found.state(), val::NULL), open);
        let present = not(is_none);
        let ValueType::Option(inner) = value_type else {
            return self.store_value(base, offset, value_type, &found);
        };
        self.store(I::I32Store8, base, offset, &present);
        if matches!(present, Node::I32(0)) {
            return Ok(());
        }
        self.code.begin_if(&present, None);
        self.store_value(base, offset + payload_offset(inner), inner, &found.with_state(None))?;
        self.code.end();
        Ok(())
    }

    /// Stores a known value.
    pub(super) fn store_value(
        &mut self,
        base: &Node,
        offset: u32,
        value_type: &ValueType,
        found: &Val,
    ) -> Compiling<()> {
        match (value_type, found) {
            (ValueType::Option(_), _) => return self.store_option(base, offset, value_type, found, false),
            (ValueType::Bool, Val::Boolean { low, .. }) => self.store(I::I32Store8, base, offset, low),
            (ValueType::Integer(width), Val::Number { low, scale, .. }) => {
                if *scale > 0 {
                    return self.inconsistent("a whole number has digits after the point");
                }
                let low = low.clone();
                self.store(integer_store(*width), base, offset, &low);
            }
            (ValueType::Decimal, Val::Number { low, scale, .. }) => {
                self.store(I::I64Store, base, offset, low);
                self.store(I::I32Store8, base, offset + 8, &Node::I32((*scale).into()));
            }
            (ValueType::Choice(words), Val::Choice { index, .. }) => {
                let store: fn(_) -> _ = match super::layout::discriminant_bytes(words.len()) {
                    1 => I::I32Store8,
                    2 => I::I32Store16,
                    _ => I::I32Store,
                };
                self.store(store, base, offset, index);
            }
            (ValueType::Date, Val::Date { packed, .. }) => {
                let packed = self.share(packed);
                let part = |shift: i32, mask: i32| {
                    let shifted = node::narrow(I::I32ShrS, vec![packed.clone(), Node::I32(shift)]);
                    node::narrow(I::I32And, vec![shifted, Node::I32(mask)])
                };
                self.store(I::I32Store, base, offset, &node::narrow(I::I32ShrS, vec![packed.clone(), Node::I32(9)]));
                self.store(I::I32Store8, base, offset + 4, &part(5, 15));
                self.store(I::I32Store8, base, offset + 5, &part(0, 31));
            }
            (ValueType::Text, Val::Text { address, bytes, .. }) => {
                self.store(I::I32Store, base, offset, address);
                self.store(I::I32Store, base, offset + 4, bytes);
            }
            (ValueType::Record(fields), Val::Record { fields: found, .. }) => {
                self.store_record(base, offset, fields, found)?;
            }
            _ => return self.inconsistent("a value isn't of the type that the answer has there"),
        }
        Ok(())
    }

    fn store_record(&mut self, base: &Node, offset: u32, fields: &[RuleField], found: &[Val]) -> Compiling<()> {
        let mut offsets = Offsets::default();
        for (field, found) in fields.iter().zip(found) {
            let at = offsets.add(layout(&field.value_type));
            self.store_value(base, offset + at, &field.value_type, found)?;
        }
        Ok(())
    }

    /// An intermediate value as it is told: a number with more digits is rounded half even.
    fn told(&mut self, found: &Val, field: &RuleField, place: Place) -> Compiling<Val> {
        match (field.value_type.inner(), found) {
            (ValueType::Decimal, Val::Number { scale, .. }) if *scale > INTERMEDIATE_SCALE_MAX => {
                self.shortened(found, INTERMEDIATE_SCALE_MAX)
            }
            (ValueType::Integer(_), Val::Number { scale: 1.., .. }) => self.shortened(found, 0),
            (ValueType::Integer(_), Val::Boxed(address)) => self.told_boxed(address, 0),
            (ValueType::Decimal, Val::Boxed(address)) => self.told_boxed(address, INTERMEDIATE_SCALE_MAX),
            (_, Val::Boxed(address)) => self.unboxed(address, field.value_type.inner(), place),
            _ => Ok(found.clone()),
        }
    }
}

fn integer_store(width: IntegerType) -> fn(wasm_encoder::MemArg) -> I<'static> {
    match integer_bytes(width) {
        1 => I::I64Store8,
        2 => I::I64Store16,
        4 => I::I64Store32,
        _ => I::I64Store,
    }
}
