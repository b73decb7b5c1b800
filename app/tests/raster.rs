//! The CPU rasteriser: what it covers, how it blends, that it survives nonsense, and that it draws egui's text.

use dropscope_app::{fonts, headless, raster::Raster, theme::Theme};
use egui::{
    ClippedPrimitive, Color32, ColorImage, Mesh, Pos2, Rect, TextureId, TextureOptions, TexturesDelta,
    epaint::{ImageDelta, Primitive, Vertex},
    pos2, vec2,
};

const SIZE: [usize; 2] = [64, 48];
const BACKGROUND: Color32 = Color32::from_rgb(20, 30, 40);
const HALF: Color32 = Color32::from_rgba_premultiplied(100, 50, 0, 128);

/// A rasteriser whose font texture is one white texel, as [`egui::epaint::WHITE_UV`] expects.
fn raster() -> Raster {
    let mut raster = Raster::default();
    upload(&mut raster, TextureId::default(), ColorImage::filled([1, 1], Color32::WHITE));
    raster
}

fn upload(raster: &mut Raster, id: TextureId, image: ColorImage) {
    let mut delta = TexturesDelta::default();
    delta.push(id, ImageDelta::full(image, TextureOptions::NEAREST));
    raster.apply(&mut delta);
}

fn everywhere(mesh: Mesh) -> ClippedPrimitive {
    ClippedPrimitive { clip_rect: Rect::EVERYTHING, primitive: Primitive::Mesh(mesh) }
}

fn paint(mesh: Mesh) -> ColorImage {
    raster().paint(SIZE, 1.0, BACKGROUND, &[everywhere(mesh)])
}

fn triangle(mesh: &mut Mesh, corners: [Pos2; 3], color: Color32) {
    let first = mesh.vertices.len() as u32;
    mesh.vertices.extend(corners.map(|pos| Vertex::untextured(pos, color)));
    mesh.indices.extend([first, first + 1, first + 2]);
}

fn painted(image: &ColorImage) -> usize {
    image.pixels.iter().filter(|pixel| **pixel != BACKGROUND).count()
}

#[test]
fn a_rectangle_covers_the_pixels_whose_centres_it_holds() {
    let mut mesh = Mesh::default();
    mesh.add_colored_rect(Rect::from_min_max(pos2(2.5, 3.5), pos2(10.5, 7.49)), Color32::RED);
    let image = paint(mesh);
    for y in 0..SIZE[1] {
        for x in 0..SIZE[0] {
            let inside = (2..10).contains(&x) && (3..7).contains(&y);
            assert_eq!(image[(x, y)], if inside { Color32::RED } else { BACKGROUND }, "at {x},{y}");
        }
    }
}

#[test]
fn points_are_scaled_to_pixels() {
    let mut mesh = Mesh::default();
    mesh.add_colored_rect(Rect::from_min_max(pos2(1.0, 1.0), pos2(5.0, 3.0)), Color32::RED);
    let image = raster().paint(SIZE, 2.0, BACKGROUND, &[everywhere(mesh)]);
    assert_eq!(painted(&image), 8 * 4);
    assert_eq!((image[(2, 2)], image[(9, 5)], image[(10, 6)]), (Color32::RED, Color32::RED, BACKGROUND));
}

/// The fast path and the general one must agree to the pixel, or pictures would change with the order of corners.
#[test]
fn a_rectangle_looks_the_same_drawn_as_two_lone_triangles() {
    for (at, size) in [((1.3, 2.7), (20.2, 9.9)), ((0.5, 0.5), (1.0, 1.0)), ((-7.0, -3.0), (90.0, 80.0))] {
        let rect = Rect::from_min_size(pos2(at.0, at.1), vec2(size.0, size.1));
        let mut quick = Mesh::default();
        quick.add_colored_rect(rect, HALF);
        let mut general = Mesh::default();
        triangle(&mut general, [rect.left_top(), rect.right_top(), rect.left_bottom()], HALF);
        // A triangle of no area between the two keeps them from being taken for one rectangle.
        triangle(&mut general, [pos2(0.0, 0.0); 3], HALF);
        triangle(&mut general, [rect.left_bottom(), rect.right_top(), rect.right_bottom()], HALF);
        assert_eq!(paint(quick).pixels, paint(general).pixels, "{rect:?}");
    }
}

