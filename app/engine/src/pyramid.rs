//! The least and the most live bytes of ever longer runs of events, so that a picture costs its width and not the
//! recording's length.
//!
//! The steps themselves are not kept: a leaf knows where its 256 events begin in the columns, and they are gone through
//! again when a picture needs them. That costs 0.2 bytes an event instead of 12.

use crate::blocks::Blocks;
use crate::live::Peak;
use crate::segments::Segments;

mod cursor;
mod walk;

use cursor::StepCursor;
pub(crate) use walk::Walk;

/// Events of a leaf.
const LEAF_EVENTS: u32 = 256;
const LEAVES_OF_PIECE: usize = 512;
/// Nodes of one level that one node of the next stands for.
const FAN_OUT: usize = 16;

#[derive(Clone, Copy, Debug)]
struct Leaf {
    /// When its first event is.
    start_ns: u64,
    /// Live bytes before it.
    before: u64,
    /// The first birth and the first release behind its beginning; the first realloc is told by these and the leaf's
    /// own number.
    birth: u32,
    death: u32,
    /// Fewest and most live bytes after its events, once there is another leaf behind it.
    span: Span,
}

/// Fewest and most bytes of some moments.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Span {
    pub(crate) min: u64,
    pub(crate) max: u64,
}

impl Span {
    /// Of no moment: joined to any other it is that.
    const NONE: Span = Span { min: u64::MAX, max: 0 };

    pub(crate) fn of(value: u64) -> Span {
        Span { min: value, max: value }
    }

    #[inline]
    pub(crate) fn join(self, other: Span) -> Span {
        Span { min: self.min.min(other.min), max: self.max.max(other.max) }
    }
}

/// What changes live bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Move {
    Birth,
    Change,
    Death,
}

/// The last step given to [`Pyramid::take`].
#[derive(Clone, Copy)]
struct Last {
    at_ns: u64,
    /// Whether it is the only one of its moment so far.
    is_alone: bool,
    what: Move,
    by: i64,
}

/// See the module's page.
pub(crate) struct Pyramid {
    last: Last,
    leaves: Segments<Leaf, LEAVES_OF_PIECE>,
    /// `levels[0]` has a node for 16 full leaves, the next for 16 of these, and so on.
    levels: Vec<Vec<Span>>,
    /// Where the building stands; told by the columns as long as the last step is the only one of its moment, up to the next
    /// [`Pyramid::build`].
    cursor: StepCursor,
    live: u64,
    in_leaf: u32,
    /// Of the last leaf, whose own is not looked at before it is full.
    span: Span,
    peak: Peak,
}

impl Default for Pyramid {
    fn default() -> Self {
        Self {
            last: Last { at_ns: 0, is_alone: false, what: Move::Birth, by: 0 },
            leaves: Segments::default(),
            levels: Vec::new(),
            cursor: StepCursor::start(),
            live: 0,
            in_leaf: LEAF_EVENTS,
            span: Span::NONE,
            peak: Peak::default(),
        }
    }
}

#[inline(always)]
fn moved(live: u64, by: i64) -> u64 {
    let sum = live.wrapping_add_signed(by);
    // Nothing has come near any end where neither has the highest bit.
    if (live | sum) >> 63 > 0 { moved_far(live, by) } else { sum }
}

#[cold]
fn moved_far(live: u64, by: i64) -> u64 {
    live.saturating_add_signed(by)
}

impl Pyramid {
    /// A step by so many bytes at `now_ns`, which is in the columns already, and none to come is before it. What comes in
    /// one moment is put in order first; nearly every step has its moment for itself and is taken in without looking it up.
    #[inline(always)]
    pub(crate) fn take(&mut self, blocks: &Blocks, now_ns: u64, what: Move, by: i64) {
        let before = self.last;
        if now_ns == before.at_ns {
            return self.take_beside(blocks, what);
        }
        self.last = Last { at_ns: now_ns, is_alone: true, what, by };
        if before.is_alone {
            self.take_alone(blocks, before, Some(what));
        } else {
            self.build_until(blocks, before.at_ns.saturating_add(1));
        }
    }

