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
    let mut code = Vec::new();
    input.take(u64::from_le_bytes(length)).read_to_end(&mut code)?;
    Ok(Some(code))
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
    if status == [0] {
        let mut code = Vec::new();
        output.take(length.min(CODE_BYTES_MAX)).read_to_end(&mut code)?;
        return Ok(CompileReply::Compiled(code));
    }
    let mut text = String::new();
    output.take(length.min(TEXT_BYTES_MAX)).read_to_string(&mut text)?;
    Ok(if status == [1] { CompileReply::Invalid(text) } else { CompileReply::NotInstantiable(text) })
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
    }
}
