//! Runs the fixture recorded, and reads its log and its recording.

use dropscope_format::{
    Event, EventKind, Item, LostCause, Process, Realloc, Recording, StackQuality, State, Status, Thread, ThreadId,
    ring_path,
};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Sizes that only logged blocks have.
pub(crate) const LOGGED: Range<u64> = 40_000..60_000;

/// A folder with a log and a recording.
pub(crate) struct Run {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) output: Output,
}

pub(crate) struct Fixture {
    folder: tempfile::TempDir,
    command: Command,
}

impl Fixture {
    pub(crate) fn new(arguments: &[&str]) -> Fixture {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_dropscope-fixture"));
        // With backtraces a panic's message allocates as much as the whole program.
        command
            .args(arguments)
            .env("RUST_BACKTRACE", "0")
            .env_remove("DROPSCOPE_OUT")
            .env("FIXTURE_LOG", folder.path().join("log"));
        command.env("FIXTURE_OUT", folder.path().join("in-code.dscope"));
        Fixture { folder, command }.with("DROPSCOPE_OUT", "%/out.dscope")
    }

    /// `%/` is the run's folder.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Fixture {
        self.command.env(name, value.replace("%/", &format!("{}/", self.folder.path().display())));
        self
    }

    pub(crate) fn unrecorded(mut self) -> Fixture {
        self.command.env_remove("DROPSCOPE_OUT");
        self
    }

    /// With a limit on the size of files; the log is made before.
    pub(crate) fn limited_to_kib(self, kib: u64) -> Fixture {
        std::fs::File::create(self.folder.path().join("log")).unwrap().set_len(1 << 25).unwrap();
        self.after(&format!("ulimit -f {}", kib * 2))
    }

    /// After a shell has done `before` and become the program.
    pub(crate) fn after(mut self, before: &str) -> Fixture {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("{before}; exec \"$@\""), "sh"]).arg(self.command.get_program());
        shell.args(self.command.get_args());
        for (name, value) in self.command.get_envs() {
            match value {
                Some(value) => shell.env(name, value),
                None => shell.env_remove(name),
            };
        }
        self.command = shell;
        self
    }

    pub(crate) fn run(mut self) -> Run {
        let output = self.command.output().unwrap();
        Run { folder: self.folder, output }
    }

    /// For a test that does not wait for the program's own end.
    pub(crate) fn run_by(mut self, run: impl FnOnce(&mut Command, &tempfile::TempDir) -> Output) -> Run {
        let output = run(&mut self.command, &self.folder);
        Run { folder: self.folder, output }
    }
}

impl Run {
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What the run left: recordings and rings, by name.
    pub(crate) fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.retain(|name| name.contains(".dscope"));
        names.sort();
        names
    }

    pub(crate) fn read(&self) -> Read {
        read(&self.path("out.dscope"))
    }

    pub(crate) fn stdout(&self) -> String {
        String::from_utf8(self.output.stdout.clone()).unwrap()
    }

    pub(crate) fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }

    #[track_caller]
    pub(crate) fn assert_status(&self, code: Option<i32>, signal: Option<i32>) {
        let status = self.output.status;
        assert_eq!((status.code(), status.signal()), (code, signal), "stderr: {}", self.stderr());
    }

    /// The log of each thread: kind, size, address, old address.
    pub(crate) fn log(&self) -> BTreeMap<u32, Vec<Logged>> {
        read_log(&self.path("log"))
    }
}

/// Kind (as a letter), size, address, old address.
pub(crate) type Logged = (char, u64, u64, u64);

pub(crate) fn read_log(path: &Path) -> BTreeMap<u32, Vec<Logged>> {
    use std::io::Read;
    // Its first word says how many entries there are; what is behind them is long and empty.
    let mut file = std::fs::File::open(path).unwrap();
    let mut first = [0; 32];
    file.read_exact(&mut first).unwrap();
    let mut bytes = Vec::new();
    file.take(u64::from_ne_bytes(first[..8].try_into().unwrap()) * 32).read_to_end(&mut bytes).unwrap();
    let words: Vec<u64> = bytes.chunks_exact(8).map(|word| u64::from_ne_bytes(word.try_into().unwrap())).collect();
    let mut by_thread: BTreeMap<u32, Vec<Logged>> = BTreeMap::new();
    for entry in words.chunks_exact(4).filter(|entry| entry[0] != 0) {
        let logged = ((entry[0] as u8) as char, entry[1], entry[2], entry[3]);
        by_thread.entry((entry[0] >> 8) as u32).or_default().push(logged);
    }
    by_thread
}

/// An event as read, with what it points to.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) thread: ThreadId,
    pub(crate) event: Event,
    pub(crate) realloc: Option<Realloc>,
    pub(crate) depth: usize,
    pub(crate) text: Option<String>,
}

pub(crate) struct Read {
    pub(crate) told: Vec<Told>,
    pub(crate) state: State,
    pub(crate) threads: HashMap<ThreadId, Thread>,
    pub(crate) status: Status,
    pub(crate) process: Process,
    pub(crate) modules: usize,
    /// Events that came after a watermark had promised that there are no more before it.
    pub(crate) late: usize,
    pub(crate) watermark_ns: u64,
}

