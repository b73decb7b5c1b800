//! Whose code a function is, told from its name, its source path and the file it came from.

use super::frame::FrameKind;
use super::owners::dropped_type;

/// What is known of a function.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Function<'a> {
    /// Its name, demangled. Some debug information has only the last part of it.
    pub(crate) name: Option<&'a str>,
    /// Its source file, absolute.
    pub(crate) path: Option<&'a str>,
    /// The path of the file that was mapped.
    pub(crate) module: &'a str,
    /// Whether Rust's runtime is in that file.
    pub(crate) is_rust: bool,
    /// The folder of the tracker's sources, see [`tracker_folder`], once it is known.
    pub(crate) tracker: Option<&'a str>,
}

/// Whose code it is.
pub(crate) fn kind_of(function: Function<'_>) -> FrameKind {
    if let Some(name) = function.name {
        if dropped_type(name).is_some() {
            return FrameKind::DropGlue;
        }
        if is_shim(name) {
            return FrameKind::Shim;
        }
    }
    if is_tracker(function) {
        return FrameKind::Tracker;
    }
    match function.path {
        Some(path) if is_std_path(path) => FrameKind::Std,
        Some(path) if is_dependency_path(path) => FrameKind::Dependency,
        _ if is_system_file(function.module) => FrameKind::Runtime,
        Some(_) => FrameKind::User,
        None => kind_by_name(function),
    }
}

/// The functions that `#[global_allocator]` makes. They carry the line of that attribute.
fn is_shim(name: &str) -> bool {
    let last = name.rsplit("::").next().unwrap_or(name);
    let is_allocator = ["alloc", "dealloc", "realloc", "alloc_zeroed"]
        .iter()
        .any(|what| ["__rust_", "__rg_", "__rdl_"].iter().any(|front| last.strip_prefix(front) == Some(*what)));
    is_allocator || last.starts_with("__rust_no_alloc_shim")
}

/// The folder of the tracker's sources, told from a function that has its whole name. Functions that the compiler put
/// into it have only their last names in some debug information, and are known by this folder.
pub(crate) fn tracker_folder<'a>(name: &str, path: &'a str) -> Option<&'a str> {
    if !is_tracker_name(name) || is_std_path(path) {
        return None;
    }
    let sources = path.rfind("/src/")? + "/src/".len();
    path.get(..sources)
}

/// The tracker's functions in a C++ program are in this header.
const TRACKER_HEADER: &str = "/dropscope.h";

/// The window's program is called `dropscope`, too, and has nothing but a `main`.
fn is_tracker_name(name: &str) -> bool {
    crate_of(name) == Some("dropscope") && name != "dropscope::main" && !name.starts_with("dropscope::main::")
}

fn is_tracker(function: Function<'_>) -> bool {
    let module_name = function.module.rsplit('/').next().unwrap_or_default();
    if module_name.starts_with("libdropscope_preload") {
        return true;
    }
    match function.path {
        // Std's own functions inside the tracker are std's.
        Some(path) => {
            path.ends_with(TRACKER_HEADER)
                || function.tracker.is_some_and(|folder| path.starts_with(folder))
                || is_published_tracker(path)
                || function.name.is_some_and(|name| tracker_folder(name, path).is_some())
        }
        None => function.name.is_some_and(is_tracker_name),
    }
}

fn is_published_tracker(path: &str) -> bool {
    path.rsplit_once("/dropscope-")
        .is_some_and(|(front, rest)| front.contains("/registry/src") && rest.starts_with(|c: char| c.is_ascii_digit()))
}

fn is_std_path(path: &str) -> bool {
    path.starts_with("/rustc/")
        || path.starts_with("/rust/deps/")
        || path.contains("/rustlib/src/rust/library/")
        || ["/library/std/src/", "/library/core/src/", "/library/alloc/src/"].iter().any(|part| path.contains(part))
        // C++'s standard library is templates in headers, compiled into the program.
        || path.starts_with("/usr/include/")
        || path.contains("/include/c++/")
}

fn is_dependency_path(path: &str) -> bool {
    ["/.cargo/registry/", "/.cargo/git/", "/registry/src/", "/git/checkouts/", "/vendor/"]
        .iter()
        .any(|part| path.contains(part))
}

/// Libraries of the system, and what the kernel maps.
fn is_system_file(module: &str) -> bool {
    module.starts_with('[')
        || ["/lib/", "/lib64/", "/lib32/", "/usr/lib/", "/usr/lib64/", "/nix/store/", "/gnu/store/"]
            .iter()
            .any(|front| module.starts_with(front))
}

