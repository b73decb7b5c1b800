//! Whether this is the program that the preloaded library has been loaded for.
//!
//! A library that is preloaded goes into everything that the program starts, and into what starts it (`env` in a
//! script's first line, a wrapper that becomes another program). The launcher says which executable is meant; where it
//! cannot know that, who it is itself: what its own child becomes is meant then.

use crate::environment;
use crate::guard::Guard;
use crate::start;
use crate::state::{self, Phase};
use std::ffi::OsStr;
use std::fs::File;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;

/// The executable's path, with all links resolved. Or the number of a process and the names of programs, by blanks: its
/// child is meant, as soon as it is none of these.
const EXECUTABLE: &str = "DROPSCOPE_PRELOAD_FOR";

const PIECE_BYTES: usize = 64 << 10;

/// Where the launcher has named another executable than this process's, nothing will be recorded. To be called before
/// the first event.
pub(crate) fn stay_idle_in_others() {
    let _own = Guard::own_work();
    let Some(chosen) = environment::variable(EXECUTABLE) else { return };
    let Ok(here) = std::fs::read_link("/proc/self/exe") else { return };
    let is_meant = if chosen.as_bytes().first().is_some_and(u8::is_ascii_digit) {
        let name = here.file_name().unwrap_or_default();
        is_child_and_not(chosen.as_bytes(), name) && !File::open("/proc/self/exe").is_ok_and(has_tracker)
    } else {
        here.as_os_str() == chosen
    };
    if !is_meant {
        state::change(Phase::Unknown, Phase::Idle, 0);
    }
}

/// Whether this process, which is the program `name`, is what [`EXECUTABLE`] says in its second form.
fn is_child_and_not(parent_and_names: &[u8], name: &OsStr) -> bool {
    let mut words = parent_and_names.split(|byte| *byte == b' ');
    let is_child = words.next() == Some(std::os::unix::process::parent_id().to_string().as_bytes());
    is_child && !words.any(|word| word == name.as_bytes())
}

/// Whether the tracker is in this program: then it records itself.
fn has_tracker(program: impl Read) -> bool {
    contains(program, start::ATTACHED)
}

fn contains<const N: usize>(mut from: impl Read, mark: [u8; N]) -> bool {
    let mut piece = Vec::with_capacity(PIECE_BYTES + N);
    loop {
        // The end of the last piece stays in front: the mark may lie across the border.
        piece.drain(..piece.len().saturating_sub(N - 1));
        match from.by_ref().take(PIECE_BYTES as u64).read_to_end(&mut piece) {
            Ok(0) | Err(_) => return false,
            Ok(_) if piece.windows(N).any(|window| window[N - 1] == mark[N - 1] && window == mark) => return true,
            Ok(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_found_wherever_it_lies() {
        let mark = *b"a mark that is looked for";
        for at in [0, 1, PIECE_BYTES - 1, PIECE_BYTES - 20, PIECE_BYTES, 3 * PIECE_BYTES - 24] {
            let mut bytes = vec![b'r'; 4 * PIECE_BYTES];
            assert!(!contains(&bytes[..], mark));
            bytes[at..at + mark.len()].copy_from_slice(&mark);
            assert!(contains(&bytes[..], mark), "at {at}");
        }
    }

    #[test]
    fn the_child_of_the_launcher_is_meant_unless_it_only_starts_others() {
        let parent = std::os::unix::process::parent_id();
        let is_meant = |chosen: String| is_child_and_not(chosen.as_bytes(), OsStr::new("python3.11"));
        assert!(is_meant(format!("{parent}")) && is_meant(format!("{parent} sh bash python3")));
        assert!(!is_meant(format!("{parent} sh python3.11 bash")));
        assert!(!is_meant(format!("{}", std::process::id())));
    }
}
