//! The README's commands about attaching, run as they stand there, and its Rust.

use crate::windows::installed;
use dropscope_tests::{DEBUG, apart, compiled, fixture, fixture_source, report, run, succeed, told, workspace};
use std::path::Path;
use std::process::Command;

/// The lines of the README's block that begins with `first`.
fn block(first: &str) -> String {
    let readme = std::fs::read_to_string(workspace().join("README.md")).unwrap();
    let begin = readme.find(&format!("```\n{first}")).unwrap_or_else(|| panic!("no block begins with `{first}`")) + 4;
    let rest = &readme[begin..];
    rest[..rest.find("\n```").expect("the block's end")].to_owned()
}

/// Runs a block in `folder`, where there is a server, a program called `git` and a cargo package.
fn runs(first: &str, folder: &Path) {
    let release = folder.join("target/release");
    std::fs::create_dir_all(&release).unwrap();
    std::fs::copy(fixture("server", DEBUG), release.join("server")).unwrap();
    let path = installed(folder);
    compiled("family.c", "git", &["-fno-builtin", "-D_GNU_SOURCE"], &folder.join("bin")).expect("cc");
    let mut shell = Command::new("sh");
    let script = format!("{}\nwait\n", block(first));
    shell.current_dir(folder).args(["-c", &script]).env("PATH", path);
    for variable in ["DISPLAY", "WAYLAND_DISPLAY", "DROPSCOPE_OUT"] {
        shell.env_remove(variable);
    }
    // Built already, and offline.
    shell.env("CARGO_NET_OFFLINE", "true");
    shell.env("CARGO_TARGET_DIR", fixture("order", DEBUG).ancestors().nth(2).unwrap());
    let output = run(&mut shell);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!said.contains("not found") && !said.contains("FAILS"), "{}", told(&shell, &output));
}

#[test]
fn programs_without_the_tracker_as_the_readme_has_it() {
    let folder = tempfile::tempdir().unwrap();
    runs("dropscope record -o git.dscope", folder.path());
    assert_eq!(report(&folder.path().join("git.dscope"))["complete"], true);
}

#[test]
fn a_part_of_the_time_as_the_readme_has_it() {
    let folder = tempfile::tempdir().unwrap();
    runs("dropscope record -o part.dscope --from-mark", folder.path());
    for name in ["part.dscope", "second.dscope"] {
        let report = report(&folder.path().join(name));
        assert_eq!(
            (&report["complete"], &report["operations"][0]["name"]),
            (&true.into(), &"request".into()),
            "{name}"
        );
    }
}

#[test]
fn the_last_and_a_sample_as_the_readme_has_them() {
    let folder = tempfile::tempdir().unwrap();
    runs("dropscope record -o last.dscope --last", folder.path());
    assert!(!folder.path().join("last.dscope").exists(), "it ended well");
    assert_eq!(report(&folder.path().join("some.dscope"))["sampling"]["mean_bytes"], 512 << 10);
}

#[test]
fn a_running_program_as_the_readme_has_it() {
    let folder = tempfile::tempdir().unwrap();
    runs("DROPSCOPE=standby target/release/server &", folder.path());
    assert_eq!(report(&folder.path().join("now.dscope"))["complete"], true);
}

/// A package of one program, `order2024`, in `folder`.
fn package(folder: &Path) {
    let tracker = workspace().join("tracker");
    let manifest = format!(
        "[workspace]\n[package]\nname = \"order2024\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[dependencies]\n\
         dropscope = {{ path = {tracker:?} }}\n"
    );
    std::fs::create_dir(folder.join("src")).unwrap();
    std::fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    std::fs::write(folder.join("src/main.rs"), fixture_source("order")).unwrap();
    std::fs::copy(workspace().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
}

#[test]
fn what_cargo_starts_as_the_readme_has_it() {
    let folder = tempfile::tempdir().unwrap();
    package(folder.path());
    runs("cargo dropscope run", folder.path());
    let names =
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let (tested, ran): (Vec<_>, Vec<_>) =
        names.filter(|name| name.ends_with(".dscope")).partition(|name| name == "order2024.dscope");
    assert_eq!((tested.len(), ran.len()), (1, 1), "{tested:?} {ran:?}");
    assert!(ran[0].starts_with("order2024-2"), "called after the program and the time: {ran:?}");
    assert_eq!(report(&folder.path().join(&ran[0]))["operations"][0]["name"], "work");
}

/// Built and run: its pieces are programs as they stand there.
#[test]
fn rust_as_the_readme_has_it() {
    let Some(programs) = apart("snippets", &[]) else { return };
    for name in ["attached", "wrapping", "layered", "measured"] {
        let mut program = Command::new(programs.join(name));
        succeed(&mut program);
    }
    let folder = tempfile::tempdir().unwrap();
    succeed(Command::new(programs.join("recording")).current_dir(folder.path()));
    let of_code = report(&folder.path().join("served.dscope"));
    assert_eq!((&of_code["stopped"], &of_code["leaks"][0]["bytes"]), (&true.into(), &7_001.into()), "{of_code:#}");
    assert_eq!(of_code["totals"]["bytes_allocated"], 7_001, "nothing but what was served: {of_code:#}");
}

#[test]
fn checks_as_the_readme_has_them() {
    let folder = tempfile::tempdir().unwrap();
    runs("dropscope record -o server.dscope -- target/release/server\ndropscope check", folder.path());
}
