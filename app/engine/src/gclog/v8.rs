//! V8's `--trace-gc`, of any version that Node has had; `--trace-gc-nvp` is in `v8_values`.
//!
//! `[pid:0xisolate]  7028 ms: Mark-Compact 454.0 (482.8) -> 249.0 (447.2) MB, 59.42 / 0.00 ms  (+ 256.2 ms in 125 steps
//! since start of marking, …) …`: the time is when the line is written, at the end, since the isolate began.

use super::lines::Line;
use super::log::{Finished, GcSource, HeapSample, Part, Phase, Verdict};
use super::scan::{MB, MS, Scan};
use super::v8_values;
use crate::PauseKind;
use std::collections::HashMap;

/// What collections are called, or their values begin with.
const NAMES: [&str; 6] = ["Scavenge", "Mark-", "Minor ", "Incremental Mark", "GC: ", "pause="];

/// The longest `:0xADDRESS:NUMBER`, and some more.
const MAX_ISOLATE_BYTES: usize = 40;

/// One collection.
#[derive(Default, Debug)]
pub(super) struct Collection {
    pub(super) name: String,
    pub(super) pause_ns: u64,
    pub(super) before_bytes: u64,
    pub(super) after_bytes: u64,
    pub(super) committed_bytes: Option<u64>,
    pub(super) cause: Option<String>,
    pub(super) marking: Option<Marking>,
}

/// The marking that was done before the pause, in steps of the program's thread and beside it.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Marking {
    pub(super) steps: u64,
    pub(super) steps_ns: u64,
    pub(super) biggest_step_ns: u64,
    /// From its start to the end of the pause; older versions do not tell.
    pub(super) since_start_ns: Option<u64>,
}

/// A thread of JavaScript with a heap of its own.
#[derive(Debug)]
struct Isolate {
    name: String,
    part: Part,
    marking: Marking,
}

/// Reads V8's log.
#[derive(Default, Debug)]
pub(super) struct V8Reader {
    isolates: Vec<Isolate>,
    index_of_isolate: HashMap<String, usize>,
    /// Whether the program has run out of memory: what follows repeats the last lines.
    is_in_epilogue: bool,
}

impl V8Reader {
    pub(super) fn line(&mut self, line: Line<'_>) -> Verdict {
        if line.text.starts_with("<--- ") {
            self.is_in_epilogue = true;
            return Verdict::Ignored;
        }
        let mut verdict = Verdict::Other;
        let mut counted = false;
        // A line can be cut by the next one, and the program's output can stand before it.
        let starts: Vec<usize> = std::iter::once(0).chain(prefix_starts(line.text)).collect();
        for (index, &start) in starts.iter().enumerate() {
            let end = starts.get(index + 1).copied().unwrap_or(line.text.len());
            let segment = self.segment(&line.text[start..end], &mut counted);
            verdict = verdict.max(segment);
        }
        verdict
    }

    fn segment(&mut self, text: &str, counted: &mut bool) -> Verdict {
        let Some(Stamped { isolate, end_ns, rest }) = Stamped::parse(text) else { return Verdict::Other };
        let is_named = NAMES.iter().any(|name| rest.starts_with(name)) && !rest.starts_with("Scavenge stack scanning");
        let is_isolate = isolate.contains(':'); // `[7] …` can be anything
        if !is_isolate && !is_named {
            return Verdict::Other;
        }
        let collection = v8_values::parse(rest).or_else(|| Collection::parse(rest));
        let (Some(collection), Some(end_ns)) = (collection, end_ns) else {
            // A new name must not make a collection vanish, so its sizes count too.
            let has_sizes = rest.contains(" -> ") && rest.contains(" MB");
            let is_cut = !rest.is_empty() && NAMES.iter().any(|name| name.starts_with(rest));
            return if is_named || has_sizes || is_cut { Verdict::NotUnderstood } else { Verdict::Ignored };
        };
        let is_in_epilogue = self.is_in_epilogue;
        let isolate = self.isolate(isolate);
        if is_in_epilogue && isolate.has(&collection, end_ns) {
            return Verdict::Ignored;
        }
        isolate.part.understood += u64::from(!*counted);
        *counted = true;
        isolate.add(collection, end_ns);
        Verdict::Understood
    }

    fn isolate(&mut self, name: &str) -> &mut Isolate {
        let index = match self.index_of_isolate.get(name) {
            Some(&index) => index,
            None => {
                self.isolates.push(Isolate {
                    name: name.to_owned(),
                    part: Part::default(),
                    marking: Marking::default(),
                });
                self.index_of_isolate.insert(name.to_owned(), self.isolates.len() - 1);
                self.isolates.len() - 1
            }
        };
        &mut self.isolates[index]
    }

