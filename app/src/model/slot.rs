//! Something that is computed from a recording, kept until it is out of date, and computed off the window's thread
//! where that takes long.

use dropscope_engine::query::Cancel;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::time::{Duration, Instant};

/// Called from any thread when there is something new to show.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// What takes longer is computed on a thread of its own from then on: it is a part of a frame, which has 4 ms for all
/// that it does. With 2 ms here the slowest frames of a recording of a thousand events were those of its own scenes.
const QUICK: Duration = Duration::from_micros(500);

/// How many times as long as it took an answer stays before the next one, while a program is followed.
const RESTS: u32 = 3;

/// An answer, the question that it answers, and the next one on its way.
pub struct Slot<K, T> {
    answer: Option<(K, Arc<T>)>,
    /// Whether the answer is not only a part of one.
    is_whole: bool,
    pending: Option<Pending<K, T>>,
    cost: Duration,
    /// Rest after an answer for [`RESTS`] times what it took: so that following a busy program leaves the most of a core
    /// free.
    pub rests: bool,
    answered_at: Option<Instant>,
    /// A question came while it rested. It is to be asked again.
    is_awaited: bool,
}

/// An answer, or a part of one, on its way.
struct Part<T> {
    value: T,
    cost: Duration,
    is_whole: bool,
}

/// A question that is being answered. Nobody wants the answer any more when this is dropped.
struct Pending<K, T> {
    key: K,
    receiver: Receiver<Part<T>>,
    cancel: Cancel,
}

impl<K, T> Drop for Pending<K, T> {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

impl<K, T> Default for Slot<K, T> {
    fn default() -> Self {
        Self {
            answer: None,
            is_whole: false,
            pending: None,
            cost: Duration::ZERO,
            rests: false,
            answered_at: None,
            is_awaited: false,
        }
    }
}

impl<K: PartialEq + Clone, T: Send + 'static> Slot<K, T> {
    /// The latest answer, though it may be to an older question.
    pub fn get(&self) -> Option<&Arc<T>> {
        self.answer.as_ref().map(|(_, value)| value)
    }

    /// Whether the latest answer is to `key`, or one to it is on its way.
    pub fn is_current(&self, key: &K) -> bool {
        self.is_answered(key) || self.pending.as_ref().is_some_and(|pending| pending.key == *key)
    }

    /// Whether the latest answer is to `key`, and all of it.
    pub fn is_answered(&self, key: &K) -> bool {
        self.is_whole && self.answer.as_ref().is_some_and(|(answered, _)| answered == key)
    }

    /// The question that the latest answer is to.
    pub fn answered_key(&self) -> Option<&K> {
        self.answer.as_ref().map(|(key, _)| key)
    }

    /// The question that is being answered.
    pub fn pending_key(&self) -> Option<&K> {
        self.pending.as_ref().map(|pending| &pending.key)
    }

    /// Whether an answer is on its way, or will be once the last one has been there for long enough.
    pub fn is_busy(&self) -> bool {
        self.pending.is_some() || (self.is_awaited && self.is_resting())
    }

    /// Asks `key`. `may_be_quick` allows an answer at once, on this thread, as long as the last ones were quick. While
    /// an answer is on its way nothing more is asked; the view asks again.
    pub fn ask(&mut self, key: K, may_be_quick: bool, wake: &Wake, compute: impl FnOnce() -> T + Send + 'static) {
        if self.pending.is_some() || self.has_no_need_of(&key) {
            return;
        }
        if may_be_quick && self.cost < QUICK {
            let started = Instant::now();
            let value = compute();
            self.take(key, Part { value, cost: started.elapsed(), is_whole: true });
            return;
        }
        self.spawn(key, wake, move |_, _| Some(compute()));
    }

    /// Asks `key` on a thread of its own, in parts: `compute` may give parts of the answer to what it is given, and
    /// ends when it is cancelled. `is_urgent` ends an earlier question that is still being answered.
    pub fn ask_in_parts(
        &mut self,
        key: K,
        is_urgent: bool,
        wake: &Wake,
        compute: impl FnOnce(&Cancel, &mut dyn FnMut(T)) -> Option<T> + Send + 'static,
    ) {
        if !is_urgent && (self.pending.is_some() || self.has_no_need_of(&key)) || self.is_current(&key) {
            return;
        }
        self.spawn(key, wake, compute);
    }

