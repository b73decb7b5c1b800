//! Where blocks are born.

use super::columns::{Column, heading, sheet as all};
use crate::model::analysis::ask::{Asking, Content};
use crate::model::analysis::sheet::Sheet;
use dropscope_engine::Names;
use dropscope_engine::query::{Answer, GroupBy, Side};

pub(in super::super) fn sheet(asking: &Asking<'_>) -> Option<Sheet> {
    let (key, names) = (asking.key, &asking.data.names);
    let group = GroupBy::Site(Side::Birth);
    let content = |answer: &Answer| Content::Sheet(of_answer(names, answer));
    asking.ask_showing(&key.which, group, key.measure, &content).map(|answer| of_answer(names, &answer))
}

fn of_answer(names: &Names, answer: &Answer) -> Sheet {
    let mut columns =
        vec![Column::Blocks, Column::Bytes, Column::Share, Column::LeftBytes, Column::MeanLife, Column::PeakShare];
    if answer.total.usable_bytes > 0 {
        columns.insert(2, Column::Usable);
    }
    let name = heading("born at", "The first frame of the program's own code", 0);
    all(names, answer, name, &columns, "No block is of this question.")
}
