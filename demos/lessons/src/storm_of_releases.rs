//! A large map goes out of scope: thousands of releases at one brace, and a way to spread them.

use crate::beat;
use dropscope::{operation, scope};
use std::collections::HashMap;

const ENTRIES: usize = 1_000;

/// The same map twice: dropped while a request waits, then taken apart a little with each request.
pub fn run() {
    {
        let _scope = scope!("all at once");
        let map = sessions(1411);
        beat();
        {
            let _operation = operation!("request");
            drop(map);
        }
        beat();
    }
    beat();
    {
        let _scope = scope!("a little at a time");
        let mut rest = sessions(1412).into_values(); // owns the table and all that is left in it
        beat();
        for _ in 0..20 {
            {
                let _operation = operation!("request");
                rest.by_ref().take(50).for_each(drop);
            }
            beat();
        }
    }
    beat();
}

/// A map with room for all its entries and a text in each.
fn sessions(text_bytes: usize) -> HashMap<usize, String> {
    let mut map = HashMap::with_capacity(ENTRIES);
    for id in 0..ENTRIES {
        map.insert(id, String::with_capacity(text_bytes));
    }
    map
}
