//! The lane of blocks: bars from birth to release, or heat where there are too many.

use super::Painting;
use super::layout::CAPTION;
use crate::format;
use crate::model::scene::{Bar, Blocks, Fate, Heat, Scene, Thing, heat_row};
use crate::theme::{self, Theme};
use crate::views::painted::room_for;
use crate::views::widgets::round;
use dropscope_engine::{BlockId, Model};
use egui::{Align2, Color32, FontId, Mesh, Pos2, Rect, Shape, Stroke, StrokeKind, Ui, pos2, vec2};

/// A bar is labelled from this width on.
const LABEL_WIDTH: f32 = 40.0;
/// A bar is labelled from this height on.
const LABEL_HEIGHT: f32 = 10.0;
/// With more bars than this, only the hovered and the selected one are tied to their scopes.
const MOST_TIES: usize = 60;
/// How long the end of a leak fades.
const FADE: f32 = 40.0;

/// The bars in view, each with its place.
pub(crate) fn bars<'a>(painting: &'a Painting<'_>, scene: &'a Scene) -> impl Iterator<Item = (&'a Bar, Rect)> + 'a {
    let bars = if let Blocks::Bars { bars, .. } = &scene.blocks { bars.as_slice() } else { &[] };
    bars.iter().filter_map(|bar| bar_rect(painting, scene, bar).map(|rect| (bar, rect)))
}

fn bar_rect(painting: &Painting<'_>, scene: &Scene, bar: &Bar) -> Option<Rect> {
    let layout = painting.layout;
    let from = layout.x_of(painting.view, bar.born_ns);
    let is_open = matches!(bar.fate, Fate::Leaked | Fate::Alive) || (bar.fate == Fate::Runtime && bar.is_alive);
    let to = if is_open { *layout.x.end() + 4.0 } else { layout.x_of(painting.view, bar.end_ns) };
    let (from, to) = (from.max(*layout.x.start() - 2.0), to.min(*layout.x.end() + 4.0));
    if to < *layout.x.start() - 1.0 || from > *layout.x.end() + 1.0 {
        return None;
    }
    let rect = layout.bar(&scene.blocks, bar.row, from, to.max(from + 1.5));
    (rect.top() < layout.blocks.bottom()).then_some(rect)
}

/// The fill of a block's bar.
pub(crate) fn fill(theme: &Theme, bar: &Bar) -> Color32 {
    match (bar.fate, &bar.owner) {
        (Fate::Leaked, _) => theme.leak,
        (Fate::Runtime, _) => theme.border,
        (_, Some(owner)) => theme.owner(owner),
        (_, None) => theme.border_strong,
    }
}

/// All blocks.
pub(crate) fn blocks_ui(ui: &Ui, painting: &Painting<'_>, scene: &Scene, title: &str) {
    let layout = painting.layout;
    let painter = ui.painter_at(layout.blocks.expand2(vec2(4.0, 0.0)));
    let theme = painting.theme;
    let caption = pos2(layout.blocks.left(), layout.blocks.top() + 1.0);
    let words = caption_text(scene, title);
    let place = painter.text(caption, Align2::LEFT_TOP, &words, font(), theme.text_weak);
    let answer = ui.interact(place, ui.scope_id().with("blocks caption"), egui::Sense::hover());
    answer.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &words));
    match &scene.blocks {
        Blocks::Hidden => {}
        Blocks::Heat(heat) => heat_ui(ui, painting, scene, heat),
        Blocks::Bars { .. } => bars_ui(ui, painting, scene),
    }
}

fn caption_text(scene: &Scene, title: &str) -> String {
    match &scene.blocks {
        Blocks::Hidden => String::new(),
        Blocks::Heat(_) => "Births by size and time: too many blocks for bars, zoom in to see them".to_owned(),
        Blocks::Bars { through, .. } if through.blocks > 0 => {
            format!("{title}; {} more live through all of this", format::count(through.blocks))
        }
        Blocks::Bars { .. } => title.to_owned(),
    }
}

