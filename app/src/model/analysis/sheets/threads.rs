//! Who allocates, who releases, and what crosses from one thread to another.

use super::columns::{Column, heading, key, sheet as all};
use super::{block, hover_of, name_of, place_of};
use crate::format;
use crate::model::analysis::ThreadsBy;
use crate::model::analysis::ask::{Asking, Content};
use crate::model::analysis::sheet::{Narrow, Row, Sheet};
use crate::model::scene::thread_name;
use dropscope_engine::query::{Answer, GroupBy, Key, Sums};
use dropscope_engine::{BlockId, Origin, SiteId, StackId, ThreadNumber};
use std::collections::{BTreeMap, HashMap};

pub(in super::super) fn sheet(asking: &Asking<'_>) -> Option<Sheet> {
    if asking.key.options.threads_by == ThreadsBy::Crossing {
        return crossing(asking);
    }
    let content = |answer: &Answer| Content::Sheet(of_answer(asking, answer));
    let answer = asking.ask_showing(&asking.key.which, GroupBy::Threads, asking.key.measure, &content)?;
    Some(of_answer(asking, &answer))
}

fn of_answer(asking: &Asking<'_>, answer: &Answer) -> Sheet {
    if asking.key.options.threads_by == ThreadsBy::Pairs {
        let columns = [Column::Blocks, Column::Bytes, Column::Share, Column::LeftBytes, Column::MeanLife];
        let name = heading("born on, released on", "One thread where both are the same", 0);
        return Sheet {
            notes: notes(answer),
            ..all(&asking.data.names, answer, name, &columns, "No block is of this question.")
        };
    }
    Sheet {
        notes: notes(answer),
        columns: vec![
            heading("thread", "By number, in order of their first events", 0),
            heading("born", "Blocks born on it", 76),
            heading("bytes", "Their bytes", 84),
            heading("released", "Blocks released on it", 76),
            heading("given away", "Born on it, released on another", 84),
            heading("of others", "Released on it, born on another", 84),
            heading("left", "Born on it and not released", 76),
        ],
        rows: each(asking, answer),
        empty: "No block is of this question.",
    }
}

#[derive(Default)]
struct PerThread {
    born: Sums,
    released: u64,
    given: u64,
    of_others: u64,
    largest: Option<(u64, BlockId)>,
}

fn each(asking: &Asking<'_>, answer: &Answer) -> Vec<Row> {
    let mut threads: BTreeMap<ThreadNumber, PerThread> = BTreeMap::new();
    for group in answer.groups.rows() {
        let Key::Threads(born, released) = group.key else { continue };
        let giver = threads.entry(born).or_default();
        giver.born.add(&group.sums);
        giver.largest = giver.largest.max(Some((group.sums.bytes, group.example)));
        let Some(released) = released else { continue };
        if released != born {
            giver.given += group.sums.blocks;
        }
        let taker = threads.entry(released).or_default();
        taker.released += group.sums.blocks;
        if released != born {
            taker.of_others += group.sums.blocks;
        }
    }
    let model = asking.data.model.read();
    let row = |(thread, sums): (ThreadNumber, PerThread)| {
        let numbers = [sums.born.blocks, sums.released, sums.given, sums.of_others, sums.born.left_blocks];
        let [born, released, given, of_others, left] = numbers.map(format::count);
        Row {
            cells: vec![
                format!("{}  {}", thread.0, thread_name(&model, thread)),
                born,
                format::bytes(sums.born.bytes),
                released,
                given,
                of_others,
                left,
            ],
            keys: [numbers[0], sums.born.bytes, numbers[1], numbers[2], numbers[3], numbers[4]].map(key).to_vec(),
            key: Some(Key::Thread(thread)),
            thing: sums.largest.and_then(|(_, id)| block(id)),
            narrow: Some(Narrow::Threads(Some(thread), None)),
            ..Row::default()
        }
    };
    threads.into_iter().map(row).collect()
}

fn notes(answer: &Answer) -> Vec<String> {
    let mut crossed = Sums::default();
    for group in answer.groups.rows() {
        if matches!(group.key, Key::Threads(born, Some(released)) if born != released) {
            crossed.add(&group.sums);
        }
    }
    vec![format!(
        "{} of {} blocks ({}) are released on another thread than the one that made them.",
        format::count(crossed.blocks),
        format::count(answer.total.blocks),
        format::percent(crossed.blocks, answer.total.blocks),
    )]
}

/// Blocks, their bytes, and the largest: its bytes and its number.
type Crossed = (u64, u64, (u64, BlockId));

/// Places that make what other threads release.
fn crossing(asking: &Asking<'_>) -> Option<Sheet> {
    let mut by_stack: HashMap<(StackId, ThreadNumber, ThreadNumber), Crossed> = HashMap::new();
    asking.select(&asking.key.which, &mut |model, id| {
        let blocks = model.blocks();
        let (born, Some(released)) = (blocks.thread(id), blocks.freed_by(id)) else { return };
        if born != released {
            let size_bytes = blocks.size_bytes(id);
            let sums = by_stack.entry((blocks.birth_stack(id), born, released)).or_insert((0, 0, (0, id)));
            *sums = (sums.0 + 1, sums.1.saturating_add(size_bytes), sums.2.max((size_bytes, id)));
        }
    })?;
    type Place = (Option<SiteId>, Origin, ThreadNumber, ThreadNumber);
    let mut places: HashMap<Place, Crossed> = HashMap::new();
    for ((stack, born, released), sums) in by_stack {
        let summary = asking.data.names.summary(stack);
        let place = (summary.site.as_ref().map(|site| site.0), summary.origin(), born, released);
        let all = places.entry(place).or_insert((0, 0, sums.2));
        *all = (all.0 + sums.0, all.1.saturating_add(sums.1), all.2.max(sums.2));
    }
    let mut places: Vec<_> = places.into_iter().collect();
    places.sort_by_key(|(place, sums)| (std::cmp::Reverse((sums.1, sums.0)), *place));
    let model = asking.data.model.read();
    let names = &asking.data.names;
    let row = |((site, origin, born, released), (number, bytes, largest)): (Place, Crossed)| {
        let site_key = Key::Site(site, origin);
        Row {
            cells: vec![
                name_of(names, &site_key, "place unknown"),
                thread_name(&model, born).to_string(),
                thread_name(&model, released).to_string(),
                format::count(number),
                format::bytes(bytes),
            ],
            keys: vec![i64::from(born.0), i64::from(released.0), key(number), key(bytes)],
            hover: hover_of(names, &site_key),
            thing: block(largest.1),
            place: place_of(names, &site_key),
            narrow: Some(Narrow::Threads(Some(born), Some(released))),
            key: Some(site_key),
            ..Row::default()
        }
    };
    Some(Sheet {
        notes: Vec::new(),
        columns: vec![
            heading("born at", "The first frame of the program's own code", 0),
            heading("born on", "The thread that allocates", 110),
            heading("released on", "The thread that releases", 110),
            heading("blocks", "How many", 76),
            heading("bytes", "Their bytes", 84),
        ],
        rows: places.into_iter().map(row).collect(),
        empty: "No block is released on another thread than the one that made it.",
    })
}
