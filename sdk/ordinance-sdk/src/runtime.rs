//! The functions that the bindings of a rule call. `ordinance build` writes the bindings with wit-bindgen, whose own
//! runtime would bring a build script into every rule.

use alloc::alloc::{alloc, dealloc, handle_alloc_error};
use core::alloc::Layout;
use core::ptr::{NonNull, null_mut};

/// Marks the place at which bindings ask for `cabi_realloc`, by which the host gets memory. This crate has it already.
pub fn maybe_link_cabi_realloc() {}

/// Memory for a list that a call gives, freed when the value is dropped.
pub struct Cleanup {
    start: NonNull<u8>,
    layout: Layout,
}

impl Cleanup {
    /// Takes memory of this layout: its start, and the value that frees it. An empty layout needs none.
    #[allow(unsafe_code)]
    #[must_use]
    pub fn new(layout: Layout) -> (*mut u8, Option<Self>) {
        if layout.size() == 0 {
            return (null_mut(), None);
        }
        // SAFETY: the layout isn't empty.
        match NonNull::new(unsafe { alloc(layout) }) {
            Some(start) => (start.as_ptr(), Some(Self { start, layout })),
            None => handle_alloc_error(layout),
        }
    }

    /// Leaves the memory to the host, which reads it after the call.
    pub fn forget(self) {
        core::mem::forget(self);
    }
}

impl Drop for Cleanup {
    #[allow(unsafe_code)]
    fn drop(&mut self) {
        // SAFETY: `new` took the memory with this layout, and nothing else frees it.
        unsafe { dealloc(self.start.as_ptr(), self.layout) }
    }
}
