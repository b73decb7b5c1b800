//! Who holds which block, event by event: the recording's blocks and stacks, the marks' words and the source's names
//! put together. A pure function of a lesson's steps.

mod holds;
mod moment;
mod order;
mod telling;

pub use moment::{Arrow, ArrowKind, BlockBox, BlockState, End, FrameBox, Known, Moment, Slot};

use super::code::{Action, ActionKind, Function, Holder, Place};
use super::frames::{FrameAt, Frames};
use super::marks::Told;
use dropscope_engine::{BlockId, ThreadNumber};
use holds::{Hold, HoldKind, Spot};
use std::collections::BTreeMap;

/// What an event is to the picture.
#[derive(Clone, PartialEq, Debug)]
pub enum Happening {
    /// A block is born.
    Born(BlockId),
    /// A block has another size.
    Resized {
        /// Which.
        block: BlockId,
        /// Its size now.
        size_bytes: u64,
        /// Whether it is at another address.
        has_moved: bool,
    },
    /// A block is released.
    Released(BlockId),
    /// A release that ended no block; the block, where it was one that had been released already.
    ReleasedAgain(Option<BlockId>),
    /// A mark tells what no allocator sees.
    Told(Told),
    /// Anything else: only where the functions stand.
    Other,
}

/// An event, as far as the picture needs it.
#[derive(Clone, PartialEq, Debug)]
pub struct Beat {
    /// Whose.
    pub thread: ThreadNumber,
    /// The lesson's functions on the stack.
    pub frames: Frames,
    /// What.
    pub happening: Happening,
}

/// A function that runs.
#[derive(Clone, Debug)]
struct Activation {
    id: u32,
    at: FrameAt,
    /// What the source does up to here has been taken in.
    done: Place,
}

/// The picture between two events.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory {
    /// Functions that run, of each thread, the outermost first.
    threads: BTreeMap<u32, Vec<Activation>>,
    /// Who holds what. A block that nobody holds has none.
    holds: Vec<(BlockId, Hold)>,
    /// Born so far, in order; with their size now.
    born: Vec<(BlockId, u64)>,
    /// Released so far, in order.
    released: Vec<BlockId>,
    last_released: Option<BlockId>,
    /// Released once more.
    released_again: Vec<BlockId>,
    /// Names that a value has left, and whether a mark said so.
    moved: Vec<(Spot, bool)>,
    /// Who refers to what, and whether a mark said so.
    borrows: Vec<(Spot, Spot, bool)>,
    /// Who keeps the address of which block, and owns nothing; none where what was there is gone.
    pointers: Vec<(Spot, Option<BlockId>)>,
    /// What a mark has told that the source does next.
    promised: Vec<Spot>,
    /// Values that were copied.
    copies: Vec<(Spot, Spot)>,
    activations: u32,
}

impl Memory {
    /// Takes in `beat`; `next` is what follows on the same thread. A block is born with `size_bytes`.
    pub(super) fn step(&mut self, functions: &[Function], beat: &Beat, next: Option<&Beat>, size_bytes: u64) {
        // What was released by the last event is nobody's any more.
        if let Some(gone) = self.last_released.take() {
            self.let_go(gone);
        }
        if !beat.frames.is_empty() {
            self.enter(functions, beat.thread, &beat.frames);
        }
        match &beat.happening {
            Happening::Born(block) => {
                self.born.push((*block, size_bytes));
                if let Some(spot) = self.birth_spot(functions, beat.thread, String::new()) {
                    // Also where a part is new: what was moved away is used again.
                    self.moved.retain(|(moved, _)| !moved.is_within(&spot) && !spot.is_within(moved));
                    if self.holds.iter().any(|(_, hold)| hold.kind != HoldKind::Owns) {
                        self.make_way(&spot);
                    }
                    self.holds.push((*block, Hold { spot, kind: HoldKind::Owns, is_told: false }));
                }
            }
            Happening::Resized { block, size_bytes, has_moved } => {
                if let Some(born) = self.born.iter_mut().find(|born| born.0 == *block) {
                    born.1 = *size_bytes;
                }
                if *has_moved {
                    self.pointers.iter_mut().filter(|(_, to)| *to == Some(*block)).for_each(|(_, to)| *to = None);
                }
            }
            Happening::Released(block) => {
                self.released.push(*block);
                self.last_released = Some(*block);
            }
            Happening::ReleasedAgain(block) => self.released_again.extend(*block),
            Happening::Told(told) => self.told(functions, beat.thread, told),
            Happening::Other => {}
        }
        self.look_ahead(functions, beat, next);
        self.leave_scopes(functions);
    }

