//! What the recorder asks of the system, each call behind a function that is safe to call. No locks, no allocation.
#![allow(unsafe_code, reason = "system calls; each with its contract")]

pub(crate) mod memory;
pub(crate) mod robust;
pub(crate) mod signals;
pub(crate) mod stack;
pub(crate) mod thread;

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::sync::atomic::AtomicU32;

/// Puts `errno` back when dropped: the program must not see that its allocator made system calls.
pub(crate) struct Errno {
    place: *mut libc::c_int,
    value: libc::c_int,
}

impl Errno {
    #[inline]
    pub(crate) fn keep() -> Errno {
        // SAFETY: the C library gives each thread a place that lives as long as the thread; the value is !Send.
        unsafe {
            let place = libc::__errno_location();
            Errno { place, value: *place }
        }
    }
}

impl Drop for Errno {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: as above, on the same thread.
        unsafe { *self.place = self.value }
    }
}

/// Sleeps about this long; shorter when a signal arrives.
pub(crate) fn nap_us(microseconds: u32) {
    let time = libc::timespec {
        tv_sec: libc::time_t::from(microseconds / 1_000_000),
        tv_nsec: libc::c_long::from((microseconds % 1_000_000) * 1000),
    };
    // SAFETY: a valid time to read; nothing is written.
    unsafe { libc::nanosleep(&raw const time, std::ptr::null_mut()) };
}

/// Sleeps until `word` is not `expected`, somebody calls [`futex_wake`] or the time is over.
pub(crate) fn futex_wait(word: &AtomicU32, expected: u32, microseconds: u32) {
    let time = libc::timespec { tv_sec: 0, tv_nsec: libc::c_long::from(microseconds.min(999_999) * 1000) };
    // SAFETY: the word outlives the call, and so does the time.
    unsafe {
        libc::syscall(
            libc::SYS_futex,
            word.as_ptr(),
            libc::FUTEX_WAIT | libc::FUTEX_PRIVATE_FLAG,
            expected,
            &raw const time,
        );
    }
}

/// Wakes who sleeps on `word`.
pub(crate) fn futex_wake(word: &AtomicU32) {
    // SAFETY: the kernel only takes the address as a key.
    unsafe { libc::syscall(libc::SYS_futex, word.as_ptr(), libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG, i32::MAX) };
}

/// The calling thread's system id.
pub(crate) fn thread_id() -> u32 {
    // SAFETY: no arguments, cannot fail.
    unsafe { libc::syscall(libc::SYS_gettid) as u32 }
}

/// The process's id.
pub(crate) fn process_id() -> u32 {
    // SAFETY: no arguments, cannot fail.
    unsafe { libc::getpid() as u32 }
}

/// Whether a thread of this process with this id is there.
pub(crate) fn thread_exists(thread_id: u32) -> bool {
    // SAFETY: signal 0 is never delivered, only looked for.
    let found = unsafe { libc::syscall(libc::SYS_tgkill, process_id(), thread_id, 0) };
    found == 0 || io::Error::last_os_error().raw_os_error() != Some(libc::ESRCH)
}

/// The calling thread's name as the two words of its slot.
pub(crate) fn thread_name() -> [u64; 2] {
    let mut name = [0_u64; 2];
    // SAFETY: the kernel writes at most 16 bytes, the last of them 0.
    unsafe { libc::prctl(libc::PR_GET_NAME, name.as_mut_ptr()) };
    name
}

/// Names the calling thread.
pub(crate) fn name_thread(name: &std::ffi::CStr) {
    // SAFETY: the kernel reads up to the terminator, 16 bytes at most.
    unsafe { libc::prctl(libc::PR_SET_NAME, name.as_ptr()) };
}

/// Whether whoever is at the other end of this socket is root or of the user that this process runs as.
pub(crate) fn is_own_user_or_root(socket: std::os::fd::RawFd) -> bool {
    let mut peer = libc::ucred { pid: 0, uid: libc::uid_t::MAX, gid: libc::gid_t::MAX };
    let mut length = size_of::<libc::ucred>() as libc::socklen_t;
    // SAFETY: the kernel writes at most `length` bytes to a place of that size; asking for our user cannot fail.
    let (error, own) = unsafe {
        let place = (&raw mut peer).cast();
        let error = libc::getsockopt(socket, libc::SOL_SOCKET, libc::SO_PEERCRED, place, &raw mut length);
        (error, libc::geteuid())
    };
    error == 0 && (peer.uid == 0 || peer.uid == own)
}

