//! The address map: a square for each page, or for several side by side where there are many.

use super::{BelowMemory, Drawn};
use crate::format;
use crate::model::analysis::addresses::{AddressMap, PAGE_BYTES, Page};
use crate::model::command::Command;
use crate::model::scene::Thing;
use crate::theme;
use crate::views::Commands;
use crate::views::widgets::hint;
use dropscope_engine::BlockId;
use egui::{FontId, Key, Mesh, Modifiers, Rect, Role, Sense, Shape, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

/// Side of a square that is easily pointed at; smaller where there are many.
const SIDES: [f32; 7] = [36.0, 22.0, 14.0, 10.0, 7.0, 5.0, 4.0];

/// Draws it.
pub(super) fn addresses_ui(
    ui: &mut Ui,
    drawn: &Drawn<'_>,
    memory: &mut BelowMemory,
    map: &AddressMap,
    commands: &mut Commands,
) {
    if map.pages.is_empty() {
        return hint(ui, "No block of this question has been there up to this moment.");
    }
    let (rect, response) = ui.allocate_exact_size(ui.available_size(), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, "address map"));
    let layout = Layout::new(rect, map.pages.len());
    ui.painter().rect_filled(rect, 0, drawn.theme.canvas);
    let mut mesh = Mesh::default();
    let mut before: Option<u64> = None;
    for (at, pages) in map.pages.chunks(layout.pages).enumerate() {
        let square = layout.square(at);
        let live: u64 = pages.iter().map(|page| u64::from(page.live_bytes)).sum();
        let share = live as f32 / (pages.len() as u64 * PAGE_BYTES) as f32;
        let color = if live == 0 && pages.iter().all(|page| page.blocks == 0) {
            drawn.theme.scopes[0]
        } else {
            drawn.theme.scopes[1].lerp_to_gamma(drawn.theme.live, 0.25 + 0.75 * share.min(1.0))
        };
        mesh.add_colored_rect(square.shrink(0.5), color);
        let first = pages.first().map_or(0, |page| page.number);
        if before.is_some_and(|before| before + 1 != first) {
            mesh.add_colored_rect(square.with_max_x(square.left() + 1.5), drawn.theme.peak);
        }
        before = pages.last().map(|page| page.number);
    }
    ui.painter().add(Shape::mesh(mesh));
    selected_ui(ui, drawn, map, &layout);
    keys(ui, drawn, memory, map, &layout, commands);
    if response.hover_pos().is_none() {
        cursor_ui(ui, drawn, memory, map, &layout);
    }
    let Some(at) = response.hover_pos().and_then(|at| layout.at(at)) else { return };
    let Some(pages) = map.pages.chunks(layout.pages).nth(at) else { return };
    ui.painter().rect_stroke(layout.square(at), 0, Stroke::new(1.0, drawn.theme.text_strong), StrokeKind::Inside);
    if response.clicked() {
        memory.page = pages.first().map(|page| page.number);
        reveal_largest(drawn, pages, commands);
    }
    let tip = egui::Tooltip::always_open(ui.ctx().clone(), ui.layer_id(), response.id, egui::PopupAnchor::Pointer);
    tip.gap(14.0).show(|ui| ui.label(words(pages)));
}

fn reveal_largest(drawn: &Drawn<'_>, pages: &[Page], commands: &mut Commands) {
    if let Some((_, block)) = pages.iter().map(|page| page.largest).max().filter(|largest| largest.1 > 0) {
        commands.push(Command::Reveal(drawn.document.id, Thing::Block(BlockId(block))));
    }
}

/// The square that the keyboard is at, and its pages.
fn cursor<'a>(memory: &BelowMemory, map: &'a AddressMap, layout: &Layout) -> Option<(usize, &'a [Page])> {
    let at = map.pages.binary_search_by_key(&memory.page?, |page| page.number).ok()? / layout.pages;
    Some((at, map.pages.chunks(layout.pages).nth(at)?))
}

/// Arrows go from square to square; Enter shows the largest block there.
fn keys(
    ui: &Ui,
    drawn: &Drawn<'_>,
    memory: &mut BelowMemory,
    map: &AddressMap,
    layout: &Layout,
    commands: &mut Commands,
) {
    if super::are_keys_elsewhere(ui, drawn) {
        return;
    }
    let pressed = |key: Key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    let mut arrows = vec![(Key::ArrowUp, -(layout.across as isize)), (Key::ArrowDown, layout.across as isize)];
    // The timeline steps with these unless the map was clicked last.
    if memory.has_keys {
        arrows.extend([(Key::ArrowLeft, -1), (Key::ArrowRight, 1)]);
    }
    for (key, by) in arrows {
        if pressed(key) {
            let to = cursor(memory, map, layout).map_or(Some(0), |(at, _)| at.checked_add_signed(by));
            let page = to.and_then(|to| map.pages.get(to * layout.pages));
            memory.page = page.map(|page| page.number).or(memory.page);
        }
    }
    if let Some((_, pages)) = cursor(memory, map, layout)
        && pressed(Key::Enter)
    {
        reveal_largest(drawn, pages, commands);
    }
}

