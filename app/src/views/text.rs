//! A lesson's text: headings, paragraphs, lists and code, with lines of the source to click.

use crate::model::markdown::{self, Piece, Span, SpanStyle};
use crate::theme::{self, Theme};
use crate::views::galleys;
use egui::text::{CCursor, LayoutJob, TextFormat};
use egui::{Color32, FontId, Galley, Rect, RichText, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};
use std::ops::Range;
use std::sync::Arc;

/// From one line of text to the next.
const LINE_HEIGHT: f32 = 19.0;
/// Room in front of a list's text.
const INDENT: f32 = 4.0 * theme::GRID;

/// What the reader did with a line that the text names.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TextAnswer {
    pub hovered_line: Option<u32>,
    pub clicked_line: Option<u32>,
}

/// Draws the pieces one under the other.
pub(crate) fn text_ui(ui: &mut Ui, pieces: &[Piece]) -> TextAnswer {
    let mut answer = TextAnswer::default();
    let theme = Theme::of(ui);
    for (index, piece) in pieces.iter().enumerate() {
        ui.push_id(index, |ui| match piece {
            Piece::Heading(spans) => {
                if index > 0 {
                    ui.add_space(2.0 * theme::GRID);
                }
                spans_ui(ui, theme, "", spans, theme.selection_text, &mut answer);
            }
            Piece::Paragraph(spans) => spans_ui(ui, theme, "", spans, theme.text, &mut answer),
            Piece::Item(marker, spans) => spans_ui(ui, theme, marker, spans, theme.text, &mut answer),
            Piece::Code(code) => {
                theme.canvas_frame().inner_margin(theme::GRID).show(ui, |ui| {
                    ui.label(RichText::new(code).monospace());
                });
            }
        });
    }
    answer
}

/// One paragraph in a colour, with code between backticks.
pub(crate) fn words_ui(ui: &mut Ui, text: &str, color: Color32) {
    let theme = Theme::of(ui);
    if let Some(Piece::Paragraph(mut spans)) = markdown::parse(text).into_iter().next() {
        // Nobody asks which line was clicked here, so none looks as if it could be.
        for span in spans.iter_mut().filter(|span| matches!(span.style, SpanStyle::Line(_))) {
            span.style = SpanStyle::Plain;
        }
        spans_ui(ui, theme, "", &spans, color, &mut TextAnswer::default());
    }
}

fn spans_ui(ui: &mut Ui, theme: &Theme, marker: &str, spans: &[Span], color: Color32, answer: &mut TextAnswer) {
    let indent = if marker.is_empty() { 0.0 } else { INDENT };
    let (job, links) = job(theme, spans, color);
    let room = ui.available_width() - indent;
    let galley = galleys::kept(ui.ctx(), &job, room, || {
        let mut job = job.clone();
        job.wrap.max_width = room;
        ui.fonts_mut(|fonts| fonts.layout_job(job))
    });
    let (rect, response) = ui.allocate_exact_size(galley.size() + vec2(indent, 0.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &job.text));
    let at = rect.min + vec2(indent, 0.0);
    if !marker.is_empty() {
        let font = FontId::proportional(theme::TEXT_SIZE);
        ui.painter().text(rect.min + vec2(2.0, 2.0), egui::Align2::LEFT_TOP, marker, font, theme.text_weak);
    }
    for (index, (range, line)) in links.into_iter().enumerate() {
        let area = area_of(&galley, range).translate(at.to_vec2());
        let link = ui.interact(area, ui.scope_id().with(("line", index)), Sense::click());
        link.widget_info(|| WidgetInfo::labeled(Role::Link, true, format!("Line {line}")));
        if link.hovered() {
            answer.hovered_line = Some(line);
            ui.set_cursor_icon(egui::CursorIcon::PointingHand);
            ui.painter().hline(area.x_range(), area.bottom() - 2.0, Stroke::new(1.0, theme.selection_text));
        }
        if link.on_hover_text("Go to what this line did").clicked() {
            answer.clicked_line = Some(line);
        }
    }
    ui.painter().galley(at, galley, color);
}

/// The text in one piece, and which characters of it name a line of the source.
fn job(theme: &Theme, spans: &[Span], color: Color32) -> (LayoutJob, Vec<(Range<usize>, u32)>) {
    let mut job = LayoutJob::default();
    let mut links = Vec::new();
    let mut characters = 0;
    let plain = |font: FontId, color: Color32| TextFormat {
        line_height: Some(LINE_HEIGHT),
        valign: egui::Align::Center,
        ..TextFormat::simple(font, color)
    };
    for span in spans {
        let text_font = FontId::proportional(theme::TEXT_SIZE);
        let format = match span.style {
            SpanStyle::Plain => plain(text_font, color),
            SpanStyle::Strong => plain(text_font, theme.text_strong),
            SpanStyle::Line(_) => plain(text_font, theme.selection_text),
            SpanStyle::Code => plain(FontId::monospace(theme::CODE_SIZE), theme.text_strong),
        };
        let length = span.text.chars().count();
        if let SpanStyle::Line(line) = span.style {
            links.push((characters..characters + length, line));
        }
        characters += length;
        job.append(&span.text, 0.0, format);
    }
    (job, links)
}

/// Where these characters are. A name that is broken over two lines is found at its first half.
fn area_of(galley: &Arc<Galley>, characters: Range<usize>) -> Rect {
    let from = galley.pos_from_cursor(CCursor::new(characters.start));
    let to = galley.pos_from_cursor(CCursor::new(characters.end));
    let right = if (to.top() - from.top()).abs() < 1.0 { to.left() } else { galley.rect.right() };
    Rect::from_min_max(from.left_top(), pos2(right, from.bottom()))
}
