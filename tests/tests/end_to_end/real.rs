//! Programs that nobody here wrote, and two that stand on crates that nobody here wrote: recorded, they say what they
//! say alone, and the recording is whole.

use dropscope_format::{EventKind, Item, Recording, State, Status};
use dropscope_tests::{preload, report, run, told};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// What a recording holds.
#[derive(Default)]
struct Read {
    state: Option<State>,
    status: Status,
    events: u64,
    /// Births and releases of blocks of 61,000 bytes.
    marked: (usize, usize),
    /// Births (true) and releases of each address, with their times and in the order read.
    steps: Vec<(u64, bool, u64)>,
}

impl Read {
    fn take(&mut self, item: &Item<'_>) {
        let batch = match item {
            Item::Events(batch) => batch,
            Item::Status(status) => return self.status = (*status).clone(),
            _ => return,
        };
        self.events += batch.events.len() as u64;
        for event in &batch.events {
            let is_marked = (60_993..=61_000).contains(&event.size_bytes);
            self.marked.0 += usize::from(is_marked && event.kind == EventKind::Alloc);
            self.marked.1 += usize::from(is_marked && event.kind == EventKind::Free);
            match (event.kind, batch.realloc(event)) {
                (EventKind::Alloc | EventKind::AllocZeroed, _) => self.steps.push((event.time_ns, true, event.address)),
                (EventKind::Free, _) => self.steps.push((event.time_ns, false, event.address)),
                (EventKind::Realloc, Some(realloc)) => {
                    self.steps.push((realloc.started_ns, false, realloc.old_address));
                    self.steps.push((event.time_ns, true, event.address));
                }
                _ => {}
            }
        }
    }

    /// Nobody has counted what such a program does, but no allocator gives what it has given already, and a right
    /// program releases what it was given: an event that is missing shows.
    #[track_caller]
    fn assert_consistent(&mut self, path: &Path) {
        // Releases before births at the same time.
        self.steps.sort_by_key(|(time_ns, is_birth, _)| (*time_ns, *is_birth));
        let mut alive = HashSet::new();
        for (time_ns, is_birth, address) in &self.steps {
            let is_right = if *is_birth { alive.insert(address) } else { alive.remove(address) };
            let what = if *is_birth { "is born while it lives" } else { "is released and was never born" };
            assert!(is_right, "{}: {address:x} {what}, at {time_ns} ns", path.display());
        }
    }
}

fn read(path: &Path) -> Read {
    let mut recording = Recording::open(path).unwrap_or_else(|error| panic!("{error}"));
    let mut read = Read::default();
    let state = loop {
        match recording.poll(1 << 20, &mut |_, item| read.take(&item)).unwrap() {
            State::Reading => {}
            state => break state,
        }
    };
    read.state = Some(state);
    assert_eq!(recording.damaged(), (0, 0));
    read.assert_consistent(path);
    read
}

#[track_caller]
fn assert_whole(read: &Read) {
    assert!(matches!(read.state, Some(State::Ended(_))), "{:?}", read.state);
    assert_eq!(read.status.lost_total(), 0, "{:?}", read.status);
    assert!(read.events > 1000, "{} events", read.events);
}

/// The system's program, asked to say that it is there; none where it is not, which is said.
fn installed(name: &str) -> bool {
    let is_there = Command::new(name).arg("--version").output().is_ok_and(|output| output.status.success());
    if !is_there {
        eprintln!("{name} is not installed: left out");
    }
    is_there
}

/// Runs what `command` makes alone and under the preloaded library; gives the folder of the recordings. None where the
/// program cannot do that even alone (an older version of it), which is said.
#[track_caller]
fn as_alone(make: impl Fn(&Path) -> Command, said: impl Fn(&Output) -> String) -> Option<tempfile::TempDir> {
    let (alone_in, recorded_in) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut alone = make(alone_in.path());
    let mut recorded = make(recorded_in.path());
    let alone_did = run(&mut alone);
    if !alone_did.status.success() {
        eprintln!("left out: {}", told(&alone, &alone_did));
        return None;
    }
    let recordings = tempfile::tempdir().unwrap();
    recorded.env("LD_PRELOAD", preload()).env("DROPSCOPE_OUT", recordings.path().join("%p.dscope"));
    let recorded_did = run(&mut recorded);
    assert_eq!(recorded_did.status, alone_did.status, "{}", told(&recorded, &recorded_did));
    assert_eq!(said(&recorded_did), said(&alone_did), "recorded, and alone");
    Some(recordings)
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Every recording in the folder is whole; gives all events.
#[track_caller]
fn assert_recordings(folder: &Path, at_least: usize) -> u64 {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|end| end == "dscope")).collect();
    assert!(files.len() >= at_least, "{files:?}");
    let mut events = 0;
    for file in &files {
        let read = read(file);
        assert_eq!(read.status.lost_total(), 0, "{}: {:?}", file.display(), read.status);
        events += read.events;
    }
    events
}

