//! Recordings started in code, and what a program says in them.

use crate::support::{Fixture, read};
use dropscope_format::{EventKind, State};

#[test]
fn started_and_stopped_again_and_again_while_other_threads_allocate() {
    let run = Fixture::new(&["in-code"]).unrecorded().run();
    run.assert_status(Some(0), None);
    let names = ["in-code.dscope.0", "in-code.dscope.1", "in-code.dscope.2", "in-code.dscope.left"];
    assert_eq!(run.files(), names);
    for (index, name) in names.iter().enumerate() {
        let read = read(&run.path(name));
        read.assert_nothing_lost();
        assert!(matches!(read.state, State::Ended(_)));
        assert!(!read.process.from_first_allocation);
        let told: Vec<(char, u64)> =
            read.logged().into_values().flatten().map(|(kind, size, ..)| (kind, size)).collect();
        let base = if index == 3 { 41_000 } else { 40_000 + 10 * (9 + index as u64) };
        let expected = [('A', 0), ('Z', 1), ('R', 2), ('F', 0), ('A', 3), ('F', 2), ('F', 3)];
        assert_eq!(told, expected.map(|(kind, size)| (kind, base + size)), "{name}");
    }
}

#[test]
fn scopes_operations_and_marks() {
    let run = Fixture::new(&["markers"]).run();
    run.assert_status(Some(0), None);
    let read = run.read();
    read.assert_nothing_lost();
    let told: Vec<_> = read.told.iter().filter(|told| told.event.kind.is_text()).collect();
    let long = "ä".repeat(512);
    let expected = [
        (EventKind::ScopeEnter, "outer"),
        (EventKind::OperationBegin, "request"),
        (EventKind::ScopeEnter, "inner"),
        (EventKind::Mark, "größe → 🦀"),
        (EventKind::ScopeExit, "inner"),
        (EventKind::OperationEnd, "request"),
        (EventKind::Mark, ""),
        (EventKind::Mark, &long),
        (EventKind::ScopeExit, "outer"),
    ];
    let seen: Vec<_> = told.iter().map(|told| (told.event.kind, told.text.as_deref().unwrap())).collect();
    assert_eq!(seen, expected);
    let (begin, end) = (told[1].event, told[5].event);
    let wall_ns = end.time_ns - begin.time_ns;
    let cpu_ns = end.cpu_ns().unwrap() - begin.cpu_ns().unwrap();
    assert!(wall_ns >= 25_000_000, "wall {wall_ns}");
    assert!((5_000_000..=wall_ns - 15_000_000).contains(&cpu_ns), "the sleep is no CPU time: {cpu_ns} of {wall_ns}");
}
