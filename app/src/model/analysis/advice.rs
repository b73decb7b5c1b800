//! Findings: what stands out, as sentences with numbers, each with its evidence.

mod gather;
mod rounding;
mod rules;
mod storms;

use super::ask::{Asking, Content};
use super::sheet::Narrow;
use crate::model::scene::Thing;
use crate::model::state::Tab;
use dropscope_engine::Location;
use std::ops::Range;
use std::sync::Arc;

/// What a finding is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Kind {
    /// What is never released becomes more and more.
    GrowingLeak,
    /// One stretch of releases takes long.
    ReleaseStorm,
    /// What is kept never becomes less.
    NeverShrinks,
    /// One place makes most of the events.
    OnePlace,
    /// What is copied is dropped at once.
    ClonedInVain,
    /// A block grew in many small steps.
    DoubledOften,
    /// Blocks are released on another thread.
    Crosses,
    /// The allocator gives much more than it is asked for.
    RoundedUp,
}

impl Kind {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Kind::GrowingLeak => "a leak that grows",
            Kind::ReleaseStorm => "a release storm",
            Kind::NeverShrinks => "never shrinks",
            Kind::OnePlace => "one place",
            Kind::ClonedInVain => "cloned in vain",
            Kind::DoubledOften => "grew in steps",
            Kind::Crosses => "crosses threads",
            Kind::RoundedUp => "rounded up",
        }
    }
}

/// A finding.
#[derive(Clone, PartialEq, Debug)]
pub struct Finding {
    /// What kind.
    pub kind: Kind,
    /// What stands out, with its numbers.
    pub sentence: String,
    /// What can be done about it.
    pub remedy: &'static str,
    /// The block, if one shows it.
    pub thing: Option<Thing>,
    /// Where, in the source.
    pub place: Option<Arc<Location>>,
    /// When, in ns.
    pub range_ns: Option<Range<u64>>,
    /// The view that shows more of it.
    pub tab: Tab,
    /// The question that is about it alone.
    pub narrow: Option<Narrow>,
}

/// All findings, the gravest first.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Advice {
    /// The findings.
    pub findings: Vec<Finding>,
}

/// Finds what it can; none where it has been cancelled.
type Find = fn(&Asking<'_>) -> Option<Vec<Finding>>;

impl Advice {
    pub(super) fn compute(asking: &Asking<'_>) -> Option<Advice> {
        const STEPS: [Find; 6] = [
            gather::of_places,
            storms::storms,
            gather::of_clones,
            gather::of_chains,
            gather::of_threads,
            rounding::rounded_up,
        ];
        let mut advice = Advice::default();
        for (at, find) in STEPS.into_iter().enumerate() {
            asking.begin(at, STEPS.len());
            advice.findings.extend(find(asking)?);
            // From the second on they come in this order, so that what is shown stays where it is.
            advice.findings.sort_by_key(|finding| finding.kind);
            if at > 0 {
                asking.show(Content::Advice(advice.clone()), 1.0);
            }
        }
        Some(advice)
    }

    /// The findings as text.
    pub fn text(&self) -> String {
        let line = |finding: &Finding| format!("{}: {} {}", finding.kind.name(), finding.sentence, finding.remedy);
        self.findings.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}
