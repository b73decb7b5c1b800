//! Four ways to keep a value from being dropped, and what becomes of its memory.
#![allow(unsafe_code, reason = "only unsafe code can take a value back from a raw pointer")]

use crate::beat;
use dropscope::{mark, scope};
use std::mem::{self, ManuallyDrop};

/// Two of the four blocks are got back, one is lost, one is given to the whole program.
pub fn run() {
    {
        let _scope = scope!("forget");
        let text = String::with_capacity(1121);
        beat();
        mem::forget(text);
        mark!("forgotten: nobody owns it any more");
        beat();
    }
    {
        let _scope = scope!("ManuallyDrop");
        let kept = ManuallyDrop::new(String::with_capacity(1122));
        beat();
        let text = ManuallyDrop::into_inner(kept);
        mark!("move: kept -> text");
        beat();
    }
    {
        let _scope = scope!("leak");
        let table: &'static mut [u8; 1123] = Box::leak(Box::new([0; 1123]));
        mark!("leaked: borrowed for ever");
        beat();
    }
    {
        let _scope = scope!("into_raw, from_raw");
        let pointer = Box::into_raw(Box::new([0_u8; 1124]));
        mark!("into_raw: only an address is left");
        beat();
        // SAFETY: the pointer came from `into_raw` just above and is given back once.
        let table = unsafe { Box::from_raw(pointer) };
        mark!("from_raw: owned again");
        beat();
    }
    beat();
}
