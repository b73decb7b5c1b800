//! Several programs as rows on one axis: recordings and collectors' logs, aligned as chosen; what it comes to below.

mod bar;
mod below;
mod cursor;
mod differences;
mod logs;
mod numbers;
mod row;

use crate::axis::{self, TimeView};
use crate::model::command::Command;
use crate::model::compare::Row;
use crate::model::scene::Scene;
use crate::model::state::AppState;
use crate::theme::Theme;
use crate::views::timeline::{self, Layout, Painting};
use crate::views::{Commands, Memory, message};
use egui::{CentralPanel, Frame, Margin, Panel, Rect, Role, ScrollArea, Sense, Ui, WidgetInfo, pos2, vec2};
use std::sync::Arc;

const RULER_HEIGHT: f32 = 22.0;
const LEAST_ROW_HEIGHT: f32 = 148.0;
const MOST_ROW_HEIGHT: f32 = 260.0;

/// The scales that all rows share, so that heights can be compared; or one row's own.
#[derive(Clone, Copy, Default)]
struct Scales {
    live_bytes: u64,
    slowest_ns: u64,
    most_frees: u64,
    has_operations: bool,
    has_frees: bool,
    has_pauses: bool,
}

impl Scales {
    fn of(scenes: &[Option<Arc<Scene>>]) -> Self {
        let scenes = || scenes.iter().flatten();
        let most_frees = scenes().map(|scene| scene.most_frees).max().unwrap_or(0);
        Self {
            live_bytes: scenes().map(|scene| scene.live_max_bytes).max().unwrap_or(0),
            slowest_ns: scenes().map(|scene| scene.slowest_ns).max().unwrap_or(0),
            most_frees,
            has_operations: scenes().any(|scene| scene.has_operations()),
            has_frees: most_frees > 0,
            has_pauses: scenes().any(|scene| scene.has_pauses),
        }
    }

    /// The same lanes, but heights of `scene` alone.
    fn apart(self, scene: &Scene) -> Self {
        Self { live_bytes: scene.live_max_bytes, slowest_ns: scene.slowest_ns, most_frees: scene.most_frees, ..self }
    }
}

/// The common axis: from the earliest start to the latest end of all rows, zero where they are aligned.
#[derive(Clone, Copy)]
struct Axis {
    start_ns: i64,
    end_ns: i64,
}

