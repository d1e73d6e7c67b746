//! The protocol between a loader and its compile worker, over the worker's standard input and output. A request is
//! the length of the component (8 bytes, little-endian) and its bytes; a reply is one byte for the status, the length
//! of a text in bytes (8 bytes, little-endian) and the text.

use std::io::{self, Read, Write};

/// The longest text of a reply that a loader reads, in bytes.
const TEXT_BYTES_MAX: u64 = 64 << 10;

/// The longest text of a reply that a worker writes, in characters.
const TEXT_CHARS_MAX: usize = 4096;

/// What became of a component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CompileStatus {
    /// It is in the code cache.
    Compiled,
    /// The bytes are no valid component.
    Invalid,
    /// The component can't be set up for calls.
    NotInstantiable,
}

/// The reply to one request.
pub(crate) struct CompileReply {
    pub(crate) status: CompileStatus,
    /// What is wrong; empty if the component was compiled.
    pub(crate) text: String,
}

/// The bytes of a request.
pub(crate) fn encode_request(code: &[u8]) -> Vec<u8> {
    let length = u64::try_from(code.len()).unwrap_or(u64::MAX);
    [&length.to_le_bytes()[..], code].concat()
}

/// Reads the next request; `None` at the end of the input.
pub(crate) fn read_request(input: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0; 8];
    match input.read_exact(&mut length) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        result => result?,
    }
    let mut code = Vec::new();
    input.take(u64::from_le_bytes(length)).read_to_end(&mut code)?;
    Ok(Some(code))
}

pub(crate) fn write_reply(output: &mut impl Write, reply: &CompileReply) -> io::Result<()> {
    let status = match reply.status {
        CompileStatus::Compiled => 0,
        CompileStatus::Invalid => 1,
        CompileStatus::NotInstantiable => 2,
    };
    let text: String = reply.text.chars().take(TEXT_CHARS_MAX).collect();
    output.write_all(&[status])?;
    output.write_all(&u64::try_from(text.len()).unwrap_or_default().to_le_bytes())?;
    output.write_all(text.as_bytes())?;
    output.flush()
}

pub(crate) fn read_reply(output: &mut impl Read) -> io::Result<CompileReply> {
    let mut status = [0];
    output.read_exact(&mut status)?;
    let mut length = [0; 8];
    output.read_exact(&mut length)?;
    let mut text = String::new();
    output.take(u64::from_le_bytes(length).min(TEXT_BYTES_MAX)).read_to_string(&mut text)?;
    let status = match status {
        [0] => CompileStatus::Compiled,
        [1] => CompileStatus::Invalid,
        [_] => CompileStatus::NotInstantiable,
    };
    Ok(CompileReply { status, text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_read_as_it_was_written() {
        let bytes = [encode_request(b"one"), encode_request(b"")].concat();
        let mut input = bytes.as_slice();
        assert_eq!(read_request(&mut input).unwrap().as_deref(), Some(&b"one"[..]));
        assert_eq!(read_request(&mut input).unwrap().as_deref(), Some(&b""[..]));
        assert_eq!(read_request(&mut input).unwrap(), None);
    }

    #[test]
    fn a_reply_is_read_as_it_was_written_and_a_long_text_is_cut() {
        let mut bytes = Vec::new();
        let text = "x".repeat(TEXT_CHARS_MAX + 1);
        write_reply(&mut bytes, &CompileReply { status: CompileStatus::Invalid, text }).unwrap();
        let reply = read_reply(&mut bytes.as_slice()).unwrap();
        assert_eq!(reply.status, CompileStatus::Invalid);
        assert_eq!(reply.text.len(), TEXT_CHARS_MAX);
        assert!(read_reply(&mut &bytes[..5]).is_err(), "a reply that breaks off is an error");
    }
}
