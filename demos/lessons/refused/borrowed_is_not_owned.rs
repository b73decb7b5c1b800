//! A reference where an owner is needed.

fn consume(number: Box<u64>) {}

fn main() {
    let mut number = 7;
    consume(&mut number);
}
