//! Recordings of every version of the format stay readable, and say what they said.

use crate::support::{encode, expected, invent, module, process, read};
use dropscope_format::{EndKind, State, VERSION};
use std::path::{Path, PathBuf};

fn golden(version: u32) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/v{version}.dscope"))
}

/// Each file was written once, by its version, with `DROPSCOPE_WRITE_GOLDEN=1`; a later version adds a file of its own and
/// leaves the others alone.
#[test]
fn every_version_reads_as_it_was_written() {
    let invented = invent(42, 25);
    if std::env::var_os("DROPSCOPE_WRITE_GOLDEN").is_some() {
        std::fs::write(golden(VERSION), encode(&invented, Some(EndKind::Killed(9)))).unwrap();
    }
    for version in 1..=VERSION {
        let read = read(&golden(version));
        assert_eq!(read.told, expected(&invented), "version {version}");
        assert!(read.told.len() > 3000, "the file holds events of every kind: {}", read.told.len());
        assert!(matches!(read.state, State::Ended(end) if end.kind == EndKind::Killed(9) && end.time_ns == 42));
        assert_eq!((read.process, read.modules), (Some(process()), vec![module()]));
        assert_eq!(read.threads.len(), 5);
        assert_eq!(read.status.map(|status| (status.waits, status.lost_total())), Some((3, 10)));
    }
}
