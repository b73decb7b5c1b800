//! Shows a user interface without a window and gives back the picture: for `shot`, for tests, for machines without a
//! display.

use crate::{fonts, raster::Raster, theme::Theme};
use anyhow::Context as _;
use egui::{ColorImage, Context, FullOutput, RawInput, Rect, Ui, ViewportId, pos2, vec2};
use std::path::Path;
use std::sync::Arc;

/// The longest side a picture can have; longer ones are cut to it.
pub const LONGEST_SIDE_PX: u32 = 16_384;
/// Time between two frames. Longer than any animation, so that each is over in the frame after it began.
const FRAME_SECONDS: f64 = 1.0;
/// How many frames more than asked for we wait for a user interface that keeps asking to be painted again.
const PATIENCE_FRAMES: usize = 16;
/// Larger than any texture we upload.
const LARGEST_TEXTURE_PX: usize = 16_384;

/// The fonts of a picture. Theme and the shipped ones are the window's own.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Fonts {
    /// Only the shipped ones: the picture is the same everywhere.
    #[default]
    Shipped,
    /// Those of the desktop for what the shipped ones lack, as in the window.
    Desktop,
}

/// Runs `ui` for at least `frames` frames, then until it no longer asks for another (a handful at most), and paints
/// the last one.
pub fn render(
    size_px: [u32; 2],
    pixels_per_point: f32,
    dark: bool,
    frames: usize,
    ui: impl FnMut(&mut Ui),
) -> ColorImage {
    render_with(Fonts::Shipped, size_px, pixels_per_point, dark, frames, ui)
}

/// As [`render`], with these fonts.
pub fn render_with(
    from: Fonts,
    size_px: [u32; 2],
    pixels_per_point: f32,
    dark: bool,
    frames: usize,
    mut ui: impl FnMut(&mut Ui),
) -> ColorImage {
    let size_px = size_px.map(|side| side.clamp(1, LONGEST_SIDE_PX));
    let pixels_per_point = if pixels_per_point.is_finite() { pixels_per_point.clamp(0.25, 8.0) } else { 1.0 };
    let theme = if dark { Theme::dark() } else { Theme::light() };
    let ctx = Context::default();
    fonts::install(&ctx);
    if from == Fonts::Desktop {
        ctx.add_font_provider(Arc::new(egui_system_font_provider::SystemFontProvider::new()));
    }
    theme.install(&ctx);
    // Things appear at once: an animation that nobody watches only delays the picture.
    ctx.all_styles_mut(|style| style.animation_time = 0.0);

    let mut raster = Raster::default();
    let mut frame = 0;
    loop {
        let mut output = ctx.run_ui(input(size_px, pixels_per_point, frame), &mut ui);
        raster.apply(&mut output.textures_delta);
        frame += 1;
        let settled = frame >= frames.max(2) && !wants_another(&output);
        if settled || frame >= frames.saturating_add(PATIENCE_FRAMES) {
            let primitives = ctx.tessellate(std::mem::take(&mut output.shapes), pixels_per_point);
            return raster.paint(size_px.map(|side| side as usize), pixels_per_point, theme.panel, &primitives);
        }
    }
}

/// Writes `image` as a PNG file.
///
/// # Errors
/// If the file cannot be created or written; the message names it.
pub fn write_png(path: impl AsRef<Path>, image: &ColorImage) -> anyhow::Result<()> {
    let path = path.as_ref();
    let file = encode(image).with_context(|| format!("cannot encode the picture {}", path.display()))?;
    std::fs::write(path, file).with_context(|| format!("cannot write the picture {}", path.display()))
}

/// `image` as the bytes of a PNG file.
///
/// # Errors
/// If it is larger than a PNG can be.
pub fn encode(image: &ColorImage) -> anyhow::Result<Vec<u8>> {
    let [width, height] = image.size;
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, u32::try_from(width)?, u32::try_from(height)?);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_source_srgb(png::SrgbRenderingIntent::Perceptual);
    let mut writer = encoder.write_header()?;
    if image.pixels.iter().all(egui::Color32::is_opaque) {
        writer.write_image_data(image.as_raw())?;
    } else {
        // PNG wants colours that are not multiplied by their alpha.
        let bytes: Vec<u8> = image.pixels.iter().flat_map(egui::Color32::to_srgba_unmultiplied).collect();
        writer.write_image_data(&bytes)?;
    }
    writer.finish()?;
    Ok(file)
}

fn input(size_px: [u32; 2], pixels_per_point: f32, frame: usize) -> RawInput {
    let size = vec2(size_px[0] as f32, size_px[1] as f32) / pixels_per_point;
    let mut input = RawInput {
        screen_rect: Some(Rect::from_min_size(pos2(0.0, 0.0), size)),
        max_texture_side: Some(LARGEST_TEXTURE_PX),
        time: Some(frame as f64 * FRAME_SECONDS),
        predicted_dt: FRAME_SECONDS as f32,
        focused: true,
        ..RawInput::default()
    };
    if let Some(viewport) = input.viewports.get_mut(&ViewportId::ROOT) {
        viewport.native_pixels_per_point = Some(pixels_per_point);
    }
    input
}

fn wants_another(output: &FullOutput) -> bool {
    output.viewport_output.get(&ViewportId::ROOT).is_some_and(|viewport| viewport.repaint_delay.is_zero())
}
