//! Where everything of a picture of stack and heap is: the stack's frames at the left, the heap's blocks at the right.

use crate::model::lesson::{ArrowKind, End, Moment};
use egui::{Pos2, Rect, Vec2, pos2, vec2};

/// Height of a frame's head, of a slot, of a block.
pub(crate) const HEAD_HEIGHT: f32 = 22.0;
pub(crate) const SLOT_HEIGHT: f32 = 20.0;
pub(crate) const BLOCK_HEIGHT: f32 = 22.0;
/// Height of the two titles.
pub(crate) const TITLE_HEIGHT: f32 = 20.0;
const MARGIN: f32 = 8.0;
const FRAME_GAP: f32 = 8.0;
const BLOCK_GAP: f32 = 4.0;
/// How far a block is moved to the right of the one that it lies in.
const INDENT: f32 = 18.0;
const DEEPEST: usize = 4;
/// Room between stack and heap, for arrows.
const GAP: f32 = 72.0;
const NARROWEST_STACK: f32 = 132.0;
const WIDEST_STACK: f32 = 300.0;
const NARROWEST_BLOCK: f32 = 90.0;
const WIDEST_HEAP: f32 = 420.0;
/// Arrows between slots keep so far from each other.
const LANE: f32 = 7.0;
const LANES: usize = 6;

/// An arrow's line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Line {
    /// A cubic curve through these four points.
    Curve([Pos2; 4]),
    /// Down and then to the right, from a block to what lies in it.
    Elbow([Pos2; 3]),
}

impl Line {
    /// Where it ends.
    pub(crate) fn tip(&self) -> Pos2 {
        match self {
            Line::Curve(points) => points[3],
            Line::Elbow(points) => points[2],
        }
    }
}

/// Where everything is, from the picture's upper left corner.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct PictureLayout {
    /// What it takes.
    pub size: Vec2,
    /// From where on the heap is.
    pub heap_left: f32,
    /// The frames.
    pub frames: Vec<Rect>,
    /// The slots of each frame.
    pub slots: Vec<Vec<Rect>>,
    /// The blocks.
    pub blocks: Vec<Rect>,
    /// The arrows, in the moment's order; none for one whose end is not shown.
    pub arrows: Vec<Option<Line>>,
}

impl PictureLayout {
    /// Lays `moment` out in `width` points.
    pub(crate) fn new(moment: &Moment, width: f32) -> Self {
        let width = width.max(2.0 * MARGIN + NARROWEST_STACK + GAP + NARROWEST_BLOCK);
        let stack_width = ((width - GAP - 2.0 * MARGIN) * 0.48).clamp(NARROWEST_STACK, WIDEST_STACK);
        let heap_left = MARGIN + stack_width + GAP;
        let heap_width = (width - heap_left - MARGIN).min(WIDEST_HEAP);
        let mut layout = Self { heap_left, ..Self::default() };
        let mut y = TITLE_HEIGHT + 4.0;
        for frame in &moment.frames {
            let height = HEAD_HEIGHT + frame.slots.len() as f32 * SLOT_HEIGHT + 4.0;
            layout.frames.push(Rect::from_min_size(pos2(MARGIN, y), vec2(stack_width, height)));
            let slot = |index: usize| {
                let top = y + HEAD_HEIGHT + index as f32 * SLOT_HEIGHT;
                Rect::from_min_size(pos2(MARGIN, top), vec2(stack_width, SLOT_HEIGHT))
            };
            layout.slots.push((0..frame.slots.len()).map(slot).collect());
            y += height + FRAME_GAP;
        }
        let mut bottom = TITLE_HEIGHT + 4.0;
        for block in &moment.blocks {
            let indent = (block.depth.min(DEEPEST) as f32 * INDENT).min(heap_width - NARROWEST_BLOCK).max(0.0);
            let at = pos2(heap_left + indent, bottom);
            layout.blocks.push(Rect::from_min_size(at, vec2(heap_width - indent, BLOCK_HEIGHT)));
            bottom += BLOCK_HEIGHT + BLOCK_GAP;
        }
        layout.size = vec2(width, y.max(bottom) + MARGIN - FRAME_GAP.min(BLOCK_GAP));
        layout.arrows = layout.lines(moment);
        layout
    }

