//! Lowers the arguments of a direct call: into core values where they are few, else into the instance's memory.

use ordinance_domain::answer::Grant;
use ordinance_domain::calendar::Date;
use ordinance_domain::rule_type::{Argument, IntegerType, RuleType, ValueType};
use ordinance_domain::value::{Decimal, Record, Value};
use wasmtime::Val;

use super::guest::{Guest, GuestError};
use crate::abi::{DECIMAL_ALIGN, DECIMAL_BYTES, FLAT_MAX, FieldLayout, FieldOffsets, FlatType, Layout, LayoutKind};
use crate::arguments::Arguments;

/// The places of all arguments of a function.
#[derive(Debug, Clone)]
pub(super) struct ArgumentsLayout {
    arguments: Vec<ArgumentLayout>,
    flat: Vec<FlatType>,
    /// The record of all arguments, where they go through memory.
    size: usize,
    align: usize,
    /// Whether what doesn't depend on the person is lowered first. Where a fact of the person needs memory of its own,
    /// the rule would then allocate in another order than the canonical ABI has.
    has_constants_first: bool,
}

#[derive(Debug, Clone)]
struct ArgumentLayout {
    argument: Argument,
    /// From the start of the record of all arguments.
    offset: usize,
    /// The number of core values of the arguments before it.
    flat_offset: usize,
    layout: Layout,
}

/// The core values of a call's arguments.
#[derive(Debug, Clone)]
pub(crate) struct FlatValues {
    values: [Val; FLAT_MAX],
    count: usize,
}

impl FlatValues {
    fn new() -> Self {
        Self { values: [const { Val::I32(0) }; FLAT_MAX], count: 0 }
    }

    fn push(&mut self, value: Val) -> Result<(), GuestError> {
        *self.values.get_mut(self.count).ok_or(GuestError::Unreadable)? = value;
        self.count += 1;
        Ok(())
    }

    pub(crate) fn as_slice(&self) -> &[Val] {
        self.values.get(..self.count).unwrap_or_default()
    }
}

impl ArgumentsLayout {
    pub(super) fn new(rule_type: &RuleType) -> Self {
        let mut offsets = FieldOffsets::default();
        let mut flat_offset = 0;
        let arguments: Vec<_> = rule_type
            .arguments
            .iter()
            .map(|argument| {
                let layout = Layout::new(&type_of(*argument, rule_type));
                let offset = offsets.add(layout.size, layout.align);
                let before = flat_offset;
                flat_offset += layout.flat.len();
                ArgumentLayout { argument: *argument, offset, flat_offset: before, layout }
            })
            .collect();
        let (size, align) = offsets.size_and_align();
        let flat = arguments.iter().flat_map(|argument| argument.layout.flat.iter().copied()).collect();
        let has_constants_first =
            arguments.iter().all(|argument| argument.is_of_any_person() || !argument.layout.has_pointers());
        Self { arguments, flat, size, align, has_constants_first }
    }

    fn goes_through_memory(&self) -> bool {
        self.flat.len() > FLAT_MAX
    }

    /// Whether some argument lies in memory that the rule has to allocate.
    pub(super) fn needs_realloc(&self) -> bool {
        self.goes_through_memory() || self.arguments.iter().any(|argument| argument.layout.has_pointers())
    }

    /// The core types of the function's arguments.
    pub(super) fn flat(&self) -> impl Iterator<Item = FlatType> {
        let flat: &[FlatType] = if self.goes_through_memory() { &[FlatType::I32] } else { &self.flat };
        flat.iter().copied()
    }

    /// Lowers the arguments that don't depend on the person (the day, the parameters, the place), unless a fact needs
    /// memory of its own. The caller lowers the other arguments after these, so that until then the instance is in the
    /// same state for every person.
    pub(super) fn lower_constants(
        &self,
        guest: &mut Guest<'_>,
        arguments: &Arguments<'_>,
    ) -> Result<LoweredConstants, GuestError> {
        let mut lowered = LoweredConstants { flat: FlatValues::new(), start: None };
        if self.goes_through_memory() {
            let start = guest.allocate(self.size, self.align)?;
            lowered.start = Some(start);
            lowered.flat.push(Val::I32(core_address(start)?))?;
        }
        self.lower_those(guest, arguments, &mut lowered, |argument| self.is_constant(argument))?;
        Ok(lowered)
    }

