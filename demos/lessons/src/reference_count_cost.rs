//! What a reference count costs: memory for the counts with every value, and work at every copy and every end.

use crate::beat;
use dropscope::scope;
use std::hint::black_box;
use std::rc::Rc;
use std::sync::Arc;

const VALUES: u64 = 200;
const ROUNDS: usize = 50_000;

/// The same numbers in boxes and in `Rc`; then a borrow, an `Rc` and an `Arc`, each passed on many times.
pub fn run() {
    {
        let _scope = scope!("boxes");
        let boxes: Vec<Box<u64>> = (0..VALUES).map(Box::new).collect();
        beat();
    }
    beat();
    {
        let _scope = scope!("counted boxes");
        let counted: Vec<Rc<u64>> = (0..VALUES).map(Rc::new).collect();
        beat();
    }
    beat();
    let text = Rc::new(String::with_capacity(1361));
    let shared = Arc::new(String::with_capacity(1362));
    {
        let _scope = scope!("borrow it");
        for _ in 0..ROUNDS {
            black_box(&text);
        }
    }
    {
        let _scope = scope!("clone and drop an Rc");
        for _ in 0..ROUNDS {
            drop(black_box(Rc::clone(&text)));
        }
    }
    {
        let _scope = scope!("clone and drop an Arc");
        for _ in 0..ROUNDS {
            drop(black_box(Arc::clone(&shared)));
        }
    }
    beat();
}
