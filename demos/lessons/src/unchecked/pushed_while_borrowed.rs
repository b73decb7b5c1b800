//! If a list could grow under a reference: the elements move, and the reference stays behind.

use crate::beat;
use dropscope::{mark, scope};

/// Keeps the address of an element over a `push`.
pub fn run() {
    let _scope = scope!("run");
    let mut numbers = [7_u64; 57].to_vec();
    let behind = String::with_capacity(909); // in the way: the block cannot grow where it is
    let first: *const u64 = &raw const numbers[0];
    mark!("points into: first -> numbers");
    beat();
    numbers.push(8);
    mark!(if first == &raw const numbers[0] { "the element is where it was" } else { "the elements have moved" });
    beat();
    // SAFETY: none, that is the mistake: the block that this address was taken from has been released.
    let seen = unsafe { first.read() };
    mark!(if seen == 7 { "the reference sees 7" } else { "the reference sees no 7, and nobody changed it" });
    beat();
}
