//! A buffer made in the loop is born and released in every turn; one made before it is used again.

use crate::beat;
use dropscope::scope;

/// Eight lines are put together: with a new buffer for each, then with one for all.
pub fn run() {
    {
        let _scope = scope!("a new buffer each time");
        for number in 0..8 {
            let mut line = String::with_capacity(1441);
            put_together(&mut line, number);
            let length = line.len();
        }
    }
    beat();
    {
        let _scope = scope!("the same buffer");
        let mut line = String::with_capacity(1442);
        for number in 0..8 {
            line.clear(); // forgets the letters, keeps the memory
            put_together(&mut line, number);
            let length = line.len();
        }
    }
    beat();
}

/// Writes into a buffer that belongs to somebody else.
fn put_together(line: &mut String, number: usize) {
    line.push_str("line");
    line.extend(std::iter::repeat_n('.', number));
    beat();
}
