//! CPython: the JSON lines of `gc_recorder.py`, and the text of `gc.set_debug(gc.DEBUG_STATS)`, which has no times.

use super::lines::Line;
use super::log::{Finished, GcSource, HeapSample, Part, Phase, Verdict};
use super::scan::Scan;
use crate::PauseKind;
use serde::Deserialize;

/// One collection, as the recorder writes it. `t_ns` is its start.
#[derive(Deserialize)]
struct Record {
    t_ns: u64,
    #[serde(rename = "gen")]
    generation: u64,
    pause_ns: u64,
    #[serde(default)]
    uncollectable: u64,
    rss_before: Option<u64>,
    rss_after: Option<u64>,
}

/// The recorder's first line.
#[derive(Deserialize)]
struct Header {
    gc_log: String,
    program: Option<String>,
}

/// The recorder's last line.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct End {
    end_ns: u64,
}

/// Reads Python's logs.
#[derive(Default, Debug)]
pub(super) struct PythonReader {
    part: Part,
    program: Option<String>,
    understood_of_others: u64,
    runs_before: u64,
    uncollectable: u64,
    /// The generation that is being collected, in the text form.
    generation: Option<u64>,
    /// Whether a line without a time was read; such pauses are laid end to end.
    is_timeless: bool,
}

impl PythonReader {
    pub(super) fn line(&mut self, line: Line<'_>) -> Verdict {
        let verdict = match (line.text.find("{\""), line.text.find("gc: ")) {
            (Some(at), _) => self.json(&line.text[at..]),
            (None, Some(at)) => self.text(&line.text[at..]),
            (None, None) => Verdict::Other,
        };
        self.part.understood += u64::from(verdict == Verdict::Understood);
        verdict
    }

    fn json(&mut self, text: &str) -> Verdict {
        if let Ok(record) = serde_json::from_str::<Record>(text) {
            if record.t_ns.saturating_add(record.pause_ns) < self.part.last_ns && record.t_ns < self.part.last_ns / 2 {
                self.begin_run();
            }
            self.add(&record);
            return Verdict::Understood;
        }
        if let Ok(header) = serde_json::from_str::<Header>(text) {
            if header.gc_log != "python" {
                return Verdict::Other;
            }
            if !self.part.phases.is_empty() {
                self.begin_run();
            }
            self.program = header.program;
            return Verdict::Understood;
        }
        if let Ok(End { end_ns }) = serde_json::from_str(text) {
            self.part.saw_time(end_ns);
            return Verdict::Understood;
        }
        let is_cut = ["{\"t_ns\"", "{\"gc_log\"", "{\"end_ns\""].iter().any(|start| text.starts_with(start));
        if is_cut { Verdict::NotUnderstood } else { Verdict::Other }
    }

    fn begin_run(&mut self) {
        self.runs_before += 1;
        self.understood_of_others += self.part.understood;
        self.part = Part::default();
        self.uncollectable = 0;
        self.program = None;
    }

    fn add(&mut self, record: &Record) {
        self.uncollectable = self.uncollectable.saturating_add(record.uncollectable);
        let end_ns = record.t_ns.saturating_add(record.pause_ns);
        self.pause(record.t_ns, record.pause_ns, format!("generation {}", record.generation));
        if let (Some(before_bytes), Some(after_bytes)) = (record.rss_before, record.rss_after) {
            self.part.heap.push(HeapSample {
                before_at_ns: record.t_ns,
                t_ns: end_ns,
                before_bytes,
                end_bytes: None,
                after_bytes,
                capacity_bytes: None,
            });
        }
    }

    fn pause(&mut self, start_ns: u64, duration_ns: u64, name: String) {
        self.part.phases.push(Phase {
            start_ns,
            duration_ns,
            kind: PauseKind::StopTheWorld,
            name,
            cause: None,
            cpu_ns: None,
            collection: Some(self.part.phases.len() as u64),
        });
        self.part.saw_time(start_ns.saturating_add(duration_ns));
    }

    /// `gc: collecting generation 2...`, then `gc: done, 1392 unreachable, 0 uncollectable, 0.0007s elapsed`.
    fn text(&mut self, text: &str) -> Verdict {
        let mut scan = Scan(text);
        if scan.literal("gc: collecting generation ").is_some() {
            self.generation = scan.integer();
            return if self.generation.is_some() { Verdict::Ignored } else { Verdict::NotUnderstood };
        }
        if scan.literal("gc: done").is_some() {
            let duration_ns = scan.0.rsplit(", ").find_map(|item| {
                let mut item = Scan(item);
                let duration_ns = item.duration()?;
                item.literal(" elapsed").map(|()| duration_ns)
            });
            let Some(duration_ns) = duration_ns else { return Verdict::NotUnderstood };
            let name = self.generation.take().map_or("collection".to_owned(), |number| format!("generation {number}"));
            self.is_timeless = true;
            self.pause(self.part.last_ns, duration_ns, name);
            return Verdict::Understood;
        }
        const KNOWN: [&str; 5] =
            ["gc: objects in ", "gc: collectable <", "gc: uncollectable <", "gc: unreachable", "gc: collecting "];
        if KNOWN.iter().any(|known| text.starts_with(known)) { Verdict::Ignored } else { Verdict::Other }
    }

    pub(super) fn finish(self) -> Finished {
        let mut finished = Finished::new(GcSource::Python, self.part);
        finished.program = self.program;
        finished.understood_of_others = self.understood_of_others;
        if !finished.part.heap.is_empty() {
            finished.notes.push("Heap sizes are the process's resident memory; Python tells no other.".to_owned());
        }
        if self.is_timeless {
            finished.notes.push(
                "This log tells how long pauses were, to 0.1 ms, and not when: they are laid end to end. Record with \
                 `gc_recorder.py` to have times."
                    .to_owned(),
            );
        }
        if self.runs_before > 0 {
            let runs = self.runs_before + 1;
            finished.notes.push(format!("{runs} runs wrote into this log one after another. Shown is the last."));
        }
        if self.uncollectable > 0 {
            finished.notes.push(format!("{} objects could not be collected.", self.uncollectable));
        }
        finished
    }
}
