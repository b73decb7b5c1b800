//! Tells the crate where cargo leaves the library that is preloaded, so that it can carry it: a program that
//! `cargo install` has put somewhere has nothing beside it.
//!
//! Cargo compiles the library before this crate, as it does with all that is linked from objects, and leaves it in `deps`.
//! Where nothing is built but only checked, there is an empty file instead.

use std::error::Error;
use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

const LIBRARY: &str = "libdropscope_preload.so";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    // `TARGET/PROFILE/build/PACKAGE/out`; where a cargo has it otherwise, nothing is carried.
    let deps = out.ancestors().nth(3).map(|profile| profile.join("deps")).filter(|deps| deps.is_dir());
    let library = deps.unwrap_or(out).join(LIBRARY);
    stand_in(&library).map_err(|error| format!("{} cannot be made: {error}", library.display()))?;
    println!("cargo::rustc-env=DROPSCOPE_PRELOAD_LIBRARY={}", library.display());
    Ok(())
}

/// Makes an empty file where there is none; never in place of what a linker may be writing.
fn stand_in(library: &Path) -> std::io::Result<()> {
    match OpenOptions::new().write(true).create_new(true).open(library) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        made => made.map(drop),
    }
}
