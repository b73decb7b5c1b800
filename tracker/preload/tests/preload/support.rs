//! Builds the library and the programs, runs them alone and recorded, and reads their logs and recordings.

use dropscope_format::{EventKind, Item, LostCause, Process, Recording, State, Status, Thread, ThreadId};
use std::collections::{BTreeMap, HashMap};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, OnceLock};

/// The library, built: cargo makes no `cdylib` for the tests of its own package.
pub(crate) fn library() -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let build = || {
        let test = std::env::current_exe().unwrap();
        let target = test.ancestors().nth(3).expect("target/profile/deps/test");
        let mut cargo = Command::new(env!("CARGO"));
        cargo
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .args(["build", "--offline", "--quiet", "--target-dir"])
            .arg(target);
        assert!(cargo.status().unwrap().success(), "{cargo:?}");
        target.join("debug/libdropscope_preload.so")
    };
    BUILT.get_or_init(build).clone()
}

/// A source of this folder, compiled once; where there is no C++ compiler, none for those of C++.
pub(crate) fn compiled(source: &str, flags: &[&str]) -> Option<PathBuf> {
    static BUILT: Mutex<BTreeMap<String, PathBuf>> = Mutex::new(BTreeMap::new());
    let mut built = BUILT.lock().unwrap();
    let name = format!("{source}{}.{}", flags.concat(), std::process::id());
    if let Some(path) = built.get(&name) {
        return Some(path.clone());
    }
    let compiler = if source.ends_with(".cc") { "c++" } else { "cc" };
    if source.ends_with(".cc") && !Command::new(compiler).arg("--version").output().is_ok_and(|it| it.status.success())
    {
        eprintln!("no {compiler}: {source} left out");
        return None;
    }
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/preload").join(source);
    let to = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name.replace('/', "."));
    // -fno-builtin: the compiler may not leave out a malloc whose block is only freed.
    let mut command = Command::new(compiler);
    command.args(["-O1", "-g", "-w", "-fno-builtin", "-pthread", "-D_GNU_SOURCE"]).args(flags);
    let output = command.arg(from).arg("-o").arg(&to).output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    built.insert(name, to.clone());
    Some(to)
}

pub(crate) fn program(source: &str) -> PathBuf {
    compiled(source, &[]).expect("a C compiler")
}

/// How a program is run.
pub(crate) struct Case {
    pub(crate) folder: tempfile::TempDir,
    program: PathBuf,
    words: Vec<String>,
    /// What a shell does before it becomes the program.
    before: String,
    /// What else is in the recorded program's environment.
    variable: Option<&'static str>,
    out: PathBuf,
}

/// The matrix's program, doing `words`.
pub(crate) fn case(words: &[&str]) -> Case {
    case_of(program("matrix.c"), words)
}

pub(crate) fn case_of(program: PathBuf, words: &[&str]) -> Case {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.dscope");
    let words = words.iter().map(|word| (*word).to_owned()).collect();
    Case { program, words, before: String::new(), variable: None, out, folder }
}

impl Case {
    /// `before` is for the shell that then becomes the program.
    pub(crate) fn after(mut self, before: &str) -> Case {
        self.before = format!("{before}; ");
        self
    }

    /// Recorded with `variable`, a `NAME=VALUE`.
    pub(crate) fn with(mut self, variable: &'static str) -> Case {
        self.variable = Some(variable);
        self
    }

    pub(crate) fn recorded_to(mut self, out: &Path) -> Case {
        self.out = out.to_owned();
        self
    }

    /// The program by a shell, not recorded.
    pub(crate) fn command(&self, log: &str) -> Command {
        let mut command = Command::new("sh");
        let script = format!("{}exec \"$@\"", self.before);
        command.arg("-c").arg(script).arg("sh").arg("env");
        command.arg(format!("MATRIX_LOG={}", self.folder.path().join(log).display()));
        command.env_remove("DROPSCOPE_OUT");
        command
    }

    fn with_program(&self, mut command: Command) -> Command {
        command.arg(&self.program).args(&self.words);
        command
    }

    pub(crate) fn recorded(&self) -> Command {
        let mut command = self.command("log");
        // Not the shell's and not env's, which would be recorded instead.
        command.arg(format!("LD_PRELOAD={}", library().display()));
        command.arg(format!("DROPSCOPE_OUT={}", self.out.display()));
        command.args(self.variable);
        self.with_program(command)
    }

