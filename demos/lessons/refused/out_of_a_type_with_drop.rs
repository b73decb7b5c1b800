//! A field that is moved out of a type with a `Drop` of its own.

struct TempFile {
    path: String,
}

impl Drop for TempFile {
    fn drop(&mut self) {
        println!("removing {}", self.path);
    }
}

fn main() {
    let file = TempFile { path: String::from("/tmp/x") };
    let path = file.path;
    println!("kept {path}");
}