fn kind_by_name(function: Function<'_>) -> FrameKind {
    const STARTS: [&str; 9] = [
        "_start",
        "__libc_start_main",
        "__libc_start_call_main",
        "__libc_csu_init",
        "start_thread",
        "clone",
        "clone3",
        "__clone",
        "__clone3",
    ];
    const STD: [&str; 12] = [
        "std",
        "core",
        "alloc",
        "proc_macro",
        "test",
        "panic_unwind",
        "panic_abort",
        "unwind",
        "compiler_builtins",
        "std_detect",
        "rustc_demangle",
        "__rustc",
    ];
    let Some(name) = function.name else { return FrameKind::Unknown };
    if STARTS.contains(&name) || name.starts_with("__libc_start_main") || (name == "main" && function.is_rust) {
        return FrameKind::Runtime;
    }
    // What the compiler and std make without a path, such as `__rust_try` around what may panic.
    if ["__rust_", "__rustc_", "rust_", "_Unwind_"].iter().any(|front| name.starts_with(front)) && function.is_rust {
        return FrameKind::Std;
    }
    match crate_of(name) {
        Some(first) if STD.contains(&first) => FrameKind::Std,
        _ => FrameKind::User,
    }
}

/// The crate of a Rust function: `demo` for `demo::run`, `<demo::Item as core::clone::Clone>::clone` and
/// `<alloc::vec::Vec<T> as demo::Trait>::go`'s self type, `alloc`.
pub(crate) fn crate_of(name: &str) -> Option<&str> {
    let Some(inner) = name.strip_prefix('<') else {
        return first_part(name);
    };
    let inner = inner.trim_start_matches(['&', '*', '(', '[', '<', ' ']);
    let words = ["mut ", "const ", "dyn "];
    let inner = words.iter().fold(inner, |inner, word| inner.strip_prefix(word).unwrap_or(inner));
    // A generic parameter or a primitive type says nothing; then the trait does.
    match first_part(inner) {
        Some(first) => Some(first),
        None => inner.split_once(" as ").and_then(|(_, of_trait)| first_part(of_trait)),
    }
}

/// The word before the first `::`, if that comes before anything else.
fn first_part(path: &str) -> Option<&str> {
    let (first, _) = path.split_once("::")?;
    let is_word = !first.is_empty() && first.chars().all(|c| c.is_alphanumeric() || c == '_');
    is_word.then_some(first)
}

