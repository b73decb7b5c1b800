//! Opens a place of the source in the user's editor.

use dropscope_engine::Location;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Editors with a window that take `FILE:LINE:COLUMN` behind these arguments.
const WITH_PLACE: [(&str, &[&str]); 8] = [
    ("code", &["--goto"]),
    ("codium", &["--goto"]),
    ("cursor", &["--goto"]),
    ("windsurf", &["--goto"]),
    ("subl", &[]),
    ("zed", &[]),
    ("zeditor", &[]),
    ("lapce", &[]),
];
/// Editors with a window that take `--line LINE FILE`.
const WITH_LINE_OPTION: [&str; 7] = ["idea", "rustrover", "clion", "rust-rover", "fleet", "kate", "kwrite"];
/// Editors with a window that take `+LINE FILE`.
const WITH_PLUS: [&str; 6] = ["gedit", "gnome-text-editor", "gvim", "emacs", "emacsclient", "mousepad"];
/// Editors in a terminal, all of which take `+LINE FILE`.
const IN_TERMINAL: [&str; 9] = ["vi", "vim", "nvim", "nano", "micro", "joe", "kak", "mcedit", "ne"];
/// Terminals that run what stands behind `-e`.
const TERMINALS: [&str; 7] =
    ["x-terminal-emulator", "xterm", "konsole", "alacritty", "xfce4-terminal", "urxvt", "gnome-terminal"];

/// What is to be started.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Start {
    /// The program.
    pub program: OsString,
    /// Its arguments.
    pub arguments: Vec<OsString>,
}

/// Opens `at`; a sentence about what was done.
///
/// # Errors
/// In a sentence: the file is not here, there is no editor, or it does not start.
pub fn open(at: &Location) -> Result<String, String> {
    let path = existing(at)?;
    let editor = ["VISUAL", "EDITOR"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|text| !text.trim().is_empty()));
    let terminal = std::env::var("TERMINAL").ok().filter(|text| !text.is_empty());
    let is_there = |name: &str| in_path(name).is_some();
    let start = start(editor.as_deref(), terminal.as_deref(), &is_there, &path, at.line, at.column)?;
    let mut command = Command::new(&start.program);
    command.args(&start.arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|error| format!("{} does not start: {error}", start.program.display()))?;
    // Waited for on a thread of its own, so that no dead process stays behind.
    let _ = std::thread::Builder::new().name("editor".to_owned()).spawn(move || child.wait());
    Ok(format!("Opened {} in {}.", path.display(), start.program.display()))
}

fn existing(at: &Location) -> Result<PathBuf, String> {
    let path = at.path.as_deref().or(at.file.as_deref().map(Path::new));
    let Some(path) = path else { return Err("The source file of this place is not known.".to_owned()) };
    if path.is_file() { Ok(path.to_owned()) } else { Err(format!("{} is not on this machine.", path.display())) }
}

