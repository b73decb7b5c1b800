//! The lesson's own functions on the stack of an event, with their places in the source.

use super::code::{Code, Holder, Place};
use super::is_in;
use crate::model::describe::short_function;
use dropscope_engine::{Frame, FrameKind, Location, Names, StackId};
use std::collections::HashMap;
use std::sync::Arc;

/// A function of the lesson on a stack.
#[derive(Clone, PartialEq, Debug)]
pub struct FrameAt {
    /// The function, by its place in [`Code::functions`]; none where the source could not be read.
    pub function: Option<usize>,
    /// Its name for people.
    pub name: Arc<str>,
    /// Where it stands: the call of the next one, or the event itself.
    pub place: Place,
    /// What a value that is made there becomes part of.
    pub holder: Option<Holder>,
}

/// A lesson's functions on a stack, the outermost first.
pub type Frames = Arc<[FrameAt]>;

/// Finds a lesson's functions on stacks, and remembers.
pub(super) struct FrameFinder<'a> {
    pub(super) names: &'a Names,
    pub(super) code: &'a Code,
    pub(super) file: &'a str,
    pub(super) known: HashMap<StackId, Frames>,
}

impl FrameFinder<'_> {
    pub(super) fn frames(&mut self, stack: StackId) -> Frames {
        if let Some(known) = self.known.get(&stack) {
            return Arc::clone(known);
        }
        let all = self.names.frames(stack);
        let own = all
            .iter()
            .rev()
            .filter(|frame| frame.kind == FrameKind::User && is_in(&Location::from(&***frame), self.file));
        let frames: Frames = own.map(|frame| self.frame(frame)).collect();
        self.known.insert(stack, Arc::clone(&frames));
        frames
    }

    /// The innermost place in the lesson's own file.
    pub(super) fn place(&mut self, stack: StackId) -> Option<Place> {
        self.frames(stack).last().map(|frame| frame.place)
    }

    fn frame(&self, frame: &Frame) -> FrameAt {
        let place = Place { line: frame.line, column: frame.column.max(1) };
        let function = self.code.function_at(place);
        let holder = function.map(|function| self.code.holder(function, place));
        FrameAt { function, name: short_function(&frame.function).into(), place, holder }
    }

    /// The type that the innermost call of std on a birth's stack makes: `String` for `String::with_capacity`.
    pub(super) fn made_type(&self, stack: StackId) -> Option<Arc<str>> {
        let frames = self.names.frames(stack);
        let user = frames.iter().position(|frame| frame.kind == FrameKind::User)?;
        let made = frames.get(user.checked_sub(1)?)?;
        let name = short_function(&made.function);
        let (kind, _) = name.rsplit_once("::")?;
        // Parameters that are only named, as in `HashMap<K,V,S,A>`, say nothing.
        let is_named_only = |parameters: &str| parameters.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b',');
        let kind = match kind.strip_suffix('>').and_then(|kind| kind.split_once('<')) {
            Some((name, parameters)) if is_named_only(parameters) => name,
            _ => kind,
        };
        kind.starts_with(char::is_uppercase).then(|| kind.into())
    }
}
