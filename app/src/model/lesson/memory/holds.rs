//! Spots that can hold blocks, and handing blocks from one to another.

use super::super::code::{CAPTURED, Function, Holder, INSIDE, Path};
use super::{Activation, Memory};
use dropscope_engine::{BlockId, ThreadNumber};

/// Something on a stack that can hold a block.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) enum Spot {
    /// A variable of a running function, or a part of one.
    Variable { activation: u32, variable: usize, rest: String },
    /// An argument of a function that is about to be called.
    Argument { activation: u32, name: String, index: usize, rest: String },
    /// Something of a running function that is no variable of it.
    Named { activation: u32, label: String },
}

/// What a value is called that has no name.
pub(super) const NAMELESS: &str = "a value without a name";

/// Stands for a running function where statics are meant: they have none.
pub(super) const STATICS: u32 = 0;
/// What a mark calls whoever has called the function: `move: shouted -> the caller`.
const CALLER: &str = "the caller";

impl Spot {
    pub(super) fn activation(&self) -> u32 {
        match self {
            Spot::Variable { activation, .. } | Spot::Argument { activation, .. } | Spot::Named { activation, .. } => {
                *activation
            }
        }
    }

    pub(super) fn variable(&self) -> Option<(u32, usize)> {
        match self {
            Spot::Variable { activation, variable, .. } => Some((*activation, *variable)),
            _ => None,
        }
    }

    pub(super) fn is_argument(&self) -> bool {
        matches!(self, Spot::Argument { .. })
    }

    pub(super) fn rest(&self) -> &str {
        match self {
            Spot::Variable { rest, .. } | Spot::Argument { rest, .. } => rest,
            Spot::Named { .. } => "",
        }
    }

    /// The same spot with another part.
    fn with_rest(&self, rest: &str) -> Spot {
        let mut spot = self.clone();
        match &mut spot {
            Spot::Variable { rest: old, .. } | Spot::Argument { rest: old, .. } => rest.clone_into(old),
            Spot::Named { .. } => {}
        }
        spot
    }

    pub(super) fn point_inside(&mut self) {
        if let Spot::Variable { rest, .. } | Spot::Argument { rest, .. } = self {
            rest.push(INSIDE);
        }
    }

    /// The part of this spot that lies within `other`: `.text` of `letter.text` in `letter`.
    fn within<'a>(&'a self, other: &Spot) -> Option<&'a str> {
        let is_inside_only = other.rest().ends_with(INSIDE);
        let outer = other.rest().trim_end_matches(INSIDE);
        if self.with_rest("") != other.with_rest("") {
            return None;
        }
        let part = self.rest().strip_prefix(outer)?;
        let is_part = part.is_empty() || part.starts_with(['.', '[', CAPTURED]);
        (is_part && !(is_inside_only && part.is_empty())).then_some(part)
    }

    pub(super) fn is_within(&self, other: &Spot) -> bool {
        self.within(other).is_some()
    }

    /// A closure's thread has begun: what it took is its own.
    pub(super) fn hand_over_captured(&mut self, name: &str, id: u32) {
        let mark = format!("{CAPTURED}{name}");
        if let Some(at) = self.rest().find(&mark) {
            let rest = self.rest()[at + mark.len()..].to_owned();
            if rest.is_empty() || rest.starts_with(['.', '[']) {
                *self = Spot::Named { activation: id, label: format!("{name}{rest}") };
            }
        }
    }
}

/// How a spot holds a block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum HoldKind {
    Owns,
    Shares,
    Observes,
}

/// A spot that holds a block.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Hold {
    pub(super) spot: Spot,
    pub(super) kind: HoldKind,
    /// Whether a mark said so.
    pub(super) is_told: bool,
}

impl Memory {
    /// Everything that `from` holds is held by `to`. False if that was nothing.
    pub(super) fn hand_over(&mut self, from: &Spot, to: &Spot, is_told: bool) -> bool {
        let mut any = false;
        for (_, hold) in &mut self.holds {
            if let Some(part) = hold.spot.within(from) {
                hold.spot = to.with_rest(&format!("{}{part}", to.rest()));
                hold.is_told = is_told;
                any = true;
            }
        }
        for (by, _, _) in &mut self.borrows {
            if let Some(part) = by.within(from) {
                *by = to.with_rest(&format!("{}{part}", to.rest()));
                any = true;
            }
        }
        if any {
            self.pointers.retain(|(by, _)| !by.is_within(from));
            self.moved.retain(|(moved, _)| !moved.is_within(to) && moved != from);
            self.moved.push((from.with_rest(from.rest().trim_end_matches(INSIDE)), is_told));
        }
        any
    }

    /// The addresses that `from` keeps are `to`'s: a function gives them back.
    pub(super) fn hand_pointers(&mut self, from: &Spot, to: &Spot) {
        for (by, _) in &mut self.pointers {
            if let Some(part) = by.within(from) {
                *by = to.with_rest(&format!("{}{part}", to.rest()));
            }
        }
    }

