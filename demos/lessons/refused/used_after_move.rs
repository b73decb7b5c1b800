//! A value that is used after it was moved.

fn main() {
    let first = String::from("hello");
    let second = first;
    println!("{first}, {second}");
}
