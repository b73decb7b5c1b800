//! Draws frames, blocks and arrows where the layout has put them.

use super::layout::{HEAD_HEIGHT, Line, PictureLayout, TITLE_HEIGHT};
use super::legend::diamond;
use crate::format;
use crate::model::lesson::{ArrowKind, BlockBox, BlockState, FrameBox, Known, Moment, Slot};
use crate::theme::{self, Theme};
use dropscope_engine::BlockId;
use egui::epaint::CubicBezierShape;
use egui::text::{LayoutJob, TextFormat, TextWrapping};
use egui::{Align2, Color32, FontId, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, Ui, Vec2, pos2, vec2};

/// Draws all of it, moved `by`.
pub(super) fn picture(
    ui: &Ui,
    theme: &Theme,
    moment: &Moment,
    layout: &PictureLayout,
    by: Vec2,
    selected: Option<BlockId>,
) {
    let painter = ui.painter();
    let font = FontId::proportional(theme::TEXT_SIZE);
    for (left, words) in [(8.0, "Stack"), (layout.heap_left, "Heap")] {
        let at = pos2(left, TITLE_HEIGHT / 2.0 + 2.0) + by;
        painter.text(at, Align2::LEFT_CENTER, words, font.clone(), theme.text_weak);
    }
    if moment.frames.is_empty() && moment.blocks.is_empty() {
        let at = pos2(8.0, TITLE_HEIGHT + 14.0) + by;
        painter.text(at, Align2::LEFT_CENTER, "Nothing has happened yet.", font, theme.text_weak);
        return;
    }
    for ((frame, rect), slots) in moment.frames.iter().zip(&layout.frames).zip(&layout.slots) {
        frame_box(painter, theme, frame, rect.translate(by));
        for (slot, at) in frame.slots.iter().zip(slots) {
            slot_row(painter, theme, slot, at.translate(by));
        }
    }
    for (block, rect) in moment.blocks.iter().zip(&layout.blocks) {
        block_box(painter, theme, block, rect.translate(by), selected == Some(block.id));
    }
    for (arrow, line) in moment.arrows.iter().zip(&layout.arrows) {
        if let Some(line) = line {
            let is_gone = matches!(arrow.to, crate::model::lesson::End::Block(block)
                if moment.blocks.get(block).is_some_and(|block| block.state == BlockState::Released));
            arrow_line(painter, theme, line, by, arrow.kind, arrow.known, is_gone);
        }
    }
    if moment.hidden_released > 0 {
        let words = format!("and {} released before", format::count(moment.hidden_released as u64));
        let bottom = layout.blocks.last().map_or(TITLE_HEIGHT, Rect::bottom);
        let at = pos2(layout.heap_left, bottom + 12.0) + by;
        painter.text(at, Align2::LEFT_CENTER, words, FontId::proportional(theme::TEXT_SIZE), theme.text_weak);
    }
}

fn frame_box(painter: &Painter, theme: &Theme, frame: &FrameBox, rect: Rect) {
    painter.rect_filled(rect, theme::CORNER, theme.panel);
    let edge = if frame.is_current { theme.selection } else { theme.border };
    painter.rect_stroke(rect, theme::CORNER, Stroke::new(1.0, edge), StrokeKind::Inside);
    let head = Rect::from_min_size(rect.min, vec2(rect.width(), HEAD_HEIGHT));
    let words = match (frame.thread, frame.line) {
        (Some(thread), Some(line)) => format!("thread {thread}, line {line}"),
        (None, Some(line)) => format!("line {line}"),
        (_, None) => String::new(),
    };
    let font = FontId::proportional(theme::TEXT_SIZE);
    let at = pos2(head.right() - 8.0, head.center().y);
    let note = painter.text(at, Align2::RIGHT_CENTER, words, font, theme.text_weak);
    let room = note.left() - head.left() - 14.0;
    let color = if frame.is_current { theme.text_strong } else { theme.text };
    text(painter, &frame.name, FontId::monospace(theme::CODE_SIZE), color, head.left_center() + vec2(8.0, 0.0), room);
    painter.hline(rect.x_range().shrink(1.0), head.bottom() - 0.5, Stroke::new(1.0, theme.border));
}

fn slot_row(painter: &Painter, theme: &Theme, slot: &Slot, rect: Rect) {
    let font = FontId::monospace(theme::CODE_SIZE);
    let color = if slot.moved.is_some() || slot.is_nameless { theme.text_weak } else { theme.text };
    let right = match (slot.is_dangling, slot.moved.is_some()) {
        (true, _) => 80.0,
        (false, true) => 62.0,
        (false, false) => 22.0,
    };
    let drawn =
        text(painter, &slot.label, font, color, rect.left_center() + vec2(16.0, 0.0), rect.width() - 16.0 - right);
    if slot.is_dangling {
        // Its arrow begins at the right.
        let at = pos2(rect.right() - 22.0, rect.center().y);
        painter.text(at, Align2::RIGHT_CENTER, "dangling", FontId::proportional(theme::TEXT_SIZE), theme.error_text);
    } else if let Some(known) = slot.moved {
        painter.hline(drawn.x_range(), drawn.center().y + 0.5, Stroke::new(1.0, theme.text_weak));
        let at = pos2(rect.right() - 8.0, rect.center().y);
        let words = FontId::proportional(theme::TEXT_SIZE);
        let note = painter.text(at, Align2::RIGHT_CENTER, "moved", words, theme.text_weak);
        if known == Known::Marked {
            diamond(painter, note.left_center() - vec2(7.0, 0.0), theme.selection_text);
        }
    }
}

