//! A `VecDeque` is a ring: it takes at one end and gives at the other, in the same block.

use crate::beat;
use dropscope::scope;
use std::collections::VecDeque;

/// A queue with a steady flow makes no event; then it gets more than it has room for.
pub fn run() {
    let _scope = scope!("run");
    let mut queue = VecDeque::with_capacity(15);
    {
        let _scope = scope!("a steady flow");
        for number in 0_u64..10 {
            queue.push_back(number);
        }
        for number in 10..100 {
            let oldest = queue.pop_front();
            queue.push_back(number);
        }
        beat();
    }
    {
        let _scope = scope!("more than it has room for");
        for number in 100..106 {
            queue.push_back(number);
            beat();
        }
    }
    {
        let _scope = scope!("emptied");
        queue.clear();
        beat();
        queue.shrink_to_fit();
        beat();
    }
    beat();
}
