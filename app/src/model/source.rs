//! A source file made ready for showing: its lines, each cut into tokens.

use crate::model::syntax::{self, LineTokens};
use std::ops::Range;
use std::sync::Arc;

/// A source file made ready for showing.
#[derive(Debug)]
pub struct Source {
    /// What it is called, as short as is clear.
    pub name: Arc<str>,
    text: Arc<str>,
    lines: Vec<Range<usize>>,
    tokens: Vec<LineTokens>,
    widest: usize,
}

/// The bytes that one line of source allocated and released.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineSums {
    /// Bytes of blocks born there, reallocs counted as their growth.
    pub allocated_bytes: u64,
    /// Bytes of blocks released there.
    pub released_bytes: u64,
    /// Events there.
    pub events: u64,
    /// Bytes of blocks born there that are live at the moment looked at, where that is asked.
    pub live_bytes: u64,
}

impl Source {
    /// Cuts `text`. Tabs become four spaces, since a monospaced grid needs them so.
    pub fn new(name: impl Into<Arc<str>>, text: &str) -> Self {
        let text: Arc<str> = text.replace('\t', "    ").into();
        let start_of = |line: &str| line.as_ptr() as usize - text.as_ptr() as usize;
        let lines = text.lines().map(|line| start_of(line)..start_of(line) + line.len()).collect();
        let widest = text.lines().map(|line| line.chars().count()).max().unwrap_or(0);
        let tokens = syntax::lines(&text);
        Self { name: name.into(), lines, tokens, widest, text }
    }

    /// How many lines there are.
    pub fn line_count(&self) -> usize {
        self.lines.len()
    }

    /// Line `number`, counted from 1, and its tokens; nothing where there is no such line.
    pub fn line(&self, number: u32) -> Option<(&str, &LineTokens)> {
        let index = (number as usize).checked_sub(1)?;
        Some((&self.text[self.lines.get(index)?.clone()], self.tokens.get(index)?))
    }

    /// The most characters in a line.
    pub fn widest(&self) -> usize {
        self.widest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_from_one() {
        let source = Source::new("a.rs", "fn a() {\n\tlet b;\n}\n");
        assert_eq!(source.line_count(), 3);
        assert_eq!(source.line(2).map(|line| line.0), Some("    let b;"));
        assert!(source.line(0).is_none());
        assert!(source.line(4).is_none());
        assert_eq!(source.widest(), 10);
    }
}
