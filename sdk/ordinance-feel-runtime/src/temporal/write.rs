//! Writing days, times and durations, as `string` does.

use alloc::string::String;

use super::types::{Date, DateTime, DaysDuration, MonthsDuration, Offset, Time};

/// Writes a number with at least `width` digits.
fn write_digits(text: &mut String, number: u64, width: usize) {
    let mut digits = [0_u8; 20];
    let mut left = number;
    let mut length = 0;
    for (at, slot) in digits.iter_mut().enumerate() {
        (*slot, left) = ((left % 10) as u8, left / 10);
        if *slot != 0 || at == 0 {
            length = at + 1;
        }
    }
    let written = digits.iter().take(length.max(width)).rev();
    written.for_each(|digit| text.push(char::from(b'0' + digit)));
}

/// Writes the fraction of a second with a point before it, without zeros at its end; nothing if it is zero.
fn write_fraction(text: &mut String, nanoseconds: u64) {
    if nanoseconds == 0 {
        return;
    }
    let (mut fraction, mut width) = (nanoseconds, 9);
    while fraction % 10 == 0 {
        (fraction, width) = (fraction / 10, width - 1);
    }
    text.push('.');
    write_digits(text, fraction, width);
}

impl Date {
    /// Writes `2026-01-31`.
    pub fn write(self, text: &mut String) {
        if self.year < 0 {
            text.push('-');
        }
        write_digits(text, u64::from(self.year.unsigned_abs()), 4);
        text.push('-');
        write_digits(text, u64::from(self.month), 2);
        text.push('-');
        write_digits(text, u64::from(self.day), 2);
    }
}

impl Offset {
    fn write(&self, text: &mut String) {
        match self {
            Self::Local => (),
            Self::Seconds(0) => text.push('Z'),
            Self::Seconds(seconds) => {
                text.push(if *seconds < 0 { '-' } else { '+' });
                let seconds = u64::from(seconds.unsigned_abs());
                write_digits(text, seconds / 3600, 2);
                text.push(':');
                write_digits(text, seconds / 60 % 60, 2);
                if seconds % 60 != 0 {
                    text.push(':');
                    write_digits(text, seconds % 60, 2);
                }
            }
            Self::Zone(name) => {
                text.push('@');
                text.push_str(name);
            }
        }
    }
}

impl Time {
    /// Writes `13:05:00+01:00`.
    pub fn write(&self, text: &mut String) {
        let seconds = self.nanoseconds / 1_000_000_000;
        write_digits(text, seconds / 3600, 2);
        text.push(':');
        write_digits(text, seconds / 60 % 60, 2);
        text.push(':');
        write_digits(text, seconds % 60, 2);
        write_fraction(text, self.nanoseconds % 1_000_000_000);
        self.offset.write(text);
    }
}

impl DateTime {
    /// Writes the day, `T` and the time.
    pub fn write(&self, text: &mut String) {
        self.date.write(text);
        text.push('T');
        self.time.write(text);
    }
}

/// Writes a number and its letter unless it is zero.
fn write_part(text: &mut String, number: u64, letter: char) {
    if number != 0 {
        write_digits(text, number, 1);
        text.push(letter);
    }
}

impl MonthsDuration {
    /// Writes `P1Y6M`; `P0M` for none.
    pub fn write(self, text: &mut String) {
        text.push_str(if self.0 < 0 { "-P" } else { "P" });
        let months = self.0.unsigned_abs();
        write_part(text, months / 12, 'Y');
        write_part(text, months % 12, 'M');
        if months == 0 {
            text.push_str("0M");
        }
    }
}

impl DaysDuration {
    /// Writes `P1DT12H30M15.5S`; `PT0S` for none.
    pub fn write(self, text: &mut String) {
        text.push_str(if self.0 < 0 { "-P" } else { "P" });
        let nanoseconds = self.0.unsigned_abs();
        let seconds = u64::try_from(nanoseconds / 1_000_000_000).unwrap_or(u64::MAX);
        let fraction = (nanoseconds % 1_000_000_000) as u64;
        write_part(text, seconds / 86_400, 'D');
        if seconds % 86_400 != 0 || fraction != 0 || seconds == 0 {
            text.push('T');
        }
        write_part(text, seconds / 3600 % 24, 'H');
        write_part(text, seconds / 60 % 60, 'M');
        if seconds % 60 != 0 || fraction != 0 || seconds == 0 {
            write_digits(text, seconds % 60, 1);
            write_fraction(text, fraction);
            text.push('S');
        }
    }
}
