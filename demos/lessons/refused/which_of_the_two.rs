//! Two references come in and one goes out: which of them?

fn longer(left: &str, right: &str) -> &str {
    if left.len() > right.len() { left } else { right }
}

fn main() {
    let left = String::from("left");
    println!("{}", longer(&left, "right"));
}
