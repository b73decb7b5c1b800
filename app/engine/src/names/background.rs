//! A thread that answers questions about stacks, the newest first, while the asker goes on.

use crate::hash::FastMap;
use crate::ids::StackId;
use parking_lot::{Condvar, Mutex};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How often the asker is woken at most.
const WAKE_EVERY: Duration = Duration::from_millis(33);

/// The thread's side and the asker's.
struct Desk {
    queue: Mutex<Queue>,
    is_work: Condvar,
    generation: AtomicU64,
    wake: Mutex<Option<Box<dyn Fn() + Send + Sync>>>,
}

#[derive(Default)]
struct Queue {
    /// Newest last.
    stacks: Vec<StackId>,
    asked: FastMap<u32, ()>,
    is_closed: bool,
    has_thread: bool,
}

/// Answers by `answer`, on a thread that is started by the first question and ends with this.
pub(crate) struct Background {
    desk: Arc<Desk>,
    answer: Arc<dyn Fn(StackId) + Send + Sync>,
}

impl Background {
    pub(crate) fn new(answer: impl Fn(StackId) + Send + Sync + 'static) -> Background {
        let desk = Desk {
            queue: Mutex::default(),
            is_work: Condvar::new(),
            generation: AtomicU64::new(0),
            wake: Mutex::new(None),
        };
        Background { desk: Arc::new(desk), answer: Arc::new(answer) }
    }

    pub(crate) fn set_wake(&self, wake: Box<dyn Fn() + Send + Sync>) {
        *self.desk.wake.lock() = Some(wake);
    }

    pub(crate) fn generation(&self) -> u64 {
        self.desk.generation.load(Ordering::Acquire)
    }

    pub(crate) fn pending(&self) -> usize {
        self.desk.queue.lock().asked.len()
    }

    /// Queues a question, unless it waits already.
    pub(crate) fn ask(&self, stack: StackId) {
        let mut queue = self.desk.queue.lock();
        if queue.asked.insert(stack.0, ()).is_some() {
            return;
        }
        queue.stacks.push(stack);
        if !queue.has_thread {
            let (desk, answer) = (Arc::clone(&self.desk), Arc::clone(&self.answer));
            let thread = std::thread::Builder::new().name("dropscope-names".to_owned());
            queue.has_thread = thread.spawn(move || desk.work(&*answer)).is_ok();
        }
        self.desk.is_work.notify_one();
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.desk.queue.lock().is_closed = true;
        self.desk.is_work.notify_one();
    }
}

impl Desk {
    fn work(&self, answer: &dyn Fn(StackId)) {
        let mut told = Instant::now();
        let mut is_news = false;
        loop {
            let mut queue = self.queue.lock();
            if is_news && (queue.stacks.is_empty() || told.elapsed() >= WAKE_EVERY) {
                drop(queue);
                self.tell();
                (told, is_news) = (Instant::now(), false);
                continue;
            }
            if queue.is_closed {
                return;
            }
            let Some(stack) = queue.stacks.pop() else {
                self.is_work.wait(&mut queue);
                continue;
            };
            drop(queue);
            answer(stack);
            self.queue.lock().asked.remove(&stack.0);
            is_news = true;
        }
    }

    fn tell(&self) {
        self.generation.fetch_add(1, Ordering::Release);
        if let Some(wake) = &*self.wake.lock() {
            wake();
        }
    }
}
