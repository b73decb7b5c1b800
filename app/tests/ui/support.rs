//! The application in a harness, with its background work waited for.

use crate::invented::Invented;
use dropscope_app::model::desk::Habits;
use dropscope_app::model::library::Library;
use dropscope_app::window::{App, Start};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Longer than anything here takes on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The application, and the folder that its recordings are in.
pub(crate) struct Driven {
    pub(crate) harness: Harness<'static, App>,
    pub(crate) folder: TempDir,
    /// How long the application may take to come to rest.
    pub(crate) patience: Duration,
}

impl Driven {
    pub(crate) fn new() -> Self {
        Self::remembering(Library::default(), Habits::default())
    }

    /// The application of a user with habits, and with things remembered.
    pub(crate) fn remembering(library: Library, mut habits: Habits) -> Self {
        habits.program = Some(PathBuf::from(env!("CARGO_BIN_EXE_dropscope")));
        habits.asks_paths = true;
        let builder = Harness::builder().with_size([1280.0, 720.0]).with_max_steps(64);
        let harness = builder.build_eframe(|cc| App::new(&cc.egui_ctx, library, habits));
        Self { harness, folder: tempfile::tempdir().unwrap(), patience: PATIENCE }
    }

    /// The application with this recording open, called `invented`.
    pub(crate) fn with(made: Invented) -> Self {
        let mut driven = Self::new();
        let path = made.write(driven.folder.path(), "invented");
        driven.open(&[path]);
        driven
    }

    pub(crate) fn open(&mut self, paths: &[PathBuf]) {
        self.harness.state_mut().begin(Start::Open(paths.to_vec()));
        self.settle();
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Draws until nothing is computed any more and the picture rests.
    pub(crate) fn settle(&mut self) {
        let started = Instant::now();
        let mut calm = 0;
        while calm < 4 {
            self.harness.step();
            let desk = &self.harness.state().desk;
            calm = if desk.is_busy() || desk.is_starting() { 0 } else { calm + 1 };
            assert!(started.elapsed() < self.patience, "the application does not come to rest");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Draws until it is so.
    pub(crate) fn until(&mut self, is_so: impl Fn(&Self) -> bool) {
        let started = Instant::now();
        while !is_so(self) {
            self.harness.step();
            assert!(started.elapsed() < self.patience, "it does not come to that");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    pub(crate) fn click(&mut self, label: &str) {
        self.harness.get_by_label(label).click();
        self.settle();
    }

    pub(crate) fn press(&mut self, key: egui::Key) {
        self.harness.key_press(key);
        self.settle();
    }

    /// Types into the field that there is.
    pub(crate) fn type_text(&mut self, text: &str) {
        let field = self.harness.get_by_role(egui::accesskit::Role::TextInput);
        field.focus();
        field.type_text(text);
        self.settle();
    }

    /// Whether something with this in its name is shown.
    pub(crate) fn shows(&self, part: &str) -> bool {
        self.harness.query_all_by_label_contains(part).next().is_some()
    }

    #[track_caller]
    pub(crate) fn assert_shows(&self, part: &str) {
        assert!(self.shows(part), "nothing shows `{part}`; there is {:#?}", self.all_names());
    }

    #[track_caller]
    pub(crate) fn assert_hides(&self, part: &str) {
        assert!(!self.shows(part), "`{part}` is shown");
    }

    fn all_names(&self) -> Vec<String> {
        self.harness.query_all_by_label_contains("").filter_map(|node| node.accesskit_node().label()).collect()
    }
}
