//! The JVM's unified logging, `-Xlog:gc*`, from JDK 9 on: messages of all its collectors.

use super::decorations::Decorated;
use super::run::{Cycle, Run};
use super::safepoint;
use crate::PauseKind;
use crate::gclog::log::{HeapSample, Phase, Verdict};
use crate::gclog::scan::Scan;

/// Takes one line. `now_ns` is when it was written, if the log has times.
pub(super) fn message(run: &mut Run, line: &Decorated<'_>, now_ns: Option<u64>) -> Verdict {
    if let Some(now_ns) = now_ns {
        run.part.saw_time(now_ns);
    }
    let mut scan = Scan(line.message);
    if scan.literal("GC(").is_none() {
        return without_number(run, line, now_ns);
    }
    let Some(collection) = scan.integer().and_then(|number| scan.literal(") ").map(|()| number)) else {
        return Verdict::NotUnderstood;
    };
    let (generation, text) = generation(scan.0);
    let says_what_happened = line.tags.is_none_or(|tags| {
        tags.split(',').all(|tag| matches!(tag.trim(), "gc" | "phases" | "start" | "marking" | "cpu" | "heap"))
    });
    if !says_what_happened {
        return Verdict::Ignored;
    }
    if let Some(kind) = kind_of(text) {
        let event = Event { collection, generation, kind, tags: line.tags, now_ns };
        return work(run, &event, text);
    }
    if text.starts_with("User=") {
        return processor_time(run, collection, text);
    }
    if let Some(capacities) = text.trim_start().strip_prefix("Capacity:") {
        // In the columns: at mark start, mark end, relocate start and relocate end.
        let at_end = capacities.split_whitespace().filter(|word| !word.starts_with('(')).nth(3);
        run.capacity_of_cycle = at_end.and_then(|word| Scan(word).size()).map(|bytes| (collection, bytes));
        return Verdict::Ignored;
    }
    if let Some(verdict) = stall(run, text) {
        return verdict;
    }
    let is_headline = line.tags == Some("gc") && !line.is_detail;
    let has_numbers = text.contains("->") || text.ends_with("ms");
    if is_headline && has_numbers { Verdict::NotUnderstood } else { Verdict::Ignored }
}

/// Lines that belong to no collection.
fn without_number(run: &mut Run, line: &Decorated<'_>, now_ns: Option<u64>) -> Verdict {
    let Decorated { message, tags, .. } = *line;
    if let Some(name) = message.strip_prefix("Using ") {
        // `Using 2 workers…` has another tag, or a number before it.
        if tags.is_none_or(|tags| tags == "gc" || tags == "gc,init") && run.collector.name_told(name) {
            return Verdict::Understood;
        }
    }
    if let Some(verdict) = safepoint::unified(run, message, now_ns).or_else(|| stall(run, message)) {
        return verdict;
    }
    if let Some(command) = message.strip_prefix("java_command: ") {
        run.program = command.split(' ').next().filter(|name| !name.is_empty()).map(str::to_owned);
    }
    let is_cut = tags == Some("gc") && !message.is_empty() && "GC(".starts_with(message);
    if is_cut { Verdict::NotUnderstood } else { Verdict::Ignored }
}

/// `Allocation Stall (main) 12.500ms`: one thread of the program had to wait for the collector; the others went on.
fn stall(run: &mut Run, text: &str) -> Option<Verdict> {
    let told = text.strip_prefix("Allocation Stall (").or_else(|| text.strip_prefix("Relocation Stall ("))?;
    if told.starts_with("ZWorker") {
        return Some(Verdict::Ignored); // a thread of the collector itself
    }
    let Some(duration_ns) = told.rsplit(' ').next().and_then(|word| Scan(word).duration()) else {
        return Some(Verdict::NotUnderstood);
    };
    run.stalls.add(duration_ns);
    Some(Verdict::Understood)
}

/// What a line tells of: something the collector did.
struct Event<'a> {
    collection: u64,
    generation: Option<&'static str>,
    kind: Kind,
    tags: Option<&'a str>,
    now_ns: Option<u64>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Pause,
    Concurrent,
    /// All of a collection, whose phases have lines of their own if the log has them.
    Cycle,
    /// Half of such a cycle.
    Half,
}

