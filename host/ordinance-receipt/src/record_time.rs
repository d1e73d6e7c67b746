//! The time of a record beside that of its id: the host makes the id when it decides, and the record when it writes it.

use uuid::Uuid;

/// How much the time of a record may differ from that of its id, in milliseconds: as long as a decision waits for the
/// disk, and a second more.
pub const RECORD_DELAY_MAX_MS: i64 = 6_000;

/// When an id was made, in milliseconds since the beginning of 1970; `None` of an id that is no UUID of version 7.
#[must_use]
pub fn made_at_ms(id: Uuid) -> Option<i64> {
    let (seconds, nanoseconds) = id.get_timestamp().filter(|_| id.get_version_num() == 7)?.to_unix();
    i64::try_from(seconds).ok()?.checked_mul(1000)?.checked_add(i64::from(nanoseconds / 1_000_000))
}