impl Axis {
    fn of(rows: &[(Row<'_>, i64)]) -> Self {
        let start_ns = rows.iter().map(|(_, origin_ns)| -origin_ns).min().unwrap_or(0).min(0);
        let end_ns = rows.iter().map(|(row, origin_ns)| axis::time(row.duration_ns()) - origin_ns).max().unwrap_or(1);
        Self { start_ns, end_ns: end_ns.max(start_ns + 1) }
    }

    fn duration_ns(self) -> u64 {
        u64::try_from(self.end_ns - self.start_ns).unwrap_or(1)
    }

    fn whole(self) -> TimeView {
        TimeView::fit(self.duration_ns()).pan(self.start_ns)
    }

    /// `view` held to the axis; none where it is all of it.
    fn limited(self, view: TimeView) -> Option<TimeView> {
        let held = view.pan(-self.start_ns).clamped(self.duration_ns()).pan(self.start_ns);
        (held != self.whole()).then_some(held)
    }
}

/// Draws the comparison.
pub(crate) fn compare_ui(ui: &mut Ui, state: &AppState, memory: &mut Memory, commands: &mut Commands) {
    let theme = Theme::of(ui);
    if state.compared().next().is_none() {
        return message::empty_ui(ui, state, commands);
    }
    let frame = Frame::NONE.fill(theme.panel).inner_margin(Margin::symmetric(8, 3));
    Panel::top("compare bar").frame(frame).resizable(false).show(ui, |ui| bar::bar_ui(ui, state, commands));
    below::below_ui(ui, state, commands);
    CentralPanel::default().frame(Frame::NONE.fill(theme.canvas)).show(ui, |ui| rows_ui(ui, state, memory, commands));
}

/// The rows alone, for a page.
pub(crate) fn rows_ui(ui: &mut Ui, state: &AppState, memory: &mut Memory, commands: &mut Commands) {
    let origins_ns = state.compare.origins_ns.iter().map(|origin_ns| axis::time(origin_ns.unwrap_or(0)));
    let rows: Vec<(Row<'_>, i64)> = state.compared().zip(origins_ns.chain(std::iter::repeat(0))).collect();
    let all = Axis::of(&rows);
    let view = state.compare.view.unwrap_or_else(|| all.whole());
    let available = ui.available_rect_before_wrap();
    let ruler = Rect::from_min_size(available.min, vec2(available.width(), RULER_HEIGHT));
    ui.allocate_rect(ruler, Sense::hover());
    let fair_height = (available.height() - RULER_HEIGHT) / rows.len().max(1) as f32;
    let row_height = fair_height.clamp(LEAST_ROW_HEIGHT, MOST_ROW_HEIGHT);
    let scenes: Vec<Option<Arc<Scene>>> = rows.iter().map(|(row, _)| row.scene().get().map(Arc::clone)).collect();
    let scales = Scales::of(&scenes);
    let pointer = ui.input(|input| input.pointer.hover_pos()).filter(|at| available.contains(*at));
    let theme = Theme::of(ui);
    let lines = Layout::row(available, &[]);
    timeline::ruler_ui(ui, &painting(&lines, view, theme));
    ScrollArea::vertical().id_salt("rows").auto_shrink([false, false]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        let size = vec2(ui.available_width(), row_height * rows.len() as f32);
        let (rect, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
        response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, "recordings on one time axis"));
        // Where the pointer is counts for more than where the cursor was left.
        let pointed_ns = pointer.filter(|at| lines.x.contains(&at.x)).map(|at| view.time_from_x(lines.x.clone(), at.x));
        let cursor_ns = pointed_ns.or(state.compare.cursor_ns);
        for (index, (&(row, origin_ns), scene)) in rows.iter().zip(&scenes).enumerate() {
            let top = rect.top() + index as f32 * row_height;
            let scene = scene.as_deref();
            let scales = scene.filter(|_| state.compare.is_scaled_apart).map_or(scales, |scene| scales.apart(scene));
            let drawn = row::Drawn {
                row,
                scene,
                has_origin: state.compare.origins_ns.get(index).is_none_or(Option::is_some),
                rect: Rect::from_min_size(pos2(rect.left(), top), vec2(rect.width(), row_height)),
                view: view.pan(origin_ns),
                scales,
                cursor_ns: cursor_ns.and_then(|cursor_ns| u64::try_from(cursor_ns + origin_ns).ok()),
            };
            row::row_ui(ui, &drawn, commands);
        }
        react(ui, &response, all, view, &lines, memory, commands);
    });
    if let Some(cursor_ns) = state.compare.cursor_ns {
        timeline::playhead_at_ui(ui, &painting(&lines, view, theme), cursor_ns);
    }
    if let Some(at) = pointer.filter(|_| !memory.compare_drag) {
        timeline::pointer_ui(ui, &painting(&lines, view, theme), at.x);
    }
}

/// Wheel, drag and click.
fn react(
    ui: &Ui,
    response: &egui::Response,
    all: Axis,
    view: TimeView,
    lines: &Layout,
    memory: &mut Memory,
    commands: &mut Commands,
) {
    if let Some(changed) = timeline::wheel(ui, response, lines, view) {
        commands.push(Command::SetCompareView(all.limited(changed)));
    }
    memory.compare_drag = response.dragged();
    if response.dragged() {
        let by_ns = -f64::from(response.drag_delta().x) * view.ns_per(lines.width());
        commands.push(Command::SetCompareView(all.limited(view.pan(by_ns.round() as i64))));
    }
    if response.double_clicked() {
        commands.push(Command::SetCompareView(None));
        commands.push(Command::SetCompareCursor(None));
    } else if response.clicked()
        && let Some(at) = response.interact_pointer_pos().filter(|at| lines.x.contains(&at.x))
    {
        commands.push(Command::SetCompareCursor(Some(view.time_from_x(lines.x.clone(), at.x))));
    }
}

fn painting<'a>(layout: &'a Layout, view: TimeView, theme: &'static Theme) -> Painting<'a> {
    Painting { layout, view, theme, selected: None, hovered: None, playhead_ns: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_stays_on_the_common_axis_also_before_its_zero() {
        let all = Axis { start_ns: -3_000_000, end_ns: 1_000_000 };
        assert_eq!(all.duration_ns(), 4_000_000);
        assert!(all.whole().start_ns() < -3_000_000 && all.whole().end_ns() > 1_000_000);
        assert_eq!(all.limited(TimeView::new(-9_000_000, 9_000_000)), None, "all of it");
        let inside = TimeView::new(-2_000_000, -1_000_000);
        assert_eq!(all.limited(inside), Some(inside));
        let outside = all.limited(TimeView::new(5_000_000, 5_100_000)).unwrap();
        assert_eq!((outside.span_ns(), outside.end_ns()), (100_000, 1_005_000));
    }
}
