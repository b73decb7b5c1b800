//! A file never makes its reader take more memory than a small multiple of the file's own length, whatever it says.
#![allow(unsafe_code, reason = "an allocator that counts")]
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use dropscope_format::ring::{CHUNK_BYTES, DATA_OFFSET, HEADER_BYTES, RING_MAGIC, header};
use dropscope_format::{Item, Recording, State, ring_path};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// What reading may take: this much (the file's and the blocks' buffers), and so many times the file.
const FIXED_BYTES: usize = 24 << 20;
const MULTIPLE: usize = 32;

thread_local! {
    /// Live and peak bytes of this thread, since the test's own work on other threads is not the reader's.
    static BYTES: Cell<(usize, usize)> = const { Cell::new((0, 0)) };
}

struct Counting;

// SAFETY: forwards to the system's.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let live = BYTES.get().0 + layout.size();
        BYTES.set((live, BYTES.get().1.max(live)));
        // SAFETY: the caller's contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, address: *mut u8, layout: Layout) {
        BYTES.set((BYTES.get().0.saturating_sub(layout.size()), BYTES.get().1));
        // SAFETY: the caller's contract.
        unsafe { System.dealloc(address, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const PROCESS: u8 = 1;
const MODULES: u8 = 2;
const STACKS: u8 = 3;
const TEXTS: u8 = 4;
const THREAD: u8 = 5;
const EVENTS: u8 = 6;
const EVENT_GROUP: u8 = 10;

fn header() -> Vec<u8> {
    let mut file = b"DSCOPE\r\n".to_vec();
    file.extend([1, 0, 0, 0, 32, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0]);
    file.resize(32, 0);
    file
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

/// A block with a right checksum, packed as far as LZ4 goes or not at all.
fn block(kind: u8, payload: &[u8], packed: bool) -> Vec<u8> {
    let mut stored = payload.to_vec();
    if packed {
        stored.resize(lz4_flex::block::get_maximum_output_size(payload.len()), 0);
        let length = lz4_flex::block::compress_into(payload, &mut stored).unwrap();
        stored.truncate(length);
    }
    let mut block = b"DSb\x1e".to_vec();
    block.extend([kind, u8::from(packed), 0, 0]);
    block.extend((stored.len() as u32).to_le_bytes());
    block.extend((payload.len() as u32).to_le_bytes());
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&block[4..16]);
    hasher.update(&stored);
    block.extend(hasher.finalize().to_le_bytes());
    block.extend(stored);
    block
}

/// Numbers, and then one of them again and again until the payload has its greatest length.
fn bomb(kind: u8, start: &[u64], again: &[u8], packed: bool) -> Vec<u8> {
    let mut payload: Vec<u8> = start.iter().flat_map(|number| varint(*number)).collect();
    payload.extend(again.repeat(((16 << 20) - payload.len()) / again.len()));
    block(kind, &payload, packed)
}

/// As many events as fit a payload: a what, a time, a stack, an address, a size and an alignment of a byte each.
fn events_bomb(count: usize) -> Vec<u8> {
    let mut payload: Vec<u8> = [0, 1, 2, 3, 0, count as u64, 0, 0].into_iter().flat_map(varint).collect();
    for byte in [1, 0, 0, 0, 0, 0, 0] {
        payload.extend(varint(count as u64));
        payload.extend(std::iter::repeat_n(byte, count));
    }
    block(EVENTS, &payload, true)
}

/// A group of `batches` times `events` births, its eight columns packed by LZ4 as far as that goes; each says that it is
/// `more` bytes longer than it is.
fn group_bomb(batches: usize, events: usize, more: usize) -> Vec<u8> {
    let mut payload = varint(batches as u64);
    for number in 0..batches as u64 {
        payload.extend([0, number + 1, 2, 3, 0, events as u64, 0].into_iter().flat_map(varint));
    }
    for byte in [1, 0, 0, 11, 0, 0, 0, 0] {
        let column = vec![byte; batches * events];
        let mut packed = vec![0; lz4_flex::block::get_maximum_output_size(column.len())];
        let length = lz4_flex::block::compress_into(&column, &mut packed).unwrap();
        payload.push(1);
        payload.extend(varint((column.len() + more) as u64));
        payload.extend(varint(length as u64));
        payload.extend(&packed[..length]);
    }
    block(EVENT_GROUP, &payload, false)
}

/// The most that reading `file` took at once, and how many events came out.
fn peak(file: &[u8], ring: Option<&[u8]>) -> (usize, usize) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hostile.dscope");
    std::fs::write(&path, file).unwrap();
    if let Some(ring) = ring {
        std::fs::write(ring_path(&path), ring).unwrap();
    }
    BYTES.set((0, 0));
    let mut recording = Recording::open(&path).unwrap();
    let mut events = 0;
    let mut take = |_: &Recording, item: Item<'_>| {
        if let Item::Events(batch) = item {
            events += batch.events.len();
        }
    };
    while recording.poll(1 << 20, &mut take).unwrap() == State::Reading {}
    drop(recording);
    (BYTES.get().1, events)
}

