//! What the unwinding tests share: the checked capture, libraries compiled on the spot, hand-made threads and timers.
#![allow(unsafe_code, reason = "plays the program: loads libraries, installs handlers, makes threads by hand")]
#![allow(clippy::unwrap_used, reason = "a helper of tests, outside of their functions")]

use crate::unwind::{self, Caller, PreviousStack};
use std::cell::Cell;
use std::ffi::{CStr, CString, c_void};
use std::path::PathBuf;
use std::process::Command;
use std::sync::Once;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// Stacks compared, and how many were not the judge's.
pub static CHECKED: AtomicU64 = AtomicU64::new(0);
pub static DIFFERENT: AtomicU64 = AtomicU64::new(0);
static INTERRUPTIONS: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static MEMORY: Cell<*mut PreviousStack> = const { Cell::new(std::ptr::null_mut()) };
    /// The stack pointer of the last call of [`check_caller`].
    pub static LAST_SP: Cell<u64> = const { Cell::new(0) };
    static HANDLERS_MEMORY: Cell<*mut PreviousStack> = const { Cell::new(std::ptr::null_mut()) };
}

/// Initialises the module, and installs the handler that C's `raise` reaches.
pub fn start() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        unwind::initialise(std::env::var_os("UNWIND_PORTABLE").is_some());
        handle(libc::SIGUSR1, on_raise);
    });
    HANDLERS_MEMORY.with(memory);
}

/// A capture that is compared with the judge; the first differences are printed.
pub extern "C" fn check() {
    let Ok(previous) = MEMORY.try_with(memory) else { return };
    checked(previous);
}

fn checked(previous: *mut PreviousStack) {
    // SAFETY: this thread's mapping, made by `memory`; `raise` interrupts no capture, so nobody else has it now.
    let previous = unsafe { &mut *previous };
    let before: Vec<u64> = previous.addresses().to_vec();
    let captured = previous.capture();
    let is_same = previous.cross_check();
    let kept_is_kept = before.get(..captured.kept) == previous.addresses().get(..captured.kept);
    CHECKED.fetch_add(1, Relaxed);
    if (!is_same || !kept_is_kept) && DIFFERENT.fetch_add(1, Relaxed) < 3 {
        report(previous, captured);
    }
}

/// As [`check`], of a stack that begins in the function that calls this, as the allocator's does.
#[unsafe(naked)]
pub extern "C" fn check_caller() {
    std::arch::naked_asm!("mov rdi, rsp", "mov rsi, rbp", "jmp {}", sym check_caller_from)
}

extern "C" fn check_caller_from(sp: u64, bp: u64) {
    let caller = Caller { sp, bp };
    LAST_SP.set(sp);
    let Ok(previous) = MEMORY.try_with(memory) else { return };
    // SAFETY: as in `checked`; the door has not returned.
    let (previous, captured) = unsafe {
        let previous = &mut *previous;
        let captured = previous.capture_caller(caller);
        (previous, captured)
    };
    CHECKED.fetch_add(1, Relaxed);
    if !previous.cross_check_caller(caller) && DIFFERENT.fetch_add(1, Relaxed) < 3 {
        report(previous, captured);
    }
}

/// As [`check`], and the stack has to be walked by compact rules to its end.
#[unsafe(naked)]
pub extern "C" fn check_is_fast() {
    std::arch::naked_asm!("mov rdi, rsp", "mov rsi, rbp", "jmp {}", sym check_is_fast_from)
}

extern "C" fn check_is_fast_from(sp: u64, bp: u64) {
    let caller = Caller { sp, bp };
    // SAFETY: as in `checked`; the door has not returned.
    let (previous, captured) = MEMORY.with(|cell| unsafe {
        let previous = &mut *memory(cell);
        let captured = previous.capture_caller_fast(caller);
        (previous, captured)
    });
    CHECKED.fetch_add(1, Relaxed);
    let is_same = captured.is_some() && previous.cross_check_caller(caller);
    if !is_same && DIFFERENT.fetch_add(1, Relaxed) < 3 {
        match captured {
            Some(captured) => report(previous, captured),
            None => eprintln!("compact rules do not lead to the end of {}", std::backtrace::Backtrace::force_capture()),
        }
    }
}

