//! The look: text can be read, colours that mean something can be told apart by everybody, and a sheet shows it all.

use dropscope_app::{
    fonts::symbols,
    headless,
    theme::{self, Theme, contrast},
};
use egui::{Color32, RichText, Ui, vec2};

fn themes() -> [&'static Theme; 2] {
    [Theme::dark(), Theme::light()]
}

fn meanings(theme: &Theme) -> Vec<(&'static str, Color32)> {
    vec![
        ("live", theme.live),
        ("peak", theme.peak),
        ("release", theme.release),
        ("leak", theme.leak),
        ("collector", theme.collector),
        ("selection", theme.selection),
        ("playhead", theme.playhead),
    ]
}

#[test]
fn text_can_be_read_on_everything_it_stands_on() {
    for theme in themes() {
        let readings = [
            theme.text,
            theme.text_weak,
            theme.text_strong,
            theme.selection_text,
            theme.warning_text,
            theme.error_text,
        ];
        for text in readings {
            for under in [theme.canvas, theme.panel, theme.raised, theme.hovered] {
                let ratio = contrast(text, under);
                assert!(ratio >= 4.5, "dark {}: {text:?} on {under:?} is {ratio:.2}", theme.is_dark);
            }
        }
        for text in [theme.text, theme.text_strong, theme.selection_text] {
            let ratio = contrast(text, theme.selection_row);
            assert!(ratio >= 4.5, "dark {}: {text:?} on the selected row is {ratio:.2}", theme.is_dark);
        }
        for depth in 0..3 {
            let ratio = contrast(theme.text, theme.scope(depth));
            assert!(ratio >= 4.5, "dark {}: scope {depth} is {ratio:.2}", theme.is_dark);
        }
        for fill in theme.owners.into_iter().chain(meanings(theme).into_iter().map(|(_, color)| color)) {
            let ratio = contrast(theme.ink_on(fill), fill);
            assert!(ratio >= 4.5, "dark {}: ink on {fill:?} is {ratio:.2}", theme.is_dark);
        }
    }
}

#[test]
fn marks_and_bars_stand_out_from_what_is_behind_them() {
    for theme in themes() {
        for (name, color) in meanings(theme) {
            for under in [theme.canvas, theme.panel] {
                let ratio = contrast(color, under);
                assert!(ratio >= 3.0, "dark {}: {name} on {under:?} is {ratio:.2}", theme.is_dark);
            }
        }
        for color in theme.owners {
            let ratio = contrast(color, theme.canvas);
            assert!(ratio >= 2.4, "dark {}: owner {color:?} is {ratio:.2}", theme.is_dark);
        }
    }
}

/// How an eye sees a colour: linear RGB in and out. Machado, Oliveira and Fernandes 2009, full severity.
type Eye = [[f32; 3]; 3];
const EYES: [(&str, Eye); 4] = [
    ("normal", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
    ("protanopia", [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]),
    ("deuteranopia", [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]]),
    ("tritanopia", [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]]),
];

/// Oklab, in which equal distances look about equally different.
fn seen(color: Color32, eye: &Eye) -> [f32; 3] {
    let [red, green, blue, _] = egui::Rgba::from(color).to_array();
    let [r, g, b] = eye.map(|row| (row[0] * red + row[1] * green + row[2] * blue).clamp(0.0, 1.0));
    let l = (0.412_221_46 * r + 0.536_332_55 * g + 0.051_445_995 * b).cbrt();
    let m = (0.211_903_5 * r + 0.680_699_5 * g + 0.107_396_96 * b).cbrt();
    let s = (0.088_302_46 * r + 0.281_718_85 * g + 0.629_978_7 * b).cbrt();
    [
        0.210_454_26 * l + 0.793_617_8 * m - 0.004_072_047 * s,
        1.977_998_5 * l - 2.428_592_2 * m + 0.450_593_7 * s,
        0.025_904_037 * l + 0.782_771_77 * m - 0.808_675_77 * s,
    ]
}

fn difference(a: Color32, b: Color32, eye: &Eye) -> f32 {
    let (a, b) = (seen(a, eye), seen(b, eye));
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f32>().sqrt()
}

