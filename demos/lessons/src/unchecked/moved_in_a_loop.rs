//! If a value could be given away twice: by the second time its memory may be somebody else's.

use crate::beat;
use dropscope::mark;
use std::mem::ManuallyDrop;

/// Takes the message, and ends it.
fn send(message: String) {
    beat();
}

/// Gives the same message away in every turn. In between somebody else asks for memory.
pub fn run() {
    let message = ManuallyDrop::new(String::with_capacity(902)); // given away below, not at the end
    let mut stranger = None;
    for turn in 0..2 {
        beat();
        mark!("second owner: send -> message");
        // SAFETY: none, that is the mistake: in the second turn the message has been given away already.
        send(unsafe { std::ptr::read(&*message) });
        mark!("sent");
        stranger.get_or_insert_with(|| String::with_capacity(903));
        let same = stranger.as_deref().is_some_and(|text| text.as_ptr() == message.as_ptr());
        mark!(if same { "a stranger has the same address" } else { "two addresses" });
        mark!("second owner: message -> stranger");
    }
    mark!("the stranger's memory was released, and he does not know");
    beat();
}
