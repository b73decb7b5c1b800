//! Dashed lines, up and down or across, as one mesh.
//!
//! [`egui::Shape::dashed_line`] makes a shape of each dash, 1 300 instructions to turn into triangles: a line across a
//! timeline was 180 of them and a twentieth of a frame, and each of up to 400 marks has one from top to bottom.

use super::painted::room_for;
use egui::emath::GuiRounding as _;
use egui::{Painter, Pos2, Rect, Stroke, pos2};

/// A line from `from` right or down to `to`, which looks as that of [`egui::Shape::dashed_line`] does: its dashes begin
/// and end with whole pixels.
pub(crate) fn dashed(painter: &Painter, [from, to]: [Pos2; 2], stroke: Stroke, dash: f32, gap: f32) {
    let is_across = from.y == to.y;
    let pixels = painter.pixels_per_point();
    let (half, quarter) = (0.5 / pixels, 0.25 / pixels);
    let (start, end, mut beside) = if is_across { (from.x, to.x, from.y) } else { (from.y, to.y, from.x) };
    stroke.round_center_to_pixel(pixels, &mut beside);
    let clip = painter.clip_rect();
    let (least, most) = if is_across { (clip.left(), clip.right()) } else { (clip.top(), clip.bottom()) };
    // Those before the clipped area are not gone through one by one.
    let skipped = ((least - start) / (dash + gap)).floor().max(0.0);
    let mut at = start + skipped * (dash + gap);
    let mut mesh = room_for(((end.min(most) - at) / (dash + gap)).ceil().max(0.0) as usize);
    while at < end.min(most) {
        let begin = (at + quarter).round_to_pixel_center(pixels) - half;
        let stop = ((at + dash).min(end) - quarter).round_to_pixel_center(pixels) + half;
        let (near, far) = (beside - stroke.width / 2.0, beside + stroke.width / 2.0);
        at += dash + gap;
        // As there: what is no longer than the pixel it begins in is no line.
        if stop - begin < 3.0 * half {
            continue;
        }
        let rect = if is_across {
            Rect::from_min_max(pos2(begin, near), pos2(stop, far))
        } else {
            Rect::from_min_max(pos2(near, begin), pos2(far, stop))
        };
        mesh.add_colored_rect(rect, stroke.color);
    }
    painter.add(mesh);
}