#[test]
fn triangles_that_share_sides_leave_no_gap_and_never_overlap() {
    let centre = pos2(31.37, 23.81);
    let rim: Vec<Pos2> = (0..17)
        .map(|step| {
            let angle = step as f32 / 17.0 * std::f32::consts::TAU;
            centre + 300.0 * vec2(angle.cos(), angle.sin())
        })
        .collect();
    let mut fan = Mesh::default();
    for (at, from) in rim.iter().enumerate() {
        triangle(&mut fan, [centre, *from, rim[(at + 1) % rim.len()]], HALF);
    }
    let image = paint(fan);
    let once = image[(0, 0)];
    assert_ne!(once, BACKGROUND);
    assert!(image.pixels.iter().all(|pixel| *pixel == once), "some pixel was painted twice or not at all");
}

#[test]
fn colours_blend_premultiplied_in_gamma_space() {
    let mut mesh = Mesh::default();
    mesh.add_colored_rect(Rect::from_min_size(Pos2::ZERO, vec2(4.0, 4.0)), HALF);
    // 128 of 255 covers, so 127/255 of the background stays: 100 + 20 * 127/255 = 109.96 and so on.
    assert_eq!(paint(mesh)[(1, 1)], Color32::from_rgb(110, 65, 20));
}

#[test]
fn colours_run_evenly_between_corners() {
    let corners = [(0.0, 0.0, Color32::BLACK), (64.0, 0.0, Color32::WHITE), (0.0, 64.0, Color32::BLACK)];
    let vertices = corners.map(|(x, y, color)| Vertex::untextured(pos2(x, y), color)).to_vec();
    let mesh = Mesh { vertices, indices: vec![0, 1, 2], ..Mesh::default() };
    let image = paint(mesh);
    for x in 0..63 {
        let expected = ((x as f32 + 0.5) / 64.0 * 255.0).round() as u8;
        assert_eq!(image[(x, 0)], Color32::from_gray(expected), "at {x}");
    }
}

#[test]
fn nothing_is_painted_outside_the_clip_rectangle() {
    let mut mesh = Mesh::default();
    mesh.add_colored_rect(Rect::from_min_size(Pos2::ZERO, vec2(64.0, 48.0)), Color32::RED);
    triangle(&mut mesh, [pos2(-5.0, -5.0), pos2(200.0, -5.0), pos2(-5.0, 200.0)], Color32::GREEN);
    let clip_rect = Rect::from_min_max(pos2(10.0, 20.0), pos2(14.0, 23.0));
    let image =
        raster().paint(SIZE, 1.0, BACKGROUND, &[ClippedPrimitive { clip_rect, primitive: Primitive::Mesh(mesh) }]);
    assert_eq!(painted(&image), 4 * 3);
    assert_eq!(image[(10, 20)], Color32::GREEN);
}

#[test]
fn textures_are_patched_replaced_and_freed() {
    let id = TextureId::Managed(7);
    let mut quad = Mesh::with_texture(id);
    quad.add_rect_with_uv(
        Rect::from_min_size(Pos2::ZERO, vec2(2.0, 2.0)),
        Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0)),
        Color32::WHITE,
    );
    let mut raster = Raster::default();
    upload(&mut raster, id, ColorImage::filled([2, 2], Color32::RED));
    let mut delta = TexturesDelta::default();
    let patch = ColorImage::filled([1, 1], Color32::BLUE);
    delta.push(id, ImageDelta::partial([1, 0], patch, TextureOptions::NEAREST));
    delta.free(id);
    raster.apply(&mut delta);
    assert!(delta.is_empty());

    let paint = |raster: &mut Raster| raster.paint(SIZE, 1.0, BACKGROUND, &[everywhere(quad.clone())]);
    let image = paint(&mut raster);
    assert_eq!([image[(0, 0)], image[(1, 0)], image[(0, 1)]], [Color32::RED, Color32::BLUE, Color32::RED]);
    // Freed textures live through the frame that frees them and are gone in the next.
    raster.apply(&mut TexturesDelta::default());
    assert_eq!(painted(&paint(&mut raster)), 0);
}

