//! Where the lanes of a timeline are: arithmetic only.

use crate::axis::TimeView;
use crate::model::scene::{Blocks, Scene};
use egui::{Rect, pos2};
use std::ops::RangeInclusive;

/// Room at the left for names and scales.
pub(crate) const GUTTER: f32 = 96.0;
/// Room at the right, so that what ends last is not at the very edge.
const RIGHT_MARGIN: f32 = 8.0;
const RULER_HEIGHT: f32 = 20.0;
const MARKS_HEIGHT: f32 = 20.0;
const OPERATIONS_HEIGHT: RangeInclusive<f32> = 40.0..=72.0;
const PAUSES_HEIGHT: f32 = 20.0;
const SCOPE_ROW: RangeInclusive<f32> = 5.0..=18.0;
const SCOPE_GAP: f32 = 4.0;
const BLOCK_ROW: RangeInclusive<f32> = 5.0..=22.0;
/// Room above the blocks for their caption.
pub(crate) const CAPTION: f32 = 18.0;
const LANE_GAP: f32 = 4.0;

/// Where the lanes are, from top to bottom; an absent lane has no height.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Layout {
    /// All of it.
    pub whole: Rect,
    /// Left to right of the time axis.
    pub x: RangeInclusive<f32>,
    pub ruler: Rect,
    pub marks: Rect,
    pub live: Rect,
    pub operations: Rect,
    /// Blocks released in one operation; only in a comparison.
    pub frees: Rect,
    pub pauses: Rect,
    pub scopes: Rect,
    /// Height of one scope band.
    pub scope_row: f32,
    pub blocks: Rect,
}

/// What the recording has, and so what lanes there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Contents {
    pub marks: bool,
    pub operations: bool,
    pub pauses: bool,
    /// Threads with scopes, and the sum of their levels.
    pub scope_lanes: usize,
    pub scope_levels: usize,
}

impl Contents {
    pub(crate) fn of(scene: Option<&Scene>) -> Self {
        scene.map_or_else(Self::default, |scene| Self {
            marks: scene.has_marks,
            operations: scene.has_operations(),
            pauses: scene.has_pauses,
            scope_lanes: scene.scopes.len(),
            scope_levels: scene.scopes.iter().map(|lane| lane.levels as usize).sum(),
        })
    }
}

impl Layout {
    /// Puts the lanes of a recording with `contents` into `whole`.
    pub(crate) fn new(whole: Rect, contents: Contents) -> Self {
        let right = (whole.right() - RIGHT_MARGIN).max(whole.left() + GUTTER + 1.0);
        let x = whole.left() + GUTTER..=right;
        let mut top = whole.top();
        let mut lane = |height: f32| {
            let rect = Rect::from_min_max(pos2(*x.start(), top), pos2(right, top + height));
            top += height + if height > 0.0 { LANE_GAP } else { 0.0 };
            rect
        };
        let given = |is_there: bool, height: f32| if is_there { height } else { 0.0 };
        let operations_height = (0.14 * whole.height()).clamp(*OPERATIONS_HEIGHT.start(), *OPERATIONS_HEIGHT.end());
        let fixed = RULER_HEIGHT
            + given(contents.marks, MARKS_HEIGHT)
            + given(contents.operations, operations_height)
            + given(contents.pauses, PAUSES_HEIGHT)
            + 5.0 * LANE_GAP;
        // What is left is shared: the scopes what they need, live bytes a third, blocks the most.
        let rest = (whole.height() - fixed).max(100.0);
        let gaps = contents.scope_lanes as f32 * SCOPE_GAP;
        let levels = contents.scope_levels as f32;
        let scope_row = ((0.32 * rest - gaps) / levels.max(1.0)).clamp(*SCOPE_ROW.start(), *SCOPE_ROW.end());
        let scopes_height = given(levels > 0.0, (levels * scope_row + gaps).min(0.34 * rest));
        let live_height = (0.32 * rest).clamp(40.0, 180.0);
        let ruler = lane(RULER_HEIGHT);
        let marks = lane(given(contents.marks, MARKS_HEIGHT));
        let live = lane(live_height);
        let operations = lane(given(contents.operations, operations_height));
        let pauses = lane(given(contents.pauses, PAUSES_HEIGHT));
        let scopes = lane(scopes_height);
        let blocks = Rect::from_min_max(pos2(*x.start(), top), pos2(right, whole.bottom().max(top + 32.0)));
        let frees = Rect::from_min_size(operations.left_bottom(), egui::vec2(operations.width(), 0.0));
        Self { whole, x, ruler, marks, live, operations, frees, pauses, scopes, scope_row, blocks }
    }

