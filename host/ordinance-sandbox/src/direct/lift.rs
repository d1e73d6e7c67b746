//! Lifts the answer of a direct call out of the instance's memory, by the canonical ABI.
//!
//! It walks the whole answer before it reports what a type can't express, since an answer that breaks the canonical
//! ABI anywhere is unreadable as a whole.

use ordinance_domain::answer::{Answer, Determination, Finding, Grant, RuleError};
use ordinance_domain::calendar::Date;
use ordinance_domain::name::Id;
use ordinance_domain::rule_type::{IntegerType, RuleType};
use ordinance_domain::value::{Decimal, Record, Value};
use wasmtime::component::Val;

use super::guest::GuestError;
use crate::abi::{FieldOffsets, Layout, LayoutKind, RecordLayout};
use crate::lift::{
    FINDINGS_MAX, INTERMEDIATES, beyond, check_unique, criterion_id, date_of, decimal_of, too_many_findings,
    unfit_value,
};

/// What the host holds for a value, in bytes: the measure of the limit on answers.
const VALUE_BYTES: usize = size_of::<Val>();

/// The place of the parts of an answer.
#[derive(Debug, Clone)]
pub(super) struct AnswerLayout {
    /// `None` for a service without a grant.
    grant: Option<RecordLayout>,
    /// From the start of the variant `determination`.
    grant_offset: usize,
    /// From the start of the answer.
    findings_offset: usize,
    /// With its offset from the start of the answer; `None` for a rule that tells no intermediate values.
    intermediates: Option<(RecordLayout, usize)>,
    /// Whether a finding has an item.
    finds_items: bool,
    size: usize,
    align: usize,
}

/// `record finding { criterion: string, satisfied: option<bool> }`, and from version 0.2.0 `item: option<u32>` after
/// it.
const FINDING_BYTES: usize = 12;
const ITEM_OFFSET: usize = 12;
const FINDING_WITH_ITEM_BYTES: usize = 20;
const FINDING_ALIGN: usize = 4;

/// A value that was read, or what its type can't express.
type Lifted<T> = Result<T, RuleError>;

impl AnswerLayout {
    pub(super) fn new(rule_type: &RuleType) -> Self {
        let grant = (!rule_type.grant.is_empty()).then(|| RecordLayout::new(&rule_type.grant));
        let mut variant = FieldOffsets::default();
        variant.add(1, 1);
        let grant_offset = grant.as_ref().map_or(0, |grant| variant.add(grant.size, grant.align));
        let (variant_size, variant_align) = variant.size_and_align();
        let mut answer = FieldOffsets::default();
        answer.add(variant_size, variant_align);
        let findings_offset = answer.add(8, 4);
        let intermediates = (!rule_type.intermediates.is_empty()).then(|| {
            let record = RecordLayout::new(&rule_type.intermediates);
            let offset = answer.add(record.size, record.align);
            (record, offset)
        });
        let (size, align) = answer.size_and_align();
        Self { grant, grant_offset, findings_offset, intermediates, finds_items: rule_type.finds_items, size, align }
    }

    /// Reads the answer at an address of the memory. The inner error is what a type can't express.
    ///
    /// `known` are ids that were read before, by which those of this answer are recognised.
    pub(super) fn lift(
        &self,
        memory: &[u8],
        address: u32,
        output_bytes: usize,
        known: &mut Vec<Id>,
    ) -> Result<Lifted<Answer>, GuestError> {
        let mut reader = Reader { memory, bytes_left: output_bytes, known };
        let address = usize::try_from(address).map_err(|_| GuestError::Unreadable)?;
        reader.slice(address, self.size, self.align)?;
        reader.spend(2 * VALUE_BYTES + "determination".len() + "findings".len())?;
        let determination = self.lift_determination(&mut reader, address)?;
        let findings = reader.lift_findings(address + self.findings_offset, self.finds_items)?;
        let intermediates = match &self.intermediates {
            Some((layout, offset)) => {
                reader.spend(VALUE_BYTES + INTERMEDIATES.len())?;
                reader.lift_record(&Place::Root(INTERMEDIATES), layout, address + offset)?
            }
            None => Ok(Record::new()),
        };
        Ok(findings
            .and_then(|findings| Ok(Answer { determination: determination?, findings, intermediates: intermediates? })))
    }

