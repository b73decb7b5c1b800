//! The calling thread's stack, as return addresses, cheaply enough for every event.
//!
//! Two ways behind one interface: [`fast`] (compact rules per return address, the thread's last stack verified and
//! reused; x86-64 Linux with glibc 2.35 or newer) and [`portable`] (an unwinder that others wrote, everywhere else). The
//! `backtrace` crate is also the judge of the fast one, see [`PreviousStack::cross_check`].
//!
//! An *address* here is always a return address: what it says about lines and rules is found at `address - 1`. A frame
//! that a signal interrupted is given as its instruction's address + 1, so that the same holds for it (the `backtrace`
//! crate cannot tell such frames and gives the instruction's own address).

#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
mod fast;
#[cfg(not(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu")))]
#[path = "fast_absent.rs"]
mod fast;
mod portable;

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// Frames kept of one stack; of a deeper one the innermost are kept and it is [`Quality::Truncated`].
pub(crate) const MAX_DEPTH: usize = 1024;

/// Chosen once by [`initialise`]; before that the portable way serves.
static FAST: AtomicBool = AtomicBool::new(false);

/// How far a stack can be believed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum Quality {
    /// It reaches the thread's first function.
    Complete = 0,
    /// It was deeper than [`MAX_DEPTH`]; the outermost frames are missing.
    Truncated = 1,
    /// It ended where nothing says how to go on (code without unwind tables, such as a JIT's), or at a word that
    /// cannot be part of a stack.
    Suspect = 2,
}

/// What one capture found; the addresses themselves are in [`PreviousStack::addresses`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Captured {
    /// Outermost frames that the previous capture had too.
    pub(crate) kept: usize,
    /// All frames.
    pub(crate) depth: usize,
    /// How far they can be believed.
    pub(crate) quality: Quality,
}

/// Where a function was called from: the registers at its first instruction.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caller {
    /// The stack pointer, which points to the return address.
    pub(crate) sp: u64,
    /// The frame pointer.
    pub(crate) bp: u64,
}

/// One thread's memory of its last stack. All-zero bytes are a valid empty value; there is nothing to drop.
///
/// 96 KiB, of which only the pages that the thread's depth reaches are ever touched (nine at ordinary depths): it is meant
/// to live in zeroed memory of its own.
#[repr(C)]
pub(crate) struct PreviousStack {
    depth: usize,
    quality: Quality,
    fast: fast::Memory,
    addresses: Addresses,
    /// The portable walk's frames, innermost first, before they are turned round.
    innermost_first: [u64; MAX_DEPTH],
}

/// Return addresses, outermost first. Aligned for instructions that take two at once.
#[repr(C, align(16))]
pub(crate) struct Addresses([u64; MAX_DEPTH]);

/// Chooses the way to walk. Once, before the first capture and not inside one.
///
/// Allocates nothing. It takes the dynamic loader's list lock for a moment (`dl_iterate_phdr`), so no thread may wait
/// for this call to end while it holds that lock: let others use the portable way or record nothing meanwhile.
pub(crate) fn initialise(force_portable: bool) {
    // Either way: the rules also tell the judge's frames apart.
    let can_be_fast = fast::initialise();
    FAST.store(can_be_fast && !force_portable, Relaxed);
}

/// Whether captures use compact rules.
#[inline]
pub(crate) fn is_fast() -> bool {
    FAST.load(Relaxed)
}

/// What walks, for the recording.
pub(crate) fn name() -> &'static str {
    if is_fast() { "unwind tables" } else { portable::NAME }
}

/// Whether there is somebody to judge stacks.
pub(crate) const HAS_JUDGE: bool = cfg!(feature = "judge");

/// Forgets what was learnt about code that may have been unmapped. Lock-free; call it after a `dlclose`.
///
/// Loading a library after another was unloaded is noticed without it where the loader's own counter could be found
/// (see `fast::loader`); this is for loaders where it could not.
pub(crate) fn forget_modules() {
    fast::forget_modules();
}

impl PreviousStack {
    /// Most frames that [`PreviousStack::capture_caller_plain`] finds.
    pub(crate) const PLAIN_FRAMES: usize = fast::PLAIN_FRAMES;

    /// Walks the calling thread's stack from the caller of the function this is called in.
    ///
    /// Afterwards `addresses()[..kept]` is what the previous capture had too and `[kept..depth]` is new. Always
    /// inlined, so that the first frame does not depend on how deep in the recorder the call stands. Allocates
    /// nothing, takes no lock, does not panic; may be called before `main`, in destructors of thread-locals, on
    /// threads that Rust did not make and in signal handlers (there with a memory of its own).
    #[inline(always)]
    pub(crate) fn capture(&mut self) -> Captured {
        if is_fast() {
            let [address, sp, bp] = fast::State::here().registers();
            self.capture_fast(address, sp, bp)
        } else {
            let marker = 0_u8;
            self.capture_portable(&raw const marker as u64)
        }
    }

