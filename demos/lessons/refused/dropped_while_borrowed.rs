//! An owner that is dropped while a reference to it is still used.

fn main() {
    let mut text = String::from("hello");
    let editor = &mut text;
    drop(text);
    editor.push_str(", world");
}
