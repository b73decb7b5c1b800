//! A `Vec` that is full asks the allocator for a block of twice the size.

use crate::beat;
use dropscope::scope;

/// 33 numbers of 8 bytes, twice: grown step by step, then with the room asked for once.
pub fn run() {
    {
        let _scope = scope!("grows as needed");
        let mut numbers: Vec<u64> = Vec::new(); // an empty Vec owns no memory
        for number in 1..=33 {
            numbers.push(number);
            beat();
        }
    }
    beat();
    {
        let _scope = scope!("asked once");
        let mut numbers: Vec<u64> = Vec::with_capacity(33);
        for number in 1..=33 {
            numbers.push(number);
            beat();
        }
    }
    beat();
}
