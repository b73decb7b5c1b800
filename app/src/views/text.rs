//! A lesson's text: headings, paragraphs, lists and code, with lines of the source to click.

use crate::model::markdown::{Piece, Span, SpanStyle};
use crate::theme::{self, Theme};
use egui::{Label, RichText, Ui};

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
                let title: String = spans.iter().map(|span| span.text.as_str()).collect();
                ui.label(RichText::new(title).color(theme.selection_text));
            }
            Piece::Paragraph(spans) => spans_ui(ui, theme, "", spans, &mut answer),
            Piece::Item(marker, spans) => spans_ui(ui, theme, marker, spans, &mut answer),
            Piece::Code(code) => {
                theme.canvas_frame().inner_margin(theme::GRID).show(ui, |ui| {
                    ui.label(RichText::new(code).monospace());
                });
            }
        });
    }
    answer
}

fn spans_ui(ui: &mut Ui, theme: &Theme, marker: &str, spans: &[Span], answer: &mut TextAnswer) {
    ui.horizontal_top(|ui| {
        if !marker.is_empty() {
            ui.add_sized([3.0 * theme::GRID, 0.0], Label::new(RichText::new(marker).color(theme.text_weak)));
        }
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = egui::vec2(0.0, 2.0);
            for span in spans {
                span_ui(ui, theme, span, answer);
            }
        });
    });
}

fn span_ui(ui: &mut Ui, theme: &Theme, span: &Span, answer: &mut TextAnswer) {
    let text = RichText::new(&span.text);
    match span.style {
        SpanStyle::Plain => {
            ui.label(text);
        }
        SpanStyle::Strong => {
            ui.label(text.color(theme.text_strong).underline());
        }
        SpanStyle::Code => {
            ui.label(text.monospace().color(theme.text_strong).background_color(theme.raised));
        }
        SpanStyle::Line(line) => {
            let link = ui.link(text).on_hover_text("Go to what this line did");
            if link.hovered() {
                answer.hovered_line = Some(line);
            }
            if link.clicked() {
                answer.clicked_line = Some(line);
            }
        }
    }
}