#[test]
fn pythons_own_tests() {
    if !installed("python3") {
        return;
    }
    // Not a shim that starts it.
    let asked = run(Command::new("python3").args(["-c", "import sys, test.test_json; print(sys.executable)"]));
    let python = stdout(&asked).trim().to_owned();
    if python.is_empty() {
        eprintln!("python3 comes without its tests: left out");
        return;
    }
    let make = |folder: &Path| {
        let mut command = Command::new(&python);
        command.current_dir(folder).env("PYTHONMALLOC", "malloc").env("PYTHONDONTWRITEBYTECODE", "1");
        command.args(["-m", "unittest", "-q", "test.test_json.test_decode", "test.test_bisect", "test.test_heapq"]);
        command
    };
    let said = |output: &Output| {
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        text.lines().map(|line| line.split(" in ").next().unwrap_or("")).collect::<Vec<_>>().join("\n")
    };
    let Some(folder) = as_alone(make, said) else { return };
    assert!(assert_recordings(folder.path(), 1) > 100_000);
}

#[test]
fn git() {
    if !installed("git") {
        return;
    }
    let script = "set -e; git init -q -b main .; for i in 1 2 3 4 5; do seq $i 400 > file$i; git add .; \
                  git commit -q -m \"step $i\"; done; git checkout -q -b side HEAD~2; seq 9 > other; git add .; \
                  git commit -q -m side; git checkout -q main; git merge -q -m merged side; git gc -q; git fsck; \
                  git log --stat --graph; git blame file1 | tail -3; git rev-parse HEAD";
    let make = |folder: &Path| {
        let mut command = Command::new("sh");
        command.current_dir(folder).args(["-c", script]).env("HOME", folder).env("GIT_CONFIG_NOSYSTEM", "1");
        for who in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{who}_NAME"), "A").env(format!("GIT_{who}_EMAIL"), "a@example.org");
            command.env(format!("GIT_{who}_DATE"), "2024-01-01T00:00:00Z");
        }
        command
    };
    let Some(folder) = as_alone(make, stdout) else { return };
    assert!(assert_recordings(folder.path(), 15) > 10_000);
}

#[test]
fn sqlite3() {
    if !installed("sqlite3") {
        return;
    }
    let script = "create table t(a integer primary key, b text, c real); \
                  with recursive n(i) as (select 1 union all select i + 1 from n where i < 20000) \
                  insert into t select i, printf('%d-%s', i % 97, hex(i * i)), i / 7.0 from n; \
                  create index tb on t(b); \
                  select b, count(*), round(sum(c), 3) from t group by b having count(*) > 1 order by b limit 5; \
                  select count(*) from t x join t y on x.a = y.a * 2; select group_concat(b, '') like '%77%' from t;";
    let make = |folder: &Path| {
        let mut command = Command::new("sqlite3");
        command.current_dir(folder).args(["some.db", script]);
        command
    };
    let Some(folder) = as_alone(make, stdout) else { return };
    assert!(assert_recordings(folder.path(), 1) > 1000);
}

#[test]
fn the_c_compiler() {
    let source = "#include <stdio.h>\n#include <stdlib.h>\nint main(void) { for (int i = 0; i < 9; i++) puts(\"x\"); }";
    let make = |folder: &Path| {
        std::fs::write(folder.join("a.c"), source).unwrap();
        let mut command = Command::new("cc");
        command.current_dir(folder).args(["-O2", "-S", "-o", "-", "a.c"]);
        command
    };
    let Some(folder) = as_alone(make, stdout) else { return };
    assert!(assert_recordings(folder.path(), 1) > 10_000);
}

#[test]
fn perl() {
    if !installed("perl") {
        return;
    }
    let script = "my %h; $h{$_ % 997} .= \"$_,\" for 1 .. 30000; \
                  print join(\" \", map { length $h{$_} } sort keys %h), \"\\n\"; \
                  print scalar(grep { /^(.)(.*)\\1/ } values %h), \"\\n\"; my $p = fork // die; exit 3 if !$p; \
                  waitpid $p, 0; print $? >> 8, \"\\n\";";
    let make = |folder: &Path| {
        let mut command = Command::new("perl");
        command.current_dir(folder).args(["-e", script]).env("PERL_HASH_SEED", "0");
        command
    };
    let Some(folder) = as_alone(make, stdout) else { return };
    assert!(assert_recordings(folder.path(), 1) > 10_000);
}

/// Attached: alone and recorded, and exactly the blocks it has made.
fn attached(program: &str, blocks: usize) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("real.dscope");
    let alone = run(Command::new(program).env_remove("DROPSCOPE_OUT"));
    let recorded = run(Command::new(program).env("DROPSCOPE_OUT", &file));
    let did = |output: &Output| (output.status, stdout(output), String::from_utf8_lossy(&output.stderr).into_owned());
    assert!(alone.status.success(), "{:?}", did(&alone));
    assert_eq!(did(&recorded), did(&alone), "recorded, and alone");
    let read = read(&file);
    assert_whole(&read);
    assert_eq!(read.marked, (blocks, blocks), "births and releases of its blocks");
    assert_eq!(report(&file)["complete"], true);
}

#[test]
fn a_tokio_server_under_load() {
    attached(env!("CARGO_BIN_EXE_served-by-tokio"), 2000);
}

#[test]
fn a_rayon_program() {
    attached(env!("CARGO_BIN_EXE_shared-by-rayon"), 20_000);
}