fn kind_of(text: &str) -> Option<Kind> {
    if text.starts_with("Pause ") {
        return Some(Kind::Pause);
    }
    if text.starts_with("Concurrent ") {
        let is_cycle = text.starts_with("Concurrent Mark Cycle") || text.starts_with("Concurrent Undo Cycle");
        return Some(if is_cycle { Kind::Cycle } else { Kind::Concurrent });
    }
    if ["Garbage Collection", "Major Collection", "Minor Collection"].iter().any(|name| text.starts_with(name)) {
        return Some(Kind::Cycle);
    }
    ["Young Generation ", "Old Generation "]
        .iter()
        .any(|name| text.starts_with(name) && text.contains("->"))
        .then_some(Kind::Half)
}

/// Generational ZGC says whose phase it is: `Y:` and `y:` the young generation's, `O:` the old one's.
fn generation(text: &str) -> (Option<&'static str>, &str) {
    let mut scan = Scan(text);
    let generation = match scan.0.bytes().next() {
        Some(b'Y' | b'y') => "young",
        Some(b'O' | b'o') => "old",
        _ => return (None, text),
    };
    scan.0 = &scan.0[1..];
    match scan.literal(": ") {
        Some(()) => (Some(generation), scan.0),
        None => (None, text),
    }
}

fn work(run: &mut Run, event: &Event<'_>, text: &str) -> Verdict {
    let told = Told::parse(text);
    if told.is_broken() {
        return Verdict::NotUnderstood;
    }
    let is_start = told.duration_ns.is_none() && told.sizes.is_none();
    if is_start && let Some(label) = told.label.strip_suffix(" Abort") {
        return aborted(run, event, label);
    }
    if is_start {
        // In a log with tags a pause's start has its own; such a line without it has lost its end.
        let is_cut = event.kind == Kind::Pause && event.tags.is_some_and(|tags| !tags.contains("start"));
        if is_cut {
            return Verdict::NotUnderstood;
        }
        run.begin(event.collection, event.generation, told.label, event.now_ns);
        return Verdict::Ignored;
    }
    let started_ns = run.end(event.collection, event.generation, told.label);
    if event.kind == Kind::Cycle {
        run.end_all(event.collection); // phases that were aborted without a word
    }
    if event.kind == Kind::Half {
        return Verdict::Ignored;
    }
    let Some(duration_ns) = told.duration_ns else {
        // Only whole cycles of ZGC, before JDK 21, are told without their time.
        if event.kind != Kind::Cycle {
            return Verdict::NotUnderstood;
        }
        let end_ns = event.now_ns.unwrap_or(run.part.last_ns);
        let start_ns = started_ns.unwrap_or(end_ns);
        run.sample(event.collection, told.sizes, start_ns, end_ns);
        if started_ns.is_some() {
            run.cycles
                .push(Cycle { from_log: false, phase: event.phase(&told, start_ns, end_ns.saturating_sub(start_ns)) });
        }
        return Verdict::Understood;
    };
    let start_ns = run.place(started_ns, event.now_ns, duration_ns, event.kind == Kind::Pause);
    let end_ns = start_ns.saturating_add(duration_ns);
    run.sample(event.collection, told.sizes, start_ns, end_ns);
    let phase = event.phase(&told, start_ns, duration_ns);
    run.collector.infer_from(&phase.name, phase.cause.as_deref());
    match event.kind {
        Kind::Cycle => run.cycles.push(Cycle { from_log: true, phase }),
        _ => run.add_phase(phase),
    }
    Verdict::Understood
}

/// A full collection can end a phase early; then only its first and its last line tell how long it was.
fn aborted(run: &mut Run, event: &Event<'_>, label: &str) -> Verdict {
    let (Some(start_ns), Some(now_ns)) = (run.end(event.collection, event.generation, label), event.now_ns) else {
        return Verdict::Ignored;
    };
    let told = Told { label, sizes: None, duration_ns: None };
    let phase = event.phase(&told, start_ns, now_ns.saturating_sub(start_ns));
    run.add_phase(Phase { cause: Some("aborted".to_owned()), ..phase });
    Verdict::Understood
}

impl Event<'_> {
    fn phase(&self, told: &Told<'_>, start_ns: u64, duration_ns: u64) -> Phase {
        let (mut name, cause) = name_and_cause(told.label);
        if let Some(generation) = self.generation {
            name = format!("{name} ({generation})");
        }
        Phase {
            start_ns,
            duration_ns,
            kind: if self.kind == Kind::Pause { PauseKind::StopTheWorld } else { PauseKind::Concurrent },
            name,
            cause,
            cpu_ns: None,
            collection: Some(self.collection),
        }
    }
}

/// `Pause Young (Normal) (G1 Evacuation Pause) 20M->17M(380M) 31.442ms`, taken apart from its end.
struct Told<'a> {
    label: &'a str,
    sizes: Option<Sizes>,
    duration_ns: Option<u64>,
}

