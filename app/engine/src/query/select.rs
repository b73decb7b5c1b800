//! The blocks themselves that a question is about, for pictures that no group can give.

use super::ask::Cancel;
use super::grouping::is_wanted;
use super::naming::{Naming, needs_of};
use super::scan::Scan;
use super::tally::{ALIVE, RawKey};
use super::{ModelRef, Query, Side, Which};
use crate::hash::FastMap;
use crate::ids::BlockId;
use crate::model::Model;
use crate::names::Names;

/// Gives the blocks that `which` is true of to `take`, some thousand at a time with the model they are of and how much
/// has been gone through, from 0 to 1; in order of birth, or of release where `which` is about releases. None where
/// `cancel` ended it.
///
/// Looks names up where `which` needs them, which may read and parse the program's file: call it off the window's
/// thread. `take` is called with the model locked: it should be quick.
pub fn select(
    model: ModelRef<'_>,
    names: &Names,
    which: &Which,
    cancel: &Cancel,
    take: &mut dyn FnMut(&Model, &[BlockId], f32),
) -> Option<()> {
    let query = Query { which: which.clone(), ..Query::default() };
    let mut scan = model.with(|model| Scan::begin(model, &query));
    let needs = [needs_of(&query, Side::Birth), needs_of(&query, Side::Release)];
    let mut naming = Naming::new(names);
    let mut known: FastMap<RawKey, bool> = FastMap::default();
    let (mut found, mut wanted) = (Vec::new(), Vec::new());
    // Neighbours are often alike, and all of them where no name is asked for.
    let mut last: Option<(RawKey, bool)> = None;
    while model.with(|model| scan.collect(model, &mut found)) {
        wanted.clear();
        for (key, block) in found.drain(..) {
            let is_it = match last {
                Some((last, is_it)) if last == key => is_it,
                _ if cancel.is_cancelled() => return None,
                _ => *known.entry(key).or_insert_with(|| {
                    naming.look_up(key.birth, needs[0]);
                    if key.death != ALIVE {
                        naming.look_up(key.death, needs[1]);
                    }
                    is_wanted(&query, &naming, key).unwrap_or(false)
                }),
            };
            last = Some((key, is_it));
            if is_it {
                wanted.push(block);
            }
        }
        if cancel.is_cancelled() {
            return None;
        }
        model.with(|model| take(model, &wanted, scan.fraction()));
    }
    (!cancel.is_cancelled()).then_some(())
}
