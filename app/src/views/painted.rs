//! Text that is painted where it belongs and is no widget to egui, where a frame has much of it.
//!
//! A cell of a table with a label in it is a `Ui` of its own, with its layout, its style and its place among what the
//! pointer may be over: 18 000 instructions a frame. Painted it is 2 500. Those who do not see it lose nothing: where the
//! window is read to somebody each text is still a label.

use crate::theme;
use crate::views::galleys;
use egui::emath::GuiRounding as _;
use egui::epaint::TextShape;
use egui::text::{LayoutJob, TextWrapping};
use egui::{
    Align, Align2, Color32, Context, FontId, Galley, Id, Mesh, Rect, Response, Role, Sense, Stroke, Ui, WidgetInfo,
    WidgetText,
};
use std::sync::Arc;

/// A line of text and where it stands.
pub(crate) struct Line {
    pub galley: Arc<Galley>,
    pub rect: Rect,
    color: Color32,
}

impl Line {
    /// `words` at the left or the right of `room`, halfway up, cut where there is no more of it.
    pub(crate) fn new(ui: &Ui, words: &str, color: Color32, room: Rect, halign: Align) -> Self {
        Self::with_font(ui, words, &FontId::proportional(theme::TEXT_SIZE), color, room, halign)
    }

    /// The same in another font.
    pub(crate) fn with_font(ui: &Ui, words: &str, font: &FontId, color: Color32, room: Rect, halign: Align) -> Self {
        let galley = galleys::kept(ui.ctx(), galleys::key(words, font, color, halign), room.width(), || {
            let mut job = LayoutJob::simple_singleline(words.to_owned(), font.clone(), color);
            job.wrap = TextWrapping::truncate_at_width(room.width());
            job.halign = halign;
            ui.painter().layout_job(job)
        });
        let rect = Align2([halign, Align::Center]).align_size_within_rect(galley.size(), room).round_ui();
        Self { galley, rect, color }
    }

    /// Paints it.
    pub(crate) fn show(self, ui: &Ui) {
        self.show_underlined(ui, Stroke::NONE);
    }

    /// Paints it with a line under it.
    pub(crate) fn show_underlined(self, ui: &Ui, underline: Stroke) {
        let at = if self.galley.job.halign == Align::RIGHT { self.rect.right_top() } else { self.rect.min };
        ui.painter().add(TextShape::new(at, self.galley, self.color).with_underline(underline));
    }

    /// Tells those who do not see it what it says, and those who do what has been cut off.
    pub(crate) fn name(&self, ui: &Ui, id: Id) {
        if self.galley.elided || is_read(ui.ctx()) {
            self.answer(ui, id);
        }
    }

    /// The same, for what has a hover text of its own.
    pub(crate) fn answer(&self, ui: &Ui, id: Id) -> Response {
        let answer = ui.interact(self.rect, id, Sense::hover());
        answer.widget_info(|| WidgetInfo::labeled(Role::Label, ui.is_enabled(), self.galley.text()));
        if self.galley.elided {
            hover_text(answer, || egui::RichText::new(self.galley.text()).color(self.color))
        } else {
            answer
        }
    }
}

/// A mesh that so many rectangles have room in. One that grows is copied each time, and then lies in memory that is too
/// large for it: of the 7.8 million instructions of a frame with all of a recording in it, those copies were one.
pub(crate) fn room_for(rects: usize) -> Mesh {
    let mut mesh = Mesh::default();
    mesh.reserve_vertices(4 * rects);
    mesh.reserve_triangles(2 * rects);
    mesh
}

/// Whether a screen reader, or a test, reads the window.
pub(crate) fn is_read(ctx: &Context) -> bool {
    ctx.has_accesskit_node(egui::accesskit_root_id())
}

/// [`Response::on_hover_text`], its text made only when it is wanted: under the pointer, or by those who do not see it.
/// A window has a hundred of them, each 1 500 instructions a frame to find that its time has not come.
pub(crate) fn hover_text<T: Into<WidgetText>>(answer: Response, words: impl FnOnce() -> T) -> Response {
    if answer.hovered() || answer.ctx.has_accesskit_node(answer.id) || answer.is_tooltip_open() {
        answer.on_hover_text(words())
    } else {
        answer
    }
}
