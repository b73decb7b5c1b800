//! One run of a JVM as its log tells it: phases, sizes, and what is known only at the end.

use super::collector::Collector;
use super::unified::Sizes;
use crate::PauseKind;
use crate::gclog::log::{Part, Phase};
use std::collections::{HashMap, HashSet};

/// No collection has more phases open at a time.
const MAX_BEGUN: usize = 64;

/// A collection as a whole.
#[derive(Debug)]
pub(super) struct Cycle {
    /// Whether the log tells its duration, or only when it began and ended.
    pub(super) from_log: bool,
    pub(super) phase: Phase,
}

/// How many, how long together, and the longest.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Sum {
    pub(super) count: u64,
    pub(super) sum_ns: u64,
    pub(super) max_ns: u64,
}

impl Sum {
    pub(super) fn add(&mut self, duration_ns: u64) {
        self.count += 1;
        self.sum_ns = self.sum_ns.saturating_add(duration_ns);
        self.max_ns = self.max_ns.max(duration_ns);
    }

    /// `3 times (1.2 ms together, longest 0.7 ms)`.
    fn told(self) -> String {
        let ms = |ns: u64| (ns / 1_000) as f64 / 1e3;
        match self.count {
            1 => format!("once ({} ms)", ms(self.sum_ns)),
            count => format!("{count} times ({} ms together, longest {} ms)", ms(self.sum_ns), ms(self.max_ns)),
        }
    }
}

/// Something that began and has not ended.
#[derive(Debug)]
struct Begun {
    generation: Option<&'static str>,
    label: String,
    start_ns: u64,
}

/// One run of a JVM.
#[derive(Default, Debug)]
pub(super) struct Run {
    pub(super) part: Part,
    pub(super) collector: Collector,
    pub(super) program: Option<String>,
    /// Whole collections, shown only where their phases are not told.
    pub(super) cycles: Vec<Cycle>,
    /// The collection whose heap table was read last, and what the heap held at its end.
    pub(super) capacity_of_cycle: Option<(u64, u64)>,
    /// Threads that waited for memory.
    pub(super) stalls: Sum,
    /// Safepoints for collections; a pause lies within each.
    pub(super) safepoints: Vec<Phase>,
    /// Safepoints for anything else.
    pub(super) other_safepoints: Sum,
    /// Safepoints whose reason the log does not tell; those for collections are among them.
    pub(super) unnamed_safepoints: Sum,
    /// The safepoint that was entered and not yet left, in older logs.
    pub(super) entered: Option<String>,
    /// Whether a time was missing: pauses without times are laid end to end.
    pub(super) is_timeless: bool,
    /// The clock shown began with something else than the JVM.
    pub(super) counts_from_first_line: bool,
    /// Whether the log does not tell which work stopped the program; known when it is closed.
    pub(super) hides_pauses: bool,
    begun: HashMap<u64, Vec<Begun>>,
    begun_and_forgotten: usize,
    last_pause: HashMap<u64, usize>,
}

impl Run {
    pub(super) fn begin(
        &mut self,
        collection: u64,
        generation: Option<&'static str>,
        label: &str,
        now_ns: Option<u64>,
    ) {
        let Some(start_ns) = now_ns else { return };
        let begun = self.begun.entry(collection).or_default();
        if begun.len() == MAX_BEGUN {
            begun.remove(0);
            self.begun_and_forgotten += 1;
        }
        begun.push(Begun { generation, label: label.to_owned(), start_ns });
    }

    /// When what ends now began, if its start was told.
    pub(super) fn end(&mut self, collection: u64, generation: Option<&'static str>, label: &str) -> Option<u64> {
        let begun = self.begun.get_mut(&collection)?;
        // The end may say more than the start: `… (Evacuation Failure)`.
        let index = begun.iter().rposition(|it| it.generation == generation && label.starts_with(&it.label))?;
        let started_ns = begun.remove(index).start_ns;
        if begun.is_empty() {
            self.begun.remove(&collection);
        }
        Some(started_ns)
    }

    /// Forgets what began in a collection that is over.
    pub(super) fn end_all(&mut self, collection: u64) {
        self.begun.remove(&collection);
    }

    /// When something of this duration began.
    pub(super) fn place(
        &mut self,
        started_ns: Option<u64>,
        now_ns: Option<u64>,
        duration_ns: u64,
        moves_clock: bool,
    ) -> u64 {
        match (started_ns, now_ns) {
            (Some(started_ns), _) => started_ns,
            (None, Some(now_ns)) => now_ns.saturating_sub(duration_ns),
            (None, None) => {
                self.is_timeless = true;
                let start_ns = self.part.last_ns;
                if moves_clock {
                    self.part.saw_time(start_ns.saturating_add(duration_ns));
                }
                start_ns
            }
        }
    }