fn bars_ui(ui: &Ui, painting: &Painting<'_>, scene: &Scene) {
    let theme = painting.theme;
    let painter = ui.painter_at(painting.layout.blocks.expand2(vec2(4.0, 0.0)));
    let mut labels = Vec::new();
    let all: Vec<(&Bar, Rect)> = bars(painting, scene).collect();
    let mut mesh = room_for(2 * all.len());
    for &(bar, rect) in &all {
        let color = fill(theme, bar);
        let is_future = painting.playhead_ns.is_some_and(|at_ns| bar.born_ns > at_ns);
        let color = if is_future { color.gamma_multiply(0.35) } else { color };
        if bar.fate == Fate::Leaked {
            faded(&mut mesh, rect, color);
        } else {
            mesh.add_colored_rect(rect, color);
        }
        if rect.width() > 4.0 && painting.layout.x_of(painting.view, bar.end_ns) <= *painting.layout.x.end() {
            edges(&mut mesh, theme, bar, rect);
        }
        if rect.width() >= LABEL_WIDTH && rect.height() >= LABEL_HEIGHT {
            labels.push((bar, rect, color, is_future));
        }
    }
    painter.add(mesh);
    for &(bar, rect) in all.iter().filter(|(bar, _)| !bar.notches.is_empty()) {
        notches(&painter, painting, bar, rect);
    }
    for (bar, rect, color, is_future) in labels {
        let ink = if is_future { theme.text_weak } else { theme.ink_on(color) };
        let inside = painter.with_clip_rect(rect.shrink2(vec2(3.0, 0.0)).intersect(painting.layout.blocks));
        let left = widest_stretch(painting, bar, rect) + 5.0;
        inside.text(pos2(left, rect.center().y), Align2::LEFT_CENTER, label(bar), font(), ink);
    }
    let draws_all_ties = all.iter().filter(|(bar, _)| bar.tie.is_some()).count() <= MOST_TIES;
    for &(bar, rect) in &all {
        let thing = Some(Thing::Block(bar.id));
        let is_selected = thing == painting.selected;
        let is_hovered = thing == painting.hovered;
        if draws_all_ties || is_selected || is_hovered {
            tie(ui, painting, scene, bar, rect, is_selected || is_hovered);
        }
        if is_selected {
            painter.rect_stroke(rect.expand(1.0), 1, Stroke::new(2.0, theme.selection), StrokeKind::Outside);
        } else if is_hovered {
            painter.rect_stroke(rect, 0, Stroke::new(1.0, theme.text_strong), StrokeKind::Outside);
        }
    }
}

/// What stands on a bar: whose it was and how big.
pub(crate) fn label(bar: &Bar) -> String {
    let size = format::bytes(bar.size_bytes);
    match (&bar.owner, bar.count) {
        (_, 2..) => format!("{} blocks", format::count(u64::from(bar.count))),
        (Some(owner), _) => format!("{size} · {owner}"),
        (None, _) => size,
    }
}

/// Where the longest part of a bar begins that no realloc cuts.
fn widest_stretch(painting: &Painting<'_>, bar: &Bar, rect: Rect) -> f32 {
    let layout = painting.layout;
    let first = rect.left().max(*layout.x.start());
    let cuts = bar.notches.iter().map(|notch| layout.x_of(painting.view, notch.time_ns) + 4.0);
    let mut edges: Vec<f32> = std::iter::once(first).chain(cuts.filter(|x| *x > first)).collect();
    edges.push(rect.right());
    let stretch = edges.windows(2).max_by(|a, b| (a[1] - a[0]).total_cmp(&(b[1] - b[0])));
    stretch.map_or(first, |stretch| stretch[0])
}

fn edges(mesh: &mut Mesh, theme: &Theme, bar: &Bar, rect: Rect) {
    let edge = |x: f32, width: f32| Rect::from_min_max(pos2(x, rect.top()), pos2(x + width, rect.bottom()));
    match bar.fate {
        Fate::Released => mesh.add_colored_rect(edge(rect.right() - 2.0, 2.0), theme.release),
        Fate::Collected => mesh.add_colored_rect(edge(rect.right() - 2.0, 2.0), theme.collector),
        Fate::Leaked | Fate::Alive | Fate::Runtime => {}
    }
}

fn faded(mesh: &mut Mesh, rect: Rect, color: Color32) {
    let fade = FADE.min(rect.width() * 0.5);
    let solid = Rect::from_min_max(rect.min, pos2(rect.right() - fade, rect.bottom()));
    mesh.add_colored_rect(solid, color);
    let first = mesh.vertices.len() as u32;
    let corner = |mesh: &mut Mesh, at: Pos2, color: Color32| mesh.colored_vertex(at, color);
    corner(mesh, solid.right_top(), color);
    corner(mesh, rect.right_top(), color.gamma_multiply(0.1));
    corner(mesh, solid.right_bottom(), color);
    corner(mesh, rect.right_bottom(), color.gamma_multiply(0.1));
    mesh.add_triangle(first, first + 1, first + 2);
    mesh.add_triangle(first + 1, first + 2, first + 3);
}

