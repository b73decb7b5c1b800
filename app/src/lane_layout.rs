//! Where the bars of the lanes go: rows without overlap, bars too small to see put together, bands nested by depth.

use crate::axis::TimeView;
use std::{cmp::Reverse, collections::BinaryHeap, ops::Range};

/// Something with a beginning and perhaps an end: a block from birth to release, a scope from enter to exit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bar {
    /// Whose bar it is; also decides which of two bars that begin together comes first.
    pub id: u32,
    /// When it begins.
    pub start_ns: u64,
    /// When it ends; nothing for a block that was never released or a scope still open.
    pub end_ns: Option<u64>,
}

impl Bar {
    /// The first time after the bar. A bar without length still takes up one nanosecond, or it could not be told from
    /// another at the same time.
    fn after_ns(self) -> u64 {
        self.end_ns.unwrap_or(u64::MAX).max(self.start_ns.saturating_add(1))
    }
}

/// The rows that [`pack`] chose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// The row of each bar, in the order the bars were given.
    pub row_of: Vec<u32>,
    /// How many rows there are: the most bars that were alive at once.
    pub count: u32,
}

/// Puts each bar in the topmost row that is free, in the order the bars begin. The order they are given in does not
/// matter. Bars in one row are at least `gap_ns` apart.
pub fn pack(bars: &[Bar], gap_ns: u64) -> Rows {
    let mut row_of = vec![0; bars.len()];
    let mut count = 0;
    let mut free: BinaryHeap<Reverse<u32>> = BinaryHeap::new();
    let mut taken: BinaryHeap<Reverse<(u64, u32)>> = BinaryHeap::new();
    for at in in_order(bars) {
        let bar = bars[at];
        while let Some(Reverse((until_ns, row))) = taken.peek().copied() {
            if until_ns > bar.start_ns {
                break;
            }
            taken.pop();
            free.push(Reverse(row));
        }
        let row = free.pop().map_or_else(
            || {
                count += 1;
                count - 1
            },
            |Reverse(row)| row,
        );
        row_of[at] = row;
        // A bar without an end keeps its row for good: its time is never reached, except by a bar at the end of time.
        taken.push(Reverse((bar.after_ns().saturating_add(gap_ns), row)));
    }
    Rows { row_of, count }
}

/// What a [`Piece`] stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// One bar: its index in the slice.
    One(usize),
    /// Several bars of one row within one pixel: how many, and the index of the first.
    Many {
        /// The index in the slice of the one that begins first.
        first: usize,
        /// How many there are, at least two.
        count: u32,
    },
}

/// Something to draw in a row, in pixels from the view's left edge, cut to the view.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Piece {
    /// The row.
    pub row: u32,
    /// Left edge.
    pub from_px: f32,
    /// Right edge; at least a pixel to the right of the left one.
    pub to_px: f32,
    /// What it stands for.
    pub holds: Holds,
}

/// What to draw of `bars` in the rows `shown` of a view `width_px` pixels wide.
///
/// Bars out of view are left out. A bar narrower than a pixel becomes a whole pixel; several in the same pixel of the
/// same row become one piece, so there are never more than `width_px` pieces in a row.
pub fn pieces(bars: &[Bar], row_of: &[u32], shown: Range<u32>, view: TimeView, width_px: f32) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    // The last piece of each shown row.
    let mut last: Vec<Option<usize>> = vec![None; shown.len()];
    for at in in_order(bars) {
        let Some(&row) = row_of.get(at).filter(|row| shown.contains(row)) else { continue };
        let Some((from_px, to_px)) = extent(bars[at], view, width_px) else { continue };
        let last = &mut last[(row - shown.start) as usize];
        let is_small = to_px - from_px < 1.0;
        let (from_px, to_px) = if is_small { (from_px.floor(), from_px.floor() + 1.0) } else { (from_px, to_px) };
        if let Some(piece) = last.and_then(|index| pieces.get_mut(index))
            && is_small
            && from_px < piece.to_px
            && piece.to_px - piece.from_px <= 1.0
        {
            piece.holds = match piece.holds {
                Holds::One(first) => Holds::Many { first, count: 2 },
                Holds::Many { first, count } => Holds::Many { first, count: count.saturating_add(1) },
            };
            continue;
        }
        *last = Some(pieces.len());
        pieces.push(Piece { row, from_px, to_px, holds: Holds::One(at) });
    }
    pieces
}

/// What happened within one column of the view.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Column {
    /// Bars that begin here.
    pub begun: u32,
    /// Bars that end here.
    pub ended: u32,
    /// Bars that were there at some time of this column.
    pub present: u32,
}

