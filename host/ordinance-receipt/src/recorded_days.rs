//! The days of a record, and that they fit its time.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use ordinance_domain::calendar::LawDay;

use crate::error::ReceiptError;
use crate::record::RecordedDecision;
use crate::record_time::{RECORD_DELAY_MAX_MS, made_at_ms};
use crate::spelling;

/// How many days the day of the processing may differ from that of the record's time in UTC: the day of a place may be
/// the one before or after it, and a decision is recorded after it was made.
const PROCESSING_DAYS_MAX: i32 = 2;

/// The days for which a decision was made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RecordedDays {
    /// The day of the case, and the day whose knowledge counted.
    pub(crate) law: LawDay,
    /// The day of the processing, whose privacy law counted as it was known then.
    pub(crate) privacy: LawDay,
}

impl RecordedDays {
    /// Reads the days of an official decision, and checks that they fit its time, and its time that of its id: whoever
    /// forges a record in a log of his own could date it back.
    pub(crate) fn check(record: &RecordedDecision) -> Result<Self, ReceiptError> {
        let day = |text: &str, member| spelling::day(text).ok_or(ReceiptError::Spelling(member));
        let (as_of, known_at) = (day(&record.as_of, "as_of")?, day(&record.known_at, "known_at")?);
        let processed_on = day(&record.processed_on, "processed_on")?;
        let delay_ms = made_at_ms(record.id).map(|made_ms| (record.time.as_millisecond() - made_ms).abs());
        if delay_ms.is_none_or(|delay_ms| delay_ms > RECORD_DELAY_MAX_MS) {
            return Err(ReceiptError::Contradiction { part: "id", member: "time" });
        }
        let (earliest, latest) = days_about(record.time).ok_or(ReceiptError::Days("time"))?;
        if processed_on < earliest || processed_on > latest {
            return Err(ReceiptError::Days("processed_on"));
        }
        if known_at > latest {
            return Err(ReceiptError::Days("known_at"));
        }
        Ok(Self { law: LawDay { as_of, known_at }, privacy: LawDay { as_of: processed_on, known_at: processed_on } })
    }
}

/// The first and the last day on which a decision that was recorded at a time may have been made.
fn days_about(time: Timestamp) -> Option<(Date, Date)> {
    let day = TimeZone::UTC.to_datetime(time).date();
    let span = Span::new().days(PROCESSING_DAYS_MAX);
    Some((day.checked_sub(span).ok()?, day.checked_add(span).ok()?))
}