/// A notch where the block was reallocated: cut through where it moved, a line where it grew in place.
fn notches(painter: &egui::Painter, painting: &Painting<'_>, bar: &Bar, rect: Rect) {
    for notch in &bar.notches {
        let x = painting.layout.x_of(painting.view, notch.time_ns);
        if notch.moved {
            let depth = (rect.height() * 0.5).min(6.0);
            let cut = |y: f32, towards: f32| {
                vec![pos2(x - depth * 0.8, y), pos2(x + depth * 0.8, y), pos2(x, y + towards * depth)]
            };
            painter.add(Shape::convex_polygon(cut(rect.top() - 0.5, 1.0), painting.theme.canvas, Stroke::NONE));
            painter.add(Shape::convex_polygon(cut(rect.bottom() + 0.5, -1.0), painting.theme.canvas, Stroke::NONE));
        }
        painter.vline(x, rect.y_range(), Stroke::new(1.0, painting.theme.canvas));
    }
}

/// The line from a release up to the end of the scope that did it.
fn tie(ui: &Ui, painting: &Painting<'_>, scene: &Scene, bar: &Bar, rect: Rect, is_strong: bool) {
    let Some(tie) = bar.tie else { return };
    let layout = painting.layout;
    let lanes = scene.scopes.iter().zip(layout.scope_tops(scene));
    let Some((_, top)) = lanes.into_iter().find(|(lane, _)| lane.thread == tie.thread) else { return };
    let (x, end_x) = (layout.x_of(painting.view, bar.end_ns), layout.x_of(painting.view, tie.end_ns));
    if !layout.x.contains(&x) || !layout.x.contains(&end_x) {
        return;
    }
    let y = (top + (tie.level as f32 + 1.0) * layout.scope_row - 1.0).min(layout.scopes.bottom());
    let color = painting.theme.release;
    let (width, color) = if is_strong { (2.0, color) } else { (1.0, color.gamma_multiply(0.7)) };
    let painter = ui.painter_at(layout.whole);
    painter.line_segment([pos2(x - 1.0, rect.top()), pos2(x - 1.0, y + 2.0)], Stroke::new(width, color));
    if (end_x - x).abs() > 1.5 {
        painter.line_segment([pos2(x - 1.0, y + 2.0), pos2(end_x - 0.5, y + 2.0)], Stroke::new(width, color));
    }
    painter.circle_filled(pos2(end_x - 0.5, y), if is_strong { 3.0 } else { 2.0 }, color);
}

fn heat_ui(ui: &Ui, painting: &Painting<'_>, scene: &Scene, heat: &Heat) {
    let (layout, theme) = (painting.layout, painting.theme);
    let painter = ui.painter_at(layout.blocks);
    let area = Rect::from_min_max(pos2(layout.blocks.left(), layout.blocks.top() + CAPTION), layout.blocks.max);
    let row_height = heat_row_height(layout.blocks, heat);
    let range = &scene.request.range_ns;
    let span_ns = (range.end - range.start) as f64;
    let time_of = |column: usize| range.start + (span_ns * column as f64 / heat.columns as f64) as u64;
    let mut shades = Shades::new(theme, heat.most);
    let mut mesh = room_for(heat.births.iter().filter(|births| **births > 0).count());
    for column in 0..heat.columns {
        let cells = column * heat.rows..(column + 1) * heat.rows;
        let Some((births, leaked)) = heat.births.get(cells.clone()).zip(heat.leaked.get(cells)) else { continue };
        if births.iter().all(|&births| births == 0) {
            continue;
        }
        let x = layout.x_of(painting.view, time_of(column))..=layout.x_of(painting.view, time_of(column + 1));
        for (row, (&births, &leaked)) in births.iter().zip(leaked).enumerate().filter(|(_, (births, _))| **births > 0) {
            let bottom = area.top() + (heat.rows - row) as f32 * row_height;
            let cell = Rect::from_min_max(pos2(*x.start(), bottom - row_height + 1.0), pos2(*x.end() + 0.3, bottom));
            mesh.add_colored_rect(cell, shades.of(births, leaked));
        }
    }
    painter.add(mesh);
    let mut last_y = f32::INFINITY;
    for row in 0..heat.rows {
        let y = area.top() + (heat.rows - row) as f32 * row_height - row_height / 2.0;
        if last_y - y >= 15.0 {
            last_y = y;
            let words = round(&format::bytes(1u64 << (heat.lowest_class + row as u32)));
            ui.painter().text(pos2(area.left() - 8.0, y), Align2::RIGHT_CENTER, words, font(), theme.text_weak);
        }
    }
}

