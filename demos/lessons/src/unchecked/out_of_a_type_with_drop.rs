//! If a field could be moved out of a type with a `Drop`: the `Drop` works with what is somebody else's.

use crate::beat;
use dropscope::{mark, scope};

struct TempFile {
    path: String,
}

impl Drop for TempFile {
    fn drop(&mut self) {
        mark!("drop: uses self.path");
        beat();
    }
}

/// Takes the path out; the file's end then uses the path, and releases it.
fn keep_path(file: TempFile) -> String {
    let _scope = scope!("keep_path");
    mark!("second owner: the caller -> file.path");
    // SAFETY: none, that is the mistake: the file still has the same handle, and will drop it.
    unsafe { std::ptr::read(&file.path) }
}

/// Keeps a path that was released.
pub fn run() {
    let file = TempFile { path: String::with_capacity(921) };
    beat();
    let path = keep_path(file);
    mark!("the path came back");
    beat();
}
