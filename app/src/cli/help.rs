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
    Shot,
}

impl Topic {
    /// All of them, as the help lists them.
    pub const ALL: [Topic; 9] = [
        Topic::Open,
        Topic::Run,
        Topic::Record,
        Topic::Demos,
        Topic::Demo,
        Topic::Report,
        Topic::Dump,
        Topic::Compare,
        Topic::Shot,
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
            Topic::Shot => "shot",
        }
    }

    /// How it is written.
    pub fn usage(self) -> &'static str {
        match self {
            Topic::Open => "dropscope open FILE...",
            Topic::Run => "dropscope run [-o FILE] [--redact] -- PROGRAM ARG...",
            Topic::Record => "dropscope record [-o FILE] [--redact] -- PROGRAM ARG...",
            Topic::Demos => "dropscope demos",
            Topic::Demo => {
                "dropscope demo NAME [-o FILE] [--window] [--redact] [--entries N] [--operations N] [--seed N]"
            }
            Topic::Report => "dropscope report FILE [--json]",
            Topic::Dump => "dropscope dump FILE",
            Topic::Compare => "dropscope compare FILE FILE... [--json]",
            Topic::Shot => "dropscope shot FILE... -o PNG [--view NAME] [--size WxH] [--theme dark|light]",
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
            Topic::Shot => SHOT,
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
  open FILE...                          the window on recordings; several are compared
  report FILE [--json]                  totals, peak, leaks, top sites and owners
  compare FILE FILE... [--json]         recordings side by side
  dump FILE                             every event as one JSON object per line
  shot FILE... -o PNG                   the window's picture, drawn without a display

Record
  run [-o FILE] -- PROGRAM ARG...       start PROGRAM recorded, with a window that follows it live
  record [-o FILE] -- PROGRAM ARG...    the same without a window

Learn
  demos                                 list the lessons and the workloads
  demo NAME [-o FILE] [--window]        run one, recorded

  help COMMAND, COMMAND --help          all about one command
  --version                             the version

PROGRAM has to have the tracker in it. One line in its main.rs puts it there:
  dropscope::attach!();

Exit status: 0 done; 1 the work failed; 2 wrong use; otherwise the recorded program's own.
";

const OPEN: &str = "\
Opens the window on a recording, or on several to compare them on one axis. A recording that is still
being written is followed live.

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

Signals sent to dropscope are passed on to PROGRAM; Ctrl-C and Ctrl-Z reach it from the terminal.

Exit status: PROGRAM's own; 128 and the signal's number where a signal ended it; 127 where PROGRAM does
not exist, 126 where it may not be run; 1 where the recording failed: it cannot be written, or PROGRAM
ended with 0 but does not have the tracker in it.
";

const DEMOS: &str = "\
Lists the lessons by chapter and the workloads. Each is a small real program inside Dropscope; run one
with `dropscope demo NAME`.
";

const DEMO: &str = "\
Runs a lesson or a workload in a process of its own, recorded. `dropscope demos` lists them.

Options:
  -o, --output FILE   the recording [default: NAME.dscope in the current folder]
      --window        a window follows it live
      --redact        leave the arguments out of the recording
      --entries N     a workload's cache size
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
Puts recordings side by side: peak, allocated bytes, blocks, leaks, latency of operations, pauses. The
first is what the others are compared with.

Options:
      --json   one JSON object, for programs; its field `format` is the version
";

const SHOT: &str = "\
Draws the picture that the window would show of a recording to a PNG file. Needs no display.

Options:
  -o, --output PNG     the picture; a file of that name is replaced
      --view NAME      timeline, lesson, sites, owners, leaks, operations, threads or compare
                       [default: what the window would show first]
      --size WxH       in pixels [default: 1600x900]
      --theme NAME     dark or light [default: dark]
";