/// How many bars there are in each of `columns` equal parts of the view: for drawing more bars than there are rows.
pub fn density(bars: &[Bar], view: TimeView, columns: usize) -> Vec<Column> {
    let mut result = vec![Column::default(); columns];
    if columns == 0 {
        return result;
    }
    let column_of = |time_ns: u64| {
        let past_ns = i128::from(time_ns) - i128::from(view.start_ns());
        (past_ns * columns as i128).div_euclid(i128::from(view.span_ns()))
    };
    let inside = |column: i128| (0..columns as i128).contains(&column).then_some(column as usize);
    let mut change = vec![0_i64; columns + 1];
    for bar in bars {
        let first = column_of(bar.start_ns);
        let last = bar.end_ns.map_or(i128::MAX, |end_ns| column_of(end_ns.max(bar.start_ns)));
        if last < 0 || first >= columns as i128 {
            continue;
        }
        if let Some(column) = inside(first) {
            result[column].begun += 1;
        }
        if let Some(column) = inside(last) {
            result[column].ended += 1;
        }
        change[first.max(0) as usize] += 1;
        change[last.min(columns as i128 - 1) as usize + 1] -= 1;
    }
    let mut present = 0;
    for (column, change) in result.iter_mut().zip(change) {
        present += change;
        column.present = u32::try_from(present).unwrap_or(u32::MAX);
    }
    result
}

/// How deep each scope of one thread is inside others: 0 for the outermost, in the order the scopes were given.
///
/// Scopes that end in the wrong order (a guard moved out of its block) get a depth of their own, so that no two at the
/// same depth overlap.
pub fn nest(scopes: &[Bar]) -> Vec<u32> {
    let mut order: Vec<usize> = (0..scopes.len()).collect();
    order.sort_by_key(|&at| (scopes[at].start_ns, Reverse(scopes[at].after_ns()), scopes[at].id, at));
    let mut depths = vec![0; scopes.len()];
    let mut open: Vec<u64> = Vec::new();
    for at in order {
        while open.last().is_some_and(|after_ns| *after_ns <= scopes[at].start_ns) {
            open.pop();
        }
        depths[at] = open.len() as u32;
        open.push(scopes[at].after_ns());
    }
    depths
}

/// The indices of `bars` in the order they begin.
fn in_order(bars: &[Bar]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..bars.len()).collect();
    let key = |at: &usize| (bars[*at].start_ns, bars[*at].id, *at);
    // Recordings come sorted, and this is called for every frame.
    if !order.is_sorted_by_key(key) {
        order.sort_unstable_by_key(key);
    }
    order
}

