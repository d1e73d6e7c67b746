//! Reading days, times and durations, as ISO 8601 and XML Schema write them.

use super::types::{Date, DateTime, DaysDuration, MonthsDuration, Offset, Time};

impl Date {
    /// Reads `2026-01-31`; a year may have up to nine digits and a minus sign.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (year, rest) = rest.split_once('-')?;
        let (month, day) = rest.split_once('-')?;
        let padded = year.len() > 4 && year.starts_with('0');
        if !(4..=9).contains(&year.len()) || padded || month.len() != 2 || day.len() != 2 {
            return None;
        }
        let year = whole_number(year)?;
        Self::new(if negative { -year } else { year }, whole_number(month)?, whole_number(day)?)
    }
}

impl Time {
    /// Reads `13:05:00`, with a fraction of the seconds and `Z`, an offset such as `+01:00` or a zone such as
    /// `@Europe/Paris` behind it. Digits beyond nanoseconds are cut off. `24:00:00` is midnight, and an offset at most
    /// 14 hours.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (clock, offset) = split_offset(text)?;
        let (hour, rest) = clock.split_once(':')?;
        let (minute, second) = rest.split_once(':')?;
        let (second, fraction) = match second.split_once('.') {
            Some((second, fraction)) => (second, nanoseconds(fraction)?),
            None => (second, 0),
        };
        let (hour, minute, second) = (two_digits(hour, 24)?, two_digits(minute, 59)?, two_digits(second, 59)?);
        // The end of a day is the beginning of the next one.
        let hour = if hour == 24 && minute + second + fraction == 0 { 0 } else { hour };
        Self::new(hour, minute, second, fraction, offset)
    }

    /// The time of day; `None` if there is none such.
    #[must_use]
    pub fn new(hour: i64, minute: i64, second: i64, nanosecond: i64, offset: Offset) -> Option<Self> {
        let exists = (0..24).contains(&hour)
            && (0..60).contains(&minute)
            && (0..60).contains(&second)
            && (0..1_000_000_000).contains(&nanosecond);
        let seconds = (hour * 60 + minute) * 60 + second;
        exists.then(|| Self { nanoseconds: (seconds * 1_000_000_000 + nanosecond) as u64, offset })
    }
}

impl DateTime {
    /// Reads a day, `T` and a time; a day alone is its beginning.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let Some((date, time)) = text.split_once('T') else {
            let time = Time { nanoseconds: 0, offset: Offset::Local };
            return Some(Self { date: Date::parse(text)?, time });
        };
        let (date, time_of_day) = (Date::parse(date)?, Time::parse(time)?);
        let date = if time.starts_with("24") { Date::from_days(date.to_days() + 1)? } else { date };
        Some(Self { date, time: time_of_day })
    }
}

impl MonthsDuration {
    /// Reads `P1Y6M`, with a minus sign before it if it is negative.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, rest) = sign_of_duration(text)?;
        let mut parts = Parts(rest);
        let years = parts.take('Y')?;
        let months = parts.take('M')?;
        parts.end(years.is_some() || months.is_some())?;
        let total = years.unwrap_or(0).checked_mul(12)?.checked_add(months.unwrap_or(0))?;
        Some(Self(if negative { -total } else { total }))
    }
}

impl DaysDuration {
    /// Reads `P1DT12H30M15.5S`, with a minus sign before it if it is negative.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, rest) = sign_of_duration(text)?;
        let (days, clock) = match rest.split_once('T') {
            Some((days, clock)) => (days, Some(clock)),
            None => (rest, None),
        };
        let mut parts = Parts(days);
        let mut seconds = i128::from(parts.take('D')?.unwrap_or(0)) * 86_400;
        let mut fraction = 0;
        parts.end(!rest.is_empty())?;
        if let Some(clock) = clock {
            let mut parts = Parts(clock);
            seconds += i128::from(parts.take('H')?.unwrap_or(0)) * 3600;
            seconds += i128::from(parts.take('M')?.unwrap_or(0)) * 60;
            if let Some((whole, rest)) = parts.0.split_once('.') {
                seconds += i128::from(whole_number(whole)?);
                fraction = nanoseconds(rest.strip_suffix('S')?)?;
            } else {
                seconds += i128::from(parts.take('S')?.unwrap_or(0));
                parts.end(!clock.is_empty())?;
            }
        }
        let total = seconds * 1_000_000_000 + i128::from(fraction);
        Some(Self(if negative { -total } else { total }))
    }
}

