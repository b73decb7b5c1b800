//! The text of a source file that a location names.

use crate::names::Location;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Larger files are no source that anybody wrote.
const MAX_SOURCE_BYTES: u64 = 16 << 20;

/// Where sources are looked for: among the texts it was given, at the absolute path that the debug information names,
/// and below folders. What was found or not is kept.
#[derive(Default)]
pub struct SourceFinder {
    embedded: Vec<(String, Arc<str>)>,
    folders: Vec<PathBuf>,
    /// Folders that have moved: as the debug information names them, and where they are now.
    moved: Vec<(PathBuf, PathBuf)>,
    found: Mutex<HashMap<PathBuf, Option<Arc<str>>>>,
}

impl SourceFinder {
    /// Looks at the absolute path that the debug information names, then below the current folder. Knows the folders
    /// that have moved from the environment variable `DROPSCOPE_PATH_MAP`: `OLD=NEW`, several with `:` between them.
    pub fn new() -> SourceFinder {
        let folders = std::env::current_dir().into_iter().collect();
        let mut finder = SourceFinder { folders, ..SourceFinder::default() };
        for pair in std::env::var("DROPSCOPE_PATH_MAP").unwrap_or_default().split(':') {
            if let Some((old, new)) = pair.split_once('=') {
                finder.map_folder(old, new);
            }
        }
        finder
    }

    /// Looks in the folder `new` for what the debug information says is in `old`.
    pub fn map_folder(&mut self, old: impl Into<PathBuf>, new: impl Into<PathBuf>) {
        self.moved.push((old.into(), new.into()));
        self.found.lock().clear();
    }

    /// Knows the text of `file` (the path as the debug information has it, or its last parts); asked before the disk.
    pub fn embed(&mut self, file: impl Into<String>, text: impl Into<Arc<str>>) {
        self.embedded.push((file.into(), text.into()));
        self.found.lock().clear();
    }

    /// Looks below `folder`, too.
    pub fn add_folder(&mut self, folder: impl Into<PathBuf>) {
        self.folders.push(folder.into());
        self.found.lock().clear();
    }

    /// The whole text of the file that `location` is in; none where it is nowhere. Reads the disk the first time.
    pub fn text(&self, location: &Location) -> Option<Arc<str>> {
        self.text_of(location.file.as_deref(), location.path.as_deref())
    }

    /// The same for a file and its absolute path, one of which may do.
    pub fn text_of(&self, file: Option<&str>, path: Option<&Path>) -> Option<Arc<str>> {
        let key = path.map(Path::to_owned).or_else(|| file.map(PathBuf::from))?;
        if let Some(known) = self.found.lock().get(&key) {
            return known.clone();
        }
        let text = self.look(file, path);
        self.found.lock().insert(key, text.clone());
        text
    }

    fn look(&self, file: Option<&str>, path: Option<&Path>) -> Option<Arc<str>> {
        let names = [file.map(Path::new), path];
        for name in names.into_iter().flatten() {
            if let Some((_, text)) = self.embedded.iter().find(|(file, _)| name.ends_with(file)) {
                return Some(Arc::clone(text));
            }
        }
        let moved = path.into_iter().flat_map(|path| {
            let now = |(old, new): &(PathBuf, PathBuf)| path.strip_prefix(old).ok().map(|rest| new.join(rest));
            self.moved.iter().filter_map(now)
        });
        let absolute = path.filter(|path| path.is_absolute()).map(Path::to_owned);
        let below = file.map(|file| self.folders.iter().map(move |folder| folder.join(file)));
        moved.chain(absolute).chain(below.into_iter().flatten()).find_map(|place| read(&place))
    }
}

fn read(path: &Path) -> Option<Arc<str>> {
    let is_source = std::fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.len() <= MAX_SOURCE_BYTES);
    if !is_source {
        return None;
    }
    let bytes = std::fs::read(path).ok()?;
    Some(Arc::from(String::from_utf8_lossy(&bytes).as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn embedded_texts_come_first_then_the_path_then_folders() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("src")).unwrap();
        let on_disk = folder.path().join("src/a.rs");
        std::fs::write(&on_disk, "on disk").unwrap();
        let mut finder = SourceFinder::new();
        let text = |finder: &SourceFinder, file, path: Option<&Path>| finder.text_of(file, path).map(|t| t.to_string());
        assert_eq!(text(&finder, Some("src/a.rs"), Some(&on_disk)), Some("on disk".to_owned()));
        assert_eq!(text(&finder, Some("src/nowhere-at-all.rs"), Some(Path::new("/no/such.rs"))), None);
        finder.add_folder(folder.path());
        assert_eq!(text(&finder, Some("src/a.rs"), Some(Path::new("/moved/src/a.rs"))), Some("on disk".to_owned()));
        let moved = Some(Path::new("/was/here/src/a.rs"));
        assert_eq!(text(&finder, None, moved), None);
        finder.map_folder("/was/here", folder.path());
        assert_eq!(text(&finder, None, moved), Some("on disk".to_owned()));
        finder.embed("src/a.rs", "embedded");
        assert_eq!(text(&finder, Some("src/a.rs"), Some(&on_disk)), Some("embedded".to_owned()));
        assert_eq!(text(&finder, None, Some(&on_disk)), Some("embedded".to_owned()));
        assert_eq!(text(&finder, None, None), None);
    }
}
