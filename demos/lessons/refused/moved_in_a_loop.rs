//! A value that is given away in every turn of a loop.

fn send(message: String) {}

fn main() {
    let message = String::from("hello");
    for turn in 0..2 {
        send(message);
    }
}
