//! What the selection is in every view: the rows and nodes that it belongs to.

use super::graph::{ROOT, id_below};
use crate::model::document::Data;
use crate::model::scene::Thing;
use dropscope_engine::query::{Key, LifetimeClass, SizeClass};
use dropscope_engine::{BlockId, FunctionId, Location};
use std::collections::HashSet;
use std::sync::Arc;

/// The rows and nodes that something belongs to.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Traits {
    /// Keys of rows.
    pub keys: HashSet<Key>,
    /// Ids of nodes, of all trees and both directions; see [`super::graph::Node::id`].
    pub nodes: HashSet<u64>,
    /// Where it was born, in the source.
    pub place: Option<Arc<Location>>,
}

impl Traits {
    /// Finds them. Looks names up: call it off the window's thread.
    pub fn find(data: &Data, thing: Thing) -> Traits {
        match thing {
            Thing::Block(block) => of_block(data, block),
            Thing::Scope(scope) => {
                let name = data.model.read().scope(scope).map(|scope| scope.name);
                Traits { keys: name.map(|name| Key::Scope(Some(name))).into_iter().collect(), ..Traits::default() }
            }
            Thing::Operation(_) | Thing::Mark(_) => Traits::default(),
        }
    }
}

fn of_block(data: &Data, block: BlockId) -> Traits {
    let (birth, death, born_on, released_on, size_bytes, lifetime_ns) = {
        let model = data.model.read();
        let blocks = model.blocks();
        if !blocks.contains(block) {
            return Traits::default();
        }
        (
            blocks.birth_stack(block),
            blocks.death_stack(block),
            blocks.thread(block),
            blocks.freed_by(block),
            blocks.size_bytes(block),
            blocks.lifetime_ns(block),
        )
    };
    let mut traits = Traits::default();
    let keys = &mut traits.keys;
    let summary = data.names.summary(birth);
    keys.insert(Key::Site(summary.site.as_ref().map(|site| site.0), summary.origin()));
    keys.insert(Key::Thread(born_on));
    keys.insert(Key::Threads(born_on, released_on));
    keys.insert(Key::SizeClass(SizeClass::of(size_bytes)));
    traits.place = summary.site.as_ref().map(|(_, location)| Arc::clone(location));
    add_calls(&mut traits.nodes, &data.names.functions(birth));
    match death {
        Some(death) => {
            let summary = data.names.summary(death);
            keys.extend(lifetime_ns.map(|ns| Key::LifetimeClass(LifetimeClass::of(ns))));
            keys.insert(Key::ReleaseSite(summary.site.as_ref().map(|site| site.0)));
            let owner = |owner: Option<&Arc<str>>| Key::Owner(owner.cloned());
            keys.insert(owner(summary.owners.first()));
            keys.insert(owner(summary.owners.last()));
            add_calls(&mut traits.nodes, &data.names.functions(death));
            let chain = summary.owners.iter().map(|owner| Key::Owner(Some(Arc::clone(owner))));
            let none = summary.owners.is_empty().then_some(Key::Owner(None));
            add_path(&mut traits.nodes, chain.chain(none));
        }
        None => {
            keys.insert(Key::Alive);
            add_path(&mut traits.nodes, std::iter::once(Key::Alive));
        }
    }
    traits
}

/// Both directions of a stack.
fn add_calls(nodes: &mut HashSet<u64>, functions: &[FunctionId]) {
    add_path(nodes, functions.iter().map(|&function| Key::Function(function)));
    add_path(nodes, functions.iter().rev().map(|&function| Key::Function(function)));
}

fn add_path(nodes: &mut HashSet<u64>, path: impl Iterator<Item = Key>) {
    let mut at = ROOT;
    for key in path {
        at = id_below(at, &key);
        nodes.insert(at);
    }
}
