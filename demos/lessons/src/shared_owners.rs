//! `Rc`: several owners of one value, counted; `Weak`: an observer that owns nothing.

use crate::beat;
use dropscope::mark;
use std::rc::Rc;

/// Two owners and an observer give up one after the other.
pub fn run() {
    let first = Rc::new(String::with_capacity(180));
    mark!("strong 1, weak 0");
    beat();
    let second = Rc::clone(&first);
    mark!("strong 2, weak 0");
    beat();
    let observer = Rc::downgrade(&first);
    mark!("strong 2, weak 1");
    beat();
    drop(first);
    mark!("strong 1, weak 1");
    beat();
    drop(second);
    mark!("strong 0, weak 1");
    beat();
    mark!(if observer.upgrade().is_none() { "upgrade: None" } else { "upgrade: Some" });
    drop(observer);
    mark!("strong 0, weak 0");
    beat();
}
