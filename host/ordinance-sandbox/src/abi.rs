//! The canonical ABI of the types that a rule may use: the size, the alignment and the offsets of each value in a
//! core module's memory, and the core values into which it flattens. Source: the Canonical ABI of the component model.

use ordinance_domain::name::FieldName;
use ordinance_domain::rule_type::{IntegerType, RuleField, ValueType};

/// The most core values by which a function takes its arguments; more go through memory.
pub(crate) const FLAT_MAX: usize = 16;

/// The size of a decimal in memory, and its alignment, in bytes.
pub(crate) const DECIMAL_BYTES: usize = 16;
pub(crate) const DECIMAL_ALIGN: usize = 8;

/// A core type into which a value flattens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FlatType {
    I32,
    I64,
}

/// A value's place in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Layout {
    /// In bytes, a multiple of `align`.
    pub(crate) size: usize,
    /// In bytes, a power of two.
    pub(crate) align: usize,
    /// The core values into which it flattens, in order.
    pub(crate) flat: Vec<FlatType>,
    pub(crate) kind: LayoutKind,
}

/// The parts of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LayoutKind {
    Bool,
    Integer(IntegerType),
    /// `record decimal { units: s64, scale: u8 }`
    Decimal,
    /// `record date { year: s32, month: u8, day: u8 }`
    Date,
    Text,
    /// An enum of these words, in `snake_case`.
    Choice(Vec<String>),
    Record(RecordLayout),
    List(RecordLayout),
    /// A list of decimals.
    Decimals,
    /// A discriminant of one byte; the payload begins at this offset.
    Option {
        payload: Box<Layout>,
        offset: usize,
    },
}

/// A record's place in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RecordLayout {
    pub(crate) fields: Vec<FieldLayout>,
    pub(crate) size: usize,
    pub(crate) align: usize,
    /// The bytes that the names of all fields have in WIT.
    pub(crate) name_bytes: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FieldLayout {
    pub(crate) name: FieldName,
    /// From the start of the record.
    pub(crate) offset: usize,
    pub(crate) layout: Layout,
}

/// The offset of the next field, and the end of the fields so far.
#[derive(Debug, Default)]
pub(crate) struct FieldOffsets {
    end: usize,
    align: usize,
}

impl FieldOffsets {
    /// Adds a field and returns its offset.
    pub(crate) fn add(&mut self, size: usize, align: usize) -> usize {
        let offset = self.end.next_multiple_of(align);
        self.end = offset + size;
        self.align = self.align.max(align);
        offset
    }

    /// The size and the alignment of the record.
    pub(crate) fn size_and_align(&self) -> (usize, usize) {
        let align = self.align.max(1);
        (self.end.next_multiple_of(align), align)
    }
}

impl RecordLayout {
    pub(crate) fn new(fields: &[RuleField]) -> Self {
        let mut offsets = FieldOffsets::default();
        let fields: Vec<_> = fields
            .iter()
            .map(|field| {
                let layout = Layout::new(&field.value_type);
                let offset = offsets.add(layout.size, layout.align);
                FieldLayout { name: field.name.clone(), offset, layout }
            })
            .collect();
        let (size, align) = offsets.size_and_align();
        // A name in WIT has as many bytes as in `snake_case`.
        let name_bytes = fields.iter().map(|field| field.name.as_str().len()).sum();
        Self { fields, size, align, name_bytes }
    }

    /// The core values into which the record flattens.
    pub(crate) fn flat(&self) -> impl Iterator<Item = FlatType> {
        self.fields.iter().flat_map(|field| field.layout.flat.iter().copied())
    }

    /// Whether some field lies outside the record: a text or a list.
    pub(crate) fn has_pointers(&self) -> bool {
        self.fields.iter().any(|field| field.layout.has_pointers())
    }
}