fn report(previous: &PreviousStack, captured: unwind::Captured) {
    let ours: Vec<_> = previous.addresses().iter().rev().collect();
    eprintln!(
        "different: {captured:?}\nours, innermost first: {ours:#x?}\nthe judge's: {:?}",
        backtrace::Backtrace::new()
    );
}

/// The thread's own memory, in zeroed memory as in the recorder.
fn memory(cell: &Cell<*mut PreviousStack>) -> *mut PreviousStack {
    if cell.get().is_null() {
        let size = size_of::<PreviousStack>();
        let (protection, flags) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
        // SAFETY: a new mapping; zeros are a valid empty memory.
        let new = unsafe { libc::mmap(std::ptr::null_mut(), size, protection, flags, -1, 0) };
        assert_ne!(new, libc::MAP_FAILED);
        cell.set(new.cast());
    }
    cell.get()
}

/// Runs on whatever stack the signal comes to; `raise` never interrupts a capture, so the thread's own memory serves.
extern "C" fn on_raise(_: i32) {
    check();
}

/// May interrupt a capture, so it has a memory of its own; and anything else, so it only notes what it finds: whoever
/// prints here may wait for a lock that the interrupted code holds.
extern "C" fn on_timer(_: i32) {
    let memory = HANDLERS_MEMORY.with(Cell::get);
    if !memory.is_null() {
        // SAFETY: this thread's mapping for its timer's handler, which does not interrupt itself.
        let previous = unsafe { &mut *memory };
        previous.capture();
        let is_same = previous.cross_check();
        CHECKED.fetch_add(1, Relaxed);
        INTERRUPTIONS.fetch_add(1, Relaxed);
        if !is_same && DIFFERENT.fetch_add(1, Relaxed) == 0 {
            let frames = previous.addresses().iter().rev();
            frames.zip(&FIRST_DIFFERENT).for_each(|(&address, place)| place.store(address, Relaxed));
        }
    }
}

/// The stack, innermost first, in which the timer's handler first found a difference.
static FIRST_DIFFERENT: [AtomicU64; 64] = [const { AtomicU64::new(0) }; 64];

/// That stack, to be printed where anything may be; empty where there was none.
fn first_different() -> Vec<String> {
    let addresses = FIRST_DIFFERENT.iter().map(|place| place.load(Relaxed)).take_while(|address| *address != 0);
    let named = |address: u64| {
        let mut name = format!("{address:#x}");
        backtrace::resolve(std::ptr::without_provenance_mut(address as usize - 1), |symbol| {
            name += &symbol.name().map_or_else(String::new, |symbol| format!(" {symbol}"));
        });
        name
    };
    addresses.map(named).collect()
}

/// On the alternate stack, which Rust gives to every thread it starts.
fn handle(signal: i32, handler: extern "C" fn(i32)) {
    // SAFETY: a zeroed action is a valid one, and the handler has the type that the flags promise.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = handler as *const () as usize;
        action.sa_flags = libc::SA_ONSTACK | libc::SA_RESTART;
        assert_eq!(libc::sigaction(signal, &raw const action, std::ptr::null_mut()), 0);
    }
}

/// Runs `work` while a timer interrupts this thread; how often it did. Once at a time.
pub fn with_timer(period: Duration, work: impl FnOnce()) -> u64 {
    let stack = vec![0_u8; 256 << 10];
    let before = INTERRUPTIONS.load(Relaxed);
    // SAFETY: structures are valid when zeroed; the stack outlives its use, since the timer is deleted and the old
    // stack put back before it goes.
    unsafe {
        let mut old: libc::stack_t = std::mem::zeroed();
        let new = libc::stack_t { ss_sp: stack.as_ptr() as *mut c_void, ss_flags: 0, ss_size: stack.len() };
        assert_eq!(libc::sigaltstack(&raw const new, &raw mut old), 0);
        handle(libc::SIGRTMIN(), on_timer);
        let mut event: libc::sigevent = std::mem::zeroed();
        event.sigev_notify = libc::SIGEV_THREAD_ID;
        event.sigev_signo = libc::SIGRTMIN();
        event.sigev_notify_thread_id = libc::gettid();
        let mut timer: libc::timer_t = std::mem::zeroed();
        assert_eq!(libc::timer_create(libc::CLOCK_MONOTONIC, &raw mut event, &raw mut timer), 0);
        let each = libc::timespec { tv_sec: 0, tv_nsec: period.as_nanos() as i64 };
        let times = libc::itimerspec { it_interval: each, it_value: each };
        assert_eq!(libc::timer_settime(timer, 0, &raw const times, std::ptr::null_mut()), 0);
        work();
        libc::timer_delete(timer);
        assert_eq!(libc::sigaltstack(&raw const old, std::ptr::null_mut()), 0);
    }
    let different = first_different();
    if !different.is_empty() {
        eprintln!("a handler's stack is not the judge's; ours, innermost first: {different:#?}");
    }
    INTERRUPTIONS.load(Relaxed) - before
}

