//! Answers a question in parts: goes through the blocks, then looks names up, and shows now and then how far it is.

use super::grouping::{Grouped, group};
use super::naming::{Naming, Needs, needs_of};
use super::pace::Pace;
use super::scan::Scan;
use super::tally::ALIVE;
use super::{Answer, Query, Side};
use crate::model::Model;
use crate::names::Names;
use parking_lot::RwLock;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// A flag that ends questions. Clones are the same flag.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Ends the questions that were given this flag, within a ms (a name that is being looked up is waited for).
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether that has been done.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A model to ask.
#[derive(Clone, Copy)]
pub enum ModelRef<'a> {
    /// One that does not change.
    Whole(&'a Model),
    /// One that may be growing: it is locked for a ms at a time, so that the reading goes on. Hold no lock of it.
    Growing(&'a RwLock<Model>),
}

impl<'a> From<&'a Model> for ModelRef<'a> {
    fn from(model: &'a Model) -> Self {
        ModelRef::Whole(model)
    }
}

impl<'a> From<&'a RwLock<Model>> for ModelRef<'a> {
    fn from(model: &'a RwLock<Model>) -> Self {
        ModelRef::Growing(model)
    }
}

impl ModelRef<'_> {
    pub(super) fn with<R>(self, look: impl FnOnce(&Model) -> R) -> R {
        match self {
            ModelRef::Whole(model) => look(model),
            ModelRef::Growing(model) => look(&model.read()),
        }
    }
}

/// The first part of an answer comes after this long, see [`Pace`].
const PART_EVERY: Duration = Duration::from_millis(60);

/// Answers `query` about what has been read when it is called. Gives parts of the answer to `part` while that takes
/// long, the first within 100 ms: each counts all blocks gone through so far. None where `cancel` ended it.
///
/// Looks names up, which may read and parse the program's file: call it off the window's thread.
pub fn ask(
    model: ModelRef<'_>,
    names: &Names,
    query: &Query,
    cancel: &Cancel,
    part: &mut dyn FnMut(Answer),
) -> Option<Answer> {
    let mut scan = model.with(|model| Scan::begin(model, query));
    let mut asking = Asking { model, query, cancel, part, naming: Naming::new(names), pace: Pace::new(PART_EVERY) };
    while model.with(|model| scan.advance(model)) {
        if cancel.is_cancelled() {
            return None;
        }
        if asking.pace.is_due() {
            asking.recall(&scan);
            asking.show(&scan, scan.fraction() * SCAN_SHARE);
        }
    }
    asking.name_all(&scan)?;
    let whole = asking.answer(&scan, 1.0);
    (!cancel.is_cancelled()).then_some(whole)
}

/// What going through the blocks is of all the work, as far as anybody is told.
const SCAN_SHARE: f32 = 0.8;

struct Asking<'a> {
    model: ModelRef<'a>,
    query: &'a Query,
    cancel: &'a Cancel,
    part: &'a mut dyn FnMut(Answer),
    naming: Naming<'a>,
    pace: Pace,
}

impl Asking<'_> {
    fn show(&mut self, scan: &Scan<'_>, fraction: f32) {
        let began = Instant::now();
        let answer = self.answer(scan, fraction.min(0.999));
        (self.part)(answer);
        self.pace.has_shown(began);
    }

    fn answer(&self, scan: &Scan<'_>, fraction: f32) -> Answer {
        let Grouped { groups, total, is_approximate } = group(self.query, self.model, &self.naming, scan);
        Answer {
            query: self.query.clone(),
            generation: scan.snapshot.generation,
            fraction,
            total,
            groups,
            peak_bytes: scan.snapshot.peak_bytes,
            is_approximate,
        }
    }

    /// The stacks that have to be named, each once.
    fn wanted(&self, scan: &Scan<'_>) -> Vec<(u32, Needs)> {
        let needs = [needs_of(self.query, Side::Birth), needs_of(self.query, Side::Release)];
        let mut seen: HashSet<(u32, bool)> = HashSet::new();
        let mut wanted = Vec::new();
        for (key, _) in scan.tallies() {
            for (stack, is_death) in [(key.birth, false), (key.death, true)] {
                let needs = needs[usize::from(is_death)];
                if needs != Needs::default() && stack != ALIVE && seen.insert((stack, is_death)) {
                    wanted.push((stack, needs));
                }
            }
        }
        wanted
    }

    /// Takes over what is known already.
    fn recall(&mut self, scan: &Scan<'_>) {
        for (stack, needs) in self.wanted(scan) {
            self.naming.recall(stack, needs);
        }
    }

    /// Looks up what is not known yet; none where it was cancelled.
    fn name_all(&mut self, scan: &Scan<'_>) -> Option<()> {
        let wanted = self.wanted(scan);
        let unknown: Vec<_> = wanted.into_iter().filter(|&(stack, needs)| !self.naming.recall(stack, needs)).collect();
        for (index, &(stack, needs)) in unknown.iter().enumerate() {
            if self.cancel.is_cancelled() {
                return None;
            }
            if self.pace.is_due() {
                let named = index as f32 / unknown.len() as f32;
                self.show(scan, SCAN_SHARE + (1.0 - SCAN_SHARE) * named);
            }
            self.naming.look_up(stack, needs);
        }
        Some(())
    }
}
