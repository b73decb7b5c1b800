//! Four moves of a letter with a page in it, compiled as they are written, and how much of the stack they take.

use crate::beat;
use dropscope::{mark, scope};

/// A letter whose page lies in it: a move is a copy of 4096 bytes and of the text's handle.
struct Letter {
    text: String,
    page: [u8; 4096],
}

/// Where the stack has come to.
#[inline(never)]
fn here() -> usize {
    let place = 0_u8;
    (&raw const place).addr()
}

/// Makes a letter, moves it twice, and gives it away. The stack is at `top` when it begins.
#[inline(never)]
fn write(top: usize) {
    let text = String::with_capacity(1011);
    beat();
    let first = Letter { text, page: [b'x'; 4096] };
    let second = first;
    let third = second;
    send(third, top);
}

/// Gives the letter on.
#[inline(never)]
fn send(letter: Letter, top: usize) {
    read(letter, top);
    beat();
}

/// Ends the letter, and tells how many pages the stack has grown by.
#[inline(never)]
fn read(letter: Letter, top: usize) {
    std::hint::black_box(&letter.page);
    mark!(match (top - here()) / 4096 {
        4 => "four pages on the stack",
        1 => "one page on the stack, for all owners",
        _ => "another number of pages",
    });
    beat();
}

/// Sends one letter.
pub fn run() {
    let _scope = scope!("run");
    write(here());
    beat();
}