    pub(super) fn finish(mut self) -> Finished {
        let count = self.isolates.len();
        let busiest = (0..count).rev().max_by_key(|&index| self.isolates[index].part.heap.len());
        let Some(shown) = busiest.map(|index| self.isolates.swap_remove(index)) else {
            return Finished::new(GcSource::V8, Part::default());
        };
        let mut notes = Vec::new();
        if count > 1 {
            notes.push(format!(
                "{count} isolates (workers or processes) wrote into this log. Shown is {}, which collected most; each \
                 isolate's times count from its own start.",
                shown.name
            ));
        }
        if shown.marking.steps_ns > 0 {
            notes.push(format!(
                "V8 also marked on the program's own thread: {}. The log does not tell when, so this is within the \
                 concurrent phases and in no sum of pauses.",
                shown.marking.told()
            ));
        }
        let mut finished = Finished::new(GcSource::V8, shown.part);
        finished.understood_of_others = self.isolates.iter().map(|isolate| isolate.part.understood).sum();
        finished.notes = notes;
        finished
    }
}

impl Isolate {
    /// Whether this very collection was told before.
    fn has(&self, collection: &Collection, end_ns: u64) -> bool {
        self.part.heap.iter().rev().take(64).any(|sample| {
            let same_time = sample.t_ns == end_ns && end_ns.saturating_sub(sample.before_at_ns) == collection.pause_ns;
            same_time && sample.before_bytes == collection.before_bytes && sample.after_bytes == collection.after_bytes
        })
    }

    fn add(&mut self, collection: Collection, end_ns: u64) {
        let number = self.part.heap.len() as u64;
        let start_ns = end_ns.saturating_sub(collection.pause_ns);
        if let Some(marking) = collection.marking {
            self.marking.steps = self.marking.steps.saturating_add(marking.steps);
            self.marking.steps_ns = self.marking.steps_ns.saturating_add(marking.steps_ns);
            self.marking.biggest_step_ns = self.marking.biggest_step_ns.max(marking.biggest_step_ns);
            let duration_ns = match marking.since_start_ns {
                Some(since_start_ns) => since_start_ns.saturating_sub(collection.pause_ns),
                None => marking.steps_ns,
            };
            self.part.phases.push(Phase {
                start_ns: start_ns.saturating_sub(duration_ns),
                duration_ns,
                kind: PauseKind::Concurrent,
                name: "marking".to_owned(),
                cause: (marking.steps_ns > 0).then(|| format!("on the program's thread: {}", marking.told())),
                cpu_ns: None,
                collection: Some(number),
            });
        }
        self.part.phases.push(Phase {
            start_ns,
            duration_ns: collection.pause_ns,
            kind: PauseKind::StopTheWorld,
            name: collection.name,
            cause: collection.cause,
            cpu_ns: None,
            collection: Some(number),
        });
        self.part.heap.push(HeapSample {
            before_at_ns: start_ns,
            t_ns: end_ns,
            before_bytes: collection.before_bytes,
            end_bytes: None,
            after_bytes: collection.after_bytes,
            capacity_bytes: collection.committed_bytes,
        });
        self.part.saw_time(end_ns);
    }
}

/// A line of V8's tracing: whose, when, and the rest.
struct Stamped<'a> {
    /// Empty in the oldest versions.
    isolate: &'a str,
    end_ns: Option<u64>,
    rest: &'a str,
}

impl<'a> Stamped<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let mut scan = Scan(text.trim_start());
        let isolate = prefix(scan.0).unwrap_or_default();
        scan.0 = &scan.0[isolate.len()..];
        scan.spaces();
        let mut timed = scan;
        let end_ns = timed.decimal().and_then(|time| timed.literal(" ms: ").map(|()| time.times(MS)));
        if end_ns.is_some() {
            scan = timed;
        }
        (end_ns.is_some() || !isolate.is_empty()).then_some(Self { isolate, end_ns, rest: scan.0.trim_start() })
    }
}

/// `[pid]`, `[pid:0xisolate]`, `[pid:ISOLATE]` (Windows) or `[pid:0xisolate:number]` at the start of `text`.
fn prefix(text: &str) -> Option<&str> {
    let mut scan = Scan(text);
    scan.literal("[")?;
    scan.integer()?;
    let end = scan.0.bytes().take(MAX_ISOLATE_BYTES).position(|byte| byte == b']')?;
    let isolate = &scan.0[..end];
    scan.0 = &scan.0[end + 1..];
    let is_isolate = isolate.is_empty() || isolate.strip_prefix(':').is_some_and(is_address);
    is_isolate.then(|| &text[..text.len() - scan.0.len()])
}

