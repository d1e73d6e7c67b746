//! The protocol between a loader and its compile worker, over the worker's standard input and output. A request is
//! the length of the component (8 bytes, little-endian) and its bytes; a reply is one byte for the status, the length
//! of its content in bytes (8 bytes, little-endian) and the content: the compiled code, or a text that says what is
//! wrong.

use std::io::{self, Read, Write};

/// The longest text of a reply that a loader reads, in bytes.
const TEXT_BYTES_MAX: u64 = 64 << 10;

/// The longest text of a reply that a worker writes, in characters.
const TEXT_CHARS_MAX: usize = 4096;

/// The most compiled code of a reply that a loader reads, in bytes.
const CODE_BYTES_MAX: u64 = 1 << 30;

/// What became of a component. A text says what is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CompileReply {
    /// Its compiled code, which is in the code cache too if that can be written.
    Compiled(Vec<u8>),
    /// The bytes are no valid component.
    Invalid(String),
    /// The component can't be set up for calls.
    NotInstantiable(String),
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
    read_content(input, u64::from_le_bytes(length)).map(Some)
}

/// Reads as many bytes as announced. The buffer grows with what arrives, whatever the other process announces.
fn read_content(input: &mut impl Read, length: u64) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    let read = input.take(length).read_to_end(&mut content)?;
    match u64::try_from(read).is_ok_and(|read| read == length) {
        true => Ok(content),
        false => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the content breaks off")),
    }
}

pub(crate) fn write_reply(output: &mut impl Write, reply: &CompileReply) -> io::Result<()> {
    let cut = |text: &str| text.chars().take(TEXT_CHARS_MAX).collect::<String>().into_bytes();
    match reply {
        CompileReply::Compiled(code) => write_content(output, 0, code),
        CompileReply::Invalid(text) => write_content(output, 1, &cut(text)),
        CompileReply::NotInstantiable(text) => write_content(output, 2, &cut(text)),
    }
}

fn write_content(output: &mut impl Write, status: u8, content: &[u8]) -> io::Result<()> {
    output.write_all(&[status])?;
    output.write_all(&u64::try_from(content.len()).unwrap_or_default().to_le_bytes())?;
    output.write_all(content)?;
    output.flush()
}

pub(crate) fn read_reply(output: &mut impl Read) -> io::Result<CompileReply> {
    let mut status = [0];
    output.read_exact(&mut status)?;
    let mut length = [0; 8];
    output.read_exact(&mut length)?;
    let length = u64::from_le_bytes(length);
    let bytes_max = if status == [0] { CODE_BYTES_MAX } else { TEXT_BYTES_MAX };
    if length > bytes_max {
        let message = format!("the reply has {length} bytes, more than {bytes_max}");
        return Err(io::Error::new(io::ErrorKind::InvalidData, message));
    }
    let content = read_content(output, length)?;
    let text = |content| String::from_utf8(content).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error));
    match status {
        [0] => Ok(CompileReply::Compiled(content)),
        [1] => text(content).map(CompileReply::Invalid),
        [2] => text(content).map(CompileReply::NotInstantiable),
        [other] => Err(io::Error::new(io::ErrorKind::InvalidData, format!("the reply has the unknown status {other}"))),
    }
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
        write_reply(&mut bytes, &CompileReply::Invalid("x".repeat(TEXT_CHARS_MAX + 1))).unwrap();
        let reply = read_reply(&mut bytes.as_slice()).unwrap();
        assert_eq!(reply, CompileReply::Invalid("x".repeat(TEXT_CHARS_MAX)));
        assert!(read_reply(&mut &bytes[..5]).is_err(), "a reply that breaks off is an error");
        let code = CompileReply::Compiled(vec![0xff; TEXT_CHARS_MAX + 1]);
        bytes.clear();
        write_reply(&mut bytes, &code).unwrap();
        assert_eq!(read_reply(&mut bytes.as_slice()).unwrap(), code, "code is whole");
        bytes.pop();
        assert!(read_reply(&mut bytes.as_slice()).is_err(), "code that breaks off is never loaded");
    }

    #[test]
    fn a_reply_of_another_kind_or_beyond_its_limit_is_an_error() {
        let reply = |status: u8, length: u64| [&[status][..], &length.to_le_bytes()].concat();
        assert!(read_reply(&mut reply(3, 0).as_slice()).is_err());
        for (status, bytes_max) in [(0, CODE_BYTES_MAX), (1, TEXT_BYTES_MAX), (2, TEXT_BYTES_MAX)] {
            let error = read_reply(&mut reply(status, bytes_max + 1).as_slice()).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidData, "{error}");
        }
    }
}
