//! The pieces that `report` and `dump` share.

use crate::names::{Frame, Location};
use serde::Serialize;
use std::sync::Arc;

/// A place in the program's own source, as JSON has it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
pub struct At {
    /// The function.
    pub function: Arc<str>,
    /// The source file as the compiler was given it; null without debug information.
    pub file: Option<Arc<str>>,
    /// Line, from 1; 0 where unknown.
    pub line: u32,
    /// Column, from 1; 0 where unknown.
    pub column: u32,
}

impl From<&Location> for At {
    fn from(location: &Location) -> At {
        At {
            function: Arc::clone(&location.function),
            file: location.file.clone(),
            line: location.line,
            column: location.column,
        }
    }
}

/// One frame, as JSON has it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct FrameJson {
    /// The function.
    pub function: Arc<str>,
    /// The source file; null where unknown.
    pub file: Option<Arc<str>>,
    /// Line, from 1; 0 where unknown.
    pub line: u32,
    /// Column, from 1; 0 where unknown.
    pub column: u32,
    /// Whether it was inlined into the next.
    pub inlined: bool,
}

impl From<&Frame> for FrameJson {
    fn from(frame: &Frame) -> FrameJson {
        FrameJson {
            function: Arc::clone(&frame.function),
            file: frame.file.clone(),
            line: frame.line,
            column: frame.column,
            inlined: frame.inlined,
        }
    }
}
