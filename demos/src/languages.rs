//! The LRU cache workload in other languages: what is needed to run each with its collector writing a log.

use crate::{WorkloadOptions, workloads};

/// One program in one language under one collector. Words may hold `{folder}` (where the sources are and programs are
/// built) and `{log}` (where the collector's log is to be).
#[derive(Debug, Clone, Copy)]
pub struct Foreign {
    /// The name on the command line, such as `lru-go`.
    pub name: &'static str,
    /// The title for people.
    pub title: &'static str,
    /// The workloads that do the same work.
    pub group: &'static str,
    /// The programs that have to be installed.
    pub needs: &'static [&'static str],
    /// Names and texts of the sources.
    pub sources: &'static [(&'static str, &'static str)],
    /// The command that builds it; empty where nothing is built.
    pub build: &'static [&'static str],
    /// The command that runs it; entries, operations and seed go behind it.
    pub run: &'static [&'static str],
    /// Variables for it.
    pub environment: &'static [(&'static str, &'static str)],
    /// Which of its streams is the log.
    pub log: LogStream,
}

impl Foreign {
    /// The sizes of the workloads of the same group.
    pub fn options(&self) -> WorkloadOptions {
        let base = workloads().iter().find(|workload| workload.group == self.group);
        base.map_or_else(WorkloadOptions::default, |workload| workload.options)
    }
}

/// Where a collector writes its log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogStream {
    /// To the file that the command names.
    File,
    /// To stdout, among what the program prints.
    Stdout,
    /// To stderr, among what the program says.
    Stderr,
}

/// The variable that tells each program where to write its operations.
pub const OPERATIONS_VARIABLE: &str = "DROPSCOPE_OPERATIONS";

const JAVA: &[(&str, &str)] = &[("Lru.java", include_str!("../languages/Lru.java"))];

macro_rules! java {
    ($name:literal, $title:literal, $flag:literal) => {
        Foreign {
            name: $name,
            title: $title,
            group: "lru",
            needs: &["javac", "java"],
            sources: JAVA,
            build: &["javac", "-d", "{folder}", "{folder}/Lru.java"],
            run: &["java", $flag, "-Xmx1g", "-Xlog:gc*:file={log}", "-cp", "{folder}", "Lru"],
            environment: &[],
            log: LogStream::File,
        }
    };
}

static FOREIGN: &[Foreign] = &[
    Foreign {
        name: "lru-go",
        title: "LRU cache: in Go",
        group: "lru",
        needs: &["go"],
        sources: &[("lru.go", include_str!("../languages/lru.go"))],
        build: &["go", "build", "-o", "{folder}/lru-go", "{folder}/lru.go"],
        run: &["{folder}/lru-go"],
        environment: &[("GODEBUG", "gctrace=1")],
        log: LogStream::Stderr,
    },
    java!("lru-java-g1", "LRU cache: in Java, G1", "-XX:+UseG1GC"),
    java!("lru-java-serial", "LRU cache: in Java, Serial", "-XX:+UseSerialGC"),
    java!("lru-java-parallel", "LRU cache: in Java, Parallel", "-XX:+UseParallelGC"),
    java!("lru-java-z", "LRU cache: in Java, ZGC", "-XX:+UseZGC"),
    Foreign {
        name: "lru-node",
        title: "LRU cache: in JavaScript, Node",
        group: "lru",
        needs: &["node"],
        sources: &[("lru.js", include_str!("../languages/lru.js"))],
        build: &[],
        run: &["node", "--trace-gc", "{folder}/lru.js"],
        environment: &[],
        log: LogStream::Stdout,
    },
    Foreign {
        name: "lru-python",
        title: "LRU cache: in Python",
        group: "lru",
        needs: &["python3"],
        sources: &[
            ("lru.py", include_str!("../languages/lru.py")),
            ("gc_recorder.py", include_str!("../languages/gc_recorder.py")),
        ],
        build: &[],
        run: &["python3", "{folder}/gc_recorder.py", "-o", "{log}", "{folder}/lru.py"],
        environment: &[],
        log: LogStream::File,
    },
];

/// All of them.
pub fn foreign() -> &'static [Foreign] {
    FOREIGN
}

/// The one called `name`.
pub fn find_foreign(name: &str) -> Option<&'static Foreign> {
    FOREIGN.iter().find(|foreign| foreign.name == name)
}