    fn lift_determination(&self, reader: &mut Reader<'_>, address: usize) -> Result<Lifted<Determination>, GuestError> {
        match (reader.byte(address)?, &self.grant) {
            (0, Some(grant)) => {
                reader.spend(VALUE_BYTES)?;
                let lifted = reader.lift_record(&Place::Root("grant"), grant, address + self.grant_offset)?;
                reader.spend("eligible".len())?;
                Ok(lifted.map(|record| Determination::Eligible(Grant(record))))
            }
            (0, None) => reader.spend("eligible".len()).map(|()| Ok(Determination::Eligible(Grant::default()))),
            (1, _) => reader.spend("ineligible".len()).map(|()| Ok(Determination::Ineligible)),
            (2, _) => reader.spend("undetermined".len()).map(|()| Ok(Determination::Undetermined)),
            _ => Err(GuestError::Unreadable),
        }
    }
}

/// The place of a value in the answer, for messages.
enum Place<'a> {
    Root(&'static str),
    Field(&'a Place<'a>, &'a str),
}

impl Place<'_> {
    fn path(&self) -> String {
        match self {
            Self::Root(name) => (*name).to_owned(),
            Self::Field(outer, name) => format!("{}.{}", outer.path(), name.replace('_', "-")),
        }
    }
}

/// Reads a memory, within the limit on answers.
struct Reader<'m> {
    memory: &'m [u8],
    known: &'m mut Vec<Id>,
    /// Bytes that the answer may still have, as the host holds it.
    bytes_left: usize,
}

impl<'m> Reader<'m> {
    /// Counts what the host holds of the answer, as the component runtime counts it.
    fn spend(&mut self, bytes: usize) -> Result<(), GuestError> {
        self.bytes_left = self.bytes_left.checked_sub(bytes).ok_or(GuestError::Unreadable)?;
        Ok(())
    }

