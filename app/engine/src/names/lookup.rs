//! From an address to its frames: which module it is in, and what that module's file says.

use super::binary::{Problem, RawFrame};
use super::frame::{Frame, FrameKind};
use super::kind::{Function, kind_of, tracker_folder};
use super::shared::SharedBinary;
use crate::hash::FastMap;
use dropscope_format::Module;
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

/// All modules of a recording, and their files once needed.
#[derive(Default)]
pub(crate) struct Lookup {
    modules: Vec<Module>,
    /// First addresses, sorted, and the module from there on, none between modules.
    starts: Vec<(u64, Option<usize>)>,
    /// By path and build id: many modules are parts of one file.
    binary_of: HashMap<(String, Vec<u8>), usize>,
    /// None for those that cannot be used.
    binaries: Vec<Option<SharedBinary>>,
    texts: HashSet<Arc<str>>,
    paths: HashSet<Arc<Path>>,
    frames: FastMap<u64, Arc<[Arc<Frame>]>>,
    /// Where the tracker's sources were when the program was built: the innermost frames of every stack tell.
    tracker: Option<String>,
    notes: Vec<String>,
}

impl Lookup {
    /// Takes in what has been mapped since. True where there was something.
    pub(crate) fn set_modules(&mut self, modules: Vec<Module>) -> bool {
        if modules.len() == self.modules.len() {
            return false;
        }
        // What was nowhere may be somewhere now.
        self.frames.retain(|_, frames| frames.iter().all(|frame| frame.kind != FrameKind::Unknown));
        self.starts = cover(&modules);
        self.modules = modules;
        true
    }

    pub(crate) fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The frames of a whole stack, given its addresses, both innermost first. All but the innermost are return
    /// addresses: the call itself stands before them.
    pub(crate) fn stack(&mut self, addresses: &[u64]) -> Vec<Arc<Frame>> {
        let mut frames: Vec<Arc<Frame>> = Vec::new();
        let mut is_exact = false;
        for &address in addresses {
            let at = self.frames_at(address, if is_exact { address } else { address.wrapping_sub(1) });
            frames.extend(at.iter().cloned());
            // A signal came between two instructions: the next address is where it did, not behind a call.
            is_exact = at.last().is_some_and(|frame| &*frame.function == "__restore_rt");
        }
        frames
    }

    /// The frames at `probe`, which stand on the stack as `address`.
    fn frames_at(&mut self, address: u64, probe: u64) -> Arc<[Arc<Frame>]> {
        if let Some(frames) = self.frames.get(&probe) {
            return Arc::clone(frames);
        }
        let frames: Arc<[Arc<Frame>]> = match self.module_of(probe).cloned() {
            Some(module) => self.frames_in(&module, address, probe).into(),
            None => [Arc::new(Lookup::unknown(format!("{address:#x}"), address))].into(),
        };
        self.frames.insert(probe, Arc::clone(&frames));
        frames
    }

    fn module_of(&self, address: u64) -> Option<&Module> {
        let behind = self.starts.partition_point(|start| start.0 <= address);
        let (_, module) = self.starts.get(behind.checked_sub(1)?)?;
        self.modules.get((*module)?)
    }

    fn frames_in(&mut self, module: &Module, address: u64, probe: u64) -> Vec<Arc<Frame>> {
        let in_file = probe.wrapping_sub(module.bias);
        let binary = self.binary(module);
        let is_rust = binary.is_some_and(SharedBinary::is_rust);
        let raw = binary.map(|binary| binary.frames(in_file)).unwrap_or_default();
        if raw.is_empty() {
            let name = module.path.rsplit('/').next().unwrap_or_default();
            let name = format!("{name}+{:#x}", in_file.wrapping_add(address.wrapping_sub(probe)));
            let kind = kind_of(Function { name: None, path: None, module: &module.path, is_rust, tracker: None });
            return vec![Arc::new(Frame { kind, ..Lookup::unknown(name, address) })];
        }
        if self.tracker.is_none()
            && let Some(RawFrame { function: Some(name), path: Some(path), .. }) = raw.last()
        {
            self.tracker = tracker_folder(name, path).map(str::to_owned);
        }
        raw.into_iter().map(|raw| Arc::new(self.named(raw, &module.path, is_rust, address))).collect()
    }

    fn named(&mut self, raw: RawFrame, module: &str, is_rust: bool, address: u64) -> Frame {
        let (name, path, tracker) = (raw.function.as_deref(), raw.path.as_deref(), self.tracker.as_deref());
        let kind = kind_of(Function { name, path, module, is_rust, tracker });
        let path = raw.path.map(|path| match self.paths.get(Path::new(&path)) {
            Some(known) => Arc::clone(known),
            None => {
                let path: Arc<Path> = Arc::from(Path::new(&path));
                self.paths.insert(Arc::clone(&path));
                path
            }
        });
        Frame {
            function: self.text(raw.function.as_deref().unwrap_or("?")),
            file: raw.file.map(|file| self.text(&file)),
            path,
            line: raw.line,
            column: raw.column,
            inlined: raw.inlined,
            kind,
            address,
        }
    }

    fn unknown(name: String, address: u64) -> Frame {
        Frame {
            function: Arc::from(name),
            file: None,
            path: None,
            line: 0,
            column: 0,
            inlined: false,
            kind: FrameKind::Unknown,
            address,
        }
    }

