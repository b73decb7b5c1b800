//! A variable that gets a new value while a reference to the old one is used.

fn main() {
    let mut text = String::from("old");
    let reader = &text[..];
    text = String::from("new");
    println!("{reader}");
}
