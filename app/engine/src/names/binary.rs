//! One mapped file: its debug information and symbols, read when first asked.

use super::separate;
use super::symbols::{Symbols, demangled};
use addr2line::Context;
use gimli::{EndianArcSlice, RunTimeEndian, SectionId};
use object::{Object, ObjectSection, ReadCache};
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

type Reader = EndianArcSlice<RunTimeEndian>;

/// One function at an address, as the file says it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct RawFrame {
    /// Demangled.
    pub(crate) function: Option<String>,
    /// Absolute path of the source.
    pub(crate) path: Option<String>,
    /// The path as the compiler was given it.
    pub(crate) file: Option<String>,
    pub(crate) line: u32,
    pub(crate) column: u32,
    pub(crate) inlined: bool,
}

/// Why a file gives no names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Problem {
    /// It is not there or not readable.
    Missing(String),
    /// It is no program this can read.
    Unreadable(String),
    /// It has been built anew since the recording.
    Changed,
}

/// A program or library.
pub(crate) struct Binary {
    debug: Option<Context<Reader>>,
    symbols: Symbols,
    has_lines: bool,
}

impl Binary {
    /// Reads the file at `path`, which must have `build_id` unless that is empty; where it is not there any more, or
    /// another one is, the debug file that was made of it.
    pub(crate) fn open(path: &Path, build_id: &[u8]) -> Result<Binary, Problem> {
        match Binary::of_program(path, build_id) {
            Err(problem @ (Problem::Missing(_) | Problem::Changed)) if !build_id.is_empty() => {
                Binary::of_debug_file(path, build_id).ok_or(problem)
            }
            opened => opened,
        }
    }

    fn of_program(path: &Path, build_id: &[u8]) -> Result<Binary, Problem> {
        let cache = open_cache(path).map_err(Problem::Missing)?;
        let file = object::File::parse(&cache).map_err(|error| Problem::Unreadable(error.to_string()))?;
        let own_id = file.build_id().ok().flatten().unwrap_or_default();
        if !build_id.is_empty() && own_id != build_id {
            return Err(Problem::Changed);
        }
        let mut symbols = Symbols::of(&file);
        let (mut debug, mut has_lines) = load_debug(&file);
        if !has_lines {
            let link = file.gnu_debuglink().ok().flatten();
            for place in separate::places(path, own_id, link.map(|(name, _)| name)) {
                let Ok(cache) = open_cache(&place) else { continue };
                let Ok(separate) = object::File::parse(&cache) else { continue };
                let has_same_id = separate.build_id().ok().flatten().unwrap_or_default() == own_id;
                // Without a build id only the checksum tells.
                let is_meant = !own_id.is_empty() || link.is_some_and(|(_, sum)| separate::has_checksum(&place, sum));
                if !has_same_id || !is_meant {
                    continue;
                }
                let (context, lines) = load_debug(&separate);
                if lines {
                    symbols.add(&separate);
                    (debug, has_lines) = (context, lines);
                    break;
                }
            }
        }
        Ok(Binary { debug, symbols, has_lines })
    }

    /// What the separate debug file of the program that had `build_id` at `path` says without the program itself. All
    /// that names are made of is in it.
    fn of_debug_file(path: &Path, build_id: &[u8]) -> Option<Binary> {
        separate::places_of_missing(path, build_id).into_iter().find_map(|place| {
            let cache = open_cache(&place).ok()?;
            let file = object::File::parse(&cache).ok()?;
            if file.build_id().ok().flatten() != Some(build_id) {
                return None;
            }
            let (debug, has_lines) = load_debug(&file);
            let binary = Binary { debug, symbols: Symbols::of(&file), has_lines };
            (binary.has_lines || binary.has_symbols()).then_some(binary)
        })
    }

    /// Whether it has debug information with source lines.
    pub(crate) fn has_lines(&self) -> bool {
        self.has_lines
    }

    /// Whether it has any names at all.
    pub(crate) fn has_symbols(&self) -> bool {
        !self.symbols.is_empty()
    }

    /// Whether Rust's runtime is in it.
    pub(crate) fn is_rust(&self) -> bool {
        self.symbols.is_rust()
    }

    /// The functions at `probe`, an address as the file has it: innermost first. Empty where nothing is known.
    pub(crate) fn frames(&self, probe: u64) -> Vec<RawFrame> {
        let mut frames = self.debug_frames(probe).unwrap_or_default();
        if let Some(last) = frames.last_mut() {
            last.inlined = false;
        }
        let symbol = || self.symbols.find(probe).map(demangled);
        match frames.last_mut() {
            // Some debug information has only the last part of a function's name.
            Some(outermost) if !outermost.function.as_deref().is_some_and(has_path) => {
                if let Some(symbol) = symbol()
                    && outermost.function.as_deref().is_none_or(|name| is_last_part(name, &symbol))
                {
                    outermost.function = Some(symbol);
                }
            }
            Some(_) => {}
            None => frames.extend(symbol().map(|name| RawFrame { function: Some(name), ..RawFrame::default() })),
        }
        frames
    }