    /// A step of the same moment as the last one.
    #[inline(never)]
    fn take_beside(&mut self, blocks: &Blocks, what: Move) {
        if self.last.is_alone {
            self.last.is_alone = false;
            self.cursor = StepCursor::behind_all_but(blocks, &[self.last.what, what]);
        }
    }

    /// Takes in all steps before `until_ns`. There must be none to come before it.
    pub(crate) fn build(&mut self, blocks: &Blocks, until_ns: u64) {
        let last = self.last;
        if last.is_alone && last.at_ns >= until_ns {
            self.cursor = StepCursor::behind_all_but(blocks, &[last.what]);
            return;
        }
        if last.is_alone {
            self.last.is_alone = false;
            self.take_alone(blocks, last, None);
            self.cursor = StepCursor::behind_all_but(blocks, &[]);
        }
        self.build_until(blocks, until_ns);
    }

    #[inline(never)]
    fn build_until(&mut self, blocks: &Blocks, until_ns: u64) {
        self.cursor.look(blocks);
        while self.cursor.next_ns() < until_ns {
            let now_ns = self.cursor.next_ns();
            if self.in_leaf == LEAF_EVENTS {
                self.begin_leaf(now_ns);
            }
            let Some(by) = self.cursor.step(blocks) else { return };
            self.taken(now_ns, by);
        }
    }

    /// The only step of its moment, behind which at most one other is in the columns.
    #[inline(always)]
    fn take_alone(&mut self, blocks: &Blocks, last: Last, behind: Option<Move>) {
        if self.in_leaf == LEAF_EVENTS {
            self.begin_leaf_alone(blocks, last, behind);
        }
        self.taken(last.at_ns, last.by);
    }

    #[cold]
    fn begin_leaf_alone(&mut self, blocks: &Blocks, last: Last, behind: Option<Move>) {
        self.cursor = match behind {
            Some(behind) => StepCursor::behind_all_but(blocks, &[last.what, behind]),
            None => StepCursor::behind_all_but(blocks, &[last.what]),
        };
        self.begin_leaf(last.at_ns);
    }

    #[inline(always)]
    fn taken(&mut self, now_ns: u64, by: i64) {
        self.live = moved(self.live, by);
        self.peak.see(now_ns, self.live);
        self.span = self.span.join(Span::of(self.live));
        self.in_leaf += 1;
    }

    #[cold]
    fn begin_leaf(&mut self, now_ns: u64) {
        if let Some(leaf) = self.leaves.last_mut() {
            leaf.span = self.span;
        }
        let count = self.leaves.len();
        if count > 0
            && count.is_multiple_of(FAN_OUT)
            && let Some(span) = self.span_of_leaves(count - FAN_OUT, count)
        {
            self.push_level(0, span);
        }
        self.leaves.push(Leaf {
            start_ns: now_ns,
            before: self.live,
            birth: self.cursor.birth,
            death: self.cursor.death,
            span: Span::of(self.live),
        });
        (self.in_leaf, self.span) = (0, Span::NONE);
    }

    fn push_level(&mut self, number: usize, span: Span) {
        if self.levels.len() == number {
            self.levels.push(Vec::new());
        }
        let level = &mut self.levels[number];
        level.push(span);
        let count = level.len();
        if count.is_multiple_of(FAN_OUT)
            && let Some(above) = level[count - FAN_OUT..].iter().copied().reduce(Span::join)
        {
            self.push_level(number + 1, above);
        }
    }

    /// The most bytes alive at once.
    pub(crate) fn peak(&self) -> Peak {
        self.peak
    }

    /// Live bytes after the last step taken in.
    pub(crate) fn live(&self) -> u64 {
        self.live
    }

