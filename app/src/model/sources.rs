//! Source files that locations name, read off the window's thread and kept.

use crate::model::slot::Wake;
use crate::model::source::Source;
use dropscope_engine::{Location, SourceFinder};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

/// A file's text, `None` where it is nowhere.
type Found = Option<Arc<Source>>;

/// Source files, by the name that debug information gives them.
pub struct Sources {
    finder: Arc<SourceFinder>,
    files: HashMap<Arc<str>, Option<Found>>,
    sender: Sender<(Arc<str>, Found)>,
    receiver: Receiver<(Arc<str>, Found)>,
}

impl Default for Sources {
    fn default() -> Self {
        let mut finder = SourceFinder::new();
        // The lessons and workloads bring their sources along: an installed program has no workspace beside it.
        for demo in dropscope_demos::all() {
            finder.embed(demo.file(), demo.source());
        }
        let (sender, receiver) = channel();
        Self { finder: Arc::new(finder), files: HashMap::new(), sender, receiver }
    }
}

impl Sources {
    /// The file that `location` is in: none while it is not known, `Some(None)` where it is nowhere.
    pub fn get(&self, location: &Location) -> Option<&Found> {
        self.files.get(&key(location)?)?.as_ref()
    }

    /// Whether the file has not been asked for yet.
    pub fn is_unknown(&self, location: &Location) -> bool {
        key(location).is_some_and(|key| !self.files.contains_key(&key))
    }

    /// Reads the file that `location` is in.
    pub fn ask(&mut self, location: &Location, wake: &Wake) {
        let Some(key) = key(location) else { return };
        if self.files.contains_key(&key) {
            return;
        }
        self.files.insert(Arc::clone(&key), None);
        let (finder, sender, wake) = (Arc::clone(&self.finder), self.sender.clone(), Arc::clone(wake));
        let location = location.clone();
        let spawned = std::thread::Builder::new().name("source".to_owned()).spawn({
            let key = Arc::clone(&key);
            move || {
                let name: Arc<str> = location.file.clone().unwrap_or_default();
                let found = finder.text(&location).map(|text| Arc::new(Source::new(name, &text)));
                // Nobody waits any more where the window was closed.
                let _ = sender.send((key, found));
                wake();
            }
        });
        if spawned.is_err() {
            self.files.insert(key, Some(None));
        }
    }

    /// Takes what has been read; true if anything has.
    pub fn poll(&mut self) -> bool {
        let mut is_new = false;
        for (key, found) in self.receiver.try_iter() {
            self.files.insert(key, Some(found));
            is_new = true;
        }
        is_new
    }

    /// Whether a file is being read.
    pub fn is_busy(&self) -> bool {
        self.files.values().any(Option::is_none)
    }
}

fn key(location: &Location) -> Option<Arc<str>> {
    match &location.path {
        Some(path) => Some(path.to_string_lossy().into()),
        None => location.file.clone(),
    }
}
