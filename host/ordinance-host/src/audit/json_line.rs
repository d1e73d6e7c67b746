//! A record as a line of the log.

use serde::Serialize;

/// The room that a line begins with: most need no more.
const LINE_BYTES: usize = 2 << 10;

pub(super) fn to_line(line: &impl Serialize) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(LINE_BYTES);
    serde_json::to_writer(&mut bytes, line).ok()?;
    bytes.push(b'\n');
    Some(bytes)
}