    /// Walks the calling thread's stack from the frame on that called a function of ours, where at most
    /// [`PreviousStack::PLAIN_FRAMES`] lead to a frame of the last stack: cheaper than [`PreviousStack::capture`], and without our own frames. Gives `put`
    /// each of the new frames, from 0 on. None where another way has to be gone; then nothing has changed.
    ///
    /// # Safety
    /// The caller is that of a function which has not returned yet.
    #[allow(unsafe_code, reason = "reads the return address")]
    #[inline(always)]
    pub(crate) unsafe fn capture_caller_plain(
        &mut self,
        caller: Caller,
        put: impl FnMut(usize, u64),
    ) -> Option<Captured> {
        // SAFETY: the function has not returned, so its return address is where the stack pointer pointed to.
        let innermost = unsafe { fast::State::of_caller(caller.sp, caller.bp) };
        let captured = self.fast.capture_plain(&mut self.addresses, innermost, put)?;
        self.depth = captured.depth;
        Some(captured)
    }

    /// The same of any stack. None where compact rules do not lead to the end.
    ///
    /// # Safety
    /// As [`PreviousStack::capture_caller_plain`].
    #[allow(unsafe_code, reason = "reads the return address")]
    #[inline(never)]
    pub(crate) unsafe fn capture_caller_fast(&mut self, caller: Caller) -> Option<Captured> {
        // SAFETY: the same contract.
        self.walk_any(unsafe { fast::State::of_caller(caller.sp, caller.bp) })
    }

    /// The same in whatever way there is.
    ///
    /// # Safety
    /// As [`PreviousStack::capture_caller_plain`].
    #[allow(unsafe_code, reason = "reads the return address")]
    #[inline(never)]
    pub(crate) unsafe fn capture_caller(&mut self, caller: Caller) -> Captured {
        // SAFETY: the same contract.
        let innermost = || unsafe { fast::State::of_caller(caller.sp, caller.bp) };
        let fast = if is_fast() { self.walk_fast(innermost()) } else { None };
        fast.unwrap_or_else(|| self.capture_portable(caller.sp))
    }

    /// Whether the last captured stack, that of `caller`, is what the `backtrace` crate says now.
    pub(crate) fn cross_check_caller(&self, caller: Caller) -> bool {
        self.same_as_judge(caller.sp)
    }

    /// The last captured stack, outermost first. The innermost may be frames of this crate.
    #[inline]
    pub(crate) fn addresses(&self) -> &[u64] {
        self.addresses.0.get(..self.depth).unwrap_or(&[])
    }

    /// One of the `depth` addresses of the last captured stack, outermost first; of what lies further in, any number.
    #[inline(always)]
    pub(crate) fn address_at(&self, index: usize) -> u64 {
        self.addresses.0[index % MAX_DEPTH]
    }

    /// Whether the last captured stack is what the `backtrace` crate says now; true without a judge.
    ///
    /// Call it in the same function as the `capture` it judges. Costs microseconds.
    #[inline(always)]
    pub(crate) fn cross_check(&self) -> bool {
        let marker = 0_u8;
        self.same_as_judge(&raw const marker as u64)
    }

    /// Takes the start as three words, since a structure would go through memory.
    #[inline(never)]
    fn capture_fast(&mut self, address: u64, sp: u64, bp: u64) -> Captured {
        match self.fast.caller(fast::State::of_registers([address, sp, bp])) {
            Some(caller) => self.walk_fast(caller).unwrap_or_else(|| self.capture_portable(sp)),
            None => self.capture_portable(sp),
        }
    }

    /// None where a frame's rule is not one of the compact ones: this stack is the portable way's.
    #[inline(always)]
    fn walk_fast(&mut self, innermost: fast::State) -> Option<Captured> {
        match self.fast.capture_plain(&mut self.addresses, innermost, |_, _| {}) {
            Some(captured) => {
                self.depth = captured.depth;
                Some(captured)
            }
            None => self.walk_any(innermost),
        }
    }

    #[inline(always)]
    fn walk_any(&mut self, innermost: fast::State) -> Option<Captured> {
        let captured = self.fast.capture(&mut self.addresses, self.depth, innermost)?;
        (self.depth, self.quality) = (captured.depth, captured.quality);
        Some(captured)
    }

    /// `floor` is an address in the calling function's frame: what lies below it is ours.
    #[inline(never)]
    fn capture_portable(&mut self, floor: u64) -> Captured {
        self.fast.forget();
        let mut depth = 0;
        let quality = portable::walk(floor, |address| {
            let place = self.innermost_first.get_mut(depth).map(|place| *place = address);
            depth += usize::from(place.is_some());
            place.is_some()
        });
        let new = self.innermost_first.get(..depth).unwrap_or(&[]).iter().rev();
        let mut kept = 0;
        for (index, (slot, &address)) in self.addresses.0.iter_mut().zip(new).enumerate() {
            if index == kept && index < self.depth && *slot == address {
                kept += 1;
            }
            *slot = address;
        }
        let quality = if depth == 0 { Quality::Suspect } else { quality };
        (self.depth, self.quality) = (depth, quality);
        Captured { kept, depth, quality }
    }

    #[cfg(not(feature = "judge"))]
    fn same_as_judge(&self, _: u64) -> bool {
        true
    }

    #[cfg(feature = "judge")]
    #[inline(never)]
    fn same_as_judge(&self, floor: u64) -> bool {
        let mut ours = self.addresses().iter().rev();
        let mut same = true;
        let mut inner = None;
        let quality = portable::judge::walk(floor, |judged| {
            let Some(&our) = ours.next() else {
                same &= self.depth == MAX_DEPTH;
                return false;
            };
            // An interrupted frame's address is one more than the judge's.
            same &= our == judged || (our == judged + 1 && inner.is_some_and(fast::is_signal_return));
            inner = Some(judged);
            true
        });
        same && ours.next().is_none() && quality == self.quality
    }
}
