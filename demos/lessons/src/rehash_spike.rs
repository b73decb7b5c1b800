//! A `HashMap` that is full makes a new table and puts every entry into it: one insert pays for all.

use crate::beat;
use dropscope::{operation, scope};
use std::collections::HashMap;

const ENTRIES: usize = 5_000;

/// The same inserts twice, each one timed: into a map that grows, then into one that has room from the start.
pub fn run() {
    {
        let _scope = scope!("grows as needed");
        let mut map = HashMap::new(); // an empty map owns no memory
        fill(&mut map);
        beat();
    }
    beat();
    {
        let _scope = scope!("asked once");
        let mut map = HashMap::with_capacity(ENTRIES);
        fill(&mut map);
        beat();
    }
    beat();
}

/// One operation for each insert, so that the slow ones can be seen among the others.
fn fill(map: &mut HashMap<usize, usize>) {
    for key in 0..ENTRIES {
        let _operation = operation!("insert");
        map.insert(key, key * key);
    }
}