/// Runs `work` on a thread with exactly this much stack.
pub fn on_thread_of(stack_bytes: usize, work: fn() -> usize) {
    extern "C" fn main(work: *mut c_void) -> *mut c_void {
        // SAFETY: the argument is the function that was passed to `pthread_create` below.
        let work: fn() -> usize = unsafe { std::mem::transmute(work) };
        std::ptr::without_provenance_mut(work())
    }
    // SAFETY: attributes are initialised before use, and the thread is joined.
    unsafe {
        let mut attributes: libc::pthread_attr_t = std::mem::zeroed();
        libc::pthread_attr_init(&raw mut attributes);
        assert_eq!(libc::pthread_attr_setstacksize(&raw mut attributes, stack_bytes), 0);
        let mut thread: libc::pthread_t = std::mem::zeroed();
        let argument = work as *mut c_void;
        assert_eq!(libc::pthread_create(&raw mut thread, &raw const attributes, main, argument), 0);
        assert_eq!(libc::pthread_join(thread, std::ptr::null_mut()), 0);
        libc::pthread_attr_destroy(&raw mut attributes);
    }
}

/// Whether this machine has the compiler.
pub fn has(compiler: &str) -> bool {
    Command::new(compiler).arg("--version").output().is_ok_and(|output| output.status.success())
}

/// A shared library of ours, loaded.
pub struct Library(*mut c_void);
// SAFETY: a handle may be used from any thread.
unsafe impl Sync for Library {}

/// Compiles a source of this folder and loads it; none where there is no compiler for it.
pub fn compile(source: &str, flags: &[&str]) -> Option<Library> {
    let is_rust = source.ends_with(".rs");
    let compiler = match source.rsplit('.').next() {
        Some("rs") => "rustc",
        Some("cc") => "c++",
        _ => "cc",
    };
    if !has(compiler) {
        eprintln!("no {compiler}: {source} left out");
        return None;
    }
    let from = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests").join(source);
    let name = format!("{}{}.{}.so", source.replace('/', "-"), flags.concat(), std::process::id());
    let to = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    if !to.exists() {
        let mut command = Command::new(compiler);
        match is_rust {
            true => command.args(["--crate-type", "cdylib", "--edition", "2024"]),
            false => command.args(["-shared", "-fPIC", "-g", "-fasynchronous-unwind-tables"]),
        };
        command.args(flags);
        let output = command.arg("-o").arg(&to).arg(&from).output().unwrap();
        assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    let path = CString::new(to.into_os_string().into_encoded_bytes()).unwrap();
    // SAFETY: loads a library of this folder, which has no constructors.
    let handle = unsafe { libc::dlopen(path.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL) };
    assert!(!handle.is_null(), "{path:?} does not load");
    Some(Library(handle))
}

impl Library {
    pub fn symbol(&self, name: &CStr) -> usize {
        // SAFETY: the handle is open and the name a C string.
        let symbol = unsafe { libc::dlsym(self.0, name.as_ptr()) };
        assert!(!symbol.is_null(), "no {name:?}");
        symbol as usize
    }

    /// Calls the function that makes stacks and calls [`check`] on each.
    pub fn run(&self, name: &CStr, rounds: i32) {
        self.run_with(name, rounds, check);
    }

    /// As [`Library::run`], with another way to check.
    pub fn run_with(&self, name: &CStr, rounds: i32, check: extern "C" fn()) {
        type Shapes = unsafe extern "C" fn(extern "C" fn(), i32);
        // SAFETY: all functions of our libraries that are run so have this type.
        let shapes = unsafe { std::mem::transmute::<usize, Shapes>(self.symbol(name)) };
        // SAFETY: as above; `check` does not unwind.
        unsafe { shapes(check, rounds) };
    }

    pub fn close(self) {
        // SAFETY: nothing of the library is running or will be.
        assert_eq!(unsafe { libc::dlclose(self.0) }, 0);
    }
}
