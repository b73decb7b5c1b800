//! Release storms: stretches in which a thread releases block after block and makes none.

use super::{Finding, Kind};
use crate::format;
use crate::model::analysis::ask::Asking;
use crate::model::analysis::sheets::block;
use crate::model::scene::thread_name;
use crate::model::state::Tab;
use dropscope_engine::query::{When, Which};
use dropscope_engine::{BlockId, ThreadNumber};

/// A shorter one is not felt.
const LEAST_NS: u64 = 1_000_000;
/// Fewer releases are no storm, however long they take.
const LEAST_BLOCKS: u64 = 1_000;
/// Storms that are told, the longest first.
const MOST_STORMS: usize = 5;
/// A thread that rests so long between two releases is at something else.
const LONGEST_REST_NS: u64 = 200_000;

/// One stretch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Storm {
    thread: ThreadNumber,
    start_ns: u64,
    end_ns: u64,
    blocks: u64,
    bytes: u64,
    largest: (u64, BlockId),
}

impl Storm {
    fn is_one(&self) -> bool {
        self.blocks >= LEAST_BLOCKS && self.end_ns - self.start_ns >= LEAST_NS
    }
}

/// What a thread did.
#[derive(Clone, Copy, Debug)]
enum What {
    Released(BlockId, u64),
    Bore,
}

/// Puts together what follows each other on one thread. Wants events in order of time.
#[derive(Default)]
struct Weather {
    /// By thread.
    open: Vec<Option<Storm>>,
    storms: Vec<Storm>,
}

impl Weather {
    fn see(&mut self, thread: ThreadNumber, time_ns: u64, what: What) {
        let number = thread.0 as usize;
        if number >= self.open.len() {
            self.open.resize(number + 1, None);
        }
        let Some(open) = self.open.get_mut(number) else { return };
        let What::Released(id, bytes) = what else {
            self.storms.extend(open.take().filter(Storm::is_one));
            return;
        };
        if open.is_some_and(|storm| time_ns.saturating_sub(storm.end_ns) > LONGEST_REST_NS) {
            self.storms.extend(open.take().filter(Storm::is_one));
        }
        let new = Storm { thread, start_ns: time_ns, end_ns: time_ns, blocks: 0, bytes: 0, largest: (0, id) };
        let storm = open.get_or_insert(new);
        storm.end_ns = time_ns;
        storm.blocks += 1;
        storm.bytes = storm.bytes.saturating_add(bytes);
        storm.largest = storm.largest.max((bytes, id));
    }

    /// Every thread has rested for longer than within a storm.
    fn rest(&mut self) {
        self.storms.extend(self.open.drain(..).flatten().filter(Storm::is_one));
    }

    fn all(mut self) -> Vec<Storm> {
        self.rest();
        self.storms.sort_by_key(|storm| (std::cmp::Reverse(storm.end_ns - storm.start_ns), storm.start_ns));
        self.storms
    }
}

pub(super) fn storms(asking: &Asking<'_>) -> Option<Vec<Finding>> {
    let range = match &asking.key.which.when {
        When::AliveIn(range) => range.clone(),
        _ => 0..u64::MAX,
    };
    let mut weather = Weather::default();
    // Releases come in order of time, and births stand in theirs: so neither has to be gathered, which took more memory
    // than the whole recording.
    let (mut last_ns, mut birth) = (None, BlockId(0));
    let released = Which { when: When::ReleasedIn(range), ..asking.key.which.clone() };
    asking.select(&released, &mut |model, id| {
        let blocks = model.blocks();
        let (Some(died_ns), Some(thread)) = (blocks.died_ns(id), blocks.freed_by(id)) else { return };
        if last_ns.is_none_or(|last_ns| died_ns.saturating_sub(last_ns) > LONGEST_REST_NS) {
            // Whatever was born meanwhile is passed over: it may be the whole recording.
            weather.rest();
            let behind = BlockId(blocks.count().saturating_add(1));
            birth = blocks.born_in(died_ns..u64::MAX).next().unwrap_or(behind);
        }
        while blocks.contains(birth) && blocks.born_ns(birth) < died_ns {
            weather.see(blocks.thread(birth), blocks.born_ns(birth), What::Bore);
            birth = BlockId(birth.0.saturating_add(1));
        }
        weather.see(thread, died_ns, What::Released(id, blocks.size_bytes(id)));
        last_ns = Some(died_ns);
    })?;
    let model = asking.data.model.read();
    let found = |storm: Storm| Finding {
        kind: Kind::ReleaseStorm,
        sentence: format!(
            "{} releases {} blocks ({}) in one go of {}.",
            thread_name(&model, storm.thread),
            format::count(storm.blocks),
            format::bytes(storm.bytes),
            format::duration(storm.end_ns - storm.start_ns)
        ),
        remedy: "If somebody waits for it, drop it on another thread, in parts, or out of an arena.",
        thing: block(storm.largest.1),
        place: None,
        range_ns: Some(storm.start_ns..storm.end_ns + 1),
        tab: Tab::Types,
        narrow: None,
    };
    Some(weather.all().into_iter().take(MOST_STORMS).map(found).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn storms(events: impl Iterator<Item = (u64, u32, bool)>) -> Vec<(u32, u64, u64)> {
        let mut weather = Weather::default();
        for (time_ns, thread, is_release) in events {
            let what = if is_release { What::Released(BlockId(1), 8) } else { What::Bore };
            weather.see(ThreadNumber(thread), time_ns, what);
        }
        weather.all().into_iter().map(|storm| (storm.thread.0, storm.blocks, storm.end_ns - storm.start_ns)).collect()
    }

    #[test]
    fn many_releases_in_a_row_are_a_storm() {
        assert_eq!(storms((0..2000).map(|at| (at * 1_000, 0, true))), [(0, 2000, 1_999_000)]);
        // Another thread's births are not in between.
        let mixed = (0..4000).map(|at| (at * 1_000, (at % 2) as u32, at % 2 == 0));
        assert_eq!(storms(mixed), [(0, 2000, 3_998_000)]);
    }

    #[test]
    fn births_rests_and_short_runs_are_none() {
        assert!(storms((0..4000).map(|at| (at * 1_000, 0, at % 500 != 0))).is_empty(), "a birth ends it");
        assert!(storms((0..2000).map(|at| (at * 300_000, 0, true))).is_empty(), "each after a rest");
        assert!(storms((0..2000).map(|at| (at * 100, 0, true))).is_empty(), "too short to be felt");
    }
}
