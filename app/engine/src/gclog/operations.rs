//! The operations of a program in another language: a small file of JSON lines beside its collector's log.
//!
//! | line | meaning |
//! |---|---|
//! | `{"operation_log":1,"program":"lru.go"}` | the first line |
//! | `{"scope":"fill the cache","t_ns":0,"end_ns":5}` | a named stretch of the program's time |
//! | `{"operation":"request","t_ns":7,"wall_ns":3,"count":12}` | the slowest of the 12 that began in one stretch of time |
//! | `{"operation":"request","count":2000,"wall_ns":{"p50":1,"p99":2,"p999":2,"p9999":3,"max":3}}` | all of them |
//! | `{"end_ns":9}` | the last line |
//!
//! Times are ns of the clock that the log has, from the same moment. `cpu_ns` may stand beside each `wall_ns`.

use super::lines;
use super::log::{LineCounts, LineSample, Verdict};
use super::{MAX_FILE_BYTES, MAX_SAMPLES};
use crate::report::Percentiles;
use serde::Deserialize;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// What is put behind a log's name to name the file of its program's operations.
pub const OPERATIONS_SUFFIX: &str = ".operations.jsonl";

/// Where the operations of the program whose collector wrote the log at `log` are, if it wrote them.
pub fn operations_path(log: &Path) -> PathBuf {
    let mut name = log.as_os_str().to_owned();
    name.push(OPERATIONS_SUFFIX);
    name.into()
}

/// A named stretch of the program's time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogScope {
    /// What the program calls it.
    pub name: String,
    /// When it began, in ns.
    pub start_ns: u64,
    /// When it ended, in ns.
    pub end_ns: u64,
}

/// The slowest operation of those that began in one short stretch of time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SlowOperation {
    /// When it began, in ns.
    pub start_ns: u64,
    /// How long it took, in ns of wall time.
    pub wall_ns: u64,
    /// CPU time of its thread, in ns, where the program measured it.
    pub cpu_ns: Option<u64>,
    /// How many began in that stretch.
    pub count: u64,
}

/// All operations of one name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OperationSum {
    /// Their name.
    pub name: String,
    /// How many.
    pub count: u64,
    /// Wall time of one.
    pub wall_ns: Percentiles,
    /// CPU time of one, where the program measured it.
    pub cpu_ns: Option<Percentiles>,
}

/// A program's operations, read.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct OperationLog {
    /// The program, where the file names it.
    pub program: Option<String>,
    /// In order of their beginnings.
    pub scopes: Vec<LogScope>,
    /// In order of their beginnings.
    pub slowest: Vec<SlowOperation>,
    /// In the order of the file.
    pub sums: Vec<OperationSum>,
    /// How many lines of which sort the file has.
    pub lines: LineCounts,
    /// The first lines that could not be read.
    pub not_understood_samples: Vec<LineSample>,
    /// The last time that the file knows of, in ns.
    pub duration_ns: u64,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Record {
    Header { operation_log: u64, program: Option<String> },
    Scope { scope: String, t_ns: u64, end_ns: u64 },
    Sum { operation: String, count: u64, wall_ns: Percentiles, cpu_ns: Option<Percentiles> },
    // Its name is in the sum, too.
    Slowest { t_ns: u64, wall_ns: u64, cpu_ns: Option<u64>, count: u64 },
    End { end_ns: u64 },
}

impl OperationLog {
    /// Reads what a program wrote. Broken lines are counted, not errors.
    pub fn parse(bytes: &[u8]) -> OperationLog {
        let decoded = lines::decode(bytes);
        let mut log = OperationLog::default();
        lines::for_each(&decoded, |line| {
            let verdict = match serde_json::from_str(line.text) {
                _ if line.text.is_empty() => Verdict::Ignored,
                Ok(record) => log.take(record),
                Err(_) => Verdict::NotUnderstood,
            };
            log.lines += verdict;
            if verdict == Verdict::NotUnderstood && log.not_understood_samples.len() < MAX_SAMPLES {
                log.not_understood_samples.push(LineSample::new(line.number, line.text));
            }
            true
        });
        log.scopes.sort_by_key(|scope| scope.start_ns);
        log.slowest.sort_by_key(|operation| operation.start_ns);
        log
    }

    /// Reads the file beside the log at `log`; `None` where there is none.
    pub(super) fn beside(log: &Path) -> Option<io::Result<OperationLog>> {
        let file = match File::open(operations_path(log)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => return Some(Err(error)),
        };
        let mut bytes = Vec::new();
        Some(file.take(MAX_FILE_BYTES).read_to_end(&mut bytes).map(|_| OperationLog::parse(&bytes)))
    }

    fn take(&mut self, record: Record) -> Verdict {
        let mut saw = |time_ns: u64| self.duration_ns = self.duration_ns.max(time_ns);
        match record {
            // A later version may mean something else by the same words.
            Record::Header { operation_log, .. } if operation_log != 1 => return Verdict::NotUnderstood,
            Record::Header { program, .. } => self.program = program,
            Record::Scope { scope: name, t_ns: start_ns, end_ns } if start_ns <= end_ns => {
                saw(end_ns);
                self.scopes.push(LogScope { name, start_ns, end_ns });
            }
            Record::Scope { .. } => return Verdict::NotUnderstood,
            Record::Sum { operation: name, count, wall_ns, cpu_ns } => {
                self.sums.push(OperationSum { name, count, wall_ns, cpu_ns });
            }
            Record::Slowest { t_ns: start_ns, wall_ns, cpu_ns, count } => {
                saw(start_ns.saturating_add(wall_ns));
                self.slowest.push(SlowOperation { start_ns, wall_ns, cpu_ns, count });
            }
            Record::End { end_ns } => saw(end_ns),
        }
        Verdict::Understood
    }
}
