//! A reference into a value that ends with its statement.

fn main() {
    let name: &str = String::from("a name").as_str();
    println!("{name}");
}
