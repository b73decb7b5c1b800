//! The lane of live bytes: an egui_plot whose one item is drawn from ready columns.

use super::Painting;
use crate::fonts::symbols;
use crate::format;
use crate::model::scene::Scene;
use crate::views::dashes::dashed;
use crate::views::painted::room_for;
use crate::views::widgets::round;
use egui::{Align2, Color32, FontId, Rect, Shape, Stroke, Ui, UiBuilder, pos2};
use egui_plot::{
    GridInput, GridMark, Plot, PlotBounds, PlotGeometry, PlotItem, PlotItemBase, PlotPoint, PlotTransform,
};
use std::ops::RangeInclusive;

/// Head room above the highest point in points, for the peak's label.
const HEAD_ROOM: f32 = 20.0;

/// Draws the lane into `rect`; the scale goes into the gutter at its left.
pub(crate) fn live_ui(ui: &mut Ui, painting: &Painting<'_>, scene: &Scene, rect: Rect, salt: u32, most_bytes: u64) {
    let theme = painting.theme;
    let used = f64::from(((rect.height() - HEAD_ROOM) / rect.height().max(1.0)).max(0.4));
    let highest = (most_bytes.max(1) as f64) / used;
    let view = painting.view;
    let item = Band {
        base: PlotItemBase::new("live bytes".to_owned()),
        columns: scene
            .live
            .iter()
            .map(|c| (c.start_ns as f64, c.end_ns as f64, c.min_bytes as f64, c.max_bytes as f64))
            .collect(),
        line: theme.live,
        area: theme.live_area(),
    };
    let mut plot_ui = ui.new_child(UiBuilder::new().max_rect(rect).id_salt(("live", salt)));
    let marks: Vec<GridMark> = byte_ticks(highest).collect();
    let shown_marks = marks.clone();
    let answer = Plot::new("plot")
        .show_axes(false)
        .show_background(false)
        .show_grid([false, true])
        .grid_color(theme.grid_line)
        .grid_fade(0.0)
        .y_grid_spacer(move |_: GridInput| marks.clone())
        .allow_zoom(false)
        .allow_scroll(false)
        .allow_drag(false)
        .allow_boxed_zoom(false)
        .allow_axis_zoom_drag(false)
        .allow_double_click_reset(false)
        .set_margin_fraction(egui::Vec2::ZERO)
        .show_x(false)
        .show_y(false)
        .show_crosshair(false)
        .sense(egui::Sense::hover())
        .width(rect.width())
        .height(rect.height())
        .show(&mut plot_ui, |plot| {
            plot.set_plot_bounds(PlotBounds::from_min_max(
                [view.start_ns() as f64, 0.0],
                [view.end_ns() as f64, highest],
            ));
            plot.add(item);
        });
    let y_of = |bytes: f64| answer.transform.position_from_point(&PlotPoint::new(0.0, bytes)).y;
    let painter = ui.painter();
    let font = FontId::proportional(crate::theme::TEXT_SIZE);
    let mut last_y = f32::INFINITY;
    for mark in shown_marks {
        let y = y_of(mark.value);
        if last_y - y >= 16.0 && y > rect.top() + 22.0 {
            let words = round(&format::bytes(mark.value as u64));
            // The lowest one stands on the line between the lanes, not across it.
            let y = y.min(rect.bottom() - 7.0);
            painter.text(pos2(rect.left() - 8.0, y), Align2::RIGHT_CENTER, words, font.clone(), theme.text_weak);
            last_y = y;
        }
    }
    peak_ui(ui, painting, scene, rect, y_of);
}

fn peak_ui(ui: &Ui, painting: &Painting<'_>, scene: &Scene, rect: Rect, y_of: impl Fn(f64) -> f32) {
    let (peak_bytes, peak_ns) = scene.peak;
    let is_in_view = painting.view.contains(crate::axis::time(peak_ns));
    if peak_bytes == 0 || !is_in_view {
        return;
    }
    let painter = ui.painter_at(rect);
    let at = pos2(painting.layout.x_of(painting.view, peak_ns), y_of(peak_bytes as f64));
    let theme = painting.theme;
    let across = [pos2(rect.left(), at.y), pos2(rect.right(), at.y)];
    dashed(&painter, across, Stroke::new(1.0, theme.peak.gamma_multiply(0.5)), 3.0, 4.0);
    painter.circle_filled(at, 3.0, theme.peak);
    let words = format!("peak {}", format::bytes(peak_bytes));
    let galley = painter.layout_no_wrap(words, FontId::proportional(crate::theme::TEXT_SIZE), theme.peak);
    let left = (at.x + 6.0).min(rect.right() - galley.size().x - 4.0);
    painter.galley(pos2(left, at.y - galley.size().y - 1.0), galley, theme.peak);
}

