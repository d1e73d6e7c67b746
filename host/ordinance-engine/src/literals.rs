//! Dates and decimal numbers as requests and files write them.

use ordinance_domain::calendar::Date;
use ordinance_domain::value::Decimal;

/// A plain decimal number: digits, at most one point, perhaps a minus. It is kept without zeros at its end, so that
/// equal numbers reach a rule in one form.
#[must_use]
pub fn read_decimal(text: &str) -> Option<Decimal> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if all_digits(whole) && all_digits(part) {
        Decimal::from_str_exact(text).ok().map(|number| number.normalize())
    } else {
        None
    }
}

/// Parses a date as `YYYY-MM-DD`. `None` if the text has another form, or the date doesn't exist.
#[must_use]
pub fn read_date(text: &str) -> Option<Date> {
    let well_formed = text.len() == 10
        && text.bytes().enumerate().all(|(at, b)| if at == 4 || at == 7 { b == b'-' } else { b.is_ascii_digit() });
    if well_formed { text.parse().ok() } else { None }
}
