//! The protocol between a loader and its compile worker. A request is the length of the component (8 bytes, little-endian) and its
//! bytes; a reply is one byte for the outcome, the length of a text (8 bytes, little-endian) and the text.

/// The longest text of a reply.
pub(crate) const TEXT_BYTES_MAX: u64 = 64 << 10;

pub(crate) const COMPILED: u8 = 0;
pub(crate) const INVALID: u8 = 1;
pub(crate) const NOT_INSTANTIABLE: u8 = 2;

/// A reply: the outcome, and what is wrong.
pub(crate) type Reply = (u8, String);
