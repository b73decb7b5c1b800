//! The server's work in turns, now without the tracker and now with it, in one process: what differs from one run of a
//! program to the next (where its memory lies, which processor it gets, who else is there) is the same for neighbours.

use crate::server::Server;
use dropscope::{Config, Recording, Tracker};
use std::alloc::{GlobalAlloc, Layout, System};
use std::error::Error;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

/// Requests of each client in a turn: about 50 ms.
const REQUESTS: u32 = 200;
/// And before it, so that a turn's first requests are not those after a start of the recorder.
const WARM_UP: u32 = 80;
/// As `--sample 512KiB` says.
const SAMPLE_MEAN_BYTES: u64 = 512 << 10;

static WITH_TRACKER: AtomicBool = AtomicBool::new(false);

/// The system's allocator, or the tracker around it.
#[derive(Debug, Default)]
pub struct InTurns(Tracker<System>);

impl InTurns {
    /// To be the program's allocator.
    pub const fn new() -> InTurns {
        InTurns(Tracker::system())
    }
}

// SAFETY: both are the system's allocator, and take each other's blocks.
unsafe impl GlobalAlloc for InTurns {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's contract.
        unsafe { if WITH_TRACKER.load(Relaxed) { self.0.alloc(layout) } else { System.alloc(layout) } }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's contract.
        unsafe { if WITH_TRACKER.load(Relaxed) { self.0.alloc_zeroed(layout) } else { System.alloc_zeroed(layout) } }
    }

    #[inline]
    unsafe fn dealloc(&self, address: *mut u8, layout: Layout) {
        // SAFETY: the caller's contract.
        unsafe {
            if WITH_TRACKER.load(Relaxed) { self.0.dealloc(address, layout) } else { System.dealloc(address, layout) }
        }
    }

    #[inline]
    unsafe fn realloc(&self, address: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller's contract.
        unsafe {
            if WITH_TRACKER.load(Relaxed) {
                self.0.realloc(address, layout, size)
            } else {
                System.realloc(address, layout, size)
            }
        }
    }
}

/// How a turn is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    /// By the system's allocator, with whatever subscriber there is.
    Nothing,
    /// By the tracker, which records nothing.
    Idle,
    /// By the tracker, which takes a sample.
    Sample,
    /// By the tracker, which records nothing, and with its layer in the subscriber.
    IdleWithLayer,
}

/// Takes turns and prints for each round a line: the CPU time of a turn of each kind, the recorder's threads included,
/// then the wall times, in ns. `what` is `tracker` (nothing, idle, a sample) or `layer` (an idle tracker, and with its
/// layer, in a registry of `tracing`).
///
/// # Errors
/// Where the server or the recorder does not start, or there is nothing of this name.
pub fn take(what: &str, rounds: usize) -> Result<(), Box<dyn Error>> {
    let turns: &[Turn] = match what {
        "tracker" => &[Turn::Nothing, Turn::Idle, Turn::Sample],
        "layer" => {
            layer::subscribe()?;
            &[Turn::Idle, Turn::IdleWithLayer]
        }
        _ => return Err(format!("no turns `{what}`").into()),
    };
    let server = Server::start()?;
    let file = std::env::temp_dir().join(format!("dropscope-in-turns-{}.dscope", std::process::id()));
    for round in 0..rounds {
        let mut numbers = vec![(0, 0); turns.len()];
        for place in 0..turns.len() {
            // Each kind comes first, in the middle and last, forwards and backwards: a trend favours none of them.
            let kind = if round % 2 == 0 { round / 2 + place } else { round / 2 + turns.len() - 1 - place };
            let kind = kind % turns.len();
            numbers[kind] = one(&server, turns[kind], &file)?;
        }
        let numbers = numbers.iter().map(|of| of.0).chain(numbers.iter().map(|of| of.1));
        println!("{}", numbers.map(|ns| ns.to_string()).collect::<Vec<_>>().join(" "));
    }
    Ok(())
}

/// CPU time and wall time of a turn, in ns.
fn one(server: &Server, turn: Turn, file: &Path) -> Result<(u64, u64), Box<dyn Error>> {
    WITH_TRACKER.store(turn != Turn::Nothing, Relaxed);
    layer::WITH_LAYER.store(turn == Turn::IdleWithLayer, Relaxed);
    let mut config = Config::new(file);
    config.sample_mean_bytes = Some(SAMPLE_MEAN_BYTES);
    let recording = if turn == Turn::Sample { Some(Recording::start(&config)?) } else { None };
    server.ask(WARM_UP)?;
    let (begun, cpu_before_ns) = (Instant::now(), cpu_ns());
    server.ask(REQUESTS)?;
    let numbers = (cpu_ns() - cpu_before_ns, begun.elapsed().as_nanos() as u64);
    if let Some(recording) = recording {
        recording.stop();
        std::fs::remove_file(file)?;
    }
    Ok(numbers)
}

/// CPU time of all threads of this process, in ns.
fn cpu_ns() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: writes to a place of its own; the clock is always there.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// The layer, which takes turns, too. Changed between requests only, when no span is open.
mod layer {
    use super::{AtomicBool, Relaxed};
    use tracing::span::{Attributes, Id};
    use tracing::{Event, Subscriber};
    use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
    use tracing_subscriber::registry::LookupSpan;

    pub(super) static WITH_LAYER: AtomicBool = AtomicBool::new(false);

    struct InTurns(dropscope::tracing::Layer);

    impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for InTurns {
        fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
            if WITH_LAYER.load(Relaxed) {
                self.0.on_new_span(attributes, id, context);
            }
        }

        fn on_enter(&self, id: &Id, context: Context<'_, S>) {
            if WITH_LAYER.load(Relaxed) {
                self.0.on_enter(id, context);
            }
        }

        fn on_exit(&self, id: &Id, context: Context<'_, S>) {
            if WITH_LAYER.load(Relaxed) {
                self.0.on_exit(id, context);
            }
        }

        fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
            if WITH_LAYER.load(Relaxed) {
                self.0.on_event(event, context);
            }
        }

        fn on_close(&self, id: Id, context: Context<'_, S>) {
            if WITH_LAYER.load(Relaxed) {
                self.0.on_close(id, context);
            }
        }
    }

    pub(super) fn subscribe() -> Result<(), tracing::subscriber::SetGlobalDefaultError> {
        let layer = InTurns(dropscope::tracing::layer().operations(["request"]));
        tracing::subscriber::set_global_default(tracing_subscriber::registry().with(layer))
    }
}
