//! Making values.

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::vec::Vec;

use ordinance_feel_runtime::{
    Context, Date, DateTime, DaysDuration, Decimal, Failure, MonthsDuration, Offset, Time, Value, operators,
};

use crate::memory::keep;

/// What `make.time` takes for a time without an offset.
const NO_OFFSET: i32 = i32::MIN;

#[unsafe(export_name = "make.unknown")]
extern "C" fn unknown() -> &'static Value {
    keep(Value::Unknown)
}

#[unsafe(export_name = "make.null")]
extern "C" fn null() -> &'static Value {
    keep(Value::Null)
}

fn failure(code: i32) -> Failure {
    u8::try_from(code).ok().and_then(Failure::from_code).unwrap_or(Failure::NotInDomain)
}

#[unsafe(export_name = "make.failed")]
extern "C" fn failed(code: i32) -> &'static Value {
    keep(Value::Failed(failure(code)))
}

#[unsafe(export_name = "make.boolean")]
extern "C" fn boolean(value: i32) -> &'static Value {
    keep(Value::Boolean(value != 0))
}

#[unsafe(export_name = "make.truth")]
extern "C" fn truth(state: i32) -> &'static Value {
    keep(match state {
        0 => Value::Boolean(false),
        1 => Value::Boolean(true),
        2 => Value::Unknown,
        3 => Value::Null,
        failed => Value::Failed(failure(failed - 3)),
    })
}

#[unsafe(export_name = "make.number")]
extern "C" fn number(units: i64, scale: i32) -> &'static Value {
    keep(Value::Number(Decimal::from_units(units, scale as u8)))
}

#[unsafe(export_name = "make.decimal")]
extern "C" fn decimal(negative: i32, high: u64, low: u64, exponent: i32) -> &'static Value {
    let coefficient = u128::from(high) << 64 | u128::from(low);
    keep(Value::from(Decimal::rounded(negative != 0, coefficient, exponent)))
}

#[unsafe(export_name = "make.between")]
extern "C" fn between(least: &'static Value, greatest: &'static Value) -> &'static Value {
    keep(match (least.bounds(), greatest.bounds()) {
        (Some((least, _)), Some((_, greatest))) => Value::between(least, greatest),
        _ => Value::Unknown,
    })
}

/// The text that lies at an address.
fn text_at(address: *const u8, bytes: usize) -> &'static str {
    // SAFETY: the compiler writes UTF-8 there and never changes it; the host gives texts that are UTF-8.
    unsafe { core::str::from_utf8_unchecked(core::slice::from_raw_parts(address, bytes)) }
}

#[unsafe(export_name = "make.text")]
extern "C" fn text(address: *const u8, bytes: usize) -> &'static Value {
    keep(Value::text(text_at(address, bytes)))
}

#[unsafe(export_name = "make.date")]
extern "C" fn date(year: i32, month: i32, day: i32) -> &'static Value {
    keep(Value::Date(Date { year, month: month as u8, day: day as u8 }))
}

#[unsafe(export_name = "make.time")]
extern "C" fn time(nanoseconds: u64, offset: i32) -> &'static Value {
    let offset = if offset == NO_OFFSET { Offset::Local } else { Offset::Seconds(offset) };
    keep(Value::Time(Time { nanoseconds, offset }))
}

#[unsafe(export_name = "make.zoned_time")]
extern "C" fn zoned_time(nanoseconds: u64, address: *const u8, bytes: usize) -> &'static Value {
    let offset = Offset::Zone(Rc::from(text_at(address, bytes)));
    keep(Value::Time(Time { nanoseconds, offset }))
}

#[unsafe(export_name = "make.date_time")]
extern "C" fn date_time(date: &'static Value, time: &'static Value) -> &'static Value {
    keep(match (date, time) {
        (Value::Date(date), Value::Time(time)) => Value::DateTime(DateTime { date: *date, time: time.clone() }),
        _ => Value::Failed(Failure::TypesDontFit),
    })
}

#[unsafe(export_name = "make.days")]
extern "C" fn days(high: i64, low: u64) -> &'static Value {
    keep(Value::Days(DaysDuration(i128::from(high) << 64 | i128::from(low))))
}

#[unsafe(export_name = "make.months")]
extern "C" fn months(months: i64) -> &'static Value {
    keep(Value::Months(MonthsDuration(months)))
}

#[unsafe(export_name = "make.range")]
extern "C" fn range(
    low: Option<&'static Value>,
    low_included: i32,
    high: Option<&'static Value>,
    high_included: i32,
) -> &'static Value {
    keep(operators::range(low, low_included != 0, high, high_included != 0))
}

#[unsafe(export_name = "make.perhaps")]
extern "C" fn perhaps(value: &'static Value) -> &'static Value {
    keep(Value::Perhaps(Rc::new(value.clone())))
}

#[unsafe(export_name = "list.new")]
extern "C" fn list_new(capacity: usize) -> &'static mut Vec<Value> {
    Box::leak(Box::new(Vec::with_capacity(capacity)))
}

#[unsafe(export_name = "list.push")]
extern "C" fn list_push(list: &'static mut Vec<Value>, value: &'static Value) {
    list.push(value.clone());
}

#[unsafe(export_name = "list.insert")]
extern "C" fn list_insert(list: &'static mut Vec<Value>, at: usize, value: &'static Value) {
    list.insert(at.min(list.len()), value.clone());
}

#[unsafe(export_name = "list.get")]
extern "C" fn list_get(list: &'static mut Vec<Value>, at: usize) -> &'static Value {
    keep(list.get(at).cloned().unwrap_or(Value::Null))
}

#[unsafe(export_name = "list.copy")]
extern "C" fn list_copy(list: &'static mut Vec<Value>) -> &'static Value {
    keep(Value::list(list.clone()))
}

#[unsafe(export_name = "list.steps")]
extern "C" fn list_steps(from: &'static Value, to: &'static Value) -> &'static Value {
    keep(ordinance_feel_runtime::steps(from, to))
}

#[unsafe(export_name = "list.finish")]
extern "C" fn list_finish(list: &'static mut Vec<Value>) -> &'static Value {
    keep(Value::list(core::mem::take(list)))
}

#[unsafe(export_name = "context.new")]
extern "C" fn context_new(capacity: usize) -> &'static mut Context {
    Box::leak(Box::new(Context(Vec::with_capacity(capacity))))
}

#[unsafe(export_name = "context.push")]
extern "C" fn context_push(context: &'static mut Context, address: *const u8, bytes: usize, value: &'static Value) {
    context.0.push((Rc::from(text_at(address, bytes)), value.clone()));
}

#[unsafe(export_name = "context.finish")]
extern "C" fn context_finish(context: &'static mut Context) -> &'static Value {
    keep(Value::Context(Rc::new(core::mem::take(context))))
}
