//! The request workload: a service with many sessions that live long, and a tree for each request that does not.
//!
//! A request is parsed into a tree of 40 nodes with a text each, answered from it, and forgotten; and it leaves a new
//! state in its session. So nearly all that is made dies young, while much that is alive stays.

use dropscope::{operation, scope};
use std::fmt::Write as _;
use std::io::{self, Write as _};

use crate::WorkloadOptions;
use crate::lru::{MAX_ENTRIES, Random};

/// Children of a node that has any.
pub const CHILDREN: usize = 3;
/// Levels below the root.
pub const LEVELS: usize = 3;

/// The state of a session: 64 bytes that depend on its last request.
pub struct Session([u64; 8]);

impl Session {
    /// The state that `seed` leaves.
    pub fn of_seed(seed: u64) -> Self {
        let mut random = Random(seed);
        Self(std::array::from_fn(|_| random.next_number()))
    }

    /// A number that depends on all 64 bytes.
    pub fn checksum(&self) -> u64 {
        self.0.iter().fold(0, |sum, word| sum.rotate_left(5) ^ word)
    }
}

/// The text of a node.
pub fn text_of(word: u64) -> String {
    let mut text = String::with_capacity(16); // `format!` would grow some of them once more
    let _ = write!(text, "{word:016x}"); // writing to a string cannot fail
    text
}

/// What a node adds to the answer.
pub fn answer_of(sum: u64, text: &str) -> u64 {
    text.bytes().fold(sum.rotate_left(7), |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)))
}

/// Who owns trees and sessions: the one thing in which the variants differ.
pub trait Service {
    /// So many sessions, each in the state that its number leaves.
    fn with_sessions(sessions: usize) -> Self;
    /// Parses a request into a tree, and gives the answer that is read off it.
    fn answer(&mut self, random: &mut Random) -> u64;
    /// Gives the session the state that `seed` leaves, and takes its old one's checksum.
    fn renew(&mut self, session: usize, seed: u64) -> u64;
    /// The moment at which a collector may work; the default has none.
    fn end_of_request(&mut self) {}
}

/// The whole workload: sessions, requests, the end. The result is the same for every variant.
pub fn drive<S: Service>(options: &WorkloadOptions) -> u64 {
    let sessions = options.entries.clamp(1, MAX_ENTRIES);
    let mut service = {
        let _scope = scope!("open the sessions");
        S::with_sessions(sessions)
    };
    let mut checksum = 0;
    {
        let _scope = scope!("answer requests");
        let mut random = Random(options.seed);
        for _ in 0..options.operations {
            let _operation = operation!("request");
            let session = random.next_number() as usize % sessions;
            checksum ^= service.answer(&mut random).rotate_left(1);
            checksum = checksum.rotate_left(1) ^ service.renew(session, checksum);
            service.end_of_request();
        }
    }
    {
        let _scope = scope!("close all sessions");
        let _operation = operation!("close all sessions");
        drop(service);
    }
    checksum
}

/// Prints what must be the same for every variant.
pub fn print(options: &WorkloadOptions, checksum: u64) {
    // A reader of our output that went away is no reason to fail.
    let _ = writeln!(io::stdout(), "{} requests, checksum {checksum:016x}", options.operations);
}
