//! `dropscope demos`: what there is to run and to learn from.

use super::text::Table;
use super::{Failure, out};
use crate::launch;
use dropscope_demos::languages::{Foreign, foreign};
use dropscope_demos::workloads;
use dropscope_lessons::lessons;

/// Lists the lessons by chapter, then the workloads by group.
pub(super) fn demos() -> Result<u8, Failure> {
    let mut text = String::from("Lessons: small programs that each show one idea\n");
    let entries = lessons().iter().map(|lesson| (lesson.chapter, lesson.name, lesson.title));
    text.push_str(&grouped(&entries.collect::<Vec<_>>()));
    text.push_str("\nWorkloads: programs of one group do the same work and are compared with each other\n");
    let entries = workloads().iter().map(|workload| (workload.group, workload.name, workload.title));
    text.push_str(&grouped(&entries.collect::<Vec<_>>()));
    text.push_str("\nThe same work in other languages, their collectors writing logs that are compared, too\n");
    let titled = |foreign: &Foreign| match launch::absent(foreign) {
        Some(program) => format!("{} (`{program}` is not in PATH)", foreign.title),
        None => foreign.title.to_owned(),
    };
    let titles: Vec<String> = foreign().iter().map(titled).collect();
    let entries = foreign().iter().zip(&titles).map(|(foreign, title)| (foreign.group, foreign.name, title.as_str()));
    text.push_str(&grouped(&entries.collect::<Vec<_>>()));
    text.push_str("\n`dropscope demo NAME` runs one, recorded; with --window you watch it.\n");
    text.push_str("`dropscope demo GROUP` runs all of a group, such as `lru`, and compares them.\n");
    out::print(&text)
}

/// The entries under a line for each group; names of all groups are equally wide.
fn grouped(entries: &[(&str, &str, &str)]) -> String {
    let mut table = Table::new(["", ""], 0..2);
    for (_, name, title) in entries {
        table.row([format!("  {name}"), (*title).to_owned()]);
    }
    let lines = table.text();
    let mut text = String::new();
    let mut last = None;
    for (line, (group, ..)) in lines.lines().skip(1).zip(entries) {
        if last.replace(*group) != Some(*group) {
            text.push_str(&format!("\n  {group}\n"));
        }
        text.push_str(line);
        text.push('\n');
    }
    text
}