    /// Makes the running functions of `thread` those of `frames`.
    fn enter(&mut self, functions: &[Function], thread: ThreadNumber, frames: &[FrameAt]) {
        let running = self.threads.entry(thread.0).or_default();
        let mut same = 0;
        while let (Some(old), Some(new)) = (running.get(same), frames.get(same)) {
            if old.at.function != new.function || old.at.name != new.name {
                break;
            }
            same += 1;
            // Another call in it: whatever it called before has returned.
            if old.at.place != new.place {
                break;
            }
        }
        while self.threads.get(&thread.0).is_some_and(|running| running.len() > same) {
            self.end_innermost(functions, thread);
        }
        for (depth, frame) in frames.iter().enumerate() {
            if depth >= same {
                self.begin(functions, thread, frame, depth);
            }
            self.advance(functions, thread, depth, frame);
            if let Some(called) = frames.get(depth + 1) {
                self.pass_arguments(functions, thread, depth, called);
            }
        }
    }

    /// What is given to the function that is being called: it stands behind the beginning of the call.
    fn pass_arguments(&mut self, functions: &[Function], thread: ThreadNumber, depth: usize, called: &FrameAt) {
        let Some(activation) = self.threads.get(&thread.0).and_then(|running| running.get(depth)) else { return };
        let (id, place) = (activation.id, activation.at.place);
        let Some(function) = activation.at.function.and_then(|function| functions.get(function)) else { return };
        let Some(name) = called.function.and_then(|called| functions.get(called)).map(|called| &called.name) else {
            return;
        };
        let is_for_it = |action: &&Action| {
            action.at > place
                && action.statement.contains(&place)
                && matches!(&action.to, Holder::Argument(to, ..) if to == name)
        };
        for action in function.actions.iter().filter(is_for_it) {
            self.carry_out(functions, id, action);
        }
    }

    fn begin(&mut self, functions: &[Function], thread: ThreadNumber, frame: &FrameAt, depth: usize) {
        self.activations += 1;
        let id = self.activations;
        let activation = Activation { id, at: frame.clone(), done: Place::default() };
        self.threads.entry(thread.0).or_default().push(activation);
        let Some(function) = frame.function.and_then(|function| functions.get(function)) else { return };
        let bind = |spot: &mut Spot| {
            if let Spot::Argument { name, index, rest, .. } = spot
                && *name == function.name
                && function.parameters > 0
            {
                let variable = (*index).min(function.parameters - 1);
                *spot = Spot::Variable { activation: id, variable, rest: std::mem::take(rest) };
            }
        };
        self.each_spot(bind);
        if depth == 0 {
            // A thread's first function has what its closure took with it.
            for name in &function.captures {
                self.each_spot(|spot| spot.hand_over_captured(name, id));
            }
        }
    }

    fn each_spot(&mut self, mut change: impl FnMut(&mut Spot)) {
        self.holds.iter_mut().for_each(|(_, hold)| change(&mut hold.spot));
        for (by, of, _) in &mut self.borrows {
            change(by);
            change(of);
        }
        self.pointers.iter_mut().for_each(|(by, _)| change(by));
    }

    /// Takes in what the source does between where the function was and where it is now.
    fn advance(&mut self, functions: &[Function], thread: ThreadNumber, depth: usize, frame: &FrameAt) {
        let Some(activation) = self.threads.get_mut(&thread.0).and_then(|running| running.get_mut(depth)) else {
            return;
        };
        let (id, done) = (activation.id, activation.done);
        activation.at = frame.clone();
        activation.done = activation.done.max(frame.place);
        let Some(function) = frame.function.and_then(|function| functions.get(function)) else { return };
        if frame.place < done {
            activation.done = frame.place;
            // Once more through the loop around both.
            let around = function.loops.iter().filter(|area| area.contains(&done) && area.contains(&frame.place));
            let Some(area) = around.max_by_key(|area| area.start).cloned() else { return };
            self.act(functions, id, function, done..area.end, frame.place, true);
            self.act(functions, id, function, area.start..frame.place, frame.place, false);
        } else {
            let passed = Place { line: done.line, column: done.column + 1 }..frame.place;
            self.act(functions, id, function, passed, frame.place, false);
        }
    }

    /// Carries out the actions in `passed`. A branch counts only where the function is seen in it.
    fn act(
        &mut self,
        functions: &[Function],
        activation: u32,
        function: &Function,
        passed: std::ops::Range<Place>,
        seen: Place,
        is_left: bool,
    ) {
        for action in function.actions.iter().filter(|action| passed.contains(&action.at)) {
            let last_seen = if is_left { passed.start } else { seen };
            let is_taken = action
                .branch
                .as_ref()
                .is_none_or(|branch| branch.contains(&last_seen) || branch.contains(&passed.start));
            if is_taken && !matches!(action.to, Holder::Returned(_)) {
                self.carry_out(functions, activation, action);
            }
        }
    }

