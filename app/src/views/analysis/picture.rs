//! The view as a picture for the clipboard: the window is asked for what it shows, and the view is cut out of that.

use egui::{ColorImage, Context, Id, Rect, pos2, vec2};
use std::sync::Arc;

/// Where the picture waits for the next frame, which can put it on the clipboard.
const WAITING: &str = "picture of a view";

/// Asks for what the window shows at `pane`. It comes after this frame has been drawn.
pub(super) fn ask(ctx: &Context, pane: Rect) {
    let (later, pixels_per_point) = (ctx.clone(), ctx.pixels_per_point());
    ctx.request_screenshot(move |image: Arc<ColorImage>| {
        let part = part(pane, pixels_per_point, image.size);
        if part.is_positive() {
            let picture = Arc::new(image.region(&part, None));
            later.data_mut(|data| data.insert_temp(Id::unique(WAITING), picture));
            later.request_repaint();
        }
    });
}

/// Puts the picture that was asked for on the clipboard, when it has come.
pub(super) fn take(ctx: &Context) {
    let picture: Option<Arc<ColorImage>> = ctx.data_mut(|data| data.remove_temp(Id::unique(WAITING)));
    if let Some(picture) = picture {
        ctx.copy_image(Arc::unwrap_or_clone(picture));
    }
}

/// The pixels of a pane, none beyond the picture: the window may have been made smaller since.
fn part(pane: Rect, pixels_per_point: f32, size: [usize; 2]) -> Rect {
    let picture = Rect::from_min_size(pos2(0.0, 0.0), vec2(size[0] as f32, size[1] as f32));
    (pane * pixels_per_point).intersect(picture)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_stays_in_the_picture() {
        let pane = Rect::from_min_max(pos2(10.0, 20.0), pos2(300.0, 200.0));
        assert_eq!(part(pane, 2.0, [500, 900]), Rect::from_min_max(pos2(20.0, 40.0), pos2(500.0, 400.0)));
        assert!(!part(pane, 1.0, [5, 5]).is_positive());
    }
}
