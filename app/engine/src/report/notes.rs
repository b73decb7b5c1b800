//! What to know about names and gaps, in sentences.

use crate::model::Model;
use crate::names::Names;
use dropscope_format::LostCause;

/// What to know about names and gaps.
pub(super) fn notes(model: &Model, names: &Names) -> Vec<String> {
    let oddities = model.oddities();
    let status = model.status();
    let mut notes = names.notes();
    let mut say = |count: u64, sentence: String| {
        if count > 0 {
            notes.push(sentence);
        }
    };
    for (cause, events) in LostCause::ALL.into_iter().zip(status.lost_events) {
        say(events, format!("{events} events were lost: {}.", cause.words()));
    }
    say(
        oddities.unmatched_frees,
        format!(
            "{} releases ended no block: it was released before, or born outside the recording.",
            oddities.unmatched_frees
        ),
    );
    say(
        oddities.lost_frees,
        format!(
            "{} blocks are taken as released because their place was given out again; their releases were not recorded.",
            oddities.lost_frees
        ),
    );
    say(
        oddities.damaged_places,
        format!(
            "{} bytes in {} places of the file are damaged and were passed over.",
            oddities.damaged_bytes, oddities.damaged_places
        ),
    );
    say(oddities.late_events, format!("{} events came too late for their place in time.", oddities.late_events));
    say(status.suspect_stacks, format!("{} stacks could not be walked to their end.", status.suspect_stacks));
    say(
        status.truncated_stacks,
        format!("{} stacks are deeper than is kept: their outermost frames are missing.", status.truncated_stacks),
    );
    say(
        oddities.beyond_limit,
        format!(
            "{} births and reallocs are beyond the 4294967294 of each that can be looked at.",
            oddities.beyond_limit
        ),
    );
    notes
}
