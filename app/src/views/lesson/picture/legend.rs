//! What the lines and boxes of the picture mean, and from where each is known.

use super::PictureMemory;
use crate::fonts::symbols;
use crate::theme::{self, Theme};
use egui::{FontId, Pos2, Rect, RichText, Sense, Shape, Stroke, Ui, pos2, vec2};

/// One thing of the legend.
#[derive(Clone, Copy)]
enum Sample {
    Block,
    Solid,
    Marked,
    Dashed,
    Crossed,
    Grey,
    Leaked,
    Dangling,
}

const SAMPLES: [(Sample, &str, &str); 8] = [
    (
        Sample::Block,
        "recorded",
        "Blocks, sizes, types, functions and lines, and what lies in what, are in the recording",
    ),
    (
        Sample::Solid,
        "read in the source",
        "Names, and who holds which block, are read in the source at the recorded lines",
    ),
    (
        Sample::Marked,
        "told by a mark",
        "Moves, copies and borrows that the program marks itself: no allocator sees them",
    ),
    (Sample::Dashed, "looks, does not own", "A reference or a Weak"),
    (Sample::Grey, "moved away", "The name is left, its value is somewhere else"),
    (Sample::Crossed, "released", "The block is gone"),
    (Sample::Leaked, "never released", "Nobody holds it any more, and nobody releases it"),
    (
        Sample::Dangling,
        "dangling",
        "The address of what is gone: a mark has told who keeps it, the recording when it went",
    ),
];

/// Draws the legend, or the line that brings it back.
pub(super) fn legend_ui(ui: &mut Ui, memory: &mut PictureMemory) {
    let theme = Theme::of(ui);
    let frame = egui::Frame::NONE.fill(theme.panel).inner_margin(egui::Margin::symmetric(8, 2));
    frame.show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        ui.spacing_mut().item_spacing = vec2(10.0, 0.0);
        ui.spacing_mut().interact_size.y = 16.0;
        ui.horizontal_wrapped(|ui| {
            let fold = if memory.hides_legend { symbols::CLOSED } else { symbols::OPENED };
            let button = egui::Button::new(RichText::new(format!("{fold} Legend")).color(theme.text_weak)).frame(false);
            if ui.add(button).clicked() {
                memory.hides_legend = !memory.hides_legend;
            }
            if memory.hides_legend {
                return;
            }
            for (sample, words, explanation) in SAMPLES {
                sample_ui(ui, theme, sample, words).on_hover_text(explanation);
            }
        });
    });
}

fn sample_ui(ui: &mut Ui, theme: &Theme, sample: Sample, words: &str) -> egui::Response {
    let font = FontId::proportional(theme::TEXT_SIZE);
    let galley = ui.painter().layout_no_wrap(words.to_owned(), font, theme.text_weak);
    let (rect, response) = ui.allocate_exact_size(vec2(26.0 + galley.size().x, 16.0), Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, words));
    let icon = Rect::from_min_size(rect.min + vec2(0.0, 2.0), vec2(20.0, 12.0));
    let (left, right) = (icon.left_center(), icon.right_center());
    let painter = ui.painter();
    match sample {
        Sample::Block => {
            painter.rect_filled(icon, 2, theme.owners[0]);
        }
        Sample::Solid => line(painter, left, right, Stroke::new(1.5, theme.text_weak)),
        Sample::Marked => {
            line(painter, left, right, Stroke::new(1.5, theme.selection_text));
            diamond(painter, icon.center(), theme.selection_text);
        }
        Sample::Dashed => {
            painter.extend(Shape::dashed_line(&[left, right], Stroke::new(1.5, theme.text_weak), 4.0, 3.0));
        }
        Sample::Grey => {
            let text = FontId::proportional(theme::TEXT_SIZE);
            let drawn = painter.text(icon.center(), egui::Align2::CENTER_CENTER, "abc", text, theme.text_weak);
            line(painter, drawn.left_center(), drawn.right_center(), Stroke::new(1.0, theme.text_weak));
        }
        Sample::Crossed => {
            painter.rect_stroke(icon, 2, Stroke::new(1.0, theme.text_weak), egui::StrokeKind::Inside);
            line(painter, icon.left_top(), icon.right_bottom(), Stroke::new(1.0, theme.text_weak));
            line(painter, icon.left_bottom(), icon.right_top(), Stroke::new(1.0, theme.text_weak));
        }
        Sample::Dangling => {
            painter.extend(Shape::dashed_line(&[left, right], Stroke::new(1.5, theme.leak), 4.0, 3.0));
        }
        Sample::Leaked => {
            painter.rect_stroke(icon, 2, Stroke::new(2.0, theme.leak), egui::StrokeKind::Inside);
        }
    }
    painter.galley(pos2(rect.left() + 25.0, rect.center().y - galley.size().y / 2.0), galley, theme.text_weak);
    response
}

fn line(painter: &egui::Painter, from: Pos2, to: Pos2, stroke: Stroke) {
    painter.line_segment([from, to], stroke);
}

/// The sign of a mark.
pub(super) fn diamond(painter: &egui::Painter, at: Pos2, color: egui::Color32) {
    let points = vec![at + vec2(0.0, -4.0), at + vec2(4.0, 0.0), at + vec2(0.0, 4.0), at + vec2(-4.0, 0.0)];
    painter.add(Shape::convex_polygon(points, color, Stroke::NONE));
}
