//! The help texts. Each is what the command does, so a change of a command changes its text.

/// A command that has a help text of its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "each is the command of that name")]
pub enum Topic {
    Open,
    Run,
    Record,
    Demos,
    Demo,
    Report,
    Dump,
    Compare,
    Check,
    Shot,
    Attach,
    Cargo,
}

impl Topic {
    /// All of them, as the help lists them.
    pub const ALL: [Topic; 12] = [
        Topic::Open,
        Topic::Run,
        Topic::Record,
        Topic::Demos,
        Topic::Demo,
        Topic::Report,
        Topic::Dump,
        Topic::Compare,
        Topic::Check,
        Topic::Shot,
        Topic::Attach,
        Topic::Cargo,
    ];

    /// The command of this name.
    pub fn of(name: &str) -> Option<Topic> {
        Topic::ALL.into_iter().find(|topic| topic.name() == name)
    }

    /// The word on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Topic::Open => "open",
            Topic::Run => "run",
            Topic::Record => "record",
            Topic::Demos => "demos",
            Topic::Demo => "demo",
            Topic::Report => "report",
            Topic::Dump => "dump",
            Topic::Compare => "compare",
            Topic::Check => "check",
            Topic::Shot => "shot",
            Topic::Attach => "attach",
            Topic::Cargo => "cargo",
        }
    }

    /// How it is written.
    pub fn usage(self) -> &'static str {
        match self {
            Topic::Open => "dropscope open FILE...",
            Topic::Run => "dropscope run [-o FILE] [OPTIONS] -- PROGRAM ARG...",
            Topic::Record => "dropscope record [-o FILE] [OPTIONS] -- PROGRAM ARG...",
            Topic::Demos => "dropscope demos",
            Topic::Demo => {
                "dropscope demo NAME [-o FILE] [--window] [--copy FOLDER] [--redact] [--entries N] [--operations N] [--seed N]"
            }
            Topic::Report => "dropscope report FILE [--json]",
            Topic::Dump => "dropscope dump FILE",
            Topic::Compare => {
                "dropscope compare FILE FILE... [--json] [--html FILE] [--png FILE] [--align BY] [--apart]"
            }
            Topic::Check => {
                "dropscope check FILE [--max-peak SIZE] [--max-allocs N] [--max-bytes SIZE] [--no-leaks] \
                 [--max-leaked SIZE] [--baseline FILE] [--tolerance PERCENT] [--json]"
            }
            Topic::Shot => "dropscope shot FILE... -o PNG [--view NAME] [--size WxH] [--theme dark|light]",
            Topic::Attach => "dropscope attach PID [-o FILE] [--for TIME] [--no-window] [--stop]",
            Topic::Cargo => "dropscope cargo [-o FILE] [OPTIONS] run|test|bench ARG...",
        }
    }

    fn text(self) -> &'static str {
        match self {
            Topic::Open => OPEN,
            Topic::Run => RUN,
            Topic::Record => RECORD,
            Topic::Demos => DEMOS,
            Topic::Demo => DEMO,
            Topic::Report => REPORT,
            Topic::Dump => DUMP,
            Topic::Compare => COMPARE,
            Topic::Check => CHECK,
            Topic::Shot => SHOT,
            Topic::Attach => ATTACH,
            Topic::Cargo => CARGO,
        }
    }
}

/// The help on `topic`, or on the whole.
pub(super) fn help(topic: Option<Topic>) -> String {
    match topic {
        None => WHOLE.to_owned(),
        Some(topic) => format!("Usage: {}\n\n{}", topic.usage(), topic.text()),
    }
}

/// The name most like `word`, if one is like it enough to have been meant.
pub(super) fn nearest<'a>(word: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let far = names.map(|name| (distance(word, name), name)).min()?;
    (far.0 <= 1 + far.1.len() / 4).then_some(far.1)
}