    /// Runs it alone and recorded; both must end the same way and say the same.
    #[track_caller]
    pub(crate) fn run(self) -> Run {
        let run = self.run_unequal();
        assert_eq!(text(&run.recorded.stderr), text(&run.alone.stderr), "stderr recorded, and alone");
        run
    }

    /// The same where the recorder has something to say on stderr.
    #[track_caller]
    pub(crate) fn run_unequal(self) -> Run {
        let alone = self.with_program(self.command("log.alone")).output().unwrap();
        let recorded = self.recorded().output().unwrap();
        let told = |output: &Output| (output.status.code(), output.status.signal(), text(&output.stdout));
        assert_eq!(told(&recorded), told(&alone), "recorded, and alone; stderr: {}", text(&recorded.stderr));
        Run { out: self.out, folder: self.folder, alone, recorded }
    }
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A program that has been run.
pub(crate) struct Run {
    pub(crate) out: PathBuf,
    pub(crate) folder: tempfile::TempDir,
    pub(crate) alone: Output,
    pub(crate) recorded: Output,
}

/// Kind (as a letter), size, address, old address.
pub(crate) type Logged = (char, u64, u64, u64);
pub(crate) type ByThread = BTreeMap<u32, Vec<Logged>>;

impl Run {
    pub(crate) fn stderr(&self) -> String {
        text(&self.recorded.stderr)
    }

    pub(crate) fn log(&self) -> ByThread {
        read_log(&self.folder.path().join("log"))
    }

    pub(crate) fn read(&self) -> Read {
        read(&self.out)
    }

    /// The recording says event for event what the log says, and nothing was lost.
    #[track_caller]
    pub(crate) fn assert_exact(&self) -> Read {
        let read = self.read();
        assert_eq!(read.status.lost_total(), 0, "{:?}", read.status);
        assert_as_logged(&self.log(), &read.events);
        read
    }

    /// The same, and it has an end and is one file.
    #[track_caller]
    pub(crate) fn assert_orderly(&self) -> Read {
        let read = self.assert_exact();
        assert!(matches!(read.state, State::Ended(_)), "{:?}", read.state);
        assert!(!dropscope_format::ring_path(&self.out).exists(), "an orderly end leaves one file");
        read
    }

    /// Recordings beside the first one.
    pub(crate) fn others(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().path());
        entries.filter(|path| path.extension().is_some_and(|it| it == "dscope") && *path != self.out).collect()
    }
}

pub(crate) fn read_log(path: &Path) -> ByThread {
    use std::io::Read;
    // Its first word says how many entries there are.
    let mut file = std::fs::File::open(path).unwrap();
    let mut first = [0; 32];
    let count = file.read(&mut first).map_or(0, |_| u64::from_ne_bytes(first[..8].try_into().unwrap()));
    let mut bytes = first.to_vec();
    file.take(count * 32).read_to_end(&mut bytes).unwrap();
    let words: Vec<u64> = bytes.chunks_exact(8).map(|word| u64::from_ne_bytes(word.try_into().unwrap())).collect();
    let mut by_thread = ByThread::new();
    for entry in words.chunks_exact(4).skip(1).filter(|entry| entry[0] != 0) {
        let logged = ((entry[0] as u8) as char, entry[1], entry[2], entry[3]);
        by_thread.entry((entry[0] >> 8) as u32).or_default().push(logged);
    }
    by_thread
}

/// A recording, with the sizes of released blocks, which C does not tell.
pub(crate) struct Read {
    /// Of blocks of 40,000 to 60,000 bytes, by the system's thread id.
    pub(crate) events: ByThread,
    /// All of the first thread's, in order.
    pub(crate) main: Vec<Logged>,
    /// Releases of what was never born.
    pub(crate) unmatched: Vec<u64>,
    pub(crate) threads: usize,
    pub(crate) count: u64,
    pub(crate) state: State,
    pub(crate) status: Status,
    pub(crate) process: Process,
}

impl Read {
    pub(crate) fn lost(&self, cause: LostCause) -> u64 {
        self.status.lost_events[cause as usize]
    }
}

/// One thing that happened to an address. Releases sort before births at the same time.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Step {
    time_ns: u64,
    is_birth: bool,
    number: usize,
    os_id: u32,
    logged: Logged,
}