/// Oklab distance below which two colours are hard to tell apart when they are not side by side.
const TELLS_APART: f32 = 0.08;

#[test]
fn colours_with_a_meaning_differ_for_every_eye() {
    for theme in themes() {
        let meanings = meanings(theme);
        for (eye_name, eye) in &EYES {
            for (at, (a_name, a)) in meanings.iter().enumerate() {
                for (b_name, b) in &meanings[..at] {
                    let apart = difference(*a, *b, eye);
                    let who = format!("dark {}, {eye_name}: {a_name} and {b_name}", theme.is_dark);
                    assert!(apart >= TELLS_APART, "{who} are only {apart:.3} apart");
                }
            }
        }
    }
}

#[test]
fn owner_colours_differ_for_every_eye() {
    for theme in themes() {
        for (eye_name, eye) in &EYES {
            for (at, a) in theme.owners.iter().enumerate() {
                for b in &theme.owners[..at] {
                    let apart = difference(*a, *b, eye);
                    let who = format!("dark {}, {eye_name}: {a:?} and {b:?}", theme.is_dark);
                    assert!(apart >= TELLS_APART, "{who} are only {apart:.3} apart");
                }
            }
        }
    }
}

#[test]
fn the_simulation_confuses_what_colour_blind_eyes_confuse() {
    let (red, green) = (Color32::from_rgb(160, 90, 30), Color32::from_rgb(105, 110, 30));
    let (normal, deuteranopia) = (difference(red, green, &EYES[0].1), difference(red, green, &EYES[2].1));
    assert!(normal > TELLS_APART && deuteranopia < TELLS_APART, "{normal:.3} and {deuteranopia:.3}");
}

#[test]
fn an_owner_keeps_its_colour_and_all_colours_are_used() {
    for theme in themes() {
        let names: Vec<String> = (0..200).map(|at| format!("module::Type{at}")).collect();
        let mut used = std::collections::HashSet::new();
        for name in &names {
            assert_eq!(theme.owner(name), theme.owner(name));
            used.insert(theme.owner(name));
        }
        assert_eq!(used.len(), theme.owners.len());
    }
    // Written down: a colour that changed from one version to the next would make old pictures lie.
    let at = |name: &str| Theme::dark().owners.iter().position(|color| *color == Theme::dark().owner(name));
    assert_eq!([at("String"), at("Vec<Item>"), at("Order")], EXPECTED_OWNERS);
}

const EXPECTED_OWNERS: [Option<usize>; 3] = [Some(4), Some(1), Some(7)];

#[test]
fn two_text_sizes_and_one_for_code() {
    let ctx = egui::Context::default();
    Theme::light().install(&ctx);
    for mode in [egui::Theme::Dark, egui::Theme::Light] {
        let style = ctx.style_of(mode);
        let mut sizes: Vec<f32> = style.text_styles.values().map(|font| font.size).collect();
        sizes.sort_by(f32::total_cmp);
        sizes.dedup();
        assert_eq!(sizes, [theme::CODE_SIZE, theme::TEXT_SIZE, theme::TITLE_SIZE]);
    }
    assert_eq!(ctx.theme(), egui::Theme::Light);
}

/// Draws the whole look on one sheet. `DROPSCOPE_SHEET=folder` keeps the pictures for a person to look at.
#[test]
fn the_sheet_shows_every_colour() {
    for theme in themes() {
        let image = headless::render([1280, 720], 1.0, theme.is_dark, 3, sheet);
        for (name, color) in meanings(theme) {
            assert!(image.pixels.contains(&color), "dark {}: {name} is nowhere on the sheet", theme.is_dark);
        }
        assert_eq!(image.pixels.iter().filter(|pixel| pixel.a() != 255).count(), 0);
        if let Some(folder) = std::env::var_os("DROPSCOPE_SHEET") {
            let name = if theme.is_dark { "sheet-dark.png" } else { "sheet-light.png" };
            headless::write_png(std::path::Path::new(&folder).join(name), &image).expect("written");
        }
    }
}

