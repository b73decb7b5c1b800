//! What the dynamic loader knows: which unwind tables belong to an address, and whether libraries have come since.
//!
//! `_dl_find_object` (glibc 2.35) and the loader's count of loaded objects are found by reading the symbol tables in
//! memory: `dlsym` would allocate and take the lock that is held while other threads run constructors.
//!
//! A rule learnt for a library's code is wrong once another library lies at the same address. Nothing tells a lock-free
//! reader that a library was unloaded, but an address can only become another library's by loading one, and the
//! loader counts loads in a word of `_rtld_global`. Its place there is private to glibc; it is found by its value,
//! which `dl_iterate_phdr` tells. Where it cannot be found, [`is_watching`] says so: rules are then kept for the program,
//! the C library and the loader only, and what is left to chance is a reused frame: a library that comes in another's
//! place, a frame of the same return address at the same stack pointer, and every outer word as it was.
#![allow(unsafe_code, reason = "reads the loader's structures")]

use libc::{c_int, c_void, dl_phdr_info};
use std::ffi::CStr;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering::Relaxed};

/// `struct dl_find_object` of glibc on x86-64.
#[repr(C)]
#[derive(Default)]
struct FoundObject {
    flags: u64,
    map_start: usize,
    map_end: usize,
    link_map: usize,
    eh_frame_hdr: usize,
    reserved: [u64; 7],
}

impl FoundObject {
    fn holds(&self, address: usize) -> bool {
        (self.map_start..self.map_end).contains(&address)
    }
}

type FindObject = unsafe extern "C" fn(*mut c_void, *mut FoundObject) -> c_int;

/// `_dl_find_object`, null until found.
static FIND_OBJECT: AtomicPtr<c_void> = AtomicPtr::new(std::ptr::null_mut());

/// The word that changes whenever an object is loaded; where it has not been found, [`FORGOTTEN`].
static WATCHED: AtomicPtr<u64> = AtomicPtr::new(FORGOTTEN.as_ptr());

/// Counts `forget_modules`.
static FORGOTTEN: AtomicU64 = AtomicU64::new(0);

/// Start and end of the objects that are certainly never unloaded: the program, the C library, the loader.
static PERMANENT: [(AtomicU64, AtomicU64); 3] = [const { (AtomicU64::new(0), AtomicU64::new(0)) }; 3];

/// One mapped object's bytes, as far as its unwind tables are in them, and its `.eh_frame_hdr`'s place.
pub(super) struct Module<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) start: u64,
    pub(super) eh_frame_hdr: usize,
}

