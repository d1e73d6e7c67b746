//! Days as spreadsheets write them. Only a day with the year first is read: else two countries read two days.

use jiff::civil::Date;

use crate::table::UnusableCellError;

/// A day that can't be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DateError {
    /// It doesn't begin with a year, or isn't a day at all.
    #[error("this is no day with the year first; write it as 2026-03-01")]
    NoDate,
    /// The year comes last.
    #[error("this may be a day of one month or of another; write it with the year first, as 2026-03-01")]
    YearLast,
    /// The day doesn't exist, or has a time.
    #[error(transparent)]
    Cell(UnusableCellError),
}

/// The day of `2026-03-01`, `2026/3/1`, `2026.3.1` or `2026年3月1日`, also with the time of midnight after it.
///
/// # Errors
/// [`DateError`] if the year doesn't come first, the day doesn't exist, or the time isn't midnight.
pub fn read_day(text: &str) -> Result<Date, DateError> {
    let (day, time) = text.split_once(['T', ' ']).unwrap_or((text, ""));
    let mut parts = day.trim_end_matches('日').split(['-', '/', '.', '年', '月']);
    let (Some(year), Some(month), Some(day), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return Err(DateError::NoDate);
    };
    let (Some(year_number), Some(month), Some(day_number)) = (number(year), number(month), number(day)) else {
        return Err(DateError::NoDate);
    };
    if year.len() != 4 {
        return Err(if day.len() == 4 || day.len() == 2 { DateError::YearLast } else { DateError::NoDate });
    }
    if !is_midnight(time.trim())? {
        return Err(DateError::Cell(UnusableCellError::TimeOfDay));
    }
    let (Ok(month), Ok(day)) = (i8::try_from(month), i8::try_from(day_number)) else {
        return Err(DateError::Cell(UnusableCellError::NoDate));
    };
    Date::new(year_number, month, day).map_err(|_| DateError::Cell(UnusableCellError::NoDate))
}

/// The day of a moment that is its midnight, as a file with typed cells writes it: `2026-03-01T00:00:00`.
///
/// # Errors
/// [`UnusableCellError`] if it has a time of day, or the day doesn't exist.
pub fn day_of_moment(moment: &str) -> Result<Date, UnusableCellError> {
    read_day(moment).map_err(|error| match error {
        DateError::Cell(fault) => fault,
        DateError::NoDate | DateError::YearLast => UnusableCellError::NoDate,
    })
}

/// A number of at most four digits.
fn number(digits: &str) -> Option<i16> {
    let is_number = (1..=4).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().ok()).flatten()
}

/// Whether a time after a day is that at which the day begins, in UTC if it says where.
fn is_midnight(time: &str) -> Result<bool, DateError> {
    let time = time.trim_end_matches("+00:00").trim_end_matches("UTC").trim_end_matches('Z').trim();
    if time.chars().any(|c| !c.is_ascii_digit() && !":.".contains(c)) {
        return Err(DateError::NoDate);
    }
    Ok(time.bytes().all(|byte| !byte.is_ascii_digit() || byte == b'0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_with_the_year_first_is_read() {
        for text in [
            "2026-03-01",
            "2026/3/1",
            "2026/03/01",
            "2026.3.1",
            "2026年3月1日",
            "2026-03-01 00:00:00",
            "2026-03-01T00:00:00.000000",
            "2026-03-01T00:00:00Z",
            "2026-03-01 00:00:00+00:00",
            "2026/3/1 0:00",
        ] {
            assert_eq!(read_day(text).map(|day| day.to_string()).as_deref(), Ok("2026-03-01"), "{text}");
        }
    }

    #[test]
    fn a_day_that_may_be_two_or_none_is_refused() {
        for text in ["1.3.2026", "03/01/2026", "13/3/2026", "1-3-26", "3/1/26"] {
            assert_eq!(read_day(text), Err(DateError::YearLast), "{text}");
        }
        for text in
            ["", "2026", "2026-03", "20260301", "x", "2026-03-01-02", "2026-March-1", "2026-03-01 noon", "46082"]
        {
            assert_eq!(read_day(text), Err(DateError::NoDate), "{text}");
        }
        for text in ["2026-02-29", "2026-13-01", "2026-00-10", "2026-3-200"] {
            assert_eq!(read_day(text), Err(DateError::Cell(UnusableCellError::NoDate)), "{text}");
        }
        assert_eq!(read_day("2026-03-01 08:30:00"), Err(DateError::Cell(UnusableCellError::TimeOfDay)));
    }
}
