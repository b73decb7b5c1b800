//! Which types held the memory: told by the drop glue that released it, or else by what allocated it.

use super::block;
use super::columns::{Column, heading, headings, percent, row};
use crate::format;
use crate::model::analysis::TypesBy;
use crate::model::analysis::ask::{Asking, Content};
use crate::model::analysis::sheet::{Row, Sheet};
use crate::model::describe::short_function;
use dropscope_engine::query::{Answer, GroupBy, Key, Measure, Row as Group, Sums};
use dropscope_engine::{BlockId, Frame, FrameKind, Names};
use std::collections::HashMap;
use std::sync::Arc;

const COLUMNS: [Column; 4] = [Column::Blocks, Column::Bytes, Column::Share, Column::LeftBytes];

pub(in super::super) fn sheet(asking: &Asking<'_>) -> Option<Sheet> {
    let (names, by) = (&asking.data.names, asking.key.options.types_by);
    let content = |answer: &Answer| Content::Sheet(of_answer(names, by, answer));
    let answer = asking.ask_showing(&asking.key.which, GroupBy::Stacks, asking.key.measure, &content)?;
    Some(of_answer(names, by, &answer))
}

fn of_answer(names: &Names, by: TypesBy, answer: &Answer) -> Sheet {
    let told = told(names, by, answer);
    let measure = answer.query.measure;
    let mut rows: Vec<Row> = Vec::new();
    let (mut by_glue, mut by_frames) = (Sums::default(), Sums::default());
    for group in told.by_glue.into_values() {
        let mut row = row(names, answer, &group, &COLUMNS);
        row.cells.push(if group.is_approximate { "drop glue (approximate)" } else { "drop glue" }.to_owned());
        row.keys.push(0);
        by_glue.add(&group.sums);
        rows.push(row);
    }
    for (name, (sums, largest)) in told.by_frames {
        by_frames.add(&sums);
        rows.push(frame_row(answer, name, &sums, largest));
    }
    if told.rest.0.blocks > 0 {
        let (sums, largest) = told.rest;
        let mut row = frame_row(answer, "of no known type".to_owned(), &sums, largest);
        (row.is_weak, row.cells[COLUMNS.len() + 1]) = (true, String::new());
        rows.push(row);
    }
    let by = usize::from(measure == Measure::Bytes);
    rows.sort_by(|a, b| {
        (a.is_weak, std::cmp::Reverse(a.keys.get(by)), &a.cells).cmp(&(
            b.is_weak,
            std::cmp::Reverse(b.keys.get(by)),
            &b.cells,
        ))
    });
    let mut columns = headings(heading("type", "What held the memory", 0), &COLUMNS);
    columns.push(heading("told by", "The drop glue that released it, or the frames that allocated it", 150));
    Sheet { notes: vec![coverage(answer, &by_glue, &by_frames)], columns, rows, empty: "No block is of this question." }
}

/// How much has a type, and by what it is known.
fn coverage(all: &Answer, by_glue: &Sums, by_frames: &Sums) -> String {
    let measure = all.query.measure;
    let mut known = *by_glue;
    known.add(by_frames);
    format!(
        "{} of the {} have a type: {} by the drop glue that released them, {} by what allocated them.",
        percent(measure, &known, &all.total),
        measure.words(),
        percent(measure, by_glue, &all.total),
        percent(measure, by_frames, &all.total),
    )
}

/// A type's sums, and its largest block behind its bytes.
type ByFrames = (Sums, Option<(u64, BlockId)>);

#[derive(Default)]
struct Told {
    /// By the drop glue that released them.
    by_glue: HashMap<Arc<str>, Group>,
    /// By the frames that allocated them: those without glue, and those that are alive.
    by_frames: HashMap<String, ByFrames>,
    rest: ByFrames,
}

