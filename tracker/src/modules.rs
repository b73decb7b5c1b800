//! Which files are mapped where, with their build ids: the way from addresses to names, for whoever reads the recording.
//!
//! From `/proc/self/maps`, and never from the dynamic loader: its lock may be held by a thread that waits for us.

use dropscope_format::{Module, StackTree};
use std::fs::File;
use std::os::unix::fs::FileExt;

/// How soon the map is read again after an address that is in no known module; longer while that helps nothing (code
/// that a program generates is in no file).
const READ_AGAIN_NS: u64 = 50_000_000;
const READ_AGAIN_AT_MOST_NS: u64 = 2_000_000_000;
/// How soon it is read again when there are new addresses, all in known modules: one may have taken another's place.
const READ_ANYWAY_NS: u64 = 1_000_000_000;

const PT_LOAD: u64 = 1;
/// Flag of an executable segment.
const PF_X: u64 = 1;
const PT_NOTE: u64 = 4;
const NT_GNU_BUILD_ID: u64 = 3;
/// More than any build id or program header table that is believed.
const MOST_BYTES: usize = 64 << 10;

/// What is known.
pub(crate) struct ModuleMap {
    known: Vec<Module>,
    /// Nodes of the stack tree that have been looked at.
    seen_nodes: usize,
    has_new: bool,
    has_unknown: bool,
    read_at_ns: u64,
    pause_ns: u64,
}

impl Default for ModuleMap {
    fn default() -> Self {
        Self {
            known: Vec::new(),
            seen_nodes: 1,
            has_new: false,
            has_unknown: false,
            read_at_ns: 0,
            pause_ns: READ_AGAIN_NS,
        }
    }
}

impl ModuleMap {
    /// Reads the map; gives the modules that are new.
    pub(crate) fn read(&mut self) -> Vec<Module> {
        let maps = std::fs::read("/proc/self/maps").unwrap_or_default();
        let memory = File::open("/proc/self/mem").ok();
        let mut new: Vec<Module> =
            images(&String::from_utf8_lossy(&maps)).iter().filter_map(|image| image.module(memory.as_ref())).collect();
        new.retain(|module| !self.known.contains(module));
        for module in &new {
            self.known.retain(|old| old.end <= module.start || module.end <= old.start);
        }
        self.known.extend(new.iter().cloned());
        new
    }

    /// All that are known.
    pub(crate) fn known(&self) -> &[Module] {
        &self.known
    }

    /// Modules that have come since the last look, if stacks in `stacks` give a reason to look.
    pub(crate) fn new_ones(&mut self, stacks: &StackTree, now_ns: u64) -> Option<Vec<Module>> {
        for node in stacks.nodes_from(self.seen_nodes) {
            self.has_new = true;
            self.has_unknown |= !self.known.iter().any(|module| (module.start..=module.end).contains(&node.address));
        }
        self.seen_nodes = stacks.node_count();
        let pause_ns = if self.has_unknown { self.pause_ns } else { READ_ANYWAY_NS };
        if !self.has_new || now_ns.saturating_sub(self.read_at_ns) < pause_ns {
            return None;
        }
        let new = self.read();
        self.pause_ns = match (self.has_unknown, new.is_empty()) {
            (true, true) => (self.pause_ns * 2).min(READ_AGAIN_AT_MOST_NS),
            _ => READ_AGAIN_NS,
        };
        self.has_new = false;
        self.has_unknown = false;
        self.read_at_ns = now_ns;
        (!new.is_empty()).then_some(new)
    }
}

/// One mapping of a file.
struct Mapping {
    start: u64,
    end: u64,
    offset: u64,
    is_code: bool,
}

/// The mappings of one loaded file.
struct Image<'a> {
    path: &'a str,
    mappings: Vec<Mapping>,
}

/// The files in the text of a maps file, in order of their addresses.
fn images(maps: &str) -> Vec<Image<'_>> {
    let mut images: Vec<Image<'_>> = Vec::new();
    for line in maps.lines() {
        let Some((mapping, path)) = mapping(line) else { continue };
        match images.last_mut() {
            // A file loaded twice begins again with its first bytes.
            Some(last) if last.path == path && mapping.offset > 0 => last.mappings.push(mapping),
            _ => images.push(Image { path, mappings: vec![mapping] }),
        }
    }
    images.retain(|image| image.mappings.iter().any(|mapping| mapping.is_code));
    images
}

/// A line such as `7f10-7f20 r-xp 00001000 fe:00 123   /lib/libc.so.6`; none for memory without a file.
fn mapping(line: &str) -> Option<(Mapping, &str)> {
    let mut fields = line.splitn(6, ' ');
    let (start, end) = fields.next()?.split_once('-')?;
    let access = fields.next()?;
    let offset = fields.next()?;
    let path = fields.nth(2)?.trim_start();
    if !path.starts_with('/') && path != "[vdso]" {
        return None;
    }
    let hex = |text| u64::from_str_radix(text, 16).ok();
    let mapping = Mapping {
        start: hex(start)?,
        end: hex(end)?,
        offset: hex(offset)?,
        is_code: access.as_bytes().get(2) == Some(&b'x'),
    };
    Some((mapping, path.strip_suffix(" (deleted)").unwrap_or(path)))
}

