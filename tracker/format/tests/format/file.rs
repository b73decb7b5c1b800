//! What is written is read; what is cut, damaged or foreign gives all that is left, and says so.

use crate::support::{Random, encode, expected, invent, read};
use dropscope_format::{Encoder, EndKind, Item, OpenError, Recording, State, UsableSize, VERSION};
use std::path::PathBuf;

fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let path = std::env::temp_dir().join(format!("dropscope-format-{}-{name}.dscope", std::process::id()));
    std::fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn everything_written_is_read() {
    for seed in 0..20 {
        let invented = invent(seed, 30);
        let path = file("whole", &encode(&invented, Some(EndKind::Exited(-3))));
        let read = read(&path);
        assert_eq!(read.told, expected(&invented), "seed {seed}");
        assert!(matches!(read.state, State::Ended(end) if end.kind == EndKind::Exited(-3) && end.time_ns == 42));
        assert_eq!(read.damaged, (0, 0));
        assert_eq!(read.process, Some(crate::support::process()));
        assert_eq!(read.modules, [crate::support::module()]);
        assert_eq!(read.threads.len(), 5);
        assert_eq!(read.status.unwrap().lost_total(), 10);
    }
}

#[test]
fn usable_sizes_are_read_and_mend_no_event() {
    let size = |requested_bytes, usable_bytes| UsableSize { requested_bytes, usable_bytes };
    let told =
        [[size(1, 24), size(25, 40), size(40_000, 40_008)], [size(7, 24), size(0, 24), size(u32::MAX, u32::MAX)]];
    let invented = invent(3, 10);
    let mut encoder = Encoder::new();
    told.iter().for_each(|sizes| encoder.usable_sizes(sizes));
    let mut bytes = encode(&invented, Some(EndKind::Orderly));
    bytes.extend_from_slice(&encoder.out);
    let path = file("usable", &bytes);
    assert_eq!(read(&path).told, expected(&invented));
    let mut recording = Recording::open(&path).unwrap();
    let mut found = Vec::new();
    let take = &mut |_: &Recording, item: Item<'_>| {
        if let Item::UsableSizes(sizes) = item {
            found.extend_from_slice(sizes);
        }
    };
    while recording.poll(1 << 20, take).unwrap() == State::Reading {}
    assert_eq!(found, told.concat());
}

#[test]
fn a_cut_file_is_read_up_to_the_cut() {
    let invented = invent(7, 12);
    let bytes = encode(&invented, Some(EndKind::Orderly));
    let all = expected(&invented);
    let mut longest = 0;
    for length in (32..bytes.len()).step_by(97) {
        let read = read(&file("cut", &bytes[..length]));
        assert_eq!(read.state, State::Cut, "cut at {length}");
        assert!(read.told.len() >= longest, "a longer piece never tells less");
        assert_eq!(read.told, all[..read.told.len()], "cut at {length}");
        longest = read.told.len();
    }
    assert_eq!(longest, all.len());
}

/// A thread may still be writing when the process ends, and is cut short in the middle of a block.
#[test]
fn a_block_begun_behind_the_end_is_no_damage() {
    let invented = invent(8, 12);
    let bytes = encode(&invented, Some(EndKind::Orderly));
    let mut encoder = Encoder::new();
    encoder.usable_sizes(&[UsableSize { requested_bytes: 1, usable_bytes: 24 }]);
    for length in 1..encoder.out.len() {
        let read = read(&file("tail", &[&bytes, &encoder.out[..length]].concat()));
        assert!(matches!(read.state, State::Ended(_)), "{length} bytes more");
        assert_eq!((read.damaged, read.told.len()), ((0, 0), expected(&invented).len()), "{length} bytes more");
    }
}

#[test]
fn damage_costs_the_damaged_blocks_and_is_counted() {
    let invented = invent(11, 40);
    let bytes = encode(&invented, Some(EndKind::Orderly));
    let all = expected(&invented);
    let mut random = Random(1);
    for round in 0..200 {
        let mut damaged = bytes.clone();
        let at = 32 + random.below(bytes.len() as u64 - 32) as usize;
        damaged[at] ^= 1 << random.below(8);
        let read = read(&file("damaged", &damaged));
        assert!(read.damaged.0 > 0 && read.damaged.1 > 0, "round {round}: byte {at} went unnoticed");
        // One block is lost, of two batches at most; if it held stacks or texts, events behind it lose these, not
        // themselves.
        assert!(read.told.len() + 800 >= all.len(), "round {round}: {} of {}", read.told.len(), all.len());
    }
}

#[test]
fn random_bytes_behind_a_good_header_do_no_harm() {
    let header = encode(&invent(0, 0), None)[..32].to_vec();
    let mut random = Random(5);
    for _ in 0..300 {
        let mut bytes = header.clone();
        for _ in 0..random.below(3000) {
            // Often the beginning of a block, so that lengths and kinds get tried, too.
            match random.below(40) {
                0 => bytes.extend_from_slice(b"DSb\x1e"),
                _ => bytes.push(random.next() as u8),
            }
        }
        assert_eq!(read(&file("random", &bytes)).state, State::Cut);
    }
}

#[test]
fn a_file_that_is_no_recording_says_what_it_is() {
    let open = |name: &str, bytes: &[u8]| Recording::open(&file(name, bytes)).err();
    assert!(matches!(open("empty", b""), Some(OpenError::Empty(_))));
    assert!(matches!(open("foreign", b"\x7fELF and more than thirty-two bytes of it"), Some(OpenError::Foreign(_))));
    assert!(matches!(open("short", b"DSCOPE\r\n\x01\0\0"), Some(OpenError::Cut(_))));
    let mut newer = encode(&invent(0, 0), None);
    newer[8] = VERSION as u8 + 1;
    let error = open("newer", &newer).unwrap();
    assert!(error.to_string().contains("use a newer Dropscope"), "{error}");
    let missing = Recording::open(&PathBuf::from("/no/such/file.dscope")).err();
    assert!(matches!(missing, Some(OpenError::Io { .. })));
}

#[test]
fn a_growing_file_is_followed_block_by_block() {
    // No ring says that a process still writes, so a reader at the end of what is there calls it cut; reading again
    // from the start sees more each time.
    let invented = invent(3, 20);
    let bytes = encode(&invented, Some(EndKind::Orderly));
    let half = read(&file("half", &bytes[..bytes.len() / 2]));
    let whole = read(&file("half", &bytes));
    assert_eq!(half.state, State::Cut);
    assert_eq!(whole.told[..half.told.len()], half.told);
    assert_eq!(whole.told, expected(&invented));
}
