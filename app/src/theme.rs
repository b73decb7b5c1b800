//! The look of Dropscope, dark and light: every colour, size and distance of the window, each with one meaning.

use egui::{
    Color32, Context, CornerRadius, FontFamily, FontId, Frame, Margin, Response, Shadow, Stroke, Style, TextStyle, Ui,
    style::{ScrollStyle, Selection, Spacing, WidgetVisuals, Widgets},
    vec2,
};

/// The grid: every distance is a multiple of it, in points.
pub const GRID: f32 = 4.0;
/// Height of a row in a table or list, and of a button.
pub const ROW_HEIGHT: f32 = 6.0 * GRID;
/// Height of the strip that names a panel.
pub const HEADER_HEIGHT: f32 = 7.0 * GRID;
/// Size of all text except titles.
pub const TEXT_SIZE: f32 = 13.0;
/// Size of titles: a lesson's, a view's.
pub const TITLE_SIZE: f32 = 18.0;
/// Size of code, addresses and numbers in columns. Hack is drawn larger than Ubuntu, so this looks like [`TEXT_SIZE`].
pub const CODE_SIZE: f32 = 12.0;
/// Rounding of buttons, fields and frames. Bars and bands have square corners.
pub const CORNER: u8 = 3;

const BORDER_WIDTH: f32 = 1.0;

/// The colours of one theme. Each colour means one thing wherever it appears.
#[derive(Debug, PartialEq)]
pub struct Theme {
    /// Whether this is the dark one.
    pub is_dark: bool,

    /// Behind timelines, graphs and code.
    pub canvas: Color32,
    /// Behind panels.
    pub panel: Color32,
    /// Buttons, headers, menus: what stands on a panel.
    pub raised: Color32,
    /// The same under the pointer.
    pub hovered: Color32,
    /// The line around and between things.
    pub border: Color32,
    /// The line around what the pointer is on.
    pub border_strong: Color32,
    /// Lines behind a graph.
    pub grid_line: Color32,

    /// Text.
    pub text: Color32,
    /// Text that names or measures something else: captions, units, ticks.
    pub text_weak: Color32,
    /// Titles, and the one number that matters.
    pub text_strong: Color32,

    /// Live memory.
    pub live: Color32,
    /// The peak of live memory: look here.
    pub peak: Color32,
    /// A release, and the scope end that did it.
    pub release: Color32,
    /// A block that was never released.
    pub leak: Color32,
    /// A collector at work: a pause.
    pub collector: Color32,
    /// What is selected, focused or brushed. The only accent.
    pub selection: Color32,
    /// Behind a selected row and a lit source line.
    pub selection_row: Color32,
    /// Text in the accent's colour: links, the chosen button.
    pub selection_text: Color32,
    /// The point in time that is looked at.
    pub playhead: Color32,

    /// A sentence to know before trusting the picture. The peak's hue, made to be read.
    pub warning_text: Color32,
    /// A sentence about what failed. The leak's hue, made to be read.
    pub error_text: Color32,

    /// Scope bands, from the outermost in.
    pub scopes: [Color32; 3],
    /// Owner types; see [`Theme::owner`].
    pub owners: [Color32; 8],
}

static DARK: Theme = Theme {
    is_dark: true,
    canvas: rgb(0x16181B),
    panel: rgb(0x1E2125),
    raised: rgb(0x282C32),
    hovered: rgb(0x333942),
    border: rgb(0x363C45),
    border_strong: rgb(0x5A6470),
    grid_line: rgb(0x25282D),
    text: rgb(0xD5DAE0),
    text_weak: rgb(0x9EA7B3),
    text_strong: rgb(0xF4F6F8),
    live: rgb(0x58C6FB),
    peak: rgb(0xF0CB3A),
    release: rgb(0x45B877),
    leak: rgb(0xEB5A2D),
    collector: rgb(0xB96CA6),
    selection: rgb(0x5B80F2),
    selection_row: rgb(0x2A3863),
    selection_text: rgb(0xA9C0FF),
    playhead: rgb(0xF4F6F8),
    warning_text: rgb(0xF0CB3A),
    error_text: rgb(0xFF8A65),
    scopes: [rgb(0x2E353F), rgb(0x3B4450), rgb(0x495462)],
    owners: [
        rgb(0xE18AA6),
        rgb(0x5E83CD),
        rgb(0xEABC84),
        rgb(0x627E2C),
        rgb(0x75D9EB),
        rgb(0xA86789),
        rgb(0xAE9946),
        rgb(0x88A8F4),
    ],
};

