//! Words that are right and words that are wrong, and what is said about them.

use crate::support::Place;
use std::fs::File;
use std::process::Stdio;

const COMMANDS: [&str; 12] =
    ["open", "run", "record", "demos", "demo", "report", "dump", "compare", "check", "shot", "attach", "cargo"];

#[test]
fn the_help_names_every_command_and_each_has_its_own() {
    let place = Place::new();
    let whole = place.run(&["--help"]).exits(0).says_nothing().out();
    assert_eq!(place.run(&["help"]).exits(0).out(), whole);
    assert_eq!(place.run(&["-h"]).exits(0).out(), whole);
    for command in COMMANDS {
        assert!(whole.contains(&format!("\n  {command}")), "the help does not name {command}:\n{whole}");
        let own = place.run(&[command, "--help"]).exits(0).says_nothing().prints("Usage: dropscope").out();
        assert!(own.starts_with(&format!("Usage: dropscope {command}")), "{own}");
        assert_eq!(place.run(&["help", command]).exits(0).out(), own);
        assert_eq!(place.run(&[command, "-h"]).exits(0).out(), own);
    }
    assert!(place.names().is_empty(), "asking for help leaves nothing behind");
}

#[test]
fn the_version_is_that_of_the_package() {
    let place = Place::new();
    let version = format!("dropscope {}\n", env!("CARGO_PKG_VERSION"));
    for word in ["--version", "-V", "version"] {
        assert_eq!(place.run(&[word]).exits(0).says_nothing().out(), version);
    }
}

#[test]
fn wrong_words_end_with_2_and_a_hint() {
    let place = Place::new();
    place.write("there.dscope", b"");
    let cases: [(&[&str], &str); 27] = [
        (&["recrod"], "did you mean `record`?"),
        (&["help", "shoot"], "did you mean `shot`?"),
        (&["quux"], "there is no command `quux`"),
        (&["there.dscope"], "`dropscope open there.dscope` shows it"),
        (&["--colour"], "there is no option `--colour`"),
        (&["-x"], "there is no option `-x`"),
        (&["version", "2"], "`2` is a word too many"),
        (&["open"], "`open` needs a recording"),
        (&["open", "--json", "a"], "`open` has no option `--json`"),
        (&["run"], "`run` needs the program to record"),
        (&["record"], "`record` needs the program to record"),
        (&["record", "-o"], "`-o` needs a value"),
        (&["record", "-o", "x", "--"], "`record` needs the program to record"),
        (&["record", "--window", "ls"], "`record` has no option `--window`"),
        (&["record", "--sample", "5", "ls"], "--sample takes a size of 256 at least, not `5`"),
        (&["demos", "all"], "`demos` takes nothing more, so not `all`"),
        (&["demo"], "`demo` needs the name of a demo"),
        (&["demo", "scope-edn"], "did you mean `scope-end`?"),
        (&["demo", "scope-end", "--seed", "1"], "`scope-end` is a lesson"),
        (&["demo", "lru-raii", "--entries", "many"], "`many` is not a whole number"),
        (&["report"], "`report` needs a recording"),
        (&["report", "a", "b"], "`b` is one more"),
        (&["report", "a", "--jsn"], "`report` has no option `--jsn`"),
        (&["dump"], "`dump` needs a recording"),
        (&["compare", "a"], "`compare` needs two recordings or more"),
        (&["shot", "a"], "`shot` needs -o"),
        (&["shot", "-o", "a.png"], "`shot` needs a recording"),
    ];
    for (words, text) in cases {
        let done = place.run(words).exits(2).prints_nothing().says(text).says("\n           dropscope ");
        assert!(done.err().lines().count() <= 3, "more than two sentences: {done}");
    }
    for (option, value) in [("--size", "big"), ("--size", "10x10"), ("--size", "99999x99999"), ("--theme", "pink")] {
        place.run(&["shot", "a", "-o", "b.png", option, value]).exits(2).says(option).says(value);
    }
    assert_eq!(place.names(), ["there.dscope"]);
}

#[test]
fn a_reader_that_closes_our_output_ends_us_quietly() {
    let place = Place::new();
    let mut child = place.command(&["--help"]).spawn().expect("dropscope starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
}

#[test]
fn output_that_cannot_be_written_is_a_failure() {
    let place = Place::new();
    let full = File::options().write(true).open("/dev/full").expect("/dev/full");
    let output = place.command(&["demos"]).stdout(Stdio::from(full)).output().expect("dropscope runs");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot be written to stdout"), "{output:?}");
}

#[test]
fn the_demos_are_listed_with_their_chapters() {
    let place = Place::new();
    let list = place.run(&["demos"]).exits(0).says_nothing().out();
    for demo in dropscope_demos::all() {
        assert!(list.contains(demo.name()) && list.contains(demo.title()), "{} is not in\n{list}", demo.name());
    }
    for lesson in dropscope_lessons::lessons() {
        assert!(list.contains(&format!("\n  {}\n", lesson.chapter)), "{} is not in\n{list}", lesson.chapter);
    }
}
