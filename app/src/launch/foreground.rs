//! Waits for a recorded program as its stand-in: signals sent to the launcher reach the program, stopping and
//! continuing take both.

use super::os::{self, HeldSignals, Received};
use super::{Launch, Outcome, Progress};
use std::time::Duration;

/// How long one wait for a signal is.
const NEXT_WITHIN: Duration = Duration::from_millis(500);

/// Signals held back for the program. Make it before the program is started and before any other thread is.
pub struct Foreground {
    signals: HeldSignals,
}

impl Foreground {
    /// Holds back from now on all signals that are the program's.
    #[must_use = "signals are held back only as long as it lives"]
    pub fn new() -> Foreground {
        Foreground { signals: HeldSignals::new() }
    }

    /// Waits for a signal that asks this process to end, such as Ctrl-C, for half a second and no longer than `limit`;
    /// whether one came.
    pub fn interrupted_within(&self, limit: Option<Duration>) -> bool {
        let received = self.signals.next_within(limit.unwrap_or(NEXT_WITHIN).min(NEXT_WITHIN));
        received.is_some_and(|received| {
            [libc::SIGINT, libc::SIGTERM, libc::SIGHUP, libc::SIGQUIT].contains(&received.signal)
        })
    }

    /// Lets signals act on this thread again, so that they end this process as they would any other.
    pub fn release(&self) {
        self.signals.release();
    }
}

impl Default for Foreground {
    fn default() -> Foreground {
        Foreground::new()
    }
}

/// Waits until `launch` is done, and passes signals on until the program has ended.
pub fn wait(launch: &mut Launch, foreground: &Foreground) -> Outcome {
    loop {
        match launch.poll() {
            Progress::Done(outcome) => return outcome,
            Progress::Finishing => {
                // Signals go on waiting: whoever stops us now would leave the recording without its end.
                std::thread::sleep(Duration::from_millis(2));
            }
            Progress::Running => {
                // The child's end wakes us (SIGCHLD), and so does its stop; the time limit is for the grace of `stop`.
                if let Some(received) = foreground.signals.next_within(NEXT_WITHIN) {
                    pass_on(launch, received);
                }
            }
        }
    }
}

fn pass_on(launch: &Launch, received: Received) {
    match received {
        Received { signal: libc::SIGCHLD, .. } => stop_with(launch),
        // Ctrl-C and the like come from the kernel and have reached the program, too: it is in our process group.
        Received { signal: libc::SIGTSTP, sender: None } => stop_beside(launch),
        Received { sender: None, .. } => {}
        // What the program sends to its parent is not meant for itself.
        Received { sender: Some(pid), .. } if pid == launch.pid() => {}
        Received { signal, .. } => {
            launch.send(signal);
            if signal == libc::SIGTSTP {
                stop_beside(launch);
            }
        }
    }
}

/// Stops together with the program, which got the same signal.
fn stop_beside(launch: &Launch) {
    os::stop_self();
    // We go on, and so does the program: that it was stopped is no news any more.
    let _ = os::stopped_by(launch.pid());
}

/// A program that stops itself for its terminal (an editor on Ctrl-Z) waits for the shell to take over, and the shell
/// waits for us. A SIGSTOP from outside is between that sender and the program.
fn stop_with(launch: &Launch) {
    if matches!(os::stopped_by(launch.pid()), Some(libc::SIGTSTP | libc::SIGTTIN | libc::SIGTTOU)) {
        os::stop_self();
    }
}
