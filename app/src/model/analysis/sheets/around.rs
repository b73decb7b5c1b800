//! One function of a call tree: who calls it, and whom it calls.

use super::columns::heading;
use super::columns::{Column, headings};
use crate::model::analysis::graph::Graph;
use crate::model::analysis::sheet::{Row, Sheet};
use crate::model::describe::short_function;
use dropscope_engine::query::{Answer, Key, Sums};

const COLUMNS: [Column; 5] = [Column::Bytes, Column::Blocks, Column::Share, Column::LeftBytes, Column::MeanLife];

pub(in super::super) fn sheet(graph: &Graph, answer: &Answer, function: &Key) -> Sheet {
    let around = graph.around(function);
    let empty = "This function is on no stack of this question.";
    let Some(label) = &around.label else {
        return Sheet { empty, ..Sheet::default() };
    };
    let name = short_function(label);
    let mut rows: Vec<Row> = Vec::new();
    for (key, label, sums) in &around.callers {
        let words = if *key == Key::All { "the beginning of the stack".to_owned() } else { short_function(label) };
        rows.push(row(answer, format!("called by   {words}"), label, Some(key.clone()), sums));
    }
    rows.push(row(answer, name.clone(), label, Some(function.clone()), &around.total));
    rows.push(row(answer, format!("{name} itself"), label, None, &around.own));
    for (key, label, sums) in &around.callees {
        rows.push(row(answer, format!("calls   {}", short_function(label)), label, Some(key.clone()), sums));
    }
    Sheet {
        notes: vec![format!("Around `{name}`. Click a caller or a callee to go there.")],
        columns: headings(heading("function", "Callers above, callees below", 0), &COLUMNS),
        rows,
        empty,
    }
}

fn row(answer: &Answer, name: String, label: &str, key: Option<Key>, sums: &Sums) -> Row {
    let (mut cells, keys): (Vec<String>, Vec<i64>) = COLUMNS.iter().map(|column| column.cell(answer, sums)).unzip();
    cells.insert(0, name);
    Row { cells, keys, hover: label.to_owned(), is_weak: key.is_none(), key, ..Row::default() }
}
