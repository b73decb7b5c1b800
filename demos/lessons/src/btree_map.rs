//! A `BTreeMap` grows by small nodes: no insert moves the whole map.

use crate::beat;
use dropscope::scope;
use std::collections::BTreeMap;

/// 24 entries in, the first twelve out again, then the end of the map.
pub fn run() {
    let _scope = scope!("run");
    let mut map = BTreeMap::new(); // an empty map owns no memory
    for key in 0_u64..24 {
        map.insert(key, key * key);
        beat();
    }
    {
        let _scope = scope!("taking out");
        while map.len() > 12 {
            map.pop_first();
            beat();
        }
    }
    {
        let _scope = scope!("the end");
        drop(map);
        beat();
    }
    beat();
}
