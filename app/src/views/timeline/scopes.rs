//! The lanes of scopes, pauses and marks.

use super::Painting;
use crate::format;
use crate::model::scene::{Band, Scene, Thing};
use crate::theme;
use crate::views::dashes::dashed;
use dropscope_engine::PauseKind;
use egui::{Align2, Color32, FontId, Mesh, Rect, Shape, Stroke, StrokeKind, Ui, pos2, vec2};
use std::sync::Arc;

/// A band is labelled from this width on.
const LABEL_WIDTH: f32 = 36.0;
/// A band is labelled from this height on.
const LABEL_HEIGHT: f32 = 13.0;

/// Where `band` is, in the lane that begins at `top`.
pub(crate) fn band_rect(painting: &Painting<'_>, band: &Band, top: f32) -> Rect {
    let layout = painting.layout;
    let from = layout.x_of(painting.view, band.start_ns).max(*layout.x.start());
    let to = layout.x_of(painting.view, band.end_ns).min(*layout.x.end()).max(from + 1.0);
    let y = top + band.level as f32 * layout.scope_row;
    Rect::from_min_max(pos2(from, y), pos2(to, y + layout.scope_row - 1.0))
}

/// Bands of all threads, each thread's name in the gutter.
pub(crate) fn scopes_ui(ui: &Ui, painting: &Painting<'_>, scene: &Scene) {
    let (layout, theme) = (painting.layout, painting.theme);
    if scene.scopes.is_empty() {
        return;
    }
    let painter = ui.painter_at(layout.scopes.expand2(vec2(1.0, 0.0)));
    let mut mesh = Mesh::default();
    let mut labels = Vec::new();
    for (lane, top) in scene.scopes.iter().zip(layout.scope_tops(scene)) {
        for band in &lane.bands {
            let rect = band_rect(painting, band, top);
            if !rect.intersects(layout.scopes) {
                continue;
            }
            let fill = band.pause.map_or_else(|| theme.scope(band.level as usize), |kind| pause_fill(painting, kind));
            mesh.add_colored_rect(rect, fill);
            if rect.width() >= 3.0 {
                // Where one band ends and the next begins can be seen.
                mesh.add_colored_rect(Rect::from_min_size(rect.min, vec2(1.0, rect.height())), theme.border_strong);
                if layout.x_of(painting.view, band.end_ns) <= *layout.x.end() && !band.is_open {
                    let right = pos2(rect.right() - 1.0, rect.top());
                    mesh.add_colored_rect(Rect::from_min_size(right, vec2(1.0, rect.height())), theme.release);
                }
            }
            if rect.width() >= LABEL_WIDTH && rect.height() >= LABEL_HEIGHT {
                labels.push((rect, fill, band));
            }
        }
    }
    painter.add(mesh);
    for (rect, fill, band) in labels {
        let words = if band.count > 1 {
            format!("{} scopes", format::count(u64::from(band.count)))
        } else {
            band.name.to_string()
        };
        let inside = painter.with_clip_rect(rect.shrink2(vec2(4.0, 0.0)).intersect(layout.scopes));
        inside.text(rect.left_center() + vec2(6.0, 0.0), Align2::LEFT_CENTER, words, text_font(), theme.ink_on(fill));
    }
    for (lane, top) in scene.scopes.iter().zip(layout.scope_tops(scene)) {
        let height = lane.levels as f32 * layout.scope_row;
        if top + height.min(layout.scope_row) <= layout.scopes.bottom() + 1.0 {
            // Threads of one name are told apart by their numbers.
            let is_one_of_many = scene.scopes.iter().filter(|other| other.name == lane.name).count() > 1;
            let numbered =
                if is_one_of_many { format!("{} {}", lane.thread.0, lane.name).into() } else { Arc::clone(&lane.name) };
            painting.gutter_text(ui, top + height / 2.0, &numbered, height.max(14.0));
        }
    }
}

