//! If a destructor could be called by hand: the end of the scope calls it again.

use crate::beat;
use dropscope::{mark, scope};

struct Account {
    owner: String,
}

impl Drop for Account {
    fn drop(&mut self) {
        mark!("drop: the account is closed");
        beat();
    }
}

/// Closes an account by hand, and leaves its variable as it was.
pub fn run() {
    let mut account = Account { owner: String::with_capacity(919) };
    {
        let _scope = scope!("by hand");
        beat();
        mark!("kept: account.owner");
        // SAFETY: none, that is the mistake: the account is dropped here and once more at the end of its scope.
        unsafe { std::ptr::drop_in_place(&raw mut account) };
        beat();
    }
    mark!("closed once");
    beat();
}