/// What is left of a duration.
struct Parts<'a>(&'a str);

impl Parts<'_> {
    /// Takes a number with its letter, if it comes next. `None` if the number is wrong.
    fn take(&mut self, letter: char) -> Option<Option<i64>> {
        let end = self.0.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(self.0.len());
        let Some((number, rest)) = self.0.split_at_checked(end) else { return Some(None) };
        let Some(rest) = rest.strip_prefix(letter) else { return Some(None) };
        self.0 = rest;
        whole_number(number).map(Some)
    }

    /// `None` unless all was taken, and it wasn't nothing.
    fn end(&self, something: bool) -> Option<()> {
        (self.0.is_empty() && something).then_some(())
    }
}

fn sign_of_duration(text: &str) -> Option<(bool, &str)> {
    let (negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    Some((negative, rest.strip_prefix('P')?))
}

/// A number of up to 18 digits.
fn whole_number(text: &str) -> Option<i64> {
    let fits = (1..=18).contains(&text.len()) && text.bytes().all(|letter| letter.is_ascii_digit());
    fits.then(|| text.bytes().fold(0, |number, letter| number * 10 + i64::from(letter - b'0')))
}

fn two_digits(text: &str, max: i64) -> Option<i64> {
    let number = whole_number(text).filter(|_| text.len() == 2)?;
    (number <= max).then_some(number)
}

/// The nanoseconds of the digits after a point.
fn nanoseconds(fraction: &str) -> Option<i64> {
    let read = !fraction.is_empty() && fraction.bytes().all(|letter| letter.is_ascii_digit());
    let digits = fraction.bytes().chain(core::iter::repeat(b'0')).take(9);
    read.then(|| digits.fold(0, |number, letter| number * 10 + i64::from(letter - b'0')))
}

/// The parts of the world that names of zones begin with.
const AREAS: &str = "Africa America Antarctica Arctic Asia Atlantic Australia Etc Europe Indian Pacific";

/// Whether a text is written as the names of zones are. No list of all names is at hand.
fn is_zone(zone: &str) -> bool {
    let (area, place) = zone.split_once('/').unwrap_or(("", zone));
    let is_known =
        if area.is_empty() { matches!(place, "UTC" | "GMT") } else { AREAS.split(' ').any(|known| known == area) };
    let is_name = |place: &str| {
        place.starts_with(|letter: char| letter.is_ascii_alphabetic())
            && place.bytes().all(|letter| letter.is_ascii_alphanumeric() || b"/_+-".contains(&letter))
    };
    is_known && is_name(place)
}

/// The time without its offset, and the offset.
fn split_offset(text: &str) -> Option<(&str, Offset)> {
    if let Some(clock) = text.strip_suffix(['Z', 'z']) {
        return Some((clock, Offset::Seconds(0)));
    }
    if let Some((clock, zone)) = text.split_once('@') {
        return is_zone(zone).then(|| (clock, Offset::Zone(zone.into())));
    }
    let Some(at) = text.find(['+', '-']) else { return Some((text, Offset::Local)) };
    let (clock, offset) = text.split_at_checked(at)?;
    let (negative, offset) = match offset.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, offset.strip_prefix('+')?),
    };
    let (hour, rest) = offset.split_once(':')?;
    let (minute, second) = rest.split_once(':').unwrap_or((rest, "00"));
    let seconds = (two_digits(hour, 14)? * 60 + two_digits(minute, 59)?) * 60 + two_digits(second, 59)?;
    if seconds > 14 * 3600 {
        return None;
    }
    Some((clock, Offset::Seconds(if negative { -seconds } else { seconds } as i32)))
}