/// Before, after and what the heap can hold. ZGC writes shares instead of the last.
#[derive(Clone, Copy)]
pub(super) struct Sizes {
    pub(super) before_bytes: u64,
    pub(super) after_bytes: u64,
    pub(super) capacity_bytes: Option<u64>,
}

impl<'a> Told<'a> {
    fn parse(text: &'a str) -> Self {
        let mut told = Self { label: text.trim(), sizes: None, duration_ns: None };
        if let Some((before, word)) = told.label.rsplit_once(' ') {
            let mut scan = Scan(word);
            told.duration_ns = scan.duration().filter(|_| scan.is_done());
            if told.duration_ns.is_some() {
                told.label = before.trim_end();
                told.drop_interval();
            }
        }
        if let Some((before, word)) = told.label.rsplit_once(' ')
            && let Some(sizes) = Sizes::parse(word)
        {
            told.sizes = Some(sizes);
            told.label = before.trim_end();
        }
        told
    }

    /// JDK 9 and 10 write `(12.345s, 12.350s)` before the duration.
    fn drop_interval(&mut self) {
        if let Some((before, interval)) = self.label.rsplit_once(" (")
            && let Some((from, to)) = interval.strip_suffix("s)").and_then(|interval| interval.split_once("s, "))
            && Scan(from).decimal().is_some()
            && Scan(to).decimal().is_some()
        {
            self.label = before;
        }
    }

    /// Whether numbers are left in the label, or a bracket is not closed: the line was cut or is of a new form.
    fn is_broken(&self) -> bool {
        let last_word = self.label.rsplit(' ').next().unwrap_or_default();
        let open = self.label.matches('(').count();
        self.label.contains("->")
            || last_word.starts_with(|c: char| c.is_ascii_digit())
            || open != self.label.matches(')').count()
    }
}

impl Sizes {
    /// `20M->17M(380M)` or `118M(12%)->154M(15%)`.
    pub(super) fn parse(word: &str) -> Option<Self> {
        let mut scan = Scan(word);
        let before_bytes = scan.size()?;
        if scan.0.starts_with('(') {
            scan.until(")")?;
        }
        scan.literal("->")?;
        let after_bytes = scan.size()?;
        let mut capacity_bytes = None;
        if scan.literal("(").is_some() {
            capacity_bytes = scan.size();
            scan.until(")")?;
        }
        scan.is_done().then_some(Self { before_bytes, after_bytes, capacity_bytes })
    }

    pub(super) fn sample(self, before_at_ns: u64, t_ns: u64) -> HeapSample {
        let Self { before_bytes, after_bytes, capacity_bytes } = self;
        HeapSample { before_at_ns, t_ns, before_bytes, end_bytes: None, after_bytes, capacity_bytes }
    }
}

/// What stands in brackets after the name is the cause, unless it says which sort of collection it is.
fn name_and_cause(label: &str) -> (String, Option<String>) {
    const SORTS: [&str; 8] =
        ["Normal", "Mixed", "Prepare Mixed", "Concurrent Start", "Concurrent End", "Major", "Minor", "unload classes"];
    let mut causes: Vec<&str> = Vec::new();
    let mut rest = label;
    while let Some(group) = last_group(rest) {
        let inner = &rest[group + 2..rest.len() - 1];
        if SORTS.contains(&inner) {
            break;
        }
        causes.insert(0, inner);
        rest = &rest[..group];
    }
    (rest.to_owned(), (!causes.is_empty()).then(|| causes.join("; ")))
}

/// Where the last ` (…)` of the text begins; brackets within it belong to it.
fn last_group(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    if !text.ends_with(')') {
        return None;
    }
    for (at, byte) in text.bytes().enumerate().rev() {
        match byte {
            b')' => depth += 1,
            b'(' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            let start = at.checked_sub(1)?;
            return text[..at].ends_with(' ').then_some(start);
        }
    }
    None
}

/// `User=0.04s Sys=0.01s Real=0.13s` belongs to the last pause of its collection.
fn processor_time(run: &mut Run, collection: u64, text: &str) -> Verdict {
    let mut scan = Scan(text);
    let mut parse = || {
        scan.literal("User=")?;
        let user_ns = scan.duration()?;
        scan.literal(" Sys=")?;
        Some(user_ns.saturating_add(scan.duration()?))
    };
    match parse() {
        None => Verdict::NotUnderstood,
        Some(cpu_ns) if run.set_cpu(collection, cpu_ns) => Verdict::Understood,
        Some(_) => Verdict::Ignored,
    }
}
