//! Values as bytes, and types of values.

use alloc::vec::Vec;

use ordinance_feel_runtime::{Failure, Shape, Value, encoding};

use crate::memory::keep;

/// The bytes that lie at an address.
fn bytes_at(address: *const u8, bytes: usize) -> &'static [u8] {
    // SAFETY: the compiler and the host have written them there.
    unsafe { core::slice::from_raw_parts(address, bytes) }
}

#[unsafe(export_name = "value.decode")]
extern "C" fn decode(address: *const u8, bytes: usize) -> &'static Value {
    keep(encoding::decode(bytes_at(address, bytes)).unwrap_or(Value::Failed(Failure::TypesDontFit)))
}

#[unsafe(export_name = "value.encode")]
extern "C" fn encode(value: &'static Value) -> *const u8 {
    let mut bytes = Vec::from([0; 4]);
    encoding::encode(value, &mut bytes);
    let count = u32::try_from(bytes.len().saturating_sub(4)).unwrap_or(0);
    bytes.iter_mut().zip(count.to_le_bytes()).for_each(|(to, from)| *to = from);
    bytes.leak().as_ptr()
}

#[unsafe(export_name = "value.is_instance")]
extern "C" fn is_instance(value: &'static Value, address: *const u8, bytes: usize) -> &'static Value {
    match Shape::decode(bytes_at(address, bytes)) {
        Some(shape) => keep(shape.has(value).value()),
        None => keep(Value::Failed(Failure::TypesDontFit)),
    }
}
