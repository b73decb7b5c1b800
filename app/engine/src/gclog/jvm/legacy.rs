//! What JDK 8 and older write with `-verbose:gc` or `-XX:+PrintGCDetails`.
//!
//! `2015-05-26T14:45:37.987-0200: 151.126: [GC (Allocation Failure) [PSYoungGen: 65536K->10748K(76288K)]
//! 65536K->27348K(251392K), 0.0187654 secs] [Times: user=0.03 sys=0.01, real=0.02 secs]`: the time is the start. With
//! some flags a record is broken into lines by others, and G1 writes details in lines of their own.

use super::Zero;
use super::decorations::Stamp;
use super::legacy_phases::{self, CMS_PHASE, concurrent};
use super::run::Run;
use super::safepoint;
use super::unified::Sizes;
use crate::PauseKind;
use crate::gclog::lines::Line;
use crate::gclog::log::{LineSample, Phase, Verdict};
use crate::gclog::scan::{SECOND, Scan, date};

/// Starts of records.
const RECORDS: [&str; 3] = ["[GC", "[Full GC", CMS_PHASE];

/// Not more ends of phases fall into one record.
const MAX_PHASES: usize = 4;

/// A record in more lines than this is taken as broken.
const MAX_RECORD_LINES: u32 = 64;

/// So is a longer one.
const MAX_RECORD_BYTES: usize = 16 << 10;

/// Starts of lines with nothing needed here: what the JVM says of itself, and the heap's tables.
const KNOWN: [&str; 22] = [
    "Java HotSpot(TM) ",
    "OpenJDK 64-Bit Server VM (",
    "Memory: ",
    "CommandLine flags: ",
    "Application time: ",
    "Desired survivor size ",
    "- age ",
    "{Heap before GC",
    "Heap after GC",
    "Heap before GC",
    "PSYoungGen ",
    "ParOldGen ",
    "PSOldGen ",
    "PSPermGen ",
    "def new generation ",
    "tenured generation ",
    "par new generation ",
    "concurrent mark-sweep generation ",
    "garbage-first heap ",
    "Metaspace ",
    "class space ",
    "eden space ",
];

/// The same for what is further in, where a program's own output could look alike at the start of a line.
const KNOWN_INDENTED: [&str; 6] =
    ["from space ", "to   space ", "object space ", "the space ", "region size ", "[G1Ergonomics "];

/// Reads the old form.
#[derive(Default, Debug)]
pub(super) struct Legacy {
    pending: Option<Pending>,
    /// The last pause, among the run's phases: details follow it.
    last_pause: Option<usize>,
    broken: Vec<LineSample>,
}

/// A record whose last bracket has not come yet.
#[derive(Debug)]
struct Pending {
    number: u64,
    lines: u32,
    start_ns: Option<u64>,
    text: String,
}

impl Legacy {
    /// Takes a line if it is of this form.
    pub(super) fn line(&mut self, run: &mut Run, zero: &mut Zero, line: Line<'_>) -> Option<Verdict> {
        let (stamp, rest) = without_stamps(line.text);
        let (stamp, rest) = if self.pending.is_none() && !is_record(rest) {
            record_within(line.text).unwrap_or((stamp, rest))
        } else {
            (stamp, rest)
        };
        let is_record = is_record(rest);
        if self.pending.is_some() && is_record && self.is_between(rest) {
            // The record that waits goes on below this one.
            let now_ns = zero.now_ns(&stamp, &mut run.counts_from_first_line);
            return Some(self.record(run, line.number, rest, now_ns));
        }
        if !is_record && let Some(pending) = self.pending.take() {
            match self.go_on(run, pending, line.text) {
                Some(verdict) => return Some(verdict),
                None => return self.detail(run, line.text, rest, None),
            }
        }
        if let Some(pending) = self.pending.take().filter(|_| is_record) {
            self.broken.push(LineSample::new(pending.number, &pending.text));
        }
        if is_record {
            let now_ns = zero.now_ns(&stamp, &mut run.counts_from_first_line);
            return Some(self.record(run, line.number, rest, now_ns));
        }
        let is_stamped = rest.len() < line.text.len();
        let now_ns = is_stamped.then(|| zero.now_ns(&stamp, &mut run.counts_from_first_line)).flatten();
        if let Some(verdict) = legacy_phases::shenandoah(run, rest, now_ns) {
            return Some(verdict);
        }
        self.detail(run, line.text, rest, now_ns)
    }

    /// Whether a record stands whole among the lines of the one that waits: the end of a phase beside the program, or
    /// the young generation's collection within CMS's last look at the heap.
    fn is_between(&self, record: &str) -> bool {
        let is_phase = legacy_phases::is_concurrent(record);
        let is_remark = || self.pending.as_ref().is_some_and(|pending| pending.text.contains("[YG occupancy: "));
        (is_phase || is_remark()) && bracketed(record).is_some()
    }

