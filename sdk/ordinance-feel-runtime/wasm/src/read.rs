//! Reading values.

use ordinance_feel_runtime::operators::{self, Property, Truth};
use ordinance_feel_runtime::{Date, Value};

use crate::memory::keep;

#[unsafe(export_name = "get.truth")]
extern "C" fn truth(value: &'static Value) -> i32 {
    match Truth::of(value) {
        Truth::False => 0,
        Truth::True => 1,
        Truth::Unknown => 2,
        Truth::Null => 3,
        Truth::Failed(_) => 4,
    }
}

#[unsafe(export_name = "get.failure")]
extern "C" fn failure(value: &'static Value) -> i32 {
    if let Value::Failed(failure) = value { *failure as i32 } else { 0 }
}

#[unsafe(export_name = "get.state")]
extern "C" fn state(value: &'static Value) -> i32 {
    match value {
        Value::Unknown | Value::Perhaps(_) => 2,
        Value::Null => 3,
        Value::Failed(_) => 4,
        Value::Between(..) => 5,
        _ => 0,
    }
}

fn units(value: &Value, scale: i32) -> Option<i64> {
    if let Value::Number(number) = value { number.to_units(scale as u8) } else { None }
}

#[unsafe(export_name = "get.fixed_state")]
extern "C" fn fixed_state(value: &'static Value, scale: i32) -> i32 {
    match state(value) {
        0 => i32::from(units(value, scale).is_none()),
        state => state,
    }
}

#[unsafe(export_name = "get.fixed")]
extern "C" fn fixed(value: &'static Value, scale: i32) -> i64 {
    units(value, scale).unwrap_or(0)
}

#[unsafe(export_name = "get.low")]
extern "C" fn low(value: &'static Value) -> &'static Value {
    value.bounds().map_or(value, |(least, _)| keep(Value::Number(least)))
}

#[unsafe(export_name = "get.high")]
extern "C" fn high(value: &'static Value) -> &'static Value {
    value.bounds().map_or(value, |(_, greatest)| keep(Value::Number(greatest)))
}

fn date(value: &Value) -> Option<Date> {
    if let Value::Date(date) = value { Some(*date) } else { None }
}

#[unsafe(export_name = "get.year")]
extern "C" fn year(value: &'static Value) -> i32 {
    date(value).map_or(0, |date| date.year)
}

#[unsafe(export_name = "get.month")]
extern "C" fn month(value: &'static Value) -> i32 {
    date(value).map_or(0, |date| i32::from(date.month))
}

#[unsafe(export_name = "get.day")]
extern "C" fn day(value: &'static Value) -> i32 {
    date(value).map_or(0, |date| i32::from(date.day))
}

#[unsafe(export_name = "get.text_address")]
extern "C" fn text_address(value: &'static Value) -> *const u8 {
    if let Value::Text(text) = value { text.as_ptr() } else { core::ptr::null() }
}

#[unsafe(export_name = "get.text_bytes")]
extern "C" fn text_bytes(value: &'static Value) -> usize {
    if let Value::Text(text) = value { text.len() } else { 0 }
}

#[unsafe(export_name = "get.length")]
extern "C" fn length(value: &'static Value) -> usize {
    value.items().len()
}

#[unsafe(export_name = "get.item")]
extern "C" fn item(value: &'static Value, index: usize) -> &'static Value {
    value.items().get(index).unwrap_or_else(|| keep(Value::Null))
}

#[unsafe(export_name = "get.certain")]
extern "C" fn certain(value: &'static Value) -> i32 {
    i32::from(!matches!(value, Value::Perhaps(_)))
}

#[unsafe(export_name = "get.possible")]
extern "C" fn possible(value: &'static Value) -> &'static Value {
    if let Value::Perhaps(value) = value { value } else { value }
}

#[unsafe(export_name = "get.field")]
extern "C" fn field(value: &'static Value, index: usize) -> &'static Value {
    operators::field(value, index)
}

macro_rules! properties {
    ($($export:literal $name:ident $property:ident;)*) => {
        $(
            #[unsafe(export_name = $export)]
            extern "C" fn $name(value: &'static Value) -> &'static Value {
                keep(operators::property(value, Property::$property))
            }
        )*
    };
}

properties! {
    "property.year" property_year Year;
    "property.month" property_month Month;
    "property.day" property_day Day;
    "property.weekday" property_weekday Weekday;
    "property.hour" property_hour Hour;
    "property.minute" property_minute Minute;
    "property.second" property_second Second;
    "property.time_offset" property_time_offset TimeOffset;
    "property.timezone" property_timezone Timezone;
    "property.years" property_years Years;
    "property.months" property_months Months;
    "property.days" property_days Days;
    "property.hours" property_hours Hours;
    "property.minutes" property_minutes Minutes;
    "property.seconds" property_seconds Seconds;
    "property.start" property_start Start;
    "property.end" property_end End;
    "property.start_included" property_start_included StartIncluded;
    "property.end_included" property_end_included EndIncluded;
}
