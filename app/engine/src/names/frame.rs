//! A frame of a stack with its names, and what kind of code it is.

use std::path::Path;
use std::sync::Arc;

/// Whose code a frame is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum FrameKind {
    /// The program's own.
    User,
    /// What the compiler puts between the program and its allocator (`__rust_alloc` and the like); carries the line of
    /// the program's `#[global_allocator]`.
    Shim,
    /// What the compiler makes to drop a value of a type.
    DropGlue,
    /// `std`, `core`, `alloc` and what is built into them.
    Std,
    /// A crate from a registry, a git checkout or a vendor folder.
    Dependency,
    /// Dropscope's own tracker.
    Tracker,
    /// Before and around `main`, and the system's libraries.
    Runtime,
    /// No name is known.
    Unknown,
}

/// One function on a stack; several stand for one return address where functions were inlined.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Frame {
    /// Its name without hashes; `NAME+0x123` of a file where nothing is known.
    pub function: Arc<str>,
    /// The source file as the compiler was given it: relative to where the compiler ran if below it, else absolute.
    pub file: Option<Arc<str>>,
    /// The source file's absolute path.
    pub path: Option<Arc<Path>>,
    /// Line, from 1; 0 where unknown.
    pub line: u32,
    /// Column, from 1; 0 where unknown.
    pub column: u32,
    /// Whether it was inlined into the next frame.
    pub inlined: bool,
    /// Whose code it is.
    pub kind: FrameKind,
    /// The return address; that of the function it was inlined into.
    pub address: u64,
}

impl Frame {
    /// Whether its code is in no file: a compiler in the program has made it.
    pub(crate) fn is_in_no_file(&self) -> bool {
        self.kind == FrameKind::Unknown && self.function.starts_with("0x")
    }
}

/// A place in the program's own source.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Location {
    /// The function.
    pub function: Arc<str>,
    /// The source file as the compiler was given it.
    pub file: Option<Arc<str>>,
    /// The source file's absolute path.
    pub path: Option<Arc<Path>>,
    /// Line, from 1; 0 where unknown.
    pub line: u32,
    /// Column, from 1; 0 where unknown.
    pub column: u32,
}

impl From<&Frame> for Location {
    fn from(frame: &Frame) -> Location {
        Location {
            function: Arc::clone(&frame.function),
            file: frame.file.clone(),
            path: frame.path.clone(),
            line: frame.line,
            column: frame.column,
        }
    }
}

/// A function, wherever it is called from: what call trees are made of. The same one always has the same number within
/// one [`crate::Names`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct FunctionId(pub u32);

/// A function of a call tree.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Function {
    /// Its name; an address where nothing is known.
    pub name: Arc<str>,
    /// The source file as the compiler was given it.
    pub file: Option<Arc<str>>,
    /// The source file's absolute path.
    pub path: Option<Arc<Path>>,
    /// Whose code it is.
    pub kind: FrameKind,
}

/// For whom a block is made.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Origin {
    /// The program, as it runs.
    Program,
    /// The program, once: for a static or a thread local that is made on first use. It is not a leak at the end.
    Static,
    /// The Rust or C runtime.
    Runtime,
}