    fn carry_out(&mut self, functions: &[Function], activation: u32, action: &Action) {
        let from = Spot::Variable { activation, variable: action.from.variable, rest: action.from.rest.clone() };
        let Some(to) = self.spot_of(functions, activation, &action.to) else {
            if action.kind == ActionKind::Move {
                self.give_up(&from);
            }
            return;
        };
        match action.kind {
            ActionKind::Move if self.is_reference(functions, activation, action.from.variable) => {
                self.lend_on(&from, &to);
            }
            ActionKind::Move => {
                let is_promised = self.promised.contains(&from);
                if self.hand_over(&from, &to, is_promised) {
                    self.promised.retain(|promised| *promised != from);
                }
            }
            ActionKind::LetGo => self.holds.retain(|(_, hold)| !hold.spot.is_within(&from)),
            ActionKind::Share | ActionKind::Observe => {
                let kind = if action.kind == ActionKind::Share { HoldKind::Shares } else { HoldKind::Observes };
                self.share(&from, &to, kind);
            }
            ActionKind::Borrow => self.borrow(to, from, false),
        }
    }

    fn is_reference(&self, functions: &[Function], activation: u32, variable: usize) -> bool {
        let function = self.function_of(functions, activation);
        function.and_then(|function| function.variables.get(variable)).is_some_and(|variable| variable.is_reference)
    }

    /// What the innermost function does in the same statement after its last event.
    fn look_ahead(&mut self, functions: &[Function], beat: &Beat, next: Option<&Beat>) {
        let Some(depth) = beat.frames.len().checked_sub(1) else { return };
        let Some(frame) = beat.frames.get(depth) else { return };
        let Some(function) = frame.function.and_then(|function| functions.get(function)) else { return };
        let around = function.variables.iter().map(|variable| &variable.statement);
        let around = around.chain(function.actions.iter().map(|action| &action.statement));
        let inside = around.filter(|statement| statement.contains(&frame.place) && **statement != function.area);
        let Some(statement) = inside.max_by_key(|statement| statement.start).cloned() else { return };
        let follows = next.and_then(|next| next.frames.get(depth));
        let stays = follows.is_some_and(|next| {
            next.function == frame.function && statement.contains(&next.place) && next.place >= frame.place
        });
        let Some(activation) = self.threads.get_mut(&beat.thread.0).and_then(|running| running.get_mut(depth)) else {
            return;
        };
        if !stays && activation.done < statement.end {
            let id = activation.id;
            let passed = Place { line: activation.done.line, column: activation.done.column + 1 }..statement.end;
            activation.done = statement.end;
            self.act(functions, id, function, passed, frame.place, false);
        }
    }

    /// The innermost function of `thread` has returned.
    fn end_innermost(&mut self, functions: &[Function], thread: ThreadNumber) {
        let Some(ended) = self.threads.get_mut(&thread.0).and_then(Vec::pop) else { return };
        if let Some(function) = ended.at.function.and_then(|function| functions.get(function)) {
            for action in &function.actions {
                let Holder::Returned(rest) = &action.to else { continue };
                let is_reached = action.branch.as_ref().is_none_or(|branch| branch.contains(&ended.at.place));
                let from = Spot::Variable {
                    activation: ended.id,
                    variable: action.from.variable,
                    rest: action.from.rest.clone(),
                };
                if !is_reached || action.kind != ActionKind::Move || !self.is_held(&from) {
                    continue;
                }
                match self.birth_spot(functions, thread, rest.clone()) {
                    Some(to) => {
                        self.hand_pointers(&from, &to);
                        self.hand_over(&from, &to, false);
                    }
                    None => self.give_up(&from),
                }
            }
        }
        let told = Memory::caller(ended.id);
        if self.is_held(&told)
            && let Some(to) = self.birth_spot(functions, thread, String::new())
        {
            self.hand_pointers(&told, &to);
            self.hand_over(&told, &to, true);
        }
        self.holds.retain(|(_, hold)| hold.spot.activation() != ended.id);
        self.moved.retain(|(spot, _)| spot.activation() != ended.id);
        self.borrows.retain(|(by, of, _)| by.activation() != ended.id && of.activation() != ended.id);
        self.copies.retain(|(from, to)| from.activation() != ended.id && to.activation() != ended.id);
        self.pointers.retain(|(by, _)| by.activation() != ended.id);
    }

    /// Variables whose scope has ended hold nothing any more.
    fn leave_scopes(&mut self, functions: &[Function]) {
        let mut gone: Vec<(u32, usize)> = Vec::new();
        for activation in self.threads.values().flatten() {
            let Some(function) = activation.at.function.and_then(|index| functions.get(index)) else { continue };
            for (index, variable) in function.variables.iter().enumerate() {
                let place = activation.at.place;
                if !variable.scope.contains(&place) && !variable.statement.contains(&place) {
                    gone.push((activation.id, index));
                }
            }
        }
        let is_gone = |spot: &Spot| spot.variable().is_some_and(|variable| gone.contains(&variable));
        self.holds.retain(|(_, hold)| !is_gone(&hold.spot));
        self.moved.retain(|(spot, _)| !is_gone(spot));
        self.borrows.retain(|(by, of, _)| !is_gone(by) && !is_gone(of));
        self.copies.retain(|(from, to)| !is_gone(from) && !is_gone(to));
        self.pointers.retain(|(by, _)| !is_gone(by));
    }
}

#[cfg(test)]
mod tests;
