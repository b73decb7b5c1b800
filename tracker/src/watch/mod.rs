//! What measurements count, in the program and without a recording. See [`crate::assert`].

pub(crate) mod table;

use crate::guard;
use crate::state::{self, COUNTING};
use std::cell::Cell;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64};
use std::sync::{Mutex, PoisonError};
use table::Table;

/// Measurements at the same moment that are not in one another.
const ROOTS: usize = 256;
/// Measurements in one another.
const LEVELS: usize = 16;
/// The root that measures all threads.
pub(crate) const PROCESS: usize = 0;

/// Blocks born in a measurement that runs.
static TABLE: Table = Table::new();
/// How many roots are taken: the flag in the state is set while there is one. Both change together: where they did not,
/// who ended as another began turned the flag off for a moment, and the other's first events were missing.
static TAKEN: Mutex<u32> = Mutex::new(0);
static ROOTS_TABLE: [Root; ROOTS] = [const { Root::new() }; ROOTS];

thread_local! {
    /// This thread's root + 1.
    static ROOT: Cell<usize> = const { Cell::new(0) };
}

/// A measurement that is in no other one, with those that are in it.
struct Root {
    /// Odd while it is taken.
    life: AtomicU32,
    depth: AtomicU32,
    /// Numbers births, so that a level knows which are its own.
    births: AtomicU64,
    levels: [Level; LEVELS],
}

/// One measurement.
struct Level {
    first_birth: AtomicU64,
    allocs: AtomicU64,
    reallocs: AtomicU64,
    frees: AtomicU64,
    bytes: AtomicU64,
    live_blocks: AtomicI64,
    live_bytes: AtomicI64,
    peak_bytes: AtomicI64,
    unwatched: AtomicU64,
}

/// What a measurement has counted.
#[derive(Clone, Copy, Default)]
pub(crate) struct Counted {
    pub(crate) allocs: u64,
    pub(crate) reallocs: u64,
    pub(crate) frees: u64,
    pub(crate) bytes: u64,
    pub(crate) live_blocks: u64,
    pub(crate) live_bytes: u64,
    pub(crate) peak_bytes: u64,
    /// Births that there was no room to watch.
    pub(crate) unwatched: u64,
}

impl Root {
    const fn new() -> Root {
        Root {
            life: AtomicU32::new(0),
            depth: AtomicU32::new(0),
            births: AtomicU64::new(0),
            levels: [const { Level::new() }; LEVELS],
        }
    }

    fn is_taken(&self) -> bool {
        self.life.load(Relaxed) & 1 == 1
    }

    fn active(&self) -> &[Level] {
        self.levels.get(..self.depth.load(Relaxed) as usize).unwrap_or_default()
    }

    /// The levels in which birth number `birth` was.
    fn of_birth(&self, birth: u64) -> impl Iterator<Item = &Level> {
        self.active().iter().filter(move |level| birth >= level.first_birth.load(Relaxed))
    }
}

impl Level {
    const fn new() -> Level {
        Level {
            first_birth: AtomicU64::new(0),
            allocs: AtomicU64::new(0),
            reallocs: AtomicU64::new(0),
            frees: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            live_blocks: AtomicI64::new(0),
            live_bytes: AtomicI64::new(0),
            peak_bytes: AtomicI64::new(0),
            unwatched: AtomicU64::new(0),
        }
    }

    fn begin(&self, first_birth: u64) {
        self.first_birth.store(first_birth, Relaxed);
        for count in [&self.allocs, &self.reallocs, &self.frees, &self.bytes, &self.unwatched] {
            count.store(0, Relaxed);
        }
        for count in [&self.live_blocks, &self.live_bytes, &self.peak_bytes] {
            count.store(0, Relaxed);
        }
    }

    fn grow(&self, blocks: i64, bytes: i64) {
        self.live_blocks.fetch_add(blocks, Relaxed);
        let live_bytes = self.live_bytes.fetch_add(bytes, Relaxed) + bytes;
        self.peak_bytes.fetch_max(live_bytes, Relaxed);
    }

    fn counted(&self) -> Counted {
        let positive = |count: &AtomicI64| count.load(Relaxed).max(0) as u64;
        Counted {
            allocs: self.allocs.load(Relaxed),
            reallocs: self.reallocs.load(Relaxed),
            frees: self.frees.load(Relaxed),
            bytes: self.bytes.load(Relaxed),
            live_blocks: positive(&self.live_blocks),
            live_bytes: positive(&self.live_bytes),
            peak_bytes: positive(&self.peak_bytes),
            unwatched: self.unwatched.load(Relaxed),
        }
    }
}

/// A measurement that runs.
pub(crate) struct Measuring {
    root: usize,
}

/// Begins to measure this thread. None where there is no room, or too many are in one another.
pub(crate) fn begin_thread() -> Option<Measuring> {
    let own = ROOT.get();
    let root = match own.checked_sub(1) {
        Some(root) => root,
        None => (PROCESS + 1..ROOTS).find(|root| take(*root))?,
    };
    let begun = begin(root)?;
    ROOT.set(root + 1);
    Some(begun)
}

/// Begins to measure all threads. One at a time, or in one another: the caller sees to that.
pub(crate) fn begin_process() -> Option<Measuring> {
    let root = &ROOTS_TABLE[PROCESS];
    if root.is_taken() || take(PROCESS) { begin(PROCESS) } else { None }
}

fn take(root: usize) -> bool {
    let life = ROOTS_TABLE[root].life.load(Relaxed);
    if life & 1 == 1 || ROOTS_TABLE[root].life.compare_exchange(life, life + 1, Acquire, Relaxed).is_err() {
        return false;
    }
    let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
    *taken += 1;
    state::put(COUNTING, true);
    true
}

