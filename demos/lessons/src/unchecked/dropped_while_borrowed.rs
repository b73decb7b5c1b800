//! If an owner could be dropped under a borrow: the borrower writes into another owner's text.

use crate::beat;
use dropscope::{mark, scope};

/// An editor keeps an address, its text is dropped, and a letter to the bank gets the memory.
pub fn run() {
    let _scope = scope!("run");
    let mut draft = [b'.'; 907].to_vec();
    let editor: *mut u8 = &raw mut draft[50];
    mark!("points into: editor -> draft");
    beat();
    drop(draft);
    beat();
    let order = [b'1'; 908].to_vec();
    beat();
    // SAFETY: none, that is the mistake: the block that this address was taken from has been released.
    unsafe { *editor = b'9' };
    mark!("the editor has written into its draft");
    mark!(if order[50] == b'1' { "the order is unchanged" } else { "the order has changed, and nobody touched it" });
    beat();
}