fn sheet(ui: &mut Ui) {
    let theme = Theme::of(ui);
    egui::Panel::top("bar").frame(theme.bar_frame()).show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.label(RichText::new("Dropscope").color(theme.text_strong));
            ui.separator();
            let _ = ui.button(format!("{} Open", symbols::FOLDER));
            let _ = ui.button(format!("{} Record", symbols::RECORD));
            let _ = ui.add_enabled(false, egui::Button::new(format!("{} Compare", symbols::COMPARE)));
            let _ = ui.selectable_label(true, "Timeline");
            let _ = ui.selectable_label(false, "Flame graph");
            for symbol in [
                symbols::FIRST,
                symbols::STEP_BACK,
                symbols::PLAY,
                symbols::PAUSE,
                symbols::STEP_FORWARD,
                symbols::LAST,
            ] {
                let _ = ui.button(symbol);
            }
        });
    });
    egui::Panel::bottom("status").frame(theme.bar_frame()).show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.colored_label(theme.release, symbols::DOT);
            ui.label("recording 12 480 events");
            ui.weak("0 lost");
        });
    });
    egui::Panel::left("list").frame(theme.panel_frame()).default_size(220.0).show(ui, list);
    egui::Panel::right("details").frame(theme.panel_frame()).default_size(320.0).show(ui, details);
    egui::CentralPanel::default().frame(theme.panel_frame()).show(ui, middle);
}

fn list(ui: &mut Ui) {
    let theme = Theme::of(ui);
    theme.header(ui, "Lessons", |ui| {
        let _ = ui.small_button(symbols::RELOAD);
    });
    ui.spacing_mut().item_spacing.y = 0.0;
    let names =
        ["A scope's end releases", "Drop order", "Ownership moved", "A borrow releases nothing, and says so at length"];
    for (at, name) in names.into_iter().enumerate() {
        theme.row(ui, at == 2, name);
    }
    ui.spacing_mut().item_spacing.y = theme::GRID;
    theme.header(ui, "Recordings", |_| {});
    let mut filter = String::new();
    let label = ui.label("Filter");
    ui.add(egui::TextEdit::singleline(&mut filter).hint_text("name").desired_width(f32::INFINITY))
        .labelled_by(label.id);
    let mut on = true;
    ui.checkbox(&mut on, "Only leaks");
    let mut value = 0.4;
    ui.add(egui::Slider::new(&mut value, 0.0..=1.0).text("speed"));
    egui::ComboBox::new("kind", "Group").selected_text("Owner type").show_ui(ui, |_| {});
    ui.hyperlink_to("How it works", "https://example.org");
    ui.colored_label(theme.warning_text, format!("{} 3 events lost", symbols::WARNING));
    ui.colored_label(theme.error_text, "cannot read a.dscope: it is cut");
}

fn details(ui: &mut Ui) {
    let theme = Theme::of(ui);
    theme.header(ui, "Selected block", |ui| {
        let _ = ui.small_button(symbols::CLOSE);
    });
    ui.heading("String, 210 B");
    ui.label(format!("Order {0} Vec<Item> {0} Item {0} String", symbols::ARROW_RIGHT));
    ui.weak("born at src/main.rs:14:9, lived 12.4 µs");
    ui.add_space(8.0);
    theme.canvas_frame().show(ui, |ui| {
        ui.set_width(ui.available_width());
        for (at, line) in ["fn main() {", "    let order = Order::new();", "    ship(order);", "}"].iter().enumerate() {
            let fill = if at == 2 { theme.selection_row } else { theme.canvas };
            egui::Frame::NONE.fill(fill).inner_margin(egui::Margin::symmetric(8, 2)).show(ui, |ui| {
                ui.set_width(ui.available_width());
                ui.horizontal(|ui| {
                    ui.monospace(RichText::new(format!("{}", at + 12)).color(theme.text_weak));
                    ui.monospace(*line);
                });
            });
        }
    });
    ui.add_space(8.0);
    egui::Grid::new("facts").num_columns(2).striped(true).show(ui, |ui| {
        for (name, value) in [("allocs", "1 204"), ("peak", "3.2 MiB"), ("leaked", "210 B")] {
            ui.weak(name);
            ui.monospace(value);
            ui.end_row();
        }
    });
}

