//! A random recording, and what is true of it by construction: the blocks as whoever made it up knows them.

use crate::names::{birth, own_module, release, stack};
use crate::support::Script;
use dropscope_engine::Model;
use dropscope_format::EventKind;
use std::sync::{LazyLock, OnceLock};

/// A block as it was made up. Stacks are numbers in [`stacks`]; none: the stack of a release that was not recorded.
#[derive(Clone, Debug)]
pub(super) struct Block {
    pub(super) born_ns: u64,
    pub(super) born_on: u32,
    pub(super) birth_stack: usize,
    pub(super) address: u64,
    pub(super) first_bytes: u64,
    /// Moment, size and whether it moved.
    pub(super) changes: Vec<(u64, u64, bool)>,
    pub(super) died: Option<Death>,
    /// When it was last touched: only its own thread may touch it again within the same moment.
    touched_ns: u64,
    touched_by: u32,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Death {
    pub(super) at_ns: u64,
    pub(super) on: u32,
    pub(super) stack: Option<usize>,
}

/// One made-up step. What it can mean depends on what is there when its turn comes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Op {
    pub(super) what: u8,
    pub(super) thread: u8,
    /// Ns since the step before.
    pub(super) later_ns: u16,
    pub(super) pick: u16,
    pub(super) bytes: u16,
}

/// The recording and the truth about it.
pub(super) struct Truth {
    pub(super) blocks: Vec<Block>,
    pub(super) model: Model,
    pub(super) end_ns: u64,
}

/// Real stacks of this program, outermost first: births, one of them for a static, then releases.
pub(super) fn stacks() -> &'static [Vec<u64>] {
    static STACKS: OnceLock<Vec<Vec<u64>>> = OnceLock::new();
    STACKS.get_or_init(|| {
        let in_a_box = |_: ()| Box::new(birth().0);
        vec![birth().0, *in_a_box(()), other_birth(), FOR_A_STATIC.clone(), release(), stack(), other_release()]
    })
}

static FOR_A_STATIC: LazyLock<Vec<u64>> = LazyLock::new(|| std::hint::black_box(stack()));

#[inline(never)]
fn other_birth() -> Vec<u64> {
    std::hint::black_box(birth().0)
}

#[inline(never)]
fn other_release() -> Vec<u64> {
    std::hint::black_box(release())
}

struct Maker {
    script: Script,
    blocks: Vec<Block>,
    now_ns: u64,
    next_address: u64,
    /// Places that were given up, and when.
    free: Vec<(u64, u64)>,
    /// Four threads run at a time. One that ends makes room for another, which has a number of its own, but the system's
    /// id of the one before.
    running: [u32; 4],
    scopes: [Vec<&'static str>; 4],
}

/// Makes the recording up.
pub(super) fn make(ops: &[Op]) -> Truth {
    let mut script = Script::new();
    script.modules(&[own_module()]);
    for thread in 0..4 {
        script.tell_thread(thread, 100 + thread, &name_of(thread), false);
    }
    let mut maker = Maker {
        script,
        blocks: Vec::new(),
        now_ns: 3,
        next_address: 0x1000,
        free: Vec::new(),
        running: [0, 1, 2, 3],
        scopes: Default::default(),
    };
    for (number, op) in ops.iter().enumerate() {
        maker.step(op);
        if number % 16 == 15 {
            // Some of it is written early: what is written later must not be older.
            maker.now_ns += 1;
            maker.script.flush(maker.now_ns);
        }
    }
    let end_ns = maker.now_ns;
    Truth { model: maker.script.load(), blocks: maker.blocks, end_ns }
}

impl Maker {
    fn step(&mut self, op: &Op) {
        self.now_ns += u64::from(op.later_ns);
        let slot = usize::from(op.thread % 4);
        if op.thread >= 240 {
            self.replace_thread(slot);
        }
        let thread = self.running[slot];
        match op.what % 16 {
            0..=5 => self.alloc(op, thread),
            6..=9 => self.free(op, thread),
            10 | 11 => self.realloc(op, thread),
            12 | 13 => self.scope(op, slot),
            14 => self.unmatched(op, thread),
            _ => self.lose(op, thread),
        }
    }

    fn place(&mut self, op: &Op) -> u64 {
        // A place that was given up at this very moment may be given out again only later.
        let now_ns = self.now_ns;
        match self.free.iter().position(|free| free.1 < now_ns) {
            Some(at) if !op.pick.is_multiple_of(3) => self.free.swap_remove(at).0,
            _ => {
                self.next_address += 64;
                self.next_address
            }
        }
    }

    fn at(&mut self, stack: usize) {
        self.script.at(&stacks()[stack]);
    }

    fn alloc(&mut self, op: &Op, thread: u32) {
        let address = self.place(op);
        self.alloc_at(op, thread, address);
    }

    fn alloc_at(&mut self, op: &Op, thread: u32, address: u64) {
        let birth_stack = usize::from(op.pick >> 4) % stacks().len();
        self.at(birth_stack);
        let bytes = size(op);
        self.script.alloc(thread, self.now_ns, address, bytes);
        self.born(thread, birth_stack, address, bytes);
    }

    fn born(&mut self, thread: u32, birth_stack: usize, address: u64, first_bytes: u64) {
        self.blocks.push(Block {
            born_ns: self.now_ns,
            born_on: thread,
            birth_stack,
            address,
            first_bytes,
            changes: Vec::new(),
            died: None,
            touched_ns: self.now_ns,
            touched_by: thread,
        });
    }