impl Image<'_> {
    /// The module, if the file is an ELF image.
    fn module(&self, memory: Option<&File>) -> Option<Module> {
        let first = self.mappings.first()?;
        let code = self.mappings.iter().find(|mapping| mapping.is_code)?;
        // From memory where that is possible: the file may have been replaced since it was mapped.
        let in_memory = memory.filter(|_| first.offset == 0).map(|memory| Source { file: memory, base: first.start });
        let on_disk = File::open(self.path).ok();
        let on_disk = on_disk.as_ref().map(|file| Source { file, base: 0 });
        let headers = [in_memory.as_ref(), on_disk.as_ref()].into_iter().flatten().find_map(Source::program_headers)?;
        let bias = headers.iter().find_map(|header| {
            // Two segments may share a page of the file: the code's is the executable one.
            let is_its = header.kind == PT_LOAD
                && header.flags & PF_X != 0
                && (header.offset & !0xfff..header.offset + header.file_bytes).contains(&code.offset);
            is_its
                .then(|| code.start.wrapping_sub(header.address.wrapping_sub(header.offset).wrapping_add(code.offset)))
        })?;
        let notes = headers.iter().filter(|header| header.kind == PT_NOTE);
        let build_id = notes
            .filter_map(|header| match (memory, &on_disk) {
                (Some(memory), _) => bytes_at(memory, header.address.wrapping_add(bias), header.file_bytes as usize),
                (None, Some(disk)) => bytes_at(disk.file, header.offset, header.file_bytes as usize),
                (None, None) => None,
            })
            .find_map(|notes| build_id(&notes));
        Some(Module {
            start: first.start,
            end: self.mappings.last().map_or(first.end, |last| last.end),
            bias,
            path: self.path.to_owned(),
            build_id: build_id.unwrap_or_default(),
        })
    }
}

struct Source<'a> {
    file: &'a File,
    base: u64,
}

struct ProgramHeader {
    kind: u64,
    flags: u64,
    offset: u64,
    address: u64,
    file_bytes: u64,
}

impl Source<'_> {
    fn program_headers(&self) -> Option<Vec<ProgramHeader>> {
        let head = bytes_at(self.file, self.base, 64)?;
        // A 64-bit image in this machine's byte order; others are not loaded into this process.
        if head.get(..5)? != b"\x7fELF\x02" {
            return None;
        }
        let (at, size, count) = (number(&head, 32, 8)?, number(&head, 54, 2)? as usize, number(&head, 56, 2)? as usize);
        let table = bytes_at(self.file, self.base.wrapping_add(at), size * count)?;
        let header = |entry: &[u8]| {
            Some(ProgramHeader {
                kind: number(entry, 0, 4)?,
                flags: number(entry, 4, 4)?,
                offset: number(entry, 8, 8)?,
                address: number(entry, 16, 8)?,
                file_bytes: number(entry, 32, 8)?,
            })
        };
        table.chunks_exact(size.max(56)).map(header).collect()
    }
}

fn bytes_at(file: &File, at: u64, count: usize) -> Option<Vec<u8>> {
    let mut bytes = vec![0; count.min(MOST_BYTES)];
    file.read_exact_at(&mut bytes, at).ok()?;
    Some(bytes)
}

/// The unsigned number of `size` bytes at `at`.
fn number(bytes: &[u8], at: usize, size: usize) -> Option<u64> {
    let mut word = [0; 8];
    let (low, high) = if cfg!(target_endian = "little") { (0, size) } else { (8 - size, 8) };
    word.get_mut(low..high)?.copy_from_slice(bytes.get(at..at.checked_add(size)?)?);
    Some(u64::from_ne_bytes(word))
}

/// The build id among ELF notes.
fn build_id(mut notes: &[u8]) -> Option<Vec<u8>> {
    loop {
        let name_bytes = number(notes, 0, 4)? as usize;
        let value_bytes = number(notes, 4, 4)? as usize;
        let kind = number(notes, 8, 4)?;
        let value_at = 12_usize.checked_add(name_bytes.checked_next_multiple_of(4)?)?;
        let value_end = value_at.checked_add(value_bytes)?;
        if kind == NT_GNU_BUILD_ID && notes.get(12..16)? == b"GNU\0" {
            return notes.get(value_at..value_end).map(<[u8]>::to_vec);
        }
        notes = notes.get(value_end.checked_next_multiple_of(4)?..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_the_map_are_read() {
        let maps = "00400000-00401000 r--p 00000000 fe:00 12 /opt/a b/größe\n\
                    00401000-00403000 r-xp 00001000 fe:00 12 /opt/a b/größe\n\
                    00500000-00501000 rw-p 00000000 00:00 0 \n\
                    00600000-00601000 r--p 00000000 fe:00 13 /lib/data.bin\n\
                    7ffe0000-7ffe1000 r-xp 00000000 00:00 0                          [vdso]\n\
                    rubbish\n";
        let found = images(maps);
        assert_eq!(found.iter().map(|image| image.path).collect::<Vec<_>>(), ["/opt/a b/größe", "[vdso]"]);
        assert_eq!((found[0].mappings[1].start, found[0].mappings[1].offset), (0x401000, 0x1000));
    }

    #[test]
    fn this_test_finds_itself_with_its_build_id_and_bias() {
        let modules = ModuleMap::default().read();
        let here = this_test_finds_itself_with_its_build_id_and_bias as fn() as usize as u64;
        let own = modules.iter().find(|module| (module.start..module.end).contains(&here)).expect("its own module");
        assert_eq!(std::path::Path::new(&own.path), std::env::current_exe().unwrap());
        assert_eq!(own.bias, own.start, "a position-independent program begins at its file's address 0");
        assert!(own.build_id.is_empty() || own.build_id.len() >= 8);
        assert!(modules.iter().any(|module| module.path.contains("libc.so") && module.build_id.len() == 20));
        assert!(modules.iter().any(|module| module.path == "[vdso]"));
    }

    #[test]
    fn notes_that_lie_about_their_length_are_passed_over() {
        assert_eq!(build_id(&[0xff; 40]), None);
        assert_eq!(build_id(&[]), None);
    }
}