    /// A mark tells what the source has shown already.
    pub(super) fn confirm(&mut self, from: &Spot, to: &Spot) {
        self.moved.iter_mut().filter(|(moved, _)| moved == from).for_each(|(_, is_told)| *is_told = true);
        for (_, hold) in self.holds.iter_mut().filter(|(_, hold)| hold.spot.is_within(to)) {
            hold.is_told = true;
        }
    }

    /// Nobody that could be named has it from here on.
    pub(super) fn give_up(&mut self, from: &Spot) {
        let before = self.holds.len();
        self.holds.retain(|(_, hold)| !hold.spot.is_within(from));
        if self.holds.len() < before {
            self.moved.push((from.clone(), false));
        }
    }

    /// What `a` had is `b`'s; what `b` had, or what was made for it and has no name yet, is `a`'s.
    pub(super) fn exchange(&mut self, a: &Spot, b: &Spot) {
        let nameless = Spot::Named { activation: b.activation(), label: NAMELESS.to_owned() };
        for (_, hold) in &mut self.holds {
            if let Some(part) = hold.spot.within(a) {
                hold.spot = b.with_rest(&format!("{}{part}", b.rest()));
                hold.is_told = true;
            } else if let Some(part) = hold.spot.within(b).or_else(|| hold.spot.within(&nameless)) {
                hold.spot = a.with_rest(&format!("{}{part}", a.rest()));
                hold.is_told = true;
            }
        }
        self.moved.retain(|(moved, _)| moved != a && moved != b);
    }

    /// `to` holds what `from` holds, too.
    pub(super) fn share(&mut self, from: &Spot, to: &Spot, kind: HoldKind) {
        let mut shared: Vec<(BlockId, Hold)> = Vec::new();
        for (block, hold) in &self.holds {
            if let Some(part) = hold.spot.within(from) {
                let spot = to.with_rest(&format!("{}{part}", to.rest()));
                shared.push((*block, Hold { spot, kind, is_told: false }));
            }
        }
        self.holds.extend(shared);
    }

    /// `gone` has been released. Whoever owns it, too, has an address of what is gone from here on.
    pub(super) fn let_go(&mut self, gone: BlockId) {
        let owners: Vec<Spot> = self
            .holds
            .iter()
            .filter(|(block, hold)| *block == gone && hold.kind == HoldKind::Owns)
            .map(|(_, hold)| hold.spot.clone())
            .collect();
        if owners.len() > 1 {
            self.pointers.extend(owners.into_iter().map(|owner| (owner, Some(gone))));
        }
        self.holds.retain(|(block, _)| *block != gone);
    }

    /// `by` owns all that `of` owns, and keeps the addresses that `of` keeps.
    pub(super) fn own_too(&mut self, by: &Spot, of: &Spot) {
        self.pointers.retain(|(pointer, _)| pointer != by);
        let kept = self.pointers.iter().filter(|(pointer, _)| pointer.is_within(of));
        let kept: Vec<Option<BlockId>> = kept.map(|(_, to)| *to).collect();
        self.pointers.extend(kept.into_iter().map(|to| (by.clone(), to)));
        self.share(of, by, HoldKind::Owns);
        self.confirm(of, by);
    }

    /// `by` keeps the address of all that `of` owns.
    pub(super) fn point(&mut self, by: &Spot, of: &Spot) {
        let held = self.holds.iter().filter(|(_, hold)| hold.spot.is_within(of));
        let found: Vec<BlockId> = held.map(|(block, _)| *block).collect();
        self.pointers.retain(|(pointer, _)| pointer != by);
        self.pointers.extend(found.into_iter().map(|block| (by.clone(), Some(block))));
    }

    pub(super) fn borrow(&mut self, by: Spot, of: Spot, is_told: bool) {
        let of = self.followed(of);
        self.borrows.retain(|(borrower, _, _)| *borrower != by);
        self.borrows.push((by, of, is_told));
    }

    /// The references that `from` is are `to`'s, too: a reference can be given on and kept.
    pub(super) fn lend_on(&mut self, from: &Spot, to: &Spot) {
        let found = self.borrows.iter().find(|(by, _, _)| by == from).cloned();
        if let Some((_, of, is_told)) = found {
            self.borrow(to.clone(), of, is_told);
        }
    }

    pub(super) fn is_held(&self, spot: &Spot) -> bool {
        self.holds.iter().any(|(_, hold)| hold.spot.is_within(spot))
            || self.pointers.iter().any(|(by, _)| by.is_within(spot))
    }

