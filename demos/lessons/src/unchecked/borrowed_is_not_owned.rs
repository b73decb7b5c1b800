//! If a reference could pass for an owner: what was never allocated is released.

use crate::beat;
use dropscope::{mark, scope};

/// Owns the number, and with it a block; so it believes.
fn consume(number: Box<u64>) {
    let _scope = scope!("consume");
    let sum = *number + 1;
    beat();
}

/// Passes the address of a number on the stack.
pub fn run() {
    let mut numbers = [0_u64; 8];
    numbers[4] = 7;
    let beside = String::with_capacity(926);
    beat();
    mark!("the number lies on the stack");
    mark!("borrow begins: consume -> numbers");
    // SAFETY: none, that is the mistake: the number was never allocated.
    consume(unsafe { Box::from_raw(&raw mut numbers[4]) });
    mark!("consumed");
    beat();
}
