//! A buffer that is read before anything was written into it.

fn main() {
    let buffer: [u8; 16];
    println!("{buffer:?}");
}