    fn slice(&self, address: usize, size: usize, align: usize) -> Result<&'m [u8], GuestError> {
        if !address.is_multiple_of(align) {
            return Err(GuestError::Unreadable);
        }
        let slice = self.memory.get(address..).and_then(|rest| rest.get(..size));
        slice.ok_or(GuestError::Unreadable)
    }

    fn array<const N: usize>(&self, address: usize) -> Result<[u8; N], GuestError> {
        self.slice(address, N, 1)?.try_into().map_err(|_| GuestError::Unreadable)
    }

    fn byte(&self, address: usize) -> Result<u8, GuestError> {
        self.array::<1>(address).map(|[byte]| byte)
    }

    fn word(&self, address: usize) -> Result<usize, GuestError> {
        usize::try_from(u32::from_le_bytes(self.array(address)?)).map_err(|_| GuestError::Unreadable)
    }

    fn text(&mut self, address: usize) -> Result<&'m str, GuestError> {
        let bytes = self.slice(self.word(address)?, self.word(address + 4)?, 1)?;
        self.spend(bytes.len())?;
        std::str::from_utf8(bytes).map_err(|_| GuestError::Unreadable)
    }

    /// The address of the first element of a list, and how many it has.
    fn list(&mut self, address: usize, size: usize, align: usize) -> Result<(usize, usize), GuestError> {
        let (start, count) = (self.word(address)?, self.word(address + 4)?);
        self.slice(start, count.checked_mul(size).ok_or(GuestError::Unreadable)?, align)?;
        self.spend(count.checked_mul(VALUE_BYTES).ok_or(GuestError::Unreadable)?)?;
        Ok((start, count))
    }

    fn lift_findings(&mut self, address: usize, finds_items: bool) -> Result<Lifted<Vec<Finding>>, GuestError> {
        let size = if finds_items { FINDING_WITH_ITEM_BYTES } else { FINDING_BYTES };
        let (start, count) = self.list(address, size, FINDING_ALIGN)?;
        let mut findings = Ok(Vec::with_capacity(count.min(FINDINGS_MAX)));
        for index in 0..count {
            let finding = self.lift_finding(start + index * size, index, finds_items)?;
            match (&mut findings, finding) {
                (Ok(findings), Ok(finding)) if count <= FINDINGS_MAX => findings.push(finding),
                (Ok(_), Err(error)) => findings = Err(error),
                (Ok(_) | Err(_), _) => {}
            }
        }
        if count > FINDINGS_MAX {
            return Ok(Err(too_many_findings()));
        }
        Ok(findings.and_then(|findings| check_unique(&findings).map(|()| findings)))
    }

    fn lift_finding(&mut self, address: usize, index: usize, finds_items: bool) -> Result<Lifted<Finding>, GuestError> {
        self.spend(2 * VALUE_BYTES + "criterion".len() + "satisfied".len())?;
        let criterion = self.criterion(address, index)?;
        let satisfied = match self.byte(address + 8)? {
            0 => None,
            1 => {
                self.spend(VALUE_BYTES)?;
                Some(self.byte(address + 9)? != 0)
            }
            _ => return Err(GuestError::Unreadable),
        };
        let item = if finds_items { self.item(address + ITEM_OFFSET)? } else { None };
        Ok(criterion.map(|criterion| Finding { criterion, satisfied, item }))
    }

    /// The id of the criterion of a finding. A rule finds on its criteria in one order as a rule.
    fn criterion(&mut self, address: usize, index: usize) -> Result<Lifted<Id>, GuestError> {
        let bytes = self.slice(self.word(address)?, self.word(address + 4)?, 1)?;
        if let Some(id) = self.known.get(index).filter(|id| id.is_bytes(bytes)) {
            let id = id.clone();
            self.spend(bytes.len())?;
            return Ok(Ok(id));
        }
        let id = criterion_id(self.text(address)?);
        if let Ok(id) = &id
            && self.known.len() == index
            && index < FINDINGS_MAX
        {
            self.known.push(id.clone());
        }
        Ok(id)
    }

    fn item(&mut self, address: usize) -> Result<Option<u32>, GuestError> {
        self.spend(VALUE_BYTES + "item".len())?;
        match self.byte(address)? {
            0 => Ok(None),
            1 => {
                self.spend(VALUE_BYTES)?;
                Ok(Some(u32::from_le_bytes(self.array(address + 4)?)))
            }
            _ => Err(GuestError::Unreadable),
        }
    }

    fn lift_record(
        &mut self,
        place: &Place<'_>,
        layout: &RecordLayout,
        address: usize,
    ) -> Result<Lifted<Record>, GuestError> {
        self.spend(layout.fields.len() * VALUE_BYTES + layout.name_bytes)?;
        let mut record = Ok(Record::with_capacity(layout.fields.len()));
        for field in &layout.fields {
            let place = Place::Field(place, field.name.as_str());
            let value = self.lift_option(&place, &field.layout, address + field.offset)?;
            match (&mut record, value) {
                (Ok(record), Some(Ok(value))) => record.push((field.name.clone(), value)),
                (Ok(_), Some(Err(error))) => record = Err(error),
                (Ok(_) | Err(_), _) => {}
            }
        }
        Ok(record)
    }

    /// A field's value; `None` if it is an option without one.
    fn lift_option(
        &mut self,
        place: &Place<'_>,
        layout: &Layout,
        address: usize,
    ) -> Result<Option<Lifted<Value>>, GuestError> {
        let LayoutKind::Option { payload, offset } = &layout.kind else {
            return self.lift_value(place, layout, address).map(Some);
        };
        match self.byte(address)? {
            0 => Ok(None),
            1 => {
                self.spend(VALUE_BYTES)?;
                self.lift_value(place, payload, address + offset).map(Some)
            }
            _ => Err(GuestError::Unreadable),
        }
    }

    fn lift_value(&mut self, place: &Place<'_>, layout: &Layout, address: usize) -> Result<Lifted<Value>, GuestError> {
        let value = match &layout.kind {
            LayoutKind::Bool => Ok(Value::Bool(self.byte(address)? != 0)),
            LayoutKind::Integer(width) => self.integer(*width, address)?.map(Value::Integer).ok_or(beyond::INTEGER),
            LayoutKind::Decimal => self.decimal(address)?.map(Value::Decimal).ok_or(beyond::DECIMAL),
            LayoutKind::Date => self.date(address)?.map(Value::Date).ok_or(beyond::DATE),
            LayoutKind::Text => Ok(Value::Text(self.text(address)?.to_owned())),
            LayoutKind::Choice(words) => {
                let mut index = [0; 4];
                for (to, from) in index.iter_mut().zip(self.slice(address, layout.size, 1)?) {
                    *to = *from;
                }
                let index = usize::try_from(u32::from_le_bytes(index)).map_err(|_| GuestError::Unreadable)?;
                let word = words.get(index).ok_or(GuestError::Unreadable)?;
                self.spend(word.len())?;
                Ok(Value::Choice(word.clone()))
            }
            LayoutKind::Record(record) => return Ok(self.lift_record(place, record, address)?.map(Value::Record)),
            // Only a parameter has one, and no answer.
            LayoutKind::Decimals => return Err(GuestError::Unreadable),
            LayoutKind::List(element) => return self.lift_list(place, element, address),
            // The type of a rule has no option in an option.
            LayoutKind::Option { .. } => return Err(GuestError::Unreadable),
        };
        Ok(value.map_err(|reason| unfit_value(&place.path(), reason)))
    }

    fn lift_list(
        &mut self,
        place: &Place<'_>,
        element: &RecordLayout,
        address: usize,
    ) -> Result<Lifted<Value>, GuestError> {
        let (start, count) = self.list(address, element.size, element.align)?;
        let mut items = Ok(Vec::with_capacity(count));
        for index in 0..count {
            let item = self.lift_record(place, element, start + index * element.size)?;
            match (&mut items, item) {
                (Ok(items), Ok(item)) => items.push(item),
                (Ok(_), Err(error)) => items = Err(error),
                (Err(_), _) => {}
            }
        }
        Ok(items.map(Value::List))
    }

    /// `None` for a number above those that the host holds.
    fn integer(&self, width: IntegerType, address: usize) -> Result<Option<i64>, GuestError> {
        Ok(match width {
            IntegerType::U8 => Some(self.byte(address)?.into()),
            IntegerType::S8 => Some(i8::from_le_bytes(self.array(address)?).into()),
            IntegerType::U16 => Some(u16::from_le_bytes(self.array(address)?).into()),
            IntegerType::S16 => Some(i16::from_le_bytes(self.array(address)?).into()),
            IntegerType::U32 => Some(u32::from_le_bytes(self.array(address)?).into()),
            IntegerType::S32 => Some(i32::from_le_bytes(self.array(address)?).into()),
            IntegerType::U64 => i64::try_from(u64::from_le_bytes(self.array(address)?)).ok(),
            IntegerType::S64 => Some(i64::from_le_bytes(self.array(address)?)),
        })
    }

    fn decimal(&mut self, address: usize) -> Result<Option<Decimal>, GuestError> {
        self.spend(2 * VALUE_BYTES + "units".len() + "scale".len())?;
        Ok(decimal_of(i64::from_le_bytes(self.array(address)?), self.byte(address + 8)?))
    }

    fn date(&mut self, address: usize) -> Result<Option<Date>, GuestError> {
        self.spend(3 * VALUE_BYTES + "year".len() + "month".len() + "day".len())?;
        let [month, day] = self.array(address + 4)?;
        let year = i32::from_le_bytes(self.array(address)?);
        Ok(date_of(year, month, day))
    }
}
