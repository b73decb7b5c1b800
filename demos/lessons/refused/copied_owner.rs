//! A type that is to be copied in silence and to be dropped.

#[derive(Clone, Copy)]
struct Handle(*mut u8);

impl Drop for Handle {
    fn drop(&mut self) {
        println!("released");
    }
}

fn main() {
    let first = Handle(std::ptr::null_mut());
    let second = first;
}
