//! A lock is given back where its guard ends; no allocator sees it, so the marks tell.

use crate::beat;
use dropscope::{mark, scope};
use std::sync::Mutex;

/// Four ways to hold a lock; after each, a second look at it.
pub fn run() {
    let book = Mutex::new(String::with_capacity(1071));
    tell(&book);
    beat();
    {
        let _scope = scope!("a guard with a name");
        let guard = book.lock();
        tell(&book);
        beat();
    }
    tell(&book);
    beat();
    {
        let _scope = scope!("dropped by hand");
        let guard = book.lock();
        tell(&book);
        drop(guard);
        tell(&book);
        beat();
    }
    {
        let _scope = scope!("for one call");
        let length = book.lock().map(|text| text.len());
        tell(&book);
        beat();
    }
    {
        let _scope = scope!("in an if let");
        if let Ok(text) = book.lock() {
            tell(&book);
            beat();
        }
        tell(&book);
    }
    beat();
}

/// Marks whether the lock can be had at this moment. The guard of the try is gone at the semicolon.
fn tell(book: &Mutex<String>) {
    mark!(if book.try_lock().is_ok() { "the lock is free" } else { "the lock is taken" });
}