    pub(super) fn add_phase(&mut self, phase: Phase) {
        if let (PauseKind::StopTheWorld, Some(collection)) = (phase.kind, phase.collection) {
            self.last_pause.insert(collection, self.part.phases.len());
        }
        self.part.phases.push(phase);
    }

    pub(super) fn sample(&mut self, collection: u64, sizes: Option<Sizes>, start_ns: u64, end_ns: u64) {
        let Some(mut sizes) = sizes else { return };
        if let Some((of_collection, bytes)) = self.capacity_of_cycle
            && of_collection == collection
        {
            sizes.capacity_bytes = sizes.capacity_bytes.or(Some(bytes));
        }
        self.part.heap.push(sizes.sample(start_ns, end_ns));
    }

    /// Gives the last pause of a collection its processor time; false if there is no such pause.
    pub(super) fn set_cpu(&mut self, collection: u64, cpu_ns: u64) -> bool {
        let Some(index) = self.last_pause.remove(&collection) else { return false };
        match self.part.phases.get_mut(index) {
            Some(pause) => {
                pause.cpu_ns = Some(cpu_ns);
                true
            }
            None => false,
        }
    }

    /// Puts in order what is known only now, and tells what a reader of the numbers should know.
    pub(super) fn close(&mut self) -> Vec<String> {
        let mut notes = Vec::new();
        let phases = &mut self.part.phases;
        let with_phases: HashSet<u64> = phases
            .iter()
            .filter(|phase| phase.kind == PauseKind::Concurrent)
            .filter_map(|phase| phase.collection)
            .collect();
        let is_shown = |cycle: &Cycle| cycle.phase.collection.is_none_or(|number| !with_phases.contains(&number));
        let cycles: Vec<Cycle> = self.cycles.drain(..).filter(is_shown).collect();
        let has_sizes_only = phases.is_empty() && cycles.is_empty() && !self.part.heap.is_empty();
        let has_pauses = phases.iter().any(|phase| phase.kind == PauseKind::StopTheWorld);
        if has_sizes_only || cycles.iter().any(|cycle| cycle.phase.name.ends_with("Collection")) {
            self.hides_pauses = !has_pauses && self.safepoints.is_empty();
            notes.push(
                "This log has whole collections only, not which of their phases stopped the program: run with \
                 `-Xlog:gc*` to have the pauses."
                    .to_owned(),
            );
        }
        if cycles.iter().any(|cycle| !cycle.from_log) {
            notes.push(
                "The log does not tell how long whole collections took; it is from their first line to their last."
                    .to_owned(),
            );
        }
        phases.extend(cycles.into_iter().map(|cycle| cycle.phase));
        if !has_pauses && !self.safepoints.is_empty() {
            notes.push(
                "Pauses are the safepoints of collections: the log has no lines of the collector itself.".to_owned(),
            );
            self.part.phases.append(&mut self.safepoints);
        }
        self.note_waits(&mut notes);
        if self.is_timeless {
            notes.push("The log has no times: pauses are laid end to end. Ask for them with `-Xlog:gc*:…:uptime`, before JDK 9 \
                 with `-XX:+PrintGCTimeStamps`."
                    .to_owned(),
            );
        } else if self.counts_from_first_line {
            notes.push("The log does not tell when the JVM started: times count from its first line.".to_owned());
        }
        let unfinished = self.begun_and_forgotten + self.begun.values().map(Vec::len).sum::<usize>();
        match unfinished {
            0 => {}
            1 => notes.push("One phase began and has no end in this log; it is not shown.".to_owned()),
            _ => notes.push(format!("{unfinished} phases began and have no end in this log; they are not shown.")),
        }
        notes
    }

    fn note_waits(&self, notes: &mut Vec<String>) {
        let mut of_collections = Sum::default();
        self.safepoints.iter().for_each(|stop| of_collections.add(stop.duration_ns));
        if of_collections.count > 0 {
            notes.push(format!(
                "All threads stopped for collections {}, the way to the stop and back included.",
                of_collections.told()
            ));
        }
        if self.unnamed_safepoints.count > 0 {
            let stops = self.unnamed_safepoints.told();
            notes
                .push(format!("All threads stopped {stops}, for collections or anything else: the log does not tell."));
        }
        if self.other_safepoints.count > 0 {
            notes.push(format!("The JVM stopped for other reasons {}; not shown.", self.other_safepoints.told()));
        }
        if self.stalls.count > 0 {
            notes.push(format!("Single threads waited for the collector (stalls) {}; not shown.", self.stalls.told()));
        }
    }
}