/// Says a sentence on stderr without std's lock, which a thread that waits for us may hold.
pub(crate) fn complain(sentence: &str) {
    let line = format!("dropscope: {sentence}\n");
    // SAFETY: the bytes are there for the length given. A failure has nobody left to be told to.
    unsafe { libc::write(libc::STDERR_FILENO, line.as_ptr().cast(), line.len()) };
}

const MEMBARRIER_PRIVATE_EXPEDITED: libc::c_int = 1 << 3;
const MEMBARRIER_REGISTER_PRIVATE_EXPEDITED: libc::c_int = 1 << 4;

/// Announces that [`barrier_on_all_threads`] will be used.
pub(crate) fn prepare_barrier() {
    // SAFETY: no memory is passed.
    unsafe { libc::syscall(libc::SYS_membarrier, MEMBARRIER_REGISTER_PRIVATE_EXPEDITED, 0, 0) };
}

/// Makes every other thread of the process pass a full memory barrier before this returns, so that threads which only
/// store and then load, without a barrier of their own, can be reasoned about as if they had one in between.
pub(crate) fn barrier_on_all_threads() {
    std::sync::atomic::fence(std::sync::atomic::Ordering::SeqCst);
    // SAFETY: no memory is passed.
    let done = unsafe { libc::syscall(libc::SYS_membarrier, MEMBARRIER_PRIVATE_EXPEDITED, 0, 0) };
    if done != 0 {
        // Kernels before 4.14 and strict sandboxes: a store buffer empties within microseconds.
        nap_us(2000);
    }
}

/// A random number, or nearly: two recordings made in one place must not have the same.
pub(crate) fn random() -> u64 {
    let mut number = [0_u8; 8];
    // SAFETY: the kernel writes at most the 8 bytes given.
    let got = unsafe { libc::getrandom(number.as_mut_ptr().cast(), number.len(), libc::GRND_NONBLOCK) };
    if got == 8 { u64::from_ne_bytes(number) } else { crate::clock::unix_ns() ^ u64::from(process_id()) << 44 }
}

/// Gives `file` real space from `from` on, so that writing to its mapping cannot fail later (SIGBUS on a full disk).
pub(crate) fn allocate(file: &File, from: u64, bytes: u64) -> io::Result<()> {
    // SAFETY: no memory is passed.
    match unsafe { libc::posix_fallocate(file.as_raw_fd(), from as libc::off_t, bytes as libc::off_t) } {
        0 => Ok(()),
        error => Err(io::Error::from_raw_os_error(error)),
    }
}

/// Moves `file` to a descriptor that programs which close or reuse the low ones do not meet. Where the limit on
/// descriptors is lower than that, at least not to one of the first three: a program that was started without stdout
/// would print into it.
pub(crate) fn out_of_the_way(file: File) -> File {
    // SAFETY: only the descriptor's number is passed.
    let moved = |first: libc::c_int| unsafe { libc::fcntl(file.as_raw_fd(), libc::F_DUPFD_CLOEXEC, first) };
    let high = [512, 128, 32, 3].into_iter().map(moved).find(|high| *high >= 0);
    let Some(high) = high else { return file };
    // SAFETY: just made and nobody else's.
    unsafe { <File as std::os::fd::FromRawFd>::from_raw_fd(high) }
}

/// Has `function` called when the program leaves through `exit`.
pub(crate) fn at_exit(function: extern "C" fn()) {
    // SAFETY: the function lives as long as the code it is part of; the C library calls it before unloading that.
    unsafe { libc::atexit(function) };
}

/// Has `function` called in forked children.
pub(crate) fn in_forked_child(function: unsafe extern "C" fn()) {
    // SAFETY: the function only stores a number.
    unsafe { libc::pthread_atfork(None, None, Some(function)) };
}
