//! What the texts tell beyond events and lines: counts inside std's containers, and what is left on the machine.

use std::collections::{HashMap, VecDeque};

use dropscope_lessons::{Program, expected_events, lessons};

#[test]
fn the_temporary_file_is_gone_after_its_lesson() {
    let lesson = lessons().iter().find(|lesson| lesson.name == "drop-trait").expect("the lesson exists");
    if let Program::Rust(run) = lesson.program {
        run();
    }
    let path = format!("/tmp/dropscope-lesson-{}", std::process::id());
    assert!(!std::path::Path::new(&path).exists(), "{path} was left behind");
}

/// rehash-spike: "12 times", "the 1st, 4th, 8th", "the 3585th".
#[test]
fn a_hash_map_makes_a_new_table_at_these_inserts() {
    let mut map = HashMap::new();
    let mut inserts = Vec::new();
    for key in 0..5_000 {
        let room = map.capacity();
        map.insert(key, key);
        if map.capacity() > room {
            inserts.push(map.len());
        }
    }
    assert_eq!(inserts, [1, 4, 8, 15, 29, 57, 113, 225, 449, 897, 1793, 3585]);
    assert_eq!(count_of("rehash-spike", 'A'), inserts.len() + 1, "and one table that was asked for at once");
}

/// vec-deque: "the 16th".
#[test]
fn the_queue_grows_when_the_sixteenth_number_waits() {
    let mut queue = VecDeque::with_capacity(15);
    queue.extend(0..15_u64);
    assert_eq!(queue.capacity(), 15);
    queue.push_back(15);
    assert_eq!(queue.capacity(), 30);
}

/// btree-map: "room for 11 entries"; channel: "room for 31 letters". The rest is links, counts and padding.
#[test]
fn blocks_have_room_for_as_many_as_the_texts_say() {
    let (leaf, entry, links) = (192, size_of::<(u64, u64)>(), 16);
    assert_eq!((leaf - links) / entry, 11);
    let (chunk, slot, link) = (1000, size_of::<String>() + size_of::<usize>(), size_of::<usize>());
    assert_eq!((chunk - link) / slot, 31);
}

/// What the texts call three counts of blocks: boxes against an arena, and turns of a loop.
#[test]
fn lessons_with_many_blocks_have_as_many_as_the_texts_say() {
    assert_eq!(count_of("reuse-in-a-loop", 'A'), 8 + 1);
    assert_eq!(count_of("storm-of-releases", 'F'), 2 * 1_001);
    assert_eq!(count_of("arena", 'A'), 101 + 3 + 2);
    assert_eq!(count_of("drop-glue", 'F'), 6);
}

/// Events of a kind in a lesson.
fn count_of(lesson: &str, kind: char) -> usize {
    let words = expected_events(lesson).unwrap_or_default().split(' ').filter(|word| word.starts_with(kind));
    words.map(|word| word.split_once('*').map_or(1, |(_, times)| times.parse().unwrap_or(0))).sum()
}
