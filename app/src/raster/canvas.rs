//! The picture being painted, its clip rectangle, and the step from points to fixed-point pixels.

use egui::{Color32, Pos2, Rect};

/// Subpixel steps per pixel: coverage is decided in whole numbers, so it is the same in every build.
pub(super) const SUBPIXELS: i64 = 256;
/// The centre of a pixel, in subpixels.
pub(super) const CENTRE: i64 = SUBPIXELS / 2;
/// Positions are held within this many pixels, so that products of differences fit in 64 bits.
const FARTHEST_PX: f32 = 1_000_000.0;

/// Pixels to paint on.
pub(super) struct Canvas {
    pub(super) size_px: [usize; 2],
    pub(super) pixels: Vec<Color32>,
}

/// Pixel columns and rows that may be painted: `[left, right)` by `[top, bottom)`.
#[derive(Clone, Copy)]
pub(super) struct Clip {
    pub(super) left: i64,
    pub(super) right: i64,
    pub(super) top: i64,
    pub(super) bottom: i64,
}

/// A position in subpixels.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Fixed {
    pub(super) x: i64,
    pub(super) y: i64,
}

impl Canvas {
    pub(super) fn new(size_px: [usize; 2], clear: Color32) -> Self {
        Self { size_px, pixels: vec![clear; size_px[0] * size_px[1]] }
    }

    /// The pixels `left..right` of row `y`. The caller keeps within the clip rectangle.
    pub(super) fn row(&mut self, y: i64, left: i64, right: i64) -> &mut [Color32] {
        let start = y as usize * self.size_px[0];
        &mut self.pixels[start + left as usize..start + right as usize]
    }

    /// `rect` (points) as pixels of this canvas, rounded as egui's own painters round it.
    pub(super) fn clip(&self, rect: Rect, pixels_per_point: f32) -> Clip {
        let [width, height] = self.size_px.map(|side| side as i64);
        let px = |at: f32| (at * pixels_per_point).round() as i64;
        Clip {
            left: px(rect.min.x).clamp(0, width),
            right: px(rect.max.x).clamp(0, width),
            top: px(rect.min.y).clamp(0, height),
            bottom: px(rect.max.y).clamp(0, height),
        }
    }
}

impl Clip {
    /// Nothing can be painted in here.
    pub(super) fn is_empty(self) -> bool {
        self.left >= self.right || self.top >= self.bottom
    }
}

/// `pos` (points) in subpixels, or nothing if it is not a number.
pub(super) fn fixed(pos: Pos2, pixels_per_point: f32) -> Option<Fixed> {
    let to_subpixels = |at: f32| {
        let px = (at * pixels_per_point).clamp(-FARTHEST_PX, FARTHEST_PX);
        (f64::from(px) * SUBPIXELS as f64).round() as i64
    };
    (!pos.x.is_nan() && !pos.y.is_nan()).then(|| Fixed { x: to_subpixels(pos.x), y: to_subpixels(pos.y) })
}

/// The first pixel whose centre is at or after `at` subpixels.
pub(super) fn first_centre(at: i64) -> i64 {
    -(CENTRE - at).div_euclid(SUBPIXELS)
}
