//! Columns of blocks: times that never fall, places, and stacks, made narrow before they are packed.

use crate::hash::FastMap;
use crate::ids::StackId;
use crate::packed::Packed;
use dropscope_format::OwnIds;

/// Times in ns that never fall: 2 bytes each.
pub(crate) struct TimeColumn {
    times: Packed,
    last_ns: u64,
}

impl Default for TimeColumn {
    fn default() -> Self {
        TimeColumn { times: Packed::rising(), last_ns: 0 }
    }
}

impl TimeColumn {
    #[cfg(test)]
    fn push(&mut self, time_ns: u64) {
        self.last_ns = time_ns.max(self.last_ns);
        self.times.push(self.last_ns);
    }

    /// As [`Packed::put`]; a time before the last one is taken for the last one.
    #[inline(always)]
    pub(crate) fn put(&mut self, at: usize, time_ns: u64) {
        self.last_ns = time_ns.max(self.last_ns);
        self.times.put(at, self.last_ns);
    }

    /// Packs the run, which is full.
    pub(crate) fn seal(&mut self) {
        self.times.seal();
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.times.len()
    }

    /// The time in `row`, if there is such a row.
    #[inline]
    pub(crate) fn get(&self, row: usize) -> Option<u64> {
        self.times.get(row)
    }

    /// How many rows are before `time_ns`: the first row at or after it.
    pub(crate) fn rows_before(&self, time_ns: u64) -> usize {
        self.times.rows_below(time_ns)
    }

    /// How many rows are at or before `time_ns`.
    pub(crate) fn rows_until(&self, time_ns: u64) -> usize {
        time_ns.checked_add(1).map_or(self.len(), |next_ns| self.rows_before(next_ns))
    }

    /// The times as they are packed.
    pub(crate) fn packed(&self) -> &Packed {
        &self.times
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.times.memory_bytes()
    }
}

/// Bits of a place within its page.
const PAGE_BITS: u32 = 26;

/// The pages of 64 MiB that places are in, numbered as they come: a program has few of them, but far apart.
pub(crate) struct Pages {
    pages: Vec<u64>,
    number_of: FastMap<u64, u64>,
    /// Pages asked for lately and where they begin among narrow places, each at the place that its lowest bits tell.
    lately: [(u64, u64); LATELY],
}

/// No address is in it.
const NO_PAGE: u64 = u64::MAX;

impl Default for Pages {
    fn default() -> Self {
        Self { pages: Vec::new(), number_of: FastMap::default(), lately: [(NO_PAGE, 0); LATELY] }
    }
}

const LATELY: usize = 16;

impl Pages {
    /// `address` as a number that is near those of places near it.
    #[inline(always)]
    pub(crate) fn narrow(&mut self, address: u64) -> u64 {
        let page = address >> PAGE_BITS;
        let lately = self.lately[page as usize % LATELY];
        let begin = if lately.0 == page { lately.1 } else { self.begin(page) };
        begin | (address & ((1 << PAGE_BITS) - 1))
    }

    #[cold]
    fn begin(&mut self, page: u64) -> u64 {
        let number = *self.number_of.entry(page).or_insert_with(|| {
            self.pages.push(page);
            self.pages.len() as u64 - 1
        });
        let begin = number << PAGE_BITS;
        self.lately[page as usize % LATELY] = (page, begin);
        begin
    }

    /// The address that was made narrow.
    #[inline]
    pub(crate) fn wide(&self, narrow: u64) -> u64 {
        let page = self.pages.get((narrow >> PAGE_BITS) as usize).copied().unwrap_or(0);
        page << PAGE_BITS | (narrow & ((1 << PAGE_BITS) - 1))
    }
}

/// No stack has this number: each takes a node of the tree.
const NOT_YET: u32 = u32::MAX;

/// The stacks that events have, numbered as they come: of all nodes of the stack tree they are few.
#[derive(Default)]
pub(crate) struct Stacks {
    stacks: Vec<StackId>,
    number_of: FastMap<u32, u32>,
    /// By the file's number of a stack: its number here, or [`NOT_YET`].
    of_file: Vec<u32>,
    /// Which of the file's numberings that is.
    numbering: u32,
}

