//! What is remembered from one time to the next: recent recordings, lessons done, the theme.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Recent recordings that are kept.
const MOST_RECENT: usize = 12;

/// A recording that was open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recent {
    /// Its file.
    pub path: PathBuf,
    /// The recorded program.
    pub program: String,
}

/// What is remembered from one time to the next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Library {
    /// Recordings, the last one opened first.
    pub recent: Vec<Recent>,
    /// Lessons walked to their last event.
    pub done: BTreeSet<String>,
    /// What was answered to the lessons' questions: which choice, from 0.
    pub answers: BTreeMap<String, usize>,
    /// The lesson that was shown last: where the next window goes on.
    pub last_lesson: Option<String>,
    /// How fast lessons are played: 1 is an event a second.
    pub lesson_speed: f32,
    /// Whether the window is dark.
    pub is_dark: bool,
}

impl Default for Library {
    fn default() -> Self {
        Self {
            recent: Vec::new(),
            done: BTreeSet::new(),
            answers: BTreeMap::new(),
            last_lesson: None,
            lesson_speed: 1.0,
            is_dark: true,
        }
    }
}

impl Library {
    /// Puts a recording in front.
    pub fn remember(&mut self, path: &Path, program: &str) {
        self.forget(path);
        self.recent.insert(0, Recent { path: path.to_owned(), program: program.to_owned() });
        self.recent.truncate(MOST_RECENT);
    }

    /// Takes a recording off the list.
    pub fn forget(&mut self, path: &Path) {
        self.recent.retain(|recent| recent.path != path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_opened_is_first_and_each_is_there_once() {
        let mut library = Library::default();
        for number in 0..20 {
            library.remember(Path::new(&format!("{number}.dscope")), "p");
        }
        library.remember(Path::new("15.dscope"), "p");
        assert_eq!(library.recent.len(), MOST_RECENT);
        assert_eq!(library.recent[0].path, Path::new("15.dscope"));
        assert_eq!(library.recent.iter().filter(|recent| recent.path == Path::new("15.dscope")).count(), 1);
    }

    #[test]
    fn what_an_older_version_remembered_is_still_read() {
        let library: Library = serde_json::from_str("{\"done\":[\"scope-end\"],\"unknown\":1}").unwrap();
        assert!(library.done.contains("scope-end") && library.is_dark);
    }
}