fn middle(ui: &mut Ui) {
    let theme = Theme::of(ui);
    theme.header(ui, "Timeline", |_| {});
    theme.canvas_frame().show(ui, |ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 300.0), egui::Sense::hover());
        let painter = ui.painter_at(rect);
        for step in 0..10 {
            let x = rect.left() + rect.width() * step as f32 / 10.0;
            painter.vline(x, rect.y_range(), (1.0, theme.grid_line));
        }
        let columns = 200;
        let points = |at: i32| {
            let x = rect.left() + rect.width() * at as f32 / columns as f32;
            let y = rect.top() + 80.0 - 50.0 * (at as f32 / 30.0).sin().abs() * (at as f32 / columns as f32);
            egui::epaint::BandPoint::new(x, y..=rect.top() + 90.0)
        };
        painter.add(egui::epaint::BandShape::filled((0..=columns).map(points).collect(), theme.live_area()));
        let line: Vec<egui::Pos2> = (0..=columns).map(|at| egui::pos2(points(at).x, points(at).y.min)).collect();
        painter.add(egui::Shape::line(line, egui::Stroke::new(1.5, theme.live)));
        painter.circle_filled(egui::pos2(rect.left() + rect.width() * 0.71, rect.top() + 42.0), 4.0, theme.peak);
        for depth in 0..3 {
            let left = rect.left() + 20.0 + 40.0 * depth as f32;
            let band = egui::Rect::from_min_size(
                egui::pos2(left, rect.top() + 100.0 + 20.0 * depth as f32),
                vec2(400.0 - 60.0 * depth as f32, 18.0),
            );
            painter.rect_filled(band, 0.0, theme.scope(depth));
            painter.text(
                band.left_center() + vec2(6.0, 0.0),
                egui::Align2::LEFT_CENTER,
                format!("scope {depth}"),
                egui::FontId::proportional(theme::TEXT_SIZE),
                theme.text,
            );
        }
        for (at, color) in theme.owners.into_iter().enumerate() {
            let left = rect.left() + 20.0 + 50.0 * (at % 4) as f32;
            let bar = egui::Rect::from_min_size(
                egui::pos2(left + (at / 4) as f32 * 230.0, rect.top() + 170.0 + 14.0 * (at % 4) as f32),
                vec2(180.0, 12.0),
            );
            painter.rect_filled(bar, 0.0, color);
            painter.text(
                bar.left_center() + vec2(4.0, 0.0),
                egui::Align2::LEFT_CENTER,
                "Vec<Item>",
                egui::FontId::proportional(theme::TEXT_SIZE),
                theme.ink_on(color),
            );
        }
        let pause = egui::Rect::from_min_size(rect.left_top() + vec2(120.0, 0.0), vec2(14.0, 300.0));
        painter.rect_filled(pause, 0.0, theme.pause_area());
        let brush = egui::Rect::from_min_size(rect.left_top() + vec2(260.0, 0.0), vec2(100.0, 300.0));
        painter.rect_filled(brush, 0.0, theme.brush_area());
        painter.vline(brush.left(), rect.y_range(), (1.0, theme.selection));
        painter.vline(rect.left() + 430.0, rect.y_range(), (1.0, theme.playhead));
    });
    ui.add_space(8.0);
    ui.horizontal(|ui| {
        for (name, color) in meanings(theme) {
            let (rect, _) = ui.allocate_exact_size(vec2(12.0, 12.0), egui::Sense::hover());
            ui.painter().rect_filled(rect, 0.0, color);
            ui.label(name);
        }
    });
    ui.label("The quick brown fox; 0123456789; text in one size, titles in another.");
    ui.weak("Weak text names or measures something else.");
    ui.monospace("0x5581_77aa  alloc::vec::Vec<T>::push  1_048_576");
    ui.horizontal_wrapped(|ui| {
        for symbol in symbols::ALL {
            ui.label(*symbol);
        }
    });
    ui.horizontal_wrapped(|ui| {
        for symbol in symbols::ALL {
            ui.monospace(*symbol);
        }
    });
}
