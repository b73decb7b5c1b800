//! Programs under `record` and `run`: found or not, their words, streams and exit statuses.

use crate::support::{Done, Place};
use std::fs;

const NOT_RECORDED: &str = "dropscope::attach!()";

#[test]
fn a_programs_own_exit_status_is_passed_on() {
    let place = Place::new();
    for status in [2, 7, 101, 255] {
        place.run(&["record", "--", "sh", "-c", &format!("exit {status}")]).exits(status).says(NOT_RECORDED);
    }
    place.run(&["record", "--", "sh", "-c", "kill -KILL $$"]).exits(137);
    place.run(&["record", "--", "sh", "-c", "kill -ABRT $$"]).exits(134);
    place.run(&["run", "--", "sh", "-c", "exit 9"]).exits(9).says("there is no display");
}

#[test]
fn a_program_without_the_tracker_is_recorded_from_outside() {
    let place = Place::new();
    place
        .run(&["record", "-o", "ls.dscope", "--", "ls", "-l"])
        .exits(0)
        .says("ls has no tracker in it: its calls of malloc and free are recorded from outside")
        .says("recorded to ls.dscope");
    assert_eq!(place.names(), ["ls.dscope"]);
    // An old friend: it does nothing, and needs no memory for that.
    place.run(&["record", "--", "true"]).exits(1).says("but recorded nothing: it calls no malloc");
}

#[test]
fn what_a_shell_starts_is_told_how_to_attach() {
    let place = Place::new();
    place.write("script", b"#!/bin/sh\necho done\n");
    place.run(&["record", "-o", "chmod.dscope", "--", "chmod", "+x", "script"]).exits(0);
    place
        .run(&["record", "--", "./script"])
        .exits(1)
        .prints("done\n")
        .says("it starts other programs, of which none has the tracker in it")
        .says("Name the program that you mean");
    assert_eq!(place.names(), ["chmod.dscope", "script"], "no empty recording is left");
}

#[test]
fn what_stands_behind_the_program_is_its_own() {
    let place = Place::new();
    let words = ["record", "-o", "x.dscope", "--", "printf", "<%s>", "--", "-o", "--help", "", "a b", "--json"];
    place.run(&words).prints("<--><-o><--help><><a b><--json>");
    place.run(&["record", "printf", "<%s>", "-h", "--"]).prints("<-h><-->");
    place.run(&["record", "--", "sh", "-c", "echo $0; printf %s \"$DROPSCOPE_OUT\"", "zero"]).prints("zero\n/");
}

#[test]
fn streams_and_folder_are_those_of_the_launcher() {
    let place = Place::new();
    let words = ["record", "--", "sh", "-c", "cat; echo to stderr >&2; pwd"];
    let folder = fs::canonicalize(place.path(".")).expect("the folder");
    let done = place.run_with_input(&words, b"typed\n").says("to stderr\n");
    assert_eq!(done.out(), format!("typed\n{}\n", folder.display()));
}

#[test]
fn programs_that_cannot_be_started_are_told_apart_as_shells_do() {
    let place = Place::new();
    place.write("text", b"no program\n");
    place.run(&["record", "--", "no-such-program"]).exits(127).says("no-such-program is not in PATH");
    place.run(&["record", "--", "./no-such-program"]).exits(127).says("./no-such-program does not exist");
    place.run(&["record", "--", "text"]).exits(127).says("for the file in this folder write ./text");
    place.run(&["record", "--", "./text"]).exits(126).says("chmod +x ./text");
    place.run(&["run", "--", "/"]).exits(126).says("/ is a folder");
    assert_eq!(place.names(), ["text"]);
}

#[test]
fn nothing_but_a_recording_is_written_over() {
    let place = Place::new();
    place.write("notes.txt", b"mine");
    let touch = |output: &str| place.run(&["record", "-o", output, "--", "touch", "ran"]);
    touch("notes.txt").exits(1).says("notes.txt exists and is not a recording");
    touch("no/such/folder/x.dscope").exits(1).says("does not exist: make it");
    touch("/dev/null").exits(1).says("is not a file");
    touch(".").exits(1).says("is not a file");
    assert_eq!(fs::read(place.path("notes.txt")).expect("notes.txt"), b"mine");
    assert_eq!(place.names(), ["notes.txt"], "the program was not started");
}

#[test]
fn what_a_cpp_compiler_says_reaches_whoever_started_the_lesson() {
    let place = Place::new();
    let compiler = "#!/bin/sh\necho 'unique_ptr.cc:20:5: error: I do not like this line' >&2\nexit 1\n";
    place.write("c++", compiler.as_bytes());
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(place.path("c++"), executable).expect("it can be started");
    let mut command = place.command(&["demo", "unique-ptr", "-o", "lesson.dscope"]);
    let path = std::env::var("PATH").expect("a PATH");
    command.env("PATH", format!("{}:{path}", place.path("").display())).env("XDG_CACHE_HOME", place.path("cache"));
    let done = Done::of(command);
    done.exits(1).says("could not compile").says("I do not like this line");
    assert_eq!(place.names(), ["c++", "cache"], "nothing is left behind");
}
