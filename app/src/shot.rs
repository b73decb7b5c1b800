//! The picture that the window would show, drawn without a display: the same views, the same state, no window.

use crate::headless::{self, Fonts};
use crate::model::analysis::TypesBy;
use crate::model::command::Command;
use crate::model::desk::{Desk, Habits};
use crate::model::library::Library;
use crate::model::state::{AppState, Screen, Tab};
use crate::views::{self, Memory};
use anyhow::{anyhow, bail};
use egui::ColorImage;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// The views that can be asked for.
pub const VIEWS: [&str; 19] = [
    "timeline",
    "lesson",
    "compare",
    "flame",
    "calls",
    "sites",
    "types",
    "owners",
    "scopes",
    "leaks",
    "growth",
    "short-lived",
    "reallocs",
    "sizes",
    "threads",
    "operations",
    "addresses",
    "advice",
    "source",
];

/// Reading a recording and its names may take so long; what is there then is drawn.
const PATIENCE: Duration = Duration::from_secs(300);
/// At least so many frames: one asks for a scene, the next has it, the third has its names.
const FRAMES: usize = 6;

/// What picture is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShotOptions {
    /// One of [`VIEWS`]; by default what the window would show.
    pub view: Option<String>,
    /// Width and height in pixels.
    pub size_px: [u32; 2],
    /// Dark, or else light.
    pub is_dark: bool,
}

/// Draws `files`: one as its timeline (or its lesson), several as a comparison.
///
/// # Errors
/// If a file cannot be opened, there is no such view, or a lesson's is wanted of what is none.
pub fn shot(files: &[PathBuf], options: &ShotOptions) -> anyhow::Result<ColorImage> {
    let view = options.view.as_deref();
    if let Some(view) = view
        && !VIEWS.contains(&view)
    {
        bail!("there is no view `{view}`; there are {}", VIEWS.join(", "));
    }
    let library = Library { is_dark: options.is_dark, ..Library::default() };
    let mut desk = Desk::new(library, Habits::default(), || {});
    desk.apply(Command::Open(files.to_vec()));
    if let Some(problem) = desk.state.problem.take().or_else(|| desk.state.toasts.pop().map(|toast| toast.text)) {
        bail!(problem);
    }
    desk.state.library.recent.clear();
    wait(&mut desk);
    choose(&mut desk, view)?;
    Ok(draw_with(Fonts::Desktop, &mut desk, options.size_px, scale(options.size_px[0]), views::app_ui))
}

/// Draws what the window would show of `desk`, with all background work done, in the theme that its library names and with
/// the shipped fonts alone.
pub fn draw(desk: &mut Desk, size_px: [u32; 2], pixels_per_point: f32) -> ColorImage {
    draw_with(Fonts::Shipped, desk, size_px, pixels_per_point, views::app_ui)
}

/// As [`draw`], with the fonts and of the view that is given.
pub fn draw_with(
    from: Fonts,
    desk: &mut Desk,
    size_px: [u32; 2],
    pixels_per_point: f32,
    view: impl Fn(&mut egui::Ui, &AppState, &mut Memory) -> views::Commands,
) -> ColorImage {
    let mut memory = Memory::default();
    let is_dark = desk.state.library.is_dark;
    headless::render_with(from, size_px, pixels_per_point, is_dark, FRAMES, |ui| {
        wait(desk);
        let commands = view(ui, &desk.state, &mut memory);
        if !commands.is_empty() {
            ui.ctx().request_repaint();
        }
        for command in commands {
            desk.apply(command);
        }
    })
}

/// Waits for reading, names, scenes and tables.
pub fn wait(desk: &mut Desk) {
    let started = Instant::now();
    desk.tick(0.0);
    while desk.is_busy() && started.elapsed() < PATIENCE {
        std::thread::sleep(Duration::from_millis(2));
        desk.tick(0.0);
    }
}

fn choose(desk: &mut Desk, view: Option<&str>) -> anyhow::Result<()> {
    // Logs are rows of a comparison and nothing else.
    if matches!(view, None | Some("compare")) && !desk.state.logs.is_empty() {
        return Ok(());
    }
    let first = desk
        .state
        .documents
        .first_mut()
        .ok_or_else(|| anyhow!("a log of a garbage collector is drawn with `--view compare` only"))?;
    let owners = (view == Some("owners")).then_some(Tab::Types);
    let named = Tab::ALL.into_iter().find(|tab| Some(tab.word()) == view);
    let tab = owners.or(named);
    let id = first.id;
    match view {
        None => return Ok(()),
        Some("lesson") if first.as_lesson().is_none() => {
            bail!("{} is no recording of a lesson: make one with `dropscope demo NAME`", first.path.display())
        }
        Some("lesson") => {}
        Some("compare") => {
            let all = desk.state.documents.iter().map(|document| document.id).collect();
            desk.state.compare.documents = all;
            "Comparison".clone_into(&mut desk.state.compare.title);
            desk.apply(Command::Show(Screen::Comparison));
            return Ok(());
        }
        Some(_) => first.is_plain = true,
    }
    if owners.is_some() {
        first.analysis.options.types_by = TypesBy::Owner;
    }
    desk.apply(Command::Show(Screen::Document(id)));
    desk.apply(Command::ChooseTab(tab.unwrap_or_default()));
    // A view that is asked for is what the picture is about.
    desk.state.is_tall = tab.is_some_and(|tab| tab != Tab::default());
    Ok(())
}

/// Points are a pixel each up to full HD, and grow from there on so that a 4K picture reads like a 4K screen.
fn scale(width_px: u32) -> f32 {
    ((width_px as f32 / 1920.0 * 4.0).round() / 4.0).max(1.0)
}
