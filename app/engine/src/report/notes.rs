//! What to know about names and gaps, in sentences.

use crate::model::Model;
use crate::names::Names;
use dropscope_format::LostCause;

/// What to know about names and gaps.
pub(super) fn notes(model: &Model, names: &Names) -> Vec<String> {
    let oddities = model.oddities();
    let status = model.status();
    let mut notes = names.notes();
    let mut say = |count: u64, one: &str, many: &str| match count {
        0 => {}
        1 => notes.push(format!("1 {one}")),
        _ => notes.push(format!("{count} {many}")),
    };
    for (cause, events) in LostCause::ALL.into_iter().zip(status.lost_events) {
        let cause = cause.words();
        say(events, &format!("event was lost: {cause}."), &format!("events were lost: {cause}."));
    }
    say(
        oddities.unmatched_frees,
        "release ended no block: it was released before, or born outside the recording.",
        "releases ended no block: it was released before, or born outside the recording.",
    );
    say(
        oddities.lost_frees,
        "block is taken as released because its place was given out again; its release was not recorded.",
        "blocks are taken as released because their place was given out again; their releases were not recorded.",
    );
    let places = match oddities.damaged_places {
        0 | 1 => "in one place of the file".to_owned(),
        places => format!("in {places} places of the file"),
    };
    say(
        oddities.damaged_bytes,
        &format!("byte {places} is damaged and was passed over."),
        &format!("bytes {places} are damaged and were passed over."),
    );
    say(
        oddities.late_events,
        "event came too late for its place in time.",
        "events came too late for their place in time.",
    );
    say(status.suspect_stacks, "stack could not be walked to its end.", "stacks could not be walked to their end.");
    say(
        status.truncated_stacks,
        "stack is deeper than is kept: its outermost frames are missing.",
        "stacks are deeper than is kept: their outermost frames are missing.",
    );
    say(
        oddities.beyond_limit,
        "birth or realloc is beyond the 4294967294 of each that can be looked at.",
        "births and reallocs are beyond the 4294967294 of each that can be looked at.",
    );
    notes
}