#[test]
fn linear_textures_are_filtered_and_clamped_at_the_edge() {
    let id = TextureId::Managed(3);
    let mut raster = Raster::default();
    let mut delta = TexturesDelta::default();
    let image = ColorImage::new([2, 1], vec![Color32::BLACK, Color32::WHITE]);
    delta.push(id, ImageDelta::full(image, TextureOptions::LINEAR));
    raster.apply(&mut delta);
    let mut quad = Mesh::with_texture(id);
    let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
    quad.add_rect_with_uv(Rect::from_min_size(Pos2::ZERO, vec2(8.0, 1.0)), whole, Color32::WHITE);
    let image = raster.paint(SIZE, 1.0, BACKGROUND, &[everywhere(quad)]);
    let row: Vec<u8> = (0..8).map(|x| image[(x, 0)].r()).collect();
    assert_eq!(row, [0, 0, 32, 96, 159, 223, 255, 255]);
}

#[test]
fn nonsense_is_skipped_and_the_rest_is_drawn() {
    let mut mesh = Mesh::default();
    triangle(&mut mesh, [pos2(f32::NAN, 0.0), pos2(10.0, 0.0), pos2(0.0, 10.0)], Color32::RED);
    triangle(&mut mesh, [pos2(f32::NEG_INFINITY, 0.0), pos2(f32::INFINITY, 1.0), pos2(0.0, 1e30)], HALF);
    mesh.indices.extend([0, 1, 9999, 4]);
    let mut good = Mesh::default();
    good.add_colored_rect(Rect::from_min_size(Pos2::ZERO, vec2(1.0, 1.0)), Color32::RED);
    let unknown = Mesh { texture_id: TextureId::User(99), ..good.clone() };
    let image = raster().paint(SIZE, 1.0, BACKGROUND, &[everywhere(mesh), everywhere(unknown), everywhere(good)]);
    assert_eq!(image[(0, 0)], Color32::RED);
    assert!(raster().paint([0, 0], 1.0, BACKGROUND, &[]).pixels.is_empty());
}

/// Lets `egui_kittest` take its pictures with our rasteriser.
#[derive(Default)]
struct Soft(Raster);

impl egui_kittest::TestRenderer for Soft {
    fn handle_delta(&mut self, delta: &mut TexturesDelta) {
        self.0.apply(delta);
    }

    fn render(&mut self, ctx: &egui::Context, output: &egui::FullOutput) -> Result<image::RgbaImage, String> {
        let pixels_per_point = ctx.pixels_per_point();
        let size = (ctx.content_rect().size() * pixels_per_point).round();
        let primitives = ctx.tessellate(output.shapes.clone(), pixels_per_point);
        let background = ctx.global_style().visuals.panel_fill;
        let image = self.0.paint([size.x as usize, size.y as usize], pixels_per_point, background, &primitives);
        let bytes = image.pixels.iter().flat_map(Color32::to_array).collect();
        image::RgbaImage::from_raw(size.x as u32, size.y as u32, bytes).ok_or_else(|| "wrong size".to_owned())
    }
}

fn sample(ui: &mut egui::Ui) {
    egui::CentralPanel::default().show(ui, |ui| {
        ui.heading("Vec growth by realloc");
        ui.monospace("buffer.push(7);");
        let _ = ui.button("Run");
    });
}

