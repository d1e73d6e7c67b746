//! The allocator and the panic handler of a rule.
//!
//! Each call has a fresh instance, so the allocator never frees memory: an allocation is an addition. It uses an arena
//! in the module's data, so that most rules never grow memory, and adds pages when the arena is full.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::{Cell, UnsafeCell};

const PAGE_BYTES: usize = 64 << 10;
const ARENA_BYTES: usize = 40 << 10;

struct Bump {
    arena: UnsafeCell<[u8; ARENA_BYTES]>,
    next: Cell<usize>,
    end: Cell<usize>,
}

// SAFETY: a rule runs on one thread; the host rejects threads.
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

    /// Adds pages at the end of memory for at least this number of bytes; the next block starts in them. The rest of
    /// the old pages stays unused. Returns false if memory can't grow.
    fn add_pages(&self, bytes: usize) -> bool {
        let pages = bytes.div_ceil(PAGE_BYTES);
        let old_pages = core::arch::wasm32::memory_grow(0, pages);
        if old_pages == usize::MAX {
            return false;
        }
        self.next.set(old_pages * PAGE_BYTES);
        self.end.set((old_pages + pages) * PAGE_BYTES);
        true
    }

    /// The next block of this layout. `None` if it doesn't fit in the remaining memory.
    fn fit(&self, layout: Layout) -> Option<usize> {
        let start = self.next.get().checked_next_multiple_of(layout.align())?;
        let end = start.checked_add(layout.size()).filter(|end| *end <= self.end.get())?;
        self.next.set(end);
        Some(start)
    }
}

// SAFETY: every block is in the arena or in added pages, has the alignment of its layout, and is returned only once.
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

/// Gives the host memory, into which it writes what it passes to the rule (the canonical ABI's `realloc`).
///
/// # Safety
/// `old` is null or a block of `old_bytes` bytes that this function gave with the same alignment.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn cabi_realloc(old: *mut u8, old_bytes: usize, align: usize, bytes: usize) -> *mut u8 {
    let Ok(layout) = Layout::from_size_align(old_bytes.max(bytes), align) else { core::arch::wasm32::unreachable() };
    if bytes == 0 {
        return align as *mut u8;
    }
    let block = if old_bytes == 0 {
        // SAFETY: the size isn't zero.
        unsafe { alloc::alloc::alloc(layout) }
    } else {
        // SAFETY: the caller gives a block of this size and alignment.
        unsafe { alloc::alloc::realloc(old, Layout::from_size_align_unchecked(old_bytes, align), bytes) }
    };
    if block.is_null() {
        core::arch::wasm32::unreachable();
    }
    block
}

/// A rule that panics traps, and the host reports it as failed. The message is dropped, since it could contain a fact.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
