//! The address space at one moment: pages in order of address, what is live in each, and what was and is free again.

use super::ask::{Asking, Content};
use dropscope_engine::query::{When, Which};
use dropscope_engine::{BlockId, Model};
use std::collections::HashMap;

/// What a page is here: that of most machines.
pub const PAGE_BYTES: u64 = 4096;
/// Pages that one block is followed through; of a larger one the first.
const MOST_PAGES_OF_A_BLOCK: u64 = 1 << 18;

/// A page that held a block at some moment up to now.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Page {
    /// Its number: the address divided by [`PAGE_BYTES`].
    pub number: u64,
    /// Bytes of live blocks in it.
    pub live_bytes: u32,
    /// Live blocks that begin in it or reach into it.
    pub blocks: u32,
    /// The largest of them: its bytes and its number.
    pub largest: (u64, u32),
}

/// The pages of one moment.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AddressMap {
    /// In order of address.
    pub pages: Vec<Page>,
    /// When, in ns.
    pub time_ns: u64,
    /// Bytes of all live blocks.
    pub live_bytes: u64,
}

impl AddressMap {
    pub(super) fn compute(asking: &Asking<'_>) -> Option<AddressMap> {
        let which = &asking.key.which;
        let time_ns = match which.when {
            When::LiveAt(time_ns) => time_ns,
            _ => u64::MAX,
        };
        let mut used = Used::default();
        // What is live is few blocks and said first; what was comes to it.
        asking.begin(0, 8);
        asking.select(which, &mut |model, block| {
            let blocks = model.blocks();
            let last = blocks.reallocs(block).take_while(|change| change.time_ns <= time_ns).last();
            let (address, size_bytes) = match last {
                Some(change) => (change.address, change.size_bytes),
                None => (blocks.first_address(block), blocks.first_size_bytes(block)),
            };
            used.live_bytes = used.live_bytes.saturating_add(size_bytes);
            used.add_live(block, address, size_bytes);
        })?;
        let past = Which { when: When::BornIn(0..time_ns.saturating_add(1)), ..which.clone() };
        let mut add = |used: &mut Used, model: &Model, block| {
            let blocks = model.blocks();
            used.add_past(blocks.first_address(block), blocks.first_size_bytes(block));
            for change in blocks.reallocs(block).take_while(|change| change.time_ns <= time_ns) {
                used.add_past(change.address, change.size_bytes);
            }
        };
        asking.begin(0, 1);
        asking.select_showing(&past, &mut used, &mut add, &|used| Content::Addresses(used.map(time_ns)))?;
        Some(used.map(time_ns))
    }

    /// Pages that have something live in them.
    pub fn used(&self) -> u64 {
        self.pages.iter().filter(|page| page.blocks > 0).count() as u64
    }
}

/// The pages while blocks are gone through.
#[derive(Default)]
struct Used {
    pages: HashMap<u64, Page>,
    live_bytes: u64,
    /// The page that was found last: the next block is often in it, too.
    last: Option<u64>,
}

impl Used {
    fn add_live(&mut self, block: BlockId, address: u64, size_bytes: u64) {
        for_each_page(address, size_bytes, &mut |number, bytes| {
            let page = self.pages.entry(number).or_default();
            page.live_bytes = page.live_bytes.saturating_add(bytes);
            page.blocks += 1;
            page.largest = page.largest.max((size_bytes, block.0));
        });
    }

    fn add_past(&mut self, address: u64, size_bytes: u64) {
        for_each_page(address, size_bytes, &mut |number, _| {
            if self.last != Some(number) {
                self.pages.entry(number).or_default();
                self.last = Some(number);
            }
        });
    }

    fn map(&self, time_ns: u64) -> AddressMap {
        let mut pages: Vec<Page> = self.pages.iter().map(|(&number, page)| Page { number, ..*page }).collect();
        pages.sort_unstable_by_key(|page| page.number);
        AddressMap { pages, time_ns, live_bytes: self.live_bytes }
    }
}

/// Gives each page that a block is in, and how many of its bytes are there.
fn for_each_page(address: u64, size_bytes: u64, take: &mut dyn FnMut(u64, u32)) {
    let end = address.saturating_add(size_bytes.max(1));
    let (first, last) = (address / PAGE_BYTES, (end - 1) / PAGE_BYTES);
    for number in first..=last.min(first + MOST_PAGES_OF_A_BLOCK) {
        let start = number * PAGE_BYTES;
        let inside = end.min(start.saturating_add(PAGE_BYTES)) - address.max(start);
        take(number, inside.min(size_bytes) as u32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages(address: u64, size_bytes: u64) -> Vec<(u64, u32)> {
        let mut pages = Vec::new();
        for_each_page(address, size_bytes, &mut |number, bytes| pages.push((number, bytes)));
        pages
    }

    #[test]
    fn a_block_is_in_all_pages_that_it_touches() {
        assert_eq!(pages(4096, 4096), [(1, 4096)]);
        assert_eq!(pages(4000, 200), [(0, 96), (1, 104)]);
        assert_eq!(pages(8191, 1), [(1, 1)]);
        assert_eq!(pages(100, 0), [(0, 0)], "of no bytes, and still somewhere");
        assert_eq!(pages(u64::MAX, 5).len(), 1, "the end of the address space");
    }
}
