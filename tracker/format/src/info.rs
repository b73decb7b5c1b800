//! What a recording says about the process, besides its events.

use crate::ids::{StackId, ThreadId};

/// The recorded process.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Process {
    /// Path of the executable.
    pub program: String,
    /// Arguments, the program's own name first.
    pub arguments: Vec<String>,
    /// Working folder when the recording began.
    pub folder: String,
    /// Process id.
    pub pid: u32,
    /// Start time of the process in clock ticks since boot (field 22 of `/proc/PID/stat`), to tell a reused pid.
    pub process_start: u64,
    /// Wall time of the recording's start, in ns since 1970-01-01 UTC.
    pub started_unix_ns: u64,
    /// Value of `CLOCK_MONOTONIC` at the recording's start, in ns.
    pub started_monotonic_ns: u64,
    /// What the timestamps come from, for example `clock_gettime(CLOCK_MONOTONIC)` or `rdtsc`.
    pub clock: String,
    /// How stacks are walked, for example `backtrace` or `unwind tables`.
    pub unwinder: String,
    /// Version of the tracker.
    pub tracker_version: String,
    /// Whether the recording began with the process's first allocation (else blocks may be older than it).
    pub from_first_allocation: bool,
    /// 0 where every block is recorded; else of all bytes one in so many was chosen, and with it its block. Recordings
    /// of older trackers lack the field, which reads as 0.
    pub sample_mean_bytes: u64,
}

/// A file mapped into the process: the way from an address to a name.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Module {
    /// First mapped address.
    pub start: u64,
    /// One past the last mapped address.
    pub end: u64,
    /// What to subtract from an address to get the file's own (its load bias).
    pub bias: u64,
    /// Path of the file.
    pub path: String,
    /// Build id from the file's `.note.gnu.build-id`; empty where it has none.
    pub build_id: Vec<u8>,
}

/// One frame of the stack tree: a return address under its caller.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct StackNode {
    /// The caller's node.
    pub parent: StackId,
    /// The return address.
    pub address: u64,
}

/// A thread of the process.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Thread {
    /// Its number in this recording.
    pub thread: ThreadId,
    /// The system's id; may be reused by a later thread.
    pub os_id: u32,
    /// Its name (15 bytes at most on Linux); `main` for the first.
    pub name: String,
    /// Whether it has ended.
    pub ended: bool,
}

/// What the allocator gives: every request from `requested_bytes` to `usable_bytes` gets `usable_bytes`.
///
/// The recorder asks the allocator itself, for all sizes up to 1 KiB when it begins and for others up to 64 KiB once they
/// are met. An allocator that may not be the C library's is not asked: then a recording says nothing of usable sizes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct UsableSize {
    /// The size that was asked for, in bytes.
    pub requested_bytes: u32,
    /// How much of the block that was given may be used, in bytes; not less.
    pub usable_bytes: u32,
}

/// Why an event could not be recorded.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(usize)]
pub enum LostCause {
    /// The ring was full and the program had asked not to wait.
    Full = 0,
    /// A signal handler allocated while its thread was inside the recorder.
    Nested = 1,
    /// No room could be had for another thread.
    Threads = 2,
    /// The file could not be written (disk full, file limit).
    Write = 3,
    /// Damaged bytes in the file.
    Damaged = 4,
    /// Made before the recorder was ready or after it had closed.
    Closed = 5,
}

/// How many causes of loss there are.
pub const LOST_CAUSES: usize = 6;

impl LostCause {
    /// All of them, in the order of their numbers.
    pub const ALL: [LostCause; LOST_CAUSES] = [
        LostCause::Full,
        LostCause::Nested,
        LostCause::Threads,
        LostCause::Write,
        LostCause::Damaged,
        LostCause::Closed,
    ];

    /// A few words for people.
    pub fn words(self) -> &'static str {
        match self {
            LostCause::Full => "the buffer was full",
            LostCause::Nested => "in a signal handler inside the recorder",
            LostCause::Threads => "no room for another thread",
            LostCause::Write => "the file could not be written",
            LostCause::Damaged => "damaged bytes in the file",
            LostCause::Closed => "outside the recording",
        }
    }
}

/// How the recorder itself is doing. Each says all of it up to now, so the last one counts.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Status {
    /// Events lost, by [`LostCause`].
    pub lost_events: [u64; LOST_CAUSES],
    /// How often a thread had to wait for the writer.
    pub waits: u64,
    /// How long threads waited for the writer, summed, in ns.
    pub waited_ns: u64,
    /// Memory the recorder itself uses, in bytes: ring, stack tree, buffers.
    pub overhead_bytes: u64,
    /// Stacks walked to the thread's first frame.
    pub complete_stacks: u64,
    /// Stacks cut at the tracker's depth.
    pub truncated_stacks: u64,
    /// Stacks whose walk stopped early.
    pub suspect_stacks: u64,
    /// Stacks that differed from the judge's in the cross-check mode.
    pub different_stacks: u64,
}

impl Status {
    /// As read from a file, which may say anything: no number so great that a sum of some of them would not fit.
    pub(crate) fn bounded(mut self) -> Status {
        let numbers = [
            &mut self.waits,
            &mut self.waited_ns,
            &mut self.overhead_bytes,
            &mut self.complete_stacks,
            &mut self.truncated_stacks,
            &mut self.suspect_stacks,
            &mut self.different_stacks,
        ];
        for number in numbers.into_iter().chain(&mut self.lost_events) {
            *number = (*number).min(1 << 60);
        }
        self
    }

    /// All lost events.
    pub fn lost_total(&self) -> u64 {
        self.lost_events.iter().sum()
    }
}

/// How a recording ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EndKind {
    /// The program left through `exit`.
    Orderly,
    /// The launcher saw the process end by itself with this status, without `exit`'s handlers (`_exit`, `exec`).
    Exited(i32),
    /// The launcher saw the process killed by this signal.
    Killed(i32),
    /// The recording was stopped while the program went on: what was alive then may have been released later.
    Stopped,
}

/// The last word of a recording.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct End {
    /// When, in ns from the recording's start.
    pub time_ns: u64,
    /// How.
    pub kind: EndKind,
}
