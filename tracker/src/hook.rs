//! Where allocators report what happens. One core behind two front doors: [`Tracker`](crate::Tracker) and the malloc
//! family of `dropscope-preload`.
//!
//! All of it is safe to call at any time: before `main`, in destructors of thread-locals, in signal handlers, in forked
//! children. Nothing panics, waits for a lock of the program or allocates through the caller. `errno` is kept.
#![allow(unsafe_code, reason = "the registers of callers are read")]

use crate::chosen;
use crate::marks;
use crate::moving::{self, Move};
use crate::quick::{self, What};
use crate::sampling;
use crate::state;
use crate::unwind;
use dropscope_format::EventKind;
use std::num::NonZero;

/// Whether the functions below have anything to do: one relaxed load. Ask it first; where it says no, they need not be
/// called.
#[inline(always)]
pub fn is_recording() -> bool {
    !state::is_idle()
}

/// Whether a block of `size_bytes` that is about to be born has to be told. Asked for every one of them: what a sample does
/// not choose, which is nearly all of it, is done with here and now, before any call of ours.
#[inline(always)]
pub fn concerns_birth(size_bytes: usize) -> bool {
    state::concerns(|| !sampling::passes_over(size_bytes))
}

/// The same of the release of the block at `address`.
#[inline(always)]
pub fn concerns_release(address: *mut u8) -> bool {
    state::concerns(|| sampling::may_have_chosen(address.addr()))
}

/// The same of a realloc of the block at `old_address` to `size_bytes`.
#[inline(always)]
pub fn concerns_realloc(old_address: *mut u8, size_bytes: usize) -> bool {
    state::concerns(|| sampling::may_have_chosen(old_address.addr()) || !sampling::passes_over(size_bytes))
}

/// Where the launcher has started this library for another executable, nothing is recorded in this process. Call it
/// before the first event.
pub fn stay_idle_in_others() {
    chosen::stay_idle_in_others();
}

/// A block has been born. Call it after the allocation; a null `address` is a failed one and records nothing.
#[cfg(target_arch = "x86_64")]
#[unsafe(naked)]
pub extern "C" fn on_alloc(address: *mut u8, size_bytes: usize, align: usize, zeroed: bool) {
    door!("r8", "r9", born)
}

/// As where there are doors.
#[cfg(not(target_arch = "x86_64"))]
pub extern "C" fn on_alloc(address: *mut u8, size_bytes: usize, align: usize, zeroed: bool) {
    born(address, size_bytes, align, zeroed, 0, 0);
}

/// A block is about to be released. Call it before the release: afterwards its address may be somebody else's.
/// `size_bytes` is 0 where the caller is not told.
#[cfg(target_arch = "x86_64")]
#[unsafe(naked)]
pub extern "C" fn before_free(address: *mut u8, size_bytes: usize) {
    door!("rdx", "rcx", released)
}

/// As where there are doors.
#[cfg(not(target_arch = "x86_64"))]
pub extern "C" fn before_free(address: *mut u8, size_bytes: usize) {
    released(address, size_bytes, 0, 0);
}

extern "C" fn born(address: *mut u8, size_bytes: usize, align: usize, zeroed: bool, sp: u64, bp: u64) {
    let align = NonZero::new(align).unwrap_or(NonZero::<usize>::MIN);
    let what = What::birth(if zeroed { EventKind::AllocZeroed } else { EventKind::Alloc }, align);
    // SAFETY: the door has not returned.
    unsafe { quick::record(what, address.addr() as u64, size_bytes as u64, sp, bp) };
}

extern "C" fn released(address: *mut u8, size_bytes: usize, sp: u64, bp: u64) {
    // SAFETY: the door has not returned.
    unsafe { quick::record(What::FREE, address.addr() as u64, size_bytes as u64, sp, bp) };
}

/// Lets `real` reallocate the block at `old_address` and records that; null is a failure, after which the block lives on.
#[inline(always)]
pub fn around_realloc(
    old_address: *mut u8,
    old_size_bytes: usize,
    size_bytes: usize,
    align: usize,
    real: impl FnOnce() -> *mut u8,
) -> *mut u8 {
    // SAFETY: no caller is given.
    unsafe { moving::around(Move { old_address, old_size_bytes, size_bytes, align }, None, |_| real()) }
}

/// The thread enters the scope `name`. Does nothing where nothing is recorded.
pub fn on_scope_enter(name: &str) {
    marks::scope_enter(name);
}

/// The thread leaves the scope `name`, which it has entered. Does nothing where nothing is recorded.
pub fn on_scope_exit(name: &str) {
    marks::scope_exit(name);
}

/// Code has been unmapped (`dlclose`): what is remembered about walking through it is forgotten.
pub fn after_unload() {
    unwind::forget_modules();
}
