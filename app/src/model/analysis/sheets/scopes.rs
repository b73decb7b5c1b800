//! Which scopes blocks are born in, or released in.

use super::columns::{Column, heading, sheet as all};
use crate::model::analysis::ScopesBy;
use crate::model::analysis::ask::{Asking, Content};
use crate::model::analysis::sheet::{Narrow, Sheet};
use dropscope_engine::Names;
use dropscope_engine::query::{Answer, GroupBy, InScope, Key, Side};

pub(in super::super) fn sheet(asking: &Asking<'_>) -> Option<Sheet> {
    let side = if asking.key.options.scopes_by == ScopesBy::Released { Side::Release } else { Side::Birth };
    let names = &asking.data.names;
    let has_scopes = !asking.data.model.read().scopes().is_empty();
    let content = |answer: &Answer| Content::Sheet(of_answer(names, answer, side, has_scopes));
    let answer = asking.ask_showing(&asking.key.which, GroupBy::Scope(side), asking.key.measure, &content)?;
    Some(of_answer(names, &answer, side, has_scopes))
}

fn of_answer(names: &Names, answer: &Answer, side: Side, has_scopes: bool) -> Sheet {
    let columns = [Column::Blocks, Column::Bytes, Column::Share, Column::LeftBytes, Column::MeanLife];
    let name = heading("innermost scope", "The program's own name for it", 0);
    let mut sheet = all(names, answer, name, &columns, "No block is of this question.");
    for row in &mut sheet.rows {
        row.is_weak = !matches!(row.key, Some(Key::Scope(Some(_))));
        row.narrow = match row.key {
            Some(Key::Scope(Some(name))) => Some(Narrow::Scope(side, InScope::Named(name))),
            Some(Key::Scope(None)) => Some(Narrow::Scope(side, InScope::Outside)),
            _ => None,
        };
    }
    if !has_scopes {
        sheet.notes.push("The program marks no scopes: put `dropscope::scope!(\"name\");` into its blocks.".to_owned());
    }
    sheet
}