    /// A row of a comparison: live bytes, operations, frees and pauses, by their shares of the height.
    pub(crate) fn row(whole: Rect, shares: &[f32]) -> Self {
        let right = (whole.right() - RIGHT_MARGIN).max(whole.left() + GUTTER + 1.0);
        let x = whole.left() + GUTTER..=right;
        let mut top = whole.top();
        let mut lane = |index: usize| {
            let height = shares.get(index).copied().unwrap_or(0.0) * whole.height();
            let bottom = top + (height - 3.0).max(0.0);
            let rect = Rect::from_min_max(pos2(*x.start(), top), pos2(right, bottom));
            top += height;
            rect
        };
        let (live, operations, frees, pauses) = (lane(0), lane(1), lane(2), lane(3));
        let none = Rect::from_min_max(pos2(*x.start(), whole.bottom()), pos2(right, whole.bottom()));
        let ruler = Rect::from_min_size(pos2(*x.start(), whole.top()), egui::vec2(right - x.start(), RULER_HEIGHT));
        Self {
            whole,
            x,
            ruler,
            marks: none,
            live,
            operations,
            frees,
            pauses,
            scopes: none,
            scope_row: 0.0,
            blocks: none,
        }
    }

    /// Height left for the blocks' bars, in whole points, for the scene's request.
    pub(crate) fn bars_height(&self) -> f32 {
        (self.blocks.height() - CAPTION).max(8.0)
    }

    /// Height of one row of blocks.
    pub(crate) fn block_row(&self, rows: u32) -> f32 {
        (self.bars_height() / rows.max(1) as f32).clamp(*BLOCK_ROW.start(), *BLOCK_ROW.end())
    }

    /// The rows of all scope lanes: lane by lane the top of its first band.
    pub(crate) fn scope_tops(&self, scene: &Scene) -> Vec<f32> {
        let mut top = self.scopes.top();
        scene
            .scopes
            .iter()
            .map(|lane| {
                let this = top;
                top += lane.levels as f32 * self.scope_row + SCOPE_GAP;
                this
            })
            .collect()
    }

    /// Where block `row`'s bar is, from `from_x` to `to_x`.
    pub(crate) fn bar(&self, blocks: &Blocks, row: u32, from_x: f32, to_x: f32) -> Rect {
        let rows = if let Blocks::Bars { rows, .. } = blocks { *rows } else { 1 };
        let height = self.block_row(rows);
        let top = self.blocks.top() + CAPTION + row as f32 * height;
        let gap = if height >= 8.0 { 2.0 } else { 1.0 };
        Rect::from_min_max(pos2(from_x, top), pos2(to_x, top + height - gap))
    }

    /// Where a time is.
    pub(crate) fn x_of(&self, view: TimeView, time_ns: u64) -> f32 {
        view.x_from_time_clamped(self.x.clone(), crate::axis::time(time_ns), 64.0)
    }

    /// How wide the axis is.
    pub(crate) fn width(&self) -> f32 {
        self.x.end() - self.x.start()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::vec2;

    #[test]
    fn lanes_do_not_overlap_and_stay_inside_at_any_size() {
        for (width, height) in [(600.0, 300.0), (1000.0, 640.0), (3000.0, 1800.0)] {
            for scope_levels in [0, 3, 400] {
                let contents = Contents {
                    marks: true,
                    operations: true,
                    pauses: true,
                    scope_lanes: scope_levels / 3,
                    scope_levels,
                };
                let whole = Rect::from_min_size(pos2(10.0, 20.0), vec2(width, height));
                let layout = Layout::new(whole, contents);
                let lanes = [
                    layout.ruler,
                    layout.marks,
                    layout.live,
                    layout.operations,
                    layout.pauses,
                    layout.scopes,
                    layout.blocks,
                ];
                for pair in lanes.windows(2) {
                    assert!(pair[0].bottom() <= pair[1].top(), "{width}x{height}, {scope_levels} levels: {pair:?}");
                }
                assert!(layout.blocks.bottom() <= whole.bottom() + 40.0, "{width}x{height}: {:?}", layout.blocks);
                assert!(layout.blocks.right() <= whole.right());
            }
        }
    }
}
