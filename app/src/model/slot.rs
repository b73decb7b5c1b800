//! Something that is computed from a recording, kept until it is out of date, and computed off the window's thread
//! where that takes long.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::time::{Duration, Instant};

/// Called from any thread when there is something new to show.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// What takes longer is computed on a thread of its own from then on.
const QUICK: Duration = Duration::from_millis(2);

/// An answer, the question that it answers, and the next one on its way.
pub struct Slot<K, T> {
    answer: Option<(K, Arc<T>)>,
    pending: Option<(K, Receiver<(T, Duration)>)>,
    cost: Duration,
    /// Rest after a costly answer as long as it took: so that following a busy program leaves half of a core free.
    pub rests: bool,
    answered_at: Option<Instant>,
}

impl<K, T> Default for Slot<K, T> {
    fn default() -> Self {
        Self { answer: None, pending: None, cost: Duration::ZERO, rests: false, answered_at: None }
    }
}

impl<K: PartialEq + Clone, T: Send + 'static> Slot<K, T> {
    /// The latest answer, though it may be to an older question.
    pub fn get(&self) -> Option<&Arc<T>> {
        self.answer.as_ref().map(|(_, value)| value)
    }

    /// Whether the latest answer is to `key`, or one to it is on its way.
    pub fn is_current(&self, key: &K) -> bool {
        self.is_answered(key) || self.pending.as_ref().is_some_and(|(pending, _)| pending == key)
    }

    /// Whether the latest answer is to `key`.
    pub fn is_answered(&self, key: &K) -> bool {
        self.answer.as_ref().is_some_and(|(answered, _)| answered == key)
    }

    /// Whether an answer is on its way.
    pub fn is_busy(&self) -> bool {
        self.pending.is_some()
    }

    /// Asks `key`. `may_be_quick` allows an answer at once, on this thread, as long as the last ones were quick. While
    /// an answer is on its way nothing more is asked; the view asks again.
    pub fn ask(&mut self, key: K, may_be_quick: bool, wake: &Wake, compute: impl FnOnce() -> T + Send + 'static) {
        if self.pending.is_some() || self.is_current(&key) || self.is_resting() {
            return;
        }
        if may_be_quick && self.cost < QUICK {
            let started = Instant::now();
            let value = compute();
            self.take(key, value, started.elapsed());
            return;
        }
        let (sender, receiver) = channel();
        let wake = Arc::clone(wake);
        let spawned = std::thread::Builder::new().name("compute".to_owned()).spawn(move || {
            let started = Instant::now();
            let value = compute();
            // Nobody waits any more where the document was closed.
            let _ = sender.send((value, started.elapsed()));
            wake();
        });
        // Without a thread the view stays as it was and asks again.
        if spawned.is_ok() {
            self.pending = Some((key, receiver));
        }
    }

    /// Takes an answer that has arrived; true if one has.
    pub fn poll(&mut self) -> bool {
        let Some((_, receiver)) = &self.pending else { return false };
        match receiver.try_recv() {
            Ok((value, cost)) => {
                if let Some((key, _)) = self.pending.take() {
                    self.take(key, value, cost);
                }
                true
            }
            Err(TryRecvError::Empty) => false,
            Err(TryRecvError::Disconnected) => {
                self.pending = None;
                false
            }
        }
    }

    fn is_resting(&self) -> bool {
        self.rests && self.cost >= QUICK && self.answered_at.is_some_and(|at| at.elapsed() < self.cost)
    }

    fn take(&mut self, key: K, value: T, cost: Duration) {
        self.answer = Some((key, Arc::new(value)));
        // One slow answer, such as the first, which touches cold memory, is not held against it for ever.
        self.cost = (self.cost + cost) / 2;
        self.answered_at = Some(Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quiet() -> Wake {
        Arc::new(|| {})
    }

    #[test]
    fn quick_answers_come_at_once_and_slow_ones_later() {
        let mut slot: Slot<u32, u32> = Slot::default();
        slot.ask(1, true, &quiet(), || 10);
        assert_eq!(slot.get().map(|value| **value), Some(10));
        slot.ask(2, false, &quiet(), || {
            std::thread::sleep(Duration::from_millis(20));
            20
        });
        assert!(slot.is_current(&2) && !slot.is_answered(&2));
        assert_eq!(slot.get().map(|value| **value), Some(10), "the old answer stays meanwhile");
        let started = Instant::now();
        while !slot.poll() {
            assert!(started.elapsed() < Duration::from_secs(10), "no answer");
            std::thread::sleep(Duration::from_millis(1));
        }
        assert!(slot.is_answered(&2));
        assert_eq!(slot.get().map(|value| **value), Some(20));
    }

    #[test]
    fn a_computation_that_dies_is_forgotten() {
        let mut slot: Slot<u32, u32> = Slot::default();
        slot.ask(1, false, &quiet(), || panic!("on purpose"));
        let started = Instant::now();
        while slot.is_busy() {
            slot.poll();
            assert!(started.elapsed() < Duration::from_secs(10), "stuck");
        }
        assert!(slot.get().is_none());
    }
}