    fn record(&mut self, run: &mut Run, number: u64, text: &str, now_ns: Option<u64>) -> Verdict {
        run.collector.infer_from_spaces(text);
        if let Some(now_ns) = now_ns {
            run.part.saw_time(now_ns);
        }
        if legacy_phases::is_concurrent(text) {
            return concurrent(run, text, now_ns);
        }
        let Some((body, after)) = bracketed(text) else {
            self.pending = Some(Pending { number, lines: 1, start_ns: now_ns, text: text.to_owned() });
            return Verdict::Ignored;
        };
        let Some(told) = Told::parse(body) else { return Verdict::NotUnderstood };
        // The end of a phase beside the program can fall into the record of a pause.
        for (at, _) in body.match_indices(CMS_PHASE).take(MAX_PHASES) {
            let uptime_ns = record_within(&body[..at + CMS_PHASE.len()]).and_then(|(stamp, _)| stamp.uptime_ns);
            concurrent(run, &body[at..], uptime_ns.or(now_ns));
        }
        let start_ns = run.place(now_ns, None, told.duration_ns, true);
        let end_ns = start_ns.saturating_add(told.duration_ns);
        run.part.saw_time(end_ns);
        if let Some(sizes) = told.sizes {
            run.part.heap.push(sizes.sample(start_ns, end_ns));
        }
        self.last_pause = Some(run.part.phases.len());
        run.part.phases.push(Phase {
            start_ns,
            duration_ns: told.duration_ns,
            kind: PauseKind::StopTheWorld,
            name: told.name,
            cause: told.cause,
            cpu_ns: processor_time(after),
            collection: None,
        });
        Verdict::Understood
    }

    /// Adds a line to the record that waits for its end; `None` if the line is something else.
    fn go_on(&mut self, run: &mut Run, mut pending: Pending, text: &str) -> Option<Verdict> {
        let rest = without_stamps(text).1;
        let goes_on = text.starts_with([':', ',', ' ']) || rest.starts_with('[');
        let goes_on = goes_on || text.contains(" secs]") || text.contains("K->");
        // A table of the heap has brackets of another sort: `[0x1000, 0x2000)`.
        let is_table = KNOWN.iter().chain(&KNOWN_INDENTED).any(|known| rest.trim_start().starts_with(known));
        if !goes_on || is_table {
            self.pending = Some(pending);
            return None;
        }
        pending.text.push(' ');
        pending.text.push_str(text);
        pending.lines += 1;
        if bracketed(&pending.text).is_some() {
            return Some(self.record(run, pending.number, &pending.text, pending.start_ns));
        }
        if pending.lines > MAX_RECORD_LINES || pending.text.len() > MAX_RECORD_BYTES {
            self.broken.push(LineSample::new(pending.number, &pending.text));
        } else {
            self.pending = Some(pending);
        }
        Some(Verdict::Ignored)
    }

    /// Lines around the records.
    fn detail(&self, run: &mut Run, text: &str, rest: &str, now_ns: Option<u64>) -> Option<Verdict> {
        let is_indented = text.starts_with(' ');
        let rest = rest.trim_start();
        if let Some(pause) = self.last_pause.and_then(|index| run.part.phases.get_mut(index)) {
            if let Some(cpu_ns) = processor_time(rest).filter(|_| rest.starts_with("[Times: ")) {
                pause.cpu_ns = Some(cpu_ns);
                return Some(Verdict::Understood);
            }
            if let Some((_, heap)) = rest.split_once("Heap: ").filter(|_| rest.starts_with("[Eden: ")) {
                let (start_ns, end_ns) = (pause.start_ns, pause.end_ns());
                let Some(sizes) = Sizes::parse(heap.trim_end_matches(']')) else { return Some(Verdict::NotUnderstood) };
                run.part.heap.push(sizes.sample(start_ns, end_ns));
                return Some(Verdict::Understood);
            }
            if is_indented && rest.starts_with('[') || text == "}" {
                return Some(Verdict::Ignored);
            }
        }
        if let Some(verdict) = safepoint::stopped(run, rest, now_ns) {
            return Some(verdict);
        }
        if KNOWN.iter().any(|known| rest.starts_with(known)) || text == "Heap" {
            run.collector.infer_from_spaces(rest);
            return Some(Verdict::Ignored);
        }
        let is_known = (is_indented || now_ns.is_some()) && KNOWN_INDENTED.iter().any(|known| rest.starts_with(known));
        is_known.then_some(Verdict::Ignored)
    }

    /// Records that never ended, by their first lines.
    pub(super) fn left_over(&mut self) -> Vec<LineSample> {
        self.broken.extend(self.pending.take().map(|pending| LineSample::new(pending.number, &pending.text)));
        std::mem::take(&mut self.broken)
    }
}