/// Collector work, shaded by kind.
pub(crate) fn pauses_ui(ui: &Ui, painting: &Painting<'_>, scene: &Scene, rect: Rect) {
    if rect.height() <= 0.0 {
        return;
    }
    let painter = ui.painter_at(rect);
    painter.hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, painting.theme.grid_line));
    let mut mesh = Mesh::default();
    for pause in &scene.pauses {
        let from = painting.layout.x_of(painting.view, pause.start_ns);
        let to = painting.layout.x_of(painting.view, pause.end_ns).max(from + 1.0);
        let height = if pause.kind == PauseKind::StopTheWorld { rect.height() - 2.0 } else { 0.5 * rect.height() };
        let bar = Rect::from_min_max(pos2(from, rect.bottom() - height), pos2(to, rect.bottom()));
        mesh.add_colored_rect(bar, pause_fill(painting, pause.kind));
    }
    painter.add(mesh);
}

fn pause_fill(painting: &Painting<'_>, kind: PauseKind) -> Color32 {
    match kind {
        PauseKind::StopTheWorld => painting.theme.collector,
        PauseKind::Concurrent => painting.theme.pause_area(),
    }
}

/// Marks as flags; their words where there is room for them.
pub(crate) fn marks_ui(ui: &Ui, painting: &Painting<'_>, scene: &Scene) {
    let (layout, theme) = (painting.layout, painting.theme);
    if layout.marks.height() <= 0.0 {
        return;
    }
    let painter = ui.painter_at(layout.marks.expand2(vec2(8.0, 0.0)));
    let mut free_from = f32::NEG_INFINITY;
    for (index, mark) in scene.marks.iter().enumerate() {
        let x = layout.x_of(painting.view, mark.time_ns);
        if !layout.x.contains(&x) {
            continue;
        }
        let is_selected = painting.selected == Some(Thing::Mark(mark.id));
        let color = if is_selected { theme.selection } else { theme.text_weak };
        let middle = layout.marks.center().y;
        let pole = [pos2(x, layout.marks.top()), pos2(x, layout.blocks.bottom())];
        dashed(&ui.painter_at(layout.whole), pole, Stroke::new(1.0, color.gamma_multiply(0.35)), 2.0, 4.0);
        let tip = vec2(4.0, 0.0);
        let flag = vec![pos2(x, middle) - tip, pos2(x, middle - 4.0), pos2(x, middle) + tip, pos2(x, middle + 4.0)];
        painter.add(Shape::convex_polygon(flag, color, Stroke::NONE));
        if x < free_from {
            continue;
        }
        let next =
            scene.marks.get(index + 1).map_or(*layout.x.end() + 8.0, |next| layout.x_of(painting.view, next.time_ns));
        // A few letters would say less than none.
        let room = next - 6.0 - (x + 8.0);
        if room >= 32.0 {
            let mut job = egui::text::LayoutJob::simple_singleline(mark.text.to_string(), text_font(), theme.text);
            job.wrap = egui::text::TextWrapping::truncate_at_width(room);
            let galley = painter.layout_job(job);
            free_from = x + 8.0 + galley.size().x;
            painter.galley(pos2(x + 8.0, middle - galley.size().y / 2.0), galley, theme.text);
        }
    }
}

/// Outlines the selected or hovered scope.
pub(crate) fn outline_ui(ui: &Ui, painting: &Painting<'_>, scene: &Scene, thing: Thing, color: Color32) {
    let Thing::Scope(id) = thing else { return };
    for (lane, top) in scene.scopes.iter().zip(painting.layout.scope_tops(scene)) {
        if let Some(band) = lane.bands.iter().find(|band| band.id == id) {
            let rect = band_rect(painting, band, top);
            ui.painter_at(painting.layout.scopes.expand(1.0)).rect_stroke(
                rect,
                0,
                Stroke::new(1.5, color),
                StrokeKind::Inside,
            );
        }
    }
}

fn text_font() -> FontId {
    FontId::proportional(theme::TEXT_SIZE)
}
