//! Asks the dynamic linker whether a library can be loaded.
// There is no safe way to ask: the linker is a C interface. This is the only function that uses it.
#![allow(unsafe_code)]

use std::ffi::CStr;

/// Whether the dynamic linker can load `library` now, by the name the window library will use.
pub(super) fn can_load(library: &CStr) -> bool {
    // SAFETY: `library` is a valid C string. Loading runs the library's initialisers; these are the system's own window
    // and graphics libraries, which the window would load next in any case.
    let handle = unsafe { libc::dlopen(library.as_ptr(), libc::RTLD_LAZY | libc::RTLD_LOCAL) };
    if handle.is_null() {
        return false;
    }
    // SAFETY: `handle` is what `dlopen` just gave us and is closed once; no symbol of it was taken.
    unsafe { libc::dlclose(handle) };
    true
}