fn in_path(name: &str) -> Option<PathBuf> {
    let path = Path::new(name);
    if path.components().count() > 1 {
        return path.is_file().then(|| path.to_owned());
    }
    std::env::split_paths(&std::env::var_os("PATH")?).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// What opens `path` at a line: `editor` as `$VISUAL` or `$EDITOR` gives it, with arguments; else the desktop's own
/// choice, which knows no lines.
///
/// # Errors
/// If nothing is there that could.
pub fn start(
    editor: Option<&str>,
    terminal: Option<&str>,
    is_there: &dyn Fn(&str) -> bool,
    path: &Path,
    line: u32,
    column: u32,
) -> Result<Start, String> {
    let Some(editor) = editor else {
        if is_there("xdg-open") {
            return Ok(Start { program: "xdg-open".into(), arguments: vec![path.into()] });
        }
        return Err("There is no editor to open: set VISUAL or EDITOR to one, such as `code`.".to_owned());
    };
    let mut words = editor.split_whitespace();
    let program = words.next().unwrap_or_default().to_owned();
    let mut arguments: Vec<OsString> = words.map(OsString::from).collect();
    if !is_there(&program) {
        return Err(format!("The editor `{program}`, which VISUAL or EDITOR names, is not installed."));
    }
    let name = Path::new(&program).file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let in_terminal =
        IN_TERMINAL.contains(&&*name) || arguments.iter().any(|argument| argument == "-nw" || argument == "-t");
    let place = |column: u32| {
        let mut place = OsString::from(path);
        place.push(format!(":{}:{}", line.max(1), column.max(1)));
        place
    };
    if let Some((_, before)) = WITH_PLACE.iter().find(|(known, _)| *known == name) {
        arguments.extend(before.iter().map(OsString::from));
        arguments.push(place(column));
    } else if WITH_LINE_OPTION.contains(&&*name) {
        arguments.extend(["--line".into(), line.max(1).to_string().into(), path.into()]);
    } else if name == "hx" || name == "helix" {
        arguments.push(place(column));
    } else if in_terminal || WITH_PLUS.contains(&&*name) {
        arguments.extend([format!("+{}", line.max(1)).into(), path.into()]);
    } else {
        arguments.push(path.into());
    }
    if !(in_terminal || name == "hx" || name == "helix") {
        return Ok(Start { program: program.into(), arguments });
    }
    let Some(terminal) =
        terminal.filter(|&name| is_there(name)).or_else(|| TERMINALS.into_iter().find(|name| is_there(name)))
    else {
        return Err(format!("`{name}` needs a terminal and none is installed: set VISUAL to an editor with a window."));
    };
    let flag = if terminal.ends_with("gnome-terminal") { "--" } else { "-e" };
    let mut all: Vec<OsString> = vec![flag.into(), program.into()];
    all.append(&mut arguments);
    Ok(Start { program: terminal.into(), arguments: all })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(editor: Option<&str>, there: &[&str]) -> Result<String, String> {
        let is_there = |name: &str| there.contains(&name);
        start(editor, None, &is_there, Path::new("/src/a b.rs"), 12, 5).map(|start| {
            let words: Vec<String> = std::iter::once(&start.program)
                .chain(&start.arguments)
                .map(|word| word.to_string_lossy().into_owned())
                .collect();
            words.join("|")
        })
    }

    #[test]
    fn editors_are_told_the_line_in_their_own_way() {
        let said = |editor: &str, there: &[&str]| line(Some(editor), there);
        assert_eq!(said("code -w", &["code"]).unwrap(), "code|-w|--goto|/src/a b.rs:12:5");
        assert_eq!(said("/opt/bin/subl", &["/opt/bin/subl"]).unwrap(), "/opt/bin/subl|/src/a b.rs:12:5");
        assert_eq!(said("kate", &["kate"]).unwrap(), "kate|--line|12|/src/a b.rs");
        assert_eq!(said("emacs", &["emacs"]).unwrap(), "emacs|+12|/src/a b.rs");
        assert_eq!(said("vim", &["vim", "xterm"]).unwrap(), "xterm|-e|vim|+12|/src/a b.rs");
        assert_eq!(
            said("emacs -nw", &["emacs", "gnome-terminal"]).unwrap(),
            "gnome-terminal|--|emacs|-nw|+12|/src/a b.rs"
        );
        assert_eq!(said("own-thing", &["own-thing"]).unwrap(), "own-thing|/src/a b.rs");
    }

    #[test]
    fn what_is_missing_is_said() {
        assert!(line(None, &[]).unwrap_err().contains("set VISUAL or EDITOR"));
        assert_eq!(line(None, &["xdg-open"]).unwrap(), "xdg-open|/src/a b.rs");
        assert!(line(Some("ed-of-mine"), &["xdg-open"]).unwrap_err().contains("`ed-of-mine`"));
        assert!(line(Some("vim"), &["vim"]).unwrap_err().contains("needs a terminal"));
    }

    #[test]
    fn a_file_that_is_not_here_is_not_opened() {
        let location = |path: Option<&str>| Location {
            function: "f".into(),
            file: None,
            path: path.map(|path| Path::new(path).into()),
            line: 1,
            column: 0,
        };
        assert!(
            open(&location(Some("/no/such/file.rs"))).unwrap_err().contains("/no/such/file.rs is not on this machine")
        );
        assert!(open(&location(None)).unwrap_err().contains("not known"));
    }
}