#[test]
fn a_test_harness_and_the_headless_window_draw_the_same_picture() {
    let setup = |ctx: &egui::Context| {
        fonts::install(ctx);
        Theme::dark().install(ctx);
    };
    let mut harness = egui_kittest::Harness::builder()
        .with_size([320.0, 120.0])
        .with_context_setup(setup)
        .renderer(Soft::default())
        .build_eframe(|_| App);
    harness.run();
    let in_harness = harness.render().expect("the rasteriser always paints");
    let headless = headless::render([320, 120], 1.0, true, 2, sample);
    let headless: Vec<u8> = headless.pixels.iter().flat_map(Color32::to_array).collect();
    assert!(in_harness.into_raw() == headless, "the two pictures differ");
}

struct App;

impl eframe::App for App {
    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        sample(ui);
    }
}

/// One number for a picture, so that debug, release and other machines can be held to the same bytes.
fn fingerprint(image: &ColorImage) -> u64 {
    image
        .pixels
        .iter()
        .flat_map(Color32::to_array)
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[test]
fn debug_and_release_builds_draw_the_same_bytes() {
    let mut mesh = Mesh::default();
    for step in 0..40u8 {
        let at = f32::from(step) * 1.37;
        let corners = [pos2(at, 3.3), pos2(60.1 - at, 44.7), pos2(13.7, at * 0.9)];
        let first = mesh.vertices.len() as u32;
        for (corner, pos) in (0u8..).zip(corners) {
            let color = Color32::from_rgba_premultiplied(step * 3, corner * 60, 90, 120 + corner);
            mesh.vertices.push(Vertex::untextured(pos, color));
        }
        mesh.indices.extend([first, first + 1, first + 2]);
    }
    assert_eq!(fingerprint(&paint(mesh)), FINGERPRINT);
}

/// Written down from a debug build; a release build must give it too.
const FINGERPRINT: u64 = 16_489_841_756_075_949_273;

#[test]
fn pictures_are_written_as_png_and_failures_name_the_file() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let written = |pixels: Vec<Color32>| {
        let path = folder.path().join("picture.png");
        headless::write_png(&path, &ColorImage::new([2, 1], pixels)).expect("written");
        let file = std::io::BufReader::new(std::fs::File::open(&path).expect("there"));
        let mut reader = png::Decoder::new(file).read_info().expect("a PNG");
        let mut bytes = vec![0; reader.output_buffer_size().expect("small")];
        reader.next_frame(&mut bytes).expect("one frame");
        bytes
    };
    let opaque = Color32::from_rgb(1, 2, 3);
    assert_eq!(written(vec![Color32::RED, opaque]), [255, 0, 0, 255, 1, 2, 3, 255]);
    let half_red = Color32::from_rgba_premultiplied(128, 0, 0, 128);
    assert_eq!(written(vec![half_red, opaque]), [255, 0, 0, 128, 1, 2, 3, 255]);

    let nowhere = folder.path().join("no-such-folder/picture.png");
    let error = headless::write_png(&nowhere, &ColorImage::filled([1, 1], opaque)).expect_err("no such folder");
    let error = format!("{error:#}");
    assert!(error.contains("no-such-folder/picture.png") && error.contains("No such file"), "{error}");
}

/// Letters that the shipped fonts lack are boxes, unless the desktop has them and is asked.
#[test]
fn fonts_of_the_desktop_stand_in_for_missing_letters() {
    let picture = |from| {
        headless::render_with(from, [160, 60], 1.0, true, 2, |ui| {
            ui.label("\u{e81}\u{e82}\u{e84}");
        })
    };
    let boxes = picture(headless::Fonts::Shipped);
    let fonts = std::process::Command::new("fc-list").arg(":lang=lo").output();
    if !fonts.is_ok_and(|output| output.status.success() && !output.stdout.is_empty()) {
        return eprintln!("left out: no font here has Lao letters, or nothing tells");
    }
    assert_ne!(picture(headless::Fonts::Desktop), boxes);
    assert_eq!(picture(headless::Fonts::Shipped), boxes, "what is to be the same everywhere does not ask the desktop");
}
