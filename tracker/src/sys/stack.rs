//! A stack of the recorder's own: a thread of the program that has to do the writer's work, at the process's end, may
//! have a stack of 16 KB or be in a handler on less.

use super::memory;
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::NonNull;

/// As much as the writer's thread has.
const STACK_BYTES: usize = 1 << 20;

/// The memory, of which only what is used is ever there.
pub(crate) struct OwnStack(NonNull<u8>);

// SAFETY: memory that is only used by who has `&mut`.
unsafe impl Send for OwnStack {}

struct Call<F, R> {
    work: Option<F>,
    result: Option<R>,
}

impl OwnStack {
    /// None without memory.
    pub(crate) fn new() -> Option<OwnStack> {
        memory::map_private(STACK_BYTES).map(OwnStack)
    }

    /// Does `work` on this stack. None where it panicked.
    pub(crate) fn run<R>(&mut self, work: impl FnOnce() -> R) -> Option<R> {
        let mut call = Call { work: Some(work), result: None };
        let function = trampoline_of(&call);
        // SAFETY: the stack is mapped and, by `&mut self`, nobody else's; its end is aligned to a page. `function`
        // takes a pointer to just this type, does not unwind, and has returned when `switch` does.
        unsafe { switch(self.0.as_ptr().add(STACK_BYTES), function, (&raw mut call).cast()) };
        call.result
    }
}

impl Drop for OwnStack {
    fn drop(&mut self) {
        // SAFETY: mapped by `new`, and nobody runs on it.
        unsafe { memory::unmap(self.0, STACK_BYTES) };
    }
}

/// The function that makes a call of this type.
fn trampoline_of<F: FnOnce() -> R, R>(_: &Call<F, R>) -> extern "C" fn(*mut c_void) {
    extern "C" fn trampoline<F: FnOnce() -> R, R>(call: *mut c_void) {
        // SAFETY: `run` passes a call of this very type, which it does not touch meanwhile.
        let call = unsafe { &mut *call.cast::<Call<F, R>>() };
        if let Some(work) = call.work.take() {
            call.result = catch_unwind(AssertUnwindSafe(work)).ok();
        }
    }
    trampoline::<F, R>
}

/// Calls `function` with the stack pointer at `top`.
///
/// # Safety
/// `top` is aligned to 16 and the end of enough memory that nobody else uses; `function` may be called with `argument`.
#[cfg(target_arch = "x86_64")]
unsafe fn switch(top: *mut u8, function: extern "C" fn(*mut c_void), argument: *mut c_void) {
    // SAFETY: by this function's contract. r12 is kept by the callee, so the old stack pointer comes back.
    unsafe {
        std::arch::asm!(
            "mov r12, rsp",
            "mov rsp, {top}",
            "call {function}",
            "mov rsp, r12",
            top = in(reg) top,
            function = in(reg) function,
            in("rdi") argument,
            out("r12") _,
            clobber_abi("C"),
        );
    }
}

/// Elsewhere on the stack that is there.
///
/// # Safety
/// `function` may be called with `argument`.
#[cfg(not(target_arch = "x86_64"))]
unsafe fn switch(_: *mut u8, function: extern "C" fn(*mut c_void), argument: *mut c_void) {
    function(argument);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_done_there_and_comes_back() {
        let mut stack = OwnStack::new().unwrap();
        let range = stack.0.as_ptr() as usize..stack.0.as_ptr() as usize + STACK_BYTES;
        let here = 7_u8;
        let there = stack.run(|| {
            let inner = [here; 300_000];
            assert!(
                range.contains(&(std::hint::black_box(&inner).as_ptr() as usize)) || cfg!(not(target_arch = "x86_64"))
            );
            inner.iter().map(|&byte| u64::from(byte)).sum::<u64>()
        });
        assert_eq!(there, Some(2_100_000));
        let panicked: Option<()> = stack.run(|| std::panic::resume_unwind(Box::new(())));
        assert_eq!(panicked, None);
        assert_eq!(stack.run(|| 1), Some(1));
    }
}
