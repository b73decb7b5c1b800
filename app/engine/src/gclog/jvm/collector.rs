//! Which of the JVM's collectors wrote the log.

use crate::gclog::log::GcSource;

/// What is known of it so far. What the JVM says counts for more than what can be guessed from the lines.
#[derive(Clone, Default, Debug)]
pub(super) struct Collector {
    told: Option<Name>,
    guessed: Option<Name>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Name {
    Known(GcSource),
    Other(String),
}

impl Name {
    fn told(name: &str) -> Option<Self> {
        Some(match name.trim() {
            "G1" => Self::Known(GcSource::JvmG1),
            "Serial" => Self::Known(GcSource::JvmSerial),
            "Parallel" => Self::Known(GcSource::JvmParallel),
            "The Z Garbage Collector" => Self::Known(GcSource::JvmZ),
            "Concurrent Mark Sweep" => Self::Other("CMS".to_owned()),
            other @ ("Shenandoah" | "Epsilon") => Self::Other(other.to_owned()),
            _ => return None,
        })
    }
}

impl Collector {
    /// Takes the rest of a line `Using …`; false if it is no collector.
    pub(super) fn name_told(&mut self, name: &str) -> bool {
        let name = Name::told(name);
        let is_name = name.is_some();
        self.told = name.or(self.told.take());
        is_name
    }

    /// Whether the rest of a line `Using …` is a collector.
    pub(super) fn is_name(name: &str) -> bool {
        Name::told(name).is_some()
    }

    /// Guesses from what a phase is called.
    pub(super) fn infer_from(&mut self, phase_name: &str, cause: Option<&str>) {
        if self.guessed.is_some() {
            return;
        }
        let is_any = |names: &[&str]| names.iter().any(|name| phase_name.starts_with(name));
        if cause.is_some_and(|cause| cause.starts_with("G1 ")) || is_any(&["Pause Remark", "Pause Cleanup"]) {
            self.guessed = Some(Name::Known(GcSource::JvmG1));
        } else if is_any(&["Pause Mark Start", "Pause Mark End", "Pause Relocate Start", "Major Coll", "Minor Coll"]) {
            self.guessed = Some(Name::Known(GcSource::JvmZ));
        } else if is_any(&["Pause Init Mark", "Pause Final Mark", "Pause Init Update Refs", "Pause Degenerated"]) {
            self.guessed = Some(Name::Other("Shenandoah".to_owned()));
        }
    }

    /// Guesses from the names of heap spaces in any line.
    pub(super) fn infer_from_spaces(&mut self, line: &str) {
        if self.guessed.is_some() {
            return;
        }
        const SPACES: [(&str, GcSource); 5] = [
            ("PSYoungGen", GcSource::JvmParallel),
            ("ParOldGen", GcSource::JvmParallel),
            ("DefNew", GcSource::JvmSerial),
            ("garbage-first", GcSource::JvmG1),
            ("GC pause (", GcSource::JvmG1),
        ];
        if let Some((_, source)) = SPACES.iter().find(|(space, _)| line.contains(space)) {
            self.guessed = Some(Name::Known(*source));
        } else if line.contains("ParNew") || line.contains("CMS-") {
            self.guessed = Some(Name::Other("CMS".to_owned()));
        }
    }

    /// The source, and the collector's own name if the source does not say it.
    pub(super) fn source(&self) -> (GcSource, Option<String>) {
        match self.told.as_ref().or(self.guessed.as_ref()) {
            Some(Name::Known(source)) => (*source, None),
            Some(Name::Other(name)) => (GcSource::JvmOther, Some(name.clone())),
            None => (GcSource::JvmOther, None),
        }
    }
}
