//! An arena takes few big blocks, gives out small parts of them, and releases all at once.

use crate::beat;
use bumpalo::Bump;
use dropscope::{mark, scope};

struct Point {
    x: u64,
    y: u64,
}

/// A hundred points in boxes, then in an arena; then what an arena does not do.
pub fn run() {
    {
        let _scope = scope!("boxes");
        let points: Vec<Box<Point>> = (0..100).map(|x| Box::new(Point { x, y: 0 })).collect();
        beat();
    }
    beat();
    {
        let _scope = scope!("arena");
        let arena = Bump::new(); // an empty arena owns no memory
        for x in 0..100 {
            let point: &mut Point = arena.alloc(Point { x, y: 0 });
            point.y = x; // the arena lends it to us
        }
        beat();
    }
    beat();
    {
        let _scope = scope!("an owner in an arena");
        let arena = Bump::new();
        let name: &mut String = arena.alloc(String::with_capacity(1471));
        mark!("move: the text's handle -> arena");
        beat();
    }
    mark!("the arena is gone, and with it the only handle of the text");
    beat();
}
