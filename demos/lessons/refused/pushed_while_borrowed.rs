//! A list that grows while a reference to one of its elements is used.

fn main() {
    let mut numbers = vec![1, 2, 3];
    let first = &numbers[0];
    numbers.push(4);
    println!("{first}");
}
