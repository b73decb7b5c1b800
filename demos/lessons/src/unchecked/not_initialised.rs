//! If memory could be read before it was written: it still holds what its last owner left there.

use crate::beat;
use dropscope::{mark, scope};

/// A password ends, and a new buffer begins.
pub fn run() {
    {
        let _scope = scope!("log in");
        let mut password = [b'*'; 915].to_vec();
        password[500..505].copy_from_slice(b"swan7");
        beat();
    }
    beat();
    {
        let _scope = scope!("answer a request");
        let mut buffer: Vec<u8> = Vec::with_capacity(916);
        // SAFETY: none, that is the mistake: nothing was written into these 916 bytes.
        unsafe { buffer.set_len(916) };
        beat();
        mark!(if &buffer[500..505] == b"swan7" { "the answer contains: swan7" } else { "the answer is empty" });
        beat();
    }
    beat();
}
