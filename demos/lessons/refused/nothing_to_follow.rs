//! An answer that may be nothing, used as if it were something.

fn find(names: &[String], wanted: &str) -> Option<String> {
    names.iter().find(|name| *name == wanted).cloned()
}

fn main() {
    let names = [String::from("ann"), String::from("ben")];
    let found = find(&names, "cid");
    println!("{}", *found);
}