    fn debug_frames(&self, probe: u64) -> Option<Vec<RawFrame>> {
        let context = self.debug.as_ref()?;
        let unit = context.find_dwarf_and_unit(probe).skip_all_loads();
        let folder = unit.and_then(|unit| unit.comp_dir.clone());
        let folder = folder.as_ref().and_then(|folder| gimli::Reader::to_string_lossy(folder).ok());
        let mut found = context.find_frames(probe).skip_all_loads().ok()?;
        let mut frames = Vec::new();
        while let Ok(Some(frame)) = found.next() {
            let location = frame.location.unwrap_or(addr2line::Location { file: None, line: None, column: None });
            let function = frame.function.as_ref().and_then(|function| function.raw_name().ok());
            frames.push(RawFrame {
                function: function.map(|name| demangled(&name)),
                path: location.file.map(without_dots),
                file: location.file.map(|path| as_given(&without_dots(path), folder.as_deref())),
                line: location.line.unwrap_or(0),
                column: location.column.unwrap_or(0),
                inlined: true,
            });
        }
        Some(frames)
    }
}

/// A recording may name anything as a module: a pipe would never come to its end, nor be opened.
fn open_cache(path: &Path) -> Result<ReadCache<File>, String> {
    if std::fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        return Err("it is no regular file".to_owned());
    }
    File::open(path).map(ReadCache::new).map_err(|error| error.to_string())
}

/// Debug information, and whether it has lines.
fn load_debug<'data>(file: &object::File<'data, &'data ReadCache<File>>) -> (Option<Context<Reader>>, bool) {
    let endian = if file.is_little_endian() { RunTimeEndian::Little } else { RunTimeEndian::Big };
    let load = |id: SectionId| -> Result<Reader, gimli::Error> {
        let section = file.section_by_name(id.name());
        let data = section.and_then(|section| section.uncompressed_data().ok()).unwrap_or_default();
        Ok(EndianArcSlice::new(Arc::from(&*data), endian))
    };
    let has_lines = file.section_by_name(".debug_line").is_some_and(|section| section.size() > 0)
        && file.section_by_name(".debug_info").is_some_and(|section| section.size() > 0);
    if !has_lines {
        return (None, false);
    }
    let context = gimli::Dwarf::load(load).and_then(Context::from_dwarf).ok();
    let is_there = context.is_some();
    (context, is_there)
}

/// Whether `name` says more than its last part; a path among its generic arguments says nothing about that.
fn has_path(name: &str) -> bool {
    name.split('<').next().is_some_and(|front| front.is_empty() || front.contains("::"))
}

/// Whether `symbol` is the whole name of the function that is called `part`: `demo::run` of `run`.
fn is_last_part(part: &str, symbol: &str) -> bool {
    let base = |name: &str| name.split('<').next().unwrap_or(name).trim_matches(['{', '}']).to_owned();
    let part = base(part);
    // The symbol's last word outside of brackets.
    let mut depth = 0usize;
    let mut last = String::new();
    for c in symbol.chars() {
        match c {
            '<' => depth += 1,
            '>' => depth = depth.saturating_sub(1),
            ':' if depth == 0 => last.clear(),
            _ if depth == 0 => last.push(c),
            _ => {}
        }
    }
    let (part, last) = (part.split('#').next(), base(&last));
    part == last.split('#').next()
}

/// `path` as the compiler was given it: relative to `folder`, where the compiler ran, if it is below.
fn as_given(path: &str, folder: Option<&str>) -> String {
    let below = folder.and_then(|folder| path.strip_prefix(folder.trim_end_matches('/')));
    match below.and_then(|rest| rest.strip_prefix('/')) {
        Some(rest) if !rest.is_empty() => rest.to_owned(),
        _ => path.to_owned(),
    }
}

/// `path` without `.` parts, and without `..` parts as far as they can be undone.
fn without_dots(path: &str) -> String {
    if !path.contains("/.") && !path.starts_with("./") {
        return path.to_owned();
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "." => {}
            ".." if parts.last().is_some_and(|last| !last.is_empty() && *last != "..") => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_as_the_compiler_was_given_them() {
        assert_eq!(as_given("/w/demo/src/main.rs", Some("/w/demo")), "src/main.rs");
        assert_eq!(as_given("/w/demo/src/main.rs", Some("/w/demo/")), "src/main.rs");
        assert_eq!(as_given("/w/demonstration/a.rs", Some("/w/demo")), "/w/demonstration/a.rs");
        assert_eq!(as_given("/rustc/abc/library/core/src/a.rs", Some("/w/demo")), "/rustc/abc/library/core/src/a.rs");
        assert_eq!(as_given("/w/a.rs", None), "/w/a.rs");
        assert_eq!(without_dots("/w/./demo/src/../a.rs"), "/w/demo/a.rs");
        assert_eq!(without_dots("../a.rs"), "../a.rs");
        assert_eq!(without_dots("./a/.hidden/b.rs"), "a/.hidden/b.rs");
    }

    #[test]
    fn a_short_name_is_only_completed_by_its_own_symbol() {
        assert!(is_last_part("run", "demo::run"));
        assert!(is_last_part("run<u8>", "demo::run"));
        assert!(is_last_part("{closure#0}", "demo::run::{{closure}}"));
        assert!(is_last_part("dealloc", "<demo::Track as core::alloc::GlobalAlloc>::dealloc"));
        assert!(is_last_part("alloc_recorded<std::alloc::System>", "<dropscope::Tracker<A>>::alloc_recorded"));
        assert!(!has_path("run") && !has_path("alloc_recorded<std::alloc::System>"));
        assert!(has_path("demo::run<u8>") && has_path("<demo::Track as core::alloc::GlobalAlloc>::dealloc"));
        assert!(!is_last_part("run", "demo::other"));
        assert!(!is_last_part("run", "demo::run::inner"));
    }
}