static LIGHT: Theme = Theme {
    is_dark: false,
    canvas: rgb(0xFFFFFF),
    panel: rgb(0xF4F5F7),
    raised: rgb(0xE8EBEF),
    hovered: rgb(0xDCE1E7),
    border: rgb(0xD0D5DC),
    border_strong: rgb(0x98A2AE),
    grid_line: rgb(0xECEEF1),
    text: rgb(0x262B31),
    text_weak: rgb(0x59626D),
    text_strong: rgb(0x0E1114),
    live: rgb(0x1A8FC6),
    peak: rgb(0xA88212),
    release: rgb(0x2C8269),
    leak: rgb(0xB3200F),
    collector: rgb(0x86377A),
    selection: rgb(0x2846C8),
    selection_row: rgb(0xD6E2FB),
    selection_text: rgb(0x1E45A6),
    playhead: rgb(0x0E1114),
    warning_text: rgb(0x6F5300),
    error_text: rgb(0xA51C0C),
    scopes: [rgb(0xDEE4EB), rgb(0xCCD5DF), rgb(0xB9C5D2)],
    owners: [
        rgb(0xCF869E),
        rgb(0x497DBE),
        rgb(0x774C38),
        rgb(0x658127),
        rgb(0x1DB1DD),
        rgb(0x915F7B),
        rgb(0x87A13E),
        rgb(0x4E4D9C),
    ],
};

const fn rgb(hex: u32) -> Color32 {
    let [_, red, green, blue] = hex.to_be_bytes();
    Color32::from_rgb(red, green, blue)
}

