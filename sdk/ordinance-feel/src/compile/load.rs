//! Reads the arguments of the rule's function: from core values where they are few, else from memory.

use ordinance_domain::rule_type::{IntegerType, RuleField, ValueType};
use wasm_encoder::{Instruction as I, ValType};

use super::compiler::Compiler;
use super::error::Compiling;
use super::fixed::{Fixed, fixed, power_of_ten};
use super::helpers::Helper;
use super::layout::{Layout, Offsets, flatten, layout, payload_offset};
use super::node::{self, Node, memory, narrow, wide};
use super::val::{ListVal, NULL, Val};
use crate::types::{Type, TypeKind};

/// Where a value lies.
#[derive(Debug, Clone)]
pub(super) enum Source {
    /// In locals, from this one on.
    Flat(u32),
    /// In memory, so many bytes after an address.
    Memory(Node, u32),
}

/// What a value is where the option around it has none.
#[derive(Debug, Clone, Default)]
pub(super) struct Absence {
    /// Whether the value is there; `None` if it always is.
    pub(super) present: Option<Node>,
    /// Whether it is null then; else it is unknown.
    pub(super) is_null: bool,
}

impl Source {
    /// The source of the part that begins so many bytes after this one, in memory.
    fn moved(&self, bytes: u32) -> Self {
        match self {
            Self::Flat(local) => Self::Flat(*local),
            Self::Memory(base, offset) => Self::Memory(base.clone(), offset + bytes),
        }
    }

    /// Reads a core value: the next local, or from memory.
    fn read(&mut self, load: impl Fn(wasm_encoder::MemArg) -> I<'static>, bytes: u32, kind: ValType) -> Node {
        match self {
            Self::Flat(local) => {
                *local += 1;
                Node::Local(*local - 1)
            }
            Self::Memory(base, offset) => {
                let make = if kind == ValType::I64 { wide } else { narrow };
                make(load(memory(*offset + bytes)), vec![base.clone()])
            }
        }
    }

    /// Goes on after a value in locals.
    fn skip_to(&mut self, other: &Self) {
        if let (Self::Flat(own), Self::Flat(next)) = (self, other) {
            *own = *next;
        }
    }
}

impl Absence {
    /// What the value is in an option within this one. Its tag is 0 wherever the option around it has no value, as the
    /// canonical ABI fills core values with 0, and memory that the rule hands out is 0.
    fn within(&self, tag: Node) -> Self {
        Self { present: Some(tag), is_null: self.is_null }
    }

    fn state(&self) -> Option<Node> {
        let present = self.present.clone()?;
        Some(match self.is_null {
            true => node::select(Node::I32(0), Node::I32(NULL), present),
            // `UNKNOWN` is 1.
            false => node::not(present),
        })
    }
}

