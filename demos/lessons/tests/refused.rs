//! The compiler refuses what it is said to refuse, in the words that were recorded.
//!
//! `DROPSCOPE_RECORD_REFUSALS=1 cargo test -p dropscope-lessons --test refused` records them anew.
#![allow(clippy::expect_used, clippy::panic, reason = "helpers of tests fail by panicking")]

use std::path::{Path, PathBuf};
use std::process::Command;

use dropscope_lessons::{CompilerMessage, CompilerNote, CompilerSpan, Lesson, Refusal, lessons};
use serde_json::Value;

/// The toolchain whose words are recorded; of others only codes and primary spans are compared.
const SUPPORTED: &str = concat!("rustc ", env!("CARGO_PKG_RUST_VERSION"), ".");

#[test]
fn the_compiler_says_what_was_recorded() {
    let compiler = version();
    let is_recording = std::env::var_os("DROPSCOPE_RECORD_REFUSALS").is_some();
    let mut wrong = Vec::new();
    for (lesson, refusal) in refusals() {
        let said = said_of(refusal, &compiler);
        if is_recording {
            let text = serde_json::to_string_pretty(&said).expect("a message is JSON");
            std::fs::write(record_of(refusal), text + "\n").expect("the record can be written");
            continue;
        }
        let recorded = refusal.message().unwrap_or_else(|| panic!("{}: the record cannot be read", lesson.name));
        let same = if compiler.starts_with(SUPPORTED) {
            CompilerMessage { compiler: recorded.compiler.clone(), ..said.clone() } == recorded
        } else {
            said.code == recorded.code && primary(&said) == primary(&recorded)
        };
        if !same {
            wrong
                .push(format!("{}:\n{compiler} says\n{}\nrecorded\n{}", lesson.name, said.rendered, recorded.rendered));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn records_are_of_the_supported_toolchain_and_of_the_code_they_are_listed_under() {
    for (lesson, refusal) in refusals() {
        let message = refusal.message().expect("the record can be read");
        assert!(message.compiler.starts_with(SUPPORTED), "{}: {}", lesson.name, message.compiler);
        assert_eq!(message.code, refusal.code, "{}", lesson.name);
        assert!(message.spans.iter().any(|span| span.is_primary), "{}", lesson.name);
    }
}

#[test]
fn refused_sources_are_short_and_at_the_path_they_name() {
    for (_, refusal) in refusals() {
        let on_disk = std::fs::read_to_string(source_of(refusal)).expect(refusal.file);
        assert_eq!(on_disk, refusal.source);
        assert!(on_disk.lines().count() <= 30 && on_disk.starts_with("//! "), "{}", refusal.file);
    }
}

fn refusals() -> impl Iterator<Item = (&'static Lesson, Refusal)> {
    lessons().iter().filter_map(|lesson| Some((lesson, lesson.refusal?)))
}

fn primary(message: &CompilerMessage) -> Vec<[u32; 4]> {
    let spans = message.spans.iter().filter(|span| span.is_primary);
    spans.map(|span| [span.line, span.column, span.end_line, span.end_column]).collect()
}

fn source_of(refusal: Refusal) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join(refusal.file)
}

fn record_of(refusal: Refusal) -> PathBuf {
    source_of(refusal).with_extension("json")
}

/// The compiler that belongs to the cargo that runs this test.
fn rustc() -> Command {
    let beside = Path::new(env!("CARGO")).with_file_name("rustc");
    Command::new(if beside.is_file() { beside } else { PathBuf::from("rustc") })
}

fn version() -> String {
    let output = rustc().arg("--version").output().expect("rustc is beside cargo");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// The first error that the compiler has in the refused program.
fn said_of(refusal: Refusal, compiler: &str) -> CompilerMessage {
    let source = source_of(refusal);
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = rustc();
    // The messages name the file as it is given: without its folder.
    command.current_dir(source.parent().expect("a folder")).arg(source.file_name().expect("a name"));
    command.args(["--edition=2024", "--crate-name=refused", "--emit=metadata", "--cap-lints=allow"]);
    command.args(["--error-format=json", "--out-dir"]).arg(folder.path());
    let output = command.output().expect("rustc is beside cargo");
    assert!(!output.status.success(), "{} compiles", refusal.file);
    let messages = String::from_utf8_lossy(&output.stderr);
    let error = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let error = error.into_iter().find(|message| message["code"]["code"].is_string());
    let error = error.unwrap_or_else(|| panic!("{}: no error with a code in\n{messages}", refusal.file));
    CompilerMessage {
        compiler: compiler.to_owned(),
        code: words(&error["code"]["code"]),
        text: words(&error["message"]),
        spans: spans(&error),
        notes: list(&error["children"]).iter().map(note).collect(),
        rendered: words(&error["rendered"]).trim_end().to_owned(),
    }
}

fn note(child: &Value) -> CompilerNote {
    CompilerNote { level: words(&child["level"]), text: words(&child["message"]), spans: spans(child) }
}

fn spans(message: &Value) -> Vec<CompilerSpan> {
    let number = |value: &Value| value.as_u64().and_then(|number| u32::try_from(number).ok()).expect("a number");
    let span = |span: &Value| CompilerSpan {
        line: number(&span["line_start"]),
        column: number(&span["column_start"]),
        end_line: number(&span["line_end"]),
        end_column: number(&span["column_end"]),
        label: span["label"].as_str().map(str::to_owned),
        is_primary: span["is_primary"] == true,
        replacement: span["suggested_replacement"].as_str().map(str::to_owned),
    };
    list(&message["spans"]).iter().map(span).collect()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn words(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