#[track_caller]
fn assert_bounded(what: &str, file: &[u8], ring: Option<&[u8]>) -> usize {
    let (taken, events) = peak(file, ring);
    let bytes = file.len() + ring.map_or(0, <[u8]>::len);
    println!("{what}: {taken} bytes for {bytes}, {events} events");
    assert!(taken <= FIXED_BYTES + MULTIPLE * bytes, "{what}: {taken} bytes for {bytes}");
    events
}

#[test]
fn blocks_that_unpack_to_much_more_are_not_believed() {
    for (what, kind, start, again) in [
        ("arguments", PROCESS, vec![0, 16 << 19], vec![0]),
        ("modules", MODULES, vec![16 << 17], vec![0]),
        ("stacks", STACKS, vec![1, 16 << 18], vec![1, 2]),
        ("texts", TEXTS, vec![0, 16 << 19], vec![0]),
        ("a thread's name", THREAD, vec![1, 1, 15 << 20], vec![0]),
    ] {
        for packed in [true, false] {
            let file = [header(), bomb(kind, &start, &again, packed)].concat();
            assert_bounded(what, &file, None);
        }
    }
    assert_bounded("events", &[header(), events_bomb(2 << 20)].concat(), None);
    let smaller = [header(), events_bomb(30_000)].concat();
    assert_eq!(assert_bounded("fewer events", &smaller, None), 30_000, "what fits is read");
    let group = [header(), group_bomb(8, 2000, 0)].concat();
    assert_eq!(assert_bounded("a group", &group, None), 16_000, "what fits is read");
    for (batches, events, more) in [(60, 2000, 200_000), (60, 1 << 20, 0), (10_000, 1, 0), (1, 2000, 100 << 20)] {
        let hostile = [header(), group_bomb(batches, events, more)].concat();
        assert_eq!(assert_bounded("a group of too much", &hostile, None), 0);
    }
    let many = [header(), group_bomb(60, 2000, 0).repeat(3000)].concat();
    assert_bounded("groups", &many, None);
}

#[test]
fn many_small_blocks_that_unpack_to_much_more_are_not_believed() {
    let mut stacks = header();
    let mut texts = header();
    for number in 0..400_u64 {
        let count = 120_000;
        let start = [1 + number * count, count].into_iter().flat_map(varint);
        // Each frame under the one before, at an address of its own.
        let payload: Vec<u8> = start.chain([1, 2].repeat(count as usize)).collect();
        stacks.extend(block(STACKS, &payload, true));
        let start = [number * count, count].into_iter().flat_map(varint);
        let payload: Vec<u8> = start.chain(std::iter::repeat_n(0, count as usize)).collect();
        texts.extend(block(TEXTS, &payload, true));
    }
    assert_bounded("stacks", &stacks, None);
    assert_bounded("texts", &texts, None);
}

#[test]
fn numbers_far_ahead_take_no_memory_for_what_is_left_out() {
    for kind in [STACKS, TEXTS] {
        let mut file = header();
        let filler = block(9, &[0; 100_000], false);
        file.extend(&filler);
        for number in 1..3000_u64 {
            let payload: Vec<u8> = [number * 100_000, 1].into_iter().flat_map(varint).chain([1, 2]).collect();
            file.extend(block(kind, &payload, false));
        }
        assert_bounded("gaps", &file, None);
    }
}

/// Each of these would be looked at for a block, and is none; looking through all that is behind each of them again
/// would take hours.
#[test]
fn beginnings_of_long_blocks_are_not_searched_for_ever() {
    for stored in [15 << 20, 1_u32 << 20] {
        let mut head = b"DSb\x1e\x06\0\0\0".to_vec();
        head.extend(stored.to_le_bytes());
        head.extend(stored.to_le_bytes());
        head.extend([1, 2, 3, 4]);
        let mut file = header();
        file.extend(head.repeat((20 << 20) / head.len()));
        let last: Vec<u8> = [0, 1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0].into_iter().flat_map(varint).collect();
        file.extend(block(EVENTS, &last, false));
        assert_bounded("beginnings", &file, None);
    }
}

#[test]
fn a_ring_of_nothing_but_frames_takes_a_small_multiple() {
    const CHUNKS: usize = 40;
    let mut words = vec![0_u64; (DATA_OFFSET + CHUNKS * CHUNK_BYTES) / 8];
    words[header::MAGIC] = RING_MAGIC;
    words[header::RECORDING_ID] = 7;
    words[header::CHUNK_COUNT] = u64::MAX;
    words[header::PID] = u64::from(u32::MAX);
    words[header::STATE] = 1;
    words[HEADER_BYTES / 8] = 1;
    for chunk in 0..CHUNKS {
        let words = &mut words[(DATA_OFFSET + chunk * CHUNK_BYTES) / 8..][..CHUNK_BYTES / 8];
        words[0] = chunk as u64 + 1;
        // An alloc with all the frames that fit.
        let frames = words.len() - 7;
        words[2] = 1 | (frames as u64) << 32;
        for (index, frame) in words[6..6 + frames].iter_mut().enumerate() {
            *frame = (chunk * CHUNK_BYTES + index + 1) as u64;
        }
    }
    let ring: Vec<u8> = words.iter().flat_map(|word| word.to_ne_bytes()).collect();
    assert_eq!(assert_bounded("frames", &header(), Some(&ring)), CHUNKS);
}
