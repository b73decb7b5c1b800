//! The malloc family, recorded: `LD_PRELOAD=libdropscope_preload.so DROPSCOPE_OUT=FILE PROGRAM` records a program that
//! cannot be rebuilt, in any language that takes its memory from the C library.
//!
//! The same recording core as the `dropscope` crate behind another front door. Every function forwards to glibc's own
//! (`__libc_malloc` and the like: there is no look-up that could itself allocate) and reports what it did. C++'s `new`
//! and `delete` come here through `malloc` and `free`.
//!
//! `DROPSCOPE_PRELOAD_FOR` names the one executable that is recorded, with all links resolved; without it, all that the
//! library is loaded into are. `dropscope record -- PROGRAM` sets all of this.
//!
//! What it cannot see: programs that are statically linked, that bring an allocator of their own, or that run setuid
//! (the dynamic linker ignores `LD_PRELOAD` there). A release does not say the block's size; the reader knows it.
#![cfg(all(target_os = "linux", target_env = "gnu"))]
#![allow(unsafe_code, reason = "this is the C library's interface")]

mod marks;

use dropscope::hook;
use libc::{c_int, c_void, size_t};
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;

/// What glibc's `malloc` aligns to on 64-bit machines, in bytes.
const MALLOC_ALIGN: usize = 16;

unsafe extern "C" {
    fn __libc_malloc(size: size_t) -> *mut c_void;
    fn __libc_calloc(count: size_t, size: size_t) -> *mut c_void;
    fn __libc_realloc(address: *mut c_void, size: size_t) -> *mut c_void;
    fn __libc_memalign(align: size_t, size: size_t) -> *mut c_void;
    fn __libc_free(address: *mut c_void);
}

/// Whether it has been looked whether this is the program to be recorded.
static IS_DECIDED: AtomicBool = AtomicBool::new(false);

#[inline(always)]
fn is_recording() -> bool {
    hook::is_recording() && (IS_DECIDED.load(Relaxed) || decide())
}

#[cold]
fn decide() -> bool {
    // First: the look itself allocates.
    IS_DECIDED.store(true, Relaxed);
    hook::stay_idle_in_others();
    hook::is_recording()
}

fn born(address: *mut c_void, size: size_t, align: usize, zeroed: bool) -> *mut c_void {
    if is_recording() && hook::concerns_birth(size) {
        hook::on_alloc(address.cast(), size, align, zeroed);
    }
    address
}

/// Sets `errno` and answers null, as the functions below do where they refuse.
fn refuse(error: c_int) -> *mut c_void {
    // SAFETY: glibc hands out the calling thread's own errno.
    unsafe { *libc::__errno_location() = error };
    std::ptr::null_mut()
}

fn aligned(align: size_t, size: size_t) -> *mut c_void {
    // SAFETY: any two numbers will do; glibc rounds the alignment up to a power of two.
    born(unsafe { __libc_memalign(align, size) }, size, align.max(1), false)
}

/// Bytes of a page.
fn page() -> usize {
    // SAFETY: asks for a constant.
    usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(4096)
}

/// `malloc(3)`, recorded.
#[unsafe(no_mangle)]
pub extern "C" fn malloc(size: size_t) -> *mut c_void {
    // SAFETY: any size will do.
    born(unsafe { __libc_malloc(size) }, size, MALLOC_ALIGN, false)
}

/// `calloc(3)`, recorded.
#[unsafe(no_mangle)]
pub extern "C" fn calloc(count: size_t, size: size_t) -> *mut c_void {
    // SAFETY: glibc checks the product.
    born(unsafe { __libc_calloc(count, size) }, count.wrapping_mul(size), MALLOC_ALIGN, true)
}

/// `free(3)`, recorded.
///
/// # Safety
/// As `free(3)` says: null, or a block of this family that has not been freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn free(address: *mut c_void) {
    if is_recording() && hook::concerns_release(address.cast()) {
        hook::before_free(address.cast(), 0);
    }
    // SAFETY: the caller's contract is glibc's.
    unsafe { __libc_free(address) };
}

/// The old name of `free`.
///
/// # Safety
/// As [`free`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cfree(address: *mut c_void) {
    // SAFETY: the caller's contract is free's.
    unsafe { free(address) };
}

/// `free_sized` of C23.
///
/// # Safety
/// As [`free`]; `size` is what the block was asked for with.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn free_sized(address: *mut c_void, _size: size_t) {
    // SAFETY: the caller's contract is free's.
    unsafe { free(address) };
}

/// `free_aligned_sized` of C23.
///
/// # Safety
/// As [`free`]; `align` and `size` are what the block was asked for with.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn free_aligned_sized(address: *mut c_void, _align: size_t, _size: size_t) {
    // SAFETY: the caller's contract is free's.
    unsafe { free(address) };
}

/// `realloc(3)`, recorded: of null a birth, to size 0 a release, as glibc has it.
///
/// # Safety
/// As `realloc(3)` says: null, or a block of this family that has not been freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn realloc(address: *mut c_void, size: size_t) -> *mut c_void {
    if address.is_null() {
        return malloc(size);
    }
    if size == 0 {
        // SAFETY: the caller's contract is free's; glibc frees and answers null.
        unsafe { free(address) };
        return std::ptr::null_mut();
    }
    if !is_recording() || !hook::concerns_realloc(address.cast(), size) {
        // SAFETY: the caller's contract is glibc's.
        return unsafe { __libc_realloc(address, size) };
    }
    // SAFETY: the caller's contract is glibc's.
    let real = || unsafe { __libc_realloc(address, size) }.cast();
    hook::around_realloc(address.cast(), 0, size, MALLOC_ALIGN, real).cast()
}

/// `reallocarray(3)`, recorded.
///
/// # Safety
/// As [`realloc`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn reallocarray(address: *mut c_void, count: size_t, size: size_t) -> *mut c_void {
    match count.checked_mul(size) {
        // SAFETY: the caller's contract is realloc's.
        Some(bytes) => unsafe { realloc(address, bytes) },
        None => refuse(libc::ENOMEM),
    }
}

/// `posix_memalign(3)`, recorded.
///
/// # Safety
/// `out` is a place for a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn posix_memalign(out: *mut *mut c_void, align: size_t, size: size_t) -> c_int {
    if !align.is_power_of_two() || !align.is_multiple_of(size_of::<usize>()) {
        return libc::EINVAL;
    }
    let address = aligned(align, size);
    if address.is_null() {
        return libc::ENOMEM;
    }
    // SAFETY: the caller's contract.
    unsafe { *out = address };
    0
}

/// `aligned_alloc(3)`, recorded.
#[unsafe(no_mangle)]
pub extern "C" fn aligned_alloc(align: size_t, size: size_t) -> *mut c_void {
    aligned(align, size)
}

/// `memalign(3)`, recorded.
#[unsafe(no_mangle)]
pub extern "C" fn memalign(align: size_t, size: size_t) -> *mut c_void {
    aligned(align, size)
}

/// `valloc(3)`, recorded.
#[unsafe(no_mangle)]
pub extern "C" fn valloc(size: size_t) -> *mut c_void {
    aligned(page(), size)
}

/// `pvalloc(3)`, recorded: whole pages.
#[unsafe(no_mangle)]
pub extern "C" fn pvalloc(size: size_t) -> *mut c_void {
    match size.checked_next_multiple_of(page()) {
        Some(bytes) => aligned(page(), bytes),
        None => refuse(libc::ENOMEM),
    }
}
