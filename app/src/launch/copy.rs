//! A lesson as a cargo project of the learner's own: written once, then changed, built and recorded as often as they like.

use dropscope_lessons::Lesson;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Folder of copies in the user's home.
const FOLDER: &str = "dropscope-lessons";

/// Why there is no copy.
#[derive(Debug)]
pub enum CopyError {
    /// The tracker's source is not where it was when this program was built.
    NoTracker(PathBuf),
    /// The lesson is not one program in Rust.
    NotRust,
    /// A file of the copy cannot be written.
    Write(PathBuf, std::io::Error),
    /// The folder is there and is something else.
    Taken(PathBuf),
}

impl std::fmt::Display for CopyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            CopyError::NoTracker(path) => write!(
                f,
                "a copy is built with the tracker's source, which is not in {} any more: start Dropscope from its \
                 source tree with `cargo run --release`",
                path.display()
            ),
            CopyError::NotRust => f.write_str("only lessons in Rust can be copied as a cargo project"),
            CopyError::Write(path, error) => write!(f, "{} cannot be written: {error}", path.display()),
            CopyError::Taken(path) => {
                write!(f, "{} is there already and is no copy of this lesson: choose another folder", path.display())
            }
        }
    }
}

impl std::error::Error for CopyError {}

/// A lesson's copy on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    /// The project's folder.
    pub folder: PathBuf,
    /// The file to change.
    pub source: PathBuf,
    /// Whether it was there already, and was left as it is.
    pub was_there: bool,
}

/// Where a copy goes if the user says nothing: `dropscope-lessons/NAME` in their home.
pub fn default_folder(lesson: &Lesson) -> PathBuf {
    let home = std::env::var_os("HOME").map(PathBuf::from).filter(|home| home.is_absolute());
    home.unwrap_or_else(std::env::temp_dir).join(FOLDER).join(lesson.name)
}

/// Writes `lesson` as a project into `folder`. One that is there already is left as the learner has it.
///
/// # Errors
/// As [`CopyError`] says.
pub fn write_copy(lesson: &Lesson, folder: &Path) -> Result<Copy, CopyError> {
    let module = Path::new(lesson.file);
    let stem = module.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    if module.extension().is_none_or(|ending| ending != "rs") {
        return Err(CopyError::NotRust);
    }
    let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let source = folder.join("src").join(format!("{stem}.rs"));
    if source.is_file() && folder.join("Cargo.toml").is_file() {
        return Ok(Copy { folder, source, was_there: true });
    }
    let is_free = match fs::read_dir(&folder) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
    };
    if !is_free {
        return Err(CopyError::Taken(folder));
    }
    let tree = source_tree();
    if !tree.join("tracker/Cargo.toml").is_file() {
        return Err(CopyError::NoTracker(tree.join("tracker")));
    }
    let written = |path: PathBuf, text: &str| write(&path, text).map_err(|error| CopyError::Write(path, error));
    written(folder.join("Cargo.toml"), &manifest(lesson, &tree))?;
    written(folder.join("src/main.rs"), &main_file(&stem))?;
    written(source.clone(), lesson.source)?;
    written(folder.join(".gitignore"), "/target\n")?;
    // The same versions as Dropscope's own: they are on this machine already. Without it cargo looks for them itself.
    if let Ok(lock) = fs::read_to_string(tree.join("Cargo.lock")) {
        written(folder.join("Cargo.lock"), &lock)?;
    }
    Ok(Copy { folder, source, was_there: false })
}

fn write(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    // What has come there meanwhile is somebody's.
    fs::File::create_new(path)?.write_all(text.as_bytes())
}

/// Dropscope's own source, from which this program was built.
fn source_tree() -> PathBuf {
    let app = Path::new(env!("CARGO_MANIFEST_DIR"));
    app.parent().unwrap_or(app).to_owned()
}

fn manifest(lesson: &Lesson, tree: &Path) -> String {
    let edition = if lesson.file.contains("lessons2021") { "2021" } else { "2024" };
    let tracker = toml_text(&tree.join("tracker").to_string_lossy());
    let bumpalo = if lesson.source.contains("use bumpalo::") { "bumpalo = \"3\"\n" } else { "" };
    let is_optimised = lesson.file.contains("lessons_optimised");
    let optimised = if is_optimised {
        "\n# As the lesson: what the optimiser does is what it shows.\n[profile.dev]\nopt-level = 3\n"
    } else {
        ""
    };
    format!(
        "# A copy of Dropscope's lesson “{title}”. Change src/{file} as you like.\n\
         [package]\n\
         name = \"lesson-{name}\"\n\
         version = \"0.1.0\"\n\
         edition = \"{edition}\"\n\
         publish = false\n\
         \n\
         [dependencies]\n\
         dropscope = {{ path = {tracker} }}\n\
         {bumpalo}\
         {optimised}\
         \n\
         # A workspace of its own, whatever folder it lies in.\n\
         [workspace]\n",
        title = lesson.title,
        name = lesson.name,
        file = Path::new(lesson.file).file_name().unwrap_or_default().to_string_lossy(),
    )
}

fn main_file(stem: &str) -> String {
    format!(
        "//! Starts the lesson. The program to change is in {stem}.rs.\n\
         #![allow(dead_code, unused_variables, clippy::all)]\n\
         \n\
         mod {stem};\n\
         \n\
         dropscope::attach!();\n\
         \n\
         fn main() {{\n\
         \x20   {stem}::run();\n\
         }}\n\
         \n\
         /// A pause of about half a millisecond, so that the steps can be told apart on the time axis.\n\
         pub(crate) fn beat() {{\n\
         \x20   std::thread::sleep(std::time::Duration::from_micros(400));\n\
         }}\n"
    )
}

/// `text` as a string of TOML.
fn toml_text(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{escaped}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first() -> &'static Lesson {
        &dropscope_lessons::lessons()[0]
    }

    #[test]
    fn a_copy_is_a_project_with_the_lesson_in_it_and_is_not_written_over() {
        let base = tempfile::tempdir().unwrap();
        let folder = base.path().join("a folder \"with\" signs");
        let copy = write_copy(first(), &folder).unwrap();
        assert!(!copy.was_there);
        assert_eq!(fs::read_to_string(&copy.source).unwrap(), first().source);
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        assert!(manifest.contains("name = \"lesson-scope-end\""), "{manifest}");
        fs::write(&copy.source, "changed").unwrap();
        let again = write_copy(first(), &folder).unwrap();
        assert!(again.was_there);
        assert_eq!(fs::read_to_string(&again.source).unwrap(), "changed");
    }

    #[test]
    fn a_folder_with_other_things_in_it_is_left_alone() {
        let base = tempfile::tempdir().unwrap();
        fs::write(base.path().join("letter.txt"), "mine").unwrap();
        let refused = write_copy(first(), base.path());
        assert!(matches!(refused, Err(CopyError::Taken(_))), "{refused:?}");
        assert_eq!(fs::read_dir(base.path()).unwrap().count(), 1);
    }
}
