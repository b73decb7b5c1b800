//! Small pieces that several views are made of.

use crate::theme::{self, Theme};
use crate::views::galleys;
use crate::views::painted::{hover_text, is_read};
use egui::{Id, Rect, Response, Role, Sense, Ui, Vec2, WidgetInfo, WidgetText, vec2};

/// A button that shows a symbol; its name is its hover text and what it is called to those who do not see it.
pub(crate) fn icon_button(ui: &mut Ui, symbol: &str, name: &str) -> Response {
    let response = plain_button(ui, symbol, vec2(7.0 * theme::GRID, theme::ROW_HEIGHT), None);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    hover_text(response, || name)
}

/// A tab, or another word of several of which one is chosen.
pub(crate) fn tab_button(ui: &mut Ui, name: &str, is_chosen: bool, hover: &str) -> Response {
    let response = plain_button(ui, name, Vec2::ZERO, Some(is_chosen));
    response.widget_info(|| WidgetInfo::selected(Role::Tab, true, is_chosen, name));
    hover_text(response, || hover)
}

/// A button of one text, as [`egui::Button`] looks, for those a frame has dozens of: what a button there is put together
/// of costs 5 000 instructions more. It is chosen or not; none: it has a frame either way. Not named yet.
fn plain_button(ui: &mut Ui, text: &str, min_size: Vec2, is_chosen: Option<bool>) -> Response {
    let margin = ui.spacing().button_padding;
    let font = egui::FontId::proportional(theme::TEXT_SIZE);
    let galley = galleys::line(ui.ctx(), text, &font, egui::Color32::PLACEHOLDER);
    let size = (galley.size() + 2.0 * margin).max(min_size.max(vec2(0.0, ui.spacing().interact_size.y)));
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    if !ui.is_rect_visible(rect) {
        return response;
    }
    let visuals = ui.style().interact_selectable(&response, is_chosen == Some(true));
    let is_plain = response.hovered() || response.has_focus() || response.is_pointer_button_down_on();
    if is_chosen != Some(false) || is_plain {
        let (fill, stroke) = (visuals.weak_bg_fill, visuals.bg_stroke);
        ui.painter().rect(rect, visuals.corner_radius, fill, stroke, egui::StrokeKind::Inside);
    }
    let at = egui::Align2::CENTER_CENTER.align_size_within_rect(galley.size(), rect.shrink2(margin)).min;
    ui.painter().galley(at, galley, visuals.text_color());
    response
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
pub(crate) fn fact(ui: &mut Ui, name: &str, left: f32, value: impl Into<WidgetText>) {
    let theme = Theme::of(ui);
    let room = (ui.available_width() - left).max(0.0);
    let value = value.into();
    let lay_out =
        |value: WidgetText| value.into_galley(ui, Some(egui::TextWrapMode::Wrap), room, egui::TextStyle::Body);
    let galley = match value {
        WidgetText::Text(words) => {
            let what = ("fact", words.as_str(), ui.text_valign());
            galleys::kept(ui.ctx(), what, room, || lay_out(words.as_str().into()))
        }
        other => lay_out(other),
    };
    // Allocated as one: a row of `Ui`s around two texts is four times as much work.
    let size = vec2(left + galley.size().x, galley.size().y.max(18.0));
    let rect = label_room(ui, size, galley.text());
    let font = egui::FontId::proportional(theme::TEXT_SIZE);
    let name = galleys::line(ui.ctx(), name, &font, theme.text_weak);
    ui.painter().galley(rect.left_top() + vec2(0.0, 1.0), name, theme.text_weak);
    ui.painter().galley(rect.left_top() + vec2(left, 0.0), galley, theme.text);
}

/// Room for a text that is painted. What can only be read need not be among what the pointer may be over, which is 1 700
/// instructions; those who do not see it are told.
fn label_room(ui: &mut Ui, size: Vec2, words: &str) -> Rect {
    let (id, rect) = ui.allocate_space(size);
    if is_read(ui.ctx()) {
        ui.interact(rect, id, Sense::hover()).widget_info(|| WidgetInfo::labeled(Role::Label, true, words));
    }
    rect
}

/// A heading inside a panel.
pub(crate) fn section(ui: &mut Ui, title: &str) {
    let theme = Theme::of(ui);
    ui.add_space(2.0 * theme::GRID);
    let font = egui::FontId::proportional(theme::TEXT_SIZE);
    let galley = galleys::line(ui.ctx(), title, &font, theme.text_weak);
    let rect = label_room(ui, galley.size(), title);
    ui.painter().galley(rect.min, galley, theme.text_weak);
    let rect = ui.cursor();
    ui.painter().hline(rect.left()..=rect.left() + ui.available_width(), rect.top(), theme.border_stroke());
    ui.add_space(theme::GRID);
}

/// A calm sentence for a place where nothing is.
pub(crate) fn hint(ui: &mut Ui, text: &str) {
    let color = Theme::of(ui).text_weak;
    crate::views::text::words_ui(ui, text, color);
}

/// Size of [`close_button`].
pub(crate) const CROSS: Vec2 = vec2(18.0, 18.0);

/// A cross without a frame.
pub(crate) fn close_button(ui: &mut Ui, name: &str) -> Response {
    let (id, rect) = ui.allocate_space(CROSS);
    close_button_at(ui, rect, id, name)
}

/// The same in a place that is known.
pub(crate) fn close_button_at(ui: &Ui, rect: Rect, id: Id, name: &str) -> Response {
    let theme = Theme::of(ui);
    let response = ui.interact(rect, id, Sense::click());
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
    hover_text(response, || name)
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
