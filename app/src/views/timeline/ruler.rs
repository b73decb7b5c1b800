//! The ruler, the lines behind all lanes, the playhead and the brush in front of them.

use super::Painting;
use crate::axis;
use crate::theme;
use egui::{Align2, FontId, Rect, Shape, Stroke, Ui, pos2, vec2};

/// Labels of ticks are at least this far apart.
const TICK_SPACING: f32 = 88.0;

/// Ticks with their times, and lines through all lanes.
pub(crate) fn ruler_ui(ui: &Ui, painting: &Painting<'_>) {
    let (layout, theme) = (painting.layout, painting.theme);
    let ticks = axis::ticks(painting.view, layout.width(), TICK_SPACING);
    let painter = ui.painter_at(layout.whole);
    let bottom = layout.ruler.bottom();
    let x_of = |time_ns: i64| painting.view.x_from_time(layout.x.clone(), time_ns);
    for &time_ns in &ticks.minor_ns {
        painter.vline(x_of(time_ns), bottom - 3.0..=bottom, Stroke::new(1.0, theme.border));
    }
    for tick in &ticks.major {
        let x = x_of(tick.time_ns);
        painter.vline(x, bottom - 6.0..=bottom, Stroke::new(1.0, theme.border_strong));
        painter.vline(x, bottom..=layout.whole.bottom(), Stroke::new(1.0, theme.grid_line));
        let galley = painter.layout_no_wrap(tick.label.clone(), font(), theme.text_weak);
        if x + 4.0 + galley.size().x <= layout.whole.right() {
            painter.galley(pos2(x + 4.0, layout.ruler.top() + 1.0), galley, theme.text_weak);
        }
    }
    painter.hline(layout.ruler.x_range(), bottom, Stroke::new(1.0, theme.border));
    if let Some(base) = &ticks.base {
        let at = pos2(layout.ruler.left() - 8.0, layout.ruler.top() + 1.0);
        painter.text(at, Align2::RIGHT_TOP, &base.label, font(), theme.text_weak);
    }
}

/// The brushed range.
pub(crate) fn brush_ui(ui: &Ui, painting: &Painting<'_>, from_ns: u64, to_ns: u64) {
    let layout = painting.layout;
    let (from, to) = (layout.x_of(painting.view, from_ns), layout.x_of(painting.view, to_ns));
    let rect = Rect::from_min_max(pos2(from, layout.ruler.top()), pos2(to.max(from + 1.0), layout.whole.bottom()));
    let painter = ui.painter_at(layout.whole.with_min_x(*layout.x.start()));
    painter.rect_filled(rect, 0, painting.theme.brush_area());
    for x in [from, to] {
        painter.vline(x, rect.y_range(), Stroke::new(1.0, painting.theme.selection));
    }
}

/// The playhead, or another line through all lanes, with its time in the ruler.
pub(crate) fn playhead_ui(ui: &Ui, painting: &Painting<'_>, time_ns: u64) {
    playhead_at_ui(ui, painting, axis::time(time_ns));
}

/// As [`playhead_ui`], on an axis that has times before its zero.
pub(crate) fn playhead_at_ui(ui: &Ui, painting: &Painting<'_>, time_ns: i64) {
    let (layout, theme) = (painting.layout, painting.theme);
    let x = painting.view.x_from_time_clamped(layout.x.clone(), time_ns, 64.0);
    if !layout.x.contains(&x) {
        return;
    }
    let painter = ui.painter_at(layout.whole);
    painter.vline(x, layout.ruler.top() + 6.0..=layout.whole.bottom(), Stroke::new(1.5, theme.playhead));
    let tip = vec![
        pos2(x - 5.0, layout.ruler.top() + 4.0),
        pos2(x + 5.0, layout.ruler.top() + 4.0),
        pos2(x, layout.ruler.top() + 12.0),
    ];
    painter.add(Shape::convex_polygon(tip, theme.playhead, Stroke::NONE));
}

/// A thin line where the pointer is, with the time.
pub(crate) fn pointer_ui(ui: &Ui, painting: &Painting<'_>, x: f32) {
    let (layout, theme) = (painting.layout, painting.theme);
    if !layout.x.contains(&x) {
        return;
    }
    let painter = ui.painter_at(layout.whole);
    painter.vline(
        x,
        layout.ruler.bottom()..=layout.whole.bottom(),
        Stroke::new(1.0, theme.border_strong.gamma_multiply(0.6)),
    );
    let time_ns = painting.view.time_from_x(layout.x.clone(), x);
    let galley = painter.layout_no_wrap(axis::exact_time(time_ns), font(), theme.text_strong);
    let size = galley.size() + vec2(8.0, 2.0);
    let left = (x - size.x / 2.0).clamp(*layout.x.start(), (*layout.x.end() - size.x).max(*layout.x.start()));
    let rect = Rect::from_min_size(pos2(left, layout.ruler.top()), size);
    painter.rect_filled(rect, 2, theme.raised);
    painter.galley(rect.min + vec2(4.0, 1.0), galley, theme.text_strong);
}

fn font() -> FontId {
    FontId::proportional(theme::TEXT_SIZE)
}
