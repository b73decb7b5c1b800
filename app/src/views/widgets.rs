//! Small pieces that several views are made of.

use crate::theme::{self, Theme};
use egui::{Button, Response, RichText, Role, Sense, Ui, WidgetInfo, vec2};

/// A button that shows a symbol; its name is its hover text and what it is called to those who do not see it.
pub(crate) fn icon_button(ui: &mut Ui, symbol: &str, name: &str) -> Response {
    let button = Button::new(symbol).min_size(vec2(7.0 * theme::GRID, theme::ROW_HEIGHT));
    let response = ui.add(button);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    response.on_hover_text(name)
}

/// A short fact in a rounded frame.
pub(crate) fn chip(ui: &mut Ui, text: &str, color: egui::Color32) -> Response {
    let theme = Theme::of(ui);
    let margin = vec2(7.0, 2.0);
    let font = egui::FontId::proportional(theme::TEXT_SIZE);
    let mut job = egui::text::LayoutJob::simple_singleline(text.to_owned(), font, theme.text_strong);
    job.wrap = egui::text::TextWrapping::truncate_at_width(ui.max_rect().width() - 2.0 * margin.x);
    let galley = ui.painter().layout_job(job);
    // Asked for as a whole, so that a row of them is wrapped between two.
    let size = vec2(galley.size().x + 2.0 * margin.x, (galley.size().y + 2.0 * margin.y).max(22.0));
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
    let stroke = egui::Stroke::new(1.0, color);
    ui.painter().rect(rect, theme::CORNER, theme.raised, stroke, egui::StrokeKind::Inside);
    ui.painter().galley(rect.center() - galley.size() / 2.0, galley, theme.text_strong);
    response
}

/// A name and a value on one line, the value at `left` points from the line's start.
pub(crate) fn fact(ui: &mut Ui, name: &str, left: f32, value: impl FnOnce(&mut Ui)) {
    let theme = Theme::of(ui);
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        ui.spacing_mut().interact_size.y = 18.0;
        let (rect, _) = ui.allocate_exact_size(vec2(left, 18.0), Sense::hover());
        let font = egui::FontId::proportional(theme::TEXT_SIZE);
        ui.painter().text(rect.left_top() + vec2(0.0, 1.0), egui::Align2::LEFT_TOP, name, font, theme.text_weak);
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            value(ui);
        });
    });
}

/// A heading inside a panel.
pub(crate) fn section(ui: &mut Ui, title: &str) {
    let theme = Theme::of(ui);
    ui.add_space(2.0 * theme::GRID);
    ui.label(RichText::new(title).color(theme.text_weak));
    let rect = ui.cursor();
    ui.painter().hline(rect.left()..=rect.left() + ui.available_width(), rect.top(), theme.border_stroke());
    ui.add_space(theme::GRID);
}

/// A calm sentence for a place where nothing is.
pub(crate) fn hint(ui: &mut Ui, text: &str) {
    let color = Theme::of(ui).text_weak;
    crate::views::text::words_ui(ui, text, color);
}

/// A cross without a frame.
pub(crate) fn close_button(ui: &mut Ui, name: &str) -> Response {
    let theme = Theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(18.0, 18.0), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    let is_lit = response.hovered() || response.has_focus();
    if is_lit {
        ui.painter().rect_filled(rect, theme::CORNER, theme.hovered);
    }
    let color = if is_lit { theme.text_strong } else { theme.text_weak };
    let arm = rect.shrink(6.0);
    for ends in [[arm.left_top(), arm.right_bottom()], [arm.right_top(), arm.left_bottom()]] {
        ui.painter().line_segment(ends, egui::Stroke::new(1.5, color));
    }
    response.on_hover_text(name)
}

/// A round number of a scale without the zeros behind its point: `32 MiB`, `1 ms`.
pub(crate) fn round(words: &str) -> String {
    words.replace(".00 ", " ").replace(".0 ", " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chips_that_have_no_room_beside_each_other_stand_below_each_other() {
        let mut rects = Vec::new();
        let mut harness = egui_kittest::Harness::builder().with_size([220.0, 300.0]).build_ui(|ui| {
            let theme = Theme::of(ui);
            rects = ui
                .horizontal_wrapped(|ui| {
                    let names = ["Cache", "BTreeMap<String, Value>", "Vec<Value>", &"a name ".repeat(40)];
                    names.map(|name| chip(ui, name, theme.selection).rect).to_vec()
                })
                .inner;
        });
        harness.run();
        drop(harness);
        assert!(rects.iter().all(|rect| rect.right() <= 220.0), "{rects:?}");
        assert!(rects[2].top() > rects[0].top());
    }
}
