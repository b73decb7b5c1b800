//! Safepoints: the stop of all threads within which a pause lies, and other stops.

use super::run::Run;
use crate::PauseKind;
use crate::gclog::log::{Phase, Verdict};
use crate::gclog::scan::Scan;

/// A line of `-Xlog:safepoint`; `None` if it is none.
///
/// `Safepoint "G1CollectForAllocation", Time since last: 1 ns, Reaching safepoint: 2 ns, …, Total: 9 ns`, and before
/// JDK 13 `Entering safepoint region: NAME`, then the line of [`stopped`].
pub(super) fn unified(run: &mut Run, message: &str, now_ns: Option<u64>) -> Option<Verdict> {
    let mut scan = Scan(message);
    if scan.literal("Safepoint \"").is_some() {
        let Some((name, duration_ns)) = name_and_total(scan) else { return Some(Verdict::NotUnderstood) };
        add(run, Some(name), duration_ns, now_ns);
        return Some(Verdict::Understood);
    }
    if let Some(name) = message.strip_prefix("Entering safepoint region: ") {
        run.entered = Some(name.trim().to_owned());
        return Some(Verdict::Ignored);
    }
    stopped(run, message, now_ns)
}

fn name_and_total(mut scan: Scan<'_>) -> Option<(&str, u64)> {
    let name = scan.until("\"")?;
    scan.until("Total:")?;
    scan.spaces();
    Some((name, scan.duration()?))
}

/// `Total time for which application threads were stopped: 0.0012 seconds, Stopping threads took: 0.0001 seconds`.
pub(super) fn stopped(run: &mut Run, message: &str, now_ns: Option<u64>) -> Option<Verdict> {
    let told = message.strip_prefix("Total time for which application threads were stopped: ")?;
    let Some(duration_ns) = Scan(told).duration() else { return Some(Verdict::NotUnderstood) };
    let name = run.entered.take();
    add(run, name.as_deref(), duration_ns, now_ns);
    Some(Verdict::Understood)
}

fn add(run: &mut Run, name: Option<&str>, duration_ns: u64, now_ns: Option<u64>) {
    let Some(name) = name else { return run.unnamed_safepoints.add(duration_ns) };
    if !is_collection(name) {
        return run.other_safepoints.add(duration_ns);
    }
    let end_ns = now_ns.unwrap_or(run.part.last_ns);
    run.safepoints.push(Phase {
        start_ns: end_ns.saturating_sub(duration_ns),
        duration_ns,
        kind: PauseKind::StopTheWorld,
        name: "Safepoint".to_owned(),
        cause: Some(name.to_owned()),
        cpu_ns: None,
        collection: None,
    });
}

/// Whether a stop of this name is for a collection.
fn is_collection(name: &str) -> bool {
    let starts = ["G1", "Z", "X", "Shenandoah", "CMS", "ParallelGC", "CGC_"];
    name.contains("Collect") || starts.iter().any(|start| name.starts_with(start)) && name != "ZVerify"
}
