//! Which types held the memory: told by the drop glue that released it, or else by what allocated it.

use super::block;
use super::columns::{Column, heading, headings, percent, row};
use crate::format;
use crate::model::analysis::TypesBy;
use crate::model::analysis::ask::Asking;
use crate::model::analysis::sheet::{Row, Sheet};
use crate::model::describe::short_function;
use dropscope_engine::query::{Answer, GroupBy, Key, Measure, Side, Sums, Which};
use dropscope_engine::{BlockId, Frame, FrameKind, Names};
use std::collections::HashMap;

const COLUMNS: [Column; 4] = [Column::Blocks, Column::Bytes, Column::Share, Column::LeftBytes];

pub(in super::super) fn sheet(asking: &Asking<'_>) -> Option<Sheet> {
    let (which, measure, names) = (&asking.key.which, asking.key.measure, &asking.data.names);
    let group = match asking.key.options.types_by {
        TypesBy::Holder => GroupBy::Holder,
        TypesBy::Owner => GroupBy::Owner,
    };
    let released = asking.ask(which, group, measure)?;
    let unknown = without_glue(asking, &released)?;
    let told = told(names, &unknown);
    let mut rows: Vec<Row> = Vec::new();
    let (mut by_glue, mut by_frames) = (Sums::default(), Sums::default());
    for group in released.groups.rows() {
        if matches!(group.key, Key::Owner(Some(_))) {
            let mut row = row(names, &released, group, &COLUMNS);
            row.cells.push(if released.is_approximate { "drop glue (approximate)" } else { "drop glue" }.to_owned());
            row.keys.push(0);
            by_glue.add(&group.sums);
            rows.push(row);
        }
    }
    for (name, (sums, _, example)) in told.types {
        by_frames.add(&sums);
        rows.push(frame_row(&released, name, &sums, example));
    }
    if told.rest.0.blocks > 0 {
        let (sums, _, example) = told.rest;
        let mut row = frame_row(&released, "of no known type".to_owned(), &sums, example);
        (row.is_weak, row.cells[COLUMNS.len() + 1]) = (true, String::new());
        rows.push(row);
    }
    let by = 1 + usize::from(measure == Measure::Bytes);
    rows.sort_by(|a, b| {
        (a.is_weak, std::cmp::Reverse(a.keys.get(by - 1)), &a.cells).cmp(&(
            b.is_weak,
            std::cmp::Reverse(b.keys.get(by - 1)),
            &b.cells,
        ))
    });
    let mut columns = headings(heading("type", "What held the memory", 0), &COLUMNS);
    columns.push(heading("told by", "The drop glue that released it, or the frames that allocated it", 150));
    Some(Sheet {
        notes: vec![coverage(&released, &by_glue, &by_frames)],
        columns,
        rows,
        empty: "No block is of this question.",
    })
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

/// A type's sums, the bytes of its largest block, and which that is.
type Told = (Sums, u64, BlockId);

struct ByFrames {
    types: HashMap<String, Told>,
    rest: Told,
}

/// By birth stack: blocks that were released by no drop glue, and those that are alive.
fn without_glue(asking: &Asking<'_>, released: &Answer) -> Option<Vec<(Answer, bool)>> {
    let which = &asking.key.which;
    let mut parts = Vec::new();
    let has = |wanted: &Key| released.groups.rows().iter().any(|group| group.key == *wanted);
    if has(&Key::Owner(None)) {
        let no_glue = Which { owners: Some(Vec::new()), ..which.clone() };
        parts.push((asking.ask(&no_glue, GroupBy::Stack(Side::Birth), asking.key.measure)?, false));
    }
    if has(&Key::Alive) {
        parts.push((asking.ask(which, GroupBy::Stack(Side::Birth), asking.key.measure)?, true));
    }
    Some(parts)
}

/// The types that the frames of births name.
fn told(names: &Names, parts: &[(Answer, bool)]) -> ByFrames {
    let mut told = ByFrames { types: HashMap::new(), rest: (Sums::default(), 0, BlockId(0)) };
    for (answer, is_alive) in parts {
        for group in answer.groups.rows() {
            let Key::Stack(stack) = group.key else { continue };
            let (sums, example) = if *is_alive {
                (group.sums.left(), group.left_example.unwrap_or(BlockId(0)))
            } else {
                (group.sums, group.example)
            };
            if sums.blocks == 0 {
                continue;
            }
            let place = match type_of(&names.frames(stack)) {
                Some(name) => told.types.entry(name).or_insert((Sums::default(), 0, example)),
                None => &mut told.rest,
            };
            place.0.add(&sums);
            (place.1, place.2) = (place.1, place.2).max((sums.bytes, example));
        }
    }
    told
}

fn frame_row(answer: &Answer, name: String, sums: &Sums, example: BlockId) -> Row {
    let (mut cells, mut keys): (Vec<String>, Vec<i64>) = COLUMNS.iter().map(|column| column.cell(answer, sums)).unzip();
    cells.insert(0, name);
    cells.push("what allocated it".to_owned());
    keys.push(1);
    let hover =
        format!("{} of {}, by the frames that allocated them", format::bytes(sums.bytes), format::count(sums.blocks));
    Row { cells, keys, hover, thing: block(example), ..Row::default() }
}

/// The type that the outermost of the library's frames works for: `Vec<Item>` of `<alloc::vec::Vec<demo::Item>>::push`.
/// None where only a container is named and not what is in it.
fn type_of(frames: &[std::sync::Arc<Frame>]) -> Option<String> {
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
