//! The canonical ABI of the types that a rule may use: how a value lies in memory, and into which core values it
//! flattens. Source: the Canonical ABI of the component model.

use ordinance_domain::rule_type::{IntegerType, RuleField, ValueType};
use wasm_encoder::ValType;

/// The most core values by which a function takes its arguments; more go through memory.
pub(super) const FLAT_MAX: usize = 16;

/// The size and the alignment of a value in memory, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) size: u32,
    pub(super) align: u32,
}

/// The offsets of the fields of a record, one after the other.
#[derive(Debug, Default)]
pub(super) struct Offsets {
    end: u32,
    align: u32,
}

impl Offsets {
    /// Adds a field, and returns its offset.
    pub(super) fn add(&mut self, layout: Layout) -> u32 {
        let offset = self.end.next_multiple_of(layout.align.max(1));
        self.end = offset + layout.size;
        self.align = self.align.max(layout.align);
        offset
    }

    /// The size and the alignment of the record.
    pub(super) fn layout(&self) -> Layout {
        let align = self.align.max(1);
        Layout { size: self.end.next_multiple_of(align), align }
    }
}

/// The layout of a value.
pub(super) fn layout(value_type: &ValueType) -> Layout {
    match value_type {
        ValueType::Bool => Layout { size: 1, align: 1 },
        ValueType::Integer(width) => {
            let size = integer_bytes(*width);
            Layout { size, align: size }
        }
        ValueType::Decimal => Layout { size: 16, align: 8 },
        ValueType::Date | ValueType::Text | ValueType::List(_) | ValueType::Decimals => Layout { size: 8, align: 4 },
        ValueType::Choice(words) => {
            let size = discriminant_bytes(words.len());
            Layout { size, align: size }
        }
        ValueType::Record(fields) => record_layout(fields),
        ValueType::Option(inner) => {
            let mut offsets = Offsets::default();
            offsets.add(Layout { size: 1, align: 1 });
            offsets.add(layout(inner));
            offsets.layout()
        }
    }
}

/// The layout of a record.
pub(super) fn record_layout(fields: &[RuleField]) -> Layout {
    let mut offsets = Offsets::default();
    fields.iter().for_each(|field| {
        offsets.add(layout(&field.value_type));
    });
    offsets.layout()
}

/// The offset of the value of an option from its discriminant.
pub(super) fn payload_offset(inner: &ValueType) -> u32 {
    layout(inner).align.max(1)
}

/// The bytes of an integer.
pub(super) fn integer_bytes(width: IntegerType) -> u32 {
    match width {
        IntegerType::U8 | IntegerType::S8 => 1,
        IntegerType::U16 | IntegerType::S16 => 2,
        IntegerType::U32 | IntegerType::S32 => 4,
        IntegerType::U64 | IntegerType::S64 => 8,
    }
}

/// The bytes of the discriminant of an enum of so many words.
pub(super) fn discriminant_bytes(words: usize) -> u32 {
    match words {
        0..=0x100 => 1,
        0x101..=0x1_0000 => 2,
        _ => 4,
    }
}

/// Adds the core values into which a value flattens.
pub(super) fn flatten(value_type: &ValueType, flat: &mut Vec<ValType>) {
    use ValType::{I32, I64};
    match value_type {
        ValueType::Bool | ValueType::Choice(_) => flat.push(I32),
        ValueType::Integer(width) => flat.push(if integer_bytes(*width) == 8 { I64 } else { I32 }),
        ValueType::Decimal => flat.extend([I64, I32]),
        ValueType::Date => flat.extend([I32, I32, I32]),
        ValueType::Text | ValueType::List(_) | ValueType::Decimals => flat.extend([I32, I32]),
        ValueType::Record(fields) => fields.iter().for_each(|field| flatten(&field.value_type, flat)),
        ValueType::Option(inner) => {
            flat.push(I32);
            flatten(inner, flat);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_is_aligned_as_what_it_may_hold() {
        let option = |inner: ValueType| layout(&ValueType::Option(Box::new(inner)));
        assert_eq!(option(ValueType::Integer(IntegerType::U8)), Layout { size: 2, align: 1 });
        assert_eq!(option(ValueType::Decimal), Layout { size: 24, align: 8 });
        assert_eq!(payload_offset(&ValueType::Date), 4);
    }
}
