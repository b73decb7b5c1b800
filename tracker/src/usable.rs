//! What the allocator really gives for a size, asked of the allocator itself by the writer.
//!
//! A block of the size is taken of the program's own allocator and given back, then one of the C library's `malloc`. Is it
//! the very same place, then the first was the C library's, too, and `malloc_usable_size` may be asked of it. Of any other
//! allocator (mimalloc, jemalloc, an arena) nothing is known: it never gives the same place, and is never asked.
#![allow(unsafe_code, reason = "blocks are taken and given back")]

use dropscope_format::{Event, UsableSize};
use std::alloc::Layout;
use std::hint::black_box;

/// All sizes up to here are asked for at the beginning: most blocks are of these, and a program may be gone before the
/// writer has seen any of its events.
const ASKED_AT_ONCE_BYTES: usize = 1024;
/// Larger blocks are not asked for. Less than what glibc maps by itself (128 KiB): giving such a block back would change
/// from which size on it does so.
const MOST_BYTES: usize = 64 << 10;
/// More are not kept. glibc has a size for each 16 bytes: as many as this.
const MOST_SIZES: usize = MOST_BYTES / 16;
/// Sizes asked for in one pass.
const ASKED_IN_A_PASS: usize = 256;
/// Another thread of the same arena may have taken the place in between.
const TRIES: usize = 3;

/// What has been asked, and what is to be.
#[derive(Default)]
pub(crate) struct UsableSizes {
    known: Vec<UsableSize>,
    /// A bit for each size that need not be asked for any more; empty before the beginning.
    is_settled: Vec<u64>,
    wanted: Vec<u32>,
    /// Whether the allocator has answered for the first of all sizes.
    is_answering: bool,
}

impl UsableSizes {
    /// All that is known.
    pub(crate) fn known(&self) -> &[UsableSize] {
        &self.known
    }

    /// Notes the sizes of what has happened. Asks nothing.
    #[inline]
    pub(crate) fn note(&mut self, events: &[Event]) {
        if !self.is_answering {
            return;
        }
        for event in events {
            let size = event.size_bytes as usize;
            if size > ASKED_AT_ONCE_BYTES && size <= MOST_BYTES && !self.settle(size) {
                self.wanted.push(size as u32);
            }
        }
    }

    /// Asks for what has been noted; gives what is new.
    pub(crate) fn ask(&mut self) -> &[UsableSize] {
        let before = self.known.len();
        if self.is_settled.is_empty() {
            self.is_settled.resize(MOST_BYTES / 64 + 1, 0);
            self.begin();
        }
        for _ in 0..ASKED_IN_A_PASS {
            let Some(size) = self.wanted.pop() else { break };
            if self.known.len() < MOST_SIZES
                && let Some(usable) = ask(size as usize)
            {
                self.learn(size as usize, usable);
            }
        }
        self.known.get(before..).unwrap_or_default()
    }

    /// From size to size: each answer says what the next one is.
    fn begin(&mut self) {
        let mut size = 1;
        while size <= ASKED_AT_ONCE_BYTES {
            let Some(usable) = ask(size) else { return };
            self.is_answering = true;
            self.learn(size, usable);
            size = usable + 1;
        }
    }

    fn learn(&mut self, size: usize, usable: usize) {
        let (Ok(requested_bytes), Ok(usable_bytes)) = (u32::try_from(size), u32::try_from(usable)) else { return };
        self.known.push(UsableSize { requested_bytes, usable_bytes });
        for size in size..=usable.min(MOST_BYTES) {
            self.settle(size);
        }
    }

    /// Notes that `size` need not be asked for; gives whether that had been so.
    #[inline]
    fn settle(&mut self, size: usize) -> bool {
        let Some(word) = self.is_settled.get_mut(size / 64) else { return true };
        let bit = 1 << (size % 64);
        let was_settled = *word & bit != 0;
        *word |= bit;
        was_settled
    }
}

/// What of a block of `size` bytes may be used; none where that cannot be known.
fn ask(size: usize) -> Option<usize> {
    let layout = Layout::from_size_align(size.max(1), 1).ok()?;
    (0..TRIES).find_map(|_| {
        // SAFETY: the layout is not empty.
        let block = black_box(unsafe { std::alloc::alloc(layout) });
        if block.is_null() {
            return None;
        }
        let place = block.addr();
        // SAFETY: just taken, with this layout.
        unsafe { std::alloc::dealloc(block, layout) };
        // SAFETY: any size will do.
        let block = black_box(unsafe { libc::malloc(layout.size()) });
        let is_the_same = !block.is_null() && block.addr() == place;
        // SAFETY: malloc's own block, not freed yet.
        let usable = is_the_same.then(|| unsafe { libc::malloc_usable_size(block) });
        // SAFETY: as above, or null.
        unsafe { libc::free(block) };
        usable.filter(|usable| *usable >= size)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use dropscope_format::{EventKind, StackId, StackQuality};

    fn birth(size_bytes: u64) -> Event {
        Event {
            time_ns: 0,
            address: 1,
            size_bytes,
            stack: StackId::EMPTY,
            extra: 0,
            kind: EventKind::Alloc,
            align_log2: 0,
            quality: StackQuality::Complete,
        }
    }

    #[test]
    fn each_size_is_asked_for_once_and_the_answers_are_the_allocators() {
        let mut sizes = UsableSizes::default();
        let first = sizes.ask().to_vec();
        assert_eq!(first.first().map(|size| size.requested_bytes), Some(1));
        assert!(first.windows(2).all(|pair| pair[1].requested_bytes == pair[0].usable_bytes + 1), "{first:?}");
        assert!(first.last().is_some_and(|size| size.usable_bytes as usize >= ASKED_AT_ONCE_BYTES));
        sizes.note(&[birth(40_000), birth(100), birth(1 << 20), birth(40_000), birth(0)]);
        let new = sizes.ask().to_vec();
        assert_eq!(new.iter().map(|size| size.requested_bytes).collect::<Vec<_>>(), [40_000]);
        sizes.note(&[birth(40_000), birth(u64::from(new[0].usable_bytes))]);
        assert!(sizes.ask().is_empty());
        for size in sizes.known() {
            let mut block: Vec<u8> = Vec::with_capacity(size.requested_bytes as usize);
            // SAFETY: a block of the C library's: this test has no other allocator.
            let usable = unsafe { libc::malloc_usable_size(block.as_mut_ptr().cast()) };
            assert!(usable.abs_diff(size.usable_bytes as usize) <= 16, "{size:?}: {usable}");
        }
    }

    #[test]
    fn where_nothing_was_answered_nothing_is_noted() {
        let mut sizes = UsableSizes::default();
        sizes.note(&[birth(40_000)]);
        assert!(sizes.wanted.is_empty());
    }
}
