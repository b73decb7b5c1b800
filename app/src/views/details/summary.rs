//! The whole recording, or the brushed range, in numbers: what the pane at the right shows when nothing is selected.

use super::NAMES_WIDTH;
use crate::axis;
use crate::format;
use crate::model::command::Command;
use crate::model::describe::column_place;
use crate::model::document::Document;
use crate::model::scene::Thing;
use crate::model::tables::{SiteRow, Tables, TablesKey};
use crate::theme::Theme;
use crate::views::Commands;
use crate::views::widgets::{fact, hint, section};
use dropscope_engine::BlockId;
use egui::{RichText, Sense, Ui, vec2};

/// Sums of an earlier range fade in this time.
const FADE_SECONDS: f32 = 0.4;
/// Sites that are listed.
const MOST_SITES: usize = 8;

/// Draws it.
pub(super) fn summary_ui(ui: &mut Ui, document: &Document, commands: &mut Commands) {
    let theme = Theme::of(ui);
    let title = if document.brush.is_some() { "The range" } else { "The recording" };
    ui.horizontal(|ui| {
        ui.set_min_height(24.0);
        ui.label(RichText::new(title).color(theme.text_strong));
        if let Some(brush) = &document.brush {
            ui.label(RichText::new(format::duration(brush.end - brush.start)).color(theme.text_weak));
        }
        if document.tables.get().is_some() && is_old(document) {
            ui.label(RichText::new("adding up…").color(theme.text_weak));
        }
    });
    want_tables(document, commands);
    let Some(tables) = document.tables.get() else { return hint(ui, "adding up…") };
    // What is of another range is no answer to this one. It stays while a new one comes soon.
    let age = ui.ctx().animate_bool_with_time(ui.scope_id().with("old sums"), is_old(document), FADE_SECONDS);
    ui.multiply_opacity(1.0 - 0.7 * age);
    sums_ui(ui, tables);
    section(ui, "Most bytes born at");
    sites_ui(ui, document, &tables.sites, |site| site.bytes, |site| site.example, theme.live, commands);
    if !tables.leaks.is_empty() && tables.tells_leaks {
        section(ui, "Never released, born at");
        let example = |site: &SiteRow| site.left_example.unwrap_or(site.example);
        sites_ui(ui, document, &tables.leaks, |site| site.left_bytes, example, theme.leak, commands);
    }
    ui.add_space(8.0);
    hint(ui, "Select a block, a scope, an operation or a mark to see all about it. Shift and drag chooses a range.");
}

/// Whether the sums there are are of another range than the one that is brushed.
fn is_old(document: &Document) -> bool {
    document.tables.answered_key().is_some_and(|key| key.range_ns != document.brush)
}

/// Asks for the tables if those there are are not of now.
pub(crate) fn want_tables(document: &Document, commands: &mut Commands) {
    let key = TablesKey { range_ns: document.brush.clone(), generation: document.facts.generation };
    if !document.tables.is_current(&key) {
        commands.push(Command::WantTables(document.id, key));
    }
}

fn sums_ui(ui: &mut Ui, tables: &Tables) {
    let theme = Theme::of(ui);
    let sums = &tables.sums;
    let both = |number: u64, bytes: u64| format!("{}, {}", format::blocks(number), format::bytes(bytes));
    let line = |ui: &mut Ui, name: &str, words: String| {
        fact(ui, name, NAMES_WIDTH, words);
    };
    line(ui, "born", both(sums.births, sums.born_bytes));
    line(ui, "released", both(sums.releases, sums.released_bytes));
    let peak = format!("{} at {}", format::bytes(sums.peak.0), axis::exact_time(axis::time(sums.peak.1)));
    line(ui, "peak", peak);
    line(ui, "at its end", format!("{} live", format::bytes(sums.live_bytes)));
    if tables.tells_leaks {
        let (words, color) = if sums.left_blocks == 0 {
            ("nothing".to_owned(), theme.text)
        } else {
            (both(sums.left_blocks, sums.left_bytes), theme.leak)
        };
        fact(ui, "leaked", NAMES_WIDTH, RichText::new(words).color(color));
    }
    if sums.runtime_blocks > 0 {
        let words = format!("{} of its own, no leaks", format::blocks(sums.runtime_blocks));
        line(ui, "runtime", words);
    }
    line(ui, "threads", format::count(tables.threads as u64));
}

/// Sites with a bar for their share; a click shows the largest block.
fn sites_ui(
    ui: &mut Ui,
    document: &Document,
    sites: &[SiteRow],
    value: impl Fn(&SiteRow) -> u64,
    example: impl Fn(&SiteRow) -> BlockId,
    color: egui::Color32,
    commands: &mut Commands,
) {
    let theme = Theme::of(ui);
    let most = sites.iter().map(&value).max().unwrap_or(0).max(1);
    if sites.is_empty() {
        return hint(ui, "nothing");
    }
    for site in sites.iter().filter(|site| !site.is_runtime).take(MOST_SITES) {
        let name = site.at.as_ref().map_or_else(|| "place unknown".to_owned(), |at| column_place(at));
        let bytes = format::bytes(value(site));
        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 20.0), Sense::click());
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, format!("{name}, {bytes}")));
        if response.hovered() || response.has_focus() {
            ui.painter().rect_filled(rect, 2, theme.hovered);
        }
        let share = value(site) as f32 / most as f32;
        let bar = egui::Rect::from_min_size(rect.min, vec2((rect.width() * share).max(2.0), rect.height() - 2.0));
        ui.painter().rect_filled(bar, 2, color.gamma_multiply(0.22));
        let font = egui::FontId::monospace(crate::theme::CODE_SIZE);
        let painter = ui.painter_at(rect);
        painter.text(rect.left_center() + vec2(4.0, -1.0), egui::Align2::LEFT_CENTER, &name, font, theme.text);
        let font = egui::FontId::proportional(crate::theme::TEXT_SIZE);
        painter.text(rect.right_center() + vec2(-4.0, -1.0), egui::Align2::RIGHT_CENTER, bytes, font, theme.text);
        let hover = site.at.as_ref().map_or_else(String::new, |at| format!("{}\n", at.function));
        let hover = format!("{hover}{}. Shows the largest.", format::blocks(site.blocks));
        if response.on_hover_text(hover).clicked() {
            commands.push(Command::Reveal(document.id, Thing::Block(example(site))));
        }
    }
}
