//! The question in force: which blocks, said in words, of the brushed range.

use crate::model::analysis::{Options, ScopesBy, Stacks, ThreadsBy, TypesBy};
use crate::model::state::Tab;
use dropscope_engine::query::{Direction, GroupBy, Measure, Side, When, Which};
use std::ops::Range;

/// How blocks belong to the brushed range.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Span {
    /// Born in it.
    #[default]
    Born,
    /// Born in it, and not released in it.
    BornAndAlive,
    /// Released in it.
    Released,
    /// Alive at any moment of it.
    Alive,
    /// Alive at the playhead, whatever the range.
    AtPlayhead,
    /// Never released, whatever the range.
    Never,
}

impl Span {
    /// All, with their names.
    pub const ALL: [(Span, &'static str); 6] = [
        (Span::Born, "born in the range"),
        (Span::BornAndAlive, "born in the range and still alive at its end"),
        (Span::Released, "released in the range"),
        (Span::Alive, "alive at any moment of the range"),
        (Span::AtPlayhead, "alive at the playhead"),
        (Span::Never, "never released"),
    ];
}

/// Where the question is asked: what has been brushed, where the playhead is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The brushed range in ns; none: all of it.
    pub range_ns: Option<Range<u64>>,
    /// The moment that is looked at, in ns: the playhead, or else the peak.
    pub live_ns: u64,
    /// The recording's length in ns; while it grows, of whole seconds, so that a question stays the same for one.
    pub duration_ns: u64,
}

impl Moment {
    /// The range, all of it where none is brushed. Ends behind the last event.
    pub fn range(&self) -> Range<u64> {
        self.range_ns.clone().unwrap_or(0..self.duration_ns.saturating_add(1))
    }
}

/// A question of the user's, for all views.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Question {
    /// How blocks belong to the range.
    pub span: Span,
    /// All but the time, which is the span's.
    pub which: Which,
    /// Summed as what.
    pub measure: Measure,
}

impl Question {
    /// Whether all blocks of the range are asked for.
    pub fn is_plain(&self) -> bool {
        *self == Question { measure: self.measure, ..Question::default() }
    }

    /// Which blocks the view `tab` is about.
    pub fn which(&self, tab: Tab, options: &Options, moment: &Moment) -> Which {
        let born = moment.range_ns.clone().map_or(When::Ever, When::BornIn);
        let alive = moment.range_ns.clone().map_or(When::Ever, When::AliveIn);
        let when = match (tab, self.span) {
            (Tab::Leaks, _) => born,
            (Tab::Advice, _) => alive,
            (Tab::Growth, _) => When::AliveIn(moment.range()),
            (Tab::Addresses, _) | (_, Span::AtPlayhead) => When::LiveAt(moment.live_ns),
            (_, Span::Born) => born,
            (_, Span::Alive) => alive,
            (_, Span::BornAndAlive) => When::BornInAndAlive(moment.range()),
            (_, Span::Released) => When::ReleasedIn(moment.range()),
            (_, Span::Never) => When::NeverReleased,
        };
        let lived = if tab == Tab::ShortLived { Some(options.short) } else { self.which.lived };
        Which { when, lived, ..self.which.clone() }
    }
}

impl Question {
    /// Whether what is asked for changes with the end of what has been read. `is_at_end`: so does the moment looked at.
    pub fn drifts(&self, tab: Tab, options: &Options, moment: &Moment, is_at_end: bool) -> bool {
        let live_ns = moment.live_ns.saturating_add(u64::from(is_at_end));
        let later = Moment { duration_ns: moment.duration_ns.saturating_add(1), live_ns, ..moment.clone() };
        (tab == Tab::Source && is_at_end) || self.which(tab, options, &later) != self.which(tab, options, moment)
    }
}

/// What the view groups by, for its words.
pub fn group_of(tab: Tab, options: &Options) -> GroupBy {
    let direction = if options.is_reversed { Direction::BottomUp } else { Direction::TopDown };
    match tab {
        Tab::Flame | Tab::Calls => match options.stacks {
            Stacks::Birth => GroupBy::Calls(Side::Birth, direction),
            Stacks::Release => GroupBy::Calls(Side::Release, direction),
            Stacks::Owners => GroupBy::Owners,
        },
        Tab::Sites | Tab::Leaks | Tab::Growth | Tab::ShortLived | Tab::Reallocs => GroupBy::Site(Side::Birth),
        Tab::Types => match options.types_by {
            TypesBy::Holder => GroupBy::Holder,
            TypesBy::Owner => GroupBy::Owner,
        },
        Tab::Scopes => match options.scopes_by {
            ScopesBy::Born | ScopesBy::Outlived => GroupBy::Scope(Side::Birth),
            ScopesBy::Released => GroupBy::Scope(Side::Release),
        },
        Tab::Threads => match options.threads_by {
            ThreadsBy::Each | ThreadsBy::Pairs => GroupBy::Threads,
            ThreadsBy::Crossing => GroupBy::Site(Side::Birth),
        },
        Tab::Sizes => GroupBy::SizeClass,
        Tab::Operations | Tab::Addresses | Tab::Advice | Tab::Source => GroupBy::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn when(tab: Tab, span: Span, range_ns: Option<Range<u64>>) -> When {
        let moment = Moment { range_ns, live_ns: 7, duration_ns: 99 };
        Question { span, ..Question::default() }.which(tab, &Options::default(), &moment).when
    }

    #[test]
    fn the_end_of_what_has_been_read_is_in_some_questions() {
        let moment = Moment { range_ns: None, live_ns: 7, duration_ns: 99 };
        let drifts = |tab, is_at_end| Question::default().drifts(tab, &Options::default(), &moment, is_at_end);
        assert!(drifts(Tab::Growth, false) && drifts(Tab::Addresses, true) && drifts(Tab::Source, true));
        assert!(!drifts(Tab::Sites, true) && !drifts(Tab::Addresses, false) && !drifts(Tab::Source, false));
    }

    #[test]
    fn a_question_is_about_the_brushed_range_or_all_of_it() {
        assert_eq!(when(Tab::Sites, Span::Born, None), When::Ever);
        assert_eq!(when(Tab::Sites, Span::Born, Some(2..5)), When::BornIn(2..5));
        assert_eq!(when(Tab::Sites, Span::Released, None), When::ReleasedIn(0..100));
        assert_eq!(when(Tab::Sites, Span::AtPlayhead, Some(2..5)), When::LiveAt(7));
        assert_eq!(when(Tab::Addresses, Span::Released, Some(2..5)), When::LiveAt(7));
        assert_eq!(when(Tab::Leaks, Span::Released, Some(2..5)), When::BornIn(2..5));
    }
}
