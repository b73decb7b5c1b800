//! A function that returns a reference to what it made itself.

fn title() -> &'static str {
    let text = String::from("a title");
    &text
}

fn main() {
    println!("{}", title());
}