    fn text(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.texts.get(text) {
            return Arc::clone(known);
        }
        let text: Arc<str> = Arc::from(text);
        self.texts.insert(Arc::clone(&text));
        text
    }

    fn binary(&mut self, module: &Module) -> Option<&SharedBinary> {
        let key = (module.path.clone(), module.build_id.clone());
        let number = match self.binary_of.get(&key) {
            Some(number) => *number,
            None => {
                let number = self.open(module);
                self.binary_of.insert(key, number);
                number
            }
        };
        self.binaries.get(number)?.as_ref()
    }

    fn open(&mut self, module: &Module) -> usize {
        // `[vdso]` and the like are no files.
        let is_file = module.path.starts_with('/');
        let opened = is_file.then(|| SharedBinary::open(Path::new(&module.path), &module.build_id));
        self.notes.extend(opened.as_ref().and_then(|opened| note(&module.path, opened)));
        self.binaries.push(opened.and_then(Result::ok));
        self.binaries.len() - 1
    }
}

/// What to say about a file that does not name all it could.
fn note(path: &str, opened: &Result<SharedBinary, Problem>) -> Option<String> {
    let file = Function { name: None, path: None, module: path, is_rust: false, tracker: None };
    // Nobody looks for names in the system's libraries, nor in what records.
    let is_others = matches!(kind_of(file), FrameKind::Runtime | FrameKind::Tracker);
    match opened {
        Err(Problem::Missing(reason)) => Some(format!(
            "{path} cannot be read ({reason}): its functions are shown as addresses. Put the file back where it was \
             when it was recorded, or its debug file beside it as {name}.debug.",
            name = path.rsplit('/').next().unwrap_or_default()
        )),
        Err(Problem::Unreadable(reason)) => {
            Some(format!("{path} is no program that can be read ({reason}): its functions are shown as addresses."))
        }
        Err(Problem::Changed) => Some(format!(
            "{path} has been built anew since the recording: its functions are shown as addresses. Record again, or \
             put the old file back."
        )),
        Ok(binary) if is_others || binary.has_lines() => None,
        Ok(binary) if binary.has_symbols() && !binary.is_rust() => Some(format!(
            "{path} has no debug information: functions have no lines, and those without a symbol are shown as addresses. \
             Build it with -g, or install its debug package."
        )),
        Ok(binary) if binary.has_symbols() => Some(format!(
            "{path} has no debug information: functions have no lines, and owners are missing. Build it with \
             `debug = \"line-tables-only\"` (and `strip = false`) in its profile in Cargo.toml."
        )),
        Ok(_) => Some(format!(
            "{path} is stripped: its functions are shown as addresses. Build it with debug information: -g in C and \
             C++, `strip = false` and `debug = \"line-tables-only\"` in its profile in Cargo.toml in Rust."
        )),
    }
}

/// Which module covers which addresses; where several do, the last.
fn cover(modules: &[Module]) -> Vec<(u64, Option<usize>)> {
    let mut edges: Vec<u64> = modules.iter().flat_map(|module| [module.start, module.end]).collect();
    edges.sort_unstable();
    edges.dedup();
    let mut starts: Vec<(u64, Option<usize>)> = edges.into_iter().map(|edge| (edge, None)).collect();
    for (number, module) in modules.iter().enumerate() {
        let from = starts.partition_point(|start| start.0 < module.start);
        let to = starts.partition_point(|start| start.0 < module.end);
        for start in starts.get_mut(from..to).unwrap_or_default() {
            start.1 = Some(number);
        }
    }
    starts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module(path: &str, start: u64, end: u64) -> Module {
        Module { start, end, bias: start, path: path.to_owned(), build_id: Vec::new() }
    }

    #[test]
    fn later_modules_win_where_they_overlap_and_gaps_are_nobodys() {
        let mut lookup = Lookup::default();
        let modules = vec![module("a", 0x100, 0x500), module("b", 0x200, 0x300), module("c", 0x600, 0x700)];
        assert!(lookup.set_modules(modules.clone()));
        assert!(!lookup.set_modules(modules));
        let path = |address| lookup.module_of(address).map(|module| module.path.as_str());
        let found: Vec<_> =
            [0xff, 0x100, 0x200, 0x2ff, 0x300, 0x4ff, 0x500, 0x600, 0x700].into_iter().map(path).collect();
        assert_eq!(found, [None, Some("a"), Some("b"), Some("b"), Some("a"), Some("a"), None, Some("c"), None]);
    }

    #[test]
    fn a_missing_program_gives_addresses_and_a_sentence() {
        let mut lookup = Lookup::default();
        lookup.set_modules(vec![module("/no/such/program", 0x1000, 0x2000)]);
        let frames = lookup.stack(&[0x1234, 0x9999]);
        assert_eq!(frames.iter().map(|frame| &*frame.function).collect::<Vec<_>>(), ["program+0x234", "0x9999"]);
        assert!(frames.iter().all(|frame| frame.kind == FrameKind::Unknown));
        assert_eq!(lookup.notes().len(), 1);
        assert!(lookup.notes()[0].contains("Put the file back"));
    }
}
