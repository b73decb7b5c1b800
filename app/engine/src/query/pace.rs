//! When to show a part of what takes long.

use std::time::{Duration, Instant};

/// What takes seconds shows its parts so much later each at the most.
const AT_LEAST_EVERY: Duration = Duration::from_millis(500);

/// The first part comes after a given time, the others each so much later, and the later the longer: of what has taken
/// seconds, a few blocks more are no news, and whoever draws each part takes the time that the answer needs.
#[derive(Debug)]
pub struct Pace {
    every: Duration,
    began: Instant,
    shown: Instant,
    /// Until the next part; grows with what one costs, so that parts never take most of the time.
    rest: Duration,
}

impl Pace {
    /// Of what begins now. The first part comes after `every`, which is half a second at most.
    pub fn new(every: Duration) -> Pace {
        let every = every.min(AT_LEAST_EVERY);
        let now = Instant::now();
        Pace { every, began: now, shown: now, rest: every }
    }

    /// Whether a part is due.
    pub fn is_due(&self) -> bool {
        self.shown.elapsed() >= self.rest
    }

    /// A part has been shown, which was begun `since`.
    pub fn has_shown(&mut self, since: Instant) {
        self.shown = Instant::now();
        let taken = self.shown.duration_since(self.began);
        self.rest = (taken / 5).clamp(self.every, AT_LEAST_EVERY).max(self.shown.duration_since(since) * 4);
    }

    /// How long ago it began.
    pub fn taken(&self) -> Duration {
        self.began.elapsed()
    }
}
