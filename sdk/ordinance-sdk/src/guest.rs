//! The allocator and the panic handler of a rule. The one module with unsafe code: a global allocator can't be
//! written without it.
//!
//! A call is a fresh instance, so nothing is ever freed: an allocation is an addition. It begins in an arena that the
//! linker lays out, so that most rules never ask for memory, and goes on in new pages when that is used up.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::{Cell, UnsafeCell};

const PAGE_BYTES: usize = 64 << 10;
const ARENA_BYTES: usize = 40 << 10;

struct Bump {
    arena: UnsafeCell<[u8; ARENA_BYTES]>,
    next: Cell<usize>,
    end: Cell<usize>,
}

// SAFETY: a rule runs on one thread; the host refuses threads.
unsafe impl Sync for Bump {}

#[global_allocator]
static BUMP: Bump = Bump { arena: UnsafeCell::new([0; ARENA_BYTES]), next: Cell::new(0), end: Cell::new(0) };

impl Bump {
    fn begin(&self) {
        if self.end.get() == 0 {
            let start = self.arena.get() as usize;
            self.next.set(start);
            self.end.set(start + ARENA_BYTES);
        }
    }

    /// Goes on in new pages at the end of memory with at least this much room; the rest of the old room is left.
    fn add_pages(&self, bytes: usize) -> bool {
        let pages = bytes.div_ceil(PAGE_BYTES);
        let before = core::arch::wasm32::memory_grow(0, pages);
        if before == usize::MAX {
            return false;
        }
        self.next.set(before * PAGE_BYTES);
        self.end.set((before + pages) * PAGE_BYTES);
        true
    }

    /// The next block that fits in the room there is.
    fn fit(&self, layout: Layout) -> Option<usize> {
        let start = self.next.get().checked_next_multiple_of(layout.align())?;
        let end = start.checked_add(layout.size()).filter(|end| *end <= self.end.get())?;
        self.next.set(end);
        Some(start)
    }
}

// SAFETY: every block lies in the arena or in pages that were grown for it, is aligned as asked, and is given out
// once.
unsafe impl GlobalAlloc for Bump {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.begin();
        let block = self.fit(layout).or_else(|| {
            let bytes = layout.size().checked_add(layout.align())?;
            if self.add_pages(bytes) { self.fit(layout) } else { None }
        });
        block.map_or(core::ptr::null_mut(), |start| start as *mut u8)
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

/// A rule that panics traps; the host reports it as failed. The message stays behind, so that no fact leaves with it.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