fn block_box(painter: &Painter, theme: &Theme, block: &BlockBox, rect: Rect, is_selected: bool) {
    let colored = match block.state {
        BlockState::Held | BlockState::Unheld => {
            Some(block.owner.as_deref().map_or(theme.border_strong, |owner| theme.owner(owner)))
        }
        BlockState::Leaked => Some(theme.leak),
        BlockState::Released | BlockState::ReleasedAgain => None,
    };
    if block.count > 1 {
        painter.rect_filled(rect.translate(vec2(3.0, 3.0)).intersect(rect.expand(3.0)), 2, theme.border);
    }
    let is_twice = block.state == BlockState::ReleasedAgain;
    let ink = match colored {
        Some(fill) => {
            painter.rect_filled(rect, 2, fill);
            theme.ink_on(fill)
        }
        None => {
            painter.rect_filled(rect, 2, theme.canvas);
            let edge = if is_twice { Stroke::new(2.0, theme.leak) } else { Stroke::new(1.0, theme.border_strong) };
            painter.rect_stroke(rect, 2, edge, StrokeKind::Inside);
            if is_twice { theme.error_text } else { theme.text_weak }
        }
    };
    if block.is_touched || is_selected {
        let color = if is_selected { theme.selection } else { theme.text_strong };
        painter.rect_stroke(rect, 2, Stroke::new(2.0, color), StrokeKind::Outside);
    }
    let note = match block.state {
        BlockState::Leaked => "never released",
        BlockState::Unheld => "owner not known",
        BlockState::ReleasedAgain => "released twice",
        BlockState::Held | BlockState::Released => "",
    };
    let mut right = rect.right() - 8.0;
    if !note.is_empty() && rect.width() > 210.0 {
        let font = FontId::proportional(theme::TEXT_SIZE);
        let drawn = painter.text(pos2(right, rect.center().y), Align2::RIGHT_CENTER, note, font, ink);
        right = drawn.left() - 8.0;
    }
    let count = if block.count > 1 { format!("{} × ", format::count(block.count as u64)) } else { String::new() };
    let kind = block.kind.as_deref().unwrap_or_default();
    let words = format!("{count}{}  {kind}", format::bytes(block.size_bytes));
    let room = right - rect.left() - 8.0;
    let mono = FontId::monospace(theme::CODE_SIZE);
    text(painter, &words, mono, ink, rect.left_center() + vec2(8.0, 0.0), room);
    if colored.is_none() {
        for ends in [[rect.left_top(), rect.right_bottom()], [rect.left_bottom(), rect.right_top()]] {
            painter.line_segment(ends, Stroke::new(1.0, theme.border_strong));
        }
    }
}

/// A line of text that is cut where there is no more room; gives back where it is.
fn text(painter: &Painter, words: &str, font: FontId, color: Color32, at: Pos2, room: f32) -> Rect {
    let mut job = LayoutJob::default();
    job.append(words, 0.0, TextFormat::simple(font, color));
    job.wrap = TextWrapping::truncate_at_width(room.max(0.0));
    let galley = painter.layout_job(job);
    let min = pos2(at.x, at.y - galley.size().y / 2.0);
    let rect = Rect::from_min_size(min, galley.size());
    painter.galley(min, galley, color);
    rect
}

fn arrow_line(painter: &Painter, theme: &Theme, line: &Line, by: Vec2, kind: ArrowKind, known: Known, is_gone: bool) {
    let color = match (kind, known, is_gone) {
        (ArrowKind::Dangles, ..) => theme.leak,
        (_, _, true) => theme.border_strong,
        (_, Known::Recorded, _) => theme.text,
        (_, Known::Marked, _) => theme.selection_text,
        (_, Known::Read, _) => theme.text_weak,
    };
    let stroke = Stroke::new(1.5, color);
    let (points, before_tip, middle) = match line {
        Line::Curve(points) => {
            let curve = CubicBezierShape::from_points_stroke(
                points.map(|point| point + by),
                false,
                Color32::TRANSPARENT,
                stroke,
            );
            (curve.flatten(Some(0.2)), curve.sample(0.92), curve.sample(0.5))
        }
        Line::Elbow(points) => {
            let points: Vec<Pos2> = points.iter().map(|point| *point + by).collect();
            let (before, middle) = (points[1], points[1]);
            (points, before, middle)
        }
    };
    match kind {
        ArrowKind::Borrows | ArrowKind::Dangles => {
            painter.extend(Shape::dashed_line(&points, stroke, 5.0, 4.0));
        }
        ArrowKind::Copied => {
            painter.extend(Shape::dotted_line(&points, color, 4.0, 1.2));
        }
        ArrowKind::Owns | ArrowKind::Shares => {
            painter.add(Shape::line(points, stroke));
        }
    }
    let tip = line.tip() + by;
    let along = (tip - before_tip).normalized();
    let across = vec2(-along.y, along.x);
    let head = vec![tip, tip - along * 7.0 + across * 3.5, tip - along * 7.0 - across * 3.5];
    painter.add(Shape::convex_polygon(head, color, Stroke::NONE));
    if known == Known::Marked && !is_gone {
        diamond(painter, middle, color);
    }
}