/// The colours of the heat. Counts come again and again, and a logarithm and two mixtures are 200 instructions.
struct Shades {
    theme: &'static Theme,
    /// The logarithm of the most births.
    most: f32,
    /// Counts of births of which none leaked, each at the place of its last bits, and their colours.
    known: [(u32, Color32); 1024],
}

impl Shades {
    fn new(theme: &'static Theme, most: u32) -> Self {
        // No cell with a colour has no births.
        Self { theme, most: (1.0 + most as f32).ln(), known: [(0, Color32::TRANSPARENT); 1024] }
    }

    fn of(&mut self, births: u32, leaked: u32) -> Color32 {
        let place = births as usize % self.known.len();
        if leaked == 0 && self.known[place].0 == births {
            return self.known[place].1;
        }
        // A logarithm, so that one birth is seen beside a million.
        let strength = (1.0 + births as f32).ln() / self.most;
        let color = mix(self.theme.live, self.theme.leak, leaked as f32 / births as f32);
        let shade = mix(self.theme.canvas, color, 0.22 + 0.78 * strength);
        if leaked == 0 {
            self.known[place] = (births, shade);
        }
        shade
    }
}

/// The selected block's life over the heat, in the row of its size.
pub(crate) fn selected_in_heat_ui(ui: &Ui, painting: &Painting<'_>, scene: &Scene, model: &Model, block: BlockId) {
    let blocks = model.blocks();
    let (Blocks::Heat(heat), true) = (&scene.blocks, blocks.contains(block)) else { return };
    let (layout, theme) = (painting.layout, painting.theme);
    let from = layout.x_of(painting.view, blocks.born_ns(block));
    let to = blocks.died_ns(block).map_or(*layout.x.end(), |died_ns| layout.x_of(painting.view, died_ns));
    if to < *layout.x.start() || from > *layout.x.end() {
        return;
    }
    let row = (heat_row(blocks.size_bytes(block), heat.lowest_class) as usize).min(heat.rows.saturating_sub(1));
    let height = heat_row_height(layout.blocks, heat);
    let bottom = layout.blocks.top() + CAPTION + (heat.rows - row) as f32 * height;
    let (from, to) = (from.max(*layout.x.start() - 4.0), to.min(*layout.x.end() + 4.0));
    let rect = Rect::from_min_max(pos2(from, bottom - height + 1.0), pos2(to.max(from + 2.0), bottom));
    let painter = ui.painter_at(layout.blocks.expand2(vec2(4.0, 0.0)));
    painter.rect_filled(rect, 1, theme.selection.gamma_multiply(0.35));
    painter.rect_stroke(rect, 1, Stroke::new(2.0, theme.selection), StrokeKind::Outside);
    let answer = ui.interact(rect, ui.scope_id().with("selected in heat"), egui::Sense::hover());
    let words = format!("the selected block {}", block.0);
    answer.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &words));
}

/// How high a row of the heat is in the lane `blocks`.
pub(crate) fn heat_row_height(blocks: Rect, heat: &Heat) -> f32 {
    ((blocks.height() - CAPTION) / heat.rows as f32).min(24.0)
}

fn mix(from: Color32, to: Color32, share: f32) -> Color32 {
    from.lerp_to_gamma(to, share.clamp(0.0, 1.0))
}

fn font() -> FontId {
    FontId::proportional(theme::TEXT_SIZE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_of_the_heat_is_that_of_its_counts_whatever_came_before() {
        let mut shades = Shades::new(Theme::dark(), 5_000);
        // Three of them have one place, and leaks make another colour of the same count.
        for (births, leaked) in [(1, 0), (1_025, 0), (1, 1), (2_049, 0), (1, 0), (1_025, 500), (1_025, 0), (1_025, 1)] {
            assert_eq!(shades.of(births, leaked), Shades::new(Theme::dark(), 5_000).of(births, leaked));
        }
        assert_ne!(shades.of(1, 0), shades.of(1_025, 0));
        assert_ne!(shades.of(1, 0), shades.of(1, 1));
    }
}
