//! The walk of the unwinder that std links, for panics, into every program: libgcc's, or LLVM's in its place.
#![allow(unsafe_code, reason = "an interface of C")]

use super::{Frames, Quality};
use libc::{c_int, c_void};

/// What it is called in a recording.
pub(in super::super) const NAME: &str = "system unwinder";

/// `_URC_NO_REASON`: go on.
const GO_ON: c_int = 0;
/// `_URC_NORMAL_STOP`; any number but 0 ends the walk.
const STOP: c_int = 4;

/// `struct _Unwind_Context`, of which only the unwinder knows what is in it.
#[repr(C)]
struct Context {
    opaque: [u8; 0],
}

/// `_Unwind_Trace_Fn`.
type Visit = unsafe extern "C" fn(*mut Context, *mut c_void) -> c_int;

// The Itanium C++ ABI's unwinding library; `_Unwind_GetIPInfo` is in all versions since GCC 4.2 and LLVM 3.
unsafe extern "C" {
    fn _Unwind_Backtrace(visit: Visit, argument: *mut c_void) -> c_int;
    fn _Unwind_GetIPInfo(context: *mut Context, is_before_instruction: *mut c_int) -> usize;
    fn _Unwind_GetCFA(context: *mut Context) -> usize;
}

/// Gives `note` the calling thread's return addresses, innermost first, from the first frame above `floor` on, until
/// it returns false: it has no room for the one it was given. Allocates nothing; where glibc has no `_dl_find_object`
/// it takes the loader's list lock.
pub(in super::super) fn walk<N: FnMut(u64) -> bool>(floor: u64, note: N) -> Quality {
    let mut frames = Frames::new(floor, note);
    // SAFETY: the walk reads the calling thread's own stack by the unwind tables of its code, on any number of threads
    // at once; `visit` gets the frames it was made for, which outlive the call, and does not unwind.
    unsafe { _Unwind_Backtrace(visit::<N>, (&raw mut frames).cast()) };
    frames.quality
}

/// # Safety
/// `context` is a frame of a walk that `walk` began with these `frames`.
unsafe extern "C" fn visit<N: FnMut(u64) -> bool>(context: *mut Context, frames: *mut c_void) -> c_int {
    let mut is_before = 0;
    // SAFETY: the context is the unwinder's own, valid during this call; `frames` is `walk`'s, of which nobody else has
    // a reference while it waits for the walk's end.
    let (address, sp, frames) = unsafe {
        let address = _Unwind_GetIPInfo(context, &raw mut is_before) as u64;
        (address, _Unwind_GetCFA(context) as u64, &mut *frames.cast::<Frames<N>>())
    };
    // What a signal interrupted has not made a call: one more, so that the instruction is before the address.
    let address = if address != 0 && is_before != 0 { address + 1 } else { address };
    if frames.take(address, sp) { GO_ON } else { STOP }
}
