//! The memory: an allocator that only goes forward, from the end of the memory that the module begins with.

use alloc::boxed::Box;
use core::alloc::{GlobalAlloc, Layout};
use core::arch::wasm32::{memory_grow, memory_size};
use core::cell::Cell;

use ordinance_feel_runtime::Value;

/// The alignment of all that is allocated.
const ALIGNMENT: usize = 16;
const PAGE: usize = 65_536;

/// The address of what is free, and that of its end.
struct Allocator {
    next: Cell<usize>,
    end: Cell<usize>,
}

// SAFETY: the module has no threads.
unsafe impl Sync for Allocator {}

#[global_allocator]
static ALLOCATOR: Allocator = Allocator { next: Cell::new(0), end: Cell::new(0) };

impl Allocator {
    /// The address of so many bytes; traps if the memory can't grow.
    #[inline(never)]
    fn take(&self, bytes: usize) -> usize {
        let bytes = bytes.next_multiple_of(ALIGNMENT);
        if bytes > self.end.get() - self.next.get() {
            let pages = bytes.div_ceil(PAGE);
            let first = memory_grow::<0>(pages);
            if first == usize::MAX {
                core::arch::wasm32::unreachable();
            }
            if self.end.get() != first * PAGE {
                self.next.set(first * PAGE);
            }
            self.end.set(memory_size::<0>() * PAGE);
        }
        let address = self.next.get();
        self.next.set(address + bytes);
        address
    }
}

// SAFETY: each address is given once, with as many bytes as are asked for; nothing asks for a larger alignment.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.take(layout.size()) as *mut u8
    }

    unsafe fn dealloc(&self, _address: *mut u8, _layout: Layout) {}
}

#[panic_handler]
fn panic(_info: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

/// Keeps a value for good.
#[inline(never)]
pub(crate) fn keep(value: Value) -> &'static Value {
    Box::leak(Box::new(value))
}

#[unsafe(export_name = "memory.allocate")]
extern "C" fn allocate(bytes: usize) -> usize {
    ALLOCATOR.take(bytes)
}
