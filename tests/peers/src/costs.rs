//! The samples of one workload, and their medians.

use crate::measure::Numbers;
use crate::recorders::Recorder;
use std::collections::HashMap;

/// See the module.
#[derive(Default)]
pub struct Costs {
    samples: HashMap<Recorder, Vec<Numbers>>,
    cannot: HashMap<Recorder, String>,
}

impl Costs {
    /// Takes a run's numbers.
    pub fn add(&mut self, recorder: Recorder, sample: Numbers) {
        self.samples.entry(recorder).or_default().push(sample);
    }

    /// Notes why there are none.
    pub fn cannot_run(&mut self, recorder: Recorder, why: String) {
        self.cannot.insert(recorder, why);
    }

    /// Why `recorder` has no numbers.
    pub fn why_not(&self, recorder: Recorder) -> Option<&str> {
        self.cannot.get(&recorder).map(String::as_str)
    }

    /// The median of one number.
    pub fn median(&self, recorder: Recorder, of: fn(&Numbers) -> f64) -> Option<f64> {
        let mut all: Vec<f64> = self.samples.get(&recorder)?.iter().map(of).collect();
        all.sort_by(f64::total_cmp);
        all.get(all.len() / 2).copied()
    }

    /// Events of the whole workload.
    pub fn events(&self) -> Option<f64> {
        self.median(Recorder::Dropscope, |numbers| numbers.events)
    }

    /// What `recorder` adds to a number, per event: against the baseline that was run just before or after it, so the
    /// median of differences and not the difference of medians.
    pub fn added(&self, recorder: Recorder, of: fn(&Numbers) -> f64) -> Option<f64> {
        let own = self.samples.get(&recorder)?;
        let base = self.samples.get(&recorder.baseline())?;
        let share = f64::from(recorder.divisor());
        let mut all: Vec<f64> = own.iter().zip(base).map(|(own, base)| of(own) * share - of(base)).collect();
        all.sort_by(f64::total_cmp);
        Some(all.get(all.len() / 2)? / self.events()?)
    }

    /// Bytes of the file per event.
    pub fn bytes(&self, recorder: Recorder) -> Option<f64> {
        let file = self.median(recorder, |numbers| numbers.file_bytes)?;
        Some(file * f64::from(recorder.divisor()) / self.events()?)
    }
}
