//! What marks tell, taken into the picture.

use super::super::code::{ActionKind, Function, Holder};
use super::super::marks::Told;
use super::Memory;
use super::holds::Spot;
use dropscope_engine::ThreadNumber;

impl Memory {
    /// Takes in what a mark of `thread` tells.
    pub(super) fn told(&mut self, functions: &[Function], thread: ThreadNumber, told: &Told) {
        match told {
            Told::Move(from, to) => {
                let (from, inside) = match from.strip_prefix('*') {
                    Some(from) => (from, true),
                    None => (from.as_str(), false),
                };
                let Some(mut from) = self.named(functions, thread, from) else { return };
                if inside {
                    from.point_inside();
                }
                if self.named(functions, thread, to).is_none() && self.is_next(functions, thread, &from, to) {
                    self.promised.push(from);
                    return;
                }
                let to = self.named_or_new(functions, thread, to);
                if !self.hand_over(&from, &to, true) {
                    // The source has shown it already; the mark proves it.
                    self.confirm(&from, &to);
                }
            }
            Told::Exchange(a, b) => {
                let (Some(a), Some(b)) = (self.named(functions, thread, a), self.named(functions, thread, b)) else {
                    return;
                };
                self.exchange(&a, &b);
            }
            Told::Borrow(by, of) => {
                let by = self.named_or_new(functions, thread, by);
                if let Some(of) = self.named(functions, thread, of) {
                    self.borrow(by, of, true);
                }
            }
            Told::BorrowEnd(by) => {
                if let Some(by) = self.named(functions, thread, by) {
                    self.borrows.retain(|(borrower, _, _)| *borrower != by);
                }
            }
            Told::Points(by, of) => {
                let by = self.named_or_new(functions, thread, by);
                if let Some(of) = self.named(functions, thread, of) {
                    self.point(&by, &of);
                }
            }
            Told::SecondOwner(by, of) => {
                let by = self.named_or_new(functions, thread, by);
                if let Some(of) = self.named(functions, thread, of) {
                    self.own_too(&by, &of);
                }
            }
            Told::Dangles(by) => {
                let by = self.named_or_new(functions, thread, by);
                self.pointers.push((by, None));
            }
            Told::Copy(from, to) | Told::Clone(from, to) => {
                let (from, to) = (self.named(functions, thread, from), self.named(functions, thread, to));
                if let (Some(from), Some(to)) = (from, to) {
                    self.copies.push((from, to));
                }
            }
        }
    }

    /// Whether the source moves `from` to what is called `to` in one of the next lines: then it says best where to.
    fn is_next(&self, functions: &[Function], thread: ThreadNumber, from: &Spot, to: &str) -> bool {
        let Some((activation, variable)) = from.variable() else { return false };
        let running = self.threads.get(&thread.0).into_iter().flatten();
        let Some(at) = running.clone().find(|one| one.id == activation).map(|one| &one.at) else { return false };
        let Some(function) = at.function.and_then(|function| functions.get(function)) else { return false };
        function.actions.iter().any(|action| {
            action.kind == ActionKind::Move
                && action.from.variable == variable
                && (at.place.line + 1..=at.place.line + 2).contains(&action.at.line)
                && match &action.to {
                    Holder::Argument(name, ..) => name == to,
                    Holder::Variable(path) => {
                        function.variables.get(path.variable).is_some_and(|variable| variable.name == to)
                    }
                    _ => false,
                }
        })
    }
}
