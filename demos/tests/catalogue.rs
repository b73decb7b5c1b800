//! The catalogue: every demo is found by its name and shows its real source.

use std::collections::HashSet;

use dropscope_demos::{Demo, WorkloadOptions, all, find, workloads};

#[test]
fn every_demo_is_found_by_its_own_name() {
    let mut names = HashSet::new();
    for demo in all() {
        assert!(names.insert(demo.name()), "two demos are called {}", demo.name());
        assert_eq!(find(demo.name()).map(|found| found.title()), Some(demo.title()));
    }
    assert!(find("no-such-demo").is_none());
    assert!(find("").is_none());
}

#[test]
fn sources_are_those_at_the_path_they_name() {
    let workspace = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    for demo in all() {
        let on_disk = std::fs::read_to_string(format!("{workspace}/{}", demo.file())).unwrap_or_default();
        assert_eq!(on_disk, demo.source(), "{}", demo.file());
    }
}

#[test]
fn workloads_of_a_group_follow_each_other_and_have_the_lessons_sections() {
    let mut groups: Vec<&str> = Vec::new();
    for workload in workloads() {
        if groups.last() != Some(&workload.group) {
            assert!(!groups.contains(&workload.group), "{} comes twice", workload.group);
            groups.push(workload.group);
        }
        let sections: Vec<_> = workload.text.lines().filter_map(|line| line.strip_prefix("## ")).collect();
        let expected = ["What you will see", "A question first", "What happened", "Why", "Where it surprises"];
        assert_eq!(sections, expected, "{}", workload.name);
    }
}

#[test]
fn every_workload_runs() {
    let options = WorkloadOptions { entries: 100, operations: 1_000, seed: 1 };
    workloads().iter().for_each(|workload| (workload.run)(&options));
}

#[test]
fn lessons_and_workloads_are_told_apart() {
    for demo in all() {
        assert_eq!(matches!(demo, Demo::Lesson(_)), demo.file().starts_with("demos/lessons"), "{}", demo.file());
    }
}
