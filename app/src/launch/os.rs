//! What the launcher needs of the system that has no safe form: signals held back and passed on, local time.
#![allow(unsafe_code, reason = "signals and the broken-down local time are only in libc; each call is wrapped here")]

use std::mem::MaybeUninit;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::OnceLock;

/// A signal that came to this process while it was held back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Received {
    pub(super) signal: i32,
    /// The process that sent it; none where the kernel did, as for Ctrl-C, which reaches the whole terminal group.
    pub(super) sender: Option<u32>,
}

/// Signals that say something about this process alone, or cannot be held back.
const OWN: [i32; 13] = [
    libc::SIGKILL,
    libc::SIGSTOP,
    libc::SIGSEGV,
    libc::SIGBUS,
    libc::SIGFPE,
    libc::SIGILL,
    libc::SIGTRAP,
    libc::SIGSYS,
    libc::SIGABRT,
    libc::SIGPIPE,
    libc::SIGTTIN,
    libc::SIGTTOU,
    libc::SIGURG,
];

/// The signal mask of this process before it held any back.
static MASK_AT_START: OnceLock<libc::sigset_t> = OnceLock::new();

/// Holds back, while it lives, all signals that a launcher passes on, in the thread that made it and those it starts.
pub(super) struct HeldSignals {
    held: libc::sigset_t,
    before: libc::sigset_t,
}

impl HeldSignals {
    pub(super) fn new() -> HeldSignals {
        let mut held = empty_set();
        for signal in (1..=libc::SIGRTMAX()).filter(|signal| !OWN.contains(signal)) {
            // SAFETY: `held` is an initialised set. Numbers that libc keeps for itself are refused and stay out.
            unsafe { libc::sigaddset(&mut held, signal) };
        }
        let mut before = empty_set();
        // SAFETY: both sets are initialised and live through the call. An inherited SIG_IGN for SIGCHLD would make the
        // kernel reap the child itself and lose its exit status; SIG_DFL is valid for every process.
        unsafe {
            libc::signal(libc::SIGCHLD, libc::SIG_DFL);
            libc::pthread_sigmask(libc::SIG_BLOCK, &held, &mut before);
        }
        let _ = MASK_AT_START.set(before);
        HeldSignals { held, before }
    }

    /// The next signal held back; none after `time`.
    pub(super) fn next_within(&self, time: std::time::Duration) -> Option<Received> {
        let limit = libc::timespec { tv_sec: time.as_secs() as libc::time_t, tv_nsec: time.subsec_nanos().into() };
        let mut info = MaybeUninit::<libc::siginfo_t>::zeroed();
        // SAFETY: set and time are initialised, and `info` has room for what the kernel writes.
        let signal = unsafe { libc::sigtimedwait(&self.held, info.as_mut_ptr(), &limit) };
        if signal <= 0 {
            return None;
        }
        // SAFETY: zeroed at first, and filled by the successful call; all bit patterns are valid.
        let info = unsafe { info.assume_init() };
        // Codes up to 0 (SI_USER, SI_QUEUE, SI_TKILL) are signals sent by a process, and only those have a pid.
        // SAFETY: the pid lies in the part of the union that the kernel fills for such codes; reading it is a plain load.
        let sender = (info.si_code <= 0).then(|| unsafe { info.si_pid() } as u32);
        Some(Received { signal, sender })
    }

    /// Lets the signals act on this thread again, as they did before: what came in between acts at once.
    pub(super) fn release(&self) {
        // SAFETY: `before` was filled when the signals were held back.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &self.before, std::ptr::null_mut()) };
    }
}

impl Drop for HeldSignals {
    fn drop(&mut self) {
        self.release();
    }
}

fn empty_set() -> libc::sigset_t {
    let mut set = MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: sigemptyset initialises the set it is given.
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        set.assume_init()
    }
}

/// Has the program begun by `command` start with the signal mask that this process was started with, whatever is held
/// back by now.
pub(super) fn start_with_first_mask(command: &mut Command) {
    let Some(mask) = MASK_AT_START.get().copied() else { return };
    // SAFETY: the closure runs between fork and exec and makes one async-signal-safe call on data of its own.
    unsafe {
        command.pre_exec(move || {
            libc::pthread_sigmask(libc::SIG_SETMASK, &mask, std::ptr::null_mut());
            Ok(())
        });
    }
}

/// Sends `signal` to the process `pid`, which the caller has started and not reaped yet, so that the pid is still its.
pub(super) fn send(pid: u32, signal: i32) {
    // SAFETY: kill takes plain numbers. It can only fail where the process has ended, which the caller's wait shows.
    unsafe { libc::kill(pid as libc::pid_t, signal) };
}

/// Sends `signal` to the group of processes that `pid` leads.
pub(super) fn send_to_group(pid: u32, signal: i32) {
    // SAFETY: kill takes plain numbers. It can only fail where the group has ended, which the caller's wait shows.
    unsafe { libc::kill(-(pid as libc::pid_t), signal) };
}

/// Stops this process until it is told to go on.
pub(super) fn stop_self() {
    // SAFETY: raise takes a plain number; SIGSTOP has no handler that could run.
    unsafe { libc::raise(libc::SIGSTOP) };
}

/// The signal that stopped the child `pid` since the last look; none where it was not stopped. Leaves its end to be
/// reaped by its owner.
pub(super) fn stopped_by(pid: u32) -> Option<i32> {
    let mut info = MaybeUninit::<libc::siginfo_t>::zeroed();
    // SAFETY: `info` has room for the answer; with WNOHANG the call returns at once, and leaves zeros for "nothing".
    let info = unsafe {
        if libc::waitid(libc::P_PID, pid, info.as_mut_ptr(), libc::WSTOPPED | libc::WNOHANG) != 0 {
            return None;
        }
        info.assume_init()
    };
    // SAFETY: filled by waitid or zero; reading the status is a plain load.
    (info.si_signo == libc::SIGCHLD).then(|| unsafe { info.si_status() })
}

/// Broken-down local time of a moment in seconds since 1970: year, month, day, hour, minute, second.
pub(super) fn local_time(unix_seconds: i64) -> [i32; 6] {
    let mut parts = MaybeUninit::<libc::tm>::zeroed();
    let seconds = unix_seconds as libc::time_t;
    // SAFETY: both pointers are to live values; the result is zeroed or filled, and plain numbers either way.
    let parts = unsafe {
        libc::localtime_r(&seconds, parts.as_mut_ptr());
        parts.assume_init()
    };
    [parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec]
}

/// Whether running the file at `path` gives rights that this process does not have.
pub(super) fn gains_rights(path: &std::path::Path) -> bool {
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::MetadataExt;
    let Ok(metadata) = std::fs::metadata(path) else { return false };
    // SAFETY: both only answer a number.
    let (user, group) = unsafe { (libc::geteuid(), libc::getegid()) };
    let has_bit = |bit: libc::mode_t| metadata.mode() & bit != 0;
    if (has_bit(libc::S_ISUID) && metadata.uid() != user) || (has_bit(libc::S_ISGID) && metadata.gid() != group) {
        return true;
    }
    let Ok(path) = std::ffi::CString::new(path.as_os_str().as_bytes()) else { return false };
    // SAFETY: both texts end in a zero; without room for a value only its length is answered.
    let length = unsafe { libc::getxattr(path.as_ptr(), c"security.capability".as_ptr(), std::ptr::null_mut(), 0) };
    user != 0 && length > 0
}
