//! Where blocks are born.

use super::columns::{Column, heading, sheet as all};
use crate::model::analysis::sheet::Sheet;
use dropscope_engine::Names;
use dropscope_engine::query::Answer;

pub(in super::super) fn sheet(names: &Names, answer: &Answer) -> Sheet {
    let columns =
        [Column::Blocks, Column::Bytes, Column::Share, Column::LeftBytes, Column::MeanLife, Column::PeakShare];
    let name = heading("born at", "The first frame of the program's own code", 0);
    all(names, answer, name, &columns, "No block is of this question.")
}
