//! The fast path: two triangles that make one upright rectangle of one colour (fills, bars, glyphs).

use super::{
    blend::{fill, over, rgba, tint},
    canvas::{CENTRE, Canvas, Clip, Fixed, SUBPIXELS, first_centre},
    texture::{Tap, Texture},
};
use egui::{Color32, Pos2, epaint::Vertex};

/// A vertex and where it falls on the canvas.
#[derive(Clone, Copy)]
pub(super) struct Corner {
    pub(super) at: Fixed,
    pub(super) uv: Pos2,
    pub(super) color: Color32,
}

impl Corner {
    pub(super) fn new(at: Fixed, vertex: &Vertex) -> Self {
        Self { at, uv: vertex.uv, color: vertex.color }
    }
}

/// An upright rectangle of one colour whose texture, if any, is upright too.
pub(super) struct Quad {
    min: Corner,
    max: Corner,
}

impl Quad {
    /// Recognises a rectangle in two triangles; the order of their corners does not matter.
    pub(super) fn from_triangles(first: [Corner; 3], second: [Corner; 3]) -> Option<Self> {
        let all = [first[0], first[1], first[2], second[0], second[1], second[2]];
        let (mut min, mut max) = (first[0], first[0]);
        for corner in &all {
            if corner.color != min.color {
                return None;
            }
            if corner.at.x <= min.at.x && corner.at.y <= min.at.y {
                min = *corner;
            }
            if corner.at.x >= max.at.x && corner.at.y >= max.at.y {
                max = *corner;
            }
        }
        let on_corner = |corner: &Corner| {
            let (left, right) = (corner.at.x == min.at.x, corner.at.x == max.at.x);
            let (top, bottom) = (corner.at.y == min.at.y, corner.at.y == max.at.y);
            let upright = (!left || corner.uv.x == min.uv.x)
                && (!right || corner.uv.x == max.uv.x)
                && (!top || corner.uv.y == min.uv.y)
                && (!bottom || corner.uv.y == max.uv.y);
            (left || right) && (top || bottom) && upright
        };
        let halves = covers_half(first) && covers_half(second);
        let joined = opposite_halves(first, second, min.at, max.at);
        (halves && joined && all.iter().all(on_corner)).then_some(Self { min, max })
    }

    /// Paints the rectangle.
    pub(super) fn paint(&self, canvas: &mut Canvas, clip: Clip, texture: &Texture, taps: &mut Vec<Tap>) {
        let left = first_centre(self.min.at.x).max(clip.left);
        let right = first_centre(self.max.at.x).min(clip.right);
        let top = first_centre(self.min.at.y).max(clip.top);
        let bottom = first_centre(self.max.at.y).min(clip.bottom);
        if left >= right || top >= bottom {
            return;
        }
        if self.min.uv == self.max.uv {
            self.paint_plain(canvas, [left, right, top, bottom], texture);
        } else {
            self.paint_textured(canvas, [left, right, top, bottom], texture, taps);
        }
    }

    fn paint_plain(&self, canvas: &mut Canvas, [left, right, top, bottom]: [i64; 4], texture: &Texture) {
        let filter = texture.filter(0.0);
        let uv = self.min.uv;
        let texel = texture.sample(texture.tap(0, uv.x, filter), texture.tap(1, uv.y, filter));
        let color = over(Color32::TRANSPARENT, tint(texel, rgba(self.min.color)));
        for y in top..bottom {
            fill(canvas.row(y, left, right), color);
        }
    }

    fn paint_textured(
        &self,
        canvas: &mut Canvas,
        [left, right, top, bottom]: [i64; 4],
        texture: &Texture,
        taps: &mut Vec<Tap>,
    ) {
        let (min, max) = (self.min, self.max);
        let u = Ramp::new([min.at.x, max.at.x], [min.uv.x, max.uv.x]);
        let v = Ramp::new([min.at.y, max.at.y], [min.uv.y, max.uv.y]);
        let [columns, rows] = texture.size();
        let step = (u.per_pixel() * columns as f64).abs().max((v.per_pixel() * rows as f64).abs());
        let filter = texture.filter(step);
        taps.clear();
        taps.extend((left..right).map(|x| texture.tap(0, u.at(x), filter)));
        let color = rgba(min.color);
        for y in top..bottom {
            let row_tap = texture.tap(1, v.at(y), filter);
            for (pixel, column_tap) in canvas.row(y, left, right).iter_mut().zip(taps.iter()) {
                let texel = texture.sample(*column_tap, row_tap);
                if texel != [0.0; 4] {
                    *pixel = over(*pixel, tint(texel, color));
                }
            }
        }
    }
}

/// The triangle's corners are three different corners of its own bounding rectangle.
fn covers_half([a, b, c]: [Corner; 3]) -> bool {
    let upright = |p: Corner, q: Corner| p.at.x == q.at.x || p.at.y == q.at.y;
    let sides = usize::from(upright(a, b)) + usize::from(upright(b, c)) + usize::from(upright(c, a));
    sides == 2 && a.at != b.at && b.at != c.at && c.at != a.at
}

/// Both triangles span the whole rectangle and have their right angles at opposite corners.
fn opposite_halves(first: [Corner; 3], second: [Corner; 3], min: Fixed, max: Fixed) -> bool {
    let right_angle = |[a, b, c]: [Corner; 3]| {
        let square = |p: Corner, q: Corner, r: Corner| {
            (p.at.x == q.at.x && p.at.y == r.at.y) || (p.at.y == q.at.y && p.at.x == r.at.x)
        };
        [(a, b, c), (b, c, a), (c, a, b)].into_iter().find(|&(p, q, r)| square(p, q, r)).map(|(p, _, _)| p.at)
    };
    let (Some(p), Some(q)) = (right_angle(first), right_angle(second)) else { return false };
    let spans = |[a, b, c]: [Corner; 3]| {
        let xs = [a.at.x, b.at.x, c.at.x];
        let ys = [a.at.y, b.at.y, c.at.y];
        xs.contains(&min.x) && xs.contains(&max.x) && ys.contains(&min.y) && ys.contains(&max.y)
    };
    spans(first) && spans(second) && p.x != q.x && p.y != q.y
}

/// A texture coordinate that changes evenly along one axis.
struct Ramp {
    start: i64,
    from: f64,
    per_subpixel: f64,
}

impl Ramp {
    fn new([start, end]: [i64; 2], [from, to]: [f32; 2]) -> Self {
        let (from, to) = (f64::from(from), f64::from(to));
        Self { start, from, per_subpixel: (to - from) / (end - start) as f64 }
    }

    fn per_pixel(&self) -> f64 {
        self.per_subpixel * SUBPIXELS as f64
    }

    /// The value at the centre of `pixel`.
    fn at(&self, pixel: i64) -> f32 {
        (self.from + (pixel * SUBPIXELS + CENTRE - self.start) as f64 * self.per_subpixel) as f32
    }
}
