//! Nobody wrote a `Drop` here: the compiler makes the code that walks down from owner to owner.

use crate::beat;
use dropscope::scope;

struct Order {
    customer: String,
    items: Vec<Item>,
    note: Option<Box<Note>>,
}

struct Item {
    name: String,
    cents: u64,
}

struct Note {
    text: String,
    urgent: bool,
}

/// One order that owns six blocks, directly and through others.
pub fn run() {
    {
        let _scope = scope!("the order");
        let mut items = Vec::with_capacity(4);
        items.push(Item { name: String::with_capacity(1101), cents: 250 });
        items.push(Item { name: String::with_capacity(1102), cents: 399 });
        beat();
        let note = Box::new(Note { text: String::with_capacity(1103), urgent: true });
        beat();
        let order = Order { customer: String::with_capacity(1104), items, note: Some(note) };
        beat();
    }
    beat();
}
