//! Who is measured, and how each is told where to write.

use crate::build::Programs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// One way to run a workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Recorder {
    /// The system's allocator alone.
    Nothing,
    /// Dropscope in the program, not recording.
    Idle,
    /// Dropscope, recording.
    Dropscope,
    /// Dropscope's library in front of the C library's allocator, recording a program that knows nothing of it.
    Preload,
    /// Dropscope, recording a sample: one byte in 512 KiB.
    Sample,
    /// A `tracing` registry in the program, without the layer, and Dropscope, not recording.
    Registry,
    /// The `tracing` layer in the registry, not recording.
    SpansIdle,
    /// The `tracing` layer in the program, recording.
    Spans,
    /// heaptrack as installed, with its interpreter and compressor.
    Heaptrack,
    /// dhat-rs with its default settings.
    Dhat,
    /// The system's allocator alone, built with frame pointers.
    NothingWithFramePointers,
    /// heapscope with its default settings, built with frame pointers.
    Heapscope,
}

impl Recorder {
    /// In the order in which they run and are shown.
    pub const ALL: [Recorder; 12] = [
        Recorder::Nothing,
        Recorder::Idle,
        Recorder::Dropscope,
        Recorder::Preload,
        Recorder::Sample,
        Recorder::Registry,
        Recorder::SpansIdle,
        Recorder::Spans,
        Recorder::Heaptrack,
        Recorder::Dhat,
        Recorder::NothingWithFramePointers,
        Recorder::Heapscope,
    ];

    /// For `--skip`.
    pub fn name(self) -> &'static str {
        match self {
            Recorder::Nothing => "nothing",
            Recorder::Idle => "idle",
            Recorder::Dropscope => "dropscope",
            Recorder::Preload => "preload",
            Recorder::Sample => "sample",
            Recorder::Registry => "registry",
            Recorder::SpansIdle => "spans-idle",
            Recorder::Spans => "spans",
            Recorder::Heaptrack => "heaptrack",
            Recorder::Dhat => "dhat",
            Recorder::NothingWithFramePointers => "nothing-fp",
            Recorder::Heapscope => "heapscope",
        }
    }

    /// What its cost is counted from.
    pub fn baseline(self) -> Recorder {
        match self {
            Recorder::Heapscope => Recorder::NothingWithFramePointers,
            Recorder::SpansIdle => Recorder::Registry,
            Recorder::Spans => Recorder::SpansIdle,
            _ => Recorder::Nothing,
        }
    }

    /// How much less of a workload it does: dhat's microseconds an event would take minutes.
    pub fn divisor(self) -> u32 {
        if self == Recorder::Dhat { 16 } else { 1 }
    }

    /// Whether `workload` says anything about it: only the server has spans.
    pub fn fits(self, workload: &str) -> bool {
        !matches!(self, Recorder::Spans | Recorder::SpansIdle | Recorder::Registry) || workload == "tokio"
    }

    /// The command for `workload`, and the file it leaves. A sentence where it cannot be run here.
    pub fn command(
        self,
        programs: &Programs,
        workload: &str,
        folder: &Path,
    ) -> Result<(Command, Option<PathBuf>), String> {
        let program = |name: &str| Command::new(programs.folder.join(name));
        let with_pointers = |name: &str| match &programs.folder_with_frame_pointers {
            Ok(folder) => Ok(Command::new(folder.join(name))),
            Err(why) => Err(why.clone()),
        };
        let (mut command, file) = match self {
            Recorder::Nothing => (program("plain"), None),
            Recorder::Idle => (program("with-dropscope"), None),
            Recorder::Dropscope => {
                let file = folder.join("it.dscope");
                let mut command = program("with-dropscope");
                command.env("DROPSCOPE_OUT", &file);
                (command, Some(file))
            }
            Recorder::Preload => {
                let library = programs.preload.as_ref().ok_or("its library is not there")?;
                let file = folder.join("it.dscope");
                let mut command = program("plain");
                command.env("LD_PRELOAD", library).env("DROPSCOPE_OUT", &file);
                (command, Some(file))
            }
            Recorder::Sample => {
                let file = folder.join("it.dscope");
                let mut command = program("with-dropscope");
                command.env("DROPSCOPE_OUT", &file).env("DROPSCOPE_SAMPLE", "512KiB");
                (command, Some(file))
            }
            Recorder::Registry => (program("with-registry"), None),
            Recorder::SpansIdle => (program("with-spans"), None),
            Recorder::Spans => {
                let file = folder.join("it.dscope");
                let mut command = program("with-spans");
                command.env("DROPSCOPE_OUT", &file);
                (command, Some(file))
            }
            Recorder::Heaptrack => {
                let heaptrack = programs.heaptrack.as_ref().ok_or("not installed (Debian package heaptrack)")?;
                let mut command = Command::new(heaptrack);
                command.arg("--output").arg(folder.join("it")).arg(programs.folder.join("plain"));
                (command, Some(folder.join(if programs.has_zstd { "it.zst" } else { "it.gz" })))
            }
            Recorder::Dhat => {
                let mut command = program("with-dhat");
                command.env("PEERS_OUT", folder.join("it.json"));
                (command, Some(folder.join("it.json")))
            }
            Recorder::NothingWithFramePointers => (with_pointers("plain")?, None),
            Recorder::Heapscope => {
                let mut command = with_pointers("with-heapscope")?;
                command.env("PEERS_OUT", folder.join("it.json"));
                (command, Some(folder.join("it.json")))
            }
        };
        command.arg(workload).arg(self.divisor().to_string());
        Ok((command, file))
    }
}
