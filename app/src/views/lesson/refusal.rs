//! A program that the compiler refuses: its source with the places that the compiler names, and the compiler's own words.

use crate::model::lesson::RefusalPage;
use crate::theme::{self, Theme};
use crate::views::source::{LINE_HEIGHT, code_font, token_color};
use dropscope_lessons::CompilerSpan;
use egui::text::{LayoutJob, TextFormat};
use egui::{
    Align2, Color32, FontId, Frame, Label, Margin, RichText, Role, ScrollArea, Sense, Stroke, Ui, WidgetInfo, pos2,
    vec2,
};

const NUMBER_WIDTH: f32 = 28.0;

/// Draws it.
pub(super) fn refusal_ui(ui: &mut Ui, page: &RefusalPage) {
    let theme = Theme::of(ui);
    let message = &page.message;
    let head = format!("error[{}]: {}", message.code, message.text);
    ui.add(Label::new(RichText::new(head).monospace().color(theme.error_text)).wrap());
    let frame = Frame::NONE.fill(theme.canvas).stroke(theme.border_stroke()).corner_radius(theme::CORNER);
    frame.inner_margin(Margin::symmetric(4, 4)).show(ui, |ui| {
        ScrollArea::horizontal()
            .id_salt("refused")
            .auto_shrink([false, true])
            .show(ui, |ui| source_ui(ui, theme, page));
    });
    for note in &message.notes {
        let words = format!("{}: {}", note.level, note.text);
        ui.add(Label::new(RichText::new(words).color(theme.text)).wrap());
        for change in note.spans.iter().filter_map(|span| Some((span.line, span.replacement.as_ref()?))) {
            let words = format!("    line {}: {}", change.0, change.1.trim());
            ui.add(Label::new(RichText::new(words).monospace().color(theme.release)).wrap());
        }
    }
    let all = egui::CollapsingHeader::new(RichText::new("All that the compiler says").color(theme.text));
    all.id_salt("rendered").show(ui, |ui| {
        theme.canvas_frame().inner_margin(theme::GRID).show(ui, |ui| {
            ScrollArea::horizontal().id_salt("words").show(ui, |ui| {
                let words = RichText::new(&message.rendered).monospace().color(theme.text);
                ui.add(Label::new(words).extend().selectable(true));
            });
        });
        ui.label(RichText::new(&message.compiler).color(theme.text_weak));
    });
}

fn source_ui(ui: &mut Ui, theme: &Theme, page: &RefusalPage) {
    let character = ui.fonts_mut(|fonts| fonts.glyph_width(&code_font(), 'm'));
    ui.spacing_mut().item_spacing.y = 0.0;
    for number in 1..=page.source.line_count() as u32 {
        let Some((text, tokens)) = page.source.line(number) else { continue };
        let width = NUMBER_WIDTH + (page.source.widest() + 1) as f32 * character;
        let (rect, response) = ui.allocate_exact_size(vec2(width, LINE_HEIGHT), Sense::hover());
        response
            .widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("refused line {number}: {}", text.trim())));
        let middle = rect.center().y;
        let numbers = pos2(rect.left() + NUMBER_WIDTH - 8.0, middle);
        ui.painter().text(numbers, Align2::RIGHT_CENTER, number, code_font(), theme.text_weak);
        let mut job = LayoutJob::default();
        for (range, token) in tokens {
            job.append(&text[range.clone()], 0.0, TextFormat::simple(code_font(), token_color(theme, *token)));
        }
        let galley = ui.painter().layout_job(job);
        let left = rect.left() + NUMBER_WIDTH;
        ui.painter().galley(pos2(left, middle - galley.size().y / 2.0), galley, theme.text);
        let mut here: Vec<&CompilerSpan> = page.message.spans.iter().filter(|span| span.line == number).collect();
        // As the compiler has it: the last one on the line is told first.
        here.sort_by_key(|span| std::cmp::Reverse(span.column));
        for span in here {
            span_ui(ui, theme, span, (left, rect.bottom(), character), text.chars().count());
        }
    }
}

/// The line under a place, and what the compiler says of it.
fn span_ui(ui: &mut Ui, theme: &Theme, span: &CompilerSpan, (left, bottom, character): (f32, f32, f32), length: usize) {
    let color: Color32 = if span.is_primary { theme.leak } else { theme.selection };
    let ink: Color32 = if span.is_primary { theme.error_text } else { theme.selection_text };
    let from = left + (span.column.saturating_sub(1)) as f32 * character;
    let end = if span.end_line == span.line { span.end_column as usize } else { length + 1 };
    let to = left + (end.saturating_sub(1)) as f32 * character;
    let y = bottom - 1.0;
    ui.painter().line_segment([pos2(from, y), pos2(to.max(from + character), y)], Stroke::new(2.0, color));
    let Some(label) = &span.label else { return };
    // So wide as is in view, so that long sentences are broken and not lost.
    let room = ui.clip_rect().width();
    let indent = (from - ui.clip_rect().left()).clamp(8.0, 0.4 * room);
    let font = FontId::proportional(theme::TEXT_SIZE);
    let galley = ui.painter().layout(label.clone(), font, ink, room - indent - 12.0);
    let (rect, response) = ui.allocate_exact_size(galley.size() + vec2(indent, 4.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, label));
    ui.painter().galley(rect.min + vec2(indent, 1.0), galley, ink);
}
