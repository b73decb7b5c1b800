//! `dropscope check`: limits and baselines, their exit statuses and what is said.

use crate::support::Place;
use serde_json::Value;

fn recorded() -> Place {
    let place = Place::new();
    place.run(&["demo", "scope-end", "-o", "clean.dscope"]).exits(0);
    place.run(&["demo", "cycle-that-leaks", "-o", "leak.dscope"]).exits(0);
    place
}

#[test]
fn limits_that_hold_end_with_0_and_others_with_1() {
    let place = recorded();
    let all = ["--no-leaks", "--max-peak", "64MiB", "--max-allocs", "100000", "--max-bytes", "1G", "--max-leaked", "0"];
    let good = place.run(&[&["check", "clean.dscope"][..], &all].concat()).exits(0);
    let good = good.says_nothing().prints("holds  peak").prints("at most 64.0 MiB").out();
    assert!(!good.contains("FAILS"), "{good}");
    place
        .run(&["check", "leak.dscope", "--no-leaks"])
        .exits(1)
        .prints("FAILS  leaked blocks")
        .prints("Alive at the end:")
        .prints("cycle_that_leaks.rs:");
    place.run(&["check", "clean.dscope", "--max-peak", "1"]).exits(1).prints("FAILS  peak").prints("at most 1 B");
    place.run(&["check", "leak.dscope", "--max-leaked", "1MiB"]).exits(0);
}

#[test]
fn a_baseline_is_held_and_differences_have_places() {
    let place = recorded();
    place
        .run(&["check", "clean.dscope", "--baseline", "clean.dscope"])
        .exits(0)
        .prints("Every place allocates as in clean.dscope.");
    place
        .run(&["check", "leak.dscope", "--baseline", "clean.dscope"])
        .exits(1)
        .prints("FAILS  leaked against the baseline")
        .prints("cycle_that_leaks.rs:")
        .prints("scope_end.rs:");
    let out = place.run(&["check", "leak.dscope", "--baseline", "clean.dscope", "--json"]).exits(1).out();
    let json: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((&json["format"], &json["holds"]), (&Value::from(1), &Value::from(false)));
    assert_eq!(json["checks"].as_array().map(Vec::len), Some(5), "{json}");
    assert!(json["differences"].as_array().is_some_and(|all| all.iter().any(|one| one["bytes_now"] == 0)), "{json}");
}

#[test]
fn a_recording_that_lacks_something_holds_nothing() {
    let place = recorded();
    let whole = std::fs::read(place.path("clean.dscope")).expect("the recording");
    place.write("cut.dscope", &whole[..whole.len() - 40]);
    place.run(&["check", "cut.dscope", "--max-peak", "1G"]).exits(1).prints("FAILS  missing end");
    place.run(&["check", "none.dscope", "--no-leaks"]).exits(1).says("none.dscope");
}

/// Whoever stops a recording where nothing should be left can check that; what is left is not called leaked.
#[test]
fn what_is_alive_at_a_stop_fails_and_is_no_leak() {
    let place = recorded();
    place.write("stopped.dscope", &crate::recordings::stopped().bytes());
    let failing = place.run(&["check", "stopped.dscope", "--no-leaks", "--max-leaked", "10"]).exits(1);
    let failing = failing.prints("FAILS  blocks alive at the stop").prints("FAILS  alive at the stop");
    let failing = failing.prints("may have released it later");
    assert!(!failing.out().contains("leak"), "{failing}");
    place
        .run(&["check", "stopped.dscope", "--baseline", "clean.dscope"])
        .exits(1)
        .prints("FAILS  blocks alive at the stop against the baseline");
}

#[test]
fn wrong_words_end_with_2() {
    let place = Place::new();
    let cases: [(&[&str], &str); 6] = [
        (&["check"], "`check` needs a recording"),
        (&["check", "a.dscope"], "`check` needs something to check"),
        (&["check", "a.dscope", "--json"], "`check` needs something to check"),
        (&["check", "a.dscope", "--max-peak", "much"], "--max-peak takes a size such as"),
        (&["check", "a.dscope", "--tolerance", "some"], "--tolerance is a whole number of percent"),
        (&["check", "a.dscope", "--max-allocs", "few"], "`few` is not a whole number"),
    ];
    for (words, said) in cases {
        place.run(words).exits(2).prints_nothing().says(said);
    }
}