/// Gives `use_it` the object that holds `address`; `None` if there is none or it has no unwind tables, `beyond` where these
/// lie in a part of it whose end cannot be told from here. Lock-free.
///
/// Of an object with holes between its segments (large ones such as Node.js, and those linked for large pages) the loader
/// tells the segment that holds the address only: its tables are in another one, which has to be asked for, too.
pub(super) fn with_module<T>(address: u64, beyond: T, use_it: impl FnOnce(&Module<'_>) -> T) -> Option<T> {
    let mut found = find(address as usize)?;
    let eh_frame_hdr = found.eh_frame_hdr;
    if eh_frame_hdr == 0 {
        return None;
    }
    if !found.holds(eh_frame_hdr) {
        match find(eh_frame_hdr) {
            Some(tables) if tables.holds(eh_frame_hdr) && tables.link_map == found.link_map => found = tables,
            _ => return Some(beyond),
        }
    }
    let first: *const u8 = std::ptr::with_exposed_provenance(found.map_start);
    // SAFETY: the loader maps the object at these addresses, and it stays there during this call: the address is a
    // live frame's of the calling thread. Where segments are told as one, holes between them may be unreadable; what is
    // read are the tables that the object's header points to, which lie in a readable segment.
    let bytes = unsafe { std::slice::from_raw_parts(first, found.map_end - found.map_start) };
    Some(use_it(&Module { bytes, start: found.map_start as u64, eh_frame_hdr: eh_frame_hdr - found.map_start }))
}

/// What the loader says about this address; none where no object is.
fn find(address: usize) -> Option<FoundObject> {
    let function = FIND_OBJECT.load(Relaxed);
    if function.is_null() {
        return None;
    }
    // SAFETY: the pointer was found under this name in a symbol table of a glibc, which gives it this type.
    let find_object = unsafe { std::mem::transmute::<*mut c_void, FindObject>(function) };
    let mut found = FoundObject::default();
    // SAFETY: any address may be asked for; the structure is the one the function fills.
    let result = unsafe { find_object(std::ptr::with_exposed_provenance_mut(address), &raw mut found) };
    (result == 0 && found.map_start < found.map_end).then_some(found)
}

/// Makes [`generation`] another where that does not see loads.
pub(super) fn forget_modules() {
    FORGOTTEN.fetch_add(1, Relaxed);
}

/// A number that changes whenever an object was loaded since; where that cannot be seen, when
/// `forget_modules` was called.
#[inline(always)]
pub(super) fn generation() -> u64 {
    // SAFETY: it points to a word of the loader's own data or to `FORGOTTEN`; both stay mapped. It is written by
    // others while this reads: an aligned word is read whole, old or new. A thread that may run a new library's code has
    // seen the load that came before.
    unsafe { WATCHED.load(Relaxed).read_volatile() }
}

/// Whether [`generation`] sees loads.
pub(super) fn is_watching() -> bool {
    WATCHED.load(Relaxed) != FORGOTTEN.as_ptr()
}

/// Whether `address` lies in an object that is never unloaded.
pub(super) fn is_permanent(address: u64) -> bool {
    PERMANENT.iter().any(|(start, end)| (start.load(Relaxed)..end.load(Relaxed)).contains(&address))
}

/// Finds everything. False if this process has no `_dl_find_object`. Takes the loader's list lock.
pub(super) fn initialise() -> bool {
    let mut search = Search { find_object: 0, global: None, loads: 0, visited: 0 };
    // SAFETY: the callback has the type asked for and gets the structure that this function lends.
    unsafe { libc::dl_iterate_phdr(Some(visit), (&raw mut search).cast()) };
    FIND_OBJECT.store(std::ptr::with_exposed_provenance_mut(search.find_object), Relaxed);
    if let Some((address, size)) = search.global {
        watch(address, size, search.loads);
    }
    search.find_object != 0
}

struct Search {
    find_object: usize,
    global: Option<(usize, usize)>,
    loads: u64,
    visited: usize,
}

unsafe extern "C" fn visit(info: *mut dl_phdr_info, size: usize, search: *mut c_void) -> c_int {
    // SAFETY: `dl_iterate_phdr` gives a valid structure and passes `initialise`'s `Search` through.
    let (info, search) = unsafe { (&*info, &mut *search.cast::<Search>()) };
    if size >= size_of::<dl_phdr_info>() {
        search.loads = info.dlpi_adds;
    }
    // SAFETY: the object's program headers, `dlpi_phnum` of them, mapped while the loader's lock is held.
    let headers = unsafe { std::slice::from_raw_parts(info.dlpi_phdr, usize::from(info.dlpi_phnum)) };
    let base = info.dlpi_addr as usize;
    let is_program = search.visited == 0;
    search.visited += 1;
    if is_program {
        note_permanent(0, base, headers);
    }
    let Some(dynamic) = headers.iter().find(|header| header.p_type == libc::PT_DYNAMIC) else { return 0 };
    // SAFETY: a loaded object's dynamic section.
    let Some(symbols) = (unsafe { Symbols::of(base, base.wrapping_add(dynamic.p_vaddr as usize)) }) else {
        return 0;
    };
    // SAFETY: the tables are those of the object just described, mapped while the loader's lock is held.
    let (find_object, global) = unsafe { (symbols.find(c"_dl_find_object"), symbols.find(c"_rtld_global")) };
    if let Some((address, _)) = find_object
        && search.find_object == 0
    {
        search.find_object = address;
        note_permanent(1, base, headers);
    }
    if search.global.is_none() && global.is_some() {
        search.global = global;
        note_permanent(2, base, headers);
    }
    0
}

fn note_permanent(index: usize, base: usize, headers: &[libc::Elf64_Phdr]) {
    let segments = || headers.iter().filter(|header| header.p_type == libc::PT_LOAD);
    let start = segments().map(|header| header.p_vaddr).min().unwrap_or(0);
    let end = segments().map(|header| header.p_vaddr.wrapping_add(header.p_memsz)).max().unwrap_or(0);
    if let Some(range) = PERMANENT.get(index) {
        range.0.store(start.wrapping_add(base as u64), Relaxed);
        range.1.store(end.wrapping_add(base as u64), Relaxed);
    }
}

/// An object's dynamic symbol table.
struct Symbols {
    base: usize,
    names: *const libc::c_char,
    table: *const libc::Elf64_Sym,
    hash: *const u32,
}

const DT_STRTAB: u64 = 5;
const DT_SYMTAB: u64 = 6;
const DT_GNU_HASH: u64 = 0x6fff_fef5;

impl Symbols {
    /// # Safety
    /// `dynamic` is the dynamic section of an object mapped at `base`.
    unsafe fn of(base: usize, dynamic: usize) -> Option<Self> {
        let (mut names, mut table, mut hash) = (0, 0, 0);
        let mut entry: *const [u64; 2] = std::ptr::with_exposed_provenance(dynamic);
        loop {
            // SAFETY: pairs of words up to a pair that begins with 0.
            let [tag, value] = unsafe { entry.read() };
            let value = value as usize;
            // The loader makes these absolute, except where it cannot write (the vdso).
            let address = if value < base { base + value } else { value };
            match tag {
                0 => break,
                DT_STRTAB => names = address,
                DT_SYMTAB => table = address,
                DT_GNU_HASH => hash = address,
                _ => {}
            }
            // SAFETY: not the last pair.
            entry = unsafe { entry.add(1) };
        }
        if names == 0 || table == 0 || hash == 0 {
            return None;
        }
        Some(Self {
            base,
            names: std::ptr::with_exposed_provenance(names),
            table: std::ptr::with_exposed_provenance(table),
            hash: std::ptr::with_exposed_provenance(hash),
        })
    }

    /// Address and size of the defined symbol `name`.
    ///
    /// # Safety
    /// The object is still mapped.
    unsafe fn find(&self, name: &CStr) -> Option<(usize, usize)> {
        let wanted =
            name.to_bytes().iter().fold(5381_u32, |hash, &byte| hash.wrapping_mul(33).wrapping_add(u32::from(byte)));
        // SAFETY: the GNU hash table: four words, the filter's 64-bit words, the buckets, the chains, whose index
        // begins at `first`; a chain ends at a hash whose lowest bit is set.
        unsafe {
            let buckets_count = self.hash.read();
            let first = self.hash.add(1).read();
            let filter_words = self.hash.add(2).read();
            let buckets = self.hash.add(4 + 2 * filter_words as usize);
            if buckets_count == 0 {
                return None;
            }
            let mut index = buckets.add((wanted % buckets_count) as usize).read();
            while index >= first {
                let hash = buckets.add((buckets_count + index - first) as usize).read();
                let symbol = &*self.table.add(index as usize);
                if hash | 1 == wanted | 1
                    && symbol.st_shndx != 0
                    && CStr::from_ptr(self.names.add(symbol.st_name as usize)) == name
                {
                    return Some((self.base + symbol.st_value as usize, symbol.st_size as usize));
                }
                if hash & 1 == 1 {
                    break;
                }
                index += 1;
            }
        }
        None
    }
}

/// Watches the word of the loader's data that holds the number of loads, unless there is a doubt which it is.
fn watch(address: usize, size: usize, loads: u64) {
    let start: *mut u64 = std::ptr::with_exposed_provenance_mut(address);
    let word = |index: usize| {
        let word = start.wrapping_add(index);
        // SAFETY: inside the loader's structure, whose size its symbol gave; aligned, as its first word is.
        (word, unsafe { word.read_volatile() })
    };
    // The first words are the first namespace's list and length; the length has the same value and is not meant.
    let same = || (2..size / 8).filter(|&index| word(index).1 == loads);
    // In all versions so far the count follows a recursive mutex, whose kind is 1 and whose list is empty.
    let follows_mutex = |index: &usize| *index >= 5 && word(*index - 3).1 == 1 && word(*index - 1).1 == 0;
    let only = only(same().filter(follows_mutex)).or_else(|| only(same()));
    if let Some(index) = only {
        WATCHED.store(word(index).0, Relaxed);
    }
}

/// The only one.
fn only(mut of: impl Iterator<Item = usize>) -> Option<usize> {
    of.next().filter(|_| of.next().is_none())
}
