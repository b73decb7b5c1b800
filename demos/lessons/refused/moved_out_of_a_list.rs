//! An element that is moved out of a list by its place.

fn main() {
    let names = vec![String::from("ann"), String::from("ben")];
    let first = names[0];
    println!("{first}");
}
