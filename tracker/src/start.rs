//! How a recording begins: at the process's first allocation, or in code.

use crate::clock::{self, Calibration};
use crate::config::{Config, StartError};
use crate::drain::Drain;
use crate::end;
use crate::environment;
use crate::guard::{self, Guard};
use crate::live::{Live, Manner};
use crate::output::{self, Output};
use crate::registry;
use crate::ring::Ring;
use crate::sampling;
use crate::sink::Sink;
use crate::standby;
use crate::state::{self, Phase, SAMPLING};
use crate::sys::{self, signals::SignalsBlocked};
use crate::unwind;
use crate::window;
use crate::writer;
use dropscope_format::{LostCause, Process, process_start};
use std::hint::black_box;
use std::path::PathBuf;
use std::sync::Once;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicBool, AtomicU32};

/// What the launcher looks for in an executable to see that it can be recorded. Only the way from the allocator leads
/// here, so a program that uses the macros alone does not have it.
pub(crate) static ATTACHED: [u8; 26] = *b"dropscope-tracker-attached";

static LAST_RECORDING: AtomicU32 = AtomicU32::new(0);
static IS_STARTING: AtomicBool = AtomicBool::new(false);

/// How long a thread waits for another one that has come to the first allocation before it.
const WAIT_FOR_START_MS: u32 = 200;

/// An event where nothing is recorded (yet): if it is the process's first, looks whether it is to be recorded. Gives
/// whether it is recorded now.
#[cold]
#[inline(never)]
pub(crate) fn at_first_allocation() -> bool {
    black_box(&ATTACHED);
    if guard::is_inside() {
        return false;
    }
    match state::now().phase() {
        Phase::Unknown if state::change(Phase::Unknown, Phase::Starting, 0) => {
            let _own = Guard::own_work();
            start_as_the_environment_says();
        }
        Phase::Unknown | Phase::Starting => wait_for_start(),
        _ => {}
    }
    state::now().is_recording()
}

fn start_as_the_environment_says() {
    let begun = match environment::out() {
        Some(path) => {
            let mut config = Config::new(path);
            config.lossy = environment::is_lossy();
            window::of_environment().and_then(|window| {
                config.sample_mean_bytes = environment::bytes("DROPSCOPE_SAMPLE")?;
                config.last_bytes = environment::bytes("DROPSCOPE_LAST")?;
                window::open(config, window)
            })
        }
        None => {
            state::set(Phase::Idle, 0);
            Ok(())
        }
    };
    if let Err(error) = begun {
        state::set(Phase::Idle, 0);
        sys::complain(&format!("{error}; the program runs unrecorded"));
    }
    if environment::is_standby()
        && let Err(error) = standby::stand_by()
    {
        sys::complain(&error);
    }
}

/// The first thread is about to start the recording. It may have to wait for a lock that this one holds (the dynamic
/// loader's), so this one does not wait for ever.
fn wait_for_start() {
    for _ in 0..WAIT_FOR_START_MS {
        if state::now().phase() != Phase::Starting {
            return;
        }
        sys::nap_us(1000);
    }
    registry::count_lost_without_ring(LostCause::Closed);
}

/// Starts a recording in code; gives its number and where it is written.
pub(crate) fn start_in_code(config: &Config) -> Result<(u32, PathBuf), StartError> {
    if state::now().phase() == Phase::Unknown {
        // Where our allocator is the program's, this is its first allocation, and afterwards the state is known.
        drop(black_box(Box::new(0_u64)));
    }
    let _own = Guard::own_work();
    match state::now().phase() {
        Phase::Unknown => return Err(StartError::NotAttached),
        Phase::Idle => {}
        _ => return Err(StartError::AlreadyRecording),
    }
    if IS_STARTING.swap(true, Acquire) {
        return Err(StartError::AlreadyRecording);
    }
    let started = start(config, false);
    IS_STARTING.store(false, Release);
    started
}

