//! The window: gives the desk its time and its events, shows what the views draw, remembers the library.

use crate::fonts;
use crate::model::command::Command;
use crate::model::desk::{Desk, Habits};
use crate::model::library::Library;
use crate::theme::Theme;
use crate::views::{self, Memory};
use eframe::egui::{Context, IconData, Ui, ViewportBuilder};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Where the library is kept in eframe's storage.
const LIBRARY_KEY: &str = "library";
/// Messages go away in steps of this.
const CALM_REPAINT: Duration = Duration::from_millis(500);

/// What a window begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// The lessons; the one that was shown last, or else the first, is recorded at once.
    Lessons,
    /// These recordings; several are compared.
    Open(Vec<PathBuf>),
    /// The recording of a running program.
    Follow {
        /// The recording, which need not be there yet.
        path: PathBuf,
        /// What to call it.
        title: String,
    },
}

/// Opens the window; returns when it is closed.
///
/// # Errors
/// If the system gives no window. What is needed for one is told by [`crate::display::probe`], which is to be asked
/// first: a few missing libraries end the process inside of the window library.
pub fn run(start: Start) -> anyhow::Result<()> {
    let viewport = ViewportBuilder::default()
        .with_title("Dropscope")
        .with_app_id("dropscope")
        .with_inner_size([1280.0, 720.0])
        .with_min_inner_size([800.0, 520.0])
        .with_icon(icon());
    let options = eframe::NativeOptions { viewport, dithering: false, ..eframe::NativeOptions::default() };
    let create = move |cc: &eframe::CreationContext<'_>| -> Result<Box<dyn eframe::App>, _> {
        let library = cc.storage.and_then(|storage| eframe::get_value(storage, LIBRARY_KEY)).unwrap_or_default();
        let habits = Habits { plays_lessons: true, asks_first: true, ..Habits::default() };
        let mut app = App::new(&cc.egui_ctx, library, habits);
        app.desk.watch_running();
        app.begin(start);
        Ok(Box::new(app))
    };
    eframe::run_native("dropscope", options, Box::new(create))
        .map_err(|error| anyhow::anyhow!("the window cannot be opened: {error}"))
}

/// The application behind the window. Needs no window: tests run it, too.
pub struct App {
    /// The state and the work behind it.
    pub desk: Desk,
    memory: Memory,
    is_dark: Option<bool>,
    last_tick: Instant,
}

impl App {
    /// An application with nothing open.
    pub fn new(ctx: &Context, library: Library, habits: Habits) -> Self {
        fonts::install(ctx);
        let waker = ctx.clone();
        let desk = Desk::new(library, habits, move || waker.request_repaint());
        let mut app = Self { desk, memory: Memory::default(), is_dark: None, last_tick: Instant::now() };
        app.show_theme(ctx);
        app
    }

    /// Does what the window was opened for.
    pub fn begin(&mut self, start: Start) {
        match start {
            Start::Lessons => {
                let last = self.desk.state.library.last_lesson.as_deref();
                let lessons = dropscope_lessons::lessons();
                let index = lessons.iter().position(|lesson| Some(lesson.name) == last).unwrap_or(0);
                self.desk.apply(Command::StartLesson(index));
                // A window that has just been opened shows something that happens; it asks from the next lesson on.
                if let Some(lesson) = lessons.get(index) {
                    self.desk.apply(Command::Answer(lesson.name, None));
                }
            }
            Start::Open(paths) => self.desk.apply(Command::Open(paths)),
            Start::Follow { path, title } => self.desk.apply(Command::Follow(path, title)),
        }
    }

    /// Takes in what background work has brought. Before every frame, and while the window is hidden.
    pub fn tick(&mut self, ctx: &Context) {
        let now = Instant::now();
        self.desk.tick(now.duration_since(self.last_tick).as_secs_f64());
        self.last_tick = now;
        self.show_theme(ctx);
        if self.desk.state.documents.iter().any(|document| document.playing.is_some()) {
            ctx.request_repaint();
        } else if self.desk.is_moving() || self.desk.is_busy() {
            ctx.request_repaint_after(CALM_REPAINT);
        }
        if self.desk.is_starting() {
            // A program that is being started has no thread that would wake us.
            ctx.request_repaint_after(Duration::from_millis(16));
        }
    }

    /// Draws the window and carries out what the views ask for.
    pub fn draw(&mut self, ui: &mut Ui) {
        let commands = views::app_ui(ui, &self.desk.state, &mut self.memory);
        if !commands.is_empty() {
            ui.ctx().request_repaint();
        }
        for command in commands {
            self.desk.apply(command);
        }
    }

    fn show_theme(&mut self, ctx: &Context) {
        let is_dark = self.desk.state.library.is_dark;
        if self.is_dark != Some(is_dark) {
            self.is_dark = Some(is_dark);
            let theme = if is_dark { Theme::dark() } else { Theme::light() };
            theme.install(ctx);
        }
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        self.tick(ctx);
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        self.draw(ui);
    }

    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        eframe::set_value(storage, LIBRARY_KEY, &self.desk.state.library);
    }
}

/// A drop, drawn here so that no picture file is needed.
fn icon() -> Arc<IconData> {
    const SIDE: u32 = 64;
    let theme = Theme::dark();
    let mut rgba = Vec::with_capacity((SIDE * SIDE * 4) as usize);
    for y in 0..SIDE {
        for x in 0..SIDE {
            let (x, y) = (x as f32 - 31.5, y as f32 - 31.5);
            // A circle below, drawn out to a tip above.
            let half_width =
                if y < 8.0 { (y + 30.0) * 0.52 } else { (20.0_f32.powi(2) - (y - 8.0).powi(2)).max(0.0).sqrt() };
            let inside = (half_width - x.abs() + 0.5).clamp(0.0, 1.0) * f32::from(u8::from(y > -30.0 && y < 28.5));
            let color = theme.live.to_array();
            rgba.extend([color[0], color[1], color[2], (inside * 255.0) as u8]);
        }
    }
    Arc::new(IconData { rgba, width: SIDE, height: SIDE })
}
