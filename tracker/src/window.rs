//! When recording begins and ends: at once, after a time, by a mark, for a time.

use crate::config::Config;
use crate::environment;
use crate::guard::Guard;
use crate::state::{self, Phase};
use crate::sys::{self, thread};
use crate::{end, start};
use std::ptr::null_mut;
use std::sync::atomic::AtomicPtr;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed};
use std::time::{Duration, Instant};

/// A stretch of the program's time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Window {
    /// It begins so long after the program's first allocation.
    pub(crate) after: Option<Duration>,
    /// It begins when the program says this.
    pub(crate) from_mark: Option<String>,
    /// It ends when the program says this.
    pub(crate) until_mark: Option<String>,
    /// It ends so long after it has begun.
    pub(crate) lasting: Option<Duration>,
}

/// What marks are compared with.
struct Awaited {
    /// Taken once by whoever begins the recording.
    begin: AtomicPtr<(Config, Window)>,
    window: Window,
}

static AWAITED: AtomicPtr<Awaited> = AtomicPtr::new(null_mut());

/// Records what `window` says, as `config` says. At the process's first allocation, inside the recorder.
pub(crate) fn open(config: Config, window: Window) -> Result<(), String> {
    let text = |error: &dyn std::fmt::Display| error.to_string();
    if window.from_mark.is_some() || window.until_mark.is_some() {
        let begin = match window.from_mark {
            Some(_) => Box::into_raw(Box::new((config.clone(), window.clone()))),
            None => null_mut(),
        };
        let awaited = Awaited { begin: AtomicPtr::new(begin), window: window.clone() };
        AWAITED.store(Box::leak(Box::new(awaited)), std::sync::atomic::Ordering::Release);
    }
    if window.from_mark.is_some() {
        state::set(Phase::Idle, 0);
        return Ok(());
    }
    if let Some(after) = window.after {
        state::set(Phase::Idle, 0);
        let later = move || {
            sleep(after);
            begin(&config, &window);
        };
        return thread::spawn(Box::new(later)).map_err(|error| text(&error));
    }
    let (recording, _) = start::start(&config, true).map_err(|error| text(&error))?;
    end_after(recording, window.lasting);
    Ok(())
}

/// Begins the recording in the middle of the program.
fn begin(config: &Config, window: &Window) {
    match start::start_in_code(config) {
        Ok((recording, _)) => end_after(recording, window.lasting),
        Err(error) => sys::complain(&error.to_string()),
    }
}

/// Ends recording number `recording` after this time, if one is given.
fn end_after(recording: u32, lasting: Option<Duration>) {
    let Some(lasting) = lasting else { return };
    let later = move || {
        sleep(lasting);
        end::stop(recording);
    };
    if let Err(error) = thread::spawn(Box::new(later)) {
        sys::complain(&format!("the recording goes on to the program's end: no thread to end it ({error})"));
    }
}

fn sleep(time: Duration) {
    let until = Instant::now() + time;
    while let Some(rest) = until.checked_duration_since(Instant::now()).filter(|rest| !rest.is_zero()) {
        sys::nap_us(rest.as_micros().clamp(1, 3_600_000_000) as u32);
    }
}

/// Whether a mark may begin or end the recording.
#[inline]
pub(crate) fn awaits_marks() -> bool {
    !AWAITED.load(Relaxed).is_null()
}

#[allow(unsafe_code, reason = "found through a pointer that is stored once")]
fn awaited() -> Option<&'static Awaited> {
    // SAFETY: null or leaked by `open`.
    unsafe { AWAITED.load(Acquire).as_ref() }
}

/// The program is about to say `text`: where the recording waits for it, it begins here, with that mark.
#[cold]
pub(crate) fn before_mark(text: &str) {
    let Some(awaited) = awaited().filter(|awaited| awaited.window.from_mark.as_deref() == Some(text)) else { return };
    let begin_with = awaited.begin.swap(null_mut(), AcqRel);
    if !begin_with.is_null() {
        let _own = Guard::own_work();
        #[allow(unsafe_code, reason = "the box that `open` made")]
        // SAFETY: made by `open` with `Box::into_raw`, and the swap gave it to this thread alone.
        let begin_with = unsafe { Box::from_raw(begin_with) };
        begin(&begin_with.0, &begin_with.1);
    }
}

/// The program has said `text`: where that ends the recording, it ends here.
#[cold]
pub(crate) fn after_mark(text: &str) {
    if awaited().is_some_and(|awaited| awaited.window.until_mark.as_deref() == Some(text)) {
        let now = state::now();
        if now.is_recording() {
            end::stop(now.recording());
        }
    }
}

/// The window that the environment asks for.
///
/// # Errors
/// A sentence about a variable that cannot be read.
pub(crate) fn of_environment() -> Result<Window, String> {
    let seconds = |name: &str| -> Result<Option<Duration>, String> {
        let Some(text) = environment::text(name) else { return Ok(None) };
        let time = text.parse().ok().and_then(|seconds: f64| Duration::try_from_secs_f64(seconds).ok());
        time.map(Some).ok_or_else(|| format!("{name} is a number of seconds, not `{text}`"))
    };
    Ok(Window {
        after: seconds("DROPSCOPE_AFTER")?,
        from_mark: environment::text("DROPSCOPE_FROM_MARK"),
        until_mark: environment::text("DROPSCOPE_UNTIL_MARK"),
        lasting: seconds("DROPSCOPE_FOR")?,
    })
}
