//! Source code: line numbers, colours, the lit line, and what each line allocated and released.

use crate::format;
use crate::model::source::{LineSums, Source};
use crate::model::syntax::Token;
use crate::theme::{self, Theme};
use egui::text::{LayoutJob, TextFormat};
use egui::{Align2, Color32, FontId, Role, Sense, Ui, WidgetInfo, pos2, vec2};
use std::collections::HashMap;
use std::ops::RangeInclusive;

/// Height of a line of code.
pub(crate) const LINE_HEIGHT: f32 = 4.0 * theme::GRID;
const NUMBER_WIDTH: f32 = 36.0;
const SUM_WIDTH: f32 = 56.0;
/// Of each of four columns, whose names need room.
const FULL_SUM_WIDTH: f32 = 72.0;

/// What to show of a source file.
pub(crate) struct SourceLook<'a> {
    pub source: &'a Source,
    /// The line that the playhead or the selection is at.
    pub lit: Option<u32>,
    /// The line under the pointer elsewhere.
    pub hinted: Option<u32>,
    /// What each line allocated and released; none hides the columns.
    pub sums: Option<&'a HashMap<u32, LineSums>>,
    /// The colour of the lit line's edge.
    pub edge: Color32,
    /// Bring this line into view.
    pub scroll_to: Option<u32>,
}

/// Draws lines of the source, all or some, and tells which one was clicked.
pub(crate) fn source_ui(ui: &mut Ui, look: &SourceLook<'_>, lines: RangeInclusive<u32>) -> Option<u32> {
    let theme = Theme::of(ui);
    let last = (*lines.end()).min(look.source.line_count() as u32);
    let first = (*lines.start()).max(1);
    let mut clicked = None;
    let character = ui.fonts_mut(|fonts| fonts.glyph_width(&code_font(), 'm'));
    let sums_width = if look.sums.is_some() { 2.0 * SUM_WIDTH } else { 0.0 };
    let needed = sums_width + NUMBER_WIDTH + 16.0 + look.source.widest() as f32 * character;
    let width = needed.max(ui.available_width());
    ui.spacing_mut().item_spacing.y = 0.0;
    for number in first..=last {
        if line_ui(ui, theme, look, number, width, false) {
            clicked = Some(number);
        }
    }
    clicked
}

/// A whole file with all that its lines did: allocated, released, live, events. Tells which line was clicked.
pub(crate) fn full_source_ui(ui: &mut Ui, look: &SourceLook<'_>) -> Option<u32> {
    let theme = Theme::of(ui);
    let (head, _) = ui.allocate_exact_size(vec2(ui.available_width(), LINE_HEIGHT), Sense::hover());
    let font = FontId::proportional(theme::TEXT_SIZE);
    for (at, name) in (1u8..).zip(["allocated", "released", "live", "events"]) {
        let right = pos2(head.left() + f32::from(at) * FULL_SUM_WIDTH, head.center().y);
        ui.painter().text(right, Align2::RIGHT_CENTER, name, font.clone(), theme.text_weak);
    }
    let lines = 1..=look.source.line_count() as u32;
    let character = ui.fonts_mut(|fonts| fonts.glyph_width(&code_font(), 'm'));
    let needed = 4.0 * FULL_SUM_WIDTH + NUMBER_WIDTH + 16.0 + look.source.widest() as f32 * character;
    let mut area = egui::ScrollArea::both().id_salt("full source").auto_shrink([false, false]);
    if let Some(line) = look.scroll_to {
        // By whole lines, so that none is cut at the top.
        let above = (ui.available_height() / LINE_HEIGHT / 3.0).floor();
        area = area.vertical_scroll_offset((line as f32 - 1.0 - above).max(0.0) * LINE_HEIGHT);
    }
    area.show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        let width = needed.max(ui.available_width());
        let mut clicked = None;
        for number in lines {
            if line_ui(ui, theme, look, number, width, true) {
                clicked = Some(number);
            }
        }
        clicked
    })
    .inner
}

/// Scrolls a whole file.
pub(crate) fn whole_source_ui(ui: &mut Ui, look: &SourceLook<'_>) -> Option<u32> {
    let lines = 1..=look.source.line_count() as u32;
    egui::ScrollArea::both()
        .id_salt("source")
        .auto_shrink([false, false])
        .show(ui, |ui| source_ui(ui, look, lines))
        .inner
}

