//! The same list lent twice for writing.

fn main() {
    let mut list = vec![1, 2, 3];
    let from = &mut list;
    let to = &mut list;
    to.append(from);
}