/// Where the keyboard is, and what is there.
fn cursor_ui(ui: &Ui, drawn: &Drawn<'_>, memory: &BelowMemory, map: &AddressMap, layout: &Layout) {
    let Some((at, pages)) = cursor(memory, map, layout) else { return };
    let square = layout.square(at);
    ui.painter().rect_stroke(square, 0, Stroke::new(2.0, drawn.theme.text_strong), StrokeKind::Outside);
    let font = FontId::proportional(theme::TEXT_SIZE);
    let galley = ui.painter().layout_no_wrap(words(pages), font, drawn.theme.text_strong);
    let room = vec2(8.0, 8.0);
    let corner = (square.right_bottom() + room).min(layout.rect.max - galley.size() - room);
    let under = Rect::from_min_size(corner, galley.size()).expand(4.0);
    ui.painter().rect_filled(under, theme::CORNER, drawn.theme.raised);
    ui.painter().galley(corner, galley, drawn.theme.text_strong);
}

/// Squares in rows, in order of address.
struct Layout {
    rect: Rect,
    side: f32,
    across: usize,
    /// Pages in one square.
    pages: usize,
}

impl Layout {
    fn new(rect: Rect, number: usize) -> Layout {
        let room = |side: f32| ((rect.width() / side).floor().max(1.0), (rect.height() / side).floor().max(1.0));
        let fits = |side: &f32| room(*side).0 * room(*side).1 >= number as f32;
        let side = SIDES.into_iter().find(fits).unwrap_or(SIDES[SIDES.len() - 1]);
        let (across, down) = room(side);
        let pages = (number as f32 / (across * down)).ceil().max(1.0) as usize;
        Layout { rect, side, across: across as usize, pages }
    }

    fn square(&self, at: usize) -> Rect {
        let (row, column) = (at / self.across, at % self.across);
        let corner = self.rect.min + vec2(column as f32, row as f32) * self.side;
        Rect::from_min_size(pos2(corner.x, corner.y), vec2(self.side, self.side))
    }

    fn at(&self, at: egui::Pos2) -> Option<usize> {
        let (column, row) = ((at.x - self.rect.left()) / self.side, (at.y - self.rect.top()) / self.side);
        (column >= 0.0 && row >= 0.0 && (column as usize) < self.across)
            .then(|| row as usize * self.across + column as usize)
    }
}

fn selected_ui(ui: &Ui, drawn: &Drawn<'_>, map: &AddressMap, layout: &Layout) {
    let Some(Thing::Block(block)) = drawn.document.selected else { return };
    let address = {
        let model = drawn.document.data.model.read();
        if !model.blocks().contains(block) {
            return;
        }
        model.blocks().address(block)
    };
    if let Ok(at) = map.pages.binary_search_by_key(&(address / PAGE_BYTES), |page| page.number) {
        let square = layout.square(at / layout.pages);
        ui.painter().rect_stroke(square, 0, Stroke::new(2.0, drawn.theme.selection), StrokeKind::Outside);
    }
}

fn words(pages: &[Page]) -> String {
    let (Some(first), Some(last)) = (pages.first(), pages.last()) else { return String::new() };
    let live: u64 = pages.iter().map(|page| u64::from(page.live_bytes)).sum();
    let blocks: u64 = pages.iter().map(|page| u64::from(page.blocks)).sum();
    let used = pages.iter().filter(|page| page.blocks > 0).count();
    let place = format!("{:#x} to {:#x}", first.number * PAGE_BYTES, (last.number + 1) * PAGE_BYTES - 1);
    if blocks == 0 {
        return format!("{place}\nnothing live: all that was here has been released");
    }
    let largest = pages.iter().map(|page| page.largest.0).max().unwrap_or(0);
    format!(
        "{place}\n{} live in {}, in {used} of {} pages\nthe largest is of {}",
        format::bytes(live),
        format::blocks(blocks),
        pages.len(),
        format::bytes(largest),
    )
}

/// The sentence, and each page that held something, as a table of text.
pub(super) fn text(map: &AddressMap) -> String {
    let mut rows = vec![note(map), "address\tlive bytes\tlive blocks".to_owned()];
    rows.extend(
        map.pages.iter().map(|page| format!("{:#x}\t{}\t{}", page.number * PAGE_BYTES, page.live_bytes, page.blocks)),
    );
    rows.join("\n")
}

/// All of it in a sentence.
pub(super) fn note(map: &AddressMap) -> String {
    let used = map.used();
    format!(
        "At {}: {} live in {} pages of 4 KiB ({} of their room); {} more pages held something and are free again. \
         A yellow edge: addresses left out.",
        crate::views::timeline::shown_time(map.time_ns),
        format::bytes(map.live_bytes),
        format::count(used),
        format::percent(map.live_bytes.min(used * PAGE_BYTES), used * PAGE_BYTES),
        format::count(map.pages.len() as u64 - used),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_pages_are_copied() {
        let page = |number, live_bytes, blocks| Page { number, live_bytes, blocks, largest: (64, 1) };
        let map = AddressMap { pages: vec![page(16, 100, 2), page(18, 0, 0)], time_ns: 5, live_bytes: 100 };
        let text = text(&map);
        let rows: Vec<&str> = text.lines().skip(1).collect();
        assert_eq!(rows, ["address\tlive bytes\tlive blocks", "0x10000\t100\t2", "0x12000\t0\t0"]);
    }
}