/// An address, and no time of day such as `12:30:45` in brackets.
fn is_address(text: &str) -> bool {
    let address = text.split(':').next().unwrap_or(text);
    let digits = address.strip_prefix("0x").unwrap_or(address);
    let is_hex = !digits.is_empty() && digits.len() <= 16 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex && (address.len() > digits.len() || digits.len() >= 8)
}

/// Where further lines begin in a line whose writers were cut off.
fn prefix_starts(text: &str) -> impl Iterator<Item = usize> {
    text.match_indices('[').map(|(at, _)| at).filter(move |&at| {
        at > 0
            && prefix(&text[at..])
                .is_some_and(|prefix| prefix.contains(':') && text[at + prefix.len()..].starts_with(' '))
    })
}

impl Collection {
    fn parse(text: &str) -> Option<Self> {
        // The name ends where the sizes begin.
        let (name_end, (mut scan, before_bytes, after_bytes, committed_bytes)) =
            text.match_indices(' ').take(6).find_map(|(at, _)| Some((at, sizes(&text[at + 1..])?)))?;
        if scan.literal("pooled: ").is_some() {
            scan.decimal()?;
            scan.literal(" MB, ")?;
        }
        let pause_ns = scan.decimal()?.times(MS);
        if scan.literal(" / ").is_some() {
            scan.decimal()?; // within the pause: callbacks of the embedder
        }
        scan.literal(" ms")?;
        scan.spaces();
        let marking = Marking::parse(&mut scan);
        scan.spaces();
        if scan.literal("(average mu").is_some() && scan.until(")").is_none() {
            scan.0 = ""; // a cut line: all numbers are there, the cause is not
        }
        let cause = causes(scan.0);
        let name = text[..name_end].to_owned();
        Some(Self { name, pause_ns, before_bytes, after_bytes, committed_bytes, cause, marking })
    }
}

/// `454.0 (482.8) -> 249.0 (447.2) MB, ` and what follows; the committed sizes are missing in the oldest versions.
fn sizes(text: &str) -> Option<(Scan<'_>, u64, u64, Option<u64>)> {
    let mut scan = Scan(text);
    let before_bytes = scan.decimal()?.times(MB);
    committed(&mut scan);
    scan.literal(" -> ")?;
    let after_bytes = scan.decimal()?.times(MB);
    let committed_bytes = committed(&mut scan);
    scan.literal(" MB, ")?;
    Some((scan, before_bytes, after_bytes, committed_bytes))
}

fn committed(scan: &mut Scan<'_>) -> Option<u64> {
    let mut inner = *scan;
    inner.literal(" (")?;
    let bytes = inner.decimal()?.times(MB);
    inner.literal(")")?;
    *scan = inner;
    Some(bytes)
}

impl Marking {
    /// `17.9 ms in 29 steps, the longest 7.5 ms`; newer versions do not count steps that are part of an allocation.
    fn told(self) -> String {
        let ms = |ns: u64| (ns / 1_000) as f64 / 1e3;
        match self.steps {
            0 => format!("{} ms", ms(self.steps_ns)),
            steps => format!("{} ms in {steps} steps, the longest {} ms", ms(self.steps_ns), ms(self.biggest_step_ns)),
        }
    }

    /// `(+ 8.1 ms in 15 steps since start of marking, biggest step 5.2 ms, walltime since start of marking 85 ms)`.
    fn parse(scan: &mut Scan<'_>) -> Option<Self> {
        let mut inner = *scan;
        inner.literal("(+ ")?;
        let steps_ns = inner.decimal()?.times(MS);
        inner.literal(" ms in ")?;
        let steps = inner.integer()?;
        inner.literal(" steps")?;
        let mut told = Scan(inner.until(")")?);
        *scan = inner;
        let mut after = |words: &str| {
            told.until(words)?;
            Some(told.decimal()?.times(MS))
        };
        let biggest_step_ns = after("biggest step ").unwrap_or_default();
        let since_start_ns = after("walltime since start of marking ");
        Some(Self { steps, steps_ns, biggest_step_ns, since_start_ns })
    }
}

/// `allocation failure; GC in old space requested`; older: `[allocation failure] [GC in old space requested].`
fn causes(text: &str) -> Option<String> {
    let text = text.trim().trim_end_matches(['.', ';', ' ']);
    let text = text.replace("] [", "; ");
    let text = text.trim_matches(['[', ']']);
    (!text.is_empty()).then(|| text.to_owned())
}