    /// Lowers what depends on the person, after the constants.
    pub(super) fn lower_person(
        &self,
        guest: &mut Guest<'_>,
        arguments: &Arguments<'_>,
        constants: &LoweredConstants,
    ) -> Result<FlatValues, GuestError> {
        let mut lowered = constants.clone();
        self.lower_those(guest, arguments, &mut lowered, |argument| !self.is_constant(argument))?;
        Ok(lowered.flat)
    }

    fn is_constant(&self, argument: &ArgumentLayout) -> bool {
        self.has_constants_first && argument.is_of_any_person()
    }

    fn lower_those(
        &self,
        guest: &mut Guest<'_>,
        arguments: &Arguments<'_>,
        lowered: &mut LoweredConstants,
        is_lowered: impl Fn(&ArgumentLayout) -> bool,
    ) -> Result<(), GuestError> {
        for argument in self.arguments.iter().filter(|argument| is_lowered(argument)) {
            let value = argument.value(arguments);
            match lowered.start {
                Some(start) => store(guest, &argument.layout, value, start + argument.offset)?,
                None => {
                    lowered.flat.count = argument.flat_offset;
                    flatten(guest, &argument.layout, value, &mut lowered.flat)?;
                }
            }
        }
        if lowered.start.is_none() {
            lowered.flat.count = self.flat.len();
        }
        guest.flush()
    }
}

/// The arguments of a call that don't depend on the person, in an instance.
#[derive(Debug, Clone)]
pub(crate) struct LoweredConstants {
    /// Zero where the arguments are that do.
    flat: FlatValues,
    /// The record of all arguments, where they go through memory.
    start: Option<usize>,
}

impl ArgumentLayout {
    /// Whether the argument is the same for all people of one place on one day.
    fn is_of_any_person(&self) -> bool {
        match self.argument {
            Argument::AsOf | Argument::Parameters | Argument::Jurisdiction => true,
            Argument::Applicant | Argument::Inherited => false,
        }
    }

    /// What this argument is in one call; `None` where it is an option without a value.
    fn value<'a>(&self, arguments: &Arguments<'a>) -> Option<Lowered<'a>> {
        match self.argument {
            Argument::AsOf => Some(Lowered::Date(arguments.as_of)),
            Argument::Applicant => Some(Lowered::Record(arguments.applicant.record())),
            Argument::Parameters => Some(Lowered::Record(arguments.parameters)),
            Argument::Inherited => arguments.inherited.map(|Grant(record)| Lowered::Record(record)),
            Argument::Jurisdiction => Some(Lowered::Text(arguments.jurisdiction.as_str())),
        }
    }
}

fn type_of(argument: Argument, rule_type: &RuleType) -> ValueType {
    match argument {
        Argument::AsOf => ValueType::Date,
        Argument::Applicant => ValueType::Record(rule_type.applicant.clone()),
        Argument::Parameters => ValueType::Record(rule_type.parameters.clone()),
        Argument::Inherited => ValueType::Option(Box::new(ValueType::Record(rule_type.grant.clone()))),
        Argument::Jurisdiction => ValueType::Text,
    }
}