impl Stacks {
    pub(crate) fn narrow(&mut self, stack: StackId) -> u32 {
        *self.number_of.entry(stack.0).or_insert_with(|| {
            self.stacks.push(stack);
            self.stacks.len() as u32 - 1
        })
    }

    /// The same for numbers of the file, which `ids` knows, until these are others.
    pub(crate) fn begin_file(&mut self, ids: OwnIds<'_>) {
        if self.numbering != ids.numbering() {
            (self.numbering, self.of_file) = (ids.numbering(), Vec::new());
        }
    }

    /// In one look, where the file's number led to that of the tree and that to the one here: each look is into a table that
    /// is far too long for the nearest cache.
    #[inline(always)]
    pub(crate) fn narrow_of_file(&mut self, ids: &OwnIds<'_>, stack: StackId) -> u32 {
        match self.of_file.get(stack.0 as usize) {
            Some(&number) if number != NOT_YET => number,
            _ => self.add_of_file(ids, stack),
        }
    }

    #[cold]
    fn add_of_file(&mut self, ids: &OwnIds<'_>, stack: StackId) -> u32 {
        // What the file has not told of yet it may tell of later.
        let Some(own) = ids.stack(stack) else { return self.narrow(StackId::EMPTY) };
        let (number, at) = (self.narrow(own), stack.0 as usize);
        if self.of_file.len() <= at {
            self.of_file.resize(at + 1, NOT_YET);
        }
        self.of_file[at] = number;
        number
    }

    #[inline]
    pub(crate) fn wide(&self, narrow: u64) -> StackId {
        self.stacks.get(narrow as usize).copied().unwrap_or_default()
    }

    /// All of them, by number.
    pub(crate) fn all(&self) -> &[StackId] {
        &self.stacks
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        (self.of_file.len() + self.stacks.len()) * size_of::<u32>() + self.number_of.len() * size_of::<[u32; 4]>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_come_back_and_are_found_though_they_stand_still() {
        let times = [0, 5, 5, u64::from(u32::MAX), 1 << 32, (1 << 32) + 7, 9 << 32, (9 << 32) + 1, u64::MAX];
        let times: Vec<u64> = times.into_iter().flat_map(|time_ns| std::iter::repeat_n(time_ns, 60)).collect();
        let mut column = TimeColumn::default();
        for &time_ns in &times {
            column.push(time_ns);
        }
        for (row, &time_ns) in times.iter().enumerate() {
            assert_eq!(column.get(row), Some(time_ns));
            assert_eq!(column.rows_before(time_ns), times.iter().filter(|&&other| other < time_ns).count());
            assert_eq!(column.rows_until(time_ns), times.iter().filter(|&&other| other <= time_ns).count());
        }
        assert_eq!(column.get(times.len()), None);
        assert_eq!((column.rows_before(3 << 32), column.rows_until(3 << 32)), (360, 360));
        assert_eq!(TimeColumn::default().rows_until(7), 0);
    }

    #[test]
    fn a_time_before_the_last_is_taken_for_the_last() {
        let mut column = TimeColumn::default();
        column.push(10);
        column.push(3);
        assert_eq!((column.get(0), column.get(1)), (Some(10), Some(10)));
    }

    #[test]
    fn places_and_stacks_come_back() {
        let mut pages = Pages::default();
        for address in [0, 0x5581, 0x7fff_ffff_fff0, 0x5582, u64::MAX, 1 << 52, 0x7fff_ffff_fff0] {
            let narrow = pages.narrow(address);
            assert_eq!(pages.wide(narrow), address);
            assert!(narrow < 5 << PAGE_BITS);
        }
        let mut stacks = Stacks::default();
        for (stack, number) in [(70, 0), (0, 1), (3, 2), (70, 0)] {
            assert_eq!(stacks.narrow(StackId(stack)), number);
            assert_eq!(stacks.wide(u64::from(number)), StackId(stack));
        }
    }
}
