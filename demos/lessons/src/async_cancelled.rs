//! A future that is dropped is work that is cancelled: what it owned is released at the place where it waited.

use crate::beat;
use dropscope::{mark, scope};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

/// Waits: not ready when asked for the first time, ready from then on.
struct OnceMore(bool);

impl Future for OnceMore {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) { Poll::Ready(()) } else { Poll::Pending }
    }
}

/// Two buffers and a place to wait between them.
async fn fetch(first_bytes: usize) -> usize {
    let first = String::with_capacity(first_bytes);
    mark!("fetch: waiting");
    OnceMore(false).await;
    mark!("fetch: going on");
    let second = String::with_capacity(first_bytes + 1);
    beat();
    first.capacity() + second.capacity()
}

/// The smallest executor: it asks by hand. One future is never asked, one is asked to its end, one is dropped.
pub fn run() {
    let mut context = Context::from_waker(Waker::noop());
    {
        let _scope = scope!("never polled");
        let future = fetch(1481);
        beat();
    }
    {
        let _scope = scope!("polled to its end");
        let mut future = pin!(fetch(1483));
        while future.as_mut().poll(&mut context).is_pending() {
            beat();
        }
        beat();
    }
    {
        let _scope = scope!("dropped while it waits");
        let mut future = Box::pin(fetch(1485));
        let answer = future.as_mut().poll(&mut context);
        beat();
        drop(future);
        mark!("cancelled: fetch will never go on");
        beat();
    }
    beat();
}
