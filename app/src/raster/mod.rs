//! Draws egui's triangles on the CPU: the same picture on every machine and in every build, with no GPU or display.

mod blend;
mod canvas;
mod quad;
mod texture;
mod triangle;

use canvas::{Canvas, Clip, fixed};
use egui::{
    ClippedPrimitive, Color32, ColorImage, Mesh, TextureId, TexturesDelta,
    epaint::{ImageDelta, Primitive},
};
use quad::{Corner, Quad};
use std::collections::HashMap;
use texture::{Tap, Texture};

/// Holds the textures that egui uploaded and paints with them.
///
/// Colours are premultiplied and blended in gamma space, as egui's own painters do. A mesh whose texture was never
/// uploaded is not drawn, nor is a [`Primitive::Callback`], which only a GPU could answer.
#[derive(Default)]
pub struct Raster {
    textures: HashMap<TextureId, Texture>,
    /// Freed by egui, but the frame that is about to be painted may still use them.
    freed: Vec<TextureId>,
    taps: Vec<Tap>,
}

impl Raster {
    /// Takes over one frame's texture changes; call it before painting that frame. `delta` is left empty.
    pub fn apply(&mut self, delta: &mut TexturesDelta) {
        for id in self.freed.drain(..) {
            self.textures.remove(&id);
        }
        for (id, changes) in delta.set.drain() {
            for change in changes {
                self.change(id, change);
            }
        }
        self.freed.extend(delta.free.drain());
    }

    /// Paints a frame of `size_px` pixels over the colour `clear`.
    pub fn paint(
        &mut self,
        size_px: [usize; 2],
        pixels_per_point: f32,
        clear: Color32,
        primitives: &[ClippedPrimitive],
    ) -> ColorImage {
        let mut canvas = Canvas::new(size_px, clear);
        for ClippedPrimitive { clip_rect, primitive } in primitives {
            let clip = canvas.clip(*clip_rect, pixels_per_point);
            match primitive {
                Primitive::Mesh(mesh) if !clip.is_empty() => self.mesh(&mut canvas, clip, pixels_per_point, mesh),
                Primitive::Mesh(_) | Primitive::Callback(_) => {}
            }
        }
        ColorImage::new(size_px, canvas.pixels)
    }

    fn change(&mut self, id: TextureId, change: ImageDelta) {
        if change.is_whole() {
            if let Some(texture) = Texture::new(change) {
                self.textures.insert(id, texture);
            }
        } else if let Some(texture) = self.textures.get_mut(&id) {
            texture.patch(&change);
        }
    }

    fn mesh(&mut self, canvas: &mut Canvas, clip: Clip, pixels_per_point: f32, mesh: &Mesh) {
        let Some(texture) = self.textures.get(&mesh.texture_id) else { return };
        let corner = |index: &u32| {
            let vertex = mesh.vertices.get(*index as usize)?;
            Some(Corner::new(fixed(vertex.pos, pixels_per_point)?, vertex))
        };
        let triangle = |at: usize| match mesh.indices.get(at..at + 3)? {
            [a, b, c] => Some([corner(a)?, corner(b)?, corner(c)?]),
            _ => None,
        };
        let mut at = 0;
        while at + 3 <= mesh.indices.len() {
            let Some(first) = triangle(at) else {
                at += 3;
                continue;
            };
            let quad = triangle(at + 3).and_then(|second| Quad::from_triangles(first, second));
            if let Some(quad) = quad {
                quad.paint(canvas, clip, texture, &mut self.taps);
                at += 6;
            } else {
                triangle::paint(canvas, clip, texture, first);
                at += 3;
            }
        }
    }
}