    fn lines(&self, moment: &Moment) -> Vec<Option<Line>> {
        let mut lane = 0;
        let line = |arrow: &crate::model::lesson::Arrow| {
            let (from, to) = (self.rect(arrow.from)?, self.rect(arrow.to)?);
            Some(match (arrow.from, arrow.to) {
                (End::Slot(..), End::Block(_)) => {
                    let (a, b) = (from.right_center() - vec2(10.0, 0.0), to.left_center());
                    let reach = ((b.x - a.x) * 0.5).max(12.0);
                    Line::Curve([a, a + vec2(reach, 0.0), b - vec2(reach, 0.0), b])
                }
                (End::Block(_), End::Block(_)) => {
                    let start = pos2(from.left() + INDENT / 2.0, from.bottom());
                    // A block so deep that it is not moved any more is reached from its upper edge.
                    let end = pos2(to.left().max(start.x), to.center().y);
                    Line::Elbow([start, pos2(start.x, end.y), end])
                }
                (_, End::Slot(..)) => {
                    lane = (lane + 1) % LANES;
                    let reach = 14.0 + lane as f32 * LANE;
                    let shift = if arrow.kind == ArrowKind::Copied { -4.0 } else { 4.0 };
                    let (a, b) = (from.right_center() + vec2(0.0, shift), to.right_center() - vec2(0.0, shift));
                    Line::Curve([a, a + vec2(reach, 0.0), b + vec2(reach, 0.0), b])
                }
            })
        };
        moment.arrows.iter().map(line).collect()
    }

    fn rect(&self, end: End) -> Option<Rect> {
        match end {
            End::Slot(frame, slot) => self.slots.get(frame)?.get(slot).copied(),
            End::Block(block) => self.blocks.get(block).copied(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::lesson::{Arrow, BlockBox, BlockState, FrameBox, Known, Slot};
    use dropscope_engine::BlockId;

    fn frame(slots: usize) -> FrameBox {
        let slot = |index| Slot {
            label: format!("a_rather_long_name_{index}"),
            moved: None,
            is_nameless: false,
            is_dangling: false,
        };
        FrameBox {
            name: "a_function_with_a_name_that_does_not_fit".into(),
            line: Some(7),
            thread: None,
            is_current: false,
            slots: (0..slots).map(slot).collect(),
        }
    }

    fn block(number: u32, depth: usize) -> BlockBox {
        BlockBox {
            id: BlockId(number),
            count: 1,
            size_bytes: 10,
            kind: Some("HashMap<VeryLongTypeName, AnotherOne>".into()),
            owner: None,
            state: BlockState::Held,
            is_touched: false,
            depth,
        }
    }

    fn invented() -> Moment {
        let frames = vec![frame(3), frame(0), frame(12), frame(1)];
        let blocks = (0..20).map(|number| block(number, number as usize % 7)).collect();
        let arrow = |from, to| Arrow { from, to, kind: ArrowKind::Owns, known: Known::Read };
        let mut arrows: Vec<Arrow> = (0..12).map(|slot| arrow(End::Slot(2, slot), End::Block(19 - slot))).collect();
        arrows.extend((1..7).map(|block| arrow(End::Block(block - 1), End::Block(block))));
        arrows.push(arrow(End::Slot(0, 1), End::Slot(2, 0)));
        arrows.push(arrow(End::Slot(9, 9), End::Block(0)));
        Moment { frames, blocks, arrows, hidden_released: 0 }
    }

    #[test]
    fn nothing_overlaps_and_all_is_inside() {
        for width in [0.0, 300.0, 420.0, 520.0, 900.0, 2400.0] {
            let layout = PictureLayout::new(&invented(), width);
            let whole = Rect::from_min_size(Pos2::ZERO, layout.size);
            let boxes: Vec<Rect> = layout.frames.iter().chain(&layout.blocks).copied().collect();
            assert_eq!(boxes.len(), 24);
            for (index, one) in boxes.iter().enumerate() {
                assert!(whole.contains_rect(*one), "{one:?} of {whole:?} at {width}");
                assert!(one.is_positive());
                assert!(
                    boxes[index + 1..].iter().all(|other| !one.shrink(0.1).intersects(*other)),
                    "{index} at {width}"
                );
            }
            for (frame, slots) in layout.frames.iter().zip(&layout.slots) {
                assert!(slots.iter().all(|slot| frame.contains_rect(*slot)));
            }
            assert!(layout.frames.iter().all(|frame| frame.right() < layout.heap_left));
        }
    }

    #[test]
    fn arrows_end_at_what_they_point_to_and_an_end_that_is_not_there_has_none() {
        let moment = invented();
        let layout = PictureLayout::new(&moment, 520.0);
        for (arrow, line) in moment.arrows.iter().zip(&layout.arrows) {
            match (arrow.to, line) {
                (_, None) => assert_eq!(arrow.from, End::Slot(9, 9)),
                (End::Block(block), Some(line)) => {
                    assert!(layout.blocks[block].expand(0.5).contains(line.tip()), "{arrow:?}");
                }
                (End::Slot(frame, slot), Some(line)) => {
                    assert!(layout.slots[frame][slot].expand(5.0).contains(line.tip()), "{arrow:?}");
                }
            }
        }
    }

    #[test]
    fn an_empty_picture_has_room_for_its_titles() {
        let layout = PictureLayout::new(&Moment::default(), 500.0);
        assert!(layout.size.y >= TITLE_HEIGHT && layout.blocks.is_empty());
    }
}
