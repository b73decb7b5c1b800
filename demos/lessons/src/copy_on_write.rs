//! `Rc::make_mut`: a shared value is copied before it is changed; one that is not shared is changed in place.

use crate::beat;
use dropscope::{mark, scope};
use std::rc::Rc;

#[derive(Clone)]
struct Page {
    letters: Vec<u8>,
}

/// Changes a page that has one owner, then one that has two.
pub fn run() {
    let _scope = scope!("run");
    let mut page = Rc::new(Page { letters: vec![b'x'; 1320] });
    mark!("page: strong 1");
    beat();
    Rc::make_mut(&mut page).letters.truncate(1300);
    mark!("changed in place");
    beat();
    let before = Rc::clone(&page);
    mark!("page and before: strong 2");
    beat();
    Rc::make_mut(&mut page).letters[0] = b'a';
    mark!("page: strong 1, before: strong 1");
    beat();
    mark!(if before.letters.len() == 1300 { "before still has all letters" } else { "before was changed" });
    drop(before);
    beat();
}
