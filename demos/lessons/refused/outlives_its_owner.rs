//! A reference that is used after its owner has ended.

fn main() {
    let reader;
    {
        let text = String::from("hello");
        reader = &text;
    }
    println!("{reader}");
}