fn line_ui(ui: &mut Ui, theme: &Theme, look: &SourceLook<'_>, number: u32, width: f32, is_full: bool) -> bool {
    let (rect, response) = ui.allocate_exact_size(vec2(width, LINE_HEIGHT), Sense::click());
    let is_lit = look.lit == Some(number);
    if look.scroll_to == Some(number) && !is_full {
        // Up and down only: the beginning of the lines stays in view.
        let target = egui::Rect::from_min_size(rect.min, vec2(1.0, LINE_HEIGHT)).expand2(vec2(0.0, 3.0 * LINE_HEIGHT));
        ui.scroll_to_rect(target, None);
    }
    let Some((text, tokens)) = look.source.line(number) else { return false };
    let sums = look.sums.map(|sums| sums.get(&number).copied().unwrap_or_default());
    response.widget_info(|| {
        let words = sums.map_or_else(String::new, |sums| in_words(&sums));
        let spoken = if words.is_empty() { words } else { format!(" ({words})") };
        let lit = if is_lit { ", lit" } else { "" };
        WidgetInfo::labeled(Role::Button, true, format!("line {number}{lit}: {}{spoken}", text.trim()))
    });
    if !ui.is_rect_visible(rect) {
        return response.clicked();
    }
    let painter = ui.painter();
    if is_lit {
        painter.rect_filled(rect, 0, theme.selection_row);
        painter.rect_filled(egui::Rect::from_min_size(rect.min, vec2(2.0, rect.height())), 0, look.edge);
    } else if response.hovered() || look.hinted == Some(number) {
        painter.rect_filled(rect, 0, theme.raised);
    }
    let mut x = rect.left() + 4.0;
    let middle = rect.center().y;
    if let Some(sums) = sums {
        for (bytes, sign, color) in [(sums.allocated_bytes, "+", theme.live), (sums.released_bytes, "−", theme.release)]
        {
            x += if is_full { FULL_SUM_WIDTH - 1.0 } else { SUM_WIDTH };
            if bytes > 0 {
                let words = format!("{sign}{}", format::bytes(bytes));
                painter.text(pos2(x - 4.0, middle), Align2::RIGHT_CENTER, words, code_font(), readable(theme, color));
            }
        }
    }
    if let Some(sums) = sums.filter(|_| is_full) {
        let live = if sums.live_bytes > 0 { format::bytes(sums.live_bytes) } else { String::new() };
        let events = if sums.events > 0 { format::count(sums.events) } else { String::new() };
        for words in [live, events] {
            x += FULL_SUM_WIDTH;
            painter.text(pos2(x - 4.0, middle), Align2::RIGHT_CENTER, words, code_font(), theme.text);
        }
    }
    x += NUMBER_WIDTH;
    let number_color = if is_lit { theme.text_strong } else { theme.text_weak };
    painter.text(pos2(x - 8.0, middle), Align2::RIGHT_CENTER, number, code_font(), number_color);
    let mut job = LayoutJob::default();
    for (range, token) in tokens {
        job.append(&text[range.clone()], 0.0, TextFormat::simple(code_font(), token_color(theme, *token)));
    }
    let galley = painter.layout_job(job);
    painter.galley(pos2(x, middle - galley.size().y / 2.0), galley, theme.text);
    response.clicked()
}

/// What a line did, for those who do not see its columns.
fn in_words(sums: &LineSums) -> String {
    let mut words = Vec::new();
    if sums.allocated_bytes > 0 {
        words.push(format!("+{}", format::bytes(sums.allocated_bytes)));
    }
    if sums.released_bytes > 0 {
        words.push(format!("−{}", format::bytes(sums.released_bytes)));
    }
    words.join(" ")
}

pub(crate) fn code_font() -> FontId {
    FontId::monospace(theme::CODE_SIZE)
}

fn readable(theme: &Theme, color: Color32) -> Color32 {
    if theme::contrast(color, theme.canvas) >= 4.5 { color } else { theme.text }
}

pub(crate) fn token_color(theme: &Theme, token: Token) -> Color32 {
    match token {
        Token::Plain => theme.text,
        Token::Keyword => theme.selection_text,
        Token::Text | Token::Number => readable(theme, if theme.is_dark { theme.owners[2] } else { theme.release }),
        Token::Comment => theme.text_weak,
        Token::Meta => readable(theme, if theme.is_dark { theme.owners[0] } else { theme.collector }),
    }
}