/// Inside the recorder (own work), one thread at a time.
pub(crate) fn start(config: &Config, from_first_allocation: bool) -> Result<(u32, PathBuf), StartError> {
    let registry = registry::get_or_make().ok_or_else(|| StartError::Memory(std::io::Error::last_os_error()))?;
    if registry.is_forked_child() {
        return Err(StartError::ForkedChild);
    }
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        sys::prepare_barrier();
        clock::initialise();
        unwind::initialise(environment::wants_portable_unwinder());
        sys::at_exit(end::at_exit);
    });
    if let Some(mean_bytes) = config.sample_mean_bytes
        && !sampling::begin(mean_bytes, sys::random())
    {
        return Err(StartError::Memory(std::io::Error::from(std::io::ErrorKind::OutOfMemory)));
    }
    let config = config.clone();
    let is_sample = config.sample_mean_bytes.is_some();
    let manner = Manner { lossy: config.lossy, cross_check: is_cross_checked() };
    // A handler that leaves by `longjmp` would leave this half done; and writing to the file may be refused with a signal,
    // see `sink`.
    let _whole = SignalsBlocked::new();
    // Here, where there may be one thread only: as soon as there are two, the kernel takes 13 ms to make room for such
    // high descriptors.
    let output =
        output::create(&config.path).map_err(|source| StartError::Create { path: config.path.clone(), source })?;
    let ring_path = output.ring.as_ref().map(|ring| ring.path().to_owned());
    let opened = writer::spawn(move || open(&config, output, manner, from_first_allocation));
    if let (Err(StartError::Thread(_)), Some(path)) = (&opened, ring_path) {
        let _ = std::fs::remove_file(path);
    }
    let (live, path) = opened?;
    state::put(SAMPLING, is_sample);
    state::set(Phase::Recording, live.recording);
    Ok((live.recording, path))
}

/// Makes the recording, on the thread that is going to write it: what this allocates, and what that leaves behind, then
/// lies in a heap of ours and not between the program's blocks, whose reallocs took 10 ns longer each for it.
fn open(
    config: &Config,
    output: Output,
    manner: Manner,
    from_first_allocation: bool,
) -> Result<(&'static Live, PathBuf), StartError> {
    let calibration = Calibration::begin();
    let _whole = SignalsBlocked::new();
    let cannot_create = |source| StartError::Create { path: config.path.clone(), source };
    let Output { file, ring: mut ring_file } = output;
    let path = file.path().to_owned();
    let recording_id = sys::random();
    let (ring, reason) = Ring::map(ring_file.as_mut()).map_err(StartError::Memory)?;
    if let Some(reason) = reason {
        if let Some(file) = ring_file.take() {
            let _ = std::fs::remove_file(file.path());
        }
        sys::complain(&format!(
            "no ring file beside {} ({reason}): if the program is killed, its last events are lost",
            path.display()
        ));
    }
    ring.announce(calibration.estimate(), recording_id);
    let process = describe_process(config, from_first_allocation);
    match Drain::begin(Sink::new(file), ring_file, recording_id, process, calibration, config.last_bytes) {
        Ok(drain) => {
            let recording = LAST_RECORDING.fetch_add(1, Relaxed) + 1;
            Ok((Live::new(recording, manner, ring, drain).publish(), path))
        }
        Err(error) => {
            ring.retire();
            Err(cannot_create(error))
        }
    }
}

/// Whether each stack is to be judged, and can be.
fn is_cross_checked() -> bool {
    let is_wanted = environment::is_cross_checked();
    if is_wanted && !unwind::HAS_JUDGE {
        sys::complain(
            "DROPSCOPE_CROSS_CHECK needs a tracker built with its feature `judge`; stacks are recorded, not compared",
        );
    }
    is_wanted && unwind::HAS_JUDGE
}

fn describe_process(config: &Config, from_first_allocation: bool) -> Process {
    let pid = sys::process_id();
    let text = |path: std::io::Result<PathBuf>| path.map_or_else(|_| String::new(), |path| path.display().to_string());
    Process {
        program: text(std::fs::read_link("/proc/self/exe")),
        arguments: if config.redact { Vec::new() } else { arguments() },
        folder: text(std::env::current_dir()),
        pid,
        process_start: process_start(pid).unwrap_or(0),
        started_unix_ns: clock::unix_ns(),
        started_monotonic_ns: clock::monotonic_ns(),
        clock: clock::name().to_owned(),
        unwinder: unwind::name().to_owned(),
        tracker_version: env!("CARGO_PKG_VERSION").to_owned(),
        from_first_allocation,
        sample_mean_bytes: config.sample_mean_bytes.map_or(0, |mean| mean.max(sampling::LEAST_MEAN_BYTES)),
    }
}

fn arguments() -> Vec<String> {
    let words = std::fs::read("/proc/self/cmdline").unwrap_or_default();
    let words = words.strip_suffix(b"\0").unwrap_or(&words);
    words.split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word).into_owned()).collect()
}
