//! What keeps a picture from being the whole truth, in sentences. Silence means that nothing does.

use crate::format;
use dropscope_engine::{End, EndKind, LostCause, Model, ReadState, SamplingJson};

/// The sentences about `model`, the gravest first.
pub fn warnings(model: &Model) -> Vec<String> {
    let mut sentences = Vec::new();
    lost(model, &mut sentences);
    sentences.extend(SamplingJson::new(model).as_ref().map(|sampling| {
        let sentence = format::sampled(sampling, "The timeline and its figures");
        sentence + " The views below it have estimates for the whole program, give or take two standard errors."
    }));
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
        ReadState::Ended(End { kind: EndKind::Stopped, .. }) => sentences.push(
            "The recording was stopped while the program went on: what was alive then may have been released later."
                .to_owned(),
        ),
        ReadState::Reading | ReadState::Following | ReadState::Ended(_) => {}
    }
}

fn oddities(model: &Model, sentences: &mut Vec<String>) {
    let odd = model.oddities();
    let mut say = |number: u64, one: &str, many: &str| match number {
        0 => {}
        1 => sentences.push(format!("1 {one}")),
        _ => sentences.push(format!("{} {many}", format::count(number))),
    };
    say(
        odd.damaged_bytes,
        "byte of the file is damaged and was passed over.",
        "bytes of the file are damaged and were passed over.",
    );
    say(odd.late_events, "event came too late to be put in order.", "events came too late to be put in order.");
    say(
        odd.lost_frees,
        "block has no release in the recording though its place was used again.",
        "blocks have no release in the recording though their place was used again.",
    );
    say(
        odd.unmatched_frees,
        "release ended no block: it was released before, or born outside the recording.",
        "releases ended no block: it was released before, or born outside the recording.",
    );
    say(odd.unmatched_exits, "scope ends that never began.", "scopes end that never began.");
    say(
        odd.beyond_limit,
        "event is beyond the number of blocks that can be shown.",
        "events are beyond the number of blocks that can be shown.",
    );
}