impl Layout {
    pub(crate) fn new(value_type: &ValueType) -> Self {
        use FlatType::{I32, I64};
        let scalar = |size, flat, kind| Self { size, align: size, flat: vec![flat], kind };
        match value_type {
            ValueType::Bool => scalar(1, I32, LayoutKind::Bool),
            ValueType::Integer(width) => {
                let (size, flat) = match width {
                    IntegerType::U8 | IntegerType::S8 => (1, I32),
                    IntegerType::U16 | IntegerType::S16 => (2, I32),
                    IntegerType::U32 | IntegerType::S32 => (4, I32),
                    IntegerType::U64 | IntegerType::S64 => (8, I64),
                };
                scalar(size, flat, LayoutKind::Integer(*width))
            }
            ValueType::Decimals => Self { size: 8, align: 4, flat: vec![I32, I32], kind: LayoutKind::Decimals },
            ValueType::Decimal => {
                Self { size: DECIMAL_BYTES, align: DECIMAL_ALIGN, flat: vec![I64, I32], kind: LayoutKind::Decimal }
            }
            ValueType::Date => Self { size: 8, align: 4, flat: vec![I32, I32, I32], kind: LayoutKind::Date },
            ValueType::Text => Self { size: 8, align: 4, flat: vec![I32, I32], kind: LayoutKind::Text },
            ValueType::Choice(words) => scalar(discriminant_bytes(words.len()), I32, LayoutKind::Choice(words.clone())),
            ValueType::Record(fields) => {
                let record = RecordLayout::new(fields);
                let (size, align, flat) = (record.size, record.align, record.flat().collect());
                Self { size, align, flat, kind: LayoutKind::Record(record) }
            }
            ValueType::List(fields) => {
                let element = RecordLayout::new(fields);
                Self { size: 8, align: 4, flat: vec![I32, I32], kind: LayoutKind::List(element) }
            }
            ValueType::Option(inner) => Self::option(Self::new(inner)),
        }
    }

    fn option(payload: Self) -> Self {
        let mut offsets = FieldOffsets::default();
        offsets.add(1, 1);
        let offset = offsets.add(payload.size, payload.align);
        let (size, align) = offsets.size_and_align();
        let flat = std::iter::once(FlatType::I32).chain(payload.flat.iter().copied()).collect();
        Self { size, align, flat, kind: LayoutKind::Option { payload: Box::new(payload), offset } }
    }

    /// Whether it lies, or some part of it, outside its own bytes: a text or a list.
    pub(crate) fn has_pointers(&self) -> bool {
        match &self.kind {
            LayoutKind::Bool
            | LayoutKind::Integer(_)
            | LayoutKind::Decimal
            | LayoutKind::Date
            | LayoutKind::Choice(_) => false,
            LayoutKind::Text | LayoutKind::List(_) | LayoutKind::Decimals => true,
            LayoutKind::Record(record) => record.has_pointers(),
            LayoutKind::Option { payload, .. } => payload.has_pointers(),
        }
    }
}

/// The bytes of the discriminant of an enum or a variant with that many cases.
pub(crate) fn discriminant_bytes(cases: usize) -> usize {
    match cases {
        0..=0x100 => 1,
        0x101..=0x1_0000 => 2,
        _ => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(types: &[ValueType]) -> RecordLayout {
        let name = |index| FieldName::new(&format!("f{index}")).unwrap();
        let field = |(index, value_type): (usize, &ValueType)| RuleField::new(name(index), value_type.clone());
        RecordLayout::new(&types.iter().enumerate().map(field).collect::<Vec<_>>())
    }

    fn option(inner: ValueType) -> ValueType {
        ValueType::Option(Box::new(inner))
    }

    #[test]
    fn fields_are_aligned_and_records_are_padded() {
        let layout = record(&[
            ValueType::Bool,
            ValueType::Integer(IntegerType::U16),
            option(ValueType::Decimal),
            ValueType::Date,
            ValueType::Text,
            option(ValueType::Integer(IntegerType::U8)),
        ]);
        let offsets: Vec<_> = layout.fields.iter().map(|field| field.offset).collect();
        assert_eq!(offsets, [0, 2, 8, 32, 40, 48]);
        assert_eq!(layout.size, 56);
        assert_eq!(layout.align, 8);
        assert_eq!(layout.flat().count(), 1 + 1 + 3 + 3 + 2 + 2);
    }

    #[test]
    fn an_enum_of_many_words_has_a_wider_discriminant() {
        let words = |count| ValueType::Choice((0..count).map(|index| format!("w{index}")).collect());
        assert_eq!(Layout::new(&words(256)).size, 1);
        assert_eq!(Layout::new(&words(257)).size, 2);
    }
}