    /// The spot that a holder of the source is in a running function; none if it is none.
    pub(super) fn spot_of(&self, functions: &[Function], activation: u32, holder: &Holder) -> Option<Spot> {
        Some(match holder {
            Holder::Variable(Path { variable, rest }) => {
                let spot = Spot::Variable { activation, variable: *variable, rest: rest.clone() };
                let function = self.function_of(functions, activation)?;
                // What is put into `self` or another reference is held by what that refers to.
                if function.variables.get(*variable).is_some_and(|variable| variable.is_reference) {
                    self.followed(spot)
                } else {
                    spot
                }
            }
            Holder::Argument(name, index, rest) => {
                Spot::Argument { activation, name: name.clone(), index: *index, rest: rest.clone() }
            }
            Holder::Captured(name, rest) => Spot::Named { activation, label: format!("{name}{rest}") },
            Holder::Temporary | Holder::Parts(_) => Spot::Named { activation, label: NAMELESS.to_owned() },
            Holder::Returned(_) | Holder::Gone => return None,
        })
    }

    pub(super) fn function_of<'a>(&self, functions: &'a [Function], activation: u32) -> Option<&'a Function> {
        let running = self.threads.values().flatten().find(|one| one.id == activation)?;
        functions.get(running.at.function?)
    }

    /// What a reference refers to, where that is known.
    fn followed(&self, spot: Spot) -> Spot {
        for (by, of, _) in &self.borrows {
            if by.with_rest("") == spot.with_rest("") && by.rest().is_empty() {
                return of.with_rest(&format!("{}{}", of.rest(), spot.rest()));
            }
        }
        spot
    }

    /// Where a value goes that is made where the innermost function of `thread` stands; `rest` is the part of it. What a
    /// function gives back goes where its caller puts it.
    pub(super) fn birth_spot(&self, functions: &[Function], thread: ThreadNumber, mut rest: String) -> Option<Spot> {
        for activation in self.threads.get(&thread.0)?.iter().rev() {
            let function = activation.at.function.and_then(|function| functions.get(function));
            // A function that stands nowhere in the source, such as a derived one, gives back what it makes.
            let Some(mut holder) = activation.at.holder.as_ref() else { continue };
            if let Holder::Parts(parts) = holder {
                let found = parts.iter().find(|(part, _)| rest.starts_with(part.as_str()));
                if let Some((part, _)) = found {
                    rest = rest[part.len()..].to_owned();
                }
                // What belongs to all parts is shown at the last.
                holder = &found.or(parts.last())?.1;
            }
            if let Holder::Returned(given) = holder {
                if let Some(name) = function.and_then(|function| function.makes_static.as_ref()) {
                    return Some(Spot::Named { activation: STATICS, label: name.clone() });
                }
                rest = format!("{given}{rest}");
                continue;
            }
            let spot = self.spot_of(functions, activation.id, holder)?;
            return Some(spot.with_rest(&format!("{}{rest}", spot.rest())));
        }
        None
    }

    /// The spot that a mark's `name` is, looked for from the innermost function of `thread` outwards.
    pub(super) fn named(&self, functions: &[Function], thread: ThreadNumber, name: &str) -> Option<Spot> {
        let end = name.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(name.len());
        let (root, rest) = name.split_at(end);
        for activation in self.threads.get(&thread.0)?.iter().rev() {
            if let Some(spot) = self.named_in(functions, activation, root, rest, name) {
                return Some(spot);
            }
        }
        None
    }

    fn named_in(
        &self,
        functions: &[Function],
        activation: &Activation,
        root: &str,
        rest: &str,
        name: &str,
    ) -> Option<Spot> {
        let label = Spot::Named { activation: activation.id, label: name.to_owned() };
        if self.holds.iter().any(|(_, hold)| hold.spot == label) {
            return Some(label);
        }
        let function = functions.get(activation.at.function?)?;
        let variable = function.variable(root, activation.at.place)?;
        let spot = Spot::Variable { activation: activation.id, variable, rest: rest.to_owned() };
        Some(if rest.is_empty() { spot } else { self.followed(spot) })
    }

    /// The mark's name for whoever has called the function that ends.
    pub(super) fn caller(activation: u32) -> Spot {
        Spot::Named { activation, label: CALLER.to_owned() }
    }

    /// A new block is held by `spot`: what it shared until now stays with the others.
    pub(super) fn make_way(&mut self, spot: &Spot) {
        let held: Vec<(BlockId, Spot)> = self.holds.iter().map(|(block, hold)| (*block, hold.spot.clone())).collect();
        self.holds.retain(|(block, hold)| {
            let is_other = |(other, at): &(BlockId, Spot)| other == block && at != spot;
            hold.spot != *spot || !held.iter().any(is_other)
        });
    }

    /// The same; a name that is no variable is a function that is about to be called, or something else that can hold.
    pub(super) fn named_or_new(&self, functions: &[Function], thread: ThreadNumber, name: &str) -> Spot {
        if let Some(spot) = self.named(functions, thread, name) {
            return spot;
        }
        let innermost = self.threads.get(&thread.0).and_then(|running| running.last());
        let activation = innermost.map_or(0, |innermost| innermost.id);
        if functions.iter().any(|function| function.name == name) {
            return Spot::Argument { activation, name: name.to_owned(), index: 0, rest: String::new() };
        }
        Spot::Named { activation, label: name.to_owned() }
    }
}
