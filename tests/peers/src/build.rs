//! Builds the programs that are measured, and looks for what has to be installed.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Where they are.
pub struct Programs {
    /// The ordinary ones.
    pub folder: PathBuf,
    /// Those with frame pointers, heapscope's among them; else why there are none.
    pub folder_with_frame_pointers: Result<PathBuf, String>,
    /// Dropscope's library for programs that know nothing of it.
    pub preload: Option<PathBuf>,
    /// heaptrack's own program.
    pub heaptrack: Option<PathBuf>,
    /// heaptrack uses it where it finds it, and names its file accordingly.
    pub has_zstd: bool,
}

/// Builds all, with heapscope if asked to.
pub fn all(with_heapscope: bool) -> Result<Programs, String> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = build(own, &own.join("target"), &["--bins"], "")?;
    build(
        own,
        &own.join("target"),
        &["--bin", "with-spans", "--bin", "with-registry", "--bin", "in-turns", "--features", "spans"],
        "",
    )?;
    build(&own.join("../.."), &own.join("target"), &["-p", "dropscope-preload"], "")?;
    let folder_with_frame_pointers = if with_heapscope {
        // Its crate asks for a newer compiler than it needs.
        let options = ["--bins", "--features", "heapscope", "--ignore-rust-version"];
        build(own, &own.join("target/frame-pointers"), &options, "-Cforce-frame-pointers=yes")
            .map_err(|_| "does not build here".to_owned())
    } else {
        Err("left out".to_owned())
    };
    Ok(installed(folder, folder_with_frame_pointers))
}

/// Those that lie in `folder` already, in the same order as under cargo's `target`.
pub fn found_in(folder: &Path) -> Programs {
    let with_pointers = folder.join("frame-pointers/release");
    let has = with_pointers.join("with-heapscope").is_file();
    installed(folder.join("release"), if has { Ok(with_pointers) } else { Err("is not there".to_owned()) })
}

fn installed(folder: PathBuf, folder_with_frame_pointers: Result<PathBuf, String>) -> Programs {
    let has_zstd = on_path("zstd").is_some();
    let preload = Some(folder.join("libdropscope_preload.so")).filter(|library| library.is_file());
    Programs { folder, folder_with_frame_pointers, preload, heaptrack: on_path("heaptrack"), has_zstd }
}

fn build(own: &Path, target: &Path, options: &[&str], flags: &str) -> Result<PathBuf, String> {
    eprintln!("building {}", target.display());
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--release", "--quiet", "--manifest-path"]).arg(own.join("Cargo.toml"));
    cargo.args(options).arg("--target-dir").arg(target).env("RUSTFLAGS", flags);
    let status = cargo.status().map_err(|error| format!("cargo does not start: {error}"))?;
    if status.success() { Ok(target.join("release")) } else { Err(format!("{} does not build", target.display())) }
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}
