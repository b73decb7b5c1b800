//! The tables: what each shows, made of the engine's answers.

pub(super) mod around;
mod columns;
pub(super) mod growth;
pub(super) mod leaks;
pub(super) mod operations;
pub(super) mod outlived;
pub(super) mod reallocs;
pub(super) mod scopes;
pub(super) mod short_lived;
pub(super) mod sites;
pub(super) mod threads;
pub(super) mod types;

use crate::model::describe::{column_place, long_place, short_function};
use crate::model::scene::Thing;
use dropscope_engine::query::Key;
use dropscope_engine::{BlockId, Location, Names, Origin, SiteId};
use std::sync::Arc;

/// What a click on a block's row shows.
pub(super) fn block(id: BlockId) -> Option<Thing> {
    (id.0 > 0).then_some(Thing::Block(id))
}

/// The place that a key stands for.
pub(super) fn place_of(names: &Names, key: &Key) -> Option<Arc<Location>> {
    match key {
        Key::Site(site, _) | Key::ReleaseSite(site) => location(names, *site),
        Key::OwnerAndSite(_, site) => location(names, *site),
        _ => None,
    }
}

fn location(names: &Names, site: Option<SiteId>) -> Option<Arc<Location>> {
    site.and_then(|site| names.location(site))
}

/// `main.rs:13:9   run`; where no file is known, the function alone.
fn place_words(at: &Location) -> String {
    if at.file.is_none() {
        return short_function(&at.function);
    }
    format!("{}   {}", column_place(at), short_function(&at.function))
}

/// What a key is called in a table: places in short, all else as the engine says it.
pub(super) fn name_of(names: &Names, key: &Key, label: &str) -> String {
    match (key, place_of(names, key)) {
        (Key::Site(_, Origin::Static), Some(at)) => format!("{}   (for a static)", place_words(&at)),
        (_, Some(at)) => place_words(&at),
        (Key::Site(None, Origin::Runtime), None) => "the runtime's own".to_owned(),
        (Key::Owner(None), None) => "no drop glue on the stack".to_owned(),
        _ => label.to_owned(),
    }
}

/// The same in full.
fn hover_of(names: &Names, key: &Key) -> String {
    place_of(names, key).map_or_else(String::new, |at| match at.file {
        Some(_) => format!("{}\n{}", at.function, long_place(&at)),
        None => at.function.to_string(),
    })
}
