//! One function of a call tree: who calls it, and whom it calls.

use super::columns::{Column, heading, headings, key};
use crate::format;
use crate::model::analysis::around::{Around, Both};
use crate::model::analysis::graph::Graph;
use crate::model::analysis::sheet::{Heading, Row, Sheet};
use crate::model::describe::short_function;
use dropscope_engine::query::{Answer, Key, Measure};

const COLUMNS: [Column; 5] = [Column::Bytes, Column::Blocks, Column::Share, Column::LeftBytes, Column::MeanLife];

pub(in super::super) fn sheet(graph: &Graph, answer: &Answer, function: &Key) -> Sheet {
    let around = Around::of(graph, function);
    let empty = "This function is on no stack of this question.";
    let Some(label) = &around.label else {
        return Sheet { empty, ..Sheet::default() };
    };
    let name = short_function(label);
    let row = |name, label: &str, key, sums: &Both| match graph.is_difference {
        true => change_row(answer.query.measure, name, label, key, sums),
        false => row(answer, name, label, key, sums),
    };
    let mut rows: Vec<Row> = Vec::new();
    for (key, label, sums) in &around.callers {
        let words = if *key == Key::All { "the beginning of the stack".to_owned() } else { short_function(label) };
        rows.push(row(format!("called by   {words}"), label, Some(key.clone()), sums));
    }
    rows.push(row(name.clone(), label, Some(function.clone()), &around.total));
    rows.push(row(format!("{name} itself"), label, None, &around.own));
    for (key, label, sums) in &around.callees {
        rows.push(row(format!("calls   {}", short_function(label)), label, Some(key.clone()), sums));
    }
    let first = heading("function", "Callers above, callees below", 0);
    let columns = if graph.is_difference { change_headings(first) } else { headings(first, &COLUMNS) };
    Sheet { notes: vec![format!("Around `{name}`. Click a caller or a callee to go there.")], columns, rows, empty }
}

fn row(answer: &Answer, name: String, label: &str, key: Option<Key>, sums: &Both) -> Row {
    let (mut cells, keys): (Vec<String>, Vec<i64>) =
        COLUMNS.iter().map(|column| column.cell(answer, &sums.now)).unzip();
    cells.insert(0, name);
    Row { cells, keys, hover: label.to_owned(), is_weak: key.is_none(), key, ..Row::default() }
}

/// The columns of a comparison, as the tree has them.
fn change_headings(first: Heading) -> Vec<Heading> {
    vec![
        first,
        heading("change", "How much more there is now", 100),
        heading("before", "In what it is compared with", 84),
        heading("now", "In the question", 84),
        heading("blocks", "How many more blocks there are now", 84),
        heading("left bytes", "How much more is never released now", 100),
    ]
}

fn change_row(measure: Measure, name: String, label: &str, key_of_row: Option<Key>, sums: &Both) -> Row {
    let amount = |number: u64| format::measured(measure, number);
    let (before, now) = (measure.of(&sums.before), measure.of(&sums.now));
    let (blocks, left) = (sums.change(Measure::Blocks), sums.change(Measure::LeftBytes));
    let change = sums.change(measure);
    let cells = vec![
        name,
        format::measured_change(measure, change),
        amount(before),
        amount(now),
        format::measured_change(Measure::Blocks, blocks),
        format::measured_change(Measure::LeftBytes, left),
    ];
    Row {
        cells,
        keys: vec![change, key(before), key(now), blocks, left],
        change: Some((before, now)),
        hover: label.to_owned(),
        is_weak: key_of_row.is_none(),
        key: key_of_row,
        ..Row::default()
    }
}
