//! Colour arithmetic of the rasteriser: premultiplied alpha, blended in gamma space as egui's shaders do.

use egui::Color32;

/// A premultiplied colour, 0 to 255 per channel, not yet rounded to bytes.
pub(super) type Rgba = [f32; 4];

/// `color` unrounded.
pub(super) fn rgba(color: Color32) -> Rgba {
    color.to_array().map(f32::from)
}

/// What the shader does with a texel and the vertex colour.
pub(super) fn tint(texel: Rgba, color: Rgba) -> Rgba {
    [0, 1, 2, 3].map(|channel| texel[channel] * color[channel] / 255.0)
}

/// Puts `src` over `dst`, rounding once at the end.
pub(super) fn over(dst: Color32, src: Rgba) -> Color32 {
    let keep = 1.0 - src[3].clamp(0.0, 255.0) / 255.0;
    let dst = dst.to_array();
    // `as u8` saturates, which is the clamp the shader's output gets.
    let [r, g, b, a] = [0, 1, 2, 3].map(|channel| (src[channel] + f32::from(dst[channel]) * keep + 0.5) as u8);
    Color32::from_rgba_premultiplied(r, g, b, a)
}

/// Puts one colour over a run of pixels. Gives the same bytes as [`over`], only faster.
pub(super) fn fill(row: &mut [Color32], src: Color32) {
    if src.a() == 255 {
        row.fill(src);
        return;
    }
    if src == Color32::TRANSPARENT {
        return;
    }
    let keep = 255 - u32::from(src.a());
    let src = src.to_array();
    for pixel in row {
        let dst = pixel.to_array();
        // 255 is odd, so nothing lies halfway and adding 127 rounds to nearest.
        let [r, g, b, a] = [0, 1, 2, 3].map(|channel| {
            let kept = (u32::from(dst[channel]) * keep + 127) / 255;
            (u32::from(src[channel]) + kept).min(255) as u8
        });
        *pixel = Color32::from_rgba_premultiplied(r, g, b, a);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filling_a_run_gives_the_bytes_of_blending_each_pixel() {
        for alpha in 0..=255u8 {
            let src = Color32::from_rgba_premultiplied(alpha / 3, alpha / 2, alpha, alpha);
            for dst in (0..=255u8).step_by(5) {
                let under = Color32::from_rgba_premultiplied(dst, 255 - dst, dst / 2, 255);
                let mut row = [under];
                fill(&mut row, src);
                assert_eq!(row[0], over(under, rgba(src)), "{src:?} over {under:?}");
            }
        }
    }

    #[test]
    fn additive_colours_saturate_instead_of_wrapping() {
        let glow = Color32::from_rgba_premultiplied(200, 200, 200, 0);
        let mut row = [Color32::from_rgb(100, 10, 255)];
        fill(&mut row, glow);
        assert_eq!(row[0], Color32::from_rgb(255, 210, 255));
    }
}