/// Round numbers of bytes up to `highest`: powers of two times 1 or more, about four of them.
fn byte_ticks(highest: f64) -> impl Iterator<Item = GridMark> {
    let step = (highest / 3.0).max(1.0).log2().floor().exp2();
    (0..=8)
        .map(move |index| GridMark { value: f64::from(index) * step, step_size: step })
        .filter(move |mark| mark.value <= highest)
}

/// Live bytes as a filled band, from columns that are already as fine as the screen.
struct Band {
    base: PlotItemBase,
    /// From, to, least, most.
    columns: Vec<(f64, f64, f64, f64)>,
    line: Color32,
    area: Color32,
}

impl PlotItem for Band {
    fn shapes(&self, ui: &Ui, transform: &PlotTransform, shapes: &mut Vec<Shape>) {
        let pixel = 1.0 / ui.pixels_per_point();
        let snap = |y: f32| whole(y / pixel) * pixel;
        let floor = transform.position_from_point(&PlotPoint::new(0.0, 0.0)).y;
        let thickness = (1.5 / pixel).round().max(1.0) * pixel;
        let mut mesh = room_for(2 * self.columns.len());
        let edges = |&(from, to, min, max): &(f64, f64, f64, f64)| {
            let top = snap(transform.position_from_point_y(max));
            (from, to, top, snap(transform.position_from_point_y(min)).max(top + thickness))
        };
        let mut columns = self.columns.iter().map(edges).peekable();
        while let Some((from, mut to, top, bottom)) = columns.next() {
            // A run of columns that look the same is one rectangle.
            while let Some(next) = columns.next_if(|next| (next.2, next.3) == (top, bottom)) {
                to = next.1;
            }
            let (left, right) = (transform.position_from_point_x(from), transform.position_from_point_x(to));
            let line = Rect::from_min_max(pos2(left, top), pos2(right, bottom));
            let area = Rect::from_min_max(line.left_bottom(), pos2(right, floor.max(bottom)));
            mesh.add_colored_rect(area, self.area);
            mesh.add_colored_rect(line, self.line);
        }
        shapes.push(mesh.into());
    }

    fn initialize(&mut self, _x_range: RangeInclusive<f64>) {}

    fn color(&self) -> Color32 {
        self.line
    }

    fn base(&self) -> &PlotItemBase {
        &self.base
    }

    fn base_mut(&mut self) -> &mut PlotItemBase {
        &mut self.base
    }

    fn geometry(&self) -> PlotGeometry<'_> {
        // The timeline does its own pointing, for all lanes at once.
        PlotGeometry::None
    }

    fn bounds(&self) -> PlotBounds {
        PlotBounds::NOTHING
    }
}

/// The whole number next to `y`. [`f32::round`] is a call of 50 instructions on x86-64 without SSE 4.1, and a frame has
/// thousands of these.
fn whole(y: f32) -> f32 {
    // No picture reaches so far, and an f64 holds the sum to the last bit.
    const FAR: i64 = 1 << 20;
    ((f64::from(y) + FAR as f64 + 0.5) as i64).saturating_sub(FAR) as f32
}

/// What the pointer reads off the curve.
pub(crate) fn value_at(scene: &Scene, time_ns: u64) -> Option<String> {
    let index = scene.live.partition_point(|column| column.end_ns <= time_ns);
    let column = scene.live.get(index)?;
    Some(if column.min_bytes == column.max_bytes {
        format::bytes(column.max_bytes)
    } else {
        format!("{} {} {}", format::bytes(column.min_bytes), symbols::DASH, format::bytes(column.max_bytes))
    })
}
