//! A file's symbol table: names where there is no debug information.

use object::read::{Object, ObjectSymbol, ReadRef};
use object::{SymbolKind, SymbolSection};

/// Functions by address.
#[derive(Default)]
pub(crate) struct Symbols {
    /// Address, size, and where in `names` the name stands.
    rows: Vec<(u64, u64, std::ops::Range<usize>)>,
    names: String,
    is_rust: bool,
}

impl Symbols {
    pub(crate) fn of<'data, R: ReadRef<'data>>(file: &object::File<'data, R>) -> Symbols {
        let mut symbols = Symbols::default();
        symbols.add(file);
        symbols
    }

    /// Adds those of `file`, which has the same addresses.
    pub(crate) fn add<'data, R: ReadRef<'data>>(&mut self, file: &object::File<'data, R>) {
        for symbol in file.symbols().chain(file.dynamic_symbols()) {
            let is_code = matches!(symbol.kind(), SymbolKind::Text | SymbolKind::Unknown);
            if !is_code || !matches!(symbol.section(), SymbolSection::Section(_)) {
                continue;
            }
            let Ok(name) = symbol.name() else { continue };
            if name.is_empty() || is_mapping(name) {
                continue;
            }
            self.is_rust |= name.contains("rust_eh_personality") || name.contains("rust_begin_unwind");
            let start = self.names.len();
            self.names.push_str(name);
            self.rows.push((symbol.address(), symbol.size(), start..self.names.len()));
        }
        // Of several at one address the first that has a size.
        self.rows.sort_by_key(|row| (row.0, std::cmp::Reverse(row.1)));
        self.rows.dedup_by_key(|row| row.0);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(crate) fn is_rust(&self) -> bool {
        self.is_rust
    }

    /// The symbol that `address` is in, as it stands in the file.
    pub(crate) fn find(&self, address: u64) -> Option<&str> {
        let behind = self.rows.partition_point(|row| row.0 <= address);
        let (start, size, name) = self.rows.get(behind.checked_sub(1)?)?;
        // Hand-written assembly such as `_start` may have no size.
        let is_in = *size == 0 || address - start < *size;
        if is_in { self.names.get(name.clone()) } else { None }
    }
}

/// Whether it says where code and data begin, as compilers for ARM and RISC-V mark it, and names no function: `$x`, `$d.7`.
fn is_mapping(name: &str) -> bool {
    let rest = ["$x", "$d", "$a", "$t"].iter().find_map(|mark| name.strip_prefix(mark));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// A symbol as people write it: without hashes, with its path.
pub(crate) fn demangled(name: &str) -> String {
    // The linker's versions (`@@GLIBC_2.34`) and clones of the compiler (`.llvm.123`) say nothing.
    let name = name.split('@').next().unwrap_or(name);
    if let Ok(demangled) = rustc_demangle::try_demangle(name) {
        return format!("{demangled:#}");
    }
    if name.starts_with("_Z")
        && let Some(demangled) = addr2line::demangle(name, addr2line::gimli::DW_LANG_C_plus_plus)
    {
        return demangled;
    }
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_of_all_kinds_become_readable() {
        let cases = [
            ("_ZN4demo3run17h0123456789abcdefE", "demo::run"),
            (
                "_ZN4core3ptr42drop_in_place$LT$alloc..string..String$GT$17h0123456789abcdefE",
                "core::ptr::drop_in_place<alloc::string::String>",
            ),
            ("_RNvCs6xxl1lAjzDf_1a4main", "a::main"),
            ("_ZNSt6vectorIiSaIiEE9push_backEOi", "std::vector<int, std::allocator<int> >::push_back(int&&)"),
            ("__libc_start_main@@GLIBC_2.34", "__libc_start_main"),
            ("main", "main"),
        ];
        for (symbol, readable) in cases {
            assert_eq!(demangled(symbol), readable);
        }
    }
}
