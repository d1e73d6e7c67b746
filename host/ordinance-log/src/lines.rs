//! The file of a log's records: a line of JSON each, whose first member is the number of its leaf. Records from before
//! there was a tree have no number; each has that after the record before it.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _, Seek as _, SeekFrom};

use ordinance_domain::digest::Digest;
use serde::de::IgnoredAny;

use crate::error::LinesError;
use crate::record::leaf_hash;

/// What a record begins with, before its number.
const NUMBER_MEMBER: &[u8] = b"{\"index\":";
/// The bytes of a file that are read at a time, from its end.
const BLOCK_BYTES: u64 = 1 << 18;

/// A record with its number, which makes the leaf say its own place.
#[must_use]
pub fn numbered(record: &[u8], number: u64) -> Vec<u8> {
    let members = record.strip_prefix(b"{").unwrap_or(record);
    [NUMBER_MEMBER, number.to_string().as_bytes(), b",", members].concat()
}

/// The number in a record; `None` of a record from before there was a tree, and of what is none.
#[must_use]
pub fn number_of(line: &[u8]) -> Option<u64> {
    let rest = line.strip_prefix(NUMBER_MEMBER)?;
    let comma = rest.iter().position(|byte| *byte == b',')?;
    std::str::from_utf8(rest.get(..comma)?).ok()?.parse().ok()
}

/// Whether a line is a record, and not a part of one that a write which failed has left.
#[must_use]
pub fn is_record(line: &[u8]) -> bool {
    line.first() == Some(&b'{') && serde_json::from_slice::<IgnoredAny>(line).is_ok()
}

/// The leaves of the records that follow the first `published` ones. They are the last lines, so the file is read from
/// its end. Of two lines with one number the later one is the record: a write that failed may have left the other one.
///
/// # Errors
/// [`LinesError`] if the file can't be read, lacks records or has some without a number that are in no tree.
pub fn leaves_after(file: &mut File, published: u64) -> Result<Vec<Digest>, LinesError> {
    let start = start_of(file, published)?;
    let mut leaves: Vec<Digest> = Vec::new();
    let mut next = None;
    for_each_line(file, start, |line| {
        let number = match number_of(line) {
            Some(number) if number < published => number,
            Some(number) if is_record(line) => {
                let place = usize::try_from(number - published).unwrap_or(usize::MAX);
                if place > leaves.len() {
                    let missing = published + u64::try_from(leaves.len()).unwrap_or_default();
                    return Err(LinesError::MissingRecord { missing, found: number });
                }
                leaves.truncate(place);
                leaves.push(leaf_hash(line));
                number
            }
            None if is_record(line) => match next.unwrap_or(0) {
                number if number < published => number,
                number => return Err(LinesError::Unnumbered { number }),
            },
            Some(_) | None => return Ok(()),
        };
        next = Some(number.saturating_add(1));
        Ok(())
    })?;
    match next {
        Some(next) if next < published => Err(LinesError::Cut { records: next, published }),
        Some(_) | None => Ok(leaves),
    }
}

/// The record of a number, without the end of its line; `None` if the file has none.
///
/// # Errors
/// If the file can't be read.
pub fn find_record(file: &mut File, wanted: u64) -> io::Result<Option<Vec<u8>>> {
    let start = start_of(file, wanted)?;
    let (mut found, mut next) = (None, 0);
    for_each_line(file, start, |line| -> io::Result<()> {
        if !is_record(line) {
            return Ok(());
        }
        let number = number_of(line).unwrap_or(next);
        next = number.saturating_add(1);
        if number == wanted {
            found = Some(line.to_vec());
        }
        Ok(())
    })?;
    Ok(found)
}

/// Gives each line of a file that isn't empty, without its end, from an offset on. A line without an end is none: a
/// crash cut it off.
///
/// # Errors
/// If the file can't be read, or `visit` fails.
pub fn for_each_line<E: From<io::Error>>(
    file: &mut File,
    start: u64,
    mut visit: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    file.seek(SeekFrom::Start(start))?;
    let mut reader = BufReader::with_capacity(1 << 16, file);
    let mut line = Vec::new();
    while read_line(&mut reader, &mut line)? > 0 {
        if let Some(record) = line.strip_suffix(b"\n").filter(|record| !record.is_empty()) {
            visit(record)?;
        }
        line.clear();
    }
    Ok(())
}

/// The most bytes of a line: no record has as many.
const RECORD_BYTES_MAX: u64 = 16 << 20;

