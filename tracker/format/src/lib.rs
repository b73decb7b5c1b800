//! The recording of Dropscope: bytes to events and back. Knows nothing of allocators, windows or names.
//!
//! # The file, `NAME.dscope`
//!
//! All fixed-width numbers are little-endian.
//!
//! | bytes | what |
//! |---|---|
//! | 0–7 | `DSCOPE\r\n` |
//! | 8–11 | version, now 2 |
//! | 12–15 | length of this header, now 32: the first block begins there |
//! | 16–23 | recording id, random; the ring of the same recording has it, too |
//! | 24–31 | 0 |
//!
//! Then blocks, each readable alone:
//!
//! | bytes | what |
//! |---|---|
//! | 0–3 | `DSb\x1e` |
//! | 4 | kind |
//! | 5 | codec of the payload: 0 stored, 1 LZ4 block |
//! | 6–7 | 0 |
//! | 8–11 | length of the payload as stored, at most 16 MiB |
//! | 12–15 | its length unpacked, at most 16 MiB, and where packed at most 256 KiB or four times the stored length |
//! | 16–19 | CRC-32 (IEEE) of bytes 4–15 and the stored payload |
//! | 20 … | payload |
//!
//! Payloads are rows of LEB128 varints and of byte strings with a varint length in front:
//!
//! | kind | payload |
//! |---|---|
//! | 1 process | the fields of [`Process`] in order |
//! | 2 modules | count; each: start, end, bias, path, build id |
//! | 3 stacks | number of the first, count; each: own number less the parent's, zigzag difference of the address to the one before |
//! | 4 texts | number of the first, count; each: text |
//! | 5 thread | number, system's id, name, ended |
//! | 6 events | in version 1 only: one thread's events as columns, see the table in `columns.rs` |
//! | 7 watermark | ns: every event before it stands above |
//! | 8 status | waits, waited ns, overhead bytes, complete, truncated, suspect, different stacks, then lost events by [`LostCause`] |
//! | 9 end | ns, kind (0 orderly, 1 exited, 2 killed, 3 stopped), zigzag status or signal |
//! | 10 event group | batches of events, each of one thread, as packed columns, see the tables in `group.rs` and `packed.rs` |
//! | 11 usable sizes | count; each: zigzag difference of the requested size to the one before, usable size less the requested: see [`UsableSize`] |
//!
//! A stack is a path in a tree: node 0 is the root, each other node a return address under its caller's node, whose
//! number is smaller. Times are ns from the recording's start, by one monotonic clock; [`Process::started_unix_ns`]
//! ties them to wall time.
//!
//! A reader passes over blocks of kinds and codecs it does not know, over damaged bytes (and counts them), and stops at
//! a cut. While the program runs, and after it was killed, the events that are not in the file yet are in the
//! [`ring`] beside it; [`Recording`] reads both as one.
//!
//! Limits: 2^32 stack nodes, texts and threads, of nodes and of texts not more than the file has bytes and 2^18; 64
//! batches and 2^17 events in a group; texts of [`ring::MAX_TEXT_BYTES`]; the ring is read on the machine, or
//! one of the same byte order, that wrote it.

// Compilers leave out what is unused; halves that belong together stand together.
#![cfg_attr(not(feature = "read"), allow(dead_code, reason = "what only readers use"))]

mod block;
mod checksum;
#[cfg(feature = "read")]
mod columns;
mod error;
mod event;
#[cfg(feature = "read")]
mod facts;
#[cfg(feature = "read")]
mod finalize;
mod group;
mod huffman;
mod ids;
mod info;
mod packed;
mod packed_group;
mod places;
#[cfg(feature = "read")]
mod reader;
#[cfg(feature = "read")]
mod recording;
pub mod ring;
#[cfg(feature = "read")]
mod ring_file;
mod stack_tree;
mod usable_sizes;
mod varint;
mod writer;

pub use error::{OpenError, ReadError};
pub use event::{Event, EventBatch, EventKind, Realloc, StackQuality, moving_number, moving_operation};
#[cfg(feature = "read")]
pub use finalize::{FinalizeError, finalize};
pub use group::GroupDecoder;
pub use ids::{ChunkSequence, StackId, StringId, ThreadId};
pub use info::{End, EndKind, LOST_CAUSES, LostCause, Module, Process, StackNode, Status, Thread, UsableSize};
pub use packed_group::{BatchHead, PackedGroup};
#[cfg(feature = "read")]
pub use reader::{Block, BlockReader};
#[cfg(feature = "read")]
pub use recording::{Item, OwnIds, Recording, State};
pub use ring::{name_from_words, process_start, ring_path};
#[cfg(feature = "read")]
pub use ring_file::RingFile;
pub use stack_tree::StackTree;
pub use writer::{Encoder, TextTable};

/// The version of the format that this crate writes; it reads this one and all before.
pub const VERSION: u32 = 2;
