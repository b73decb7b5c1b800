//! Types without anything to clean up: at the end of their lives nothing happens at all.

use crate::beat;
use dropscope::{mark, scope};
use std::mem::needs_drop;

/// Plain data, references included: nothing in it owns anything.
struct Sample<'a> {
    value: f64,
    channels: [u16; 4],
    unit: &'a str,
}

/// Asks the compiler, then releases two lists: one of plain data, one of owners.
pub fn run() {
    mark!(if needs_drop::<u64>() { "u64 needs drop" } else { "u64 needs no drop" });
    mark!(if needs_drop::<&String>() { "&String needs drop" } else { "&String needs no drop" });
    mark!(if needs_drop::<Sample>() { "Sample needs drop" } else { "Sample needs no drop" });
    mark!(if needs_drop::<String>() { "String needs drop" } else { "String needs no drop" });
    mark!(if needs_drop::<Vec<u64>>() { "Vec<u64> needs drop" } else { "Vec<u64> needs no drop" });
    beat();
    {
        let _scope = scope!("a variable of plain data");
        let sample = Sample { value: 0.5, channels: [1, 2, 3, 4], unit: "mV" };
        beat();
    }
    {
        let _scope = scope!("a list of plain data");
        let samples = vec![7_u64; 125];
        beat();
    }
    {
        let _scope = scope!("a list of owners");
        let names = vec![String::with_capacity(1091), String::with_capacity(1092), String::with_capacity(1093)];
        beat();
    }
    beat();
}
