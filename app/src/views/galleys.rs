//! Texts that were laid out, kept for longer than egui does.
//!
//! To lay out a text of two words takes 55 000 instructions, a hundredth of a frame, and egui forgets it with the first
//! frame that does not show it. A step brings 16 texts, most of which were there some steps ago: sizes, threads, the frames
//! of a few stacks. And where a pane grows by the width of its scroll bar, all that is in it was laid out again, though it
//! had room before and after.

use egui::{Align, Color32, Context, FontId, Galley, Id};
use std::collections::HashMap;
use std::hash::Hash;
use std::mem;
use std::sync::Arc;

/// So many are kept, and as many more that were not asked for since: at 3 KiB each, and a window shows 200.
const MOST: usize = 400;

#[derive(Clone, Default)]
struct Kept {
    /// A text that is laid out in every frame. Egui gives another galley of it when it has thrown away what galleys point
    /// to: all glyphs, for other fonts, another scale, or because there were too many. No witness, and nothing is kept.
    witness: Option<Arc<Galley>>,
    young: HashMap<u64, Arc<Galley>>,
    old: HashMap<u64, Arc<Galley>>,
}

impl Kept {
    fn of(data: &mut egui::util::IdTypeMap) -> &mut Self {
        data.get_temp_mut_or_default(Id::unique("kept galleys"))
    }

    fn get(&mut self, key: u64) -> Option<&Arc<Galley>> {
        if let Some(galley) = self.old.remove(&key) {
            self.insert(key, galley);
        }
        self.young.get(&key)
    }

    fn insert(&mut self, key: u64, galley: Arc<Galley>) {
        if self.young.len() >= MOST {
            self.old = mem::take(&mut self.young);
        }
        self.young.insert(key, galley);
    }
}

/// To be called before a window is drawn: lets go of what cannot be painted any more.
pub(crate) fn begin(ctx: &Context) {
    let font = FontId::proportional(crate::theme::TEXT_SIZE);
    let witness = ctx.fonts_mut(|fonts| fonts.layout_no_wrap("witness".to_owned(), font, Color32::PLACEHOLDER));
    ctx.data_mut(|data| {
        let kept = Kept::of(data);
        if !kept.witness.as_ref().is_some_and(|known| Arc::ptr_eq(known, &witness)) {
            *kept = Kept { witness: Some(witness), ..Kept::default() };
        }
    });
}

/// What `lay_out` makes of `what`, which is all but the room that there is for it, or made of it the last time. What has
/// room on one line looks the same in any other room that it fits in.
pub(crate) fn kept(ctx: &Context, what: impl Hash, room: f32, lay_out: impl FnOnce() -> Arc<Galley>) -> Arc<Galley> {
    let whole = egui::util::hash(what);
    let in_room = || egui::util::hash((whole, room.to_bits()));
    let found = ctx.data_mut(|data| {
        let kept = Kept::of(data);
        if let Some(galley) = kept.get(whole).filter(|galley| fits(galley, room)) {
            return Some(Arc::clone(galley));
        }
        kept.get(in_room()).map(Arc::clone)
    });
    found.unwrap_or_else(|| {
        let galley = lay_out();
        let key = if fits(&galley, room) { whole } else { in_room() };
        ctx.data_mut(|data| {
            let kept = Kept::of(data);
            if kept.witness.is_some() {
                kept.insert(key, Arc::clone(&galley));
            }
        });
        galley
    })
}

/// `words` on one line, however long.
pub(crate) fn line(ctx: &Context, words: &str, font: &FontId, color: Color32) -> Arc<Galley> {
    kept(ctx, key(words, font, color, Align::LEFT), f32::INFINITY, || {
        ctx.fonts_mut(|fonts| fonts.layout_no_wrap(words.to_owned(), font.clone(), color))
    })
}

/// What makes a line of text.
pub(crate) fn key<'a>(words: &'a str, font: &'a FontId, color: Color32, halign: Align) -> impl Hash + use<'a> {
    (words, font.size.to_bits(), &font.family, color, halign)
}

/// Whether it is whole and on one line, and would be in `room`: by a point, which egui may round by.
fn fits(galley: &Galley, room: f32) -> bool {
    !galley.elided && galley.rows.len() <= 1 && galley.size().x + 1.0 <= room
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::text::{LayoutJob, TextWrapping};
    use egui::{RawInput, Ui};

    fn cut(ui: &Ui, words: &str, room: f32) -> Arc<Galley> {
        let font = FontId::proportional(13.0);
        kept(ui.ctx(), key(words, &font, Color32::WHITE, Align::LEFT), room, || {
            let mut job = LayoutJob::simple_singleline(words.to_owned(), font.clone(), Color32::WHITE);
            job.wrap = TextWrapping::truncate_at_width(room);
            ui.painter().layout_job(job)
        })
    }

    fn frame(ctx: &Context, draw: impl FnOnce(&Ui)) {
        let mut draw = Some(draw);
        let output = ctx.run_ui(RawInput::default(), |ui| {
            begin(ui.ctx());
            if let Some(draw) = draw.take() {
                draw(ui);
            }
        });
        output.drop_without_applying_deltas();
    }

    #[test]
    fn a_text_is_laid_out_once_while_it_has_room_and_the_fonts_stay() {
        let ctx = Context::default();
        let (mut first, mut cut_off) = (None, None);
        frame(&ctx, |ui| first = Some(cut(ui, "some words", 300.0)));
        frame(&ctx, |_| {});
        frame(&ctx, |ui| {
            let first = first.as_ref().expect("the first frame's");
            assert!(Arc::ptr_eq(first, &cut(ui, "some words", 300.0)));
            assert!(Arc::ptr_eq(first, &cut(ui, "some words", 200.0)), "it has room there, too");
            let less = cut(ui, "some words", 30.0);
            assert!(less.elided && less.size().x <= 31.0);
            assert!(Arc::ptr_eq(first, &cut(ui, "some words", 300.0)));
            cut_off = Some(less);
        });
        frame(&ctx, |_| {});
        frame(&ctx, |ui| {
            assert!(Arc::ptr_eq(cut_off.as_ref().expect("the frame before's"), &cut(ui, "some words", 30.0)));
        });
        ctx.set_pixels_per_point(2.0);
        frame(&ctx, |_| {});
        frame(&ctx, |ui| {
            let larger = cut(ui, "some words", 300.0);
            assert!(!Arc::ptr_eq(first.as_ref().expect("the first frame's"), &larger));
            assert!(larger.pixels_per_point == 2.0);
        });
    }

    #[test]
    fn no_more_than_twice_the_most_are_kept() {
        let ctx = Context::default();
        frame(&ctx, |ui| {
            for number in 0..3 * MOST {
                cut(ui, &number.to_string(), 300.0);
            }
            let count = ui.data_mut(|data| Kept::of(data).young.len() + Kept::of(data).old.len());
            assert!((MOST..=2 * MOST).contains(&count), "{count}");
        });
    }
}