/// A value on its way into the instance.
#[derive(Clone, Copy)]
enum Lowered<'a> {
    Bool(bool),
    Integer(i64),
    Decimal(Decimal),
    Date(Date),
    Text(&'a str),
    Choice(&'a str),
    Record(&'a Record),
    List(&'a [Record]),
    Decimals(&'a [Decimal]),
}

impl<'a> From<&'a Value> for Lowered<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Bool(yes) => Self::Bool(*yes),
            Value::Integer(number) => Self::Integer(*number),
            Value::Decimal(number) => Self::Decimal(*number),
            Value::Date(day) => Self::Date(*day),
            Value::Text(text) => Self::Text(text),
            Value::Choice(word) => Self::Choice(word),
            Value::Record(record) => Self::Record(record),
            Value::List(items) => Self::List(items),
            Value::Decimals(numbers) => Self::Decimals(numbers),
        }
    }
}

/// The fields of a layout, each with its value in the record. Both are in the order of the rule's type.
fn fields<'l, 'v>(
    fields: &'l [FieldLayout],
    record: &'v Record,
) -> impl Iterator<Item = (&'l FieldLayout, Option<Lowered<'v>>)> {
    let mut rest = record.iter().peekable();
    fields.iter().map(move |field| {
        let value = rest.next_if(|(name, _)| *name == field.name).map(|(_, value)| value);
        let value = value.or_else(|| ordinance_domain::value::field(record, &field.name));
        (field, value.map(Lowered::from))
    })
}

fn units_and_scale(number: Decimal) -> Result<(i64, u8), GuestError> {
    let units = i64::try_from(number.mantissa()).map_err(|_| GuestError::Unreadable)?;
    let scale = u8::try_from(number.scale()).map_err(|_| GuestError::Unreadable)?;
    Ok((units, scale))
}

/// The number, if its type holds it.
fn fitting(width: IntegerType, number: i64) -> Result<i64, GuestError> {
    let (least, greatest) = width.range();
    (least..=greatest).contains(&number.into()).then_some(number).ok_or(GuestError::Unreadable)
}

fn index_of(words: &[String], word: &str) -> Result<u32, GuestError> {
    let index = words.iter().position(|known| known == word).ok_or(GuestError::Unreadable)?;
    u32::try_from(index).map_err(|_| GuestError::Unreadable)
}

fn core_address(address: usize) -> Result<i32, GuestError> {
    u32::try_from(address).map(u32::cast_signed).map_err(|_| GuestError::Unreadable)
}

/// A value as core values.
fn flatten(
    guest: &mut Guest<'_>,
    layout: &Layout,
    value: Option<Lowered<'_>>,
    flat: &mut FlatValues,
) -> Result<(), GuestError> {
    match (&layout.kind, value) {
        (LayoutKind::Option { .. }, None) => layout.flat.iter().try_for_each(|flat_type| {
            flat.push(match flat_type {
                FlatType::I32 => Val::I32(0),
                FlatType::I64 => Val::I64(0),
            })
        }),
        (LayoutKind::Option { payload, .. }, Some(_)) => {
            flat.push(Val::I32(1))?;
            flatten(guest, payload, value, flat)
        }
        (LayoutKind::Bool, Some(Lowered::Bool(yes))) => flat.push(Val::I32(yes.into())),
        (LayoutKind::Integer(width), Some(Lowered::Integer(number))) => {
            let number = fitting(*width, number)?;
            flat.push(match layout.size {
                8 => Val::I64(number),
                // The low half of a number that fits: of an unsigned one zero-extended, of a signed one sign-extended.
                _ => Val::I32(low_half(number)),
            })
        }
        (LayoutKind::Decimal, Some(Lowered::Decimal(number))) => {
            let (units, scale) = units_and_scale(number)?;
            flat.push(Val::I64(units))?;
            flat.push(Val::I32(scale.into()))
        }
        (LayoutKind::Date, Some(Lowered::Date(day))) => {
            flat.push(Val::I32(day.year().into()))?;
            flat.push(Val::I32(day.month().into()))?;
            flat.push(Val::I32(day.day().into()))
        }
        (LayoutKind::Choice(words), Some(Lowered::Choice(word))) => {
            flat.push(Val::I32(index_of(words, word)?.cast_signed()))
        }
        (LayoutKind::Record(record), Some(Lowered::Record(values))) => {
            fields(&record.fields, values).try_for_each(|(field, value)| flatten(guest, &field.layout, value, flat))
        }
        (LayoutKind::Text, Some(Lowered::Text(_)))
        | (LayoutKind::List(_), Some(Lowered::List(_)))
        | (LayoutKind::Decimals, Some(Lowered::Decimals(_))) => {
            let (address, count) = allocate_and_store(guest, layout, value)?;
            flat.push(Val::I32(core_address(address)?))?;
            flat.push(Val::I32(core_address(count)?))
        }
        _ => Err(GuestError::Unreadable),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the number fits into 32 bits, as its type says")]
fn low_half(number: i64) -> i32 {
    number as i32
}

/// Stores a value at an address of the instance's memory.
fn store(guest: &mut Guest<'_>, layout: &Layout, value: Option<Lowered<'_>>, address: usize) -> Result<(), GuestError> {
    match (&layout.kind, value) {
        (LayoutKind::Option { .. }, None) => {
            guest.write(address, &[0]);
            Ok(())
        }
        (LayoutKind::Option { payload, offset }, Some(_)) => {
            guest.write(address, &[1]);
            store(guest, payload, value, address + offset)
        }
        (LayoutKind::Bool, Some(Lowered::Bool(yes))) => {
            guest.write(address, &[yes.into()]);
            Ok(())
        }
        (LayoutKind::Integer(width), Some(Lowered::Integer(number))) => {
            let bytes = fitting(*width, number)?.to_le_bytes();
            guest.write(address, bytes.get(..layout.size).unwrap_or_default());
            Ok(())
        }
        (LayoutKind::Decimal, Some(Lowered::Decimal(number))) => store_decimal(guest, number, address),
        (LayoutKind::Date, Some(Lowered::Date(day))) => {
            guest.write(address, &i32::from(day.year()).to_le_bytes());
            guest.write(address + 4, &[day.month().unsigned_abs(), day.day().unsigned_abs()]);
            Ok(())
        }
        (LayoutKind::Choice(words), Some(Lowered::Choice(word))) => {
            let bytes = index_of(words, word)?.to_le_bytes();
            guest.write(address, bytes.get(..layout.size).unwrap_or_default());
            Ok(())
        }
        (LayoutKind::Record(record), Some(Lowered::Record(values))) => {
            store_fields(guest, &record.fields, values, address)
        }
        (LayoutKind::Text, Some(Lowered::Text(_)))
        | (LayoutKind::List(_), Some(Lowered::List(_)))
        | (LayoutKind::Decimals, Some(Lowered::Decimals(_))) => {
            let (start, count) = allocate_and_store(guest, layout, value)?;
            guest.write(address, &core_address(start)?.to_le_bytes());
            guest.write(address + 4, &core_address(count)?.to_le_bytes());
            Ok(())
        }
        _ => Err(GuestError::Unreadable),
    }
}

fn store_decimal(guest: &mut Guest<'_>, number: Decimal, address: usize) -> Result<(), GuestError> {
    let (units, scale) = units_and_scale(number)?;
    guest.write(address, &units.to_le_bytes());
    guest.write(address + 8, &[scale]);
    Ok(())
}

fn store_fields(
    guest: &mut Guest<'_>,
    layouts: &[FieldLayout],
    record: &Record,
    address: usize,
) -> Result<(), GuestError> {
    fields(layouts, record).try_for_each(|(field, value)| store(guest, &field.layout, value, address + field.offset))
}

/// Stores a text or a list in memory that the rule allocates. Returns its address, and its bytes or elements.
fn allocate_and_store(
    guest: &mut Guest<'_>,
    layout: &Layout,
    value: Option<Lowered<'_>>,
) -> Result<(usize, usize), GuestError> {
    match (&layout.kind, value) {
        (LayoutKind::Text, Some(Lowered::Text(text))) => {
            let address = guest.allocate(text.len(), 1)?;
            guest.write(address, text.as_bytes());
            Ok((address, text.len()))
        }
        (LayoutKind::List(element), Some(Lowered::List(items))) => {
            let size = items.len().checked_mul(element.size).ok_or(GuestError::Unreadable)?;
            let start = guest.allocate(size, element.align)?;
            for (index, item) in items.iter().enumerate() {
                store_fields(guest, &element.fields, item, start + index * element.size)?;
            }
            Ok((start, items.len()))
        }
        (LayoutKind::Decimals, Some(Lowered::Decimals(numbers))) => {
            let size = numbers.len().checked_mul(DECIMAL_BYTES).ok_or(GuestError::Unreadable)?;
            let start = guest.allocate(size, DECIMAL_ALIGN)?;
            for (index, number) in numbers.iter().enumerate() {
                store_decimal(guest, *number, start + index * DECIMAL_BYTES)?;
            }
            Ok((start, numbers.len()))
        }
        _ => Err(GuestError::Unreadable),
    }
}
