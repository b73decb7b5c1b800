//! Whether a program has the tracker in it, by the mark that the tracker leaves in every program it is attached to.

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Kept in step with the static of the same bytes in the tracker's allocator.
const MARK: &[u8] = b"dropscope-tracker-attached";
const ELF_MAGIC: &[u8] = b"\x7fELF";
const PIECE_BYTES: usize = 1 << 20;

/// What kind of file a program is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Attached {
    /// It has the tracker.
    Yes,
    /// It is a program without the tracker.
    No,
    /// It is not machine code, so what it starts may be recorded, or not readable.
    Script,
}

/// Reads the program file at `path` for the mark.
pub(super) fn attached(path: &Path) -> Attached {
    let Ok(mut file) = File::open(path) else { return Attached::Script };
    let mut piece = Vec::with_capacity(PIECE_BYTES + MARK.len());
    let mut is_first = true;
    loop {
        // The end of the last piece stays in front: the mark may lie across the border.
        let kept = piece.len().min(MARK.len() - 1);
        piece.drain(..piece.len() - kept);
        match file.by_ref().take(PIECE_BYTES as u64).read_to_end(&mut piece) {
            Ok(0) | Err(_) => return if is_first { Attached::Script } else { Attached::No },
            Ok(_) => {}
        }
        if std::mem::take(&mut is_first) && !piece.starts_with(ELF_MAGIC) {
            return Attached::Script;
        }
        if contains(&piece, MARK) {
            return Attached::Yes;
        }
    }
}

/// Looks at every place where the mark's rarest byte, its first hyphen, stands: far quicker than comparing windows.
fn contains(bytes: &[u8], mark: &[u8]) -> bool {
    let Some(rare_at) = mark.iter().position(|byte| *byte == b'-') else { return false };
    let mut from = 0;
    while let Some(found) = bytes.get(from..).and_then(|rest| rest.iter().position(|byte| *byte == b'-')) {
        let at = from + found;
        if at >= rare_at && bytes.get(at - rare_at..).is_some_and(|rest| rest.starts_with(mark)) {
            return true;
        }
        from = at + 1;
    }
    false
}