    /// How many leaves begin before `time_ns`.
    pub(crate) fn leaves_before(&self, time_ns: u64) -> usize {
        self.leaves.partition_point(0, self.leaves.len(), |leaf| leaf.start_ns < time_ns)
    }

    /// The same, faster when it is little more than `from`, which is known to be no more.
    pub(crate) fn leaves_before_from(&self, time_ns: u64, from: usize) -> usize {
        let mut width = 1;
        let is_before = |at: usize| self.leaves.get(at).is_some_and(|leaf| leaf.start_ns < time_ns);
        while is_before(from + width) {
            width *= 2;
        }
        let (low, high) = (from + width / 2, (from + width).min(self.leaves.len()));
        self.leaves.partition_point(low.min(high), high, |leaf| leaf.start_ns < time_ns)
    }

    /// A walk over the steps from the beginning of leaf `number` on. Number 0 always works.
    pub(crate) fn walk<'a>(&'a self, blocks: &'a Blocks, number: usize) -> Walk<'a> {
        let (cursor, live) = match self.leaves.get(number) {
            Some(leaf) => {
                let before = number as u64 * u64::from(LEAF_EVENTS);
                let change = before.saturating_sub(u64::from(leaf.birth) + u64::from(leaf.death)) as u32;
                (StepCursor::at(blocks, leaf.birth, change, leaf.death), leaf.before)
            }
            None => {
                let mut cursor = self.cursor;
                cursor.look(blocks);
                (cursor, self.live)
            }
        };
        Walk { pyramid: self, blocks, cursor, live }
    }

    /// Fewest and most live bytes after the events of the leaves `from..to`.
    pub(crate) fn span(&self, from: usize, to: usize) -> Option<Span> {
        let mut all: Option<Span> = None;
        let mut join = |span: Span| all = Some(all.map_or(span, |all| all.join(span)));
        let (mut from, mut to) = (from, to.min(self.leaves.len()));
        let whole = from.next_multiple_of(FAN_OUT).min(to);
        self.span_of_leaves(from, whole).into_iter().for_each(&mut join);
        from = whole;
        let mut whole = to - (to - from) % FAN_OUT;
        // The node of the last 16 leaves is made when the next leaf begins.
        if from < whole && self.levels.first().is_none_or(|level| level.len() < whole / FAN_OUT) {
            whole -= FAN_OUT;
        }
        self.span_of_leaves(whole, to).into_iter().for_each(&mut join);
        to = whole;
        let (mut from, mut to) = (from / FAN_OUT, to / FAN_OUT);
        for (number, level) in self.levels.iter().enumerate() {
            let above = self.levels.get(number + 1).map_or(0, Vec::len) * FAN_OUT;
            while from < to && (!from.is_multiple_of(FAN_OUT) || from >= above) {
                join(level[from]);
                from += 1;
            }
            while from < to && (!to.is_multiple_of(FAN_OUT) || to > above) {
                to -= 1;
                join(level[to]);
            }
            (from, to) = (from / FAN_OUT, to / FAN_OUT);
        }
        all
    }

    /// The same, leaf by leaf.
    fn span_of_leaves(&self, from: usize, to: usize) -> Option<Span> {
        (from..to).filter_map(|number| self.leaves.get(number)).map(|leaf| leaf.span).reduce(Span::join)
    }

    /// The first of the leaves `from..to` in which there are `max` bytes.
    pub(crate) fn first_with_max(&self, from: usize, to: usize, max: u64) -> Option<usize> {
        let mut at = from;
        while at < to {
            let level = self.levels.first().filter(|_| at.is_multiple_of(FAN_OUT));
            if level.and_then(|level| level.get(at / FAN_OUT)).is_some_and(|span| span.max < max) {
                at += FAN_OUT;
                continue;
            }
            if self.leaves.get(at)?.span.max >= max {
                return Some(at);
            }
            at += 1;
        }
        None
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.leaves.memory_bytes() + self.levels.iter().map(|level| level.len() * size_of::<Span>()).sum::<usize>()
    }
}