fn begin(root: usize) -> Option<Measuring> {
    let of_root = &ROOTS_TABLE[root];
    let depth = of_root.depth.load(Relaxed) as usize;
    let level = of_root.levels.get(depth).filter(|_| TABLE.prepare());
    let Some(level) = level else {
        if depth == 0 {
            give_back(root);
        }
        return None;
    };
    level.begin(of_root.births.load(Relaxed));
    of_root.depth.store(depth as u32 + 1, Release);
    Some(Measuring { root })
}

impl Measuring {
    /// Ends it; gives what it counted.
    pub(crate) fn end(self) -> Counted {
        let root = &ROOTS_TABLE[self.root];
        let depth = root.depth.load(Relaxed).saturating_sub(1);
        let counted = root.levels[depth as usize].counted();
        root.depth.store(depth, Release);
        if depth == 0 {
            if self.root != PROCESS {
                ROOT.set(0);
            }
            give_back(self.root);
        }
        counted
    }
}

fn give_back(root: usize) {
    ROOTS_TABLE[root].life.fetch_add(1, Release);
    let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
    *taken -= 1;
    if *taken == 0 {
        state::put(COUNTING, false);
    }
}

/// The roots that an event of this thread belongs to.
fn roots() -> impl Iterator<Item = usize> {
    let own = ROOT.get().checked_sub(1);
    let process = ROOTS_TABLE[PROCESS].is_taken().then_some(PROCESS);
    own.into_iter().chain(process)
}

/// An address may be watched for its thread and for the process.
fn key(address: usize, root: usize) -> u64 {
    (address as u64) << 1 | u64::from(root == PROCESS)
}

/// Which life of which root, and the birth's number in it.
fn value(root: usize, birth: u64) -> u64 {
    let life = u64::from(ROOTS_TABLE[root].life.load(Relaxed));
    (life & 0xffff) << 48 | (root as u64) << 40 | birth & 0xff_ffff_ffff
}

/// The root of a value and the number of the birth; none where that root has ended.
fn of_value(value: u64) -> Option<(&'static Root, u64)> {
    let root = ROOTS_TABLE.get((value >> 40) as usize & 0xff)?;
    (u64::from(root.life.load(Relaxed)) & 0xffff == value >> 48).then_some((root, value & 0xff_ffff_ffff))
}

/// Watches what has just been born. What is in the table under its key is an earlier block there, which was released while
/// nobody measured.
fn watch(key: u64, value: u64) -> bool {
    TABLE.remove(key);
    TABLE.insert(key, value)
}

#[cold]
pub(crate) fn on_alloc(address: usize, size_bytes: usize) {
    if guard::is_inside() {
        return;
    }
    for root in roots() {
        let of_root = &ROOTS_TABLE[root];
        let birth = of_root.births.fetch_add(1, Relaxed);
        let is_watched = watch(key(address, root), value(root, birth));
        for level in of_root.active() {
            level.allocs.fetch_add(1, Relaxed);
            level.bytes.fetch_add(size_bytes as u64, Relaxed);
            if is_watched {
                level.grow(1, size_bytes as i64);
            } else {
                level.unwatched.fetch_add(1, Relaxed);
            }
        }
    }
}

#[cold]
pub(crate) fn before_free(address: usize, size_bytes: usize) {
    if guard::is_inside() {
        return;
    }
    for root in roots() {
        for level in ROOTS_TABLE[root].active() {
            level.frees.fetch_add(1, Relaxed);
        }
    }
    // Also of other threads' measurements: whoever releases a block, it is not leaked.
    for key in [key(address, PROCESS), key(address, PROCESS + 1)] {
        if let Some((root, birth)) = TABLE.remove(key).and_then(of_value) {
            root.of_birth(birth).for_each(|level| level.grow(-1, -(size_bytes as i64)));
        }
    }
}

/// A realloc under way: what was watched at the old address. Dropped without a commit, it goes on as it was.
pub(crate) struct Moving {
    address: usize,
    size_bytes: usize,
    watched: [Option<u64>; 2],
}

#[cold]
pub(crate) fn before_realloc(address: usize, size_bytes: usize) -> Option<Moving> {
    if guard::is_inside() {
        return None;
    }
    // Out of the table first: once the block has moved, its address is somebody else's.
    let watched = [PROCESS, PROCESS + 1].map(|root| TABLE.remove(key(address, root)));
    Some(Moving { address, size_bytes, watched })
}

impl Moving {
    /// The block is now at `address`; 0 is a failure.
    pub(crate) fn commit(mut self, address: usize, size_bytes: usize) {
        if address == 0 {
            return;
        }
        for root in roots() {
            for level in ROOTS_TABLE[root].active() {
                level.reallocs.fetch_add(1, Relaxed);
                level.bytes.fetch_add(size_bytes as u64, Relaxed);
            }
        }
        let grown = size_bytes as i64 - self.size_bytes as i64;
        for (kind, value) in std::mem::take(&mut self.watched).into_iter().enumerate() {
            let Some(value) = value else { continue };
            watch(key(address, kind), value);
            if let Some((root, birth)) = of_value(value) {
                root.of_birth(birth).for_each(|level| level.grow(0, grown));
            }
        }
    }
}

impl Drop for Moving {
    fn drop(&mut self) {
        for (kind, value) in self.watched.into_iter().enumerate() {
            if let Some(value) = value {
                TABLE.insert(key(self.address, kind), value);
            }
        }
    }
}
