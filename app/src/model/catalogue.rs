//! The demos in the order and under the headings in which the library lists them.

use dropscope_demos::Workload;
use dropscope_lessons::Lesson;

/// The lessons by chapter, in teaching order, each with its place in that order.
pub fn chapters() -> Vec<(&'static str, Vec<(usize, &'static Lesson)>)> {
    let mut chapters: Vec<(&'static str, Vec<(usize, &'static Lesson)>)> = Vec::new();
    for (index, lesson) in dropscope_lessons::lessons().iter().enumerate() {
        match chapters.last_mut() {
            Some((chapter, lessons)) if *chapter == lesson.chapter => lessons.push((index, lesson)),
            _ => chapters.push((lesson.chapter, vec![(index, lesson)])),
        }
    }
    chapters
}

/// The workloads by group, in order.
pub fn groups() -> Vec<(&'static str, Vec<&'static Workload>)> {
    let mut groups: Vec<(&'static str, Vec<&'static Workload>)> = Vec::new();
    for workload in dropscope_demos::workloads() {
        match groups.last_mut() {
            Some((group, workloads)) if *group == workload.group => workloads.push(workload),
            _ => groups.push((workload.group, vec![workload])),
        }
    }
    groups
}

/// What a group is called.
pub fn group_title(group: &str) -> &str {
    match group {
        "lru" => "LRU cache: RAII and collectors",
        "requests" => "Requests: RAII and collectors",
        "graph" => "Graph with cycles: RAII and collectors",
        other => other,
    }
}
