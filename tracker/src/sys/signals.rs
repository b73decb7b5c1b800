//! Moments in which no signal handler may run on this thread.

/// Signals that the processor raises for the instruction being executed, and a sandbox's: blocking them would turn a
/// program's own handling of them (a stack overflow's message, an emulated system call) into a kill.
const SYNCHRONOUS: [libc::c_int; 6] =
    [libc::SIGSEGV, libc::SIGBUS, libc::SIGFPE, libc::SIGILL, libc::SIGTRAP, libc::SIGSYS];

/// glibc's own: `setuid` in one thread asks all others to follow with the second, and waits for them.
const GLIBC_OWN: [libc::c_int; 2] = [32, 33];

/// The kernel's own set, one bit a signal: glibc's functions leave two signals out that must wait, too.
type KernelSet = u64;

fn bit(signal: libc::c_int) -> KernelSet {
    1 << (signal - 1)
}

fn all_but(some: &[libc::c_int]) -> KernelSet {
    some.iter().fold(!0, |set, &signal| set & !bit(signal))
}

/// No signal that is meant for the program is delivered to this thread from now on.
pub(crate) fn leave_to_the_program() {
    exchange(all_but(&SYNCHRONOUS) & all_but(&GLIBC_OWN));
}

/// While it lives, signals to this thread wait. `!Send`: it is about the thread that made it.
pub(crate) struct SignalsBlocked {
    before: KernelSet,
    _this_thread: std::marker::PhantomData<*const ()>,
}

impl SignalsBlocked {
    pub(crate) fn new() -> SignalsBlocked {
        SignalsBlocked { before: exchange(all_but(&SYNCHRONOUS)), _this_thread: std::marker::PhantomData }
    }
}

impl Drop for SignalsBlocked {
    fn drop(&mut self) {
        exchange(self.before);
    }
}

fn exchange(set: KernelSet) -> KernelSet {
    let mut before: KernelSet = 0;
    // SAFETY: both sets are of the size that is passed with them.
    unsafe {
        libc::syscall(
            libc::SYS_rt_sigprocmask,
            libc::SIG_SETMASK,
            &raw const set,
            &raw mut before,
            size_of::<KernelSet>(),
        );
    }
    before
}

/// Takes away the SIGXFSZ that a refused write to our own file left waiting for this thread, if that is why `error`
/// came: it would kill the program as soon as signals are let in again. Call it with signals still blocked.
pub(crate) fn discard_if_file_size(error: &std::io::Error) {
    if error.raw_os_error() != Some(libc::EFBIG) {
        return;
    }
    let set = bit(libc::SIGXFSZ);
    let now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the set is of the size that is passed with it; nobody is told about the signal.
    unsafe {
        libc::syscall(
            libc::SYS_rt_sigtimedwait,
            &raw const set,
            std::ptr::null_mut::<libc::siginfo_t>(),
            &raw const now,
            size_of::<KernelSet>(),
        );
    }
}
