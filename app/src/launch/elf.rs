//! What a program's file says about how it can be recorded.

use object::elf::{EM_AARCH64, EM_X86_64};
use object::read::elf::{FileHeader, ProgramHeader};
use object::read::{Object, ObjectSection, ObjectSymbol, ReadCache};
use object::{Endianness, FileKind};
use std::fs::File;
use std::path::Path;

/// Functions of allocators that are linked into programs under names of their own, and what those are called.
const ALLOCATORS: [(&[u8], &str); 4] = [
    (b"\0mi_malloc\0", "mimalloc"),
    (b"\0_rjem_malloc\0", "jemalloc"),
    (b"\0je_malloc\0", "jemalloc"),
    (b"\0tc_malloc\0", "tcmalloc"),
];

/// A machine code file.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Elf {
    /// Whether it is 64-bit code of this machine's kind.
    pub(super) is_ours: bool,
    /// The dynamic loader that it asks for; none in a static program.
    pub(super) loader: Option<String>,
    /// Whether it has a `malloc` of its own that goes before any other.
    pub(super) has_malloc: bool,
    /// An allocator that is linked into it beside `malloc`.
    pub(super) allocator: Option<&'static str>,
    /// Whether Go's compiler made it.
    pub(super) is_go: bool,
}

/// Reads the file at `path`; none where it is no machine code or cannot be read.
pub(super) fn read(path: &Path) -> Option<Elf> {
    let cache = ReadCache::new(File::open(path).ok()?);
    match FileKind::parse(&cache).ok()? {
        FileKind::Elf64 => {}
        FileKind::Elf32 => return Some(Elf::default()),
        _ => return None,
    }
    let file = object::read::elf::ElfFile64::<Endianness, _>::parse(&cache).ok()?;
    let endian = file.endian();
    let machine = if cfg!(target_arch = "x86_64") { EM_X86_64 } else { EM_AARCH64 };
    let interpreter = |header: &<object::elf::FileHeader64<Endianness> as FileHeader>::ProgramHeader| {
        header.interpreter(endian, &cache).ok().flatten()
    };
    let loader = file.elf_program_headers().iter().find_map(interpreter);
    let has_section = |name| file.section_by_name(name).is_some();
    let names = file.section_by_name(".strtab").and_then(|section| section.data().ok()).unwrap_or_default();
    Some(Elf {
        is_ours: file.elf_header().e_machine(endian) == machine,
        loader: loader.map(|path| String::from_utf8_lossy(path).into_owned()),
        has_malloc: file.dynamic_symbols().any(|symbol| symbol.is_definition() && symbol.name() == Ok("malloc")),
        allocator: ALLOCATORS.iter().find(|(name, _)| contains(names, name)).map(|(_, called)| *called),
        is_go: has_section(".go.buildinfo") || has_section(".note.go.buildid"),
    })
}

/// Names are separated by zeros: only where one begins is compared.
fn contains(names: &[u8], name: &[u8]) -> bool {
    let second = name.get(1).copied();
    let begins = |at: &usize| {
        names.get(at + 1).copied() == second && names.get(*at..).is_some_and(|rest| rest.starts_with(name))
    };
    names.iter().enumerate().filter(|(_, byte)| **byte == 0).map(|(at, _)| at).any(|at| begins(&at))
}
