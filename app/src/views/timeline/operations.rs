//! The lane of operations: how long each took, on a logarithmic scale, CPU time apart from time not running.

use super::Painting;
use crate::format;
use crate::model::scene::{OperationColumn, Scene, Thing};
use crate::theme;
use crate::views::painted::room_for;
use crate::views::widgets::round;
use egui::{Align2, Color32, FontId, Rect, Stroke, Ui, pos2, vec2};

/// The shortest time on the scale.
const SHORTEST_NS: f32 = 100.0;

/// The height of `wall_ns` on the lane's scale, from 0 to 1.
pub(crate) fn share(wall_ns: u64, slowest_ns: u64) -> f32 {
    let top = (slowest_ns as f32 * 1.3).max(SHORTEST_NS * 10.0);
    ((wall_ns as f32).max(SHORTEST_NS) / SHORTEST_NS).ln() / (top / SHORTEST_NS).ln()
}

/// Bars up to the slowest operation of each column of pixels.
pub(crate) fn operations_ui(ui: &Ui, painting: &Painting<'_>, scene: &Scene, rect: Rect, slowest_ns: u64) {
    if rect.height() <= 0.0 {
        return;
    }
    let theme = painting.theme;
    let painter = ui.painter_at(rect.expand2(vec2(1.0, 0.0)));
    let mut decade_ns = 1_000u64;
    let mut last_y = f32::INFINITY;
    while share(decade_ns, slowest_ns) <= 1.0 {
        let y = rect.bottom() - share(decade_ns, slowest_ns) * rect.height();
        painter.hline(rect.x_range(), y, Stroke::new(1.0, theme.grid_line));
        if last_y - y >= 16.0 && y > rect.top() + 10.0 {
            ui.painter().text(
                pos2(rect.left() - 8.0, y),
                Align2::RIGHT_CENTER,
                round(&format::duration(decade_ns)),
                font(),
                theme.text_weak,
            );
            last_y = y;
        }
        let Some(next) = decade_ns.checked_mul(10) else { break };
        decade_ns = next;
    }
    let shades = |color: Color32| [color.gamma_multiply(0.35), color.gamma_multiply(0.75), color];
    let (usual, strong) = (shades(theme.live), shades(theme.selection));
    let mut mesh = room_for(3 * scene.operations.len());
    for column in &scene.operations {
        let bar = column_rect(painting, column, rect, slowest_ns);
        let is_strong = [painting.selected, painting.hovered].contains(&Some(Thing::Operation(column.slowest)));
        let [waiting, running, top] = if is_strong { strong } else { usual };
        // The part of the time that its thread was not running was not the program's doing.
        let cpu_top = match column.cpu_ns.filter(|cpu_ns| *cpu_ns < column.wall_ns) {
            Some(cpu_ns) => (rect.bottom() - share(cpu_ns, slowest_ns) * rect.height()).max(bar.top()),
            None => bar.top(),
        };
        if cpu_top > bar.top() {
            mesh.add_colored_rect(Rect::from_min_max(bar.min, pos2(bar.right(), cpu_top)), waiting);
        }
        mesh.add_colored_rect(Rect::from_min_max(pos2(bar.left(), cpu_top), bar.max), running);
        mesh.add_colored_rect(Rect::from_min_size(bar.min, vec2(bar.width().max(2.0), 2.0)), top);
    }
    painter.add(mesh);
}

/// Where a column's bar is.
pub(crate) fn column_rect(painting: &Painting<'_>, column: &OperationColumn, rect: Rect, slowest_ns: u64) -> Rect {
    let from = painting.layout.x_of(painting.view, column.start_ns);
    let to = painting.layout.x_of(painting.view, column.end_ns).max(from + 1.5);
    let top = rect.bottom() - share(column.wall_ns, slowest_ns) * rect.height();
    Rect::from_min_max(pos2(from, top), pos2(to, rect.bottom()))
}

/// Bars up to the most blocks released in one operation of each column.
pub(crate) fn frees_ui(ui: &Ui, painting: &Painting<'_>, scene: &Scene, rect: Rect, most: u64) {
    let theme = painting.theme;
    let painter = ui.painter_at(rect.expand2(vec2(1.0, 0.0)));
    let height_of = |frees: u64| (1.0 + frees as f32).ln() / (2.0 + most as f32).ln() * rect.height();
    let mut mesh = room_for(scene.operations.len());
    for column in scene.operations.iter().filter(|column| column.most_frees > 0) {
        let from = painting.layout.x_of(painting.view, column.start_ns);
        let to = painting.layout.x_of(painting.view, column.end_ns).max(from + 1.5);
        let top = rect.bottom() - height_of(column.most_frees);
        let color = if column.by_collector { theme.collector } else { theme.release };
        mesh.add_colored_rect(Rect::from_min_max(pos2(from, top), pos2(to, rect.bottom())), color);
    }
    painter.add(mesh);
    // Beside the lane's name there is room for six digits.
    let words = if most < 1_000_000 { format::count(most) } else { format!("{:.1} M", most as f32 / 1e6) };
    let label = pos2(rect.left() - 8.0, rect.top() + 8.0);
    ui.painter().text(label, Align2::RIGHT_CENTER, words, font(), theme.text_weak);
}

fn font() -> FontId {
    FontId::proportional(theme::TEXT_SIZE)
}