pub(crate) fn read(path: &Path) -> Read {
    let mut recording = Recording::open(path).unwrap_or_else(|error| panic!("{error}"));
    let mut read = Read::nothing();
    while matches!(read.state, State::Reading) {
        read.on(&mut recording);
    }
    assert_eq!(recording.damaged(), (0, 0));
    read
}

impl Read {
    pub(crate) fn nothing() -> Read {
        Read {
            told: Vec::new(),
            state: State::Reading,
            threads: HashMap::new(),
            status: Status::default(),
            process: Process::default(),
            modules: 0,
            late: 0,
            watermark_ns: 0,
        }
    }

    /// Reads on for a megabyte or to the end of what is there.
    pub(crate) fn on(&mut self, recording: &mut Recording) {
        let mut take = |recording: &Recording, item: Item<'_>| match item {
            Item::Process(process) => self.process = process.clone(),
            Item::Modules(modules) => self.modules += modules.len(),
            Item::Thread(thread) => {
                self.threads.insert(thread.thread, thread.clone());
            }
            Item::Watermark(time_ns) => self.watermark_ns = time_ns,
            // Groups are given undecoded only to those that ask for it.
            Item::UsableSizes(_) | Item::Group(_) => {}
            Item::Status(status) => self.status = status.clone(),
            Item::Events(batch) => {
                for event in &batch.events {
                    self.late += usize::from(event.time_ns < self.watermark_ns);
                    self.told.push(Told {
                        thread: batch.thread,
                        event: *event,
                        realloc: batch.realloc(event).copied(),
                        depth: recording.stacks.addresses(event.stack).count(),
                        text: event.text().map(|text| recording.texts.text(text).to_owned()),
                    });
                }
            }
        };
        self.state = recording.poll(1 << 20, &mut take).unwrap();
    }

    pub(crate) fn os_id(&self, thread: ThreadId) -> u32 {
        self.threads.get(&thread).unwrap_or_else(|| panic!("{thread:?} is not in the recording")).os_id
    }

    /// What the log would have said, by thread.
    pub(crate) fn logged(&self) -> BTreeMap<u32, Vec<Logged>> {
        let mut by_thread: BTreeMap<u32, Vec<Logged>> = BTreeMap::new();
        for told in self.told.iter().filter(|told| LOGGED.contains(&told.event.size_bytes)) {
            let letter = match told.event.kind {
                EventKind::Alloc => 'A',
                EventKind::AllocZeroed => 'Z',
                EventKind::Realloc => 'R',
                EventKind::Free => 'F',
                _ => continue,
            };
            let old = told.realloc.map_or(0, |realloc| realloc.old_address);
            let logged = (letter, told.event.size_bytes, told.event.address, old);
            by_thread.entry(self.os_id(told.thread)).or_default().push(logged);
        }
        by_thread
    }

    #[track_caller]
    pub(crate) fn assert_nothing_lost(&self) {
        assert_eq!(self.status.lost_total(), 0, "{:?}", self.status);
        assert_eq!(self.late, 0, "events below a watermark");
    }

    pub(crate) fn lost(&self, cause: LostCause) -> u64 {
        self.status.lost_events[cause as usize]
    }

    /// Births and releases of the fixture's `Counted`: their addresses are its alone, since its allocator reuses none.
    pub(crate) fn counted(&self) -> u64 {
        let is_birth = |told: &&Told| {
            matches!(told.event.kind, EventKind::Alloc | EventKind::AllocZeroed) && told.event.align_log2 == 6
        };
        let born: HashSet<u64> = self.told.iter().filter(is_birth).map(|told| told.event.address).collect();
        let releases = self.told.iter().filter(|told| told.event.kind == EventKind::Free);
        (born.len() + releases.filter(|told| born.contains(&told.event.address)).count()) as u64
    }

    pub(crate) fn stacks_of(&self, quality: StackQuality) -> usize {
        self.told.iter().filter(|told| told.event.quality == quality).count()
    }
}

/// The recording says exactly what the program logged, thread by thread, in order.
#[track_caller]
pub(crate) fn assert_as_logged(logged: &BTreeMap<u32, Vec<Logged>>, read: &BTreeMap<u32, Vec<Logged>>) {
    assert!(logged.values().map(Vec::len).sum::<usize>() > 0, "the program has logged nothing");
    assert_eq!(logged.keys().collect::<Vec<_>>(), read.keys().collect::<Vec<_>>(), "threads");
    for (thread, events) in logged {
        for (index, (logged, read)) in events.iter().zip(&read[thread]).enumerate() {
            assert_eq!(logged, read, "event {index} of thread {thread}: logged, then recorded");
        }
        assert_eq!(events.len(), read[thread].len(), "events of thread {thread}");
    }
}

pub(crate) fn has_ring(path: &Path) -> bool {
    ring_path(path).exists()
}
