//! What keeps a picture from being the whole truth, in sentences. Silence means that nothing does.

use crate::format;
use dropscope_engine::{End, EndKind, LostCause, Model, ReadState, SamplingJson};

/// The sentences about `model`, the gravest first.
pub fn warnings(model: &Model) -> Vec<String> {
    let mut sentences = Vec::new();
    lost(model, &mut sentences);
    sentences.extend(SamplingJson::new(model).as_ref().map(|sampling| format::sampled(sampling, "All figures")));
    ending(model, &mut sentences);
    oddities(model, &mut sentences);
    let status = model.status();
    let stacks = status.complete_stacks + status.truncated_stacks + status.suspect_stacks;
    if status.suspect_stacks > 0 {
        sentences.push(format!(
            "{} of {} stacks stop early at code without unwind tables: their births and releases may lack a place.",
            format::count(status.suspect_stacks),
            format::count(stacks)
        ));
    }
    if status.truncated_stacks > 0 {
        sentences.push(format!(
            "{} of {} stacks are deeper than is kept: their outermost frames are missing.",
            format::count(status.truncated_stacks),
            format::count(stacks)
        ));
    }
    if status.different_stacks > 0 {
        sentences.push(format!(
            "{} stacks differ from the judge's (DROPSCOPE_CROSS_CHECK): their places may be wrong.",
            format::count(status.different_stacks)
        ));
    }
    // Less than a hundredth of the time changes no picture.
    if status.waited_ns > model.duration_ns() / 100 {
        sentences.push(format!(
            "The program's threads waited {} for the recorder, {} times in all: it would have been quicker alone.",
            format::duration(status.waited_ns),
            format::count(status.waits)
        ));
    }
    sentences
}

fn lost(model: &Model, sentences: &mut Vec<String>) {
    let status = model.status();
    if status.lost_total() == 0 {
        return;
    }
    let causes: Vec<String> = LostCause::ALL
        .into_iter()
        .zip(status.lost_events)
        .filter(|&(_, events)| events > 0)
        .map(|(cause, events)| format!("{} {}", format::count(events), cause.words()))
        .collect();
    sentences.push(format!(
        "{} events were lost ({}): sizes and leaks are not exact.",
        format::count(status.lost_total()),
        causes.join(", ")
    ));
}

fn ending(model: &Model, sentences: &mut Vec<String>) {
    match model.state() {
        ReadState::Cut => sentences.push(
            "The recording has no end: the program was killed or the file was cut. What was alive then is not a leak \
             for certain."
                .to_owned(),
        ),
        ReadState::Ended(End { kind: EndKind::Killed(signal), .. }) => sentences
            .push(format!("The program was killed by signal {signal}: what was alive then is not a leak for certain.")),
        ReadState::Reading | ReadState::Following | ReadState::Ended(_) => {}
    }
}

fn oddities(model: &Model, sentences: &mut Vec<String>) {
    let odd = model.oddities();
    let mut say = |number: u64, sentence: &str| {
        if number > 0 {
            sentences.push(format!("{} {sentence}", format::count(number)));
        }
    };
    say(odd.damaged_bytes, "bytes of the file are damaged and were passed over.");
    say(odd.late_events, "events came too late to be put in order.");
    say(odd.lost_frees, "blocks have no release in the recording though their place was used again.");
    say(odd.unmatched_frees, "releases ended no block: it was released before, or born outside the recording.");
    say(odd.unmatched_exits, "scopes end that never began.");
    say(odd.beyond_limit, "events are beyond the number of blocks that can be shown.");
}