/// The type of each pair of stacks: each stack is looked at once, however many there are of the other side.
fn told(names: &Names, by: TypesBy, answer: &Answer) -> Told {
    let mut told = Told::default();
    let mut of_births: HashMap<_, Option<String>> = HashMap::new();
    let mut of_releases = HashMap::new();
    for group in answer.groups.rows() {
        let Key::Stacks(birth, release) = group.key else { continue };
        let owner = release.and_then(|release| {
            let owner_of = || {
                let summary = names.summary(release);
                let owners = &summary.owners;
                let owner = if by == TypesBy::Holder { owners.last() } else { owners.first() };
                owner.map(|owner| (Arc::clone(owner), summary.is_approximate))
            };
            of_releases.entry(release).or_insert_with(owner_of).clone()
        });
        if let Some((owner, is_approximate)) = owner {
            let of_type = told.by_glue.entry(owner).or_insert_with_key(nothing_of);
            of_type.sums.add(&group.sums);
            of_type.is_approximate |= is_approximate;
            (of_type.example_bytes, of_type.example) =
                (of_type.example_bytes, of_type.example).max((group.example_bytes, group.example));
            continue;
        }
        let place = match of_births.entry(birth).or_insert_with(|| type_of(&names.frames(birth))) {
            Some(name) => told.by_frames.entry(name.clone()).or_default(),
            None => &mut told.rest,
        };
        place.0.add(&group.sums);
        place.1 = place.1.max(Some((group.example_bytes, group.example)));
    }
    told
}

fn nothing_of(owner: &Arc<str>) -> Group {
    Group {
        key: Key::Owner(Some(Arc::clone(owner))),
        label: Arc::clone(owner),
        sums: Sums::default(),
        example: BlockId(0),
        example_bytes: 0,
        left_example: None,
        most_reallocated: None,
        is_approximate: false,
    }
}

fn frame_row(answer: &Answer, name: String, sums: &Sums, largest: Option<(u64, BlockId)>) -> Row {
    let (mut cells, mut keys): (Vec<String>, Vec<i64>) = COLUMNS.iter().map(|column| column.cell(answer, sums)).unzip();
    cells.insert(0, name);
    cells.push("what allocated it".to_owned());
    keys.push(1);
    let hover =
        format!("{} of {}, by the frames that allocated them", format::bytes(sums.bytes), format::count(sums.blocks));
    Row { cells, keys, hover, thing: largest.and_then(|(_, id)| block(id)), ..Row::default() }
}

/// The type that the outermost of the library's frames works for: `Vec<Item>` of `<alloc::vec::Vec<demo::Item>>::push`.
/// None where only a container is named and not what is in it.
fn type_of(frames: &[Arc<Frame>]) -> Option<String> {
    let library = frames.iter().take_while(|frame| matches!(frame.kind, FrameKind::Std | FrameKind::Shim));
    library.filter_map(|frame| type_in(&frame.function)).last()
}

/// Types of the library that hold memory.
const CONTAINERS: [&str; 14] = [
    "Vec",
    "VecDeque",
    "Box",
    "Rc",
    "Arc",
    "String",
    "HashMap",
    "HashSet",
    "BTreeMap",
    "BTreeSet",
    "BinaryHeap",
    "LinkedList",
    "CString",
    "PathBuf",
];

fn type_in(function: &str) -> Option<String> {
    let short = short_function(function);
    let name = short.rsplit_once("::").map(|(owner, _)| owner)?;
    let name = name.strip_prefix('<').and_then(|inner| inner.strip_suffix('>')).unwrap_or(name);
    let (container, arguments) = name.split_once('<').unwrap_or((name, ""));
    if !CONTAINERS.contains(&container) {
        return None;
    }
    // `Vec<T,A>`: the name of the parameter, not a type.
    let is_open = |argument: &str| {
        let argument = argument.trim().trim_end_matches('>');
        argument.len() == 1 && argument.starts_with(|letter: char| letter.is_ascii_uppercase())
    };
    let first = arguments.split(',').next().unwrap_or("");
    (arguments.is_empty() == matches!(container, "String" | "CString" | "PathBuf") && !is_open(first))
        .then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_found_in_the_names_of_what_allocates() {
        for (function, found) in [
            ("<alloc::vec::Vec<demo::Item>>::push", Some("Vec<Item>")),
            ("<alloc::boxed::Box<str> as core::convert::From<&str>>::from", Some("Box<str>")),
            ("alloc::string::String::push_str", Some("String")),
            ("<std::collections::hash::map::HashMap<u32, demo::Order>>::insert", Some("HashMap<u32, Order>")),
            // Compiled with the older way of naming: the parameter is all there is.
            ("alloc::vec::Vec<T,A>::push", None),
            ("alloc::raw_vec::RawVec<T,A>::grow_one", None),
            ("core::ops::function::FnOnce::call_once", None),
            ("main", None),
        ] {
            assert_eq!(type_in(function).as_deref(), found, "{function}");
        }
    }
}
