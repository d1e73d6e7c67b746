//! Numbers of a fixed scale, and days, without values.

use ordinance_feel_runtime::units::{self, Units};
use ordinance_feel_runtime::{Date, Rounding};

fn rounding(number: i32) -> Rounding {
    Rounding::from_number(number).unwrap_or(Rounding::HalfEven)
}

#[unsafe(export_name = "fixed.multiply")]
extern "C" fn multiply(left: i64, left_scale: i32, right: i64, right_scale: i32, scale: i32, mode: i32) -> i64 {
    let left = Units { units: left, scale: left_scale as u8 };
    let right = Units { units: right, scale: right_scale as u8 };
    units::multiply(left, right, scale as u8, rounding(mode)).unwrap_or(0)
}

#[unsafe(export_name = "fixed.divide")]
extern "C" fn divide(left: i64, left_scale: i32, right: i64, right_scale: i32, scale: i32, mode: i32) -> i64 {
    let left = Units { units: left, scale: left_scale as u8 };
    let right = Units { units: right, scale: right_scale as u8 };
    units::divide(left, right, scale as u8, rounding(mode)).unwrap_or(0)
}

#[unsafe(export_name = "fixed.round")]
extern "C" fn round(number: i64, number_scale: i32, scale: i32, mode: i32) -> i64 {
    let number = Units { units: number, scale: number_scale as u8 };
    units::round(number, scale as u8, rounding(mode)).unwrap_or(0)
}

#[unsafe(export_name = "days.from_date")]
extern "C" fn days_from_date(year: i32, month: i32, day: i32) -> i64 {
    Date { year, month: month as u8, day: day as u8 }.to_days()
}

#[unsafe(export_name = "days.weekday")]
extern "C" fn weekday(days: i64) -> i32 {
    Date::from_days(days).map_or(0, |date| i32::from(date.weekday()))
}