/// Whether `text` is the start of a record, and not one of G1's details.
fn is_record(text: &str) -> bool {
    RECORDS.iter().any(|record| text.starts_with(record)) && !text.starts_with("[GC Worker ")
}

/// A record that begins after output of the program that has no line end.
fn record_within(text: &str) -> Option<(Stamp, &str)> {
    let at = RECORDS.iter().filter_map(|record| text.find(record)).min()?;
    let (before, record) = text.split_at(at);
    let mut stamp = Stamp::default();
    if let Some(before) = before.strip_suffix(": ") {
        let start = before.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.' || c == ',').len();
        stamp.uptime_ns = Scan(&before[start..]).decimal().map(|uptime| uptime.times(SECOND));
    }
    is_record(record).then_some((stamp, record))
}

/// The times before a record, `DATE: SECONDS: #NUMBER: `, each of them optional.
fn without_stamps(text: &str) -> (Stamp, &str) {
    let mut stamp = Stamp::default();
    let mut rest = text.trim_start();
    if let Some((wall_ns, after)) = date(rest)
        && let Some(after) = after.strip_prefix(": ")
    {
        stamp.wall_ns = Some(wall_ns);
        rest = after;
    }
    let mut scan = Scan(rest);
    if let Some(uptime) = scan.decimal()
        && scan.literal(": ").is_some()
    {
        stamp.uptime_ns = Some(uptime.times(SECOND));
        rest = scan.0;
    }
    let mut scan = Scan(rest);
    if scan.literal("#").and_then(|()| scan.integer()).and_then(|_| scan.literal(": ")).is_some() {
        rest = scan.0;
    }
    (stamp, rest)
}

/// The inside of the bracket that `text` begins with, and what follows it.
pub(super) fn bracketed(text: &str) -> Option<(&str, &str)> {
    let mut depth = 0_usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'[' => depth += 1,
            b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return (at > 0).then(|| (&text[1..at], &text[at + 1..]));
        }
    }
    None
}

/// `[Times: user=0.03 sys=0.01, real=0.02 secs]`.
fn processor_time(text: &str) -> Option<u64> {
    let mut scan = Scan(text);
    scan.until("user=")?;
    let user_ns = scan.decimal()?.times(SECOND);
    scan.literal(" sys=")?;
    Some(user_ns.saturating_add(scan.decimal()?.times(SECOND)))
}

/// What a record says.
struct Told {
    name: String,
    cause: Option<String>,
    sizes: Option<Sizes>,
    duration_ns: u64,
}

impl Told {
    /// From the inside of a record's bracket; what is in brackets further in tells of parts of the heap.
    fn parse(body: &str) -> Option<Self> {
        let flat = outermost(body);
        let (head, duration) = flat.rsplit_once(", ")?;
        let mut scan = Scan(duration);
        let duration_ns = scan.duration().filter(|_| scan.is_done())?;
        let sizes = head
            .split_whitespace()
            .rev()
            .map(|word| word.trim_end_matches(','))
            .find_map(|word| Sizes::parse(word).or_else(|| occupancy(word)));
        let name_end = head.find(|c: char| !(c.is_ascii_alphabetic() || matches!(c, ' ' | '-'))).unwrap_or(head.len());
        let mut name = head[..name_end].trim().to_owned();
        let mut causes = Vec::new();
        let mut groups = &head[name_end..];
        while groups.starts_with('(') {
            let Some((group, rest)) = group(groups) else { break };
            groups = rest.trim_start();
            match group {
                "young" | "mixed" | "initial-mark" => name.push_str(&format!(" ({group})")),
                _ => causes.push(group),
            }
        }
        let cause = (!causes.is_empty()).then(|| causes.join("; "));
        Some(Self { name, cause, sizes, duration_ns })
    }
}

/// `789K(1234K)`: in use of what there is.
fn occupancy(word: &str) -> Option<Sizes> {
    let mut scan = Scan(word);
    let bytes = scan.size()?;
    scan.literal("(")?;
    let capacity_bytes = Some(scan.size()?);
    scan.literal(")")?;
    scan.is_done().then_some(Sizes { before_bytes: bytes, after_bytes: bytes, capacity_bytes })
}

/// The text without what is in square brackets.
fn outermost(text: &str) -> String {
    let mut depth = 0_usize;
    text.chars()
        .filter(|&character| {
            match character {
                '[' => depth += 1,
                ']' => depth = depth.saturating_sub(1),
                _ => return depth == 0,
            }
            false
        })
        .collect()
}

/// The inside of the round bracket that `text` begins with, and what follows it.
fn group(text: &str) -> Option<(&str, &str)> {
    let mut depth = 0_usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return Some((&text[1..at], &text[at + 1..]));
        }
    }
    None
}
