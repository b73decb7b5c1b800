//! Textures of the rasteriser: what egui uploaded, and how a texel is looked up.

use super::blend::Rgba;
use egui::{
    Color32, ImageData, TextureFilter, TextureOptions, TextureWrapMode,
    epaint::{ColorImage, ImageDelta},
};
use std::sync::Arc;

/// One uploaded image and how it is sampled.
pub(super) struct Texture {
    image: Arc<ColorImage>,
    options: TextureOptions,
}

/// Where a sample falls along one axis: two neighbouring texels and the second one's share of 256.
///
/// Eight bits is the precision GPUs filter with; it also makes a texel-aligned glyph land exactly on its texels.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Tap {
    first: usize,
    second: usize,
    share_256: i64,
}

impl Texture {
    /// A texture holding `delta`'s image, or nothing if the delta is only a patch of a texture we never got.
    pub(super) fn new(delta: ImageDelta) -> Option<Self> {
        if delta.pos.is_some() {
            return None;
        }
        let ImageData::Color(image) = delta.image;
        (image.width() > 0 && image.height() > 0).then_some(Self { image, options: delta.options })
    }

    /// Replaces the rectangle that `delta` patches. What falls outside the texture is ignored.
    pub(super) fn patch(&mut self, delta: &ImageDelta) {
        let Some([left, top]) = delta.pos else { return };
        let ImageData::Color(patch) = &delta.image;
        self.options = delta.options;
        let [width, height] = self.image.size;
        let columns = patch.width().min(width.saturating_sub(left));
        let rows = patch.height().min(height.saturating_sub(top));
        let image = Arc::make_mut(&mut self.image);
        for row in 0..rows {
            let to = (top + row) * width + left;
            let from = row * patch.width();
            image.pixels[to..to + columns].copy_from_slice(&patch.pixels[from..from + columns]);
        }
    }

    /// Width and height in texels; never zero.
    pub(super) fn size(&self) -> [usize; 2] {
        self.image.size
    }

    /// The filter for a primitive that steps this many texels per pixel.
    pub(super) fn filter(&self, texels_per_pixel: f64) -> TextureFilter {
        if texels_per_pixel > 1.001 { self.options.minification } else { self.options.magnification }
    }

    /// The taps for texture coordinate `uv` (0 to 1) along `axis` (0 is x).
    pub(super) fn tap(&self, axis: usize, uv: f32, filter: TextureFilter) -> Tap {
        let len = self.image.size[axis];
        // The cast saturates, so that a nonsensical coordinate stays harmless.
        let at = f64::from(uv) * len as f64;
        match filter {
            TextureFilter::Nearest => {
                let texel = self.wrap(at.floor() as i64, len);
                Tap { first: texel, second: texel, share_256: 0 }
            }
            TextureFilter::Linear => {
                let fixed = (((at - 0.5) * 256.0 + 0.5).floor() as i64).clamp(-(1 << 40), 1 << 40);
                let first = fixed >> 8;
                Tap { first: self.wrap(first, len), second: self.wrap(first + 1, len), share_256: fixed & 255 }
            }
        }
    }

    /// The filtered texel.
    pub(super) fn sample(&self, x: Tap, y: Tap) -> Rgba {
        if x.share_256 == 0 && y.share_256 == 0 {
            return self.texel(x.first, y.first).to_array().map(f32::from);
        }
        let corners = [(x.first, y.first), (x.second, y.first), (x.first, y.second), (x.second, y.second)]
            .map(|(column, row)| self.texel(column, row).to_array());
        [0, 1, 2, 3].map(|channel| {
            let [a, b, c, d] = corners.map(|corner| i64::from(corner[channel]));
            let top = a * (256 - x.share_256) + b * x.share_256;
            let bottom = c * (256 - x.share_256) + d * x.share_256;
            (top * (256 - y.share_256) + bottom * y.share_256) as f32 / 65536.0
        })
    }

    fn texel(&self, column: usize, row: usize) -> Color32 {
        self.image.pixels[row * self.image.size[0] + column]
    }

    fn wrap(&self, texel: i64, len: usize) -> usize {
        let count = len as i64;
        let inside = match self.options.wrap_mode {
            TextureWrapMode::ClampToEdge => texel.clamp(0, count - 1),
            TextureWrapMode::Repeat => texel.rem_euclid(count),
            TextureWrapMode::MirroredRepeat => {
                let twice = texel.rem_euclid(2 * count);
                twice.min(2 * count - 1 - twice)
            }
        };
        inside as usize
    }
}