/// How many letters must be put in, left out or changed to make one word of the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (above, letter) in a.chars().enumerate() {
        let mut corner = above;
        let mut left = above + 1;
        for (cell, other) in row.iter_mut().skip(1).zip(&b) {
            let here = (corner + usize::from(letter != *other)).min(left + 1).min(*cell + 1);
            corner = *cell;
            *cell = here;
            left = here;
        }
        if let Some(first) = row.first_mut() {
            *first = above + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

const WHOLE: &str = "\
Dropscope records every allocation and release of a Rust program, with time, thread and both
backtraces, and shows them on one time axis.

Usage: dropscope [COMMAND]

Without a command: the window, lessons first. Where there is no display, it says what is missing, runs
the comparison of ownership and a garbage collector in the terminal and draws it to a PNG file.

Look
  open FILE...                          the window on recordings and logs; several are compared
  report FILE [--json]                  totals, peak, leaks, top sites and owners
  compare FILE FILE... [--json]         recordings and collectors' logs side by side
  check FILE --max-peak SIZE...         whether limits hold, for tests and CI
  dump FILE                             every event as one JSON object per line
  shot FILE... -o PNG                   the window's picture, drawn without a display

Record
  run [-o FILE] -- PROGRAM ARG...       start PROGRAM recorded, with a window that follows it live
  record [-o FILE] -- PROGRAM ARG...    the same without a window

  attach PID [--for TIME]               follow a program that is recorded or stands by
  cargo run|test|bench ARG...           what cargo does, recorded; also as `cargo dropscope`

Learn
  demos                                 list the lessons and the workloads
  demo NAME [-o FILE] [--window]        run one, recorded

  help COMMAND, COMMAND --help          all about one command
  --version                             the version

A Rust program has the tracker in it by one line in its main.rs:
  dropscope::attach!();
Of any other program that takes its memory from glibc, malloc and free are recorded from outside.

Exit status: 0 done; 1 the work failed; 2 wrong use; otherwise the recorded program's own.
";

const OPEN: &str = "\
Opens the window on a recording, or on several to compare them on one axis. A recording that is still
being written is followed live. The log of a garbage collector, such as Go's or the JVM's, is a row of the
comparison (`dropscope help compare` tells which logs can be read).

Where a window cannot be opened, what is missing is said, and the picture that the window would show is
drawn to a PNG file in the current folder.
";

const RUN: &str = "\
Starts PROGRAM recorded, and a window that follows it live. What stands behind PROGRAM is passed on
untouched. The window stays when PROGRAM has ended; when the window is closed first, PROGRAM runs on,
recorded, to its end.

Options:
  -o, --output FILE   the recording [default: PROGRAM-YYYYMMDD-HHMMSS.dscope in the current folder]
      --redact        leave PROGRAM's arguments out of the recording; the environment is never in it
      --after TIME        begin so long after its start; TIME is like 5s, 250ms or 2m
      --for TIME          end so long after the beginning
      --from-mark TEXT    begin when it says `dropscope::mark!(TEXT)`
      --until-mark TEXT   end when it says so
      --sample SIZE       a sample of the blocks, by one byte in SIZE: cheap enough for production at 512KiB
      --last SIZE         keep only about the last SIZE of recording, like 64MiB, and that only where it ends
                          badly (not with 0)

Signals, the terminal and the exit status are as with `dropscope record`. Where a window cannot be
opened, it is said why, and PROGRAM is recorded without one.
";

const RECORD: &str = "\
Starts PROGRAM recorded and waits for its end. What stands behind PROGRAM is passed on untouched. Its
standard streams are the terminal's; when it has ended, the recording is named on stderr.

Options:
  -o, --output FILE   the recording; an older recording of that name is replaced, any other file is not;
                      %p stands for the process id
                      [default: PROGRAM-YYYYMMDD-HHMMSS.dscope in the current folder]
      --redact        leave PROGRAM's arguments out of the recording; the environment is never in it
      --after TIME        begin so long after its start; TIME is like 5s, 250ms or 2m
      --for TIME          end so long after the beginning
      --from-mark TEXT    begin when it says `dropscope::mark!(TEXT)`
      --until-mark TEXT   end when it says so
      --sample SIZE       a sample of the blocks, by one byte in SIZE: cheap enough for production at 512KiB
      --last SIZE         keep only about the last SIZE of recording, like 64MiB, and that only where it ends
                          badly (not with 0)

A PROGRAM with the tracker in it (dropscope::attach!()) is recorded by that. Into any other, a library is
preloaded that records the malloc family: C, C++, Python and the like. It is said where neither fits: in a
static program, one in Go, one with a malloc of its own or on another C library than glibc, a setuid one.
A shell, a wrapper or the like is not recorded itself. What it becomes (`exec`) is, as if that had been named;
what it starts is, where the tracker is in it.

Signals sent to dropscope are passed on to PROGRAM; Ctrl-C and Ctrl-Z reach it from the terminal.

Exit status: PROGRAM's own; 128 and the signal's number where a signal ended it; 127 where PROGRAM does
not exist, 126 where it may not be run; 1 where the recording failed: it cannot be written, or PROGRAM
ended with 0 but could not be recorded.
";

const DEMOS: &str = "\
Lists the lessons by chapter and the workloads. Each is a small real program inside Dropscope; run one
with `dropscope demo NAME`.
";

const DEMO: &str = "\
Runs a lesson or a workload in a process of its own, recorded. `dropscope demos` lists them. NAME can also
be a workload in another language, such as `lru-go`: it is built and run if that language is installed, and
what is kept is its collector's log. Or it is a group, such as `lru`, `requests` or `graph`: all workloads
of it are run, in other languages too where they are installed, and compared.

Options:
  -o, --output FILE   the recording or log [default: NAME.dscope or NAME.log in the current folder]; of a
                      group, the folder to put them into
      --window        a window follows it live; of a group, shows the comparison
      --copy FOLDER   write the lesson as a cargo project of your own, to change; nothing is run
      --redact        leave the arguments out of the recording
      --entries N     how much a workload holds: entries of the cache, sessions, documents
      --operations N  how many requests a workload makes
      --seed N        where a workload's random numbers start; the same seed makes the same requests
";

const REPORT: &str = "\
Tells about a recording: totals, peak, leaks, the sites that allocated most, the owners that released
most, operations and pauses. Whether it is complete comes first.

Options:
      --json   one JSON object, for programs; its field `format` is the version
";

const DUMP: &str = "\
Writes every event of a recording in order of time, one JSON object per line, to stdout. `at` is the
place in the program's own code, or null; frames are innermost first; threads are numbered from 0 in
order of their first event, blocks from 1 in order of birth.
";

const COMPARE: &str = "\
Puts recordings side by side, and beside them the logs of other languages' garbage collectors: peak,
allocated bytes, blocks, frees, leaks, latency of operations, pauses, the longest release, differences by
site and owner, and in sentences what it comes to and where its limits are. The first is what the others
are compared with.

Logs are known by what is in them: Go with GODEBUG=gctrace=1, the JVM with -Xlog:gc*, Node with
--trace-gc, Python with gc_recorder.py. Lines that are not understood are counted and told. If a program
wrote its operations to LOG.operations.jsonl, their latencies are compared, too.

Options:
      --json         one JSON object, for programs; its field `format` is the version
      --html FILE    all of it as one HTML page
      --png FILE     the picture of the rows and the numbers
      --align BY     which moments stand above each other: `start`, `mark=TEXT`, or `scope=NAME` for the
                     beginning of the first scope of that name [default: start]
      --apart        in page and picture: each row on its own scales
";

const CHECK: &str = "\
Checks a recording against limits, an earlier recording or both, and says which hold. What could not be
recorded and a missing end count as failures. For tests and CI.

Options:
      --max-peak SIZE     the most bytes alive at once; SIZE is like 4096, 512KiB or 1.5MiB
      --max-allocs N      the most births and reallocs
      --max-bytes SIZE    the most bytes allocated in all
      --no-leaks          nothing of the program's is alive at the end, nor when the recording was stopped
      --max-leaked SIZE   the most bytes of the program's alive at the end
      --baseline FILE     peak, allocations, bytes and leaks are not larger than in this recording; the
                          places that differ are listed
      --tolerance PERCENT how much larger they may be [default: 0]
      --json              one JSON object, for programs; its field `format` is the version

Exit status: 0 all hold; 1 one does not, or the recording cannot be read; 2 wrong use.
";

const SHOT: &str = "\
Draws the picture that the window would show of a recording to a PNG file. Needs no display.

Options:
  -o, --output PNG     the picture; a file of that name is replaced
      --view NAME      timeline, lesson, compare, flame, calls, sites, types, owners, scopes, leaks, growth,
                       short-lived, reallocs, sizes, threads, operations, addresses, advice or source
                       [default: what the window would show first]
      --size WxH       in pixels [default: 1600x900]
      --theme NAME     dark or light [default: dark]
";

const ATTACH: &str = "\
Follows a program that runs already. One that is being recorded is shown live. One that was started with
DROPSCOPE=standby in its environment (the tracker has to be in it) is recorded from now on, until the
window is closed, Ctrl-C is pressed or the time is over; then it stands by again and can be attached to
again. Blocks that are older than the recording are not in it; their releases are counted apart.

Options:
  -o, --output FILE   the recording [default: PROGRAM-YYYYMMDD-HHMMSS.dscope in the current folder]
      --for TIME      stop after so long; TIME is like 5s, 250ms or 2m
      --no-window     without a window
      --stop          stop the recording that runs, and do nothing else
";

const CARGO: &str = "\
Does what cargo does with these words, and records each program that `run`, `test` and `bench` start.
Also as `cargo dropscope ARG...`. What stands behind cargo's command is passed on untouched.

Options, in front of cargo's command:
  -o, --output FILE   the recording; %n in it stands for the program's name, for commands that start several
                      [default: PROGRAM-YYYYMMDD-HHMMSS.dscope in the current folder]
      --after TIME        begin so long after its start; TIME is like 5s, 250ms or 2m
      --for TIME          end so long after the beginning
      --from-mark TEXT    begin when it says `dropscope::mark!(TEXT)`
      --until-mark TEXT   end when it says so
      --sample SIZE       a sample of the blocks, by one byte in SIZE: cheap enough for production at 512KiB
      --last SIZE         keep only about the last SIZE of recording, like 64MiB, and that only where it ends
                          badly (not with 0)

Cargo's own settings apply; a `runner` that they set for the target goes before this one. For names and
lines in optimised programs: CARGO_PROFILE_RELEASE_DEBUG=line-tables-only.

Exit status: cargo's.
";
