//! C++ lessons: compiled where a C++ compiler is installed, and recorded through the preloaded library.
//!
//! The compiler works in the process that is to become the lesson, so nobody waits for it in a frame, and stopping the
//! launch stops it. A program once compiled is kept with its source in the user's cache folder: a recording needs both
//! for its names and lines.

use super::cache::cache_folder;
use super::way::{Way, way};
use super::{DEMO_WORD, OUT_VARIABLE, find_program};
use anyhow::{Context, bail};
use dropscope_lessons::{CPP_HEADER, Lesson};
use std::ffi::OsStr;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where a C++ lesson is to be recorded to. Not [`OUT_VARIABLE`] itself: the compiling is not the lesson.
pub(super) const LATER_VARIABLE: &str = "DROPSCOPE_LATER_OUT";

/// The C++ compilers that are looked for.
const COMPILERS: [&str; 3] = ["c++", "g++", "clang++"];

/// No optimisation, all names and lines, as the Rust lessons have it.
const FLAGS: [&str; 5] = ["-std=c++17", "-O0", "-g", "-w", "-rdynamic"];

/// The C++ compiler in `PATH`.
///
/// # Errors
/// A sentence that says what was looked for and what to do.
pub fn cpp_compiler() -> Result<PathBuf, String> {
    let found = COMPILERS.iter().find_map(|name| find_program(OsStr::new(name)).ok());
    found.ok_or_else(|| {
        format!(
            "this lesson is a C++ program, and no C++ compiler is in PATH ({} were looked for): install one, such as \
             the package g++, and start the lesson again",
            COMPILERS.join(", ")
        )
    })
}

/// Compiles `lesson` and becomes it, recorded. Comes back only if that failed.
pub(super) fn become_lesson(lesson: &Lesson) -> anyhow::Error {
    let made = || {
        let program = compiled(lesson)?;
        let mut command = Command::new(&program);
        // It asks for no arguments; they tell a reader of the recording which lesson it is.
        command.args([DEMO_WORD, lesson.name]);
        match way(&program) {
            Way::None(why) => bail!("{} cannot be recorded: {why}", lesson.name),
            way => way.apply(&mut command),
        }
        command.env_remove(LATER_VARIABLE);
        if let Some(output) = std::env::var_os(LATER_VARIABLE) {
            command.env(OUT_VARIABLE, output);
        }
        anyhow::Ok((program, command))
    };
    match made() {
        Ok((program, mut command)) => {
            anyhow::Error::from(command.exec()).context(format!("{} cannot be started", program.display()))
        }
        Err(error) => error,
    }
}

/// The compiled program of `lesson`: the one in the cache folder, or a new one.
fn compiled(lesson: &Lesson) -> anyhow::Result<PathBuf> {
    let compiler = cpp_compiler().map_err(anyhow::Error::msg)?;
    let folder = cache_folder("cpp")?.join(format!("{:016x}", fingerprint(lesson, &compiler)));
    let program = folder.join(lesson.name);
    if program.is_file() {
        return Ok(program);
    }
    let source = folder.join(lesson.file);
    let beside = source.parent().unwrap_or(&folder);
    std::fs::create_dir_all(beside).with_context(|| format!("{} cannot be made", beside.display()))?;
    for (path, text) in [(source.clone(), lesson.source), (beside.join("dropscope.h"), CPP_HEADER)] {
        std::fs::write(&path, text).with_context(|| format!("{} cannot be written", path.display()))?;
    }
    // Under a name of its own until it is whole: another window may compile the same lesson.
    let unfinished = folder.join(format!("{}.{}", lesson.name, std::process::id()));
    let mut command = Command::new(&compiler);
    command.current_dir(&folder).args(FLAGS).arg(&source).arg("-o").arg(&unfinished).args(["-ldl", "-pthread"]);
    let output = command.output().with_context(|| format!("{} cannot be started", compiler.display()))?;
    if !output.status.success() {
        bail!("{} could not compile {}:\n{}", compiler.display(), lesson.file, String::from_utf8_lossy(&output.stderr));
    }
    std::fs::rename(&unfinished, &program).with_context(|| format!("{} cannot be written", program.display()))?;
    Ok(program)
}

/// The same number for the same source, flags and compiler.
fn fingerprint(lesson: &Lesson, compiler: &Path) -> u64 {
    let mut hasher = DefaultHasher::new();
    (lesson.source, CPP_HEADER, FLAGS, compiler).hash(&mut hasher);
    // An updated compiler may compile otherwise.
    if let Ok(metadata) = std::fs::metadata(compiler) {
        (metadata.len(), metadata.modified().ok()).hash(&mut hasher);
    }
    hasher.finish()
}