    /// A block that `thread` may touch now.
    fn live(&self, op: &Op, thread: u32) -> Option<usize> {
        let may =
            |block: &Block| block.died.is_none() && (block.touched_ns < self.now_ns || block.touched_by == thread);
        let live: Vec<usize> = (0..self.blocks.len()).filter(|&at| may(&self.blocks[at])).collect();
        // The youngest more often: most blocks live briefly.
        let count = if op.pick.is_multiple_of(2) { live.len().min(3) } else { live.len() };
        (count > 0).then(|| live[live.len() - 1 - usize::from(op.pick >> 1) % count])
    }

    fn free(&mut self, op: &Op, thread: u32) {
        let Some(at) = self.live(op, thread) else { return };
        let death_stack = usize::from(op.pick >> 3) % stacks().len();
        self.at(death_stack);
        let block = &mut self.blocks[at];
        block.died = Some(Death { at_ns: self.now_ns, on: thread, stack: Some(death_stack) });
        self.script.free(thread, self.now_ns, block.address);
        self.free.push((block.address, self.now_ns));
    }

    fn realloc(&mut self, op: &Op, thread: u32) {
        let Some(at) = self.live(op, thread) else { return };
        let moved = op.pick.is_multiple_of(2);
        let new = if moved { self.place(op) } else { self.blocks[at].address };
        let bytes = size(op);
        self.at(usize::from(op.pick) % stacks().len());
        let block = &mut self.blocks[at];
        let old = (block.address, block.changes.last().map_or(block.first_bytes, |change| change.1));
        // Now and then the call takes its time, and another thread gets the old place before it is done.
        let is_slow = moved && op.bytes.is_multiple_of(3);
        let began_ns = self.now_ns;
        self.now_ns += if is_slow { 2 } else { 0 };
        self.script.realloc(thread, (began_ns, self.now_ns), old, (new, bytes));
        block.changes.push((self.now_ns, bytes, moved));
        (block.address, block.touched_ns, block.touched_by) = (new, self.now_ns, thread);
        if is_slow {
            self.now_ns -= 1;
            let other = self.running.into_iter().find(|&other| other != thread).expect("four threads run");
            self.alloc_at(op, other, old.0);
            self.now_ns += 1;
        } else if moved {
            self.free.push((old.0, self.now_ns));
        }
    }

    /// A thread ends, within its scopes where it is in any, and another begins.
    fn replace_thread(&mut self, slot: usize) {
        let (old, new) = (self.running[slot], self.running.iter().max().map_or(0, |last| last + 1));
        let os_id = 100 + slot as u32;
        self.script.tell_thread(old, os_id, &name_of(old), true).tell_thread(new, os_id, &name_of(new), false);
        self.running[slot] = new;
        self.scopes[slot].clear();
    }

    fn scope(&mut self, op: &Op, slot: usize) {
        const NAMES: [&str; 3] = ["request", "parse", "gc:mark"];
        let (thread, open) = (self.running[slot], &mut self.scopes[slot]);
        let is_enter = op.what % 16 == 12 || open.is_empty();
        let (kind, name) = if is_enter {
            let name = NAMES[usize::from(op.pick) % NAMES.len()];
            open.push(name);
            (EventKind::ScopeEnter, name)
        } else {
            // Guards may end in another order than they began.
            let at = usize::from(op.pick) % open.len();
            (EventKind::ScopeExit, open.remove(at))
        };
        self.script.text(thread, kind, self.now_ns, name, 0);
    }

    /// What is older than the recording: its release is nobody's, its realloc is its birth.
    fn unmatched(&mut self, op: &Op, thread: u32) {
        self.next_address += 64;
        let old = self.next_address;
        let stack = usize::from(op.pick >> 2) % stacks().len();
        self.at(stack);
        if op.pick.is_multiple_of(2) {
            self.script.free(thread, self.now_ns, old);
        } else {
            let new = self.place(op);
            self.script.realloc(thread, (self.now_ns, self.now_ns), (old, 5), (new, size(op)));
            self.born(thread, stack, new, size(op));
        }
    }

    /// A place is given out again though its release was not recorded.
    fn lose(&mut self, op: &Op, thread: u32) {
        let Some(at) = self.live(op, thread).filter(|&at| self.blocks[at].touched_ns < self.now_ns) else { return };
        let address = self.blocks[at].address;
        self.blocks[at].died = Some(Death { at_ns: self.now_ns, on: thread, stack: None });
        self.alloc_at(op, thread, address);
    }
}

/// What a thread is called: no other is.
pub(super) fn name_of(thread: u32) -> String {
    format!("number {thread}")
}

fn size(op: &Op) -> u64 {
    match op.bytes % 8 {
        0 => 0,
        1 => u64::from(op.bytes) << 24,
        _ => u64::from(op.bytes % 200),
    }
}

impl Block {
    /// Its size after all that happened before or at `time_ns`.
    pub(super) fn bytes_at(&self, time_ns: u64) -> u64 {
        let before = self.changes.iter().rfind(|change| change.0 <= time_ns);
        before.map_or(self.first_bytes, |change| change.1)
    }

    pub(super) fn last_bytes(&self) -> u64 {
        self.bytes_at(u64::MAX)
    }
}