/// The part of `bar` in view, in pixels, or nothing.
fn extent(bar: Bar, view: TimeView, width_px: f32) -> Option<(f32, f32)> {
    let start_ns = crate::axis::time(bar.start_ns);
    let end_ns = bar.end_ns.map_or(i64::MAX, crate::axis::time).max(start_ns);
    if start_ns >= view.end_ns() || end_ns < view.start_ns() || width_px.is_nan() || width_px < 1.0 {
        return None;
    }
    let from_px = view.x_from_time(0.0..=width_px, start_ns).clamp(0.0, width_px - 1.0);
    Some((from_px, view.x_from_time(0.0..=width_px, end_ns).clamp(from_px, width_px)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(id: u32, start_ns: u64, end_ns: u64) -> Bar {
        Bar { id, start_ns, end_ns: Some(end_ns) }
    }

    fn open(id: u32, start_ns: u64) -> Bar {
        Bar { id, start_ns, end_ns: None }
    }

    /// Bars with all kinds of overlaps, the same in every run.
    fn tangle(count: u32) -> Vec<Bar> {
        let mut state = 0x2545_F491_u32;
        let mut next = |below: u32| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            u64::from(state % below)
        };
        (0..count)
            .map(|id| {
                let start_ns = next(1_000);
                let end_ns = (next(20) > 0).then(|| start_ns + next(80));
                Bar { id, start_ns, end_ns }
            })
            .collect()
    }

    fn overlap(a: Bar, b: Bar) -> bool {
        a.start_ns < b.after_ns() && b.start_ns < a.after_ns()
    }

    #[test]
    fn a_row_is_used_again_once_it_is_free_topmost_first() {
        let bars = [bar(1, 0, 10), bar(2, 2, 4), bar(3, 4, 6), open(4, 5), bar(5, 10, 12), bar(6, 11, 12)];
        let rows = pack(&bars, 0);
        assert_eq!((rows.row_of, rows.count), (vec![0, 1, 1, 2, 0, 1], 3));
        assert_eq!(pack(&bars[..3], 1).row_of, [0, 1, 2], "a gap keeps neighbours apart");
    }

    #[test]
    fn rows_do_not_depend_on_the_order_given_and_never_hold_two_at_once() {
        let bars = tangle(300);
        let rows = pack(&bars, 0);
        for (at, a) in bars.iter().enumerate() {
            for (other, b) in bars.iter().enumerate().take(at) {
                assert!(rows.row_of[at] != rows.row_of[other] || !overlap(*a, *b), "{a:?} and {b:?}");
            }
        }
        let most =
            bars.iter().map(|a| bars.iter().filter(|b| b.start_ns <= a.start_ns && overlap(*a, **b)).count()).max();
        assert_eq!(Some(rows.count as usize), most, "no more rows than bars alive at once");
        let reversed: Vec<Bar> = bars.iter().rev().copied().collect();
        let mut again = pack(&reversed, 0).row_of;
        again.reverse();
        assert_eq!(again, rows.row_of);
    }

    #[test]
    fn bars_are_cut_to_the_view_and_left_out_beyond_it() {
        let bars = [bar(1, 0, 50), bar(2, 60, 250), bar(3, 120, 140), open(4, 190), bar(5, 200, 300)];
        let view = TimeView::new(100, 200);
        let drawn = pieces(&bars, &[0, 0, 1, 2, 1], 0..3, view, 100.0);
        let edges: Vec<_> = drawn.iter().map(|piece| (piece.holds, piece.from_px, piece.to_px)).collect();
        let expected = [(Holds::One(1), 0.0, 100.0), (Holds::One(2), 20.0, 40.0), (Holds::One(3), 90.0, 100.0)];
        assert_eq!(edges, expected);
        assert_eq!(pieces(&bars, &[0, 0, 1, 2, 1], 1..2, view, 100.0).len(), 1, "only the rows shown");
    }

    #[test]
    fn bars_too_small_to_see_are_put_together_and_none_is_forgotten() {
        let bars: Vec<Bar> = (0..10_000).map(|id| bar(id, u64::from(id) * 10, u64::from(id) * 10 + 9)).collect();
        let rows = pack(&bars, 0);
        assert_eq!(rows.count, 1);
        let drawn = pieces(&bars, &rows.row_of, 0..1, TimeView::new(0, 100_000), 500.0);
        assert_eq!(drawn.len(), 500);
        let held: u32 =
            drawn.iter().map(|piece| if let Holds::Many { count, .. } = piece.holds { count } else { 1 }).sum();
        assert_eq!(held, 10_000);
        assert_eq!((drawn[7].from_px, drawn[7].to_px), (7.0, 8.0));
        assert_eq!(drawn[7].holds, Holds::Many { first: 140, count: 20 });
    }

    #[test]
    fn density_counts_what_begins_ends_and_is_there() {
        let bars = [bar(1, 0, 15), bar(2, 12, 18), open(3, 25), bar(4, 90, 95)];
        let columns = density(&bars, TimeView::new(10, 40), 3);
        let column = |begun, ended, present| Column { begun, ended, present };
        assert_eq!(columns, [column(1, 2, 2), column(1, 0, 1), column(0, 0, 1)]);
        assert!(density(&bars, TimeView::new(0, 10), 0).is_empty());
    }

    #[test]
    fn scopes_nest_and_those_ended_in_the_wrong_order_do_not_overlap() {
        let nested = [bar(1, 0, 100), bar(2, 0, 40), bar(3, 10, 20), bar(4, 40, 90), open(5, 95), bar(6, 200, 300)];
        assert_eq!(nest(&nested), [0, 1, 2, 1, 1, 2]);
        let crossed = [bar(1, 0, 10), bar(2, 5, 15), bar(3, 11, 14)];
        assert_eq!(nest(&crossed), [0, 1, 2]);
        let bars = tangle(200);
        let depths = nest(&bars);
        for (at, a) in bars.iter().enumerate() {
            for (other, b) in bars.iter().enumerate().take(at) {
                assert!(depths[at] != depths[other] || !overlap(*a, *b), "{a:?} and {b:?}");
            }
        }
    }

    #[test]
    fn the_end_of_time_and_no_width_are_survived() {
        let bars = [bar(1, u64::MAX, u64::MAX), open(2, u64::MAX), bar(3, 9, 3)];
        assert_eq!(pack(&bars, u64::MAX).row_of.len(), 3);
        assert_eq!(nest(&bars).len(), 3);
        assert_eq!(density(&bars, TimeView::new(i64::MIN, i64::MAX), 4)[2].begun, 1);
        assert!(pieces(&bars, &[0, 1, 2], 0..3, TimeView::new(0, 10), 0.0).is_empty());
        assert!(pieces(&bars, &[], 0..3, TimeView::new(0, 10), 10.0).is_empty());
    }
}
