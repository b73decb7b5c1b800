//! Phases that JVMs before JDK 9 write in lines of their own: what G1 and CMS did beside the program, and all that
//! Shenandoah did.

use super::legacy::bracketed;
use super::run::Run;
use super::unified::Sizes;
use crate::PauseKind;
use crate::gclog::log::{Phase, Verdict};
use crate::gclog::scan::{SECOND, Scan};

/// What CMS did beside the program.
pub(super) const CMS_PHASE: &str = "[CMS-concurrent-";

/// Whether `text` begins with the record of a phase beside the program.
pub(super) fn is_concurrent(text: &str) -> bool {
    text.starts_with(CMS_PHASE) || text.starts_with("[GC concurrent-")
}

/// `[CMS-concurrent-mark: 0.012/0.013 secs]` (work and wall), `[GC concurrent-mark-end, 0.0012 secs]`, up to JDK 7
/// without `secs`, or `[GC concurrent-string-deduplication, 31.4K->7128.0B(24.5K), avg 67.3%, 0.0009256 secs]`; the time
/// before it is the end.
pub(super) fn concurrent(run: &mut Run, text: &str, now_ns: Option<u64>) -> Verdict {
    let Some((body, _)) = bracketed(text) else { return Verdict::NotUnderstood };
    if body.ends_with("-start") || body.ends_with("-abort") || body.contains("-reset-for-overflow") {
        return Verdict::Ignored;
    }
    let told = body.split_once(": ").or_else(|| body.split_once(", ")).and_then(|(name, times)| {
        let wall = times.split_once('/').map_or(times, |(_, wall)| wall);
        let last = wall.rsplit_once(", ").map_or(wall, |(_, last)| last);
        Some((name.trim_end_matches("-end"), duration_ns(last)?))
    });
    let Some((name, duration_ns)) = told else { return Verdict::NotUnderstood };
    let start_ns = run.place(None, now_ns, duration_ns, false);
    add(run, start_ns, duration_ns, PauseKind::Concurrent, name.trim_start_matches("GC "), None);
    Verdict::Understood
}

/// `0.0012 secs`, or the number alone.
fn duration_ns(text: &str) -> Option<u64> {
    let mut scan = Scan(text);
    if let Some(duration_ns) = scan.duration() {
        return Some(duration_ns);
    }
    let seconds = scan.decimal()?;
    scan.is_done().then(|| seconds.times(SECOND))
}

/// `[Pause Init Mark (process weakrefs), 3.341 ms]` or `[Concurrent cleanup 1613M->1361M(1636M), 0.092 ms]`: written at
/// the end, after a line `[…, start]`. `None` if it is something else.
pub(super) fn shenandoah(run: &mut Run, text: &str, now_ns: Option<u64>) -> Option<Verdict> {
    let kind = if text.starts_with("[Pause ") {
        PauseKind::StopTheWorld
    } else if text.starts_with("[Concurrent ") {
        PauseKind::Concurrent
    } else {
        return None;
    };
    let (body, _) = bracketed(text)?;
    let (label, duration) = body.rsplit_once(", ")?;
    if duration == "start" {
        return Some(Verdict::Ignored);
    }
    let mut scan = Scan(duration);
    let Some(duration_ns) = scan.duration().filter(|_| scan.is_done()) else { return Some(Verdict::NotUnderstood) };
    let sized = label.rsplit_once(' ').and_then(|(name, word)| Some((name, Sizes::parse(word)?)));
    let name = sized.map_or(label, |(name, _)| name);
    let (name, cause) = match name.split_once(" (") {
        Some((name, cause)) => (name, Some(cause.trim_end_matches(')').to_owned())),
        None => (name, None),
    };
    let start_ns = run.place(None, now_ns, duration_ns, kind == PauseKind::StopTheWorld);
    let end_ns = start_ns.saturating_add(duration_ns);
    run.part.saw_time(end_ns);
    if let Some((_, sizes)) = sized {
        run.part.heap.push(sizes.sample(start_ns, end_ns));
    }
    run.collector.infer_from(name, None);
    add(run, start_ns, duration_ns, kind, name, cause);
    Some(Verdict::Understood)
}

fn add(run: &mut Run, start_ns: u64, duration_ns: u64, kind: PauseKind, name: &str, cause: Option<String>) {
    let name = name.to_owned();
    run.part.phases.push(Phase { start_ns, duration_ns, kind, name, cause, cpu_ns: None, collection: None });
}