pub(crate) fn read(path: &Path) -> Read {
    let mut recording = Recording::open(path).unwrap_or_else(|error| panic!("{error}"));
    let mut threads: HashMap<ThreadId, Thread> = HashMap::new();
    let (mut status, mut process) = (Status::default(), Process::default());
    let mut told = Vec::new();
    let mut state = State::Reading;
    while state == State::Reading {
        let mut take = |_: &Recording, item: Item<'_>| match item {
            Item::Thread(thread) => drop(threads.insert(thread.thread, thread.clone())),
            Item::Status(new) => status = new.clone(),
            Item::Process(new) => process = new.clone(),
            Item::Events(batch) => {
                let realloc = |event| batch.realloc(event).copied();
                told.extend(batch.events.iter().map(|event| (batch.thread, *event, realloc(event))));
            }
            _ => {}
        };
        state = recording.poll(1 << 20, &mut take).unwrap();
    }
    assert_eq!(recording.damaged(), (0, 0));
    let count = told.len() as u64;
    let mut steps = Vec::new();
    for (number, (thread, event, realloc)) in told.into_iter().enumerate() {
        let os_id = threads.get(&thread).map_or(0, |thread| thread.os_id);
        let mut step = |time_ns, is_birth, letter, address, old| {
            let logged = (letter, event.size_bytes, address, old);
            steps.push(Step { time_ns, is_birth, number, os_id, logged });
        };
        match (event.kind, realloc) {
            (EventKind::Alloc, _) => step(event.time_ns, true, 'A', event.address, 0),
            (EventKind::AllocZeroed, _) => step(event.time_ns, true, 'Z', event.address, 0),
            (EventKind::Free, _) => step(event.time_ns, false, 'F', event.address, 0),
            (EventKind::Realloc, Some(realloc)) => {
                step(realloc.started_ns, false, 'r', realloc.old_address, 0);
                step(event.time_ns, true, 'R', event.address, realloc.old_address);
            }
            _ => {}
        }
    }
    steps.sort();
    follow(
        &steps,
        Read {
            events: ByThread::new(),
            main: Vec::new(),
            unmatched: Vec::new(),
            threads: threads.len(),
            count,
            state,
            status,
            process,
        },
    )
}

fn follow(steps: &[Step], mut read: Read) -> Read {
    let mut sizes: HashMap<u64, u64> = HashMap::new();
    for step in steps {
        let (letter, mut size, address, old) = step.logged;
        if step.is_birth {
            let before = sizes.insert(address, size);
            assert!(before.is_none() || read.status.lost_total() > 0, "{address:x} is born and still lives");
        } else {
            let Some(born) = sizes.remove(&address) else {
                read.unmatched.push(address);
                continue;
            };
            size = born;
        }
        if letter == 'r' {
            continue;
        }
        if step.os_id == read.process.pid {
            read.main.push((letter, size, address, old));
        }
        if (40_000..60_000).contains(&size) {
            read.events.entry(step.os_id).or_default().push((letter, size, address, old));
        }
    }
    read
}

#[track_caller]
pub(crate) fn assert_as_logged(logged: &ByThread, read: &ByThread) {
    assert!(logged.values().map(Vec::len).sum::<usize>() > 0, "the program has logged nothing");
    assert_eq!(logged.keys().collect::<Vec<_>>(), read.keys().collect::<Vec<_>>(), "threads");
    for (thread, events) in logged {
        for (index, (logged, read)) in events.iter().zip(&read[thread]).enumerate() {
            assert_eq!(logged, read, "event {index} of thread {thread}: logged, then recorded");
        }
        assert_eq!(events.len(), read[thread].len(), "events of thread {thread}");
    }
}

/// What a killed program had finished is all there; of each thread at most the event that it had not yet logged besides.
#[track_caller]
pub(crate) fn assert_as_logged_before_the_kill(logged: &ByThread, mut read: ByThread) {
    for (thread, events) in &mut read {
        let finished = logged.get(thread).map_or(0, Vec::len);
        assert!(events.len() - finished <= 1, "{} events, {finished} logged", events.len());
        events.truncate(finished);
    }
    read.retain(|_, events| !events.is_empty());
    assert_as_logged(logged, &read);
}
