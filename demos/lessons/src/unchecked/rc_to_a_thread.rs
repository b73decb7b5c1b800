//! If a plain count could be shared by threads: two count at the same moment, and one owner is forgotten.

use crate::beat;
use dropscope::{mark, scope};
use std::thread;

struct Shared {
    text: String,
    owners: usize,
}

/// Counts as `Rc` does: reads the number, then writes it back.
struct Owner(*mut Shared);

// SAFETY: none, that is the mistake: two threads may count at the same moment.
unsafe impl Send for Owner {}

impl Owner {
    /// One more owner. `meanwhile` is what another thread happens to do between the reading and the writing.
    fn share(&self, meanwhile: impl FnOnce()) -> Owner {
        // SAFETY: the value is there while an owner is, if the count is right.
        let seen = unsafe { (*self.0).owners };
        meanwhile();
        // SAFETY: as above.
        unsafe { (*self.0).owners = seen + 1 };
        Owner(self.0)
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        // SAFETY: as in `share`; whoever counts to 0 is the last owner.
        unsafe {
            (*self.0).owners -= 1;
            if (*self.0).owners == 0 {
                drop(Box::from_raw(self.0));
            }
        }
    }
}

/// Four owners, two of them counted at the same moment.
pub fn run() {
    let _scope = scope!("run");
    let first = Owner(Box::into_raw(Box::new(Shared { text: String::with_capacity(911), owners: 1 })));
    let second = first.share(|| ());
    let mut theirs = None;
    let work = move || (second.share(beat), second);
    let third = first.share(|| theirs = thread::spawn(work).join().ok());
    // SAFETY: all owners are there.
    mark!(if unsafe { (*first.0).owners } == 3 { "four owners, and the count is 3" } else { "the count is right" });
    let Some((fourth, second)) = theirs else { return };
    drop((first, third));
    beat();
    drop(second);
    mark!("one owner is left, and the value is gone");
    std::mem::forget(fourth);
    beat();
}
