//! What a C or C++ program says about itself: marks and scopes. `include/dropscope.h` finds these functions at run time.

use dropscope::hook;
use libc::c_char;
use std::ffi::CStr;

/// What stands at `text`; empty where it is null or not UTF-8.
///
/// # Safety
/// Null, or a text that ends with a zero byte.
unsafe fn words<'a>(text: *const c_char) -> &'a str {
    if text.is_null() {
        return "";
    }
    // SAFETY: the caller's contract.
    unsafe { CStr::from_ptr(text) }.to_str().unwrap_or_default()
}

/// Records `text` at this moment.
///
/// # Safety
/// Null, or a text that ends with a zero byte.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn dropscope_mark(text: *const c_char) {
    // SAFETY: the caller's contract.
    dropscope::mark(unsafe { words(text) });
}

/// Enters the scope `name` on the calling thread.
///
/// # Safety
/// Null, or a text that ends with a zero byte.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn dropscope_scope_enter(name: *const c_char) {
    // SAFETY: the caller's contract.
    hook::on_scope_enter(unsafe { words(name) });
}

/// Leaves the scope `name` on the calling thread.
///
/// # Safety
/// Null, or a text that ends with a zero byte.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn dropscope_scope_exit(name: *const c_char) {
    // SAFETY: the caller's contract.
    hook::on_scope_exit(unsafe { words(name) });
}