    fn spawn(
        &mut self,
        key: K,
        wake: &Wake,
        compute: impl FnOnce(&Cancel, &mut dyn FnMut(T)) -> Option<T> + Send + 'static,
    ) {
        let (sender, receiver) = channel();
        let (wake, cancel) = (Arc::clone(wake), Cancel::default());
        let cancelled = cancel.clone();
        let spawned = std::thread::Builder::new().name("compute".to_owned()).spawn(move || {
            let started = Instant::now();
            // Nobody waits any more where the document was closed.
            let send = |value: T, is_whole: bool| {
                let _ = sender.send(Part { value, cost: started.elapsed(), is_whole });
                wake();
            };
            if let Some(value) = compute(&cancelled, &mut |part| send(part, false)) {
                send(value, true);
            } else {
                wake();
            }
        });
        // Without a thread the view stays as it was and asks again.
        if spawned.is_ok() {
            self.pending = Some(Pending { key, receiver, cancel });
        }
    }

    /// Ends the question that is being answered: nobody looks at it any more. Whoever does again asks it again.
    pub fn give_up(&mut self) {
        self.pending = None;
        self.is_awaited = false;
    }

    /// Takes an answer, or a part of one, that has arrived; true if one has.
    pub fn poll(&mut self) -> bool {
        let mut is_new = false;
        while let Some(pending) = &self.pending {
            match pending.receiver.try_recv() {
                Ok(part) => {
                    let key = pending.key.clone();
                    if part.is_whole {
                        self.pending = None;
                    }
                    self.take(key, part);
                    is_new = true;
                }
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => self.pending = None,
            }
        }
        is_new
    }

    /// Whether there is nothing to ask now. Notes whether there will be later.
    fn has_no_need_of(&mut self, key: &K) -> bool {
        let (is_resting, is_current) = (self.is_resting(), self.is_current(key));
        self.is_awaited = is_resting && !is_current;
        is_resting || is_current
    }

    fn is_resting(&self) -> bool {
        self.rests && self.answered_at.is_some_and(|at| at.elapsed() < self.cost * RESTS)
    }

    fn take(&mut self, key: K, part: Part<T>) {
        self.is_whole = part.is_whole;
        self.is_awaited = false;
        self.answer = Some((key, Arc::new(part.value)));
        // One slow answer, such as the first, which touches cold memory, is not held against it for ever.
        self.cost = (self.cost + part.cost) / 2;
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
    fn a_question_that_is_given_up_ends_and_can_be_asked_again() {
        let mut slot = Slot::<u32, u32>::default();
        let (say, ended) = channel();
        slot.ask_in_parts(1, true, &quiet(), move |cancel, _| {
            while !cancel.is_cancelled() {
                std::thread::sleep(Duration::from_millis(1));
            }
            say.send(()).expect("somebody waits");
            None
        });
        slot.give_up();
        ended.recv_timeout(Duration::from_secs(60)).expect("it was cancelled");
        assert!(!slot.is_busy() && slot.pending_key().is_none());
        slot.ask_in_parts(1, false, &quiet(), |_, _| Some(7));
        while !slot.poll() {
            std::thread::sleep(Duration::from_millis(1));
        }
        assert_eq!(slot.get().map(|answer| **answer), Some(7));
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
    fn a_question_ends_the_one_before_it() {
        let mut slot: Slot<u32, u32> = Slot::default();
        slot.ask_in_parts(1, true, &quiet(), |cancel, part| {
            part(10);
            while !cancel.is_cancelled() {
                std::thread::sleep(Duration::from_millis(1));
            }
            None
        });
        let started = Instant::now();
        while !slot.poll() {
            assert!(started.elapsed() < Duration::from_secs(10), "no part");
        }
        assert_eq!(slot.get().map(|value| **value), Some(10));
        assert!(slot.is_current(&1) && !slot.is_answered(&1), "a part is not the answer");
        slot.ask_in_parts(2, false, &quiet(), |_, _| Some(20));
        assert_eq!(slot.pending_key(), Some(&1), "what can wait does");
        slot.ask_in_parts(2, true, &quiet(), |_, _| Some(20));
        while slot.is_busy() {
            slot.poll();
            assert!(started.elapsed() < Duration::from_secs(10), "no answer");
        }
        assert!(slot.is_answered(&2) && slot.get().map(|value| **value) == Some(20));
        assert!(!slot.is_current(&1));
    }

    #[test]
    fn an_answer_rests_for_longer_than_it_took() {
        let mut slot: Slot<u32, u32> = Slot { rests: true, ..Slot::default() };
        let took = Duration::from_millis(50);
        slot.ask(1, true, &quiet(), move || {
            std::thread::sleep(took);
            10
        });
        slot.cost = took;
        let answered_at = Instant::now();
        assert!(!slot.is_busy());
        slot.ask(2, false, &quiet(), || 20);
        assert!(slot.is_busy() && !slot.is_current(&2), "it is waited for");
        while !slot.is_current(&2) {
            slot.ask(2, false, &quiet(), || 20);
            std::thread::sleep(Duration::from_millis(1));
        }
        assert!(answered_at.elapsed() >= took * RESTS - took, "{:?}", answered_at.elapsed());
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
