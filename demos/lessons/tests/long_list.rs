//! The list that is too long to be dropped by the glue really is, and its cure really cures.

use std::process::{Command, Output};

use dropscope_lessons::long_list::{Chain, Train, nodes};

const NODES: usize = 1_000_000;
/// The stack of a main thread on Linux.
const STACK_BYTES: usize = 8 << 20;

#[test]
fn a_million_nodes_overflow_the_stack() {
    let output = run_alone("drop_a_million_by_glue");
    let messages = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && messages.contains("has overflowed its stack"), "{output:?}");
}

#[test]
fn a_million_nodes_are_dropped_in_a_loop() {
    let output = run_alone("drop_a_million_in_a_loop");
    assert!(output.status.success(), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"), "{output:?}");
}

#[test]
#[ignore = "ends its process; started by the test above"]
fn drop_a_million_by_glue() {
    on_a_main_stack(|| drop(Chain(nodes(std::iter::repeat_n(0, NODES)))));
}

#[test]
#[ignore = "started by the test above in a process of its own"]
fn drop_a_million_in_a_loop() {
    on_a_main_stack(|| drop(Train(nodes(std::iter::repeat_n(0, NODES)))));
}

fn on_a_main_stack(work: fn()) {
    let thread = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(work);
    thread.and_then(|thread| thread.join().map_err(|_| std::io::Error::other("panicked"))).unwrap_or_default();
}

/// Runs one ignored test of this file in a process of its own.
fn run_alone(test: &str) -> Output {
    let program = std::env::current_exe().unwrap_or_default();
    let output = Command::new(program).args(["--ignored", "--exact", test]).output();
    output.unwrap_or_else(|error| Output {
        status: Default::default(),
        stdout: Vec::new(),
        stderr: error.to_string().into_bytes(),
    })
}