impl Theme {
    /// The dark theme.
    pub fn dark() -> &'static Self {
        &DARK
    }

    /// The light theme.
    pub fn light() -> &'static Self {
        &LIGHT
    }

    /// The theme that `ui` is drawn in.
    pub fn of(ui: &Ui) -> &'static Self {
        if ui.visuals().dark_mode { &DARK } else { &LIGHT }
    }

    /// Gives `ctx` the look of both themes and shows this one. Change over later with [`Context::set_theme`].
    pub fn install(&self, ctx: &Context) {
        ctx.set_style_of(egui::Theme::Dark, DARK.style());
        ctx.set_style_of(egui::Theme::Light, LIGHT.style());
        ctx.set_theme(if self.is_dark { egui::Theme::Dark } else { egui::Theme::Light });
        // What is drawn is in view but for some lines. To find that out again takes all corners of each mesh, a twentieth
        // of a frame; where there is less to see than is drawn, it is cut off by its clip all the same.
        ctx.tessellation_options_mut(|options| options.coarse_tessellation_culling = false);
    }

    /// The colour of an owner type, always the same for the same name. Two names may share one.
    pub fn owner(&self, type_name: &str) -> Color32 {
        // FNV-1a: stable across builds and machines, which std's hasher does not promise.
        let hash = type_name
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        // The low bits of FNV are its weakest, so fold the high ones in.
        self.owners[((hash ^ (hash >> 32)) % self.owners.len() as u64) as usize]
    }

    /// The colour of a scope band `depth` levels inside the outermost one.
    pub fn scope(&self, depth: usize) -> Color32 {
        self.scopes[depth % self.scopes.len()]
    }

    /// Text that can be read on `fill`.
    pub fn ink_on(&self, fill: Color32) -> Color32 {
        let (dark, light) = (rgb(0x000000), rgb(0xFFFFFF));
        if contrast(dark, fill) >= contrast(light, fill) { dark } else { light }
    }

    /// The area under the live bytes.
    pub fn live_area(&self) -> Color32 {
        self.live.gamma_multiply(if self.is_dark { 0.28 } else { 0.22 })
    }

    /// A brushed range of time.
    pub fn brush_area(&self) -> Color32 {
        self.selection.gamma_multiply(0.18)
    }

    /// A stretch in which a collector stopped the program.
    pub fn pause_area(&self) -> Color32 {
        self.collector.gamma_multiply(0.30)
    }

    /// The one-point line around and between things.
    pub fn border_stroke(&self) -> Stroke {
        Stroke::new(BORDER_WIDTH, self.border)
    }

    /// A panel with its padding. Neighbouring panels draw the line between them.
    pub fn panel_frame(&self) -> Frame {
        Frame::NONE.fill(self.panel).inner_margin(Margin::same(8))
    }

    /// What holds a timeline, a graph or code.
    pub fn canvas_frame(&self) -> Frame {
        Frame::NONE.fill(self.canvas).stroke(self.border_stroke()).corner_radius(CORNER)
    }

    /// A bar of commands or a status line: edge to edge, no rounding.
    pub fn bar_frame(&self) -> Frame {
        Frame::NONE.fill(self.raised).inner_margin(Margin::symmetric(8, 4))
    }

    /// The strip that names a panel: its title at the left, what `controls` adds at the right (rightmost first).
    pub fn header(&self, ui: &mut Ui, title: &str, controls: impl FnOnce(&mut Ui)) -> Response {
        let width = ui.available_width();
        let (rect, response) = ui.allocate_exact_size(vec2(width, HEADER_HEIGHT), egui::Sense::hover());
        ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, self.border_stroke());
        let inside = egui::UiBuilder::new().max_rect(rect.shrink2(vec2(0.0, 2.0)));
        ui.scope_builder(inside.layout(egui::Layout::left_to_right(egui::Align::Center)), |ui| {
            ui.add(egui::Label::new(egui::RichText::new(title).color(self.text_strong)).truncate());
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), controls);
        });
        response
    }

    /// One row of a list, as wide as the list. A selected row carries the accent at its left edge.
    pub fn row(&self, ui: &mut Ui, is_selected: bool, text: &str) -> Response {
        let size = vec2(ui.available_width(), ROW_HEIGHT);
        let (rect, response) = ui.allocate_exact_size(size, egui::Sense::click());
        let enabled = ui.is_enabled();
        response.widget_info(|| egui::WidgetInfo::selected(egui::Role::Button, enabled, is_selected, text));
        if !ui.is_rect_visible(rect) {
            return response;
        }
        let (fill, color) = match (is_selected, response.hovered()) {
            (true, _) => (self.selection_row, self.text_strong),
            (false, true) => (self.hovered, self.text_strong),
            (false, false) => (Color32::TRANSPARENT, self.text),
        };
        let painter = ui.painter_at(rect);
        painter.rect_filled(rect, 0.0, fill);
        if is_selected {
            painter.rect_filled(rect.with_max_x(rect.left() + GRID / 2.0), 0.0, self.selection);
        }
        if response.has_focus() {
            let stroke = Stroke::new(BORDER_WIDTH, self.selection);
            painter.rect_stroke(rect, 0.0, stroke, egui::StrokeKind::Inside);
        }
        let text = egui::WidgetText::from(text).color(color);
        let room = (rect.width() - 4.0 * GRID).max(0.0);
        let galley = text.into_galley(ui, Some(egui::TextWrapMode::Truncate), room, TextStyle::Body);
        let left = rect.left_center() + vec2(2.0 * GRID, -galley.size().y / 2.0);
        painter.galley(left, galley, color);
        response
    }

    fn style(&self) -> Style {
        let base = if self.is_dark { egui::Visuals::dark() } else { egui::Visuals::light() };
        let mut style = Style { spacing: spacing(), visuals: self.visuals(base), ..Style::default() };
        style.text_styles = [
            (TextStyle::Small, FontId::new(TEXT_SIZE, FontFamily::Proportional)),
            (TextStyle::Body, FontId::new(TEXT_SIZE, FontFamily::Proportional)),
            (TextStyle::Button, FontId::new(TEXT_SIZE, FontFamily::Proportional)),
            (TextStyle::Heading, FontId::new(TITLE_SIZE, FontFamily::Proportional)),
            (TextStyle::Monospace, FontId::new(CODE_SIZE, FontFamily::Monospace)),
        ]
        .into();
        style.animation_time = 0.1;
        style.interaction.tooltip_delay = 0.3;
        // A label in a row must not take the row's click; text meant for copying asks for selection itself.
        style.interaction.selectable_labels = false;
        style
    }

    fn visuals(&self, base: egui::Visuals) -> egui::Visuals {
        let shadow =
            Shadow { offset: [0, 2], blur: 8, spread: 0, color: Color32::from_black_alpha(self.shadow_alpha()) };
        egui::Visuals {
            widgets: self.widgets(),
            selection: Selection {
                bg_fill: self.selection_row,
                stroke: Stroke::new(BORDER_WIDTH, self.selection_text),
            },
            weak_text_color: Some(self.text_weak),
            hyperlink_color: self.selection_text,
            faint_bg_color: self.raised.gamma_multiply(0.35),
            extreme_bg_color: self.canvas,
            code_bg_color: self.raised,
            warn_fg_color: self.warning_text,
            error_fg_color: self.error_text,
            window_corner_radius: CornerRadius::same(CORNER + 1),
            window_shadow: shadow,
            window_fill: self.panel,
            window_stroke: self.border_stroke(),
            menu_corner_radius: CornerRadius::same(CORNER + 1),
            panel_fill: self.panel,
            popup_shadow: shadow,
            indent_has_left_vline: false,
            slider_trailing_fill: true,
            handle_shape: egui::style::HandleShape::Circle,
            ..base
        }
    }

    fn shadow_alpha(&self) -> u8 {
        if self.is_dark { 96 } else { 32 }
    }

    fn widgets(&self) -> Widgets {
        let widget = |fill: Color32, border: Color32, text: Color32| WidgetVisuals {
            bg_fill: fill,
            weak_bg_fill: fill,
            bg_stroke: Stroke::new(BORDER_WIDTH, border),
            corner_radius: CornerRadius::same(CORNER),
            fg_stroke: Stroke::new(BORDER_WIDTH, text),
            expansion: 0.0,
        };
        Widgets {
            noninteractive: widget(self.panel, self.border, self.text),
            inactive: widget(self.raised, self.border, self.text),
            hovered: widget(self.hovered, self.border_strong, self.text_strong),
            active: widget(self.hovered, self.selection, self.text_strong),
            open: widget(self.hovered, self.border_strong, self.text_strong),
        }
    }
}

