//! Finds the library by which programs are recorded that have no tracker in them.

use super::cache::cache_folder;
use anyhow::{Context, ensure};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

const LIBRARY: &str = "libdropscope_preload.so";

/// The library of this build; nothing where cargo has left it elsewhere, see `build.rs`.
static CARRIED: &[u8] = include_bytes!(env!("DROPSCOPE_PRELOAD_LIBRARY"));

/// The library of this build.
///
/// Cargo builds it with this program and leaves it in `deps` beside it; what else lies around may be older. A program that
/// is elsewhere has it beside itself or in `lib/dropscope`, or carries it and puts it into the user's cache folder.
///
/// # Errors
/// A sentence that says where it was looked for and what to do.
pub fn preload_library() -> Result<PathBuf, String> {
    let program = std::env::current_exe().map_err(|error| format!("the path of this program is not known: {error}"))?;
    let folder = program.parent().unwrap_or(Path::new("."));
    let places = [folder.join("deps"), folder.to_owned(), folder.join("../lib/dropscope")];
    // An empty one stands in where it has not been built.
    let is_library = |path: &PathBuf| path.metadata().is_ok_and(|file| file.is_file() && file.len() > 0);
    if let Some(library) = places.iter().map(|place| place.join(LIBRARY)).find(is_library) {
        return Ok(library);
    }
    carried().map_err(|error| {
        format!(
            "{LIBRARY} is not beside {}, and {error:#}: build it with `cargo build --release -p dropscope-preload` and \
             copy it there",
            program.display()
        )
    })
}

/// The library that this program carries, in a file.
fn carried() -> anyhow::Result<PathBuf> {
    ensure!(!CARRIED.is_empty(), "it was built without it");
    let mut hasher = DefaultHasher::new();
    CARRIED.hash(&mut hasher);
    let folder = cache_folder("preload")?.join(format!("{:016x}", hasher.finish()));
    let library = folder.join(LIBRARY);
    if library.metadata().is_ok_and(|file| file.len() == CARRIED.len() as u64) {
        return Ok(library);
    }
    std::fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    // Under a name of its own until it is whole: others may be at it, too, or preload it already.
    let unfinished = folder.join(format!("{LIBRARY}.{}", std::process::id()));
    let written = std::fs::write(&unfinished, CARRIED).and_then(|()| std::fs::rename(&unfinished, &library));
    if let Err(error) = written {
        let _ = std::fs::remove_file(&unfinished);
        return Err(error).with_context(|| format!("{} cannot be written", library.display()));
    }
    Ok(library)
}