/// Reads a line with its end; returns its length, 0 at the end of the file.
fn read_line(reader: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<usize> {
    let length = reader.take(RECORD_BYTES_MAX + 1).read_until(b'\n', line)?;
    if u64::try_from(length).is_ok_and(|length| length <= RECORD_BYTES_MAX) {
        return Ok(length);
    }
    let reason = format!("it has a line of more than {} MiB, so it is no log of decisions", RECORD_BYTES_MAX >> 20);
    Err(io::Error::new(io::ErrorKind::InvalidData, reason))
}

/// The offset of a line whose number is less than `published`, near the end of the file; 0 if no line says that.
fn start_of(file: &mut File, published: u64) -> io::Result<u64> {
    let found = find_from_end(file, |start, block| {
        let mut offset = start;
        // The first line of a block may be the end of one, and the last one its beginning.
        for (place, line) in block.split_inclusive(|byte| *byte == b'\n').enumerate() {
            if place > 0 && number_of(line).is_some_and(|number| number < published) {
                return Some(offset);
            }
            offset += u64::try_from(line.len()).unwrap_or_default();
        }
        None
    })?;
    Ok(found.unwrap_or(0))
}

/// The offset behind the last whole line; 0 if the file has none. What follows it is a line that a crash cut off.
///
/// # Errors
/// If the file can't be read.
pub fn end_of_lines(file: &mut File) -> io::Result<u64> {
    let found = find_from_end(file, |start, block| {
        let last = block.iter().rposition(|byte| *byte == b'\n')?;
        Some(start + u64::try_from(last).unwrap_or_default() + 1)
    })?;
    Ok(found.unwrap_or(0))
}

/// What `find` finds first in the blocks of a file, from the last to the first one. It gets the offset and the bytes
/// of a block.
fn find_from_end<T>(file: &mut File, find: impl Fn(u64, &[u8]) -> Option<T>) -> io::Result<Option<T>> {
    let mut end = file.metadata()?.len();
    let mut block = Vec::new();
    while end > 0 {
        let start = end.saturating_sub(BLOCK_BYTES);
        block.resize(usize::try_from(end - start).unwrap_or_default(), 0);
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(&mut block)?;
        if let Some(found) = find(start, &block) {
            return Ok(Some(found));
        }
        end = start;
    }
    Ok(None)
}

/// The bytes before and behind the place of a record among sorted ones in which it is looked for.
const NEIGHBOURHOOD_BYTES: u64 = 2 << 20;
/// The most bytes that are read to find the beginning of a line.
const LINE_BYTES_MAX: u64 = 4 << 20;

/// The record with an id, a UUID of version 7 in lower case, without the end of its line; `None` if it isn't where it
/// should be. Such ids follow each other in time, so a few places of the file are read, and then the records about the
/// place of this one: those of one moment may have come in another order.
///
/// # Errors
/// If the file can't be read.
pub fn find_by_id(file: &mut File, id: &str) -> io::Result<Option<Vec<u8>>> {
    find_by_id_near(file, id, NEIGHBOURHOOD_BYTES)
}

/// The same in a neighbourhood of this many bytes on each side.
fn find_by_id_near(file: &mut File, id: &str, neighbourhood: u64) -> io::Result<Option<Vec<u8>>> {
    let length = file.metadata()?.len();
    let (mut low, mut high) = (0, length);
    while high - low > BLOCK_BYTES {
        let middle = low + (high - low) / 2;
        match first_line_after(file, middle, high)? {
            Some(line) if id_of(&line).is_some_and(|found| found < id.as_bytes()) => low = middle,
            Some(_) | None => high = middle,
        }
    }
    let start = low.saturating_sub(neighbourhood);
    let bytes = high.saturating_add(neighbourhood).min(length) - start;
    file.seek(SeekFrom::Start(start))?;
    let mut reader = BufReader::with_capacity(1 << 16, file.take(bytes));
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line)? > 0 {
        if id_of(&line) == Some(id.as_bytes())
            && let Some(record) = line.strip_suffix(b"\n")
        {
            return Ok(Some(record.to_vec()));
        }
        line.clear();
    }
    Ok(None)
}

/// The first line with an id that begins behind an offset and before another.
fn first_line_after(file: &mut File, start: u64, end: u64) -> io::Result<Option<Vec<u8>>> {
    file.seek(SeekFrom::Start(start))?;
    let mut reader = BufReader::with_capacity(1 << 12, file.take((end - start).min(LINE_BYTES_MAX)));
    let mut line = Vec::new();
    // The rest of the line in which the offset is.
    reader.skip_until(b'\n')?;
    while reader.read_until(b'\n', &mut line)? > 0 {
        if id_of(&line).is_some() {
            return Ok(Some(line));
        }
        line.clear();
    }
    Ok(None)
}

/// The id of a record, which is its first member or follows its number.
fn id_of(line: &[u8]) -> Option<&[u8]> {
    let members = match line.strip_prefix(NUMBER_MEMBER) {
        Some(rest) => rest.get(rest.iter().position(|byte| *byte == b',')? + 1..)?,
        None => line.strip_prefix(b"{")?,
    };
    let id = members.strip_prefix(b"\"id\":\"")?;
    id.get(..id.iter().position(|byte| *byte == b'"')?)
}

#[cfg(test)]
mod tests;
