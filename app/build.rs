//! Tells the crate where cargo leaves the library that is preloaded, so that it can carry it: a program that
//! `cargo install` has put somewhere has nothing beside it.
//!
//! Cargo compiles the library before this crate, as it does with all that is linked from objects, and leaves it in `deps`.
//! Where nothing is built but only checked, there is an empty file instead.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};

const LIBRARY: &str = "libdropscope_preload.so";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("set by cargo"));
    // `TARGET/PROFILE/build/PACKAGE/out`; where a cargo has it otherwise, nothing is carried.
    let deps = out.ancestors().nth(3).map(|profile| profile.join("deps")).filter(|deps| deps.is_dir());
    let library = deps.unwrap_or(out).join(LIBRARY);
    stand_in(&library);
    println!("cargo::rustc-env=DROPSCOPE_PRELOAD_LIBRARY={}", library.display());
}

/// Makes an empty file where there is none; never in place of what a linker may be writing.
fn stand_in(library: &Path) {
    let made = OpenOptions::new().write(true).create_new(true).open(library);
    if let Err(error) = made {
        assert!(library.exists(), "{} cannot be made: {error}", library.display());
    }
}