fn spacing() -> Spacing {
    Spacing {
        item_spacing: vec2(2.0 * GRID, GRID),
        window_margin: Margin::same(12),
        menu_margin: Margin::same(4),
        button_padding: vec2(2.0 * GRID, GRID),
        indent: 4.0 * GRID,
        interact_size: vec2(ROW_HEIGHT, ROW_HEIGHT),
        slider_width: 30.0 * GRID,
        slider_rail_height: GRID,
        combo_width: 30.0 * GRID,
        icon_width: 4.0 * GRID,
        icon_width_inner: 2.0 * GRID,
        icon_spacing: GRID,
        tooltip_width: 100.0 * GRID,
        menu_spacing: GRID,
        scroll: ScrollStyle {
            bar_width: 2.0 * GRID,
            floating_width: GRID,
            floating_allocated_width: 2.0 * GRID,
            ..ScrollStyle::thin()
        },
        ..Spacing::default()
    }
}

/// How well `text` can be told from `background`: 1 (not at all) to 21, as WCAG 2 defines it. Both opaque.
pub fn contrast(text: Color32, background: Color32) -> f32 {
    let (a, b) = (luminance(text), luminance(background));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn luminance(color: Color32) -> f32 {
    let [red, green, blue, _] = egui::Rgba::from(color).to_array();
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}
