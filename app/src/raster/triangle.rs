//! Any triangle: exact coverage with the top-left rule, colours and texture interpolated along each row.

use super::{
    blend::{Rgba, fill, over, rgba, tint},
    canvas::{CENTRE, Canvas, Clip, Fixed, SUBPIXELS, first_centre},
    quad::Corner,
    texture::Texture,
};
use egui::{Color32, TextureFilter};

/// Paints one triangle, whichever way round it is wound.
pub(super) fn paint(canvas: &mut Canvas, clip: Clip, texture: &Texture, [a, b, c]: [Corner; 3]) {
    let area = cross(a.at, b.at, c.at);
    if area == 0 {
        return;
    }
    let corners = if area > 0 { [a, b, c] } else { [a, c, b] };
    let points = corners.map(|corner| corner.at);
    let ys = points.map(|at| at.y);
    let top = first_centre(ys[0].min(ys[1]).min(ys[2])).max(clip.top);
    let bottom = first_centre(ys[0].max(ys[1]).max(ys[2])).min(clip.bottom);
    let edges = [Edge::new(points[0], points[1]), Edge::new(points[1], points[2]), Edge::new(points[2], points[0])];
    let shade = Shade::new(corners, texture);
    for y in top..bottom {
        let mut span = (clip.left, clip.right);
        for edge in &edges {
            edge.narrow(y, &mut span);
        }
        if span.0 < span.1 {
            shade.paint_row(canvas, texture, y, span);
        }
    }
}

/// Twice the signed area; positive when the corners go clockwise on screen.
fn cross(a: Fixed, b: Fixed, c: Fixed) -> i64 {
    (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x)
}

/// One side of a clockwise triangle.
struct Edge {
    from: Fixed,
    dx: i64,
    dy: i64,
    /// A pixel centre exactly on the side belongs to it only for top and left sides, so that neighbours never overlap.
    owns_border: bool,
}

impl Edge {
    fn new(from: Fixed, to: Fixed) -> Self {
        let (dx, dy) = (to.x - from.x, to.y - from.y);
        Self { from, dx, dy, owns_border: dy < 0 || (dy == 0 && dx > 0) }
    }

    /// Keeps of `span` (pixels `left..right` of row `y`) what lies on this side's inner side.
    fn narrow(&self, y: i64, span: &mut (i64, i64)) {
        // Inside means dx * (cy - from.y) - dy * (cx - from.x) >= bias, with (cx, cy) the pixel's centre.
        let bias = i64::from(!self.owns_border);
        let reach = self.dx * (y * SUBPIXELS + CENTRE - self.from.y) - bias;
        if self.dy > 0 {
            let last = reach.div_euclid(self.dy) + self.from.x - CENTRE;
            span.1 = span.1.min(last.div_euclid(SUBPIXELS) + 1);
        } else if self.dy < 0 {
            let first = self.from.x - reach.div_euclid(-self.dy);
            span.0 = span.0.max(first_centre(first));
        } else if reach < 0 {
            span.1 = span.0;
        }
    }
}

/// What a triangle's pixels look like.
enum Shade {
    Plain(Color32),
    /// One texel for all, colours interpolated.
    Colors(Rgba, [Plane; 4]),
    /// Colours, u and v interpolated.
    Textured([Plane; 6], TextureFilter),
}

impl Shade {
    fn new(corners: [Corner; 3], texture: &Texture) -> Self {
        let [a, b, c] = corners;
        let plane = |values: [f32; 3]| Plane::new(corners.map(|corner| corner.at), values);
        let channels = corners.map(|corner| rgba(corner.color));
        let colors = [0, 1, 2, 3].map(|channel| plane(channels.map(|color| color[channel])));
        if a.uv != b.uv || b.uv != c.uv {
            let (u, v) = (plane([a.uv.x, b.uv.x, c.uv.x]), plane([a.uv.y, b.uv.y, c.uv.y]));
            let [columns, rows] = texture.size().map(|side| side as f64);
            let steps = [u.dx * columns, u.dy * columns, v.dx * rows, v.dy * rows];
            let step = steps.into_iter().fold(0.0, |most: f64, step| most.max(step.abs() * SUBPIXELS as f64));
            let [red, green, blue, alpha] = colors;
            return Self::Textured([red, green, blue, alpha, u, v], texture.filter(step));
        }
        let filter = texture.filter(0.0);
        let texel = texture.sample(texture.tap(0, a.uv.x, filter), texture.tap(1, a.uv.y, filter));
        if a.color == b.color && b.color == c.color {
            Self::Plain(over(Color32::TRANSPARENT, tint(texel, rgba(a.color))))
        } else {
            Self::Colors(texel, colors)
        }
    }

    fn paint_row(&self, canvas: &mut Canvas, texture: &Texture, y: i64, (left, right): (i64, i64)) {
        let row = canvas.row(y, left, right);
        match self {
            Self::Plain(color) => fill(row, *color),
            Self::Colors(texel, planes) => {
                let starts = planes.each_ref().map(|plane| plane.at(left, y));
                for (pixel, x) in row.iter_mut().zip(0u32..) {
                    let color = [0, 1, 2, 3].map(|at| planes[at].step(starts[at], x).clamp(0.0, 255.0));
                    *pixel = over(*pixel, tint(*texel, color));
                }
            }
            Self::Textured(planes, filter) => {
                let starts = planes.each_ref().map(|plane| plane.at(left, y));
                for (pixel, x) in row.iter_mut().zip(0u32..) {
                    let color = [0, 1, 2, 3].map(|at| planes[at].step(starts[at], x).clamp(0.0, 255.0));
                    let [u, v] = [4, 5].map(|at| planes[at].step(starts[at], x));
                    let texel = texture.sample(texture.tap(0, u, *filter), texture.tap(1, v, *filter));
                    *pixel = over(*pixel, tint(texel, color));
                }
            }
        }
    }
}

/// A value that changes evenly over the triangle, given at its corners.
struct Plane {
    origin: Fixed,
    value: f64,
    /// Change per subpixel.
    dx: f64,
    dy: f64,
}

impl Plane {
    fn new([a, b, c]: [Fixed; 3], values: [f32; 3]) -> Self {
        let area = cross(a, b, c) as f64;
        let [va, vb, vc] = values.map(f64::from);
        let (ab, ac) = (vb - va, vc - va);
        let dx = (ab * (c.y - a.y) as f64 - ac * (b.y - a.y) as f64) / area;
        let dy = (ac * (b.x - a.x) as f64 - ab * (c.x - a.x) as f64) / area;
        Self { origin: a, value: va, dx, dy }
    }

    /// The value at a pixel's centre.
    fn at(&self, x: i64, y: i64) -> f64 {
        let (right, down) = (x * SUBPIXELS + CENTRE - self.origin.x, y * SUBPIXELS + CENTRE - self.origin.y);
        self.value + self.dx * right as f64 + self.dy * down as f64
    }

    /// The value `pixels` to the right of where it is `start`.
    fn step(&self, start: f64, pixels: u32) -> f32 {
        (start + self.dx * SUBPIXELS as f64 * f64::from(pixels)) as f32
    }
}