/// Whether a garbage collector is at work in the function: frees below it are its doing, not the program's.
pub(crate) fn is_collector(name: &str, path: Option<&str>) -> bool {
    const CRATES: [&str; 3] = ["gc_arena", "gc", "dumpster"];
    const FOLDERS: [&str; 3] = ["/gc-arena-", "/gc-0.", "/dumpster-"];
    let is_theirs = crate_of(name).is_some_and(|first| CRATES.contains(&first))
        || path.is_some_and(|path| is_dependency_path(path) && FOLDERS.iter().any(|folder| path.contains(folder)));
    // They also allocate for the program and run its code; only collecting counts.
    is_theirs && ["collect", "sweep", "finish_cycle", "CollectVtable"].iter().any(|word| name.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(name: &str, path: &str) -> FrameKind {
        let path = (!path.is_empty()).then_some(path);
        kind_of(Function {
            name: Some(name),
            path,
            module: "/home/me/demo/target/debug/demo",
            is_rust: true,
            tracker: None,
        })
    }

    #[test]
    fn code_is_told_apart_by_where_its_source_is() {
        use FrameKind::*;
        const STD: &str = "/rustc/59807616e1fa2540724bfbac14d7976d7e4a3860/library/alloc/src/vec/mod.rs";
        const HOME: &str = "/home/me/demo/src/main.rs";
        let cases = [
            ("demo::run", HOME, User),
            ("run", HOME, User),
            ("<demo::TempFile as core::ops::drop::Drop>::drop", HOME, User),
            ("main", "/home/me/c/main.c", User),
            ("__rustc::__rust_dealloc", HOME, Shim),
            ("__rustc::__rust_alloc_zeroed", HOME, Shim),
            ("__rust_realloc", "", Shim),
            ("__rustc::rust_begin_unwind", "", Std),
            ("core::ptr::drop_in_place<demo::Item>", STD, DropGlue),
            ("core::ptr::drop_glue::<demo::run::{async_fn_env#0}>", HOME, DropGlue),
            ("<alloc::vec::Vec<T,A> as core::ops::drop::Drop>::drop", STD, Std),
            ("with_capacity", STD, Std),
            ("x", "/root/.rustup/toolchains/x/lib/rustlib/src/rust/library/core/src/mem/mod.rs", Std),
            ("hashbrown::raw::RawTable<T>::reserve", "/rust/deps/hashbrown-0.15.5/src/raw/mod.rs", Std),
            ("std::make_unique<Page>", "/usr/include/c++/12/bits/unique_ptr.h", Std),
            ("std::make_unique<Page>", "/opt/gcc-14/include/c++/14.1.0/bits/unique_ptr.h", Std),
            ("dropscope::Scope::~Scope", "/home/me/demo/dropscope.h", Tracker),
            ("serde_json::from_str", "/root/.cargo/registry/src/index.crates.io-1/serde_json-1/src/de.rs", Dependency),
            ("tool::go", "/root/.cargo/git/checkouts/tool-1/abc/src/lib.rs", Dependency),
            ("tool::go", "/home/me/demo/vendor/tool/src/lib.rs", Dependency),
            ("dropscope_lessons::scope_end::run", "/work/demos/lessons/src/scope_end.rs", User),
            ("dropscope::main", "/work/app/src/main.rs", User),
            ("dropscope::hook::on_alloc", "", Tracker),
            ("<dropscope::allocator::Tracker<A> as core::alloc::global::GlobalAlloc>::alloc", "", Tracker),
            ("dropscope::main", "", User),
            ("alloc", "/c/registry/src/index.crates.io-1/dropscope-0.1.0/src/allocator.rs", Tracker),
        ];
        for (name, path, expected) in cases {
            assert_eq!(kind(name, path), expected, "{name} in {path}");
        }
    }

    #[test]
    fn what_is_inlined_into_the_tracker_is_known_by_its_folder() {
        let whole = "<dropscope::Tracker<std::alloc::System>>::alloc_recorded";
        let folder = tracker_folder(whole, "/elsewhere/tracker/src/allocator.rs");
        assert_eq!(folder, Some("/elsewhere/tracker/src/"));
        assert_eq!(tracker_folder("dropscope::main", "/work/app/src/main.rs"), None);
        assert_eq!(tracker_folder("demo::run", "/elsewhere/tracker/src/allocator.rs"), None);
        let inlined = Function {
            name: Some("on_alloc"),
            path: Some("/elsewhere/tracker/src/hook.rs"),
            module: "/home/me/demo/target/release/demo",
            is_rust: true,
            tracker: folder,
        };
        assert_eq!(kind_of(inlined), FrameKind::Tracker);
        assert_eq!(kind_of(Function { tracker: None, ..inlined }), FrameKind::User);
    }

    #[test]
    fn without_sources_the_crate_decides() {
        use FrameKind::*;
        let cases = [
            ("_start", Runtime),
            ("__libc_start_main_impl", Runtime),
            ("main", Runtime),
            ("__rust_try", Std),
            ("rust_panic", Std),
            ("std::rt::lang_start::<()>", Std),
            ("<T as alloc::string::ToString>::to_string", Std),
            ("<&mut W as core::fmt::Write>::write_str", Std),
            ("<demo::Item as core::clone::Clone>::clone", User),
            ("<dyn demo::Shape as demo::Draw>::draw", User),
            ("demo::main", User),
        ];
        for (name, expected) in cases {
            assert_eq!(kind(name, ""), expected, "{name}");
        }
        let in_c = |name| Function { name, path: None, module: "/home/me/a.out", is_rust: false, tracker: None };
        assert_eq!(kind_of(in_c(Some("main"))), User);
        assert_eq!(kind_of(in_c(None)), Unknown);
        let libc = Function { module: "/lib/x86_64-linux-gnu/libc.so.6", ..in_c(Some("qsort")) };
        assert_eq!(kind_of(libc), Runtime);
        let preload = Function { module: "/opt/libdropscope_preload.so", ..libc };
        assert_eq!(kind_of(preload), Tracker);
    }

    #[test]
    fn only_collecting_counts_as_collector() {
        let registry = "/root/.cargo/registry/src/index.crates.io-1/gc-arena-0.7.0/src/context.rs";
        assert!(is_collector("gc_arena::context::Context::do_collection_inner", None));
        assert!(is_collector("do_collection", Some(registry)));
        assert!(is_collector("gc::gc::collect_garbage::sweep", None));
        assert!(!is_collector("gc_arena::arena::Arena<R>::mutate", Some(registry)));
        assert!(!is_collector("demo::collect", Some("/home/me/src/main.rs")));
    }
}