impl Compiler<'_> {
    /// Reads a value of this type.
    pub(super) fn load(
        &mut self,
        value_type: &ValueType,
        ty: &Type,
        source: &mut Source,
        absence: &Absence,
    ) -> Compiling<Val> {
        let state = absence.state();
        Ok(match value_type {
            ValueType::Option(inner) => {
                let tag = source.read(I::I32Load8U, 0, ValType::I32);
                let mut payload = source.moved(payload_offset(inner));
                let loaded = self.load(inner, ty, &mut payload, &absence.within(tag))?;
                source.skip_to(&payload);
                loaded
            }
            ValueType::Bool => {
                let low = source.read(I::I32Load8U, 0, ValType::I32);
                let high = absence.present.clone().map(|present| node::either(low.clone(), node::not(present)));
                Val::Boolean { low, high, state: state.filter(|_| absence.is_null) }
            }
            ValueType::Integer(width) => {
                let number = read_integer(*width, source);
                self.number(number, None, ty, absence)?
            }
            ValueType::Decimal => {
                let units = source.read(I::I64Load, 0, ValType::I64);
                let scale = source.read(I::I32Load8U, 8, ValType::I32);
                self.number(units, Some(scale), ty, absence)?
            }
            ValueType::Date => {
                let year = source.read(I::I32Load, 0, ValType::I32);
                let month = source.read(I::I32Load8U, 4, ValType::I32);
                let day = source.read(I::I32Load8U, 5, ValType::I32);
                Val::Date { packed: packed_date(year, month, day), state }
            }
            ValueType::Text => {
                let address = source.read(I::I32Load, 0, ValType::I32);
                let bytes = source.read(I::I32Load, 4, ValType::I32);
                Val::Text { address, bytes, state }
            }
            ValueType::Choice(words) => {
                let index = match layout(value_type).size {
                    1 => source.read(I::I32Load8U, 0, ValType::I32),
                    2 => source.read(I::I32Load16U, 0, ValType::I32),
                    _ => source.read(I::I32Load, 0, ValType::I32),
                };
                Val::Choice { index, words: words.iter().cloned().collect(), state }
            }
            ValueType::Record(fields) => {
                let loaded = self.load_record(fields, ty, source, absence)?;
                Val::Record { fields: loaded.into(), state }
            }
            ValueType::List(_) | ValueType::Decimals => {
                let address = source.read(I::I32Load, 0, ValType::I32);
                let count = source.read(I::I32Load, 4, ValType::I32);
                let TypeKind::List { item, items_max } = &ty.kind else {
                    return self.inconsistent("a list of an argument has another type");
                };
                let of_item = match value_type {
                    ValueType::List(fields) => ValueType::Record(fields.clone()),
                    _ => ValueType::Decimal,
                };
                let item_type = item.as_ref().clone();
                Val::List(ListVal { address, count, item: of_item, item_type, items_max: *items_max, state })
            }
        })
    }

    fn load_record(
        &mut self,
        fields: &[RuleField],
        ty: &Type,
        source: &mut Source,
        absence: &Absence,
    ) -> Compiling<Vec<Val>> {
        let TypeKind::Context(types) = &ty.kind else {
            return self.inconsistent("a record of an argument has another type");
        };
        let mut offsets = Offsets::default();
        // In the order of the type, by which expressions number fields.
        let mut loaded = vec![Val::Null; types.len()];
        for field in fields {
            let mut part = source.moved(offsets.add(layout(&field.value_type)));
            match types.iter().zip(&mut loaded).find(|((name, _), _)| field.name.is(name)) {
                Some(((_, ty), place)) => {
                    *place = self.load(&field.value_type, ty, &mut part, absence)?;
                    source.skip_to(&part);
                }
                None => {
                    // A field of a grant that the rule doesn't read.
                    let mut flat = Vec::new();
                    flatten(&field.value_type, &mut flat);
                    if let Source::Flat(local) = source {
                        *local += u32::try_from(flat.len()).unwrap_or_default();
                    }
                }
            }
        }
        Ok(loaded)
    }

    /// A number of an argument, with its scale if it is a decimal.
    fn number(&mut self, units: Node, scale: Option<Node>, ty: &Type, absence: &Absence) -> Compiling<Val> {
        let Some(Fixed { min, max, scale: wanted }) = fixed(ty) else {
            return self.boxed_argument(units, scale, ty, absence);
        };
        let present = absence.present.clone().unwrap_or(Node::I32(1));
        let low = match scale {
            Some(scale) => {
                let wanted = Node::I32(wanted.into());
                self.call(Helper::Fixed, vec![present, units, scale, wanted, Node::I64(min), Node::I64(max)])
            }
            None => {
                let whole = fixed(ty).and_then(|bounds| Some((power_of_ten(bounds.scale)?, bounds)));
                let Some((power, _)) = whole else { return self.inconsistent("a whole number has digits") };
                let least = min / power;
                let number = self.call(Helper::Whole, vec![present, units, Node::I64(least), Node::I64(max / power)]);
                node::multiply(number, Node::I64(power))
            }
        };
        let low = self.share(&low);
        let (high, state) = match (&absence.present, absence.is_null) {
            (Some(present), false) => (Some(node::select(low.clone(), Node::I64(max), present.clone())), None),
            (Some(_), true) => (None, absence.state()),
            (None, _) => (None, None),
        };
        Ok(Val::Number { low, high, scale: wanted, state })
    }

    /// An item of a list of an argument, at an address.
    pub(super) fn load_item(&mut self, list: &ListVal, address: &Node) -> Compiling<Val> {
        let mut source = Source::Memory(address.clone(), 0);
        self.load(&list.item, &list.item_type, &mut source, &Absence::default())
    }

    /// The bytes of an item of a list.
    pub(super) fn item_bytes(list: &ListVal) -> u32 {
        let Layout { size, .. } = layout(&list.item);
        size
    }
}

/// A whole number as an `i64`.
fn read_integer(width: IntegerType, source: &mut Source) -> Node {
    if let (Source::Flat(_), true) = (&source, !matches!(width, IntegerType::U64 | IntegerType::S64)) {
        let narrow_number = source.read(I::I32Load, 0, ValType::I32);
        let is_signed = matches!(width, IntegerType::S8 | IntegerType::S16 | IntegerType::S32);
        let extend = if is_signed { I::I64ExtendI32S } else { I::I64ExtendI32U };
        return wide(extend, vec![narrow_number]);
    }
    let load = |argument| match width {
        IntegerType::U8 => I::I64Load8U(argument),
        IntegerType::S8 => I::I64Load8S(argument),
        IntegerType::U16 => I::I64Load16U(argument),
        IntegerType::S16 => I::I64Load16S(argument),
        IntegerType::U32 => I::I64Load32U(argument),
        IntegerType::S32 => I::I64Load32S(argument),
        IntegerType::U64 | IntegerType::S64 => I::I64Load(argument),
    };
    source.read(load, 0, ValType::I64)
}

/// A day as one number, which is the greater the later the day is.
fn packed_date(year: Node, month: Node, day: Node) -> Node {
    let high = narrow(I::I32Shl, vec![year, Node::I32(9)]);
    let middle = narrow(I::I32Shl, vec![month, Node::I32(5)]);
    narrow(I::I32Or, vec![narrow(I::I32Or, vec![high, middle]), day])
}
